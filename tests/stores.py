"""The engines that every promise of the store is tested on, and articles to put in it."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from summaries.model import Analysis, Article, Reading, Sentence, Stems
from summaries.store import Store

ENGINES: Mapping[str, Callable[[Path], str]] = {
    "sqlite": lambda folder: f"sqlite:///{folder}/data/bot.db",
}
NOW = datetime(2026, 4, 19, 12, tzinfo=UTC)


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
