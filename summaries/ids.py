"""Where an article came from, as a stable id."""

import hashlib
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

_TRACKING = frozenset(
    "fbclid gclid dclid msclkid igshid mc_cid mc_eid cmpid ocid ref_src smid partner "
    "yclid _ga wt_mc xtor ito ftag guccounter gclsrc gbraid wbraid gad_source twclid ttclid "
    "li_fat_id epik igsh mkt_tok _hsenc _hsmi vero_id vero_conv oly_enc_id oly_anon_id s_kwcid "
    "cmp ns_mchannel ns_source ns_campaign ns_linkname ns_fee at_medium at_campaign "
    "at_link_origin at_link_type at_custom1 at_custom2 at_custom3 at_custom4 wtrid mbid "
    "feedtype feedname __twitter_impression _openstat ysclid spm taid ftcamp".split()
)
_TRACKERS = ("utm_", "mtm_", "pk_", "hsa_")
_PORTS = {"http": 80, "https": 443}


def canonical_url(url: str) -> str:
    """The form in which one page has one address: no tracking words, fragment or default port."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return url.strip()
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    if ":" in host:
        host = f"[{host}]"
    if port is not None and port != _PORTS.get(scheme):
        host = f"{host}:{port}"
    kept = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if name.lower() not in _TRACKING and not name.lower().startswith(_TRACKERS)
    ]
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._", errors="surrogatepass")
    query = urlencode(sorted(kept), errors="surrogatepass")
    return urlunsplit((scheme, host, path, query, ""))


def article_id(url: str | None, source: str, item: str) -> str:
    """The id of an article: from its address if it has one, else from its place in its source."""
    return _digest(canonical_url(url) if url else f"{source}/{item}", 8)


def command_id(command: str) -> str:
    """The short id under which a button's command is stored."""
    return _digest(command, 8)


def fingerprint(*parts: str) -> str:
    """A short text that changes when any of the parts does."""
    return _digest("\x1f".join(parts), 12)


def _digest(text: str, size: int) -> str:
    data = text.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=size).hexdigest()
