import os
import subprocess
import sys
import time
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summaries import Article, Summary, summarise
from summaries.errors import TooLarge, UserError
from summaries.summarisers import DEFAULT, METHODS
from summaries.summarisers.news import LARGEST
from summaries.text import analyse

ENGLISH = """\
Azerbaijan and China agreed on Tuesday to double the number of container trains between them.
The trains will cross the Caspian Sea by ferry, and the port of Alat will get two new berths.
Trade between Azerbaijan and China grew by 21 percent to $3.7 billion in the last year.
The weather in the capital was mild, and a small crowd had gathered to see the guests arrive.
"We will carry more goods. It is a good day," the ministry of transport said in a statement.
Container trains now take about two weeks from Xi'an to Baku, half the time of five years ago.
He said that further talks would follow in the summer, when both sides meet again in Beijing.
Will the new ferries be ready before the end of the year that both governments have named?
Farmers hope that faster trains will also carry wine and fruit from Azerbaijan to China.
"""
RUSSIAN = """\
Азербайджан и Китай договорились во вторник удвоить число контейнерных поездов между странами.
Поезда будут пересекать Каспийское море на паромах, а порт Алят получит два новых причала.
Торговля между Азербайджаном и Китаем выросла за последний год на 21 процент, до 3,7 млрд долл.
Погода в столице была мягкой, и небольшая толпа собралась посмотреть на приезд гостей.
Контейнерные поезда идут теперь из Сианя в Баку около двух недель, вдвое быстрее прежнего.
"""
TURKISH = """\
Azerbaycan ile Çin salı günü iki ülke arasındaki konteyner trenlerinin sayısını artırma kararı aldı.
Trenler Hazar Denizi'ni feribotla geçecek ve Alat limanına iki yeni rıhtım yapılacak, dedi bakanlık.
Azerbaycan ile Çin arasındaki ticaret geçen yıl yüzde 21 artarak 3,7 milyar dolara ulaştı.
Başkentte hava ılıktı ve konukların gelişini görmek için küçük bir kalabalık toplanmıştı.
"""
CHINESE = (
    "阿塞拜疆和中国周二同意将两国之间的集装箱列车数量增加一倍。列车将乘渡轮穿越里海，港口将新建两个泊位。"
    "两国之间的贸易去年增长了百分之二十一，达到三十七亿美元。首都天气温和，一小群人聚集在一起迎接客人。"
)
OTHER_OUTLET = """\
Baku and Beijing want twice as many container trains on the route across the Caspian Sea.
The agreement between Azerbaijan and China was signed on Tuesday after a year of talks.
A hotel near the station has been fully booked by visitors for the rest of the month.
"""
HOSTILE = [
    "",
    " \n\t\n ",
    "word",
    "The",
    "12345 67890",
    "?!?! ... ---",
    "\ud800 lone surrogate. Another one \udfff.",
    "\u202eright to left. \u200fMarks.",
    "null\x00byte. And more.",
    "Same. Same. Same. Same.",
    "One two. Two one. Three.",
    "a. b. c. d. e. f.",
    "ALL IN CAPITALS. NOTHING SMALL.",
    "x" * 20_000,
    "roses are red\nviolets are blue\n\nno stop anywhere",
    "a\tb\tc\n1\t2\t3\n",
]

every_method = pytest.mark.parametrize("method", METHODS)


def assert_verbatim(summary: Summary, texts: list[str]) -> None:
    for point in summary.points:
        assert point.text == " ".join(texts[point.document][point.start : point.end].split())
        assert point.text


@every_method
@pytest.mark.parametrize("text", [ENGLISH, RUSSIAN, TURKISH, CHINESE], ids=["en", "ru", "tr", "zh"])
def test_points_are_sentences_word_for_word_in_order(method: str, text: str) -> None:
    summary = summarise([text], sentences=2, method=method)
    assert len(summary.points) == 2
    assert_verbatim(summary, [text])
    assert summary.points[0].end <= summary.points[1].start


@every_method
def test_the_same_is_chosen_each_time(method: str) -> None:
    texts = [ENGLISH, OTHER_OUTLET]
    assert summarise(texts, method=method) == summarise(texts, method=method)


@every_method
def test_what_is_said_twice_is_chosen_once(method: str) -> None:
    summary = summarise([ENGLISH, ENGLISH], sentences=30, method=method)
    chosen = [point.text for point in summary.points]
    assert len(chosen) == len(set(chosen)) > 3


