"""A running loopback Slack, and the real slack_sdk's client of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from slack_sdk.web.async_client import AsyncWebClient

from tests.twins.process import Twin

BOT_TOKEN, APP_TOKEN, SECRET = "xoxb-test", "xapp-test", "a-signing-secret"
TRADE, GENERAL = "C0TRADE", "C0GENERAL"


@asynccontextmanager
async def running(folder: Path, *args: str) -> AsyncIterator[Twin]:
    """A twin with our tokens, which logs into this folder."""
    secrets = ("--bot-token", BOT_TOKEN, "--app-token", APP_TOKEN, "--signing-secret", SECRET)
    twin = await Twin.start("tests.twins.slack", folder / "slack.jsonl", *secrets, *args)
    try:
        yield twin
    finally:
        await twin.close()


def client(twin: Twin, token: str | None = BOT_TOKEN) -> AsyncWebClient:
    """A client that tries everything once."""
    return AsyncWebClient(token=token, base_url=f"{twin.base}/api/", retry_handlers=[])


async def texts(twin: Twin) -> list[str]:
    """The texts that stand in the channel TRADE, oldest first."""
    return [m["text"] for m in await twin.get(f"/control/messages?channel={TRADE}")]
