"""Web pages: the story is found, and what stands around it is not."""

from datetime import date, datetime

import pytest

from summaries.errors import SourceError
from summaries.extract import extract_html, one_line, paragraphs

STORY = [
    "The port of Alat handled a third more containers in March than a year before, its operator"
    " said on Sunday.",
    "Most of them came by rail from western China and went on by ship and train to the Black Sea.",
    "“We will add two cranes before the summer,” the harbour master told visitors.",
]
PAGE = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<title>Port of Alat handles more containers | Caspian Ledger</title>
<meta property="og:site_name" content="Caspian Ledger">
<meta property="article:published_time" content="2026-04-19T15:28:00+04:00">
<link rel="canonical" href="https://example.org/2026/alat"></head>
<body>
<div class="cookie-notice">We use cookies to improve this site. <button>Accept all</button></div>
<nav><ul><li><a href="/">Home</a></li><li><a href="/world">World</a></li></ul></nav>
<article>
<h1>Port of Alat handles more containers</h1>
<p class="byline">By Jane Doe</p><p>19 April 2026 15:28</p>
<ul class="share"><li><a href="#">Share</a></li><li><a href="#">Tweet</a></li></ul>
<p>BAKU, April 19 (Reuters) - {STORY[0]}</p>
<figure><img src="port.jpg" alt=""><figcaption>Photo: Jane Doe / Ledger</figcaption></figure>
<p>{STORY[1]}</p>
<p>Read also: <a href="/rail">Rail link opens in the west</a></p>
<p>{STORY[2]}</p>
<p>Follow us on Twitter @CaspianLedger</p>
</article>
<aside><h3>Related</h3><ul><li><a href="/1">Ferry line starts in spring</a></li>
<li><a href="/2">Customs post moves to the border</a></li></ul></aside>
<footer>© 2026 Caspian Ledger. All rights reserved. <a href="/privacy">Privacy policy</a></footer>
</body></html>"""


def test_the_story_is_found_without_what_stands_around_it() -> None:
    draft = extract_html(PAGE.encode())
    assert draft.text.split("\n\n") == STORY


LONG = [f"On day {day} of the strike the {day}th ship turned back to Aktau." for day in range(40)]


@pytest.mark.parametrize("notices", [0, 100])
def test_a_long_story_is_found_however_much_is_written_around_it(notices: int) -> None:
    around = "".join(
        f"<div class='promo'>Offer {n}: read the paper for a month and pay for a week.</div>"
        for n in range(notices)
    )
    page = PAGE.replace("<footer>", f"<div class='sidebar'>{around}</div><footer>")
    page = page.replace(f"<p>{STORY[1]}</p>", "".join(f"<p>{line}</p>" for line in LONG))
    assert extract_html(page.encode()).text.split("\n\n") == [STORY[0], *LONG, STORY[2]]


def test_a_page_says_who_wrote_it_when_and_where() -> None:
    draft = extract_html(PAGE.encode(), "https://example.org/2026/alat?utm_source=x")
    assert draft.title == "Port of Alat handles more containers"
    assert (draft.outlet, draft.author) == ("Caspian Ledger", "Jane Doe")
    assert draft.url == "https://example.org/2026/alat"
    assert draft.published
    assert draft.published.isoformat() == "2026-04-19T15:28:00+04:00"


@pytest.mark.parametrize(
    "head",
    [
        '<script type="application/ld+json">{"datePublished": "2026-04-19T11:28:00Z"}</script>',
        '<meta itemprop="datePublished" content="2026-04-19T11:28:00Z">',
    ],
)
def test_the_time_of_publication_is_found_where_pages_put_it(head: str) -> None:
    page = f"<html><head>{head}</head><body><p>{STORY[0]}</p></body></html>"
    published = extract_html(page.encode()).published
    assert published
    assert published.isoformat() == "2026-04-19T11:28:00+00:00"


@pytest.mark.parametrize(
    ("dateline", "published"),
    [
        ("BAKU, 14 March 2026 — ", datetime.fromisoformat("2026-03-14")),
        ("БАКУ, 14 марта 2026 – ", datetime.fromisoformat("2026-03-14")),
        ("BAKU, March 14 (Reuters) - ", datetime.fromisoformat("2026-03-14")),
        ("BAKU, April 14 (Reuters) - ", None),
    ],
)
def test_a_page_that_names_no_date_has_that_of_its_dateline(
    dateline: str, published: datetime | None
) -> None:
    page = f"<html><head><title>Alat</title></head><body><p>{dateline}{STORY[0]}</p></body></html>"
    draft = extract_html(page.encode(), month=date(2026, 3, 1))
    assert draft.published == published
    assert draft.text == STORY[0]


def test_the_date_of_a_dateline_counts_more_than_one_that_the_text_mentions() -> None:
    page = f"<p>BAKU, 14 March 2026 (Reuters) — {STORY[0]}</p><p>It was agreed on 3 May 2024.</p>"
    published = extract_html(page.encode()).published
    assert published == datetime.fromisoformat("2026-03-14")


def test_the_date_of_the_head_counts_more_than_that_of_the_dateline() -> None:
    page = PAGE.replace("April 19 (Reuters)", "14 March 2026 (Reuters)")
    published = extract_html(page.encode()).published
    assert published
    assert published.isoformat() == "2026-04-19T15:28:00+04:00"


def test_a_short_page_is_enough() -> None:
    page = "<h1>River rises</h1><p>The river rose on Sunday.</p><p>Two villages were cut off.</p>"
    draft = extract_html(page.encode())
    assert draft.title == "River rises"
    assert draft.text == "The river rose on Sunday.\n\nTwo villages were cut off."


@pytest.mark.parametrize(
    "page",
    [
        "",
        "<html><body></body></html>",
        "<html><body><nav><a href='/'>Home</a></nav><p>© 2026 Caspian Ledger</p></body></html>",
        "<html><script>let story = 1</script></html>",
    ],
)
def test_a_page_without_an_article_is_refused(page: str) -> None:
    with pytest.raises(SourceError, match="no article text found"):
        extract_html(page.encode())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1251"])
def test_a_page_is_read_in_its_encoding(encoding: str) -> None:
    page = (
        f'<html><head><meta charset="{encoding}"><title>Река</title></head>'
        "<body><article><p>Река поднялась в воскресенье. Две деревни отрезаны.</p></article>"
    )
    text = extract_html(page.encode(encoding)).text
    assert text == "Река поднялась в воскресенье. Две деревни отрезаны."


def test_deep_nesting_does_no_harm() -> None:
    page = "<p>The river rose on Sunday.</p>" + "<div>" * 50_000 + "It rained."
    assert extract_html(page.encode()).text.startswith("The river rose on Sunday.")


@pytest.mark.parametrize(
    ("markup", "lines"),
    [
        ("<p>One <b>two</b>&nbsp;three.</p><p>Four.</p>", ["One two three.", "Four."]),
        ("One.<br/>Two &amp; three.", ["One.", "Two & three."]),
        ("Plain &amp; simple.\n\nSecond.", ["Plain & simple.", "Second."]),
        ("<h2>Heading</h2>After.<script>x()</script><!-- note -->", ["After."]),
        ("<ul><li>One.</li><li>Two.</li></ul>", ["One.", "Two."]),
        ("<p>It rained.</p><p>The post <a>X</a> appeared first on <a>Y</a>.</p>", ["It rained."]),
        ("a < b and c > d", ["a < b and c > d"]),
        ("", []),
    ],
)
def test_scraps_of_html_become_paragraphs(markup: str, lines: list[str]) -> None:
    assert paragraphs(markup) == lines


def test_a_title_loses_tags_and_entities() -> None:
    assert one_line("A&amp;T <b>grows</b>\n 3 &lt; 4") == "A&T grows 3 < 4"


def test_control_characters_are_left_out() -> None:
    assert one_line("\x1b[31m\x00Rail\x07 &#xD800;accord\x9b") == "[31mRail \ufffdaccord"
    assert paragraphs("\x00\x1b[0mTwo ministers signed it.\ud800") == [
        "[0mTwo ministers signed it."
    ]
    assert paragraphs("<p>\x00Two ministers\x0c signed it.\ud800</p>") == [
        "Two ministers signed it."
    ]
