"""Made-up article pages, with as much around the article as those of newspapers have: 40 to 120 KB.

All that is around it is the site's own, alike on each of its pages.
"""

from dataclasses import dataclass
from html import escape
from typing import Self

import numpy as np

SIZE = (35_000, 100_000)  # bytes around an article
SCRIPTS, TEASERS = 0.6, 0.25  # shares of these; the rest are menus
BLOCKS = 12  # scripts in the head, and as many at the end

_PAGE = (
    '<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
    '<link rel="canonical" href="{link}"><meta property="og:title" content="{title}">'
    '<meta property="og:type" content="article"><meta name="author" content="Made Up">'
    '<meta property="article:published_time" content="{iso}">{scripts}</head><body>'
    '<header><nav class="menu"><ul>{menu}</ul></nav></header>'
    '<main><article class="story"><h1>{title}</h1><p class="byline">By Made Up</p>'
    '<div class="story-body">{body}</div></article>'
    '<aside class="related"><h2>Related</h2>{teasers}</aside></main>'
    "<footer><ul>{menu}</ul><p>Made up.</p></footer>{scripts}</body></html>"
)
_STATEMENT = 'window.queue.push({{"{0}":["{1}",{2}],"on":true}});'
_ENTRY = (
    '<li class="menu-item" id="m{2}"><a href="/{0}" data-track="menu-{2}">'
    "<span>{0} {1}</span></a></li>"
)
_TEASER = (
    '<div class="card" data-id="{2}"><a href="/{0}-{1}-{2}"><figure><img src="/i/{2}.jpg">'
    "</figure><h3>{0} {1}</h3></a><span>{2} min</span></div>"
)


@dataclass(frozen=True, slots=True)
class Site:
    """A newspaper's pages: what is around each article."""

    language: str
    scripts: str
    menu: str
    teasers: str

    @classmethod
    def made_up(cls, language: str, words: list[str], chance: np.random.Generator) -> Self:
        """A site whose menus and teasers are of these words."""

        def filled(pattern: str, size: float) -> str:
            parts: list[str] = []
            while size > 0:
                first, second = (escape(words[i]) for i in chance.integers(len(words), size=2))
                parts.append(pattern.format(first, second, int(chance.integers(10_000))))
                size -= len(parts[-1])
            return "".join(parts)

        size = int(chance.integers(*SIZE))
        return cls(
            language=language,
            scripts="".join(
                f"<script>{filled(_STATEMENT, size * SCRIPTS / 2 / BLOCKS)}</script>"
                for _ in range(BLOCKS)
            ),
            menu=filled(_ENTRY, size * (1 - SCRIPTS - TEASERS) / 2),
            teasers=filled(_TEASER, size * TEASERS),
        )

    def page(self, title: str, link: str, iso: str, body: str) -> str:
        """The page of an article whose text is `body`, in HTML."""
        return _PAGE.format(
            language=self.language, title=title, link=link, iso=iso, body=body,
            scripts=self.scripts, menu=self.menu, teasers=self.teasers,
        )  # fmt: skip
