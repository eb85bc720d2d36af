"""Feeds of every format and with every mistake: title, link and date of what they show."""

import calendar
import io
from datetime import UTC, datetime

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summaries.errors import SourceError
from summaries.sources.syndication import parse_feed
from tests.feeds import HERE, NOON, PAGE, RFC, STORY, atom, entries, item, json_feed, only, rdf, rss

AT_NOON = datetime(2026, 4, 19, 12, 0, tzinfo=UTC)
DATE = f"<pubDate>{RFC}</pubDate>"
LINK = f"<link>{PAGE}</link>"
PLAIN = item(link=PAGE, pubDate=RFC)
ATOM_LINK = f'<link rel="alternate" href="{PAGE}"/>'
NETSCAPE = "http://my.netscape.com/rdf"


def titled(title: str) -> bytes:
    return rss(item(title, link=PAGE, pubDate=RFC))


def linked(links: str) -> bytes:
    return rss(f"<item><title>River rises</title>{links}{DATE}</item>")


def dated(dates: str) -> bytes:
    return rss(f"<item><title>River rises</title>{LINK}{dates}</item>")


def atom_linked(links: str, attributes: str = "") -> bytes:
    title = "<title>River rises</title><id>tag:example.org,2026:1</id>"
    published = f"<published>{NOON}</published><updated>2026-04-30T00:00:00Z</updated>"
    return atom(f"{title}{links}{published}", attributes)


FORMATS = {
    "rss 2.0": rss(PLAIN),
    "rss 2.0 in a namespace": rss(PLAIN, attributes=' xmlns="http://backend.userland.com/rss2"'),
    "rss 2.0 in that of atom": rss(PLAIN, attributes=' xmlns="http://www.w3.org/2005/Atom"'),
    "rss 2.0 in an unknown one": rss(PLAIN, attributes=' xmlns="https://example.org/own"'),
    "rss 0.92": b'<rss version="0.92"><channel>' + PLAIN.encode() + b"</channel></rss>",
    "rss 0.91 with its DTD": b'<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape '
    b'Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">'
    b'<rss version="0.91"><channel>' + PLAIN.encode() + b"</channel></rss>",
    "rss without a channel": b'<rss version="2.0">' + PLAIN.encode() + b"</rss>",
    "rss with items behind the channel": rss().replace(
        b"</channel>", b"</channel>" + PLAIN.encode()
    ),
    "rss in capitals": b'<RSS version="2.0"><CHANNEL>'
    + PLAIN.replace("title>", "TITLE>").replace("link>", "LINK>").replace("item>", "ITEM>").encode()
    + b"</CHANNEL></RSS>",
    "rss with an entry": rss(
        f"<entry><title>River rises</title><link href='{PAGE}'/>{DATE}</entry>"
    ),
    "rss 0.90": rdf(PLAIN, f"{NETSCAPE}/simple/0.9/"),
    "rss 1.0": rdf(
        f'<item rdf:about="{PAGE}"><title>River rises</title>{LINK}<dc:date>{NOON}</dc:date></item>'
    ),
    "rss 1.0 without a link": rdf(
        f'<item rdf:about="{PAGE}"><title>River rises</title><dc:date>{NOON}</dc:date></item>'
    ),
    "atom 1.0": atom_linked(ATOM_LINK),
    "atom 1.0 by https": atom_linked(ATOM_LINK).replace(b"http://www.w3", b"https://www.w3"),
    "atom 1.0 without a namespace": atom_linked(ATOM_LINK).replace(
        b' xmlns="http://www.w3.org/2005/Atom"', b"", 1
    ),
    "atom with a prefix": f"""<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:entry>
        <a:title>River rises</a:title><a:link href="{PAGE}"/><a:updated>{NOON}</a:updated>
        </a:entry></a:feed>""".encode(),
    "atom 0.3": atom(
        f"<title mode='escaped'>River rises</title>{ATOM_LINK}<issued>{NOON}</issued>"
        "<modified>2026-04-30T00:00:00Z</modified>",
        space="http://purl.org/atom/ns#",
    ),
    "json feed": json_feed(
        {"id": "1", "url": PAGE, "title": "River rises", "date_published": NOON}
    ),
    "json feed 1": json_feed(
        {"id": PAGE, "title": "River rises", "date_modified": NOON},
        version="https://jsonfeed.org/version/1",
    ),
}
BROKEN = {
    "blank lines before it": b"\n\n  " + rss(PLAIN),
    "a warning of PHP before it": b"<br />\n<b>Warning</b>: include()<br />\n" + rss(PLAIN),
    "something behind it": rss(PLAIN) + b"\n<script>x()</script>",
    "a bare ampersand": rss(PLAIN, title="Fish & chips"),
    "a bare angle": rss(PLAIN, title="3 < 4"),
    "entities of HTML": rss(PLAIN, title="Caf&eacute;&nbsp;news"),
    "a number of no character": rss(PLAIN, title="Ledger&#11;&#0;&#xD800;"),
    "control characters": rss(PLAIN, title="Led\x0bger\x00"),
    "undeclared prefixes": rss(PLAIN, more="<foo:bar x:y='1'>z</foo:bar>"),
    "no end": rss(PLAIN)[: -len(b"</channel></rss>")],
    "a cut item": rss(PLAIN + "<item><title>Rail li").replace(b"</channel></rss>", b""),
    "an unclosed tag": rss(PLAIN.replace(STORY, f"<p>{STORY}")),
    "HTML in it": rss(PLAIN.replace(STORY, f"<p>{STORY}<br>It rained.</p>")),
    "an attribute without quotes": rss(
        PLAIN.replace("<title>", "<guid isPermaLink=no>1</guid><title>")
    ),
    "a mark of UTF-8": b"\xef\xbb\xbf" + rss(PLAIN),
    "two declarations": b'<?xml version="1.0"?>\n' + rss(PLAIN),
}


