"""When an escalation rings."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuirisk.alerts import BellGate, Notifier, new_entries, notification, notifier
from tuirisk.config import AlertsConfig
from tuirisk.state import LogEntry


def entry(seconds: int, symbol: str = "BTCUSDT", escalation: bool = True) -> LogEntry:
    return LogEntry(seconds * 1000, symbol, "severity", "ok", "warning", 65.0, escalation)


def gate(cooldown: float = 60.0) -> BellGate:
    return BellGate(AlertsConfig(bell_cooldown=cooldown))


def test_a_new_escalation_rings_once() -> None:
    bell = gate()
    first = (entry(1),)
    assert bell.alerts((), first, muted=False)
    assert not bell.alerts(first, first, muted=False)


def test_a_fall_is_silent() -> None:
    assert not gate().alerts((), (entry(1, escalation=False),), muted=False)


def test_the_cooldown_is_each_symbols_own_and_by_the_logs_time() -> None:
    bell = gate(cooldown=60.0)
    log: tuple[LogEntry, ...] = ()
    for new, expected in (
        (entry(100), True),
        (entry(159), False),
        (entry(159, "ETHUSDT"), True),
        (entry(160), True),
    ):
        grown = (*log, new)
        assert bool(bell.alerts(log, grown, muted=False)) is expected
        log = grown


def test_one_of_two_at_once_is_enough() -> None:
    bell = gate()
    bell.alerts((), (entry(1),), muted=False)
    log = (entry(1), entry(2), entry(2, "ETHUSDT"))
    assert bell.alerts((entry(1),), log, muted=False)


def test_muted_is_silent_and_starts_no_cooldown() -> None:
    bell = gate()
    assert not bell.alerts((), (entry(1),), muted=True)
    assert bell.alerts((entry(1),), (entry(1), entry(2)), muted=False)


def test_a_replay_that_goes_back_rings_again() -> None:
    bell = gate()
    assert bell.alerts((), (entry(500),), muted=False)
    assert bell.alerts((entry(500),), (entry(100),), muted=False)


def test_a_log_shortened_at_its_start_has_only_its_new_entries_new() -> None:
    old = tuple(entry(i) for i in range(5))
    assert new_entries(old, (*old[2:], entry(9))) == [entry(9)]


def test_alerts_are_the_escalations_themselves() -> None:
    bell = gate()
    first, fall, other = entry(1), entry(2, escalation=False), entry(2, "ETHUSDT")
    assert bell.alerts((), (first, fall, other), muted=False) == (first, other)


@pytest.mark.parametrize(
    ("environ", "kind"),
    [
        ({"TERM_PROGRAM": "iTerm.app", "TERM": "xterm-256color"}, "osc9"),
        ({"TERM": "xterm-kitty"}, "osc9"),
        ({"TERM": "foot"}, "osc777"),
        ({"TERM": "xterm-256color"}, None),
        ({"TERM": "dumb"}, None),
        ({}, None),
        ({"TERM_PROGRAM": "WezTerm", "TMUX": "/tmp/tmux-0/default,1,0"}, None),
    ],
)
def test_only_terminals_known_to_have_notifications_get_them(
    environ: dict[str, str], kind: str | None
) -> None:
    assert notifier(environ) == kind


def test_a_notification_is_one_sequence() -> None:
    assert notification("osc9", "tuirisk", "BTC; up") == "\x1b]9;tuirisk: BTC; up\x1b\\"
    assert notification("osc777", "tui;risk", "a;b") == "\x1b]777;notify;tui,risk;a;b\x1b\\"
    assert notification("osc9", "4;1;50", "x").startswith("\x1b]9;4,1,50: ")


@given(st.text(), st.text(), st.sampled_from(["osc9", "osc777"]))
def test_no_text_gets_out_of_its_notification(title: str, body: str, kind: Notifier) -> None:
    told = notification(kind, title, body)
    assert told.startswith("\x1b]")
    assert told.endswith("\x1b\\")
    inside = told[2:-2]
    assert not any(unicodedata.category(c).startswith("C") for c in inside)
    assert len(told) < 450
