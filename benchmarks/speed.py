"""How fast every method summarises texts of 30 to 10,000 sentences, and how fast the analysis is.

python benchmarks/speed.py

Each cell is timed in a process of its own, which is killed at a deadline: plain strings in, three
sentences out, everything between included. All times are those of the processor. The texts are made
up: English of natural length, by Zipf's law, of the words of `articles/`, then of pseudo-words.

All methods are compared with sumy's LexRank as its users run it: sumy's parser, stemmer, stop words
and word tokenizer. Its sentences alone come from nupunkt, since sumy's own tokenizer wants NLTK's
data, which it would download; that is no slower. Prints tables in Markdown.
"""

import argparse
import os
import resource
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from math import log
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the bot does

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from summaries import summarise
from summaries.errors import TooLarge
from summaries.summarisers import DEFAULT, METHODS
from summaries.text import analyse, detect_language, sentence_spans, stems, words

SIZES = (30, 300, 1_500, 3_000, 10_000)
SUMY = "sumy's LexRank"
SAMPLES = "articles/*/*.txt"
VOCABULARY, SHIFT, EXPONENT = 100_000, 3, 1.25  # Zipf's law as Mandelbrot put it
LENGTH, SPREAD, SHORTEST = 23, 7, 5  # words of a sentence
PARAGRAPH = 3  # sentences of a paragraph
REPEAT_FOR = 2.0  # seconds for which a quick call is repeated
ANALYSED = 3_000_000  # characters
WIDTH = 72  # characters of a line where paragraphs are broken into lines

Cell = float | str
"""Milliseconds, or why there are none."""


def text(sentences: int, seed: int = 1) -> str:
    """Made-up English of so many sentences, the same each time."""
    chance = np.random.default_rng(seed)
    weights = (np.arange(1, VOCABULARY + 1) + SHIFT) ** -EXPONENT
    cumulated = np.cumsum(weights / weights.sum())
    known = vocabulary()
    made: list[str] = []
    for number in range(sentences):
        length = max(SHORTEST, round(chance.normal(LENGTH, SPREAD)))
        ranks = np.searchsorted(cumulated, chance.random(length))
        made.append(" ".join(known[rank] for rank in ranks).capitalize() + ".")
        made.append("\n\n" if number % PARAGRAPH == PARAGRAPH - 1 else " ")
    return "".join(made).strip()


