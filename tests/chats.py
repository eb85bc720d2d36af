"""One way to talk to the bot on either platform, where a test is about neither."""

import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

from tests.program import until
from tests.twins import discord
from tests.twins.discord_messages import Flags
from tests.twins.process import Twin


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer: its JSON as text, whether its asker alone sees it, and the seconds it took."""

    text: str
    private: bool
    seconds: float


class Chat(Protocol):
    """A platform with one channel and one member."""

    target: ClassVar[str]
    """Where a briefing goes to."""

    def settings(self) -> dict[str, Any]:
        """What config.yaml says of it."""
        ...

    async def asks(self, query: str) -> Heard:
        """Type a command and wait for its answer."""
        ...

    async def refuses_a_post(self, seconds: float) -> None:
        """Refuse the next post, and say that it may be tried again after so many seconds."""
        ...

    async def shown(self, word: str) -> int:
        """How many messages in the channel hold that word."""
        ...


@dataclass(frozen=True, slots=True)
class Slack:
    """The loopback Slack, in Socket Mode."""

    twin: Twin
    target: ClassVar[str] = "slack:C0TRADE"

    def settings(self) -> dict[str, Any]:
        tokens = {"bot_token": "xoxb-t", "app_token": "xapp-t", "signing_secret": "secret"}
        return {"slack": {"mode": "socket", "api_url": f"{self.twin.base}/api", **tokens}}

    async def asks(self, query: str) -> Heard:
        begun = time.monotonic()
        seat = {"mode": "socket", "url": "", "user": "U0ANNA", "channel": "C0TRADE"}
        sent = await self.twin.post("/control/command", {**seat, "text": query})

        async def answered() -> Any:
            at_once = [sent["ack"]] if sent["ack"] else []
            return at_once or (await self.twin.get(f"/control/response/{sent['id']}"))["uses"]

        (body,) = await until(answered, 30)
        private = body["response_type"] == "ephemeral"
        return Heard(json.dumps(body), private, time.monotonic() - begun)

    async def refuses_a_post(self, seconds: float) -> None:
        fault = {"method": "chat.postMessage", "kind": "429", "retry_after": seconds}
        await self.twin.post("/control/fault", fault)

    async def shown(self, word: str) -> int:
        messages = await self.twin.get("/control/messages?channel=C0TRADE")
        return sum(word in json.dumps(message) for message in messages)


@dataclass(frozen=True, slots=True)
class Discord:
    """The loopback Discord."""

    twin: Twin
    target: ClassVar[str] = f"discord:{discord.CHANNEL}"

    def settings(self) -> dict[str, Any]:
        gateway = self.twin.base.replace("http://", "ws://") + "/gateway"
        place = {"api_url": f"{self.twin.base}/api/v10", "gateway_url": gateway}
        return {"discord": {"token": discord.TOKEN, **place}}

    async def asks(self, query: str) -> Heard:
        begun = time.monotonic()
        seat = {"kind": "command", "user": discord.USER, "channel": discord.CHANNEL}
        sent = await self.twin.post("/control/interaction", {**seat, "query": query})

        async def answered() -> Any:
            said = await self.twin.get(f"/control/interaction/{sent['id']}")
            return [*said["followups"], *([said["original"]] if said["original"] else [])]

        first, *_ = await until(answered, 30)
        private = bool(first["flags"] & Flags.EPHEMERAL)
        return Heard(json.dumps(first), private, time.monotonic() - begun)

    async def refuses_a_post(self, seconds: float) -> None:
        fault = {"route": "messages", "kind": "429", "times": 1, "retry_after": seconds}
        await self.twin.post("/control/fault", fault)

    async def shown(self, word: str) -> int:
        messages = await self.twin.get(f"/control/messages?channel={discord.CHANNEL}")
        return sum(word in json.dumps(message) for message in messages)


@asynccontextmanager
async def slack(folder: Path, *more: str) -> AsyncIterator[Chat]:
    """A Slack of one's own, with more options."""
    words = ("--bot-token", "xoxb-t", "--app-token", "xapp-t", "--signing-secret", "secret")
    twin = await Twin.start("tests.twins.slack", folder / "slack.jsonl", *words, *more)
    yield Slack(twin)
    await twin.close()


@asynccontextmanager
async def discord_(folder: Path, *more: str) -> AsyncIterator[Chat]:
    """A Discord of one's own, with more options."""
    words = ("--token", discord.TOKEN)
    twin = await Twin.start("tests.twins.discord", folder / "discord.jsonl", *words, *more)
    yield Discord(twin)
    await twin.close()


CHATS: Mapping[str, Any] = {"slack": slack, "discord": discord_}
