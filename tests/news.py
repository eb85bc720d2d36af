"""News as the newsroom itself would make it: analysed, dated, each article from an outlet."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from summaries.model import Article, Found, Harvest, Known, Reading, Search
from summaries.sources import Past
from summaries.store import Store
from summaries.text import analyse
from tests.stores import NOW, hits

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

RAIL = (
    "Azerbaijan and China signed a rail freight agreement in Baku on Monday after a year of talks. "
    "The accord will double the container trains on the Middle Corridor before next spring comes. "
    "Trade between the two countries grew by a fifth last year, the ministry of transport said."
)
RAIL_ELSEWHERE = (
    "China and Azerbaijan will double the container trains on the Middle Corridor by next spring. "
    "The rail freight agreement was signed in Baku on Monday, a year after the first talks. "
    "Freight operators along the corridor expect that the trade in machinery will gain most of all."
)
FRUIT = (
    "China reopened its trade in orchard fruit, and growers may send cherries to Shanghai in June. "
    "Customs officers announced on Wednesday that the ban on sour cherries ends after nine years. "
    "Inspectors will visit forty packing houses in Guba before the first shipment leaves the farm."
)
QUAKE = (
    "A strong earthquake shook the coast of Ecuador before dawn and brought down an old market. "
    "Rescue teams searched the ruins in Manabi with dogs while hospitals asked for blood donors. "
    "The president flew to the province and promised tents to every family without a roof."
)


def article(
    id_: str,
    text: str,
    title: str = "",
    *,
    published: datetime | None = NOW - HOUR,
    outlet: str = "Caspian Ledger",
    language: str = "en",
    source: str = "wire",
    tags: tuple[str, ...] = (),
) -> Article:
    """An article with that id, analysed; its title is its first words unless one is given."""
    title = title or " ".join(text.split()[:8])
    return Article(
        id=id_,
        item=f"{id_}.txt",
        source=source,
        title=title,
        text=text,
        url=f"https://example.org/{id_}",
        outlet=outlet,
        published=published,
        tags=tags,
        analysis=analyse(title, text, language),
    )


def found(*articles: Article, search: Search) -> Found:
    """What a store of these articles alone would find, if all of them match."""
    stems = {stem for word in search.words for stem in word}
    held = [
        {*a.analysis.title, *(stem for s in a.analysis.sentences for stem in s.stems)}
        for a in articles
        if a.analysis
    ]
    holding = {stem: sum(stem in each for each in held) for stem in stems}
    length = sum(len(s.stems) for a in articles if a.analysis for s in a.analysis.sentences)
    return Found(len(articles), tuple(hits(articles)), len(articles), length, holding)


async def put(store: Store, articles: Sequence[Article], now: datetime = NOW) -> None:
    """Store articles as their sources would."""
    for each in articles:
        await store.articles.add([Reading(each, "1")], each.source, now)


def after(*harvests: Harvest) -> Past:
    """What these looks at a source leave to the next one."""
    readings = [reading for harvest in harvests for reading in harvest.readings]
    prints = {reading.article.item: reading.fingerprint for reading in readings}
    for harvest in harvests:
        prints |= harvest.passed

    async def known(shown: Mapping[str, str]) -> Known:
        return Known(
            frozenset(item for item, print_ in shown.items() if prints.get(item) == print_),
            frozenset(item for item, print_ in shown.items() if prints.get(item, print_) != print_),
        )

    return Past(harvests[-1].bookmark, known, is_first=False)
