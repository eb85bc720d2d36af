"""Lists of feeds from other programs, and to them."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import config, opml
from bot.opml import Feed
from summaries.errors import UserError
from summaries.model import Source, SourceKind
from tests.program import bot, write_config

LIST = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="1.0"><head><title>Mine</title></head><body>
<outline text="World News">
  <outline type="rss" text="Caspian Ledger" xmlUrl="https://example.org/rss"/>
  <outline text="Trade"><outline title="Küsten-Bote" text="x" xmlurl="https://example.org/bote"
    category="/sea/ports,Trade"/></outline>
</outline>
<outline text="Река" xmlUrl="https://www.river.example.org/feed?a=1&amp;b=2"/>
<outline text="Caspian Ledger" xmlUrl="feed://example.com/rss"/>
<outline text="Caspian Ledger, again" xmlUrl="https://EXAMPLE.org/rss?utm_source=x" category="old"/>
<outline text="help" xmlUrl="feed:https://example.org/help"/>
<outline text="on" xmlUrl="https://example.org/on"/>
<outline text="2026" xmlUrl="https://example.org/2026"/>
<outline text="A script" xmlUrl="javascript:alert(1)"/>
<outline text="A link" type="link" url="https://example.org/"/>
<outline/>
</body></opml>"""


def loaded(tmp_path: Path, text: str) -> tuple[Source, ...]:
    place = tmp_path / "config.yaml"
    place.write_text(text, "utf-8")
    return config.load(place, {}).sources


def feed(name: str, location: str, *tags: str) -> Source:
    return Source(name, SourceKind.FEED, location, tags)


def test_what_is_imported_is_what_the_settings_take(tmp_path: Path) -> None:
    text, notes = opml.to_yaml(opml.read(LIST.encode(), "a.opml"), ())
    assert loaded(tmp_path, text) == (
        feed("caspian-ledger", "https://example.org/rss", "World-News", "old"),
        feed("kusten-bote", "https://example.org/bote", "World-News", "Trade", "sea", "ports"),
        feed("river-example-org", "https://www.river.example.org/feed?a=1&b=2"),
        feed("caspian-ledger-2", "http://example.com/rss"),
        feed("help-2", "https://example.org/help"),
        feed("on", "https://example.org/on"),
        feed("2026", "https://example.org/2026"),
    )
    assert notes == ["# 'javascript:alert(1)' is no web address"]


def test_what_is_configured_is_left_out_and_its_name_is_taken() -> None:
    there = (
        feed("ledger", "https://example.org/rss"),
        feed("Kusten-Bote", "https://example.org/another"),
    )
    text, notes = opml.to_yaml(opml.read(LIST.encode(), "a.opml"), there)
    assert 'https://example.org/rss"' not in text
    assert "  kusten-bote-2: {" in text
    assert notes[0] == "# https://example.org/rss is there already, as ledger"


def test_nothing_new_is_nothing_to_paste() -> None:
    text, notes = opml.to_yaml(
        [Feed("x", "https://example.org/a")], [feed("a", "https://example.org/a")]
    )
    assert (text, len(notes)) == ("", 1)


def test_feeds_of_one_title_are_numbered_apart() -> None:
    feeds = [Feed("News", f"https://example.org/{number}") for number in range(20_000)]
    text, _ = opml.to_yaml([*feeds, Feed("News 2", "https://example.org/x")], [feed("news-3", "y")])
    names = [line.partition(":")[0].strip() for line in text.splitlines()[1:]]
    assert names[:3] == ["news", "news-2", "news-4"]
    assert len(set(names)) == 20_001


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1251"])
def test_a_list_is_read_in_its_encoding(encoding: str) -> None:
    text = '<?xml version="1.0" encoding="ENC"?><opml><body><outline text="Река поднялась" xmlUrl="https://example.org/"/></body></opml>'
    raw = text.replace("ENC", encoding.removesuffix("-sig")).encode(encoding)
    assert opml.read(raw, "a")[0].title == "Река поднялась"


