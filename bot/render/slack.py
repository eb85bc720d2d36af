"""Reply -> bodies for Slack's chat.postMessage and response_url, without the channel.

Limits: https://docs.slack.dev/reference/block-kit/blocks and .../composition-objects/text-object.
That all text of a message may have about 13,000 characters is not documented there.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.render.clean import tidy
from bot.render.fit import cut, join, spread, units
from bot.render.times import in_words
from bot.reply import Button, Link, Reply, Section

_MESSAGE = 12_000
_BLOCKS = 50
_HEADER = 150
_TEXT = 3000
_LABEL = 75
_BUTTONS = 25

Block = dict[str, Any]


def escape(text: str) -> str:
    """Make the three characters that begin Slack's markup plain; there is no way to do so for `*`.

    Source: https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def messages(reply: Reply) -> list[dict[str, Any]]:
    """The reply as one message or more; note and buttons stand in the last."""
    reply = tidy(reply)
    stories = [_opening(reply), *map(_story, reply.sections), _closing(reply)]
    text = _notification(reply)
    room = _MESSAGE - units(text)

    def fits(blocks: Sequence[Block]) -> bool:
        return len(blocks) <= _BLOCKS and sum(map(_size, blocks)) <= room

    groups = spread(stories, fits)
    again = cut(reply.heading, _HEADER, escape)
    texts = [text, *(f"{again} ({n}/{len(groups)})".strip() for n in range(2, len(groups) + 1))]
    return [
        {"text": text, "blocks": blocks, "unfurl_links": False, "unfurl_media": False}
        for text, blocks in zip(texts, groups, strict=True)
    ]


def _notification(reply: Reply) -> str:
    """What notifications and screen readers get: the heading and the titles of the stories."""
    titles = (section.title.text for section in reply.sections)
    return cut("\n".join(filter(None, [reply.heading, reply.text, *titles])), _TEXT, escape)


def _opening(reply: Reply) -> list[Block]:
    heading = [{"type": "header", "text": _plain(reply.heading, _HEADER)}] if reply.heading else []
    lines = (cut(line, _TEXT, escape) for line in reply.text.splitlines())
    return [*heading, *map(_paragraph, join(lines, "\n", _TEXT))]


def _story(section: Section) -> list[Block]:
    lines = [_title(section)] if section.title.text else []
    for item in section.items:
        point = cut(f"• {item.text}", _TEXT, escape)
        when = [_date(item.when)] if item.when else []
        lines += join([point, *when, *map(_cite, item.cites)], " ", _TEXT)
    footer = (_link(link, _TEXT) for link in section.footer)
    return [
        *map(_paragraph, join(lines, "\n", _TEXT)),
        *map(_context, join(footer, " · ", _TEXT)),
    ]


def _closing(reply: Reply) -> list[Block]:
    note = [_context(cut(reply.note, _TEXT, escape))] if reply.note else []
    buttons = [_button(button) for button in reply.buttons[:_BUTTONS]]
    return [*note, {"type": "actions", "elements": buttons}] if buttons else note


def _title(section: Section) -> str:
    badge = f" · {cut(section.badge, _LABEL, escape)}" if section.badge else ""
    return f"*{_link(section.title, _TEXT - units(badge) - 2)}*{badge}"


def _cite(link: Link) -> str:
    return _link(link, _TEXT) if link.url else f"({_link(link, _TEXT - 2)})"


def _link(link: Link, room: int) -> str:
    """The words, linked unless the address takes more than half of the room."""
    opening = f"<{escape(link.url)}|" if link.url else ""
    if not opening or units(opening) > room // 2:
        return cut(link.text, room, escape)
    return f"{opening}{cut(link.text, room - units(opening) - 1, escape)}>"


def _date(when: datetime) -> str:
    """A moment that Slack shows in its reader's own time; `verbatim` leaves such markup alone.

    Source: https://docs.slack.dev/messaging/formatting-message-text#date-formatting
    """
    shown = "{date_short_pretty} {time}"
    return f"<!date^{int(when.timestamp())}^{shown}|{escape(in_words(when))}>"


def _button(button: Button) -> Block:
    return {
        "type": "button",
        "text": _plain(button.label, _LABEL),
        "action_id": f"brief:{button.id}",
        "value": button.id,
    }


def _paragraph(text: str) -> Block:
    # Without `expand` Slack folds all but a few lines behind "See more".
    return {"type": "section", "text": _mrkdwn(text), "expand": True}


def _context(text: str) -> Block:
    return {"type": "context", "elements": [_mrkdwn(text)]}


def _mrkdwn(text: str) -> Block:
    # `verbatim` keeps names and addresses in news text from becoming mentions and links.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _plain(text: str, room: int) -> Block:
    return {"type": "plain_text", "text": cut(text, room, escape), "emoji": False}


def _size(value: Any) -> int:
    """The units of all texts in a block."""
    match value:
        case {"text": str(text)}:
            return units(text)
        case dict():
            return sum(map(_size, value.values()))
        case list():
            return sum(map(_size, value))
    return 0
