"""The one grammar of queries: `china trade since:7d from:reuters "a phrase" -opinion` -> Query.

    query   = { word | phrase | "-" word | "-" phrase | key ":" value }
    since:  7d, 2026-08-01 or 2026-08-01T12:00:00Z; that moment and later
    until:  the same; a date includes its day, a moment excludes itself
    from:   a source; tag: a source's tag; lang: a language of two letters
    top:    how many stories; skip: how many to pass over
    show:   stories, articles (those behind them), or why (these stories were chosen)

What looks like none of these is a word: `10:30`, `https://...`, `C++` and `AT&T` are searched for.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from summaries import clock
from summaries.errors import QueryError, UserError
from summaries.model import Query, Show
from summaries.text import words

MAX_CHARACTERS = 500
MAX_STRICT = 16
"""Words of phrases, and words that are left out; of the others the rarest are searched for."""
MAX_TOP = 10
MAX_SKIP = 1_000

_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"'})
_TOKEN = re.compile(r'(?P<minus>[-–](?=[^\s-]))?(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+))')
_KEYED = re.compile(r"([A-Za-z]{2,10}):(.*)", re.DOTALL)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Grammar:
    """What a query may name: sources, tags (None is any), and where its days begin."""

    zone: ZoneInfo
    sources: tuple[str, ...] = ()
    tags: tuple[str, ...] | None = ()


def parse(text: str, grammar: Grammar, now: datetime) -> Query:
    """Take a query apart; raises QueryError, which names the part and shows a right one."""
    text = " ".join(text.translate(_QUOTES).split())
    if len(text) > MAX_CHARACTERS:
        raise QueryError(
            text[:40],
            f"That query has {len(text):,} characters; at most {MAX_CHARACTERS} can be searched.",
            "china trade",
        )
    if text.count('"') % 2:
        rest = text[text.rindex('"') :]
        raise QueryError(rest, f"The quotation mark of {rest} is not closed.", f'{rest}"')
    query = Query(text=text)
    for token in _TOKEN.finditer(text):
        query = _add(query, token, grammar, now)
    return _checked(query)


def write(query: Query) -> str:
    """Write a query so that it means the same whenever, and wherever, it is parsed again."""
    parts = [*query.words, *map(_quoted, query.phrases)]
    parts += map(_left_out, query.without)
    parts += [f"from:{name}" for name in query.sources]
    parts += [f"tag:{name}" for name in query.tags]
    parts += [f"lang:{code}" for code in query.languages]
    if query.since:
        parts.append(f"since:{clock.iso(query.since)}")
    if query.until:
        parts.append(f"until:{clock.iso(query.until)}")
    if query.top:
        parts.append(f"top:{query.top}")
    if query.skip:
        parts.append(f"skip:{query.skip}")
    if query.show is not Show.STORIES:
        parts.append(f"show:{query.show.value}")
    return " ".join(parts)


def subject(query: Query) -> str:
    """The words that were asked for, without window, filters and paging."""
    parts = [*query.words, *map(_quoted, query.phrases)]
    return " ".join([*parts, *map(_left_out, query.without)])


def _quoted(words: Sequence[str]) -> str:
    return f'"{" ".join(words)}"'


def _left_out(words: Sequence[str]) -> str:
    return f"-{words[0]}" if len(words) == 1 else f"-{_quoted(words)}"


def _add(query: Query, token: re.Match[str], grammar: Grammar, now: datetime) -> Query:
    if token["phrase"] is not None:
        phrase = tuple(token["phrase"].split())
        if not any(words(part) for part in phrase):
            raise QueryError(token[0], f"There is no word in {token[0]}.", '"middle corridor"')
        if token["minus"]:
            return replace(query, without=(*query.without, phrase))
        return replace(query, phrases=(*query.phrases, phrase))
    word = token["word"]
    if token["minus"]:
        return replace(query, without=(*query.without, (word,))) if words(word) else query
    keyed = _KEYED.fullmatch(word)
    key = _key(keyed[1].lower()) if keyed else None
    if keyed and key:
        if key != keyed[1].lower():
            raise QueryError(word, f"There is no {keyed[1]}: here.", f"{key}:{keyed[2]}")
        return _KEYS[key](query, keyed[2], grammar, now)
    return replace(query, words=(*query.words, word)) if words(word) else query


def _key(name: str) -> str | None:
    if name in _KEYS:
        return name
    near = get_close_matches(name, _KEYS, n=1, cutoff=0.75)
    return near[0] if near else None


def _since(query: Query, value: str, grammar: Grammar, now: datetime) -> Query:
    return replace(query, since=_moment("since", value, grammar, now))


def _until(query: Query, value: str, grammar: Grammar, now: datetime) -> Query:
    moment = _moment("until", value, grammar, now)
    if _DATE.fullmatch(value):
        day = moment.astimezone(grammar.zone).date() + timedelta(days=1)
        moment = clock.moment(day.isoformat(), grammar.zone)
    return replace(query, until=moment)


def _moment(key: str, value: str, grammar: Grammar, now: datetime) -> datetime:
    try:
        if value[:1].isdigit() and value[-1:].isalpha() and "-" not in value:
            return now - clock.duration(value)
        moment = clock.moment(value, grammar.zone)
        if not 1900 <= moment.year <= 9000:
            raise UserError("out of range")
        return moment
    except (UserError, OverflowError) as error:
        part = f"{key}:{value}"
        example = f"{key}:7d or {key}:{(now - timedelta(days=7)).date()}"
        raise QueryError(part, f"{part} names no time.", example) from error


def _from(query: Query, value: str, grammar: Grammar, _now: datetime) -> Query:
    name = _known("from", value, grammar.sources, "source")
    return replace(query, sources=(*query.sources, name))


def _tag(query: Query, value: str, grammar: Grammar, _now: datetime) -> Query:
    name = value if grammar.tags is None else _known("tag", value, grammar.tags, "tag")
    return replace(query, tags=(*query.tags, name))


def _known(key: str, value: str, names: Sequence[str], what: str) -> str:
    folded = {name.casefold(): name for name in names}
    if value.casefold() in folded:
        return folded[value.casefold()]
    part = f"{key}:{value}"
    if not names:
        raise QueryError(part, f"No {what} is set up here, so {part} finds nothing.", "china trade")
    near = get_close_matches(value.casefold(), folded, n=1, cutoff=0.4)
    example = folded[near[0]] if near else names[0]
    raise QueryError(part, f"There is no {what} named {value!r}.", f"{key}:{example}")


def _lang(query: Query, value: str, _grammar: Grammar, _now: datetime) -> Query:
    code = value.lower()
    if not (len(code) == 2 and code.isascii() and code.isalpha()):
        raise QueryError(f"lang:{value}", f"lang:{value} names no language.", "lang:en")
    return replace(query, languages=(*query.languages, code))


def _top(query: Query, value: str, _grammar: Grammar, _now: datetime) -> Query:
    return replace(query, top=_count("top", value, 1, MAX_TOP))


def _skip(query: Query, value: str, _grammar: Grammar, _now: datetime) -> Query:
    return replace(query, skip=_count("skip", value, 0, MAX_SKIP))


def _count(key: str, value: str, least: int, most: int) -> int:
    if value.isascii() and value.isdigit() and len(value) < 6 and least <= int(value) <= most:
        return int(value)
    part = f"{key}:{value}"
    raise QueryError(part, f"{part} is no number from {least} to {most}.", f"{key}:5")


def _show(query: Query, value: str, _grammar: Grammar, _now: datetime) -> Query:
    if value.lower() not in list(Show):
        raise QueryError(f"show:{value}", f"show:{value} is not known.", "show:articles")
    return replace(query, show=Show(value.lower()))


_KEYS: dict[str, Callable[[Query, str, Grammar, datetime], Query]] = {
    "since": _since,
    "until": _until,
    "from": _from,
    "tag": _tag,
    "lang": _lang,
    "top": _top,
    "skip": _skip,
    "show": _show,
}


def _checked(query: Query) -> Query:
    count = sum(map(len, (*query.phrases, *query.without)))
    if count > MAX_STRICT:
        few = " ".join(query.words[:3]) or "china trade"
        problem = f"That query has {count} words that must or must not be there"
        raise QueryError(query.text, f"{problem}; it may have {MAX_STRICT}.", few)
    if query.text and not _means_something(query):
        shown = query.text[:40]
        raise QueryError(shown, f"There is no word in {shown} to search for.", "china trade")
    if query.since and query.until and query.since >= query.until:
        raise QueryError(
            f"since:{query.since.date()}",
            "since: must be earlier than until:.",
            f"since:{query.until.date() - timedelta(days=7)} until:{query.until.date()}",
        )
    return query


def _means_something(query: Query) -> bool:
    return replace(query, text="") != Query()
