"""A web page: an article, or a page that lists articles; its feed instead, where it names one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from summaries import ids
from summaries.draft import Draft
from summaries.errors import Gone, NotThere, SourceError, WorkerError
from summaries.fetch import shown
from summaries.model import Bookmark, Failure, Harvest, Reading, Source
from summaries.sources.articles import fetch_articles
from summaries.sources.feed import MOST_PAGES, PAGES_AT_FIRST
from summaries.sources.feed import read as read_feed
from summaries.sources.reader import PARSING, Past, Tools, can_wait, left_off, to_article
from summaries.sources.survey import survey
from summaries.sources.titles import title_from_text

SHORTEST_ARTICLE = 120
"""Characters; what stands behind a link and has fewer is no article."""


async def read(source: Source, past: Past, tools: Tools) -> Harvest:
    """Read what is new on the page, or in its feed; raises SourceError and WorkerError."""
    if past.bookmark.feed:
        try:
            return await _read_feed(past.bookmark.feed, source, past, tools)
        except (NotThere, Gone):
            # What else was remembered was the feed's, and says nothing of the page.
            past = replace(past, bookmark=Bookmark())
    old = past.bookmark
    got = await tools.fetcher.get(
        old.moved_to or source.location,
        etag=old.etag,
        last_modified=old.last_modified,
        is_page=True,
        cut=True,
    )
    new = left_off(got, old)
    if new.digest == old.digest:
        return Harvest(unchanged=old.shown, bookmark=new, fresh_for=got.fresh_for)
    found = await tools.workers.run(
        survey, got.body, got.url, deadline=PARSING, can_wait=can_wait(got.body)
    )
    if feed := got.url if found.is_feed else found.feed:
        try:
            return await _read_feed(feed, source, replace(past, bookmark=Bookmark()), tools)
        except (NotThere, Gone):
            if found.is_feed:
                raise
    look = _Look(source, past, tools, got.url, new)
    if found.article:
        harvest = await look.read_article(found.article)
    elif found.links:
        harvest = await look.read_links(found.links)
    else:
        raise NotThere(
            f"no articles found at {shown(got.url)}: give its feed, or the page that lists them"
        )
    return replace(harvest, fresh_for=got.fresh_for)


async def _read_feed(feed: str, source: Source, past: Past, tools: Tools) -> Harvest:
    """Read the feed of a page, and remember it."""
    harvest = await read_feed(replace(source, location=feed), past, tools)
    return replace(harvest, bookmark=replace(harvest.bookmark, feed=feed))


@dataclass(frozen=True, slots=True)
class _Look:
    """A look at a page that has changed; `url` is where it is, `bookmark` where this ends."""

    source: Source
    past: Past
    tools: Tools
    url: str
    bookmark: Bookmark

    async def read_article(self, draft: Draft) -> Harvest:
        """Read the one article that the page is."""
        reading = await self._reading(draft, ids.canonical_url(draft.url or self.url))
        known = await self.past.known({reading.article.item: reading.fingerprint})
        readings = () if known.unchanged else (reading,)
        bookmark = replace(self.bookmark, shown=1)
        return Harvest(readings, unchanged=1 - len(readings), bookmark=bookmark)

    async def read_links(self, links: Sequence[str]) -> Harvest:
        """Read the articles behind the links that were not followed before."""
        addresses = {ids.canonical_url(link): link for link in links}
        # The address alone counts: a teaser whose words change does not make a new article.
        prints = {item: ids.fingerprint(item) for item in addresses}
        known = await self.past.known(prints)
        seen = known.unchanged | known.changed
        fresh = [item for item in addresses if item not in seen]
        most = PAGES_AT_FIRST if self.past.is_first else MOST_PAGES
        readings, passed, troubles = list[Reading](), list[str](), list[SourceError]()
        wanted = dict.fromkeys(addresses[item] for item in fresh[:most])
        async for address, got in fetch_articles(wanted, self.tools):
            item = ids.canonical_url(address)
            try:
                reading = await self._reading(self._draft(got, address), item)
                readings.append(replace(reading, fingerprint=prints[item]))
            except (NotThere, Gone, WorkerError):
                passed.append(item)
            except SourceError as error:
                troubles.append(error)
        if troubles and not readings and not seen:
            raise troubles[0]
        if self.past.is_first:
            passed += fresh[most:]
        is_whole = not troubles and len(readings) + len(passed) == len(fresh)
        return Harvest(
            readings=tuple(readings),
            unchanged=len(seen),
            failures=tuple(self._failures(len(fresh[:most]), troubles, bool(readings or seen))),
            bookmark=self._left_off(is_whole, len(seen) + len(readings)),
            passed={item: prints[item] for item in passed},
        )

    async def _reading(self, draft: Draft, item: str) -> Reading:
        draft = replace(draft, url=draft.url or self.url)
        arguments = draft, self.source, item, self.tools.zone
        return await self.tools.workers.run(to_reading, *arguments, deadline=PARSING)

    def _draft(self, got: Draft | SourceError | WorkerError, address: str) -> Draft:
        """The article that stood at an address; raises the trouble that there was instead."""
        if not isinstance(got, Draft):
            raise got
        if len(got.text) < SHORTEST_ARTICLE:
            raise NotThere(f"no article at {shown(address)}")
        # Some sites say of each of their pages that its address is really the front page's.
        is_here = ids.canonical_url(got.url or self.url) == ids.canonical_url(self.url)
        return replace(got, url=address) if is_here else got

    def _failures(
        self, asked: int, troubles: Sequence[SourceError], any_good: bool
    ) -> Iterator[Failure]:
        if troubles:
            many = f"{len(troubles)} of {asked} could not be read now"
            yield Failure(self.source.name, "its articles", f"{many}: {troubles[0]}")
        if not any_good:
            advice = f"no articles found behind the links of {shown(self.url)}: give its feed"
            yield Failure(self.source.name, "", advice)

    def _left_off(self, is_whole: bool, seen: int) -> Bookmark:
        """Where to go on; for what is left over, the page is read again even if it is the same."""
        if is_whole:
            return replace(self.bookmark, shown=seen)
        return Bookmark(moved_to=self.bookmark.moved_to, shown=seen)


def to_reading(draft: Draft, source: Source, item: str, zone: ZoneInfo) -> Reading:
    """The analysed article, in a worker; its fingerprint changes when a reader sees a change."""
    titled = replace(draft, title=draft.title or title_from_text(draft.text))
    published = draft.published.isoformat() if draft.published else ""
    fingerprint = ids.fingerprint(titled.title or "", draft.text, published)
    return Reading(to_article(titled, source, item, zone), fingerprint)