@pytest.mark.parametrize("raw", [*FORMATS.values(), *BROKEN.values()], ids=[*FORMATS, *BROKEN])
def test_title_link_and_date_are_right_in_every_format_and_through_mistakes(raw: bytes) -> None:
    draft = only(raw)
    assert (draft.title, draft.url, draft.published) == ("River rises", PAGE, AT_NOON)


@pytest.mark.parametrize("raw", [raw for raw in FORMATS.values() if raw[:1] != b"{"])
def test_feedparser_sees_the_same_where_it_sees_anything(raw: bytes) -> None:
    for entry in feedparser.parse(io.BytesIO(raw)).entries:
        assert entry.title == "River rises"
        assert entry.get("link", PAGE) == PAGE
        parsed = entry.get("published_parsed") or entry.updated_parsed
        assert datetime.fromtimestamp(calendar.timegm(parsed), UTC) == AT_NOON


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("<![CDATA[<b>Rivers</b> &amp; lakes]]>", "Rivers & lakes"),
        ("&lt;b&gt;Rivers&lt;/b&gt; rise", "Rivers rise"),
        ("Rivers&lt;br/&gt;rise", "Rivers rise"),
        ("AT&amp;T", "AT&T"),
        ("AT&amp;amp;T", "AT&T"),
        ("AT&amp;amp;amp;T", "AT&T"),
        ("It&amp;#8217;s", "It’s"),
        ("It&amp;amp;#8217;s", "It’s"),
        ("<![CDATA[It&#039;s]]>", "It's"),
        ("&lt;![CDATA[Rivers]]&gt;", "Rivers"),
        ("It&#146;s", "It’s"),
        ("Why 3 &lt; 4 and 5 &gt; 2", "Why 3 < 4 and 5 > 2"),
        ("I &lt;3 trade", "I <3 trade"),
        ("Vec&lt;T&gt; and &lt;video&gt; explained", "Vec<T> and <video> explained"),
        ("\n  River\n   rises&#160; ", "River rises"),
        ("River <i>rises</i> today", "River rises today"),
        ("<!-- new -->River rises", "River rises"),
        ("Fish & chips&hellip;", "Fish & chips…"),
        ("Q&A", "Q&A"),
    ],
)
def test_titles_are_what_a_reader_sees(written: str, title: str) -> None:
    assert only(titled(written)).title == title


XHTML = (
    '<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">A <b>B</b> &amp; C</div></title>'
)


@pytest.mark.parametrize(
    ("written", "title"),
    [
        (XHTML, "A B & C"),
        ('<title type="html">A &amp;lt; &lt;b&gt;B&lt;/b&gt;</title>', "A < B"),
        ("<title>A &amp; B</title>", "A & B"),
        ("<title><![CDATA[A & B]]></title>", "A & B"),
        ("<media:group><media:title>M</media:title></media:group><title>A</title>", "A"),
        ("<source><title>S</title></source><title>A</title>", "A"),
    ],
)
def test_titles_of_atom_are_what_a_reader_sees(written: str, title: str) -> None:
    assert only(atom(written + ATOM_LINK)).title == title


