"""A feed: RSS 0.9x to 2.0, RDF, Atom, JSON Feed; teasers are made whole by their pages."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from zoneinfo import ZoneInfo

from summaries import ids
from summaries.draft import Draft
from summaries.errors import Busy, WorkerError
from summaries.fetch import Fetched, shown
from summaries.model import Bookmark, Failure, Harvest, Reading, Source
from summaries.sources.articles import fetch_articles
from summaries.sources.full_text import is_teaser
from summaries.sources.reader import PARSING, Past, Tools, can_wait, left_off, to_article
from summaries.sources.syndication import Entry, Issue, newness, parse_feed

PAGES_AT_FIRST, MOST_PAGES = 20, 50
"""Pages that are fetched for the teasers of one look, the newest first."""

_BATCH = 25


async def read(source: Source, past: Past, tools: Tools) -> Harvest:
    """Read the items that are new or changed; raises SourceError and WorkerError."""
    mark = past.bookmark
    address = mark.moved_to or source.location
    got = await tools.fetcher.get(
        address, etag=mark.etag, last_modified=mark.last_modified, cut=True
    )
    bookmark = left_off(got, mark)
    if bookmark.digest == mark.digest:
        return Harvest(unchanged=mark.shown, bookmark=bookmark, fresh_for=got.fresh_for)
    issue = await tools.workers.run(_parse, got, deadline=PARSING, can_wait=can_wait(got.body))
    harvest = await _harvest(
        issue, replace(bookmark, shown=len(issue.entries)), source, past, tools
    )
    advice = _advice(issue, got.url, source)
    return replace(harvest, failures=(*advice, *harvest.failures), fresh_for=got.fresh_for)


def _parse(got: Fetched) -> Issue:
    return parse_feed(got.body, got.url, is_cut=got.is_cut)


async def _harvest(
    issue: Issue, bookmark: Bookmark, source: Source, past: Past, tools: Tools
) -> Harvest:
    """What is new in a feed; it is read again as it is while pages of it are to be asked for."""
    known = await past.known({entry.item: entry.fingerprint for entry in issue.entries})
    fresh = [entry for entry in issue.entries if entry.item not in known.unchanged]
    pages = _Pages()
    if tools.full_text:
        most = PAGES_AT_FIRST if past.is_first else MOST_PAGES
        pages = await _fetch_pages(fresh, most, tools)
    whole = [replace(each, draft=pages.drafts.get(each.item, each.draft)) for each in fresh]
    if postponed := pages.postponed & {each.item for each in whole if not each.draft.text}:
        # A title is told at once, and counts as changed until its page is there.
        whole = [replace(e, fingerprint="") if e.item in postponed else e for e in whole]
        bookmark = replace(bookmark, etag=None, last_modified=None, digest=None)
    readings, failures = await _readings(whole, source, tools)
    return Harvest(
        readings=tuple(readings),
        unchanged=len(issue.entries) - len(fresh),
        failures=(*pages.failures(source), *failures),
        bookmark=bookmark,
    )


@dataclass(slots=True)
class _Pages:
    """What came of the pages of a feed's items: drafts, and what is to be asked for again."""

    drafts: dict[str, Draft] = field(default_factory=dict)
    postponed: set[str] = field(default_factory=set)
    asked: int = 0
    reasons: list[str] = field(default_factory=list)

    def failures(self, source: Source) -> list[Failure]:
        if not self.reasons:
            return []
        many = f"{len(self.reasons)} of {self.asked} pages could not be read"
        why = f"{many}, so their teasers stay; the first: {self.reasons[0]}"
        return [Failure(source.name, "", why)]


async def _fetch_pages(entries: Sequence[Entry], most: int, tools: Tools) -> _Pages:
    """Make items whole by their pages, the newest `most` of those that are but teasers."""
    newest = sorted(entries, key=lambda entry: -newness(entry.draft.published))
    wanted = {
        entry.draft.url: entry
        for entry in islice((e for e in newest if is_teaser(e.draft) and not e.shares_link), most)
        if entry.draft.url
    }
    pages = _Pages(asked=len(wanted))
    teasers = {address: entry.draft for address, entry in wanted.items()}
    async for address, page in fetch_articles(teasers, tools):
        entry = wanted[address]
        if isinstance(page, Draft):
            pages.drafts[entry.item] = page
            continue
        pages.reasons.append(str(page))
        if isinstance(page, Busy):
            pages.postponed.add(entry.item)
    return pages


async def _readings(
    entries: list[Entry], source: Source, tools: Tools
) -> tuple[list[Reading], list[Failure]]:
    """The items as analysed articles; one that takes too long is a Failure and spoils no other."""
    readings: list[Reading] = []
    failures: list[Failure] = []
    for start in range(0, len(entries), _BATCH):
        batch = entries[start : start + _BATCH]
        try:
            readings += await tools.workers.run(
                to_readings, batch, source, tools.zone, deadline=PARSING
            )
        except WorkerError:
            for entry in batch:
                try:
                    readings += await tools.workers.run(
                        to_readings, [entry], source, tools.zone, deadline=PARSING
                    )
                except WorkerError as error:
                    failures.append(Failure(source.name, entry.item, str(error)))
    return readings, failures


def to_readings(entries: Sequence[Entry], source: Source, zone: ZoneInfo) -> list[Reading]:
    """Items as analysed articles, in a worker."""
    return [_reading(entry, source, zone) for entry in entries]


def _reading(entry: Entry, source: Source, zone: ZoneInfo) -> Reading:
    article = to_article(entry.draft, source, entry.item, zone, entry.language)
    if entry.shares_link:
        article = replace(article, id=ids.article_id(None, source.name, entry.item))
    return Reading(article, entry.fingerprint)


def _advice(issue: Issue, url: str, source: Source) -> list[Failure]:
    """What is wrong with the feed as a whole, in a line."""
    if issue.empty:
        many = f"{issue.empty} of {issue.empty + len(issue.entries)} items of {shown(url)}"
        why = f"{many} have neither title nor text and were left out"
        return [Failure(source.name, "", why)]
    if issue.entries and not any(entry.draft.text or entry.draft.url for entry in issue.entries):
        why = f"the items of {shown(url)} have no text: give another of its feeds"
        return [Failure(source.name, "", why)]
    return []
