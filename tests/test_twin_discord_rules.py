"""What the loopback Discord refuses, and with which place."""

from contextlib import nullcontext
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twins import discord_rules as rules


def button(**parts: Any) -> Any:
    return {"type": 2, "style": 2, "label": "More", "custom_id": "more", **parts}


def row(*buttons: Any) -> Any:
    return {"type": 1, "components": list(buttons)}


def errors(found: Any) -> list[str]:
    return [wrong.path for wrong in found]


@pytest.mark.parametrize(
    "body",
    [
        {"content": "a" * 2000},
        {"content": "@everyone <@1>", "allowed_mentions": {"parse": []}},
        {"nonce": "n" * 25},
        {"embeds": [{"title": "t" * 256}] * 10},
        {"embeds": [{"description": "d" * 4096, "footer": {"text": "f" * 1904}}]},
        {"embeds": [{"fields": [{"name": "n", "value": "v"}] * 25}]},
        {"components": [row(button(label="l" * 80, custom_id="c" * 100))]},
        {"components": [row({"type": 2, "style": 5, "label": "a", "url": "https://example.org"})]},
    ],
)
def test_a_message_at_the_limits_is_good(body: Any) -> None:
    assert errors(rules.message(body)) == []


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"content": "a" * 2001}, "content"),
        ({"content": 5}, "content"),
        ({"nonce": "n" * 26}, "nonce"),
        ({"embeds": [{"title": "t"}] * 11}, "embeds"),
        ({"embeds": [{"title": "t" * 257}]}, "embeds.0.title"),
        ({"embeds": [{"description": "d" * 4097}]}, "embeds.0.description"),
        ({"embeds": [{"footer": {"text": "f" * 2049}}]}, "embeds.0.footer.text"),
        ({"embeds": [{"author": {"name": "a" * 257}}]}, "embeds.0.author.name"),
        ({"embeds": [{"fields": [{"name": "n", "value": "v"}] * 26}]}, "embeds.0.fields"),
        ({"embeds": [{"fields": [{"name": "", "value": "v"}]}]}, "embeds.0.fields.0.name"),
        (
            {"embeds": [{"fields": [{"name": "n" * 257, "value": "v"}]}]},
            "embeds.0.fields.0.name",
        ),
        (
            {"embeds": [{"fields": [{"name": "n", "value": "v" * 1025}]}]},
            "embeds.0.fields.0.value",
        ),
        ({"embeds": [{"description": "d" * 3001}] * 2}, "embeds"),
        ({"components": [row(button(custom_id=str(n))) for n in range(6)]}, "components"),
        (
            {"components": [row(*(button(custom_id=str(n)) for n in range(6)))]},
            "components.0.components",
        ),
        ({"components": [row()]}, "components.0.components"),
        ({"components": [button()]}, "components.0.type"),
        (
            {"components": [row(button(), button())]},
            "components.0.components.1.custom_id",
        ),
        ({"components": [row(button(custom_id=""))]}, "components.0.components.0.custom_id"),
        (
            {"components": [row(button(custom_id="c" * 101))]},
            "components.0.components.0.custom_id",
        ),
        ({"components": [row(button(label="l" * 81))]}, "components.0.components.0.label"),
        ({"components": [row(button(style=5))]}, "components.0.components.0.url"),
        ({"content": "@everyone"}, "allowed_mentions"),
        ({"content": "@here", "allowed_mentions": {}}, "allowed_mentions"),
        ({"content": "<@&1>", "allowed_mentions": {"parse": ["roles"]}}, "allowed_mentions"),
        (
            {"content": "<@1>", "allowed_mentions": {"parse": [], "users": ["1"]}},
            "allowed_mentions",
        ),
    ],
)
def test_a_message_beyond_a_limit_is_refused_with_the_place(body: Any, path: str) -> None:
    assert path in errors(rules.message(body))


@pytest.mark.parametrize("body", [{}, {"content": " \n"}, {"content": None, "embeds": []}])
def test_a_message_must_not_be_empty(body: Any) -> None:
    with pytest.raises(rules.Problem, match="empty"):
        rules.refuse_empty(body)


def command(**parts: Any) -> Any:
    return {"type": 1, "name": "brief", "description": "a", **parts}


def option(**parts: Any) -> Any:
    return {"type": 3, "name": "query", "description": "a", **parts}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ([command(name="Brief")], "0.name"),
        ([command(name="two words")], "0.name"),
        ([command(name="b" * 33)], "0.name"),
        ([command(), command()], "1.name"),
        ([command(description="")], "0.description"),
        ([command(description="d" * 101)], "0.description"),
        ([command(options=[option()] * 26)], "0.options"),
        ([command(options=[option(name="Query")])], "0.options.0.name"),
        ([command(options=[option(), option(required=True)])], "0.options.1"),
        ([command(options=[option(choices=[{"name": "c"}] * 26)])], "0.options.0.choices"),
        ({}, "commands"),
    ],
)
def test_a_command_beyond_a_limit_is_refused_with_the_place(body: Any, path: str) -> None:
    assert path in errors(rules.commands(body))


def test_a_command_within_the_limits_is_good() -> None:
    good = command(name="новости", description="d" * 100, options=[option(required=True), option()])
    assert errors(rules.commands([good])) == []


_KEYS = st.sampled_from(
    [
        *("content", "nonce", "embeds", "title", "description", "footer", "text", "author", "name"),
        *("fields", "value", "components", "type", "style", "custom_id", "label", "url", "emoji"),
        *("allowed_mentions", "parse", "options", "choices", "required"),
    ]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 6) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=25,
)


@settings(max_examples=200)
@given(st.dictionaries(_KEYS, _JSON), _JSON)
def test_whatever_is_wrong_is_found_and_refused(message: Any, commands: Any) -> None:
    for found in (list(rules.message(message)), list(rules.commands(commands))):
        with pytest.raises(rules.Problem) if found else nullcontext():
            rules.refuse(found)
