import asyncio
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from summaries.errors import StoreError, UserError
from summaries.store import Store
from summaries.store.schema import HEAD, include_name, metadata

OPEN = """
import asyncio, sys
from summaries.store import Store
async def main():
    store = await Store.open(sys.argv[1])
    print(await store.articles.count(), "alembic" in sys.modules)
    await store.close()
asyncio.run(main())
"""


def start(url: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", OPEN, url], stdout=subprocess.PIPE, text=True)


async def migrate(path: Path) -> None:
    await (await Store.open(f"sqlite:///{path}")).close()


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    path = tmp_path / "bot.db"
    await migrate(path)
    return path


def test_the_migrations_make_exactly_the_schema(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        options = {"include_name": include_name, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_the_schema_knows_which_migration_is_the_newest() -> None:
    config = Config()
    config.set_main_option("script_location", "summaries.store:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_a_store_makes_its_folder_and_waits_for_no_reader(tmp_path: Path) -> None:
    path = tmp_path / "not" / "yet" / "bot.db"
    asyncio.run(migrate(path))
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_processes_that_start_at_once_migrate_once(tmp_path: Path) -> None:
    processes = [start(f"sqlite:///{tmp_path}/data/bot.db") for _ in range(4)]
    assert [process.communicate(timeout=60)[0].split()[0] for process in processes] == ["0"] * 4
    assert [process.returncode for process in processes] == [0] * 4


def test_a_store_that_is_up_to_date_opens_without_loading_the_migrations(path: Path) -> None:
    assert start(f"sqlite:///{path}").communicate(timeout=60)[0].split() == ["0", "False"]


async def test_a_store_from_a_newer_version_is_refused(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(UserError, match=r"bot\.db was written by a newer version"):
        await migrate(path)


async def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE sources (other TEXT)")
    with pytest.raises(StoreError):
        await migrate(path)
    with sqlite3.connect(path) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
        assert tables == [("sources",)]
        connection.execute("DROP TABLE sources")
    await migrate(path)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://me:secret@example.org/bot", "PostgreSQL is not supported yet"),
        ("postgres://me:secret@example.org/bot", "PostgreSQL is not supported yet"),
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
        await migrate(tmp_path)


async def test_a_text_file_is_no_database_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Not a database, but somebody's notes. " * 100)
    with pytest.raises(UserError, match=r"notes\.txt is not a SQLite database"):
        await migrate(path)
    assert path.read_text().startswith("Not a database")


async def test_a_file_that_may_not_be_written_is_refused(path: Path) -> None:
    path.chmod(0o444)
    if os.access(path, os.W_OK):  # root may write everywhere
        await migrate(path)
    else:
        with pytest.raises(UserError, match="may not be written to"):
            await migrate(path)