@every_method
@pytest.mark.parametrize("budget", [20, 50, 100])
def test_a_budget_of_words_is_kept(method: str, budget: int) -> None:
    summary = summarise([ENGLISH, OTHER_OUTLET], words=budget, method=method)
    assert 0 < sum(len(point.text.split()) for point in summary.points) <= budget


@every_method
def test_a_first_sentence_longer_than_the_budget_stands_alone(method: str) -> None:
    assert len(summarise([ENGLISH], words=3, method=method).points) == 1


@every_method
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_any_text_can_be_summarised(method: str, text: str) -> None:
    texts = [text, ENGLISH, text]
    assert_verbatim(summarise(texts, method=method, query=text), texts)
    assert_verbatim(summarise([text], method=method), [text])


@every_method
def test_one_word_is_its_own_summary(method: str) -> None:
    assert [point.text for point in summarise(["The"], method=method).points] == ["The"]


@every_method
def test_no_documents_make_an_empty_summary(method: str) -> None:
    assert summarise([], method=method) == Summary(())


@given(
    st.lists(
        st.text(max_size=120) | st.sampled_from([ENGLISH, CHINESE, *HOSTILE[:13]]), max_size=4
    ),
    st.text(max_size=20),
    st.sampled_from(sorted(METHODS)),
)
@settings(max_examples=60, deadline=None)
def test_every_point_is_found_where_it_says(texts: list[str], query: str, method: str) -> None:
    summary = summarise(texts, query=query, method=method)
    assert_verbatim(summary, texts)
    assert len(summary.points) <= 3
    places = [(point.document, point.start) for point in summary.points]
    assert places == sorted(set(places))


def test_an_analysis_that_an_article_carries_is_used() -> None:
    analysis = analyse("", ENGLISH)
    known = replace(analysis, sentences=analysis.sentences[3:4])
    summary = summarise([Article(text=ENGLISH, analysis=known)])
    assert [point.text[:11] for point in summary.points] == ["The weather"]


def test_a_method_says_when_a_text_is_too_long_for_it() -> None:
    text = " ".join(f"Number {n} is followed by {n + 1} here." for n in range(5_000))
    with pytest.raises(TooLarge, match=r"lexrank takes too long .* use default"):
        summarise([text], method="lexrank")
    assert summarise([text]).points


POEM = """\
The port is dark, the ferries sleep
And over them the gulls still keep
Their watch until the trains return
From Alat where the lanterns burn
"""
TABLE = "\n".join(
    f"{year}\tAlat\t{year * 7 % 100}.{year % 10}\t{year * 3}" for year in range(1990, 2030)
)


@pytest.mark.parametrize(
    "text",
    [
        POEM,
        TABLE,
        f"{ENGLISH}\n\n{RUSSIAN}\n\n{CHINESE}",
        "\u200f" + ENGLISH.replace(" ", " \u202e"),
        ENGLISH.replace("trains", "trains \ud83d"),
    ],
    ids=["poem", "table", "scripts", "marks", "surrogates"],
)
def test_an_odd_text_has_points_too(text: str) -> None:
    summary = summarise([text])
    assert 1 <= len(summary.points) <= 3
    assert_verbatim(summary, [text])


def test_a_text_in_capitals_is_summarised_as_any_other() -> None:
    points = summarise([ENGLISH.upper()]).points
    assert points[0].text.startswith("AZERBAIJAN AND CHINA AGREED")
    assert not any(point.text.startswith("HE SAID") for point in points)


def test_a_table_below_a_story_gives_no_points() -> None:
    points = summarise([f"{ENGLISH}\n\n{TABLE}"], sentences=20).points
    assert 3 < len(points) < 10
    assert all(point.end <= len(ENGLISH) for point in points)


@pytest.mark.parametrize(
    "text",
    [
        "trade and ports " * 60_000 + "end.",
        "x" * 1_000_000,
        '"' * 1_000_000,
        "“word " * 170_000,
        ', "he ' * 170_000,
        "(left " * 170_000,
    ],
    ids=["words", "word", "quotation marks", "openings", "pronouns", "brackets"],
)
def test_a_sentence_of_a_megabyte_takes_no_long_time(text: str) -> None:
    begun = time.process_time()
    assert_verbatim(summarise([text]), [text])
    assert time.process_time() - begun < 10


