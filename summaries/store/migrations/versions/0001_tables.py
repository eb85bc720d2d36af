"""The first tables, and the search index."""

import string

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make every table."""
    _articles()
    _bookkeeping()
    _chat()
    _SEARCH_INDEX[op.get_bind().dialect.name]()


def _articles() -> None:
    op.create_table(
        "articles",
        sa.Column("rowid", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("item", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("url", sa.Text),
        sa.Column("outlet", sa.Text),
        sa.Column("author", sa.Text),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("tags", sa.JSON, nullable=False),
        sa.Column("published", sa.BigInteger),
        sa.Column("first_seen", sa.BigInteger, nullable=False),
        sa.Column("stands_at", sa.BigInteger, nullable=False),
        sa.Column("analysis", sa.LargeBinary, nullable=False),
        sa.Column("analysis_version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("rowid", name="pk_articles"),
    )
    op.create_index("ix_articles_id", "articles", ["id"], unique=True)


def _bookkeeping() -> None:
    op.create_table(
        "items",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("item", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("article_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("source", "item", name="pk_items"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "terms",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("articles", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", name="pk_terms"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sources",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("etag", sa.Text),
        sa.Column("last_modified", sa.Text),
        sa.Column("last_success", sa.BigInteger),
        sa.Column("last_new", sa.BigInteger),
        sa.Column("last_error", sa.Text),
        sa.Column("errors_in_a_row", sa.Integer, nullable=False),
        sa.Column("next_poll", sa.BigInteger),
        sa.PrimaryKeyConstraint("name", name="pk_sources"),
    )


def _chat() -> None:
    op.create_table(
        "deliveries",
        sa.Column("briefing", sa.Text, nullable=False),
        sa.Column("slot", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("part", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("payload", sa.Text),
        sa.Column("claimed_at", sa.BigInteger, nullable=False),
        sa.Column("sent_at", sa.BigInteger),
        sa.Column("message_id", sa.Text),
        sa.Column("articles", sa.JSON, nullable=False),
        sa.Column("passed", sa.JSON, nullable=False),
        sa.Column("reason", sa.Text),
        sa.PrimaryKeyConstraint("briefing", "slot", "target", "part", name="pk_deliveries"),
    )
    op.create_index("ix_deliveries_target", "deliveries", ["target"])
    op.create_table(
        "commands",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_commands"),
    )


def _sqlite() -> None:
    """Every ASCII character that is no space belongs to a lexeme; the index keeps no text."""
    inside = string.punctuation.replace("'", "''").replace('"', '""')
    op.get_bind().exec_driver_sql(
        "CREATE VIRTUAL TABLE search_index USING fts5(title, body, marks, content='', "
        f"columnsize=0, tokenize=\"ascii tokenchars '{inside}'\")"
    )


def _postgresql() -> None:
    """Rows are kept narrow, since a search reads many and the lexemes of none."""
    op.execute(
        "CREATE TABLE search_index (rowid bigint PRIMARY KEY REFERENCES articles ON DELETE CASCADE,"
        " stems tsvector NOT NULL) WITH (toast_tuple_target = 128)"
    )
    op.execute("ALTER TABLE search_index ALTER stems SET STATISTICS 0")
    op.execute("CREATE INDEX ix_search_index_stems ON search_index USING gin (stems)")


_SEARCH_INDEX = {"sqlite": _sqlite, "postgresql": _postgresql}
