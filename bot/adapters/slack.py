"""Slack: commands and buttons in, over Socket Mode or signed HTTP; answers and posts out.

Facts about the platform are from https://docs.slack.dev/interactivity/ and
https://docs.slack.dev/authentication/verifying-requests-from-slack/.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.channel import SKEW, Message
from bot.commands import Newsroom, mistake
from bot.config import SlackSettings
from bot.render import slack as render
from bot.reply import Reply, Request
from summaries import clock
from summaries.errors import DeliveryError, Forbidden, Refused, Unsure, UserError

log = logging.getLogger(__name__)

Ack = Callable[..., Awaitable[Any]]

PATH = "/slack/events"
EVENT = "briefing"
PAGE = 200
MOST_ANSWERS = 5
DEADLINE = 15
PING_SECONDS = 3
CLOSE_WITHIN = 1.0
REMEMBERED = timedelta(minutes=10)
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_FOR_NOW = frozenset(
    "ratelimited rate_limited service_unavailable request_timeout message_limit_exceeded "
    "team_added_to_org".split()
)
_PERHAPS_DONE = ("fatal_error", "internal_error")
_GATEWAYS = (502, 504)


def client(settings: SlackSettings) -> AsyncWebClient:
    """A Web API client that never repeats a request by itself, since that would post twice."""
    return AsyncWebClient(settings.bot_token, _base(settings), timeout=DEADLINE, retry_handlers=[])


def _base(settings: SlackSettings) -> str:
    """Where the Web API is; the client drops what follows the last slash."""
    return (settings.api_url or AsyncWebClient.BASE_URL).rstrip("/") + "/"


class SlackChannel:
    """Posts rendered messages to Slack's channels, and finds them by their metadata.

    https://docs.slack.dev/messaging/message-metadata/
    """

    at_once, a_second, pace, repeatable = 32, 200.0, 1.0, 0.0

    def __init__(self, settings: SlackSettings) -> None:
        self._client = client(settings)
        self._ids: dict[str, str] = {}

    async def open(self) -> None:
        """Check the token; raises UserError where Slack refuses it, Refused where Slack is away."""
        await _check(self._client)

    async def close(self) -> None:
        """Nothing is held between posts."""

    async def send(self, channel: str, message: Message, key: str) -> str:
        """Post to a channel id or #name, and return the message's ts; see channel.Channel."""
        metadata = {"event_type": EVENT, "event_payload": {"key": key}}
        with _posting():
            answer = await self._client.chat_postMessage(
                channel=channel, metadata=metadata, **message
            )
        return str(answer["ts"])

    async def find(
        self,
        channel: str,
        message: Message,  # noqa: ARG002
        key: str,
        since: float,
    ) -> str | None:
        """The ts of the message whose metadata has this key; see channel.Channel."""
        id_ = await self.id_of(channel)
        with _posting():
            history = self._client.conversations_history
            pages = await history(
                channel=id_, oldest=f"{since - SKEW:.6f}", limit=PAGE, include_all_metadata=True
            )
            async for page in pages:
                for each in page["messages"]:
                    if _key_of(each) == key:
                        return str(each["ts"])
        return None

    async def id_of(self, channel: str) -> str:
        """The id of a channel that may be written as #name; raises as `find` does."""
        if not channel.startswith("#"):
            return channel
        if channel not in self._ids:
            listed = self._client.conversations_list
            with _posting():
                pages = await listed(types="public_channel,private_channel", limit=PAGE)
                async for page in pages:
                    self._ids |= {f"#{each['name']}": each["id"] for each in page["channels"]}
        if channel not in self._ids:
            raise Forbidden(f"Slack shows the bot no channel {channel}: invite it")
        return self._ids[channel]


@contextmanager
def _posting() -> Iterator[None]:
    """What goes wrong with a call for a channel, as the outbox understands it."""
    try:
        yield
    except SlackApiError as error:
        raise _refusal(error) from error
    except aiohttp.ClientConnectorError as error:
        raise Refused("Slack cannot be reached", 5) from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Unsure(f"no answer from Slack ({type(error).__name__})") from error


def _key_of(message: Mapping[str, Any]) -> str | None:
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    return payload.get("key") if metadata.get("event_type") == EVENT else None


def _refusal(error: SlackApiError) -> DeliveryError:
    answer = error.response
    read = isinstance(answer, AsyncSlackResponse) and isinstance(answer.data, dict)
    reason = answer.get("error") if read else None
    status = getattr(answer, "status_code", None) or getattr(answer, "status", 0)
    if status in _GATEWAYS or reason in _PERHAPS_DONE or (status == 200 and reason is None):
        return Unsure(f"Slack says {reason or status}")
    if status == 200 and reason not in _FOR_NOW:
        return Forbidden(f"Slack says {reason}: check the channel, the scopes and the invitation")
    return Refused(f"Slack says {reason or error}", _retry_after(answer.headers))


def _retry_after(headers: Mapping[str, str]) -> float:
    """The seconds that Slack asks us to wait, as it writes them; two where it asks for none."""
    wait = str(headers.get("Retry-After", ""))
    return float(wait) if wait.isdecimal() else 2.0