def vocabulary() -> list[str]:
    """The words of the samples, the most frequent first, and pseudo-words."""
    counted: Counter[str] = Counter()
    for file in sorted(ROOT.glob(SAMPLES)):
        sample = file.read_text("utf-8")
        if detect_language(sample) == "en":
            counted.update(word for word in words(sample) if word.isalpha() and word.isascii())
    real = [word for word, _ in counted.most_common()]
    syllables = [first + vowel for first in "bdfgklmnprstvz" for vowel in "aeiou"]
    size = len(syllables)
    pseudo = (
        syllables[n % size] + syllables[n // size % size] + syllables[n // size**2] + "n"
        for n in range(VOCABULARY)
    )
    return [*real, *pseudo][:VOCABULARY]


class Nupunkt:
    """A tokenizer for sumy: its own words, of sentences by nupunkt."""

    def __init__(self) -> None:
        from nltk.tokenize import NLTKWordTokenizer
        from nupunkt import sent_tokenize
        from sumy.nlp.tokenizers import Tokenizer

        self.to_sentences = sent_tokenize
        self._words = NLTKWordTokenizer()
        self._is_word = Tokenizer._is_word

    def to_words(self, sentence: str) -> tuple[str, ...]:
        """The words of a sentence, as `nltk.word_tokenize` and sumy's filter have them."""
        return tuple(filter(self._is_word, self._words.tokenize(sentence)))


def sumy_lexrank(document: str) -> None:
    """What sumy's documentation tells its users to do."""
    from sumy.nlp.stemmers import Stemmer
    from sumy.parsers.plaintext import PlaintextParser
    from sumy.summarizers.lex_rank import LexRankSummarizer
    from sumy.utils import get_stop_words

    summarizer = LexRankSummarizer(Stemmer("english"))
    summarizer.stop_words = get_stop_words("english")
    summarizer(PlaintextParser.from_string(document, Nupunkt()).document, 3)


def sumy_preparation(document: str) -> None:
    """What sumy does before it weighs anything: sentences, words and stems."""
    from sumy.nlp.stemmers import Stemmer
    from sumy.parsers.plaintext import PlaintextParser

    stemmer = Stemmer("english")
    for sentence in PlaintextParser.from_string(document, Nupunkt()).document.sentences:
        for word in sentence.words:
            stemmer(word)


def nupunkt_alone(document: str) -> None:
    """Sentences as nupunkt gives them by itself."""
    from nupunkt import PunktSentenceTokenizer
    from nupunkt.models import load_default_model

    tokenizer = PunktSentenceTokenizer(load_default_model().parameters)
    for paragraph in document.split("\n\n"):
        list(tokenizer.span_tokenize(paragraph))


def words_and_stems(document: str) -> None:
    """Words and their stems, of the whole text at once."""
    stems(document, "en")


def spans(document: str) -> None:
    """Sentences, as all of the program has them."""
    sentence_spans(document, "en")


def analysis(document: str) -> None:
    """Language, sentences, words and stems."""
    analyse("", document)


ANALYSES: dict[str, Callable[[str], None]] = {
    "`sentence_spans`": spans,
    "`words` and `stems`": words_and_stems,
    "`analyse`": analysis,
    "nupunkt alone": nupunkt_alone,
    "sumy's preparation": sumy_preparation,
}


def summary_time(sender: Connection, method: str, sentences: int) -> None:
    """Send the milliseconds of a summary, and the peak of this process in MB."""
    document, warmth = text(sentences), text(10, seed=2)

    def run(document: str) -> None:
        if method == SUMY:
            sumy_lexrank(document)
        else:
            summarise([document], method=method)

    cell: Cell
    try:
        run(warmth)
        cell = _mean(run, document)
    except TooLarge:
        cell = "refused"
    sender.send((cell, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def analysis_speed(sender: Connection, name: str, lines: bool) -> None:
    """Send how many megabytes a second are analysed, each paragraph one line or several lines."""
    document = text(ANALYSED // 120)
    if lines:
        document = "\n\n".join(textwrap.fill(part, WIDTH) for part in document.split("\n\n"))
    ANALYSES[name](text(10, seed=2))
    started = time.process_time()
    ANALYSES[name](document)
    sender.send(len(document.encode()) / 1e6 / (time.process_time() - started))


def _mean(run: Callable[[str], None], document: str) -> float:
    """Milliseconds of a run; clocks of the processor are too coarse for a single quick one."""
    started, runs = time.process_time(), 0
    while (spent := time.process_time() - started) < REPEAT_FOR:
        run(document)
        runs += 1
    return 1000 * spent / runs


def in_time(deadline: int, target: Callable[..., None], *arguments: Any) -> Any:
    """What a function sends from a process of its own; None if it was killed at the deadline."""
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_limited, args=(deadline, target, sender, *arguments))
    process.start()
    sender.close()
    try:
        return receiver.recv()
    except EOFError:
        return None
    finally:
        process.join()


def _limited(deadline: int, target: Callable[..., None], *arguments: Any) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (deadline, deadline))
    target(*arguments)


def measure(methods: Sequence[str], sizes: Sequence[int], deadline: int) -> None:
    """Time the methods, and print what came of it."""
    cells: dict[str, list[Cell]] = {}
    peak = 0.0
    for method in (SUMY, *methods):
        cells[method] = []
        for size in sizes:
            told = in_time(deadline, summary_time, method, size)
            cell, memory = told or (f"> {deadline} s", 0.0)
            cells[method].append(cell)
            peak = memory if method == DEFAULT else peak
    heads = [f"{size:,}" for size in sizes]
    table_head("milliseconds for so many sentences", heads)
    for method, times in cells.items():
        table_row(method, (cell if isinstance(cell, str) else f"{cell:,.1f}" for cell in times))
    table_head(f"times as fast as {SUMY}", heads)
    for method in methods:
        pairs = zip(cells[SUMY], cells[method], strict=True)
        table_row(method, (_ratio(theirs, ours, deadline) for theirs, ours in pairs))
    table_head("its time grows as sentences to the power of", map(" to ".join, pairwise(heads)))
    for method, times in cells.items():
        steps = pairwise(zip(times, sizes, strict=True))
        table_row(method, (_exponent(*before, *after) for before, after in steps))
    if peak:
        print(f"\nPeak memory of the default method at {heads[-1]} sentences: {peak:.0f} MB")


def _ratio(theirs: Cell, ours: Cell, deadline: int) -> str:
    if isinstance(ours, str):
        return ours
    if isinstance(theirs, str):
        return f"> {1000 * deadline / ours:,.0f}"
    return f"{theirs / ours:,.0f}" if theirs > 9.5 * ours else f"{theirs / ours:.1f}"


def _exponent(before: Cell, size: int, after: Cell, next_size: int) -> str:
    if isinstance(before, str) or isinstance(after, str):
        return "-"
    return f"{log(after / before) / log(next_size / size):.2f}"


def measure_analysis(deadline: int) -> None:
    """Time the analysis, and print what came of it."""
    table_head("megabytes of English a second", ("in paragraphs", f"in lines of {WIDTH}"))
    for name in ANALYSES:
        speeds = (in_time(deadline, analysis_speed, name, lines) for lines in (False, True))
        table_row(name, (f"{speed:.1f}" if speed else "-" for speed in speeds))


def table_head(first: str, rest: Iterable[str]) -> None:
    """Print the head of a table."""
    heads = tuple(rest)
    print()
    table_row(first, heads)
    print(f"|{'---|' * (len(heads) + 1)}")


def table_row(first: str, rest: Iterable[str]) -> None:
    """Print a row of a table."""
    print(f"| {' | '.join((first, *rest))} |", flush=True)


def main() -> None:
    """Read the arguments, and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--methods", default=",".join(METHODS), help="names, with commas between")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of sentences")
    parser.add_argument("--deadline", type=int, default=90, help="seconds for a cell")
    given = parser.parse_args()
    measure(given.methods.split(","), [int(n) for n in given.sizes.split(",")], given.deadline)
    measure_analysis(given.deadline)


if __name__ == "__main__":
    main()
