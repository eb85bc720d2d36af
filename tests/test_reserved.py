"""Which texts are commands, and who may use them."""

import pytest

from bot.commands import COMMANDS
from bot.fields import RESERVED
from bot.reply import TERMINAL, Request
from bot.reserved import Command, command, permit
from bot.settings import Admins
from summaries.errors import UserError

BRIEFINGS = ["morning-trade", "Evening"]
ADMINS = Admins(slack=("U0ANNA",), discord=("123456789012345678",))


def test_each_reserved_word_is_answered_and_is_no_name_in_the_settings() -> None:
    assert set(COMMANDS) == RESERVED


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("next", Command("next")),
        ("AGAIN", Command("again")),
        ("pause", Command("pause")),
        ("pause morning-trade", Command("pause", "morning-trade")),
        ("Resume EVENING", Command("resume", "Evening")),
        ("again evening", Command("again", "Evening")),
        ("pause evenin", Command("pause", meant="Evening")),
        ("resume morning trade", Command("resume", meant="morning-trade")),
        ("next evening", None),
        ("pause in fighting", None),
        ("resume talks", None),
        ("again and again", None),
        ("help china", None),
        ("morning-trade", None),
        ("", None),
    ],
)
def test_a_reserved_word_counts_alone_and_some_before_a_briefings_name(
    text: str, found: Command | None
) -> None:
    assert command(text, BRIEFINGS) == found


def test_who_writes_a_name_nearly_right_is_asked_and_gets_no_news() -> None:
    asked = command("pause evenin", BRIEFINGS)
    assert asked
    with pytest.raises(UserError, match="did you mean `/brief pause Evening`"):
        permit(asked, Request("", "U0BORIS", "slack"), ADMINS, BRIEFINGS)


@pytest.mark.parametrize("text", ["pause", "resume", "pause morning-trade"])
def test_where_nothing_is_scheduled_to_pause_is_a_query(text: str) -> None:
    assert command(text, []) is None


@pytest.mark.parametrize(
    "asker",
    [
        Request("", "U0ANNA", "slack"),
        Request("", "123456789012345678", "discord"),
        Request("", "", TERMINAL),
    ],
)
def test_admins_and_who_sits_at_the_machine_may_do_everything(asker: Request) -> None:
    for text in ("next", "again", "again evening", "pause evening", "resume evening"):
        found = command(text, BRIEFINGS)
        assert found is not None
        permit(found, asker, ADMINS, BRIEFINGS)


@pytest.mark.parametrize(
    "asker",
    [
        Request("", "U0BORIS", "slack", "anna"),
        Request("", "U0ANNA", "discord"),
        Request("", "123456789012345678", "slack"),
        Request("", "", "slack"),
    ],
)
def test_others_are_told_how_to_become_an_admin(asker: Request) -> None:
    permit(Command("next"), asker, ADMINS, BRIEFINGS)
    for word in ("again", "pause", "resume"):
        with pytest.raises(UserError) as caught:
            permit(Command(word), asker, ADMINS, BRIEFINGS)
        assert str(caught.value) == (
            "Only admins may do that. An admin can add you under `admins:` in config.yaml; "
            f"your id is {asker.user}."
        )


@pytest.mark.parametrize("word", ["pause", "resume"])
def test_an_admin_who_names_no_briefing_is_told_which_there_are(word: str) -> None:
    with pytest.raises(UserError, match=f"`/brief {word} NAME`.* morning-trade, Evening."):
        permit(Command(word), Request("", "U0ANNA", "slack"), ADMINS, BRIEFINGS)
