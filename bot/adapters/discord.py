"""Discord: the slash command and its buttons in over the gateway; answers and posts out.

Facts about the platform are from https://discord.com/developers/docs/interactions/.
"""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import aiohttp
import discord
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from bot.channel import SKEW, Message
from bot.commands import Newsroom, mistake
from bot.config import DiscordSettings
from bot.render import discord as render
from bot.reply import Reply, Request
from summaries.errors import Forbidden, Refused, Unsure, UserError

log = logging.getLogger(__name__)

TOO_MANY = 429
UNKNOWN_MESSAGE = 10008
LONGEST_RATE_LIMIT = 5.0
"""Seconds that discord.py may wait by itself while it posts."""
AGAIN_AFTER = 2.0


def use_endpoints(settings: DiscordSettings) -> None:
    """Point discord.py at other servers; must come before any client is made."""
    if settings.api_url:
        Route.BASE = settings.api_url.rstrip("/")
    if settings.gateway_url:
        DiscordWebSocket.DEFAULT_GATEWAY = URL(settings.gateway_url)


class DiscordChannel:
    """Posts rendered messages to Discord's channels, and finds them, over REST alone."""

    # https://docs.discord.com/developers/topics/rate-limits: 50 requests a second, of all kinds.
    at_once, a_second, pace, repeatable = 8, 45.0, 0.0, 120.0

    def __init__(self, settings: DiscordSettings) -> None:
        self._settings = settings
        self._client = discord.Client(intents=discord.Intents(guilds=True))
        # As an argument it would be 30 seconds at least, longer than a post may take.
        self._client.http.max_ratelimit_timeout = LONGEST_RATE_LIMIT

    async def open(self) -> None:
        """Log in; raises UserError where Discord refuses the token, Refused where it is away."""
        await _log_in(self._client, self._settings)

    async def close(self) -> None:
        """Give the connection back."""
        await self._client.close()

    async def send(self, channel: str, message: Message, key: str) -> str:
        """Post to a channel by its id, and return the message's id; see channel.Channel.

        discord.py repeats a request that failed; the nonce makes Discord answer the repetition
        with the first message.
        """
        with _posting():
            place = self._client.get_partial_messageable(int(channel))
            try:
                sent = await place.send(**_arguments(message), nonce=key)
            except discord.NotFound as error:
                if error.code != UNKNOWN_MESSAGE:
                    raise
                # It was posted before under this nonce, and somebody has deleted it.
                return ""
        return str(sent.id)

    async def id_of(self, channel: str) -> str:
        """The channel itself: it is written by its id."""
        return channel

    async def find(
        self,
        channel: str,
        message: Message,
        key: str,  # noqa: ARG002
        since: float,
    ) -> str | None:
        """The id of our message with the same heading, which names its slot; see channel.Channel.

        Discord's history does not tell a message's nonce.
        """
        oldest = datetime.fromtimestamp(since - SKEW, UTC)
        me = self._client.user
        with _posting():
            place = self._client.get_partial_messageable(int(channel))
            async for each in place.history(after=oldest, limit=None):
                if me and each.author.id == me.id and each.content == message["content"].strip():
                    return str(each.id)
            if [each async for each in place.history(limit=1)]:
                return None
        # So it looks, too, where the bot may not read: Discord does not say so.
        raise Forbidden(
            "Discord shows no message of the channel: let the bot read its history, if any"
        )


@contextmanager
def _posting() -> Iterator[None]:
    """What goes wrong with a call for a channel, as the outbox understands it."""
    try:
        yield
    except (discord.Forbidden, discord.NotFound, ValueError) as error:
        raise Forbidden(f"Discord says {error}: check the channel and the bot's role") from error
    except discord.RateLimited as error:
        raise Refused("Discord asks us to wait", error.retry_after) from error
    except discord.DiscordServerError as error:
        raise Unsure(f"Discord says {error}") from error
    except discord.HTTPException as error:
        raise Refused(f"Discord says {error}", 5) from error
    except aiohttp.ClientConnectorError as error:
        raise Refused("Discord cannot be reached", 5) from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Unsure(f"no answer from Discord ({type(error).__name__})") from error


