"""A scraped text file, taken apart."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summaries.plain import read_plain

BODY = """Trade between the two countries grew by a fifth in the first quarter, figures show.

"It is good," a minister said. By Friday the river had risen."""


def test_a_scraped_file_gives_up_its_date_outlet_and_author() -> None:
    plain = read_plain(
        f"""date 2026-04-19 19 April 2026 15:28 (UTC+04:00)



        By Caspian Ledger



        By Jane Doe

        BAKU, April 19 (Reuters) - {BODY}


        ---

        Jane Doe is a staff journalist based in Baku.

        Follow us on Twitter @CaspianLedger
        """
    )
    assert plain.text == BODY
    assert (plain.title, plain.outlet, plain.author) == (None, "Caspian Ledger", "Jane Doe")
    assert plain.published
    assert plain.published.isoformat() == "2026-04-19T15:28:00+04:00"


@pytest.mark.parametrize(
    "head",
    [
        "Trade with China Grows",
        "World\n\nTrade with China Grows\n\nBy Jane Doe\nApril 19, 2026",
        "By Jane Doe\n\nTrade with China Grows\n\nShare\nTweet",
        "Title: Trade with China Grows\nFrom: Jane Doe\nURL: https://example.org/a",
    ],
)
def test_a_headline_is_told_from_the_story(head: str) -> None:
    plain = read_plain(f"{head}\n\n{BODY}\n")
    assert plain.title == "Trade with China Grows"
    assert plain.text == BODY


@pytest.mark.parametrize(
    ("bylines", "outlet", "author"),
    [
        ("By Caspian News", "Caspian News", None),
        ("By Jane Doe", None, "Jane Doe"),
        ("By Trend", "Trend", None),
        ("By Caspian Monitor\n\nBy Jane Doe", "Caspian Monitor", "Jane Doe"),
        ("By Jane Doe\nBy Caspian News", "Caspian News", "Jane Doe"),
    ],
)
def test_a_byline_is_an_outlet_or_an_author(
    bylines: str, outlet: str | None, author: str | None
) -> None:
    plain = read_plain(f"{bylines}\n\n{BODY}")
    assert (plain.outlet, plain.author) == (outlet, author)


def test_headers_as_of_a_mail_are_understood() -> None:
    plain = read_plain(
        f"Source: Example Wire\nDate: 2026-04-19\nLink: https://example.org/a\n\n{BODY}"
    )
    assert plain.outlet == "Example Wire"
    assert plain.published
    assert plain.published.isoformat() == "2026-04-19T00:00:00"
    assert plain.url == "https://example.org/a"
    assert plain.text == BODY


def test_lines_wrapped_at_a_margin_become_paragraphs_again() -> None:
    wrapped = (
        "Trade between the two countries grew by a fifth in the first quarter of\n"
        "the year. It was led by oil, which the customs committee counts apart.\n"
        "It grew.\n\nA second paragraph."
    )
    assert read_plain(wrapped).text.split("\n\n") == [
        " ".join(wrapped.split("\n\n")[0].split("\n")),
        "A second paragraph.",
    ]


def test_lines_that_are_paragraphs_stay_so() -> None:
    assert read_plain("One is here.\nTwo is here.\nThree.").text == (
        "One is here.\n\nTwo is here.\n\nThree."
    )


def test_odd_line_ends_and_marks_do_no_harm() -> None:
    assert read_plain("\ufeffOne\u00a0is  here.\r\n\r\n\r\nTwo\x00 is.\r").text == (
        "One is here.\n\nTwo is."
    )


@pytest.mark.parametrize("raw", ["", "  \n\n", "---", "By Jane Doe\n\nFollow us on Twitter @x"])
def test_a_file_of_furniture_alone_has_no_text(raw: str) -> None:
    assert read_plain(raw).text == ""


def test_a_lone_line_is_text_and_no_headline() -> None:
    plain = read_plain("River rises in the north")
    assert (plain.title, plain.text) == (None, "River rises in the north")


@given(st.text(alphabet=st.sampled_from("By Jane Doe.\n -—(19Read:x"), max_size=400))
@settings(max_examples=200)
def test_paragraphs_are_tidy_whatever_the_file_holds(raw: str) -> None:
    text = read_plain(raw).text
    assert text == text.strip()
    assert all(part == " ".join(part.split()) for part in text.split("\n\n"))


@pytest.mark.parametrize(
    ("head", "outlet", "author", "published"),
    [
        ("Source: Xinhua Editor: wang 2026-05-03 20:14:30", "Xinhua", None, "2026-05-03T20:14:30"),
        ("Ledger.az\n3 May, 2026\n11:48", "Ledger.az", None, "2026-05-03T11:48:00"),
        ("Xinhua | May 3, 2026", "Xinhua", None, "2026-05-03T00:00:00"),
        ("Caspian Times, 03.05.2026 09:30", "Caspian Times", None, "2026-05-03T09:30:00"),
        ("By Ann Poe, Harbour Desk | May 3, 2026", None, "Ann Poe", "2026-05-03T00:00:00"),
        ("By ANN POE, Staff Writer\n3 May 2026", None, "ANN POE", "2026-05-03T00:00:00"),
    ],
)
@pytest.mark.parametrize("title", ["Trade with China Grows", "Why Does Trade Grow?"])
def test_the_head_names_outlet_author_and_date(
    head: str, title: str, outlet: str | None, author: str | None, published: str
) -> None:
    plain = read_plain(f"{title}\n\n{head}\n\n{BODY}")
    assert (plain.title, plain.text) == (title, BODY)
    assert (plain.outlet, plain.author) == (outlet, author)
    assert plain.published
    assert plain.published.isoformat() == published


@pytest.mark.parametrize("again", ["LEDGER.AZ :{}", "Ledger – {}", "{}", "{} | Caspian Times"])
def test_the_title_is_not_said_again(again: str) -> None:
    title = "Will the Ferry Sail?"
    assert read_plain(f"{title}\n\n{BODY}\n\n{again.format(title)}").text == BODY


@pytest.mark.parametrize("subhead", ["Why?", "Will it last?", "A slow spring", "‘Too dear’"])
def test_a_subhead_is_left_out(subhead: str) -> None:
    first, second = BODY.split("\n\n")
    plain = read_plain(f"Trade with China Grows\n\n{first}\n\n{subhead}\n\n{second}")
    assert plain.text == BODY


@pytest.mark.parametrize(
    "line",
    [
        "“Why?”",
        "The minister said:",
        "It stopped.",
        "Jane Doe: Will it last?",
        "Who will pay for the ferry that the two ports have wanted since the war?",
    ],
)
def test_a_short_paragraph_is_no_subhead_if_somebody_says_it(line: str) -> None:
    first, second = BODY.split("\n\n")
    text = f"{first}\n\n{line}\n\n{second}"
    assert read_plain(f"Trade with China Grows\n\n{text}").text == text


def test_a_few_words_at_the_end_are_no_part_of_the_story() -> None:
    title = "Trade with China Grows"
    assert read_plain(f"{title}\n\n{BODY}\n\nFerries\n\nPort of Alat hires crane crew").text == BODY
    unfinished = (
        f"{BODY}\n\nThe crane crew of the port of Alat, which had been waiting since May, has"
    )
    assert read_plain(f"{title}\n\n{unfinished}").text == unfinished


def test_a_story_without_stops_is_left_alone() -> None:
    text = "\n\n".join(["It rained.", "port opens", "crane falls", "ferry sails", "quay sinks"])
    assert read_plain(text).text == text


def test_a_list_keeps_its_items_without_their_bullets() -> None:
    items = (
        "- Two cranes fell into the basin during the storm\n- A ferry lost its anchor off the mole"
    )
    assert read_plain(f"{BODY}\n\n{items}\n\nIt rained.").text == (
        f"{BODY}\n\n{items.replace('- ', '').replace(chr(10), chr(10) * 2)}\n\nIt rained."
    )


def test_a_note_goes_with_the_line_that_it_was_wrapped_onto() -> None:
    note = (
        "Copyright 2026 The Caspian Ledger. No part of this page may be\n"
        "sold, printed or read aloud without leave."
    )
    contact = "Jane Doe can be reached at jane@caspian-ledger.example.org or\n555-0199."
    assert read_plain(f"{BODY}\n\n{contact}\n\n{note}").text == BODY
