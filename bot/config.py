"""config.yaml into frozen settings; every mistake in it is found at once, each with its place."""

import re
from collections.abc import Callable, Iterable, Mapping
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot import yaml_positions
from bot.fields import Rate, Target
from bot.mistakes import between_settings, in_queries, in_settings
from bot.settings import (
    Answers,
    BriefingSettings,
    Common,
    ConfigFile,
    DiscordSettings,
    FetchSettings,
    Limits,
    Posting,
    Section,
    Settings,
    SlackSettings,
    platform_problems,
)
from bot.yaml_positions import BrokenYaml, Place, Problem
from summaries.errors import ConfigError
from summaries.model import Source, SourceKind

__all__ = [
    "Answers",
    "BriefingSettings",
    "DiscordSettings",
    "FetchSettings",
    "Limits",
    "Rate",
    "Settings",
    "SlackSettings",
    "Target",
    "load",
    "platform_problems",
    "starter",
]

_LARGEST = 1_000_000
_MOST = 100
_VARIABLE = re.compile(r"\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-([^${}]*))?\})?")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_DEFAULTS = {
    "database": "${DATABASE_URL:-sqlite:///data/bot.db}",
    "slack": {
        "bot_token": "${SLACK_BOT_TOKEN:-}",
        "app_token": "${SLACK_APP_TOKEN:-}",
        "signing_secret": "${SLACK_SIGNING_SECRET:-}",
        "api_url": "${SLACK_API_URL:-}",
    },
    "discord": {
        "token": "${DISCORD_TOKEN:-}",
        "api_url": "${DISCORD_API_URL:-}",
        "gateway_url": "${DISCORD_GATEWAY_URL:-}",
    },
}


def load(path: Path, environ: Mapping[str, str]) -> Settings:
    """Read the settings; raises ConfigError, whose problems are in order of their places.

    `${NAME}` and `${NAME:-default}` are filled in from `environ`; as in a shell, the default also
    stands in for an empty variable. A file with hundreds of problems is told its first ones.
    """
    try:
        document = yaml_positions.read(_text(path))
        if document.value is None:
            raise BrokenYaml(Place(1, 1), "the file is empty; delete it and run python -m bot init")
        if not isinstance(document.value, dict):
            raise BrokenYaml(Place(1, 1), "the file must hold settings; write them as key: value")
    except BrokenYaml as error:
        raise _config_error(path, [error.problem]) from error
    problems = list(document.problems)

    def wrong(at: yaml_positions.Path, told: str) -> None:
        problems.append(Problem(document.at(at), told))

    written = _expanded(_filled(document.value, _DEFAULTS), (), environ, wrong)
    problems += islice(between_settings(written, document), _MOST)
    try:
        file = ConfigFile.model_validate(written)
    except ValidationError as error:
        known = {problem.place for problem in problems}
        found = islice(in_settings(error, document), _MOST)
        problems += [problem for problem in found if problem.place not in known]
        raise _config_error(path, problems) from error
    if problems:
        raise _config_error(path, problems)
    settings = _settings(path, file)
    if unclear := list(islice(in_queries(settings, document), _MOST)):
        raise _config_error(path, unclear)
    return settings


def starter() -> str:
    """The commented config.yaml that a newcomer begins with."""
    return files("bot").joinpath("starter.yaml").read_text("utf-8")


def _config_error(path: Path, problems: Iterable[Problem]) -> ConfigError:
    return ConfigError(
        [f"{path.name}:{at.line}:{at.column}: {told}" for at, told in sorted(set(problems))]
    )


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except FileNotFoundError as error:
        told = f"{path.name}: not found; to write one to start from, run python -m bot init"
        raise ConfigError([told]) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        told = f"{path.name}: cannot be read ({reason}); name a text file that you may read"
        raise ConfigError([told]) from error
    if len(data) > _LARGEST:
        raise BrokenYaml(Place(1, 1), "the file is larger than 1 MB; keep to the settings")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        column = len(before.rpartition(b"\n")[2].decode("utf-8-sig")) + 1
        place = Place(before.count(b"\n") + 1, column)
        raise BrokenYaml(place, "this is not UTF-8; save the file as UTF-8") from error


def _filled(written: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """What is written, and the defaults wherever nothing is."""
    filled = dict(written)
    for key, default in defaults.items():
        mine = filled.get(key)
        if mine is None:
            filled[key] = default
        elif isinstance(mine, dict) and isinstance(default, dict):
            filled[key] = _filled(mine, default)
    return filled


def _expanded(
    value: Any,
    at: yaml_positions.Path,
    environ: Mapping[str, str],
    wrong: Callable[[yaml_positions.Path, str], None],
) -> Any:
    """The same value with the environment in its texts; what cannot be filled in stays."""
    match value:
        case dict():
            return {key: _expanded(v, (*at, key), environ, wrong) for key, v in value.items()}
        case list():
            return [_expanded(v, (*at, i), environ, wrong) for i, v in enumerate(value)]
        case str():
            try:
                return _with_variables(value, environ)
            except ValueError as error:
                wrong(at, str(error))
    return value


def _with_variables(text: str, environ: Mapping[str, str]) -> str:
    def variable(match: re.Match[str]) -> str:
        name, default = match[1], match[2]
        if not name:
            raise ValueError("'${' begins a variable; write ${NAME} or ${NAME:-default}")
        if default is None and name not in environ:
            raise ValueError(
                f"the environment variable {name} is not set; set it, or write ${{{name}:-default}}"
            )
        return environ.get(name) or default or ""

    text = _VARIABLE.sub(variable, text)
    if _UNPRINTABLE.search(text):
        raise ValueError("a character here cannot be printed; delete it")
    return text


def _settings(path: Path, file: ConfigFile) -> Settings:
    folder = path.absolute().parent
    return Settings(
        path=path,
        folder=folder,
        zone=file.timezone,
        database=_rooted(file.database, folder),
        sources=tuple(_sources(file, folder)),
        topics=file.topics,
        briefings=tuple(_briefings(file)),
        **_shared(file, Common),
    )


def _sources(file: ConfigFile, folder: Path) -> Iterable[Source]:
    for name, entry in file.sources.items():
        if entry.folder:
            kind, location = SourceKind.FOLDER, str(folder / entry.folder)
        elif entry.page:
            kind, location = SourceKind.PAGE, entry.page
        else:
            kind, location = SourceKind.FEED, entry.feed or ""
        yield Source(name, kind, location, entry.tags, entry.every)


def _briefings(file: ConfigFile) -> Iterable[BriefingSettings]:
    for name, entry in file.briefings.items():
        yield BriefingSettings(
            name=name,
            query=file.topics[entry.topic] if entry.topic else entry.query or "",
            zone=entry.timezone or file.timezone,
            **_shared(entry, Posting),
        )


def _shared(section: Section, ancestor: type[Section]) -> dict[str, Any]:
    """The values of the settings that a section has from its ancestor."""
    return {name: value for name, value in section if name in ancestor.model_fields}


def _rooted(database: str, folder: Path) -> str:
    """A relative SQLite file, made to start at the config file's folder."""
    scheme, _, file = database.partition(":///")
    if not scheme.startswith("sqlite") or not file or file.startswith(("/", ":memory:", "file:")):
        return database
    return f"{scheme}:///{folder}/{file}"