class DiscordBot(discord.Client):
    """Takes `/brief` and its buttons from Discord and answers by editing."""

    def __init__(self, newsroom: Newsroom, settings: DiscordSettings) -> None:
        super().__init__(intents=discord.Intents(guilds=True), guild_ready_timeout=0.5)
        self._newsroom = newsroom
        self._settings = settings
        self._gateway: asyncio.Task[None] | None = None
        self.tree = app_commands.CommandTree(self)
        for guild in self._where():
            self.tree.add_command(self._command(), guild=guild)

    async def open(self) -> None:
        """Log in and listen.

        Raises UserError where Discord refuses the bot, Refused where it cannot be reached.
        """
        await _log_in(self, self._settings)
        self._gateway = asyncio.create_task(self.connect())
        ready = asyncio.create_task(self.wait_until_ready())
        await asyncio.wait({self._gateway, ready}, return_when=asyncio.FIRST_COMPLETED)
        if self._gateway.done():
            ready.cancel()
            await self.run_until_closed()

    async def run_until_closed(self) -> None:
        """Listen for as long as Discord lets us; raises UserError where it ends that for good.

        What the library cannot read is logged, and the gateway begun anew.
        """
        while self._gateway is not None and not self.is_closed():
            try:
                await self._gateway
            except (discord.ConnectionClosed, discord.PrivilegedIntentsRequired) as error:
                raise UserError(f"Discord closed the gateway: {error}") from error
            except Exception:
                log.exception("the gateway broke; it is opened again in %g s", AGAIN_AFTER)
                await self.ws.close()
                await asyncio.sleep(AGAIN_AFTER)
                self._gateway = asyncio.create_task(self.connect())

    async def setup_hook(self) -> None:
        """Tell Discord of the commands, where it does not know them as they are."""
        for guild in self._where():
            await self._sync(guild)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Answer the press of a button; slash commands go through the tree."""
        if interaction.type is discord.InteractionType.component:
            pressed: Any = interaction.data
            await self._on_button(interaction, str(pressed["custom_id"]).removeprefix("brief:"))

    def _where(self) -> list[discord.Object | None]:
        """Where the command is registered: everywhere, unless config.yaml names servers."""
        return [discord.Object(guild) for guild in self._settings.guilds] or [None]

    def _command(self) -> app_commands.Command[Any, ..., None]:
        @app_commands.describe(query="For example: china trade since:7d (or: help)")
        async def brief(interaction: discord.Interaction, query: str | None = None) -> None:
            await self._on_command(interaction, query or "")

        return app_commands.Command(
            name="brief", description="What the news sources say, word for word", callback=brief
        )

    async def _sync(self, guild: discord.Object | None) -> None:
        wanted: list[Any] = [c.to_dict(self.tree) for c in self.tree.get_commands(guild=guild)]
        try:
            known: list[Any] = [
                command.to_dict() for command in await self.tree.fetch_commands(guild=guild)
            ]
        except discord.HTTPException:
            known = []
        if _same(known, wanted):
            return
        try:
            await self.tree.sync(guild=guild)
        except discord.Forbidden as error:
            where = f"in server {guild.id}" if guild else "there"
            raise UserError(
                f"The bot may not have commands {where}: invite it, or take it out of `guilds:`."
            ) from error

    async def _on_command(self, interaction: discord.Interaction, text: str) -> None:
        try:
            parsed = self._newsroom.receive(_request(text, interaction))
        except UserError as error:
            told = _arguments(render.messages(mistake(error))[0])
            await interaction.response.send_message(**told, ephemeral=True)
            return
        await interaction.response.defer(thinking=True)
        await _edit(interaction, await self._newsroom.answer(parsed))

    async def _on_button(self, interaction: discord.Interaction, button_id: str) -> None:
        await interaction.response.defer(thinking=True)
        await _edit(interaction, await self._newsroom.press(_request(button_id, interaction)))


def _request(text: str, interaction: discord.Interaction) -> Request:
    user = interaction.user
    return Request(text, str(user.id), "discord", user.display_name)


async def _log_in(client: discord.Client, settings: DiscordSettings) -> None:
    try:
        await client.login(settings.token)
    except discord.LoginFailure as error:
        raise UserError("Discord refused the token: check `discord: token:`.") from error
    except discord.HTTPException as error:
        if error.status < 500 and error.status != TOO_MANY:
            raise UserError(f"Discord refuses the bot: {error}.") from error
        raise Refused(f"Discord cannot be reached ({error})", 5) from error
    except (aiohttp.ClientError, OSError) as error:
        raise Refused(f"Discord cannot be reached ({error})", 5) from error


async def _edit(interaction: discord.Interaction, reply: Reply) -> None:
    """Put the answer where the bot was seen thinking; what does not fit follows it.

    One for the asker alone cannot stand there, where all were promised to see it.
    """
    first, *more = render.messages(reply)
    try:
        if reply.private:
            await interaction.delete_original_response()
            await interaction.followup.send(**_arguments(first), ephemeral=True)
            return
        await interaction.edit_original_response(**_arguments(first))
        for message in more:
            await interaction.followup.send(**_arguments(message))
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        log.error("an answer may not have reached Discord: %s", error)


def _arguments(message: Mapping[str, Any]) -> dict[str, Any]:
    """A rendered message as discord.py takes it."""
    arguments: dict[str, Any] = {
        "content": message["content"],
        "allowed_mentions": discord.AllowedMentions.none(),
    }
    if message.get("embeds"):
        arguments["embeds"] = [discord.Embed.from_dict(embed) for embed in message["embeds"]]
    if message.get("components"):
        view = discord.ui.View(timeout=None)
        for row in message["components"]:
            for button in row["components"]:
                view.add_item(
                    discord.ui.Button(label=button["label"], custom_id=button["custom_id"])
                )
        arguments["view"] = view
    return arguments


def _same(known: list[Any], wanted: list[Any]) -> bool:
    """Whether what Discord has is what we would register, in all that we set."""

    def essence(command: dict[str, Any]) -> Any:
        options = [
            (o["name"], o["description"], o["type"], bool(o.get("required")))
            for o in command.get("options", [])
        ]
        return command["name"], command["description"], options

    return [essence(c) for c in known] == [essence(c) for c in wanted]
