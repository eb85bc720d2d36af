"""Titles: freed of markup, or made for an article that has none."""

import html
import re
from collections import Counter
from pathlib import PurePosixPath

from summaries.text import detect_language, sentence_spans

LONGEST = 100
"""Characters; a longer first sentence is cut at the end of a word."""

_TAG = re.compile(
    r"<!--.{0,2000}?-->|<!\[CDATA\[|\]\]>|</?(?P<name>abbr|acronym|a|big|bdi|b|br|cite|code|del|div|em|font|h[1-6]|img"
    r"|ins|i|kbd|mark|p|q|small|span|strike|strong|sub|sup|tt|u|wbr)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"&(?:#\d{2,6}|#x[0-9a-f]{2,5}|amp|lt|gt|quot|apos|nbsp);", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f\ue000\ud800-\udfff]")
_WINDOWS = {
    code: character
    for code in range(0x80, 0xA0)
    if (character := bytes([code]).decode("cp1252", "ignore"))
}
"""What was meant by the control characters that Latin-1 has where Windows has punctuation."""

_WORD = re.compile(r"\w+")
_WORD_IN_SENTENCE = re.compile(r"(?<=[^\s.!?:\"“«(] )\w+")


def title_from_markup(markup: str) -> str:
    """The words of a title that may hold HTML, escaped once or, evidently, more often than that.

    Only tags that may stand in a line are taken for markup: `List<T>` and `<video>` are words.
    """
    title = html.unescape(_without_tags(markup.translate(_WINDOWS)))
    for _ in range(2):
        if not _REFERENCE.search(title):
            break
        title = _without_tags(html.unescape(title))
    return " ".join(_CONTROL.sub("", title).split())


def _without_tags(markup: str) -> str:
    return _TAG.sub(_blank, markup) if "<" in markup else markup


def _blank(tag: re.Match[str]) -> str:
    """What stands where a tag was: those of blocks part words."""
    return " " if (tag["name"] or "").lower() in ("br", "div", "img", "p") else ""


def title_from_name(name: str, text: str) -> str | None:
    """The words of a file's name, written as the text writes them; None for under three words."""
    words = [word for word in re.split(r"[\W_]+", PurePosixPath(name).stem) if word]
    if sum(word.isalpha() for word in words) < 3:
        return None
    while words[0].isdigit():
        del words[0]
    forms = _forms(text)
    cased = [
        forms[word.lower()].most_common(1)[0][0] if word.lower() in forms else word
        for word in words
    ]
    title = " ".join(cased)
    return title[0].upper() + title[1:]


def title_from_text(text: str) -> str:
    """The first sentence, shortened."""
    spans = sentence_spans(text, detect_language(text))
    start, end = spans[0] if spans else (0, len(text))
    sentence = " ".join(text[start:end].split())
    if len(sentence) <= LONGEST:
        return sentence
    cut = sentence[: LONGEST + 1]
    return cut[: cut.rfind(" ") if " " in cut else LONGEST].rstrip(" ,;:–—-") + "…"


def _forms(text: str) -> dict[str, Counter[str]]:
    """How often each word is written how; beginnings of sentences, always capitals, count least."""
    forms: dict[str, Counter[str]] = {}
    for weight, pattern in ((1, _WORD), (100, _WORD_IN_SENTENCE)):
        for form in pattern.findall(text):
            forms.setdefault(form.lower(), Counter())[form] += weight
    return forms
