"""XML with the mistakes that feeds make -> XML that a strict parser takes, as far as possible."""

import html
import re
from html.entities import html5

_BEGINNING = re.compile(r"<(?:\?xml\b|(?:[\w-]+:)?(?:rss|feed|rdf|channel)\b)", re.IGNORECASE)
_ROOT = re.compile(r"<((?:[\w-]+:)?(?:rss|feed|rdf|channel))\b[^<>]*>", re.IGNORECASE)
_ITEM_END = re.compile(r"</(?:[\w-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
_CHANNEL = re.compile(r"<(/?)((?:[\w-]+:)?channel)\b[^<>]*>", re.IGNORECASE)
_CDATA_OR_COMMENT = re.compile(r"(<!\[CDATA\[(?:.*?\]\]>|.*)|<!--(?:.*?-->|.*))", re.DOTALL)
_DECLARATION = re.compile(r"\s*(?:<\?xml\b[^<>]*>\s*)+", re.IGNORECASE)
_DOCTYPE = re.compile(r"<!DOCTYPE\b[^<>\[]{0,1000}(?:\[[^\]]{0,4000}\]\s*)?>", re.IGNORECASE)
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&(?:#(x[0-9a-fA-F]{1,6}|\d{1,7});|(\w{1,32});)?")
_BARE_ANGLE = re.compile(r"<(?![A-Za-z_/!?])")
_PREFIX = re.compile(r"(?:</?|\s)([A-Za-z_][\w.-]{0,40}):[A-Za-z_][\w.-]*(?=[\s=/>])")
_DECLARED = re.compile(r"\bxmlns:([\w.-]+)\s*=")
_OF_XML = frozenset("amp lt gt quot apos".split())
_MODULES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}


def without_declaration(text: str) -> str:
    """The XML without its declaration, whose encoding no longer holds for a text."""
    plain = text.lstrip("\ufeff")
    declaration = _DECLARATION.match(plain)
    return plain[declaration.end() :] if declaration else plain


def mended(text: str) -> str:
    """The feed without what stands around it, its characters and references put right.

    What follows the last whole item of a feed that breaks off is left out.
    """
    begins = _BEGINNING.search(text)
    text = without_declaration(text[begins.start() :] if begins else text)
    text = _DOCTYPE.sub("", _NOT_IN_XML.sub("", text), count=1)
    pieces = _CDATA_OR_COMMENT.split(text)
    pieces[::2] = [_BARE_ANGLE.sub("&lt;", _REFERENCE.sub(_put_right, one)) for one in pieces[::2]]
    return _declared("".join(_ended(pieces)))


def closed(text: str) -> str:
    """The feed up to its last whole item, and its end; for one that was cut off."""
    root = _ROOT.search(text)
    ends = [match.end() for match in _ITEM_END.finditer(text)]
    if root is None or not ends:
        return text
    kept = text[: ends[-1]]
    channels = list(_CHANNEL.finditer(kept, root.end()))
    is_open = len(channels) == 1 and not channels[0][0].endswith("/>")
    channel = f"</{channels[0][2]}>" if is_open else ""
    return f"{kept}{channel}</{root[1]}>"


def _ended(pieces: list[str]) -> list[str]:
    """The pieces without what stands behind the end of the root element."""
    root = next((match[1] for piece in pieces[::2] if (match := _ROOT.search(piece))), None)
    if root:
        end = f"</{root}>"
        for index in range(len(pieces) - 1, -1, -1):
            if index % 2 == 0 and end in pieces[index]:
                return [*pieces[:index], pieces[index].rpartition(end)[0] + end]
    return pieces


def _put_right(match: re.Match[str]) -> str:
    number, name = match.groups()
    if name in _OF_XML:
        return match[0]
    if number:
        character = html.unescape(match[0])
    elif name and f"{name};" in html5:
        character = html5[f"{name};"]
    else:
        return "&amp;" + match[0][1:]
    return html.escape(_NOT_IN_XML.sub("", character))


def _declared(text: str) -> str:
    """The feed with every prefix declared that it uses."""
    root = _ROOT.search(text)
    if root is None:
        return text
    used = {*_PREFIX.findall(text)} - {*_DECLARED.findall(text)} - {"xml", "xmlns"}
    names = "".join(f' xmlns:{name}="{_MODULES.get(name, f"urn:{name}")}"' for name in used)
    end = root.end(1)
    return f"{text[:end]}{names}{text[end:]}"
