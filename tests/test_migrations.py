import asyncio
import os
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, make_url

from summaries.errors import StoreError, UserError
from summaries.model import Source, SourceKind, SourceState
from summaries.store import State, Store, Subscription
from summaries.store.database import Database
from summaries.store.postgresql import PostgreSQL
from summaries.store.schema import HEAD, include_name, metadata
from tests.stores import ENGINES, NOT_YET, NOW, index_is_consistent, meddle, reading, server

OPEN = """
import asyncio, sys
from summaries.model import Source, SourceKind, SourceState
from summaries.store import State, Store, Subscription
async def main():
    store = await Store.open(sys.argv[1])
    print(await store.articles.count(), "alembic" in sys.modules)
    await store.close()
asyncio.run(main())
"""

BACK_TO_0004 = (
    "DROP INDEX ix_deliveries_to_report",
    "ALTER TABLE deliveries DROP COLUMN to_report",
    "ALTER TABLE deliveries DROP COLUMN asked",
    "UPDATE alembic_version SET version_num = '0004'",
)
BACK_TO_0003 = (
    *BACK_TO_0004,
    *(f"DROP TABLE {table}" for table in ("channels", "subscriptions", "told", "pauses")),
    "DROP INDEX ix_deliveries_state",
    "DROP INDEX ix_deliveries_due",
    "ALTER TABLE deliveries RENAME COLUMN due TO claimed_at",
    *(f"ALTER TABLE deliveries DROP COLUMN {column}" for column in ("begun", "tries", "covered")),
    "CREATE INDEX ix_deliveries_target ON deliveries (target)",
    "UPDATE alembic_version SET version_num = '0003'",
)
BACK_TO_0002 = (
    *BACK_TO_0003,
    "ALTER TABLE articles DROP COLUMN is_backlog",
    "ALTER TABLE forward_index DROP COLUMN came_in",
    "DROP INDEX ix_items_source",
    "DROP TABLE sources",
    "CREATE TABLE sources (name TEXT NOT NULL, etag TEXT, last_modified TEXT, last_success BIGINT, "
    "last_new BIGINT, last_error TEXT, errors_in_a_row INTEGER NOT NULL, next_poll BIGINT, "
    "CONSTRAINT pk_sources PRIMARY KEY (name))",
    "INSERT INTO sources (name, etag, last_success, errors_in_a_row) VALUES ('wire', 'x', 1, 0)",
    "UPDATE alembic_version SET version_num = '0002'",
)
BACK_TO_0001 = (
    *BACK_TO_0002,
    "DROP TABLE forward_index",
    "DELETE FROM terms WHERE kind = 'length'",
    "UPDATE alembic_version SET version_num = '0001'",
)


def start(url: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", OPEN, url], stdout=subprocess.PIPE, text=True)


async def migrate(url: str) -> None:
    await (await Store.open(url)).close()


@pytest.fixture(params=NOT_YET)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    folder = tmp_path / "data"
    folder.mkdir()
    return NOT_YET[request.param](tmp_path)


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    path = tmp_path / "bot.db"
    await migrate(f"sqlite:///{path}")
    return path


def differences(connection: Connection) -> list[object]:
    options = {"include_name": include_name, "compare_type": True}
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, metadata))


async def test_the_migrations_make_exactly_the_schema(url: str) -> None:
    await migrate(url)
    database = await Database.open(url)
    async with database.read() as connection:
        assert await connection.run_sync(differences) == []
    await database.close()