@pytest.mark.parametrize(
    "other",
    [
        "<media:title>M</media:title>",
        "<itunes:title>M</itunes:title>",
        "<dc:title>M</dc:title>",
        "<source url='https://example.com/feed'>M</source>",
        "<image><title>M</title><link>https://example.org/image</link></image>",
        "<media:content url='x.jpg'><media:title>M</media:title></media:content>",
    ],
)
def test_no_other_title_takes_the_place_of_an_items_own(other: str) -> None:
    for inside in (f"{other}<title>A</title>{LINK}", f"<title>A</title>{LINK}{other}"):
        draft = only(rss(f"<item>{inside}</item>"))
        assert (draft.title, draft.url) == ("A", PAGE)


@pytest.mark.parametrize(
    ("links", "address"),
    [
        (f"<link>\n {PAGE} \n</link>", PAGE),
        (f"<link><![CDATA[{PAGE}]]></link>", PAGE),
        ("<link>/news/river</link>", PAGE),
        ("<link>river</link>", PAGE),
        ("<link>//example.org/news/river</link>", PAGE),
        ("<link>www.example.org/river</link>", "https://www.example.org/river"),
        (f"<link>{PAGE}?x=1&amp;y=2</link>", f"{PAGE}?x=1&y=2"),
        (f"<link>{PAGE}?x=1&amp;amp;y=2</link>", f"{PAGE}?x=1&y=2"),
        (f"<link>{PAGE}?x=1&copy=2</link>", f"{PAGE}?x=1&copy=2"),
        (f"<link>{PAGE}?utm_source=rss</link>", f"{PAGE}?utm_source=rss"),
        ("<link>https://example.org/новости</link>", "https://example.org/новости"),
        (f"<link/><guid>{PAGE}</guid>", PAGE),
        (f"<guid isPermaLink='true'>{PAGE}</guid>", PAGE),
        (f"<guid isPermaLink='false'>{PAGE}</guid>", None),
        ("<guid>river-1</guid>", None),
        (f"<guid>https://example.org/?p=1</guid>{LINK}", PAGE),
        (f"<feedburner:origLink>https://example.com/x</feedburner:origLink>{LINK}", PAGE),
        (f"<atom:link rel='self' href='https://example.org/self'/>{LINK}", PAGE),
        (f"{LINK}<atom:link rel='replies' href='https://example.org/replies'/>", PAGE),
        (f"<atom:link href='{PAGE}'/>", PAGE),
        (f"<link href='{PAGE}'/>", PAGE),
        (f"<comments>https://example.org/comments</comments>{LINK}", PAGE),
        (f"<enclosure url='https://example.org/a.mp3'/>{LINK}", PAGE),
        ("<enclosure url='https://example.org/a.mp3'/>", None),
        (f"{LINK}<link>https://example.org/second</link>", PAGE),
        ("<link>javascript:alert(1)</link>", None),
        ("<link>mailto:a@example.org</link>", None),
        ("<link>https://[bad/</link>", None),
    ],
)
def test_the_link_is_the_items_own_page(links: str, address: str | None) -> None:
    assert only(linked(links)).url == address


@pytest.mark.parametrize(
    "links",
    [
        f"<link href='{PAGE}'/>",
        f"<link rel='self' href='https://example.org/self'/>{ATOM_LINK}",
        f"<link rel='edit' href='https://example.org/e'/><link rel='replies' href='x'/>{ATOM_LINK}",
        f"<link rel='enclosure' href='https://example.org/a.mp3'/><link href='{PAGE}'/>",
        f"<link type='application/json' href='https://example.org/j'/>{ATOM_LINK}",
        f"{ATOM_LINK}<link type='application/json' href='https://example.org/j'/>",
        f"{ATOM_LINK}<link rel='alternate' hreflang='de' href='https://example.org/de'/>",
        f"<link rel='http://www.iana.org/assignments/relation/alternate' href='{PAGE}'/>",
        f"<link>{PAGE}</link>",
        "<link href='/news/river'/>",
        f"<content type='text/html' src='{PAGE}'/>",
        f"<link rel='related' href='{PAGE}'/>",
        f"<source><link href='https://example.com/'/></source>{ATOM_LINK}",
    ],
)
def test_the_link_of_atom_is_the_alternate(links: str) -> None:
    assert only(atom_linked(links)).url == PAGE


@pytest.mark.parametrize(
    "raw",
    [
        atom_linked("<link href='river'/>", " xml:base='https://example.org/news/'"),
        atom_linked("<link href='river' xml:base='https://example.org/news/'/>"),
        rss(item(link="river"), attributes=" xml:base='https://example.org/news/'"),
    ],
)
def test_links_are_relative_to_the_base_that_is_named(raw: bytes) -> None:
    (entry,) = entries(raw, "https://example.com/feed")
    assert entry.draft.url == PAGE


