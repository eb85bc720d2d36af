"""Reply -> what a platform shows: one file for each, and the table of those that take messages."""

from collections.abc import Callable
from typing import Any

from bot.render import discord, slack
from bot.reply import Reply

MESSAGES: dict[str, Callable[[Reply], list[dict[str, Any]]]] = {
    "slack": slack.messages,
    "discord": discord.messages,
}
"""The request bodies that show a reply, one or more, by the platform's name."""
