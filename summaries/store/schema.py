"""The tables, and how values stand in them: times are whole seconds since 1970 in UTC.

The search index differs with the kind of database, and is made by the migrations alone.
"""

import hashlib
import math
from datetime import UTC, datetime
from typing import Any, overload

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

HEAD = "0005"
"""The newest migration: a database at this version needs none."""

SEARCH_INDEX = "search_index"
_HASH_BITS = 20

metadata = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_name)s", "pk": "pk_%(table_name)s"}
)

# SQLite's integers have 64 bits, and a column becomes its rowid only where the type reads INTEGER.
_Number = BigInteger().with_variant(Integer, "sqlite")

articles = Table(
    "articles",
    metadata,
    Column("rowid", _Number, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("url", Text),
    Column("outlet", Text),
    Column("author", Text),
    Column("language", Text, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("published", BigInteger),
    Column("first_seen", BigInteger, nullable=False),
    Column("is_backlog", Boolean, nullable=False),
    Column("stands_at", BigInteger, nullable=False),
    Column("analysis", LargeBinary, nullable=False),
    Column("analysis_version", Integer, nullable=False),
    Index(None, "id", unique=True),
)
"""Numbered by `row_id`, so that the newest come last and a window of time is a range of rows."""

forward = Table(
    "forward_index",
    metadata,
    Column("rowid", _Number, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    Column("outlet", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("published", BigInteger),
    Column("came_in", BigInteger),
    Column("title", Integer, nullable=False),
    Column("stems", LargeBinary, nullable=False),
)
"""What ranking and clustering read of an article, as `model.Hit` has it: of hundreds at once."""

items = Table(
    "items",
    metadata,
    Column("source", Text, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("article_id", Text, nullable=False),
    Index(None, "source", "fingerprint"),
    sqlite_with_rowid=False,
)
"""Every item that a source ever showed, also where its article came from another source.

Where one had no article to give, `article_id` is empty.
"""

terms = Table(
    "terms",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("articles", _Number, nullable=False),
    sqlite_with_rowid=False,
)
"""How many articles hold each lexeme, and have each source, language and tag; their length."""

sources = Table(
    "sources",
    metadata,
    Column("name", Text, primary_key=True),
    Column("location", Text, nullable=False),
    Column("bookmark", JSON, nullable=False),
    Column("last_success", BigInteger),
    Column("last_new", BigInteger),
    Column("last_error", Text),
    Column("errors_in_a_row", Integer, nullable=False),
    Column("rhythm", Float),
    Column("next_poll", BigInteger),
    Column("retired", Boolean, nullable=False),
    Index(None, "next_poll"),
)
"""How each source fares; whoever looks at one moves its `next_poll` on first, so as to be alone."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("briefing", Text, primary_key=True),
    Column("slot", Text, primary_key=True),
    Column("target", Text, primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("payload", Text),
    Column("begun", BigInteger),
    Column("tries", Integer, nullable=False),
    Column("sent_at", BigInteger),
    Column("message_id", Text),
    Column("articles", JSON, nullable=False),
    Column("passed", JSON, nullable=False),
    Column("covered", BigInteger),
    Column("reason", Text),
    Column("asked", BigInteger),
    Column("to_report", Boolean, nullable=False),
    Index(None, "state", "target"),
    Index(None, "due"),
    Index(None, "to_report"),
)
"""One row for each part of each slot of a briefing in each channel; `slot` is ISO local time.

`articles`, `passed` and `covered` of part 0 count once the last part is there. `asked` is
when somebody asked for it; `to_report` is set where admins are yet to be told what became of it.
"""

channels = Table(
    "channels",
    metadata,
    Column("target", Text, primary_key=True),
    Column("holder", Text),
    Column("lease_until", BigInteger),
    Column("retry_at", BigInteger),
)
"""Who posts to each channel: one worker at a time, so that the order there is kept."""

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("briefing", Text, primary_key=True),
    Column("target", Text, primary_key=True),
    Column("since", BigInteger, nullable=False),
    Column("planned", BigInteger),
    Column("covered", BigInteger),
    Column("passed", JSON, nullable=False),
)
"""How far each briefing of each channel is: which slots are planned, what news it covered."""

told = Table(
    "told",
    metadata,
    Column("target", Text, primary_key=True),
    Column("article_id", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Index(None, "at"),
    sqlite_with_rowid=False,
)
"""The articles that each channel was told."""

pauses = Table(
    "pauses",
    metadata,
    Column("briefing", Text, primary_key=True),
    Column("paused_at", BigInteger, nullable=False),
    Column("resumed_at", BigInteger),
    Column("by", Text, nullable=False),
)
"""The newest pause of each briefing, over or not."""

commands = Table(
    "commands",
    metadata,
    Column("id", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
)
"""The commands that buttons stand for."""


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """What Alembic compares with the database: not the search index and what belongs to it."""
    return not (kind == "table" and name is not None and name.startswith(SEARCH_INDEX))


def seconds(when: datetime) -> int:
    """A time as it is stored."""
    return math.floor(when.timestamp())


@overload
def moment(stored: int) -> datetime: ...
@overload
def moment(stored: int | None) -> datetime | None: ...
def moment(stored: int | None) -> datetime | None:
    """A stored time as an aware datetime in UTC."""
    return None if stored is None else datetime.fromtimestamp(stored, UTC)


def first_row(stands_at: int) -> int:
    """The lowest row number that an article of this second may have."""
    return stands_at << _HASH_BITS


def time_of(rowid: int) -> datetime:
    """The second that a row number was made of."""
    return moment(rowid >> _HASH_BITS)


def row_id(article_id: str, stands_at: int, bump: int = 0) -> int:
    """The row number of an article: its second, then 20 bits of its id, moved on by `bump`."""
    digest = hashlib.blake2b(article_id.encode(), digest_size=4).digest()
    low = (int.from_bytes(digest) + bump) % (1 << _HASH_BITS)
    return first_row(stands_at) | low
