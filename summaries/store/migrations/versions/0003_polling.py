"""What polling remembers of a source, when articles came in, and items by fingerprint."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_CAME_IN = (
    "UPDATE forward_index SET came_in = "
    "(SELECT first_seen FROM articles WHERE articles.rowid = forward_index.rowid)"
)


def upgrade() -> None:
    """Add columns and indexes; forget validators, since the address they belong to is unknown."""
    op.add_column(
        "articles", sa.Column("is_backlog", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.add_column("forward_index", sa.Column("came_in", sa.BigInteger))
    op.execute(_CAME_IN)
    op.create_index("ix_items_source", "items", ["source", "fingerprint"])
    with op.batch_alter_table("sources") as sources:
        sources.drop_column("etag")
        sources.drop_column("last_modified")
        sources.add_column(sa.Column("location", sa.Text, nullable=False, server_default=""))
        sources.add_column(sa.Column("bookmark", sa.JSON, nullable=False, server_default="{}"))
        sources.add_column(sa.Column("rhythm", sa.Float))
        sources.add_column(
            sa.Column("retired", sa.Boolean, nullable=False, server_default=sa.false())
        )
    op.create_index("ix_sources_next_poll", "sources", ["next_poll"])
