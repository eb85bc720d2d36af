"""The loopback Discord, as the real discord.py meets it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest
import yarl
from discord import app_commands

from tests.twins.discord import BOT, CHANNEL, GUILD, HIDDEN, SILENT, TOKEN, USER
from tests.twins.process import Twin

Answer = Callable[[discord.Interaction], Awaitable[None]]


class Bot(discord.Client):
    """The real client with the one command `/brief query`; `query` is what was asked last."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            guild_ready_timeout=0.1,
        )
        self.query: str | None = None
        self.pressed: asyncio.Queue[discord.Interaction] = asyncio.Queue()
        self.resumed = asyncio.Event()
        self.tree = app_commands.CommandTree(self)

        @self.tree.command(name="brief", description="What the news says about it")
        async def brief(interaction: discord.Interaction, query: str | None = None) -> None:
            self.query = query
            await answer(interaction)

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        if interaction.type is discord.InteractionType.component:
            await self.pressed.put(interaction)

    async def on_resumed(self) -> None:
        self.resumed.set()

    def channel(self, id: str) -> discord.TextChannel:
        found = self.get_channel(int(id))
        assert isinstance(found, discord.TextChannel)
        return found


async def thinks_then_answers(interaction: discord.Interaction) -> None:
    await interaction.response.defer(thinking=True)
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button[discord.ui.View](label="More", custom_id="more"))
    await interaction.edit_original_response(content="Two stories.", view=view)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "discord.jsonl"


@pytest.fixture
async def twin(log: Path) -> AsyncIterator[Twin]:
    twin = await Twin.start("tests.twins.discord", log, "--no-pace")
    yield twin
    await twin.close()


@pytest.fixture
def endpoints(twin: Twin) -> Iterator[None]:
    real = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    discord.http.Route.BASE = f"{twin.base}/api/v10"
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = gateway(twin)
    yield
    discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = real


@pytest.fixture
async def bot(endpoints: None) -> AsyncIterator[Bot]:
    async with running(thinks_then_answers) as bot:
        yield bot


@asynccontextmanager
async def running(answer: Answer) -> AsyncIterator[Bot]:
    bot = Bot(answer)
    task = asyncio.create_task(bot.start(TOKEN))
    while not bot.is_ready() and not task.done():
        await asyncio.sleep(0.02)
    assert not task.done(), task.exception()
    yield bot
    await bot.close()
    await task


def gateway(twin: Twin) -> yarl.URL:
    return yarl.URL(f"{twin.base}/gateway").with_scheme("ws")


async def type_brief(twin: Twin, query: str | None = "china trade") -> Any:
    asked = {"kind": "command", "query": query, "user": USER, "channel": CHANNEL}
    return await twin.post("/control/interaction", asked)


async def press(twin: Twin, custom_id: str) -> Any:
    asked = {"kind": "button", "custom_id": custom_id, "user": USER, "channel": CHANNEL}
    return await twin.post("/control/interaction", asked)


async def outcome(twin: Twin, interaction: Any, done: str = "original") -> Any:
    """What became of an interaction, as soon as `done` is there."""
    async with asyncio.timeout(10):
        while True:
            found = await twin.get(f"/control/interaction/{interaction['id']}")
            if found[done]:
                return found
            await asyncio.sleep(0.02)


async def contents(twin: Twin, channel: str = CHANNEL) -> list[str]:
    messages = await twin.get(f"/control/messages?channel={channel}")
    return [message["content"] for message in messages]


async def test_the_real_client_connects_and_sees_its_channels(twin: Twin, bot: Bot) -> None:
    assert bot.user is not None
    assert str(bot.user.id) == BOT
    assert [channel.name for guild in bot.guilds for channel in guild.text_channels] == [
        "trade",
        "announcements",
        "board",
    ]
    assert await twin.get("/control/ready") == {"connected": 1}


async def test_the_client_knows_what_it_may_do_in_each_channel(bot: Bot) -> None:
    def may(id: str) -> tuple[bool, bool]:
        channel = bot.channel(id)
        allowed = channel.permissions_for(channel.guild.me)
        return allowed.view_channel, allowed.send_messages

    assert may(CHANNEL) == (True, True)
    assert may(SILENT) == (True, False)
    assert may(HIDDEN)[0] is False


