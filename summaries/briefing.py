"""Query -> briefing: search, rank, cluster, summarise.

`brief` asks the store, widens a window that finds nothing, and has stories made of what is found.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from summaries import clock
from summaries.errors import QueryError
from summaries.model import Briefing, Matches, Options, Query, Search, Stems, Story, Told
from summaries.query import subject
from summaries.store import Store
from summaries.stories import NOBODY, arrange, compose
from summaries.text import is_stop_word, stem, stems_in, words

MOST_RESPELT = 4
SHORTEST_HINT = 2
OPERATORS = ("AND", "OR", "NOT")
COUNTRIES = ("US",)


async def brief(
    query: Query,
    store: Store,
    options: Options,
    now: datetime,
    told: Told = NOBODY,
    widen: bool = True,
) -> Briefing:
    """Answer a query from the store, without what was told.

    A window that finds nothing, or nothing but articles without a date, is widened to everything.
    Raises QueryError where no word of the query can be searched for, and StoreError.
    """
    return await tell(await look_up(query, store, options, now, widen=widen), store, options, told)


async def look_up(
    query: Query, store: Store, options: Options, now: datetime, *, widen: bool = True
) -> Matches:
    """What the store has on a query; raises as `brief` does."""
    search = plan(query, await store.articles.languages(), options, now)
    found, note = await store.search.run(search), None
    if widen and not any(hit.published for hit in found.hits):
        everything = replace(search, since=None, until=None)
        wider = await store.search.run(everything)
        if wider.matched > found.matched:
            dated = " dated" if found.matched else ""
            note = f"Nothing{dated} {_window(query, options)}; this is from all dates."
            search, found = everything, wider
    return Matches(query, search, found, now, note)


async def tell(matches: Matches, store: Store, options: Options, told: Told = NOBODY) -> Briefing:
    """Make stories of what was found, without what is no news; one that goes on is an update."""
    query, search, found, now = matches.query, matches.search, matches.found, matches.now
    groups, total = await asyncio.to_thread(arrange, query, search, found, options, now, told)
    wanted, stories = query.top or options.stories, list[Story]()
    while groups and len(stories) < wanted:
        # What adds nothing to what was told gives no story, and another one takes its place.
        tried, groups = groups[: wanted - len(stories)], groups[wanted - len(stories) :]
        articles = await store.articles.get(item.hit.id for group in tried for item in group)
        made = await asyncio.to_thread(compose, query, tried, articles, options, told)
        total -= len(tried) - len(made)
        stories += made
    note, suggestion = matches.note, None
    if not found.matched:
        note, suggestion = await _nothing(query, store)
    return Briefing(
        query=query,
        since=search.since,
        until=search.until or max([now, *(hit.stands_at for hit in found.hits)]),
        matched=found.matched,
        stories=tuple(stories),
        total=total,
        note=note,
        suggestion=suggestion,
    )


def plan(query: Query, languages: Iterable[str], options: Options, now: datetime) -> Search:
    """What to ask the store: stems instead of words, and a window; raises QueryError."""
    spoken = tuple(query.languages) or tuple(languages) or ("en",)
    shouted = len(query.words) > 1 and " ".join(query.words).isupper()
    telling = [word for word in query.words if not is_common(word, spoken, shouted)]
    if query.words and not telling and not query.phrases:
        shown = " ".join(query.words[:4])
        problem = f"{shown} is too common to search for; add a word that names what you look for."
        raise QueryError(shown, problem, "china trade")
    return Search(
        words=tuple(stems for word in telling for stems in _parts(word, spoken)),
        phrases=tuple(_phrase(phrase, spoken) for phrase in query.phrases),
        without=tuple(_phrase(phrase, spoken) for phrase in query.without),
        since=query.since or (None if query.until else now - options.since),
        until=query.until,
        sources=query.sources or options.sources,
        tags=query.tags,
        languages=query.languages,
    )


def is_common(word: str, languages: Sequence[str], shouted: bool = False) -> bool:
    """Whether a word says nothing of a subject in the first, the most frequent, of the languages.

    Initials, as u.s., and one in capitals, as US or WHO, do; but AND is what other programs' users
    type, and in a query that is `shouted`, all in capitals, hardly more than US is a name.
    """
    if "." in word and all(len(part) < 2 for part in word.split(".")):
        return False
    named = word in COUNTRIES if shouted else len(word) > 1 and word not in OPERATORS
    if named and word.isupper():
        return False
    return all(is_stop_word(part, languages[0]) for part in words(word))


def _parts(word: str, languages: Iterable[str]) -> list[Stems]:
    return [stems for part in words(word) if (stems := stems_in(part, languages))]


def _phrase(phrase: Iterable[str], languages: tuple[str, ...]) -> tuple[Stems, ...]:
    return tuple(stems for word in phrase for stems in _parts(word, languages))


def _window(query: Query, options: Options) -> str:
    if query.since and query.until:
        return f"between {query.since:%-d %B %Y} and {query.until:%-d %B %Y}"
    if query.until:
        return f"before {query.until:%-d %B %Y}"
    if query.since:
        return f"since {query.since:%-d %B %Y}"
    return f"in the last {clock.words(options.since)}"


async def _nothing(query: Query, store: Store) -> tuple[str, Query | None]:
    """Say that nothing matched, and what might: the nearest words that articles do hold."""
    about = subject(query)
    if not await store.articles.count():
        return "There are no articles yet.", None
    if not about:
        return "No article matches.", None
    languages = await store.articles.languages()
    nearer = {
        word: near
        for word in query.words[:MOST_RESPELT]
        if (near := await _nearest(word, languages, store))
    }
    if not nearer:
        return f"No article matches {about}. Try fewer or other words.", None
    suggestion = replace(query, words=tuple(nearer.get(word, word) for word in query.words))
    return f"No article matches {about}. Did you mean {subject(suggestion)}?", suggestion


async def _nearest(word: str, languages: Sequence[str], store: Store) -> str | None:
    """A word of the store that is spelt nearly like this one; None where it holds this one."""
    for part in words(word):
        for spelt in dict.fromkeys((part, *(stem(part, code) for code in languages))):
            near = await store.search.near(spelt, MOST_RESPELT)
            if spelt in near:
                return None
            for other in near:
                found = await store.search.surface(other)
                if found and len(found) > SHORTEST_HINT and not is_common(found, languages):
                    return found
    return None
