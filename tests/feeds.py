"""Feeds as the tests write them: one item among the furniture of each format."""

import json

NOON = "2026-04-19T12:00:00Z"
STORY = "The river rose on Sunday. Two villages were cut off."
MODULES = (
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
    ' xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom"'
    ' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
    ' xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
)


def rss(*items: str, title: str = "Caspian Ledger", more: str = "", attributes: str = "") -> bytes:
    """An RSS 2.0 feed of these items."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"{MODULES}{attributes}><channel>'
        f"<title>{title}</title><link>https://example.org/</link><description>d</description>"
        f"{more}{''.join(items)}</channel></rss>"
    ).encode()


def item(title: str = "River rises", text: str = STORY, **more: str) -> str:
    """An item of RSS; `more` names its other elements."""
    fields = {"title": title, "description": text, **more}
    return f"<item>{''.join(f'<{n}>{v}</{n}>' for n, v in fields.items())}</item>"


def rdf(inside: str, space: str = "http://purl.org/rss/1.0/") -> bytes:
    """A feed of RSS 0.90 or 1.0, by its namespace, with these items."""
    return (
        '<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        f' xmlns="{space}" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        "<title>Caspian Ledger</title><link>https://example.org/</link></channel>"
        f"{inside}</rdf:RDF>"
    ).encode()


def atom(inside: str, attributes: str = "", space: str = "http://www.w3.org/2005/Atom") -> bytes:
    """An Atom feed with one entry."""
    return (
        f'<?xml version="1.0"?><feed xmlns="{space}"{MODULES}{attributes}>'
        f"<title>Caspian Ledger</title><id>f</id><updated>2026-04-30T00:00:00Z</updated>"
        f"<entry>{inside}</entry></feed>"
    ).encode()


def json_feed(*items: dict[str, object], **more: object) -> bytes:
    """A JSON Feed of these items."""
    version = "https://jsonfeed.org/version/1.1"
    return json.dumps({"version": version, "title": "Wire", "items": items, **more}).encode()