@pytest.mark.usefixtures("endpoints")
async def test_a_wrong_token_is_refused_at_login() -> None:
    async with Bot(thinks_then_answers) as bot:
        with pytest.raises(discord.LoginFailure):
            await bot.start("another-token")


async def test_a_command_tree_is_registered_and_keeps_its_ids(twin: Twin, bot: Bot) -> None:
    (first,) = await twin.get("/control/commands")
    await bot.tree.sync()
    (second,) = await twin.get("/control/commands")
    assert (first["name"], first["options"][0]["name"]) == ("brief", "query")
    assert first["id"] == second["id"]
    assert [command.id for command in await bot.tree.fetch_commands()] == [int(first["id"])]


async def test_commands_of_a_guild_are_kept_apart(twin: Twin, bot: Bot) -> None:
    guild = discord.Object(int(GUILD))
    bot.tree.copy_global_to(guild=guild)
    await bot.tree.sync(guild=guild)
    ours, everyones = await twin.get("/control/commands")
    assert (ours["guild_id"], "guild_id" in everyones) == (GUILD, False)
    assert (await outcome(twin, await type_brief(twin)))["original"]["content"] == "Two stories."


async def test_a_slash_command_is_deferred_and_its_answer_edited_in(twin: Twin, bot: Bot) -> None:
    found = await outcome(twin, await type_brief(twin))
    assert bot.query == "china trade"
    assert found["callback"]["type"] == 5
    assert found["acknowledged_ms"] < 3000
    assert found["original"]["content"] == "Two stories."
    assert not found["ephemeral"]
    assert await contents(twin) == ["Two stories."]


async def test_commands_amid_many_posts_tell_when_each_was_acknowledged(
    twin: Twin, bot: Bot
) -> None:
    posts = [bot.channel(CHANNEL).send(f"Story {number}.") for number in range(200)]
    commands = [type_brief(twin) for _ in range(10)]
    sent, _ = await asyncio.gather(asyncio.gather(*commands), asyncio.gather(*posts))
    found = [await outcome(twin, interaction) for interaction in sent]
    assert all(0 < one["acknowledged_ms"] < 3000 for one in found)


async def test_a_command_without_a_query_has_none(twin: Twin, bot: Bot) -> None:
    await outcome(twin, await type_brief(twin, None))
    assert bot.query is None


@pytest.mark.usefixtures("endpoints")
async def test_what_is_said_privately_stays_private(twin: Twin) -> None:
    async def privately(interaction: discord.Interaction) -> None:
        await interaction.response.defer(thinking=True, ephemeral=True)
        await interaction.edit_original_response(content="Which part?")

    async with running(privately) as bot:
        found = await outcome(twin, await type_brief(twin))
        assert found["ephemeral"]
        assert [message async for message in bot.channel(CHANNEL).history()] == []


@pytest.mark.usefixtures("endpoints")
async def test_the_first_followup_of_a_deferred_answer_is_the_answer(twin: Twin) -> None:
    async def in_two(interaction: discord.Interaction) -> None:
        await interaction.response.defer(thinking=True)
        await interaction.followup.send("One.")
        await interaction.followup.send("Two.")

    async with running(in_two):
        found = await outcome(twin, await type_brief(twin), "followups")
    assert found["original"]["content"] == "One."
    assert [message["content"] for message in found["followups"]] == ["Two."]


