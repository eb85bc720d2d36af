"""The kinds of sources, one file each, and the one table of them."""

from collections.abc import Mapping

from summaries.errors import SourceError
from summaries.model import Harvest, Source, SourceKind
from summaries.sources.feed import read as read_feed
from summaries.sources.folder import read as read_folder
from summaries.sources.reader import Past, Reader, Tools

__all__ = ["READERS", "Past", "Reader", "Tools", "read"]

READERS: Mapping[SourceKind, Reader] = {
    SourceKind.FEED: read_feed,
    SourceKind.FOLDER: read_folder,
}


async def read(source: Source, past: Past, tools: Tools) -> Harvest:
    """Look at a source once; raises SourceError and WorkerError when nothing of it can be read."""
    reader = READERS.get(source.kind)
    if reader is None:
        raise SourceError(
            f"source {source.name}: pages are not read yet; give its feed instead, as"
            f" {source.name}: {{feed: ...}}"
        )
    return await reader(source, past, tools)
