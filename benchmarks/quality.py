"""How much of a reference summary each method finds, beside lead and a greedy oracle.

python benchmarks/quality.py SINGLE.jsonl --sentences 3
python benchmarks/quality.py MULTI.jsonl --words 250 --methods default,lexrank --limit 20
python benchmarks/quality.py MULTI.jsonl --words 100 --check

A line of the file is one summary to make:
{"documents": [{"title": "...", "text": "..."}, ...], "reference": "..."}

F1 of ROUGE-1, -2 and -L in percent (rouge-score, stemmed, rougeL of the whole summary), the words
of a summary, milliseconds for one with its analysis, and the difference to lead with the interval
that holds it in 95 of 100 resamplings of the lines. Lead takes the first sentences, of several
documents the first of each, then the second of each. The oracle sees the reference and takes, as
long as that helps, the sentence after which ROUGE-1 and -2 together are highest.

`--check` scores nothing, but looks up every point of every method by its offsets.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
from numpy.typing import NDArray
from rich.progress import track
from rouge_score.rouge_scorer import RougeScorer
from rouge_score.tokenizers import DefaultTokenizer

from summaries import Article, summarise
from summaries.errors import TooLarge
from summaries.summarisers import METHODS
from summaries.text import analyse

LEAD, ORACLE = "lead", "oracle"
ROUGE = ("rouge1", "rouge2", "rougeL")
RESAMPLINGS = 2_000

_TOKENIZER = DefaultTokenizer(use_stemmer=True)
_SCORER = RougeScorer(ROUGE, tokenizer=_TOKENIZER)

Grams = Counter[tuple[str, ...]]


@dataclass(frozen=True)
class Task:
    """One line of the file."""

    articles: tuple[Article, ...]
    reference: str


@dataclass
class Tally:
    """What a method did, line by line: F1 by kind of ROUGE (nan where refused), words, seconds."""

    scores: list[list[float]] = field(default_factory=list)
    words: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    refused: int = 0

    def add(self, summary: str, reference: str, seconds: float) -> None:
        """Score one summary."""
        found = _SCORER.score(reference, summary)
        self.scores.append([100 * found[kind].fmeasure for kind in ROUGE])
        self.words.append(len(summary.split()))
        self.seconds.append(seconds)

    def refuse(self) -> None:
        """Count a text that is too long for the method."""
        self.scores.append([np.nan] * len(ROUGE))
        self.refused += 1


def lead(task: Task, sentences: int | None, words: int | None) -> str:
    """The first sentence of each document, then the second of each, as far as they fit."""
    order = sorted(
        (position, document, text)
        for document, article in enumerate(task.articles)
        for position, text in enumerate(_sentences(article))
    )
    if words is None:
        return " ".join(text for _, _, text in order[:sentences])
    taken = []
    for place in order:
        length = len(place[2].split())
        if length <= words:
            taken.append(place)
            words -= length
    return " ".join(text for _, _, text in taken)


def oracle(task: Task, sentences: int | None, words: int | None) -> str:
    """What a greedy choice makes that knows the reference."""
    texts = [text for article in task.articles for text in _sentences(article)]
    tokens = [_TOKENIZER.tokenize(text) for text in texts]
    reference = [_grams(_TOKENIZER.tokenize(task.reference), n) for n in (1, 2)]
    taken: list[int] = []
    best = 0.0
    while sentences is None or len(taken) < sentences:
        left = np.inf if words is None else words - sum(len(texts[i].split()) for i in taken)
        rated = [
            (_f1([*taken, i], tokens, reference), -i)
            for i in range(len(texts))
            if i not in taken and len(texts[i].split()) <= left
        ]
        if not rated or max(rated)[0] <= best:
            break
        best, number = max(rated)
        taken.append(-number)
    return " ".join(texts[i] for i in sorted(taken))


def _sentences(article: Article) -> list[str]:
    sentences = analyse(article.title, article.text).sentences
    return [article.text[sentence.start : sentence.end] for sentence in sentences]


def _f1(taken: Iterable[int], tokens: Sequence[list[str]], reference: Sequence[Grams]) -> float:
    said = [token for i in sorted(taken) for token in tokens[i]]
    return sum(
        2 * (grams & _grams(said, n)).total() / max(1, grams.total() + len(said) + 1 - n)
        for n, grams in enumerate(reference, 1)
    )


def _grams(tokens: Sequence[str], n: int) -> Grams:
    return Counter(zip(*(tokens[i:] for i in range(n)), strict=False))


BOUNDS = {LEAD: lead, ORACLE: oracle}
"""What the methods are measured against."""


def measure(
    tasks: Sequence[Task], methods: Sequence[str], sentences: int | None, words: int | None
) -> dict[str, Tally]:
    """Let every method summarise every task."""
    tallies = {method: Tally() for method in methods}
    for task in track(tasks, description="Summarising"):
        for method, tally in tallies.items():
            begun = time.perf_counter()
            try:
                if method in BOUNDS:
                    text = BOUNDS[method](task, sentences, words)
                else:
                    made = summarise(task.articles, sentences=sentences, words=words, method=method)
                    text = " ".join(point.text for point in made.points)
            except TooLarge:
                tally.refuse()
            else:
                tally.add(text, task.reference, time.perf_counter() - begun)
    return tallies


def interval(differences: NDArray[np.float64]) -> tuple[float, float]:
    """Where the mean lies in 95 of 100 resamplings, always the same ones."""
    random = np.random.default_rng(0)
    picks = random.integers(len(differences), size=(RESAMPLINGS, len(differences)))
    low, high = np.percentile(differences[picks].mean(axis=1), (2.5, 97.5))
    return float(low), float(high)


def report(tallies: dict[str, Tally]) -> Iterator[str]:
    """The table, a line for each method."""
    yield "| method | R-1/R-2/R-L | words | ms | R-1 to lead | R-2 to lead | refused |"
    yield "|---|---|---|---|---|---|---|"
    base = np.array(tallies[LEAD].scores)
    for method, tally in tallies.items():
        scores = np.array(tally.scores)
        done = ~np.isnan(scores[:, 0])
        cells = [method]
        if done.any():
            cells.append("/".join(f"{mean:.1f}" for mean in scores[done].mean(axis=0)))
            cells.append(f"{np.mean(tally.words):.0f}")
            cells.append(f"{1000 * np.mean(tally.seconds):.1f}")
            for kind in (0, 1):
                difference = scores[done, kind] - base[done, kind]
                low, high = interval(difference)
                cells.append(f"{difference.mean():+.2f} ({low:+.2f} to {high:+.2f})")
            cells.append(str(tally.refused))
        yield f"| {' | '.join(cells)} |"


def check(
    tasks: Sequence[Task], methods: Sequence[str], sentences: int | None, words: int | None
) -> Iterator[str]:
    """Look up every point in its document; one line for each method, AssertionError at the first
    that isn't there.
    """
    found: Counter[str] = Counter()
    for task in track(tasks, description="Checking"):
        for method in methods:
            try:
                made = summarise(task.articles, sentences=sentences, words=words, method=method)
            except TooLarge:
                continue
            for point in made.points:
                text = task.articles[point.document].text
                there = " ".join(text[point.start : point.end].split())
                assert point.text == there, (method, point, there)
            found[method] += len(made.points)
    for method in methods:
        yield f"{method}: {found[method]:,} points, each found where it says."


def read(path: Path, limit: int | None) -> list[Task]:
    """The first so many lines of the file, or all."""
    tasks = []
    for line in path.read_text(encoding="utf-8").split("\n")[:limit]:
        if line:
            raw = json.loads(line)
            articles = tuple(Article(text=d["text"], title=d["title"]) for d in raw["documents"])
            tasks.append(Task(articles, raw["reference"]))
    return tasks


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", type=Path)
    budget = parser.add_mutually_exclusive_group(required=True)
    budget.add_argument("--sentences", type=int)
    budget.add_argument("--words", type=int)
    parser.add_argument("--methods", default=",".join(METHODS), help="names with commas between")
    parser.add_argument("--limit", type=int, help="only so many lines")
    parser.add_argument("--check", action="store_true", help="look up every point instead")
    chosen = parser.parse_args()
    methods = chosen.methods.split(",")
    tasks = read(chosen.file, chosen.limit)
    if chosen.check:
        lines = check(tasks, methods, chosen.sentences, chosen.words)
    else:
        methods = list(dict.fromkeys((LEAD, *methods, ORACLE)))
        lines = report(measure(tasks, methods, chosen.sentences, chosen.words))
    for line in lines:
        print(line)


if __name__ == "__main__":
    main()
