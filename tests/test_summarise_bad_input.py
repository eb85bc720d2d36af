"""Whatever is summarised, by whichever method: sentences of it word for word, or one clear line."""

import asyncio
import json
import random
from functools import cache
from pathlib import Path
from time import process_time

import pytest

from summaries import Article, summarise
from summaries.errors import TooLarge
from summaries.model import Summary
from summaries.summarisers import DEFAULT, METHODS
from summaries.text import analyse
from tests.program import Ended, bot

LONG = 1_000_000
MANY = 100_100
SECONDS = 10  # of the processor, for what takes about one
WORDS = "port trade rail ferry wine grain border treaty minister harbour tariff cargo".split()

POEM = """\
The ferry leaves at break of day
    with wool and wine and grain,
and gulls go with it down the bay
    and bring it home again.

O pilot, when the beacons pale
    and all the quay is still,
who keeps the ledger, sets the sail,
    and lights us on the hill?
"""
TABLE = """\
Port\tTonnes 2024\tTonnes 2025\tChange, %
Alat\t6,300,000\t7,100,000\t12.7
Aktau\t4,100,000\t4,000,000\t-2.4
Turkmenbashi\t3,900,000\t4,200,000\t7.7
Total\t14,300,000\t15,300,000\t7.0
"""
CAPITALS = (
    "THE PORT OF ALAT WILL BE TWICE AS LARGE, THE U.S. EMBASSY SAID. WORK BEGINS IN MAY. "
    "TWO BERTHS AND A RAIL YARD ARE PLANNED! WHO PAYS FOR ALL OF THEM IS NOT YET KNOWN."
)
MIXED = (
    "The port of Alat grew. Порт Алят вырос. 阿拉特港增长了。 ميناء علت نما. Alat limanı büyüdü. "
    "पोर्ट बढ़ा। ท่าเรือเติบโต Το λιμάνι μεγάλωσε. נמל אלאט גדל. 港が大きくなった。 항구가 커졌다."
)
MARKED = (
    "\u202bأعلن الميناء اليوم\u202c عن رصيفين جديدين. \u200fيبدأ العمل في مايو.\u200f "
    "The \u202ecargo\u202c of \u2067Alat\u2069 grew by 12 percent. \u061cقال الوزير إن التجارة نمت."
)
UNPAIRED = "The port \ud800 grew again. \udfff Trade rose, too. It may \udc00\ud83d rise more."
EMOTICONS = "😀 🚢 ❤️ 👨‍👩‍👧 !!! ??? 🇦🇿🇨🇳"
NUMBERS = "12 345.67 8,900 -3 +4 5% $6. 7/8 9:10 11-12 0x0F 1e9. 2024 2025 2026."

SMALL = {
    "nothing": "",
    "white space": " \t\r\n\u00a0\u2003\n\n",
    "one word": "Trade",
    "one function word": "the",
    "one letter": "a",
    "only numbers": NUMBERS,
    "only punctuation": "... --- !!! ??? ;;; ()[]{} «» “”",
    "emoticons": EMOTICONS,
    "mixed scripts": MIXED,
    "unpaired surrogates": UNPAIRED,
    "right-to-left marks": MARKED,
    "capitals": CAPITALS,
    "a poem": POEM,
    "a table": TABLE,
    "a row of links": "Home | World | Asia | Trade | Ports",
    "control characters": "Null\x00 byte. Bell\x07 rings. \x1b[31mRed\x1b[0m. \ufeffIt. \x85 End.",
    "combining marks": "Z" + "\u0301" * 5_000 + "algo. Trade rose in the port.",
    "open quotation marks": "“ " * 500 + '" ' * 500 + "Trade rose. It fell.",
    "one sentence over and over": "Trade rose in the port. " * 500,
    "words that all differ": " ".join(f"Unique{n} other{n} third{n}." for n in range(150)),
}
NOTHING_TO_SAY = {"nothing", "white space", "only punctuation", "emoticons", "a row of links"}


