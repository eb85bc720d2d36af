"""The forward index, the length of all articles, and on PostgreSQL an epoch of hours."""

import sqlalchemy as sa
from alembic import op

from summaries.store.codec import decode, to_forward
from summaries.store.lexemes import entry

revision = "0002"
down_revision = "0001"

_BATCH = 500
_ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_NEXT = sa.text(
    "SELECT rowid, id, source, outlet, language, '' AS tags, published, first_seen, analysis, "
    "false AS is_backlog FROM articles "
    "WHERE rowid > :after ORDER BY rowid LIMIT :limit"
)
_EPOCH = sa.text(
    "UPDATE search_index SET stems = stems || "
    "CAST('''\u202836:' || (rowid >> 36) || '''' AS tsvector) "
    "WHERE rowid > :after AND rowid <= :last"
)
_LENGTH = sa.text("INSERT INTO terms (kind, name, articles) VALUES ('length', '', :length)")


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
    on_a_server = connection.dialect.name == "postgresql"
    if on_a_server:
        # Most rows fit a page whole; numbers do not shrink, and what is kept apart is slow to read.
        op.execute("ALTER TABLE forward_index SET (toast_tuple_target = 8160)")
        op.execute("ALTER TABLE terms ALTER articles TYPE bigint")
    after, length = -(1 << 63), 0
    while rows := connection.execute(_NEXT, {"after": after, "limit": _BATCH}).all():
        if on_a_server:
            connection.execute(_EPOCH, {"after": after, "last": rows[-1].rowid})
        after = rows[-1].rowid
        analyses = [(row._asdict(), decode(row.analysis)) for row in rows]
        rows_to_be = [to_forward(*each) for each in analyses]
        for each in rows_to_be:
            del each["came_in"]
        connection.execute(sa.insert(table), rows_to_be)
        length += sum(len(entry(*each).body) for each in analyses)
    if length:
        connection.execute(_LENGTH, {"length": length})