@pytest.mark.usefixtures("endpoints")
async def test_a_deleted_answer_is_gone(twin: Twin) -> None:
    async def briefly(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("One story.")
        assert (await interaction.original_response()).content == "One story."
        await interaction.delete_original_response()
        await interaction.followup.send("Never mind.")

    async with running(briefly):
        found = await outcome(twin, await type_brief(twin), "followups")
    assert found["original"] is None
    assert await contents(twin) == ["Never mind."]


async def test_a_pressed_button_reaches_the_client_and_can_change_its_message(
    twin: Twin, bot: Bot
) -> None:
    answer = (await outcome(twin, await type_brief(twin)))["original"]
    pressed = await press(twin, "more")
    interaction = await bot.pressed.get()
    assert interaction.message is not None
    assert str(interaction.message.id) == answer["id"]
    await interaction.response.edit_message(content="All stories.", view=None)
    assert (await outcome(twin, pressed))["callback"]["type"] == 7
    assert await contents(twin) == ["All stories."]


async def test_only_a_button_that_is_shown_can_be_pressed(twin: Twin, bot: Bot) -> None:
    with pytest.raises(aiohttp.ClientResponseError, match="no message of that channel"):
        await press(twin, "more")


@pytest.mark.usefixtures("endpoints")
async def test_after_three_seconds_an_interaction_is_unknown(twin: Twin) -> None:
    failures: asyncio.Queue[discord.NotFound] = asyncio.Queue()

    async def too_late(interaction: discord.Interaction) -> None:
        await asyncio.sleep(3.1)
        try:
            await interaction.response.defer()
        except discord.NotFound as error:
            await failures.put(error)

    async with running(too_late):
        await type_brief(twin)
        assert (await failures.get()).code == 10062


async def test_the_same_nonce_posts_once(twin: Twin, bot: Bot) -> None:
    first = await bot.channel(CHANNEL).send("Morning.", nonce="morning-1")
    second = await bot.channel(CHANNEL).send("Morning.", nonce="morning-1")
    assert first.id == second.id
    assert await contents(twin) == ["Morning."]


async def test_history_is_read_in_either_direction(bot: Bot) -> None:
    channel = bot.channel(CHANNEL)
    sent = [await channel.send(f"Story {number}.") for number in range(5)]

    async def read(**options: Any) -> list[str]:
        return [message.content async for message in channel.history(limit=2, **options)]

    assert await read() == ["Story 4.", "Story 3."]
    assert await read(before=sent[2]) == ["Story 1.", "Story 0."]
    assert await read(after=sent[1]) == ["Story 2.", "Story 3."]


async def test_a_429_is_retried_by_the_client_and_stored_once(twin: Twin, bot: Bot) -> None:
    fault = {"route": "messages", "kind": "429", "times": 2, "retry_after": 0.05}
    await twin.post("/control/fault", fault)
    await bot.channel(CHANNEL).send("Morning.")
    assert await contents(twin) == ["Morning."]
    posts = [line for line in await twin.get("/control/log") if line["path"].endswith("/messages")]
    assert [line["status"] for line in posts] == [429, 429, 200]


async def test_an_edit_is_retried_after_a_429(twin: Twin, bot: Bot) -> None:
    await twin.post("/control/fault", {"route": "edit", "kind": "429", "retry_after": 0.05})
    assert (await outcome(twin, await type_brief(twin)))["original"]["content"] == "Two stories."


async def test_a_lost_answer_leaves_the_message_stored(twin: Twin, bot: Bot) -> None:
    await twin.post("/control/fault", {"route": "messages", "kind": "lost"})
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await bot.channel(CHANNEL).send("Morning.")
    assert await contents(twin) == ["Morning."]


async def test_a_slow_answer_comes_late_to_what_was_done_at_once(twin: Twin, bot: Bot) -> None:
    slow = {"route": "messages", "kind": "slow", "retry_after": 0.5}
    await twin.post("/control/fault", slow)
    sending = asyncio.create_task(bot.channel(CHANNEL).send("Morning."))
    await asyncio.sleep(0.2)
    assert await contents(twin) == ["Morning."]
    assert not sending.done()
    await sending


async def test_the_client_can_read_why_a_message_is_refused(twin: Twin, bot: Bot) -> None:
    with pytest.raises(discord.HTTPException, match="In content: Must be between") as caught:
        await bot.channel(CHANNEL).send("a" * 2001)
    assert (caught.value.status, caught.value.code) == (400, 50035)
    assert await contents(twin) == []


async def test_the_client_can_read_why_commands_are_refused(bot: Bot) -> None:
    @bot.tree.command(name="why", description="a")
    @app_commands.describe(query="b" * 100)
    async def why(interaction: discord.Interaction, query: str) -> None: ...

    why.description = "c" * 101
    with pytest.raises(app_commands.CommandSyncFailure, match="description"):
        await bot.tree.sync()


async def test_the_log_file_holds_every_body(twin: Twin, bot: Bot, log: Path) -> None:
    await bot.channel(CHANNEL).send("Morning.")
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert lines == await twin.get("/control/log")
    assert lines[-1]["method"] == "POST"
    assert lines[-1]["body"]["content"] == "Morning."


async def test_a_client_that_was_cut_off_resumes_and_hears_what_it_missed(
    twin: Twin, bot: Bot
) -> None:
    await bot.ws.close(4000)
    await asyncio.wait_for(bot.resumed.wait(), 10)
    await outcome(twin, await type_brief(twin))
    assert await twin.get("/control/ready") == {"connected": 1}
