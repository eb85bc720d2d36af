"""What is wrong in config.yaml, in plain words, each mistake at its place."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.fields import did_you_mean, shown
from bot.settings import ConfigFile, Settings, SourceEntry
from bot.yaml_positions import Document, Path, Problem
from summaries import clock
from summaries.cadence import Bounds
from summaries.errors import QueryError, UserError
from summaries.model import SourceKind
from summaries.query import Grammar, parse

_KINDS = tuple(kind.value for kind in SourceKind)
_MEANT = {
    "rss": "feed",
    "atom": "feed",
    "html": "page",
    "url": "page",
    "dir": "folder",
    "path": "folder",
}


def in_settings(error: ValidationError, document: Document) -> Iterator[Problem]:
    """The mistakes that one setting makes by itself."""
    for detail in error.errors(include_url=False):
        path = detail["loc"]
        if path[-1] == "[key]":
            yield Problem(document.key(path[:-1]), f"a name {_words(detail)}")
        elif detail["type"] == "extra_forbidden":
            yield Problem(document.key(path), _unknown(path))
        else:
            name = next(part for part in reversed(path) if isinstance(part, str))
            label = name if name.isidentifier() else shown(name)
            yield Problem(document.at(path), f"{label} {_words(detail)}")


def between_settings(written: Mapping[str, Any], document: Document) -> Iterator[Problem]:
    """The mistakes that settings make with each other; values of a wrong kind are left alone."""
    topics = written.get("topics") or {}
    yield from _bounds(written.get("fetch"), document)
    for section in ("sources", "briefings"):
        yield from _alike(section, written.get(section), document)
    for path, source in _entries(written, "sources"):
        yield from _kind(path, source, document)
    for path, briefing in _entries(written, "briefings"):
        yield from _one_of(
            path, briefing, ("query", "topic"), 'as query: china trade ("" is all news)', document
        )
        yield from _one_of(path, briefing, ("at", "cron"), 'as at: ["08:30"]', document)
        if not briefing.get("to"):
            told = f'{shown(path[-1])} goes nowhere; write its channels, as to: ["slack:#news"]'
            yield Problem(document.key(path), told)
        topic = briefing.get("topic")
        if isinstance(topic, str) and isinstance(topics, dict) and topic not in topics:
            hint = did_you_mean(topic, topics) or "; name it under topics"
            told = f"there is no topic {shown(topic)}{hint}"
            yield Problem(document.at((*path, "topic")), told)


def in_queries(settings: Settings, document: Document) -> Iterator[Problem]:
    """The mistakes in the queries of topics and briefings; their tags may come with articles."""
    names = tuple(source.name for source in settings.sources)
    grammar = Grammar(settings.zone, names, tags=None)
    queries: list[tuple[Path, str]] = [
        (("topics", name), query) for name, query in settings.topics.items()
    ]
    for briefing in settings.briefings:
        at = ("briefings", briefing.name, "query")
        if at in document.values:
            queries.append((at, briefing.query))
    for path, query in queries:
        try:
            parse(query, grammar, clock.now())
        except QueryError as error:
            yield Problem(document.at(path), str(error))


def _words(detail: ErrorDetails) -> str:
    """What follows the setting's name; a value is shown only where it is no secret."""
    kind, value = detail["type"], detail["input"]
    match kind:
        case "value_error":
            return str(detail["ctx"]["error"])
        case "literal_error":
            return f"must be {detail['ctx']['expected']}, not {shown(value)}"
        case "bool_type" | "bool_parsing":
            return f"must be true or false, not {shown(value)}"
        case "string_type" if isinstance(value, int | float):
            return "must be text; put quotes around it"
        case "string_type":
            return f"must be text, not {shown(value)}"
        case "tuple_type":
            return f"must be a list, as [one, two], not {shown(value)}"
    return "must be settings of its own; write them as key: value"


def _unknown(path: Path) -> str:
    model: Any = ConfigFile
    if len(path) > 1:
        model = ConfigFile.model_fields[str(path[0])].annotation
    if len(path) > 2:
        model = get_args(model)[1]
    known = sorted(model.model_fields)
    name = str(path[-1])
    hint = did_you_mean(name, known) or f"; the settings here are {', '.join(known)}"
    return f"there is no setting {shown(name)} here{hint}"


def _entries(written: Mapping[str, Any], section: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    entries = written.get(section)
    if isinstance(entries, dict):
        for name, entry in entries.items():
            if isinstance(entry, dict):
                yield (section, name), entry


def _alike(section: str, names: object, document: Document) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for name in names if isinstance(names, dict) else ():
        first = seen.setdefault(name.casefold(), name)
        if first != name:
            told = f"{shown(name)} and {shown(first)} differ only in capitals; rename one"
            yield Problem(document.key((section, name)), told)


def _kind(path: Path, source: Mapping[str, Any], document: Document) -> Iterator[Problem]:
    strange = [key for key in source if key not in SourceEntry.model_fields]
    if strange and not any(kind in source for kind in _KINDS):
        key = strange[0]
        meant = _MEANT.get(key.lower())
        hint = f"; did you mean {meant!r}?" if meant else did_you_mean(key, _KINDS)
        told = f"{shown(key)} is no kind of source; write feed, page or folder{hint}"
        yield Problem(document.key((*path, key)), told)
    else:
        yield from _one_of(path, source, _KINDS, "as folder: articles", document)


def _bounds(fetch: object, document: Document) -> Iterator[Problem]:
    """An `up_to` that is written and shorter than `every`."""
    given = fetch if isinstance(fetch, dict) else {}
    try:
        up_to = clock.duration(str(given.get("up_to")))
        every = clock.duration(str(given["every"])) if given.get("every") else Bounds().every
    except UserError:
        return
    if up_to < every:
        told = f"up_to must be at least as long as every ({clock.words(every)}); raise it"
        yield Problem(document.at(("fetch", "up_to")), told)


def _one_of(
    path: Path,
    entry: Mapping[str, Any],
    names: Sequence[str],
    example: str,
    document: Document,
) -> Iterator[Problem]:
    given = [name for name in entry if name in names and entry[name] not in (None, [])]
    if not given:
        choice = f"{', '.join(names[:-1])} or {names[-1]}"
        told = f"{shown(path[-1])} needs {choice}; write one of them, {example}"
        yield Problem(document.key(path), told)
    for extra in given[1:]:
        told = f"{extra} cannot stand beside {given[0]}; keep one of them"
        yield Problem(document.key((*path, extra)), told)
