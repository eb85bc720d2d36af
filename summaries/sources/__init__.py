"""The kinds of sources, one file each, and the one table of them."""

from collections.abc import Mapping

from summaries.model import Harvest, Source, SourceKind
from summaries.sources.feed import read as read_feed
from summaries.sources.folder import read as read_folder
from summaries.sources.page import read as read_page
from summaries.sources.reader import Past, Reader, Tools

__all__ = ["READERS", "Past", "Reader", "Tools", "read"]

READERS: Mapping[SourceKind, Reader] = {
    SourceKind.FEED: read_feed,
    SourceKind.PAGE: read_page,
    SourceKind.FOLDER: read_folder,
}


async def read(source: Source, past: Past, tools: Tools) -> Harvest:
    """Look at a source once; raises SourceError and WorkerError when nothing of it can be read."""
    return await READERS[source.kind](source, past, tools)
