"""The sample articles, read as a newcomer's own files are, and the stories that come of them."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from summaries.briefing import brief
from summaries.cluster import cluster
from summaries.fetch import Fetcher
from summaries.model import Article, Briefing, Harvest, Options, Source, SourceKind
from summaries.query import Grammar, parse
from summaries.sources import Past, Tools, read
from summaries.workers import Workers
from tests.program import ARTICLES
from tests.stores import hits, opened

NOW = datetime(2026, 5, 8, 9, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")
TRUTH: dict[str, Any] = yaml.safe_load(
    Path(__file__).with_name("sample_events.yaml").read_text("utf-8")
)
EVENTS = {
    frozenset(event["files"]): event["event"]
    for line in TRUTH["storylines"]
    for event in line["events"]
}
STORYLINE = {
    file: line["storyline"]
    for line in TRUTH["storylines"]
    for event in line["events"]
    for file in event["files"]
}
LANGUAGES = {
    "2026-04/edinyj-tarif-srednij-koridor.txt": "ru",
    "2026-04/ekvador-arama-kurtarma-ekibi-dondu.txt": "tr",
}
BARE = {
    "2026-04/azerbaijan-consulate-general-shanghai.txt": datetime(2026, 4, 16, tzinfo=UTC),
    "2026-05/fishermen-challenge-kurland-wind-permit.txt": datetime(2026, 5, 5, tzinfo=UTC),
}
"""Files whose dateline alone says when they were published, and only their folder in which year."""


async def read_all() -> Harvest:
    workers = Workers()
    try:
        async with Fetcher() as fetcher:
            source = Source("samples", SourceKind.FOLDER, str(ARTICLES))
            return await read(source, Past(), Tools(fetcher, workers, UTC_ZONE))
    finally:
        workers.close()


@pytest.fixture(scope="module")
def harvest() -> Harvest:
    return asyncio.run(read_all())


@pytest.fixture(scope="module")
def articles(harvest: Harvest) -> dict[str, Article]:
    return {reading.article.item: reading.article for reading in harvest.readings}


async def ask(text: str, harvest: Harvest, folder: Path) -> Briefing:
    async with opened("sqlite", folder) as store:
        await store.articles.add(harvest.readings, "samples", NOW)
        query = parse(text, Grammar(UTC_ZONE, ("samples",)), NOW)
        return await brief(query, store, Options(), NOW)


def items(briefing: Briefing) -> list[set[str]]:
    return [{article.item for article in story.articles} for story in briefing.stories]


def test_every_file_is_an_article_and_every_article_is_in_the_truth(harvest: Harvest) -> None:
    assert harvest.failures == ()
    files = {p.relative_to(ARTICLES).as_posix() for p in ARTICLES.rglob("*") if p.is_file()}
    assert {reading.article.item for reading in harvest.readings} == files == STORYLINE.keys()
    assert len(files) >= 30
    assert len(TRUTH["storylines"]) >= 6


def test_title_text_date_and_language_come_out_of_each(articles: dict[str, Article]) -> None:
    for item, article in articles.items():
        assert article.title.strip(), item
        assert article.analysis, item
        assert article.analysis.language == LANGUAGES.get(item, "en"), item
        assert len(article.analysis.sentences) >= 8, item
        assert article.published, item
        assert f"{article.published:%Y-%m}" == item.partition("/")[0], item
        assert article.published == BARE.get(item, article.published), item


def test_the_outlet_comes_out_where_a_file_names_it(articles: dict[str, Article]) -> None:
    silent = {item for item, article in articles.items() if not article.outlet}
    assert silent == {*BARE, "2026-04/edinyj-tarif-srednij-koridor.txt"}


def furniture_in(articles: dict[str, Article]) -> Iterator[tuple[str, str]]:
    for item, article in articles.items():
        for furniture in TRUTH["furniture"]:
            if furniture in article.text or furniture in article.title:
                yield item, furniture


def test_no_furniture_is_in_any_text_or_title(articles: dict[str, Article]) -> None:
    assert list(furniture_in(articles)) == []


def test_stories_are_the_events(articles: dict[str, Article]) -> None:
    listed = list(articles.values())
    stories = {frozenset(listed[i].item for i in group) for group in cluster(hits(listed))}
    assert stories == EVENTS.keys()


@pytest.mark.parametrize("line", TRUTH["storylines"], ids=lambda line: line["storyline"])
def test_the_events_of_one_storyline_are_told_apart_among_themselves(
    line: dict[str, Any], articles: dict[str, Article]
) -> None:
    listed = [articles[file] for event in line["events"] for file in event["files"]]
    stories = {frozenset(listed[i].item for i in group) for group in cluster(hits(listed))}
    assert stories == {frozenset(event["files"]) for event in line["events"]}


@pytest.mark.parametrize("copies", TRUTH["near_copies"])
async def test_near_copies_fold_into_one_story(
    copies: list[str], harvest: Harvest, articles: dict[str, Article], tmp_path: Path
) -> None:
    words = " ".join(articles[copies[0]].title.split()[:4])
    made = await ask(f"{words} since:60d", harvest, tmp_path)
    assert [story for story in items(made) if story & set(copies)] == [set(copies)]


async def test_china_trade_has_stories_whose_points_are_in_their_articles(
    harvest: Harvest, tmp_path: Path
) -> None:
    made = await ask("china trade since:60d", harvest, tmp_path)
    assert len(made.stories) >= 2
    told = [article.id for story in made.stories for article in story.articles]
    assert len(told) == len(set(told))
    for story in made.stories:
        assert story.points
        for point in story.points:
            text = story.articles[point.document].text
            assert point.text == " ".join(text[point.start : point.end].split())


@pytest.mark.parametrize(
    ("query", "language"), [("Средний коридор тариф", "ru"), ("Türk arama kurtarma ekibi", "tr")]
)
async def test_a_question_in_another_language_finds_its_article(
    query: str, language: str, harvest: Harvest, tmp_path: Path
) -> None:
    made = await ask(f"{query} since:60d", harvest, tmp_path)
    lead = made.stories[0].articles[0]
    assert (LANGUAGES.get(lead.item), bool(made.stories[0].points)) == (language, True)