def test_the_schema_knows_which_migration_is_the_newest() -> None:
    config = Config()
    config.set_main_option("script_location", "summaries.store:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


async def test_a_store_makes_its_folder_and_waits_for_no_reader(tmp_path: Path) -> None:
    path = tmp_path / "not" / "yet" / "bot.db"
    await migrate(f"sqlite:///{path}")
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_processes_that_start_at_once_migrate_once(url: str) -> None:
    processes = [start(url) for _ in range(4)]
    assert [process.communicate(timeout=60)[0].split()[0] for process in processes] == ["0"] * 4
    assert [process.returncode for process in processes] == [0] * 4


async def test_a_store_that_is_up_to_date_opens_without_loading_the_migrations(url: str) -> None:
    await migrate(url)
    assert start(url).communicate(timeout=60)[0].split() == ["0", "False"]


async def test_a_store_from_a_newer_version_is_refused(url: str) -> None:
    await migrate(url)
    meddle(url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(UserError, match=r"\w+ was written by a newer version"):
        await migrate(url)


async def test_what_an_older_version_stored_is_found_after_the_migration(url: str) -> None:
    store = await Store.open(url)
    await store.articles.add([reading(id_, f"a b {id_}", "c") for id_ in "xyz"], "wire", NOW)
    await store.close()
    meddle(url, *BACK_TO_0001)
    store = await Store.open(url)
    await index_is_consistent(store, url)
    await store.close()


async def test_an_older_version_s_sources_stay_known_and_their_validators_do_not(url: str) -> None:
    await migrate(url)
    meddle(url, *BACK_TO_0002)
    store = await Store.open(url)
    wire = Source("wire", SourceKind.FEED, "https://example.org/rss.xml")
    await store.sources.enrol([wire], NOW)
    state = await store.sources.get("wire")
    before = datetime.fromtimestamp(1, UTC)
    assert state == SourceState(location=wire.location, last_success=before, next_poll=NOW)
    assert await store.sources.due(NOW) == ["wire"]
    await store.close()


async def test_what_an_older_version_posted_counts_as_told_and_as_covered(url: str) -> None:
    await migrate(url)
    columns = "briefing, slot, target, part, state, claimed_at, articles, passed"
    rows = (
        "'early', '1', 'slack:C1', 0, 'sent', 100, '[\"a\", \"b\"]', '[\"x\"]'",
        "'early', '2', 'slack:C1', 0, 'claimed', 200, '[]', '[\"y\"]'",
        "'early', '3', 'slack:C1', 0, 'failed', 300, '[]', '[\"z\"]'",
        "'late', '3', 'slack:C1', 0, 'sent', 300, '[\"b\"]', '[]'",
    )
    inserted = [f"INSERT INTO deliveries ({columns}) VALUES ({row})" for row in rows]
    meddle(url, *BACK_TO_0003, *inserted)
    store = await Store.open(url)
    recent = [(each.slot, each.state) for each in await store.deliveries.recent()]
    sent, unsure, parked = State.SENT, State.UNSURE, State.PARKED
    assert recent == [("3", sent), ("3", parked), ("2", unsure), ("1", sent)]
    assert await store.deliveries.told("slack:C1", "abxyz") == frozenset("ab")
    first, second, third = (datetime.fromtimestamp(at, UTC) for at in (100, 200, 300))
    assert await store.subscriptions.all() == {
        ("early", "slack:C1"): Subscription(first, third, second, frozenset("y")),
        ("late", "slack:C1"): Subscription(third, third, third),
    }
    await store.close()


async def test_what_postgresql_indexed_before_gets_the_epoch_of_hours(tmp_path: Path) -> None:
    url = ENGINES["postgresql"](tmp_path)
    store = await Store.open(url)
    await store.articles.add([reading(id_, f"a b {id_}", "c") for id_ in "xyz"], "wire", NOW)
    await store.close()
    indexed = "SELECT rowid, stems::text FROM search_index ORDER BY rowid"
    before = meddle(url, indexed)
    meddle(
        url,
        "UPDATE search_index SET stems = ts_delete(stems, '\u202836:' || (rowid >> 36))",
        *BACK_TO_0001,
    )
    assert meddle(url, indexed) != before
    await migrate(url)
    assert meddle(url, indexed) == before


async def test_a_migration_that_fails_leaves_nothing_behind(url: str) -> None:
    meddle(url, "CREATE VIEW sources AS SELECT 1")
    with pytest.raises(StoreError):
        await migrate(url)
    with pytest.raises((sqlite3.Error, asyncpg.PostgresError), match="articles"):
        meddle(url, "SELECT * FROM articles")
    meddle(url, "DROP VIEW sources")
    await migrate(url)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://me:secret@example.org/bot?sslmode=on", "`sslmode` in `database:` must be"),
        ("postgresql://me:secret@example.org/bot?schema=x", "`schema` .* is not understood"),
        ("postgresql://me:secret@example.org", "must name a database"),
        ("postgresql://me:secret@example.org:x/bot", "is no address of a database"),
        ("mysql://me:secret@example.org/bot", "mysql is no database that can be used here"),
        ("data/bot.db", "is no address of a database"),
        ("", "is no address of a database"),
        ("sqlite://", "must name a file"),
        ("sqlite:///:memory:", "must name a file"),
        ("sqlite:///bot.db?mode=ro", "must name a file"),
        ("sqlite:////proc/version/bot.db", "cannot be used for the database"),
        (f"sqlite:////tmp/{'x' * 300}/bot.db", "cannot be used for the database"),
    ],
)
async def test_a_wrong_address_is_refused_in_a_line(url: str, words: str) -> None:
    with pytest.raises(UserError, match=words) as refusal:
        await Store.open(url)
    assert "secret" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


