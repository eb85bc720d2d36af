"""A title for an article that has none."""

import re
from collections import Counter
from pathlib import PurePosixPath

from summaries.text import detect_language, sentence_spans

LONGEST = 100
"""Characters; a longer first sentence is cut at the end of a word."""

_WORD = re.compile(r"\w+")
_WORD_IN_SENTENCE = re.compile(r"(?<=[^\s.!?:\"“«(] )\w+")


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
