"""The forward index, filled with what is known of the articles."""

import sqlalchemy as sa
from alembic import op

from summaries.store.codec import decode, to_forward

revision = "0002"
down_revision = "0001"

_BATCH = 500
_ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_NEXT = sa.text(
    "SELECT rowid, id, source, outlet, published, analysis FROM articles "
    "WHERE rowid > :after ORDER BY rowid LIMIT :limit"
)


def upgrade() -> None:
    """Make the table and fill it."""
    table = op.create_table(
        "forward_index",
        sa.Column("rowid", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("outlet", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("published", sa.BigInteger),
        sa.Column("title", sa.Integer, nullable=False),
        sa.Column("stems", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("rowid", name="pk_forward_index"),
    )
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        # Most rows fit a page whole; numbers do not shrink, and what is kept apart is slow to read.
        op.execute("ALTER TABLE forward_index SET (toast_tuple_target = 8160)")
    after = -(1 << 63)
    while rows := connection.execute(_NEXT, {"after": after, "limit": _BATCH}).all():
        after = rows[-1].rowid
        new = [to_forward(row._asdict(), decode(row.analysis)) for row in rows]
        connection.execute(sa.insert(table), new)
