"""How the Web API writes its arguments: as JSON, or as a form in which all is text."""

import base64
import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from aiohttp import web

from tests.twins.slack_rules import Refusal


async def read(request: web.Request) -> dict[str, Any]:
    """The arguments of a call, from its address and its body."""
    arguments: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        arguments.update(await request.json())
        return arguments
    arguments.update(await request.post())
    for key in {"blocks", "metadata"} & set(arguments):
        arguments[key] = json.loads(arguments[key])
    return arguments


def true(value: Any) -> bool:
    """Whether a switch is on."""
    return str(value).lower() in ("1", "true")


def limit_of(arguments: Mapping[str, Any]) -> int:
    """How many items a page may hold; raises Refusal."""
    limit = str(arguments.get("limit") or 100)
    if not limit.isdecimal() or not 1 <= int(limit) <= 999:
        raise Refusal("invalid_limit")
    return int(limit)


def timestamp(value: Any, error: str) -> Decimal:
    """The `ts` of a message as a number; raises Refusal with this error."""
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise Refusal(error) from None


def cursor_to(place: str) -> str:
    """The opaque text from which the next page starts."""
    return base64.urlsafe_b64encode(place.encode()).decode()


def cursor_from(cursor: Any) -> str:
    """The place that a cursor stands for, empty without one; raises Refusal."""
    try:
        return base64.urlsafe_b64decode(str(cursor or "")).decode()
    except ValueError:
        raise Refusal("invalid_cursor") from None
