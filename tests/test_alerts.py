"""What admins are told of what was not posted: a line for each reason, with what to do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot import alerts
from bot.briefings import ALERTS
from summaries.store import Delivery, State

ROW = Delivery(
    briefing="morning",
    slot="2026-11-21T08:30",
    target="slack:#a",
    part=0,
    state=State.PARKED,
    due=datetime(2026, 11, 21, 8, 30, tzinfo=UTC),
    payload=None,
    begun=None,
    tries=1,
    articles=(),
    passed=(),
    covered=None,
    sent_at=None,
    message_id=None,
    reason="Slack says is_archived: check the channel",
    asked=None,
)


def told(*rows: Delivery) -> list[str]:
    return [alert.text for alert in alerts.of(rows)]


def test_a_parked_post_says_why_and_what_to_do() -> None:
    assert told(ROW) == [
        "morning of 21 November 2026, 08:30 was not posted to slack:#a: Slack says is_archived: "
        "check the channel. Once that is mended, /brief again morning posts it."
    ]


def test_a_part_is_named_by_its_number() -> None:
    [line] = told(replace(ROW, part=1))
    assert line.startswith("morning of 21 November 2026, 08:30, part 2, was not posted")


def test_a_post_that_may_have_arrived_is_to_be_looked_for() -> None:
    [line] = told(replace(ROW, state=State.UNSURE, reason="missing_scope"))
    assert "may not have been posted to slack:#a, and could not be looked for: missing_sc" in line
    assert "Look there, and if it is missing, /brief again morning posts it." in line


def test_a_thousand_channels_with_one_trouble_are_one_line() -> None:
    [line] = told(*(replace(ROW, target=f"slack:C{number:04}") for number in range(1_000)))
    assert "to slack:C0000, slack:C0001, " in line
    assert "slack:C0009 and 990 more: Slack says" in line


def test_what_differs_is_told_apart() -> None:
    rows = (
        ROW,
        replace(ROW, target="slack:#b", reason="not_in_channel"),
        replace(ROW, briefing="evening"),
        replace(ROW, state=State.UNSURE),
    )
    assert len(told(*rows)) == 4


def test_the_same_lines_come_in_whatever_order_the_rows_are() -> None:
    rows = [replace(ROW, target=f"slack:{name}") for name in "xay"]
    assert alerts.of(rows) == alerts.of(rows[::-1])


def test_what_somebody_asked_for_again_is_told_again() -> None:
    moments = (None, ROW.due, ROW.due + timedelta(minutes=1))
    assert len({alert.key for at in moments for alert in alerts.of([replace(ROW, asked=at)])}) == 3


def test_what_is_being_sent_again_by_now_is_not_told() -> None:
    assert told(replace(ROW, state=State.READY)) == []


def test_of_trouble_with_an_alert_there_is_no_alert() -> None:
    assert told(replace(ROW, briefing=ALERTS)) == []
