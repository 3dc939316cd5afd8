"""What one way of notification sends, and when: pure."""

from __future__ import annotations

import pytest

from tuirisk.alerts.alert_level import alert_level
from tuirisk.alerts.outbox import LINES, Outbox
from tuirisk.config.alert_model import NotifyConfig
from tuirisk.config.quiet_hours import quiet_hours
from tuirisk.language.words import Words
from tuirisk.state import LogEntry
from tuirisk.state.alert import AlertKind

HOUR = 3_600_000
MIDNIGHT = 1_795_910_400_000
"""2026-11-29T00:00:00Z."""


def outbox(**options: str) -> Outbox:
    return Outbox(NotifyConfig("ntfy://topic", **options), Words("en"))  # type: ignore[arg-type]


def rise(after: str, name: str = "BTCUSDT") -> LogEntry:
    return LogEntry(0, name, "severity", "ok", after)


def fields(text: str, **others: object) -> dict[str, object]:
    return {"text": text, **others}


def test_only_what_is_grave_enough_is_sent() -> None:
    box = outbox(level="critical")
    box.add(rise("warning"), fields("no"))
    assert box.due(0) is None
    box.add(rise("critical"), fields("yes"))
    message = box.due(0)
    assert message is not None
    assert (message.level, message.text) == ("critical", "yes")


@pytest.mark.parametrize(
    ("kind", "cause", "level"),
    [
        ("condition", "", "warning"),
        ("opened", "user", "warning"),
        ("liquidated", "liquidation", "critical"),
        ("closed", "adl", "critical"),
        ("blind", "no_data", "critical"),
        ("sighted", "no_data", "critical"),
    ],
)
def test_every_kind_has_a_level(kind: AlertKind, cause: str, level: str) -> None:
    assert alert_level(LogEntry(0, "BTCUSDT", kind, "", "", cause=cause)) == level  # type: ignore[arg-type]


def test_five_hundred_alerts_in_a_minute_are_a_few_messages_that_count_them() -> None:
    box, messages = outbox(), []
    for number in range(500):
        box.add(rise("critical" if number == 250 else "warning"), fields(f"alert {number}"))
        message = box.due(number * 120)
        if message is not None:
            messages.append(message)
    last = box.due(70_000)
    assert last is not None
    messages.append(last)
    assert len(messages) <= 13
    assert all(len(message.text.splitlines()) <= LINES + 2 for message in messages)
    counted = sum(
        int(line.split()[2]) if line.startswith("…") else 1
        for message in messages
        for line in message.text.splitlines()
    )
    assert counted == 500
    assert any(message.level == "critical" and "alert 250" in message.text for message in messages)


def test_quiet_hours_hold_everything_back_and_end_in_one_message() -> None:
    box = outbox(quiet_hours="23:00-07:00 UTC")
    box.add(rise("critical"), fields("at night"))
    box.add(rise("warning"), fields("later"))
    assert box.due(MIDNIGHT) is None
    assert box.due(MIDNIGHT + 7 * HOUR - 1) is None
    assert box.rest(MIDNIGHT) is None, "not at the end of the run either"
    message = box.due(MIDNIGHT + 7 * HOUR)
    assert message is not None
    assert message.text == "2 alerts in the quiet hours 23:00-07:00 UTC:\nat night\nlater"


def test_quiet_hours_are_of_their_zone() -> None:
    hours = quiet_hours("08:00-09:00 Asia/Shanghai")
    assert hours is not None
    assert hours.covers(MIDNIGHT)
    assert not hours.covers(MIDNIGHT + HOUR)
    assert hours.text(MIDNIGHT) == "08:00-09:00 Asia/Shanghai"


def test_a_template_has_the_fields_of_the_event() -> None:
    box = outbox(template="{{{symbol}}} {score} {mark} {symbols} {recommendation}")
    box.add(
        rise("warning"),
        fields(
            "", symbol="BTCUSDT", score=61.5, mark=None, symbols=["A", "B"],
            recommendation={"code": "reduce", "text": "Reduce"},
        ),
    )  # fmt: skip
    message = box.due(0)
    assert message is not None
    assert message.text == "{BTCUSDT} 61.5 – A, B Reduce"
