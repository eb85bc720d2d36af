"""An outbox that several workers share: who posts to a channel, what it was told, and until when.

What was posted before counts as told, and the next slot covers what came in after it.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_STATES = {"claimed": "unsure", "failed": "parked"}
_RENAME = sa.text("UPDATE deliveries SET state = :new WHERE state = :old")
_ROWS = sa.text(
    "SELECT briefing, target, state, due, sent_at, articles, passed FROM deliveries "
    "ORDER BY due, slot, part"
).columns(articles=sa.JSON, passed=sa.JSON)
_TOLD = sa.text(
    "INSERT INTO told (target, article_id, at) VALUES (:target, :article_id, :at) "
    "ON CONFLICT DO NOTHING"
)


def upgrade() -> None:
    """Make the tables, and carry over what the rows of deliveries say."""
    op.drop_index("ix_deliveries_target", "deliveries")
    with op.batch_alter_table("deliveries") as deliveries:
        deliveries.alter_column("claimed_at", new_column_name="due")
        deliveries.add_column(sa.Column("begun", sa.BigInteger))
        deliveries.add_column(sa.Column("tries", sa.Integer, nullable=False, server_default="0"))
        deliveries.add_column(sa.Column("covered", sa.BigInteger))
    op.create_index("ix_deliveries_state", "deliveries", ["state", "target"])
    op.create_index("ix_deliveries_due", "deliveries", ["due"])
    subscriptions = _tables()
    connection = op.get_bind()
    for old, new in _STATES.items():
        connection.execute(_RENAME, {"old": old, "new": new})
    rows = connection.execute(_ROWS).all()
    for row in rows:
        at = row.sent_at or row.due
        if told := [{"target": row.target, "article_id": id_, "at": at} for id_ in row.articles]:
            connection.execute(_TOLD, told)
    op.bulk_insert(subscriptions, list(_subscribed(rows)))


def _tables() -> sa.Table:
    """Make the new tables, and give that of the subscriptions."""
    op.create_table(
        "channels",
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("holder", sa.Text),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("retry_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("target", name="pk_channels"),
    )
    op.create_table(
        "told",
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("article_id", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("target", "article_id", name="pk_told"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_told_at", "told", ["at"])
    op.create_table(
        "pauses",
        sa.Column("briefing", sa.Text, nullable=False),
        sa.Column("paused_at", sa.BigInteger, nullable=False),
        sa.Column("resumed_at", sa.BigInteger),
        sa.Column("by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("briefing", name="pk_pauses"),
    )
    return op.create_table(
        "subscriptions",
        sa.Column("briefing", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("planned", sa.BigInteger),
        sa.Column("covered", sa.BigInteger),
        sa.Column("passed", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("briefing", "target", name="pk_subscriptions"),
    )


def _subscribed(rows: Iterable[sa.Row[Any]]) -> Iterator[dict[str, Any]]:
    """A subscription for whatever had a slot before: the rows come in the order of their times."""
    subscribed: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        new = {"since": row.due, "covered": None, "passed": []}
        mine = subscribed.setdefault((row.briefing, row.target), new)
        mine["planned"] = row.due
        if row.state in {"sent", "skipped", "unsure"}:
            mine |= {"covered": row.due, "passed": row.passed}
    for (briefing, target), columns in subscribed.items():
        yield {"briefing": briefing, "target": target, **columns}