def test_links_are_relative_to_the_site_where_another_host_has_the_feed() -> None:
    raw = rss(item(link="/news/river"))
    assert entries(raw, "https://feeds.example.com/ledger")[0].draft.url == PAGE


@pytest.mark.parametrize(
    "dates",
    [
        DATE,
        f"<dc:date>2020-01-01</dc:date>{DATE}",
        f"{DATE}<dc:date>2020-01-01</dc:date>",
        f"<atom:updated>2026-04-30T00:00:00Z</atom:updated>{DATE}",
        f"<pubDate></pubDate><dc:date>{NOON}</dc:date>",
        f"<pubDate>soon</pubDate><dc:date>{NOON}</dc:date>",
        *(
            f"<{name}>{NOON}</{name}>"
            for name in (
                "dc:date dcterms:created dcterms:issued dcterms:modified atom:updated"
                " atom:published pubdate PubDate date published"
            ).split()
        ),
    ],
)
def test_the_date_is_when_it_was_published_or_else_changed(dates: str) -> None:
    assert only(dated(dates)).published == AT_NOON


def test_dates_without_a_zone_are_in_that_of_the_others() -> None:
    naive = item("Rail", pubDate="Sun, 19 Apr 2026 16:00:00")
    alone, *_ = entries(rss(naive))
    assert alone.draft.published == datetime.fromisoformat("2026-04-19T16:00")
    beside, *_ = entries(rss(naive, item(pubDate=RFC)))
    assert beside.draft.published == AT_NOON
    named, *_ = entries(rss(naive, more=f"<lastBuildDate>{RFC}</lastBuildDate>"))
    assert named.draft.published == AT_NOON


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ("utf-8", "utf-8"), ("windows-1251", "windows-1251"), ("utf-16", "utf-16"),
        ("utf-8", "utf-16"), ("utf-8", "windows-1251"), ("iso-8859-1", "utf-8"),
        ("koi8-r", "koi8-r"), ("nonsense", "utf-8"),
    ],
)  # fmt: skip
def test_the_encoding_is_found_whatever_is_declared(declared: str, written: str) -> None:
    story = "Две деревни отрезаны от дороги, река поднялась на три метра за ночь. " * 4
    text = rss(item("Река поднялась", story, link=PAGE)).decode()
    raw = text.replace('encoding="utf-8"', f'encoding="{declared}"').encode(written)
    assert only(raw).title == "Река поднялась"


def test_what_windows_calls_latin_1_keeps_its_quotation_marks() -> None:
    text = titled("“Rivers” – rise").decode().replace("utf-8", "iso-8859-1")
    assert only(text.encode("cp1252")).title == "“Rivers” – rise"


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"<!DOCTYPE html><html><body>Hello</body></html>", "not a feed: look for its RSS link"),
        (
            b'<html><head><link rel="alternate" type="application/rss+xml" href="/rss.xml"></head>',
            "give the feed it names, https://example.org/rss.xml",
        ),
        (b"hello", "is no feed"),
        (b"", "is no feed"),
        (bytes(range(256)) * 9, "is no feed"),
        (b'{"a": 1}', "is no feed"),
        (b"{broken", "is no feed"),
        (b"<a><b/></a>", "is no feed"),
        (b'<!DOCTYPE r [<!ENTITY a "b">]><rss version="2.0"></rss>', "defines XML entities"),
    ],
)
def test_what_is_no_feed_is_told_with_what_to_do(raw: bytes, says: str) -> None:
    with pytest.raises(SourceError) as caught:
        parse_feed(raw, HERE)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_feed_without_items_is_a_feed() -> None:
    assert entries(rss()) == ()
    assert entries(json_feed()) == ()


SAMPLES = [*FORMATS.values(), *BROKEN.values(), titled("<![CDATA[<b>A</b> &amp; B]]>")]
PIECES = st.sampled_from(
    [b"<", b">", b"&", b"]]>", b"<![CDATA[", b"<!--", b"</item>", b"<item>", b"\x00", b"\xff", b'"',
     b"<!DOCTYPE x [", b"xmlns:a=", b"{", b"\\ud800", b"</rss>", b"&#xD800;", b"&amp;amp;"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SAMPLES), st.data())
def test_any_bytes_are_a_feed_or_refused(raw: bytes, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(0, 3))):
        start = data.draw(st.integers(0, len(raw)))
        length = data.draw(st.integers(0, 30))
        raw = raw[:start] + data.draw(PIECES | st.binary(max_size=8)) + raw[start + length :]
    try:
        shown = entries(raw)
    except SourceError:
        shown = ()
    assert all(entry.item and entry.draft.title for entry in shown)
    assert len({entry.item for entry in shown}) == len(shown)
