"""What admins may do in chat and others may not, on either platform."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.chats import CHATS, Chat
from tests.program import bot, running, write_config
from tests.twins import discord

ADMINS = {"slack": ["U0ANNA"], "discord": [discord.USER]}
OURS_ALONE = {"slack": "<!date^", "discord": "<t:"}


@pytest.fixture(params=CHATS)
def platform(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def chat(platform: str, tmp_path: Path) -> AsyncIterator[Chat]:
    async with CHATS[platform](tmp_path) as chat:
        yield chat


def configured(folder: Path, chat: Chat, admins: dict[str, Any]) -> Path:
    weekly = {"query": "china trade", "at": ["08:30"], "days": "mon", "to": [chat.target]}
    return write_config(folder, briefings={"weekly": weekly}, admins=admins, **chat.settings())


async def test_an_admin_pauses_a_briefing_for_all_to_see(
    platform: str, chat: Chat, tmp_path: Path
) -> None:
    async with running(configured(tmp_path, chat, ADMINS), "--only", platform):
        due = await chat.asks("next")
        assert (due.private, chat.target in due.text) == (False, True)
        assert due.text.count(OURS_ALONE[platform]) == 1
        paused = await chat.asks("pause weekly")
        assert (paused.private, "weekly is paused" in paused.text) == (False, True)
        due = await chat.asks("next")
        assert "Paused by " in due.text
        assert due.text.count(OURS_ALONE[platform]) == 2
    shown = await bot("brief", "next", folder=tmp_path)
    assert "Paused by " in shown.out
    assert "(UTC)" in shown.out
    resumed = await bot("brief", "resume", "weekly", folder=tmp_path)
    assert "weekly goes on." in resumed.out


async def test_who_is_no_admin_is_told_alone_how_to_become_one(
    platform: str, chat: Chat, tmp_path: Path
) -> None:
    async with running(configured(tmp_path, chat, {}), "--only", platform):
        refused = await chat.asks("pause weekly")
        assert (refused.private, "your id is " in refused.text) == (True, True)
        assert ADMINS[platform][0] in refused.text
