"""A folder of articles: every .txt, .md, .html and .eml file in it and below it."""

import asyncio
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from summaries.errors import SourceError, WorkerError
from summaries.model import Bookmark, Failure, Harvest, Reading, Source
from summaries.sources.files import SUFFIXES, read_file
from summaries.sources.reader import PARSING, Past, Tools, to_article

LARGEST_FILE = 2 * 1024 * 1024

_BATCH = 16


@dataclass(frozen=True, slots=True)
class File:
    """A file that may be read: `item` is its path within the folder, with forward slashes.

    `path` is where within the folder it really is, all links followed.
    """

    item: str
    path: str
    fingerprint: str


async def read(source: Source, past: Past, tools: Tools) -> Harvest:
    """Read the files that are new or changed; hidden ones are passed over.

    Raises SourceError when there is no such folder. A file that cannot be read is a Failure,
    and so is one that takes longer than `PARSING`; the others are read all the same.
    """
    files, failures = await asyncio.to_thread(find_files, source)
    known = await past.known({file.item: file.fingerprint for file in files})
    fresh = [file for file in files if file.item not in known.unchanged]
    batches = await asyncio.gather(
        *(_read_batch(batch, source, tools) for batch in _batches(fresh))
    )
    outcomes = [outcome for batch in batches for outcome in batch]
    readings = [outcome for outcome in outcomes if isinstance(outcome, Reading)]
    failures += [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    bookmark = Bookmark(shown=len(files))
    return Harvest(tuple(readings), len(files) - len(fresh), tuple(failures), bookmark)


def find_files(source: Source) -> tuple[list[File], list[Failure]]:
    """The files to read, in the order of their paths, and those that are refused."""
    root = Path(source.location)
    if not root.is_dir():
        raise SourceError(
            f"folder {source.location} does not exist: create it, or correct `folder:`"
            f" of source {source.name}"
        )
    files: list[File] = []
    troubles: list[OSError] = []
    paths = sorted(_walk(root, troubles.append))
    real_root = os.path.realpath(root)
    failures = [
        Failure(source.name, Path(error.filename).relative_to(root).as_posix(), _why(error))
        for error in troubles
    ]
    for path in paths:
        item = path.relative_to(root).as_posix()
        try:
            files.append(_checked(path, item, real_root))
        except OSError as error:
            failures.append(Failure(source.name, item, _why(error)))
        except SourceError as error:
            failures.append(Failure(source.name, item, str(error)))
    return files, failures


def read_files(files: list[File], source: Source, zone: ZoneInfo) -> list[Reading | Failure]:
    """Read each file, in a worker."""
    return [_read_one(file, source, zone) for file in files]


def _read_one(file: File, source: Source, zone: ZoneInfo) -> Reading | Failure:
    try:
        draft = read_file(_bytes_of(file.path, source.location), file.item)
    except OSError as error:
        return Failure(source.name, file.item, _why(error))
    except SourceError as error:
        return Failure(source.name, file.item, str(error))
    return Reading(to_article(draft, source, file.item, zone), file.fingerprint)


async def _read_batch(files: list[File], source: Source, tools: Tools) -> list[Reading | Failure]:
    """Read files in one quick call; if one of them spoils it, each in a call of its own."""
    try:
        return await tools.workers.run(read_files, files, source, tools.zone, deadline=PARSING)
    except WorkerError as error:
        if len(files) == 1:
            return [Failure(source.name, files[0].item, str(error))]
    return [outcome for file in files for outcome in await _read_batch([file], source, tools)]


def _batches(files: Iterable[File]) -> Iterator[list[File]]:
    rest = iter(files)
    while batch := list(islice(rest, _BATCH)):
        yield batch


def _walk(root: Path, on_error: Callable[[OSError], None]) -> Iterator[Path]:
    for folder, below, names in os.walk(root, onerror=on_error):
        below[:] = [name for name in below if not name.startswith(".")]
        for name in names:
            if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES:
                yield Path(folder, name)


def _checked(path: Path, item: str, root: str) -> File:
    # Not Path.resolve(), which makes a RuntimeError of a link that leads to itself.
    target = Path(os.path.realpath(path, strict=True))
    if not target.is_relative_to(root):
        raise SourceError("it is a link that leads out of the folder: copy the file here instead")
    status = target.stat()
    _check(status)
    fingerprint = f"{status.st_size}-{status.st_mtime_ns}"
    return File(item, str(target.relative_to(root)), fingerprint)


def _bytes_of(path: str, root: str) -> bytes:
    """What is in a file, opened without following a link that was put in its way meanwhile."""
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)

    def inside(name: str, flags: int) -> int:
        # Opening a pipe would wait for somebody to write to it, were it not for O_NONBLOCK.
        return os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)

    try:
        *folders, name = Path(path).parts
        for below in folders:
            above, folder = folder, inside(below, os.O_RDONLY | os.O_DIRECTORY)
            os.close(above)
        with open(name, "rb", opener=inside) as file:
            _check(os.fstat(file.fileno()))
            return file.read(LARGEST_FILE)
    finally:
        os.close(folder)


def _check(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise SourceError("it is no regular file: remove it")
    if status.st_size > LARGEST_FILE:
        raise SourceError(f"it is larger than {LARGEST_FILE >> 20} MB: split it, or remove it")


def _why(error: OSError) -> str:
    return f"it cannot be read ({(error.strerror or 'unknown trouble').lower()}): check it"
