"""Reply -> bodies for Discord's messages, and for edits of them: content, embeds, buttons.

Limits: https://docs.discord.com/developers/resources/message#embed-object-embed-limits
"""

import re
from collections.abc import Sequence
from typing import Any

from bot.render.clean import tidy
from bot.render.fit import cut, join, spread, units
from bot.reply import Button, Link, Reply, Section

_CONTENT = 2000
_HEADING = 256
_NOTE = 500
_EMBEDS = 10
_EMBEDS_TEXT = 5800
_TITLE = 256
_DESCRIPTION = 4096
_LABEL = 80
_ROWS, _BUTTONS_IN_ROW = 5, 5
_ROW, _BUTTON, _GREY = 1, 2, 2

# In order: a web address, inside which nothing is markup; characters that are markup everywhere;
# the end of a masked link's words; the beginning of a mention, emoji or time; of a line's markup.
_MARKUP = re.compile(
    r"(?P<address>https?://[^\s<>()\[\]\\*~`|]+)"
    r"|[\\*_~`|]"
    r"|\](?=\()"
    r"|<(?=[@!#:/a-z])"
    r"|^[#>-]",
    re.IGNORECASE,
)
# Inside a masked link's words a backslash shows, and markup, emoji or an address break the link:
# https://github.com/discord/discord-api-docs/issues/6185
_PLAIN_WORDS = re.compile(r"(?:[^\W_]|[ .,:'’&()–-]|/(?!/))+")

Json = dict[str, Any]


def escape(text: str) -> str:
    """Put a backslash before what Discord would read as markup in one line of text."""
    return _MARKUP.sub(lambda match: match["address"] or f"\\{match[0]}", text)


def messages(reply: Reply) -> list[Json]:
    """The reply as one message or more; note and buttons stand in the last."""
    reply = tidy(reply)
    heading = f"**{cut(reply.heading, _HEADING, escape)}**" if reply.heading else ""
    note = f"\n-# {cut(reply.note, _NOTE, escape)}" if reply.note else ""
    room = _CONTENT - units(note)
    lines = (cut(line, room, escape) for line in reply.text.splitlines())
    contents = join(filter(None, [heading, *lines]), "\n", room)
    embeds = spread(map(_story, reply.sections), _fit)
    # The last content stands over the first embeds; what follows repeats the heading.
    total = max(len(contents) + len(embeds) - 1, len(contents))
    contents += [f"{heading} ({n}/{total})".strip() for n in range(len(contents) + 1, total + 1)]
    contents[-1] += note
    bodies: list[Json] = [
        {"content": content, "allowed_mentions": {"parse": []}} for content in contents
    ]
    for body, group in zip(bodies[total - len(embeds) :], embeds, strict=True):
        body["embeds"] = group
    if reply.buttons:
        bodies[-1]["components"] = _rows(reply.buttons[: _ROWS * _BUTTONS_IN_ROW])
    return bodies


def _story(section: Section) -> list[Json]:
    """One embed, or more where the points are too long for one; only the first has the title."""
    lines: list[str] = []
    for item in section.items:
        point = f"- {cut(item.text, _DESCRIPTION - 2, escape)}"
        # Discord shows this markup in its reader's own time.
        when = [f"<t:{int(item.when.timestamp())}:f>"] if item.when else []
        lines += join([point, *when, *map(_cite, item.cites)], " ", _DESCRIPTION)
    # Links do not work in an embed's own footer.
    footer = (_link(link, _DESCRIPTION - 3) for link in section.footer)
    lines += [f"-# {line}" for line in join(footer, " · ", _DESCRIPTION - 3)]
    embeds: list[Json] = [{"description": text} for text in join(lines, "\n", _DESCRIPTION)]
    if not section.title.text:
        return embeds
    return [_title(section) | (embeds[0] if embeds else {}), *embeds[1:]]


def _title(section: Section) -> Json:
    badge = f" · {cut(section.badge, _LABEL, escape)}" if section.badge else ""
    title = cut(section.title.text, _TITLE - units(badge), escape) + badge
    return {"title": title, "url": section.title.url} if section.title.url else {"title": title}


def _cite(link: Link) -> str:
    return _link(link, _DESCRIPTION) if link.url else f"({_link(link, _DESCRIPTION - 2)})"


def _link(link: Link, room: int) -> str:
    """The words, linked; words that no link can hold stand before one."""
    if not link.url:
        return cut(link.text, room, escape)
    if _PLAIN_WORDS.fullmatch(link.text):
        return f"[{cut(link.text, room - units(link.url) - 4)}]({link.url})"
    after = f" [link]({link.url})"
    return cut(link.text, room - units(after), escape) + after


def _rows(buttons: Sequence[Button]) -> list[Json]:
    rows = (buttons[at : at + _BUTTONS_IN_ROW] for at in range(0, len(buttons), _BUTTONS_IN_ROW))
    return [{"type": _ROW, "components": [_button(each) for each in row]} for row in rows]


def _button(button: Button) -> Json:
    return {
        "type": _BUTTON,
        "style": _GREY,
        "label": cut(button.label, _LABEL),
        "custom_id": f"brief:{button.id}",
        "disabled": False,
    }


def _fit(embeds: Sequence[Json]) -> bool:
    texts = (embed.get(key, "") for embed in embeds for key in ("title", "description"))
    return len(embeds) <= _EMBEDS and sum(map(units, texts)) <= _EMBEDS_TEXT