class SlackBot:
    """Takes `/brief` and its buttons from Slack and answers through their response_url."""

    def __init__(self, newsroom: Newsroom, settings: SlackSettings, port: int) -> None:
        self._newsroom = newsroom
        self._settings = settings
        self._port = port
        self._app = AsyncApp(
            name="briefing-bot",
            client=AsyncWebClient(None, _base(settings)),
            signing_secret=settings.signing_secret,
            authorize=_authorize_with(settings.bot_token),
        )
        self._app.middleware(ReplayGuard())
        self._app.command("/brief")(self._on_command)
        self._app.action(re.compile("^brief:"))(self._on_button)
        self._closing: list[Callable[[], Awaitable[None]]] = []

    async def open(self) -> None:
        """Begin to listen.

        Raises UserError where Slack refuses a token, Refused where it cannot be reached.
        """
        await _check(client(self._settings))
        if self._settings.mode == "http":
            await self._serve()
        else:
            await self._connect()

    async def run_until_closed(self) -> None:
        """Wait for ever: the client reconnects by itself."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Stop listening."""
        for close in self._closing:
            with suppress(TimeoutError):
                await asyncio.wait_for(close(), CLOSE_WITHIN)

    async def _connect(self) -> None:
        with _translated():
            # connect() itself would try a refused token for ever, and say so in the log alone.
            await self._app.client.apps_connections_open(app_token=self._settings.app_token)
        socket = OnceHandler(self._app, self._settings.app_token)
        self._closing.append(socket.close_async)
        await socket.client.connect()  # type: ignore[no-untyped-call]

    async def _serve(self) -> None:
        site = self._app.web_app(PATH, self._port)
        runner = web.AppRunner(site, access_log=None, shutdown_timeout=CLOSE_WITHIN)
        await runner.setup()
        self._closing.append(runner.cleanup)
        try:
            await web.TCPSite(runner, port=self._port).start()
        except OSError as error:
            raise UserError(
                f"Port {self._port} cannot be used ({error.strerror}): set PORT."
            ) from error

    async def _on_command(self, ack: Ack, command: dict[str, Any]) -> None:
        text, name = _unescape(command.get("text") or ""), command.get("user_name") or ""
        request = Request(text, command["user_id"], "slack", name)
        try:
            parsed = self._newsroom.receive(request)
        except UserError as error:
            told = render.messages(mistake(error))[0]
            await ack(text=told["text"], blocks=told["blocks"], response_type="ephemeral")
            return
        await ack()
        await _respond(command["response_url"], await self._newsroom.answer(parsed))

    async def _on_button(self, ack: Ack, body: dict[str, Any], action: dict[str, Any]) -> None:
        await ack()
        user = body["user"]
        request = Request(action["value"], user["id"], "slack", user.get("name") or "")
        await _respond(body["response_url"], await self._newsroom.press(request))


@contextmanager
def _translated() -> Iterator[None]:
    """Slack's refusals at the start as errors that whoever starts the bot can act on."""
    try:
        yield
    except SlackApiError as error:
        refusal = _refusal(error)
        if not isinstance(refusal, Forbidden):
            raise Refused(str(refusal), 5) from error
        reason = error.response["error"]
        raise UserError(f"Slack refused a token ({reason}): check those under `slack:`.") from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Refused(f"Slack cannot be reached ({error})", 5) from error


async def _check(client: AsyncWebClient) -> None:
    with _translated():
        await client.auth_test()


def _authorize_with(token: str) -> Callable[..., Awaitable[AuthorizeResult]]:
    """Every request is of the one workspace whose token this is: Bolt need not ask Slack."""

    async def authorize(team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=team_id, bot_token=token)

    return authorize


class OnceHandler(AsyncSocketModeHandler):
    """Acknowledges an envelope whenever it comes, but answers it once: Slack may repeat it."""

    def __init__(self, app: AsyncApp, app_token: str) -> None:
        super().__init__(app, app_token, ping_interval=PING_SECONDS)
        self._seen = Seen()

    async def handle(self, client: Any, req: SocketModeRequest) -> None:
        """Pass an envelope on to Bolt, which acknowledges it, the first time."""
        if self._seen.before(req.envelope_id):
            await client.send_socket_mode_response(SocketModeResponse(req.envelope_id))
        else:
            await super().handle(client, req)


class ReplayGuard:
    """Bolt middleware that refuses a signed request that came before.

    Bolt itself refuses those older than five minutes. Socket Mode's carry no signature.
    """

    def __init__(self) -> None:
        self._seen = Seen()

    async def __call__(
        self, req: AsyncBoltRequest, next: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse:
        """Let a request through once."""
        if any(map(self._seen.before, req.headers.get("x-slack-signature", []))):
            log.warning("refused a replayed request")
            return BoltResponse(status=401, body="")
        return await next()


class Seen:
    """Names that came in the last ten minutes."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}

    def before(self, name: str) -> bool:
        """Whether this name came before; from now on it did."""
        now = clock.now()
        self._until = {known: until for known, until in self._until.items() if until > now}
        came = name in self._until
        self._until[name] = now + REMEMBERED
        return came


async def _respond(url: str, reply: Reply) -> None:
    """Answer through a response_url, in at most five messages.

    One whose answer is lost may have arrived, and is not repeated.
    """
    seen_by = "ephemeral" if reply.private else "in_channel"
    hook = AsyncWebhookClient(url, timeout=DEADLINE, retry_handlers=[])
    messages = render.messages(reply)
    # The last one has the note and the buttons.
    for message in (*messages[: MOST_ANSWERS - 1], *messages[MOST_ANSWERS - 1 :][-1:]):
        body = {**message, "response_type": seen_by, "replace_original": False}
        try:
            answer = await hook.send_dict(body)
            if answer.status_code in (429, 500, 503):
                await asyncio.sleep(_retry_after(answer.headers))
                answer = await hook.send_dict(body)
            if answer.status_code != 200:
                log.error("Slack refused an answer: %s %s", answer.status_code, answer.body)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.error("an answer may not have reached Slack: %s", error)


def _unescape(text: str) -> str:
    """Undo what Slack escapes in the text of a command."""
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return text
