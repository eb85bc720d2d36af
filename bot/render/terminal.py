"""Reply -> text for a terminal: wrapped, quiet, with every address in plain sight."""

from collections.abc import Iterator
from io import StringIO

from rich.console import Console
from rich.text import Text

from bot.render.clean import clean, tidy
from bot.render.times import in_words
from bot.reply import Item, Link, Reply, Section

_NARROWEST, _WIDEST = 40, 100


def render(reply: Reply, width: int, colour: bool) -> str:
    """The reply in lines that each end in a newline, wrapped to `width` cells.

    To stay readable the width is taken as 40 at least and 100 at most. Addresses and commands are
    never broken, so that they can be clicked and copied. Without `colour` no escape sequence is in
    the text.
    """
    reply = tidy(reply)
    written = StringIO()
    console = Console(
        file=written,
        width=min(max(width, _NARROWEST), _WIDEST),
        height=25,
        color_system="standard" if colour else None,
        force_terminal=colour,
        no_color=not colour,
        legacy_windows=False,
    )
    blocks = [_opening(console, reply), *_stories(console, reply), _closing(console, reply)]
    page = Text("\n\n").join(Text("\n").join(block) for block in map(list, blocks) if block)
    console.print(page, soft_wrap=True)
    return written.getvalue()


def _opening(console: Console, reply: Reply) -> Iterator[Text]:
    if reply.heading:
        yield from _hang(console, "", Text(reply.heading, "bold"))
    for line in reply.text.splitlines():
        yield from _hang(console, "", Text(line))


def _stories(console: Console, reply: Reply) -> Iterator[Iterator[Text]]:
    """The stories, numbered if there is more than one."""
    digits = len(str(len(reply.sections)))
    for number, section in enumerate(reply.sections, 1):
        mark = f"{number:>{digits}}  " if len(reply.sections) > 1 else ""
        yield _story(console, mark, section)


def _story(console: Console, mark: str, section: Section) -> Iterator[Text]:
    indent = " " * len(mark)
    if section.title.text:
        badge = (" · ", (section.badge, "yellow")) if section.badge else ()
        title = Text.assemble((section.title.text, "bold"), *badge)
        yield from _hang(console, mark, title)
    for item in section.items:
        yield from _hang(console, f"{indent}• ", _point(item))
    for link in _sources(section):
        yield from _source(console, indent, link)


def _point(item: Item) -> Text:
    names = ", ".join(dict.fromkeys(cite.text for cite in item.cites))
    when = f" {in_words(item.when)}" if item.when else ""
    return Text.assemble(item.text, when, (f" [{names}]" if names else "", "dim"))


def _sources(section: Section) -> Iterator[Link]:
    """The footer, and then whatever else the title and the points lead to, each address once."""
    yield from section.footer
    shown = {link.url for link in section.footer}
    for link in (section.title, *(cite for item in section.items for cite in item.cites)):
        if link.url and link.url not in shown:
            shown.add(link.url)
            yield Link("" if link is section.title else link.text, link.url)


def _source(console: Console, indent: str, link: Link) -> Iterator[Text]:
    """The words and the address on one line, or on two where one would be too long."""
    words = Text(link.text, "dim")
    address = Text(link.url or "", "dim")
    line = Text("  ").join(part for part in (words, address) if part)
    if not link.url or len(indent) + line.cell_len <= console.width:
        yield from _hang(console, indent, line)
        return
    if link.text:
        yield from _hang(console, indent, words)
    yield Text(indent) + address


def _closing(console: Console, reply: Reply) -> Iterator[Text]:
    if reply.note:
        yield from _hang(console, "", Text(reply.note, "dim"))
    for button in reply.buttons:
        yield Text.assemble((f"{button.label}: ", "dim"), f"/brief {clean(button.command)}")


def _hang(console: Console, mark: str, text: Text) -> Iterator[Text]:
    """Wrap a text behind its mark, with the later lines under its first word."""
    for number, line in enumerate(text.wrap(console, console.width - len(mark))):
        line.rstrip()
        yield Text(mark if number == 0 else " " * len(mark)) + line
