"""Whether admins are yet to be told of a delivery: of what became of earlier ones they were."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column and its index."""
    column = sa.Column("to_report", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("deliveries", column)
    op.create_index("ix_deliveries_to_report", "deliveries", ["to_report"])
