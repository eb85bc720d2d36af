"""Feeds with only teasers: which pages to fetch, and whether a page is the whole of an item."""

import re
from dataclasses import replace

from summaries.draft import Draft
from summaries.text import words

LEAST_WORDS = 80
"""A shorter text is taken for a teaser, if it has a link."""

_LEAST_PROSE = 40
_LEAST_SHARED = 0.5
_OPENING = 2_000
_MORE = re.compile(
    r"""
    (?: … | \.\.\. | \[\W*\] ) \W{0,10} $
    | \b (?: (?:read|continue|learn|see) [ ] (?:more|on|reading|the [ ] (?:full|whole))
        | more (?=\W*$) | weiterlesen | mehr [ ] lesen | lire [ ] la [ ] suite | leer [ ] más
        | seguir [ ] leyendo | leggi [ ] tutto | devamını [ ] oku | davamı
        | читать [ ] (?:далее|дальше|полностью)
      ) \b [^.!?]{0,60} $
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""How a text breaks off, or names the page where it goes on."""


def is_teaser(draft: Draft) -> bool:
    """Whether an item has a page of which it shows but the beginning."""
    if draft.url is None:
        return False
    return _is_short(draft.text[:_OPENING]) or bool(_MORE.search(draft.text[-200:]))


def _is_short(text: str) -> bool:
    # Whatever is letters alone is a word: for most texts, that tells it ten times as fast.
    surely = sum(map(str.isalpha, text.split()))
    return surely < LEAST_WORDS and len(words(text)) < LEAST_WORDS


def with_page(teaser: Draft, page: Draft) -> Draft:
    """The item with the text of its page; as it was if that is no more than the teaser.

    A page that shares too few words with title and teaser is another one: a notice on cookies, or
    the front page of a shop.
    """
    told, shown = words(page.text), {*words(f"{teaser.title}\n{teaser.text}"[:_OPENING])}
    is_longer = len(page.text) > len(teaser.text) and len(told) >= _LEAST_PROSE
    if not is_longer or len(shown & {*told}) < _LEAST_SHARED * len(shown):
        return teaser
    return replace(
        teaser,
        text=page.text,
        author=teaser.author or page.author,
        published=teaser.published or page.published,
    )