def sentences(count: int) -> str:
    return " ".join(f"{WORDS[n % 12].capitalize()} {WORDS[n % 11]} is {n}." for n in range(count))


LARGE = {
    "one sentence": " ".join(random.Random(1).choices(WORDS, k=LONG // 6)),
    "one word": "x" * LONG,
    "stops": "Trade rose " + "!" * LONG,
    "brackets": ".)" * (LONG // 8),
    "words between stops": "a." * (LONG // 8),
    "quotation marks": '"“' * (LONG // 8),
    "no spaces": "港口贸易增长" * (LONG // 24),
    "short lines": "ab\n" * (LONG // 48),
    "100,100 sentences": sentences(MANY),
}


@cache
def analysed(name: str) -> Article:
    """A large text that is analysed once for all methods."""
    return Article(text=LARGE[name], analysis=analyse("", LARGE[name]))


def assert_sensible(summary: Summary, text: str) -> None:
    assert len(summary.points) <= 3
    for point in summary.points:
        assert point.text
        assert point.text == " ".join(text[point.start : point.end].split())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", SMALL)
def test_a_strange_text_is_summarised_in_its_own_words(name: str, method: str) -> None:
    summary = summarise([SMALL[name]], method=method, query=SMALL[name][:200])
    assert_sensible(summary, SMALL[name])
    assert bool(summary.points) == (name not in NOTHING_TO_SAY)


@pytest.mark.parametrize("method", METHODS)
def test_strange_texts_are_summarised_together(method: str) -> None:
    texts = [text[:2_000] for text in SMALL.values()]
    for point in summarise(texts, words=60, method=method).points:
        assert point.text == " ".join(texts[point.document][point.start : point.end].split())


@pytest.mark.parametrize("name", LARGE)
def test_a_large_text_is_analysed_in_time_that_grows_with_its_length(name: str) -> None:
    began = process_time()
    assert analysed(name).analysis
    assert process_time() - began < SECONDS


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", LARGE)
def test_a_large_text_is_summarised_or_refused_in_one_line(name: str, method: str) -> None:
    article = analysed(name)
    began = process_time()
    try:
        summary = summarise([article], method=method)
    except TooLarge as refusal:
        assert method != DEFAULT
        (line,) = str(refusal).splitlines()
        assert line.startswith(f"{method} takes too long")
        assert line.endswith("use default.")
    else:
        assert_sensible(summary, article.text)
        assert method == DEFAULT or name != "100,100 sentences"
    assert process_time() - began < SECONDS


async def summarised(folder: Path, content: bytes, *options: str) -> Ended:
    file = folder / f"{len(list(folder.iterdir()))}.txt"
    file.write_bytes(content)
    return await bot("summarise", str(file), *options, folder=folder)


async def test_the_program_summarises_strange_files_without_a_traceback(tmp_path: Path) -> None:
    texts = {
        name: SMALL[name].encode("utf-8", "surrogatepass")
        for name in ("nothing", "unpaired surrogates", "a table")
    }
    runs = [summarised(tmp_path, data, "--as", "json") for data in texts.values()]
    for name, ended in zip(texts, await asyncio.gather(*runs), strict=True):
        assert "Traceback" not in ended.out + ended.err
        assert ended.status in (0, 1)
        if ended.status:
            assert len(ended.err.splitlines()) == 1
        else:
            points = json.loads(ended.out)["points"]
            assert bool(points) == (name not in NOTHING_TO_SAY)


async def test_the_program_says_in_one_line_that_a_text_is_too_long(tmp_path: Path) -> None:
    ended = await summarised(tmp_path, sentences(2_000).encode(), "--method", "lexrank")
    assert ended.status == 1
    assert ended.out == ""
    (line,) = ended.err.splitlines()
    assert line.startswith("lexrank takes too long")
