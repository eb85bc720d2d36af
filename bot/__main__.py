"""`python -m bot COMMAND ...`: the program's commands, and what its exit status says.

0 done; 1 a problem that the user can mend, in one line on stderr; 2 wrong usage; 3 our own fault,
with a reference that the log explains.
"""

import os
import signal
import sys

# The imports below take a while, and whoever stops the bot meanwhile finds that it did stop.
if __name__ == "__main__" and sys.argv[1:2] == ["run"]:
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))

# Briefings are made of small matrices, of which threads that wait for one another make slow work.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import asyncio
import logging
import secrets
import tempfile
from collections.abc import Callable, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from bot import app, checkup, config, console, opml
from bot.config import Settings
from bot.render.clean import clean
from summaries import memory
from summaries.errors import BriefError, UserError
from summaries.summarisers import DEFAULT, METHODS

DESCRIPTION = "Word-for-word news briefings for Slack, Discord and the terminal."
FORMS = ("terminal", "slack", "discord", "json")
_SHIELD = "\x00"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    memory.tune()
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    parser, commands = _parsers()
    words = [_readable(word) for word in (sys.argv[1:] if arguments is None else arguments)]
    if not words or words[0] not in commands:
        parser.parse_args(words or ["--help"])
    given = commands[words[0]].parse_intermixed_args([_shielded(word) for word in words[1:]])
    level = logging.INFO if words[0] == "run" else logging.ERROR
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for noisy in ("alembic", "discord.client", "slack_bolt"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    # What it tells of connections that end badly, whoever used them tells in a line.
    logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)
    try:
        return given.function(given) or 0
    except BriefError as error:
        for line in str(error).splitlines():
            print(clean(line), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception:
        return _fault(to_stderr=words[0] == "run")


def _fault(*, to_stderr: bool) -> int:
    """Tell the user a reference, and the log the rest: the bot's own, or else a file."""
    reference, log = secrets.token_hex(4), logging.getLogger("bot.fault")
    place = "the log"
    if not to_stderr:
        with tempfile.NamedTemporaryFile(
            prefix="briefing-bot-", suffix=".log", delete=False
        ) as file:
            place = file.name
        log.propagate = False
        log.addHandler(logging.FileHandler(place))
    log.exception("fault %s", reference)
    print(f"This is our fault: reference {reference}, explained in {place}.", file=sys.stderr)
    return 3


def _readable(word: str) -> str:
    """An argument without the surrogates that stand for bytes of another encoding."""
    return os.fsencode(word).decode("utf-8", "replace")


def _shielded(word: str) -> str:
    """Keep a query's `-opinion` from being taken for an option."""
    is_word = word.startswith("-") and not word.startswith("--") and word not in ("-", "-h")
    return _SHIELD + word if is_word else word


def _word(text: str) -> str:
    return text.removeprefix(_SHIELD)


def _number(text: str) -> int:
    try:
        return int(_word(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{_word(text)!r} is no whole number") from error


def _settings(given: argparse.Namespace) -> Settings:
    return config.load(Path(given.config), os.environ)


def _query_settings(given: argparse.Namespace) -> Settings:
    settings = _settings(given)
    if given.method is None:
        return settings
    answers = settings.answers.model_copy(update={"method": given.method})
    return settings.model_copy(update={"answers": answers})


def _brief(given: argparse.Namespace) -> None:
    words = " ".join(map(_word, given.query))
    asyncio.run(console.brief(_query_settings(given), words, given.form))


def _chat(given: argparse.Namespace) -> None:
    asyncio.run(console.chat(_settings(given)))


def _run(given: argparse.Namespace) -> None:
    asyncio.run(app.run(_settings(given), given.only or ()))


def _fetch(given: argparse.Namespace) -> int:
    return asyncio.run(console.fetch(_settings(given)))


def _sources(given: argparse.Namespace) -> None:
    asyncio.run(console.sources(_settings(given)))


def _check(given: argparse.Namespace) -> int:
    return asyncio.run(checkup.check(_settings(given)))


def _preview(given: argparse.Namespace) -> None:
    asyncio.run(console.preview(_settings(given), given.name, given.form))


def _post(given: argparse.Namespace) -> int:
    return asyncio.run(console.post(_settings(given), given.name))


def _summarise(given: argparse.Namespace) -> None:
    method = given.method or DEFAULT
    names = [_word(name) for name in given.files]
    console.summarise_files(names, given.sentences, given.words, method, given.form)


def _reindex(given: argparse.Namespace) -> None:
    asyncio.run(console.reindex(_settings(given)))


def _opml(given: argparse.Namespace) -> None:
    if given.action == "export":
        text, notes = opml.written(_settings(given).sources)
    elif given.file is None:
        raise UserError("Which file? Try: python -m bot opml import feeds.opml")
    else:
        feeds = opml.read(console.contents(given.file), given.file)
        is_there = Path(given.config).exists()
        text, notes = opml.to_yaml(feeds, _settings(given).sources if is_there else ())
    if text:
        print(text)
    for note in notes:
        print(clean(note), file=sys.stderr)


def _init(given: argparse.Namespace) -> None:
    console.init(Path(given.config))


def _parsers() -> tuple[argparse.ArgumentParser, dict[str, argparse.ArgumentParser]]:
    """The parser of the whole, for --help, and one for each command by name."""
    whole = argparse.ArgumentParser(prog="python -m bot", description=DESCRIPTION)
    table = whole.add_subparsers(metavar="COMMAND", required=True)
    commands = {}
    for name, (function, about, options) in COMMANDS.items():
        parser = table.add_parser(name, help=about, description=about)
        for option in options:
            option(parser)
        parser.set_defaults(function=function)
        commands[name] = parser
    return whole, commands


Option = Callable[[argparse.ArgumentParser], object]


def _option(*names: str, **how: Any) -> Option:
    return lambda parser: parser.add_argument(*names, **how)


_CONFIG = _option("--config", default="config.yaml", metavar="FILE", help="the settings")
_METHOD = _option("--method", metavar="M", help=f"one of: {', '.join(METHODS)}")
_FORM = _option("--as", dest="form", choices=FORMS, default="terminal", help="how to print it")
_NAME = _option("name", metavar="NAME", help="a briefing of config.yaml")
_QUERY = _option("query", nargs="*", metavar="QUERY", help="as in chat: china trade since:7d")
_ONLY = _option("--only", action="append", choices=app.PARTS, help="run this part; may be repeated")
_FILES = _option("files", nargs="+", metavar="FILE", help="a text file, or - for standard input")
_SENTENCES = _option("--sentences", type=_number, metavar="N", help="at most so many sentences")
_WORDS = _option("--words", type=_number, metavar="N", help="at most so many words")
_ACTION = _option("action", choices=("import", "export"), help="to or from config.yaml")
_OPML = _option("file", nargs="?", metavar="FILE", help="for import; or - for standard input")
_PLAIN_FORM = _option("--as", dest="form", choices=("terminal", "json"), default="terminal")

COMMANDS: dict[str, tuple[Callable[[argparse.Namespace], int | None], str, tuple[Option, ...]]] = {
    "brief": (_brief, "answer in the terminal", (_QUERY, _FORM, _METHOD, _CONFIG)),
    "chat": (_chat, "a prompt that takes the same commands as chat", (_CONFIG,)),
    "run": (_run, "the bot: every platform that has a token, and the schedule", (_ONLY, _CONFIG)),
    "fetch": (_fetch, "look at every source now", (_CONFIG,)),
    "sources": (_sources, "the sources and their health", (_CONFIG,)),
    "check": (_check, "what is wrong, where, and what to do", (_CONFIG,)),
    "preview": (
        _preview,
        "what a briefing would post now",
        (_NAME, _FORM, _CONFIG),
    ),
    "post": (_post, "post a briefing now", (_NAME, _CONFIG)),
    "summarise": (
        _summarise,
        "summarise documents, without any settings",
        (_FILES, _SENTENCES, _WORDS, _METHOD, _PLAIN_FORM),
    ),
    "reindex": (_reindex, "analyse the stored articles anew", (_CONFIG,)),
    "opml": (
        _opml,
        "feeds from other programs, as YAML to paste into config.yaml; and to them",
        (_ACTION, _OPML, _CONFIG),
    ),
    "init": (_init, "write a commented starter config.yaml", (_CONFIG,)),
}

if __name__ == "__main__":
    sys.exit(main())
