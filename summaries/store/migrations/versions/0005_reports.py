"""When somebody asked for a delivery, and whether admins are yet to be told of it.

Nobody asked for earlier ones, and of what became of them admins were told.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the columns, and an index of what is to be told."""
    to_report = sa.Column("to_report", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("deliveries", to_report)
    op.add_column("deliveries", sa.Column("asked", sa.BigInteger))
    op.create_index("ix_deliveries_to_report", "deliveries", ["to_report"])