@pytest.mark.long
@pytest.mark.parametrize("opening", ["Number", "He met"])
def test_a_hundred_thousand_sentences_take_no_long_time(opening: str) -> None:
    text = " ".join(
        f"{opening} {n} near the port of {n % 97} in Alat today." for n in range(100_000)
    )
    begun = time.process_time()
    assert summarise([text]).points
    assert time.process_time() - begun < 60


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"method": "lexrnk"}, "Did you mean lexrank"),
        ({"method": "?"}, "There are: default, "),
        ({"sentences": 2, "words": 50}, "not both"),
        ({"sentences": 0}, "at least one sentence"),
        ({"words": -1}, "at least one word"),
        ({"documents": ENGLISH}, "a list of documents"),
    ],
)
def test_a_mistake_is_explained(arguments: dict[str, object], problem: str) -> None:
    with pytest.raises(UserError, match=problem.replace("?", r"\?")):
        summarise(**{"documents": [ENGLISH], **arguments})  # type: ignore[arg-type]


def test_nothing_is_downloaded_and_sumy_is_loaded_only_when_asked_for(tmp_path: Path) -> None:
    program = f"""
import socket, sys
def refuse(*args, **kwargs): raise AssertionError("the network was asked for")
socket.socket.connect = socket.getaddrinfo = refuse
from summaries import summarise
assert not any(name.split(".")[0] in ("sumy", "nltk") for name in sys.modules)
from summaries.summarisers import METHODS
for method in METHODS:
    assert len(summarise([{ENGLISH!r}], method=method).points) == 3
"""
    environment = {**os.environ, "NLTK_DATA": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("method", ["lexrank", "lsa", "random", DEFAULT])
def test_the_choice_does_not_depend_on_the_hash_seed(method: str) -> None:
    program = f"""
from summaries import summarise
points = summarise([{ENGLISH!r}, {OTHER_OUTLET!r}], method="{method}").points
print([(point.document, point.start) for point in points])
"""
    answers = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(answers) == 1


def test_the_default_prefers_the_lead_and_what_the_story_is_about() -> None:
    first, *others = summarise([ENGLISH]).points
    assert first.start == 0
    chosen = " ".join(point.text for point in others)
    assert "weather" not in chosen
    assert "He said" not in chosen
    assert "?" not in chosen


def test_the_default_takes_no_heading_while_there_are_sentences() -> None:
    text = f"Azerbaijan and China to double container trains across the Caspian Sea\n\n{ENGLISH}"
    assert all(point.text.endswith((".", '"')) for point in summarise([text]).points)


def test_the_default_prefers_what_several_outlets_say() -> None:
    filler = "The old town has many narrow streets where cats sleep in the afternoon sun. "
    news = "The ferry from Alat sank on Monday after a fire in its engine room, officials said. "
    same = "Officials said a fire in the engine room sank the Alat ferry late on Monday evening. "
    sights = "Tourists like the tower by the sea and the market with its spices and carpets. "
    chosen = summarise([filler + news, sights + same, news], sentences=1).points
    assert "ferry" in chosen[0].text


def test_the_default_does_not_say_one_thing_in_two_ways() -> None:
    texts = [
        "The central bank raised its key rate to 7.5 percent on Wednesday to slow prices.",
        "The central bank raised on Wednesday its key rate to 7.5 percent to slow down prices.",
        "Shops expect fewer customers in the winter months because loans have become dearer.",
    ]
    assert [point.document for point in summarise(texts, sentences=2).points] == [0, 2]


def test_the_default_copes_with_sentences_that_differ_in_nothing_but_order() -> None:
    words = "trade china port ferry train wine fruit".split()
    text = " ".join(" ".join(order).capitalize() + "." for order in permutations(words))
    assert len(summarise([text]).points) == 3


def test_a_query_tilts_the_default() -> None:
    plain = " ".join(point.text for point in summarise([ENGLISH], sentences=2).points)
    tilted = " ".join(
        point.text for point in summarise([ENGLISH], sentences=2, query="wine and fruit").points
    )
    assert "wine" in tilted
    assert "wine" not in plain


def test_edmundson_listens_to_the_query() -> None:
    points = summarise([ENGLISH], sentences=2, query="berths ferry", method="edmundson").points
    assert any("berths" in point.text for point in points)


def test_a_budget_beyond_what_is_compared_is_used_all_the_same() -> None:
    long = " ".join(
        f"Port number {n} loads the ore of mine {n + 7} for ship {n * 3}." for n in range(900)
    )
    assert len(summarise([long], sentences=800).points) > LARGEST