BOMB = '<!DOCTYPE opml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><opml>&b;</opml>'


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (
            LIST.replace("</head>", "").encode(),
            "a.opml:17:15: this is no XML (Opening and ending tag mismatch: head line 2 and opml):",
        ),
        (b"", "a.opml:1:"),
        (b"hello", "a.opml:1:"),
        (b"<opml><outline text='a & b'/></opml>", "a.opml:1:"),
        (b"<opml><body/></opml>", "a.opml names no feeds"),
        (b"<rss><outline xmlUrl='https://example.org/'/></rss>", "a.opml is no OPML"),
        (b"\xff\xd8\x00\x01\x02" * 100, "a.opml: it is not text"),
        (BOMB.encode(), "a.opml has a DOCTYPE"),
        (BOMB.encode("utf-16"), "a.opml has a DOCTYPE"),
        (b'<!DOCTYPE o SYSTEM "file:///etc/passwd"><opml/>', "a.opml has a DOCTYPE"),
        (b"<opml>" + b"<outline>" * 100_000, "a.opml:1:2310: this is no XML (Excessive depth"),
        (b"<opml>" + b" " * opml.LARGEST, "a.opml is larger than 5 MB"),
        (b'<opml x="' + b"x" * 4_900_000, "a.opml:1:"),
    ],
)
def test_what_is_no_list_is_told_in_a_line(raw: bytes, told: str) -> None:
    with pytest.raises(UserError) as caught:
        opml.read(raw, "a.opml")
    assert str(caught.value).startswith(told)
    assert "\n" not in str(caught.value)


def test_what_is_exported_has_folders_and_categories() -> None:
    text, notes = opml.written(
        [
            feed("ledger", "https://example.org/rss?a=1&b=2", "caucasus", "trade"),
            Source("samples", SourceKind.FOLDER, "/articles"),
            feed("bote", "https://example.org/bote"),
        ]
    )
    assert text.splitlines()[6:] == [
        '    <outline text="caucasus">',
        '      <outline type="rss" text="ledger" xmlUrl="https://example.org/rss?a=1&amp;b=2"'
        ' category="caucasus,trade"/>',
        "    </outline>",
        '    <outline type="rss" text="bote" xmlUrl="https://example.org/bote"/>',
        "  </body>",
        "</opml>",
    ]
    assert notes == ["# samples is a folder, and left out"]


SIGNS = st.characters(categories=["L", "N", "P", "S"], exclude_characters="$")
TAGS = st.lists(st.text(SIGNS, min_size=1, max_size=8), max_size=3, unique=True).map(tuple)


@given(st.lists(TAGS, min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_what_is_exported_comes_back_with_the_same_tags(
    tmp_path_factory: pytest.TempPathFactory, tags: list[tuple[str, ...]]
) -> None:
    folder = tmp_path_factory.mktemp("opml")
    sources = [feed(f"f{n}", f"https://example.org/{n}", *each) for n, each in enumerate(tags)]
    text, _ = opml.to_yaml(opml.read(opml.written(sources)[0].encode(), "a"), ())
    assert sorted(loaded(folder, text), key=lambda source: source.name) == sources


async def test_import_prints_what_to_paste(tmp_path: Path) -> None:
    (tmp_path / "list.opml").write_text(LIST, "utf-8")
    ended = await bot("opml", "import", "list.opml", folder=tmp_path)
    assert ended.status == 0
    assert ended.out.startswith('sources:\n  caspian-ledger: {feed: "https://example.org/rss"')
    assert "is no web address" in ended.err
    assert len(loaded(tmp_path, ended.out)) == 7
    again = await bot("opml", "import", "-", folder=tmp_path, stdin=LIST)
    assert (again.status, again.out) == (0, "")
    assert again.err.count("is there already") == 7


async def test_export_prints_what_is_configured(tmp_path: Path) -> None:
    sources = {
        "samples": {"folder": "articles"},
        "ledger": {"feed": "https://example.org/rss", "tags": ["a"]},
    }
    write_config(tmp_path, sources=sources)
    ended = await bot("opml", "export", folder=tmp_path)
    assert (ended.status, ended.err) == (0, "# samples is a folder, and left out\n")
    assert opml.read(ended.out.encode(), "a") == [Feed("ledger", "https://example.org/rss", ("a",))]


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (("import",), 1, "Which file? Try: python -m bot opml import feeds.opml"),
        (("import", "nowhere.opml"), 1, "nowhere.opml cannot be read: No such file or directory."),
        (("export",), 1, "config.yaml: not found"),
        (("eat",), 2, "invalid choice: 'eat'"),
    ],
)
async def test_wrong_use_is_told(
    tmp_path: Path, arguments: tuple[str, ...], status: int, told: str
) -> None:
    ended = await bot("opml", *arguments, folder=tmp_path)
    assert (ended.status, ended.out) == (status, "")
    assert told in ended.err
