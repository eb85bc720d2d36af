"""What Slack sends to an app, in its real shapes, and how it signs it."""

import hashlib
import hmac
import json
import time
from secrets import token_hex
from typing import Any
from urllib.parse import urlencode

from tests.twins.slack_workspace import APP, PEOPLE, TEAM, Body, Channel


def slash_command(text: str, user: str, channel: Channel, response_url: str) -> Body:
    """`/brief TEXT` (https://docs.slack.dev/interactivity/implementing-slash-commands)."""
    return {
        "token": "deprecated",
        "team_id": TEAM,
        "team_domain": "twin",
        "channel_id": channel.id,
        "channel_name": channel.name,
        "user_id": user,
        "user_name": PEOPLE[user],
        "command": "/brief",
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": _trigger(),
    }


def block_actions(
    button: Body, user: str, channel: Channel, message: Body | None, response_url: str
) -> Body:
    """A press of a button (https://docs.slack.dev/reference/interaction-payloads).

    Only a message that others can see too travels with it; without one, it was an ephemeral one.
    """
    now = f"{time.time():.6f}"
    payload: Body = {
        "type": "block_actions",
        "user": {"id": user, "username": PEOPLE[user], "name": PEOPLE[user], "team_id": TEAM},
        "api_app_id": APP,
        "token": "deprecated",
        "container": {
            "type": "message",
            "message_ts": message["ts"] if message else now,
            "channel_id": channel.id,
            "is_ephemeral": message is None,
        },
        "trigger_id": _trigger(),
        "team": {"id": TEAM, "domain": "twin"},
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": channel.id, "name": channel.name},
        "state": {"values": {}},
        "response_url": response_url,
        "actions": [
            {
                "type": "button",
                "block_id": "b0",
                "text": {"type": "plain_text", "text": "Button", "emoji": True},
                "action_ts": now,
            }
            | button
        ],
    }
    return payload | ({"message": message} if message else {})


def form(kind: str, payload: Body) -> str:
    """The body of the signed request that carries this payload in HTTP mode."""
    return urlencode(payload if kind == "slash_commands" else {"payload": json.dumps(payload)})


def signature(secret: str, timestamp: str, body: str) -> str:
    """Slack's v0 signature: https://docs.slack.dev/authentication/verifying-requests-from-slack."""
    signed = f"v0:{timestamp}:{body}".encode()
    return "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def headers(timestamp: str, signed: str) -> dict[str, str]:
    """The headers of a signed request."""
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": signed,
    }


def acknowledged(body: str) -> Any:
    """What an app answered to a signed request, as it would say it over Socket Mode."""
    if not body:
        return None
    return json.loads(body) if body.startswith("{") else {"text": body}


def _trigger() -> str:
    return f"{time.time_ns() // 10**6}.{token_hex(4)}"
