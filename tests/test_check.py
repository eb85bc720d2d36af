"""What `check` tells of the channels, on either platform: whether lost posts could be found."""

from pathlib import Path

import pytest

from tests.chats import CHATS
from tests.program import bot, write_config

NOWHERE = {"slack": "slack:C0NOWHERE", "discord": "discord:100000000000000001"}
HIDDEN = {"slack": False, "discord": "empty"}


async def test_a_channel_that_is_written_in_two_ways_is_told(tmp_path: Path) -> None:
    async with CHATS["slack"](tmp_path) as chat:
        briefings = {
            "morning": {"query": "", "at": ["08:30"], "to": ["slack:#trade"]},
            "evening": {
                "query": "",
                "to": ["slack:C0TRADE"],
                "cron": "0 8 * * 1-5",
                "days": "weekends",
            },
        }
        write_config(tmp_path, sources={}, briefings=briefings, **chat.settings())
        told = await bot("check", folder=tmp_path)
    assert "BAD slack:#trade and slack:C0TRADE are one channel: write it in one way" in told.out
    assert "BAD briefing evening is not due within a year" in told.out


@pytest.mark.parametrize("platform", CHATS)
async def test_channels_where_a_lost_post_could_not_be_found_are_told(
    platform: str, tmp_path: Path
) -> None:
    async with CHATS[platform](tmp_path) as chat:
        to = [chat.target, NOWHERE[platform]]
        said = {"query": "", "at": ["08:30"], "when_empty": "say-so", "to": [chat.target]}
        briefings = {"morning": said, "evening": {**said, "to": to}}
        write_config(
            tmp_path, sources={"news": {"folder": "."}}, briefings=briefings, **chat.settings()
        )
        assert (await bot("post", "morning", folder=tmp_path)).status == 0
        told = await bot("check", folder=tmp_path)
        assert told.out.count(f"ok  {chat.target}, what was posted there can be looked for") == 1
        assert told.out.count(f"NB  {NOWHERE[platform]}, what was posted there cannot be") == 1
        await chat.twin.post("/control/permissions", {"history": HIDDEN[platform]})
        told = await bot("check", folder=tmp_path)
        assert f"NB  {chat.target}, what was posted there cannot be looked for" in told.out