async def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is a folder"):
        await migrate(f"sqlite:///{tmp_path}")


async def test_a_text_file_is_no_database_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Not a database, but somebody's notes. " * 100)
    with pytest.raises(UserError, match=r"notes\.txt is not a SQLite database"):
        await migrate(f"sqlite:///{path}")
    assert path.read_text().startswith("Not a database")


async def test_a_file_that_may_not_be_written_is_refused(path: Path) -> None:
    path.chmod(0o444)
    if os.access(path, os.W_OK):  # root may write everywhere
        await migrate(f"sqlite:///{path}")
    else:
        with pytest.raises(UserError, match="may not be written to"):
            await migrate(f"sqlite:///{path}")


async def test_a_database_or_user_that_the_server_does_not_know_is_told() -> None:
    known = make_url(server())
    for wrong, told in (
        (known.set(database="nowhere"), "The database nowhere is not on its server"),
        (known.set(username="nobody"), "does not know this user or password"),
    ):
        with pytest.raises(UserError, match=told):
            await migrate(wrong.render_as_string(hide_password=False))


async def test_a_server_that_does_not_answer_is_worth_trying_again(tmp_path: Path) -> None:
    for url in ("postgresql://me@127.0.0.1:9/bot", f"postgresql:///bot?host={tmp_path}"):
        with pytest.raises(StoreError, match="cannot be reached; try again shortly"):
            await migrate(url)


@pytest.mark.parametrize("ssl", ["disable", "allow", "prefer"])
async def test_heroku_and_libpq_addresses_are_understood(tmp_path: Path, ssl: str) -> None:
    url = ENGINES["postgresql"](tmp_path).replace("postgresql://", "postgres://")
    await migrate(f"{url}&sslmode={ssl}")


async def test_a_server_without_tls_is_not_spoken_to_where_tls_is_required() -> None:
    async def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"N")  # the answer to SSLRequest of a server that has no TLS
        await writer.drain()

    plain = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = plain.sockets[0].getsockname()[1]
    with pytest.raises(UserError, match="offers no TLS that `sslmode`"):
        await migrate(f"postgresql://me:secret@127.0.0.1:{port}/bot?sslmode=require")
    plain.close()


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg"])
def test_a_host_that_is_not_known_is_a_wrong_setting(scheme: str) -> None:
    engine = PostgreSQL(make_url(f"{scheme}://me:secret@db.example.org/bot"))
    assert "The host in `database:` is not known" in (engine.wrong(socket.gaierror()) or "")


async def test_a_database_of_another_program_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    place = tmp_path / "bot.db"
    with closing(sqlite3.connect(place)) as database, database:
        database.execute("CREATE TABLE articles (mine)")
    before = place.read_bytes()
    with pytest.raises(UserError, match="of another program"):
        await Store.open(f"sqlite:///{place}")
    assert place.read_bytes() == before
