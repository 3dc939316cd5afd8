"""When an escalation rings."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuirisk.alerts.bell import PACE, BellGate, Notifier, notification, notifier
from tuirisk.alerts.new_alerts import new_alerts
from tuirisk.config.alert_model import AlertsConfig
from tuirisk.state import LogEntry


def entry(seconds: int, symbol: str = "BTCUSDT", escalation: bool = True) -> LogEntry:
    return LogEntry(seconds * 1000, symbol, "severity", "ok", "warning", 65.0, escalation)


class Bell:
    """A gate with a log that grows, rung at a person's own pace."""

    def __init__(self, cooldown: float = 60.0) -> None:
        self.gate = BellGate(AlertsConfig(bell_cooldown=cooldown))
        self.log: tuple[LogEntry, ...] = ()
        self.now = 1_000.0

    def __call__(
        self, *new: LogEntry, muted: bool = False, after: float = PACE
    ) -> tuple[LogEntry, ...]:
        """What is told when ``new`` is logged ``after`` seconds."""
        self.now += after
        before, self.log = self.log, (*self.log, *new)
        return self.gate.alerts(before, self.log, muted=muted, now=self.now)


def test_a_new_escalation_rings_once() -> None:
    bell = Bell()
    assert bell(entry(1)) == (entry(1),)
    assert bell() == ()


def test_what_the_log_holds_from_the_start_does_not_ring() -> None:
    log = (entry(1),)
    assert BellGate(AlertsConfig()).alerts(log, log, muted=False, now=0.0) == ()


def test_a_fall_is_silent() -> None:
    assert Bell()(entry(1, escalation=False)) == ()


def test_the_cooldown_is_each_symbols_own_and_by_the_logs_time() -> None:
    bell = Bell(cooldown=60.0)
    assert bell(entry(100))
    assert not bell(entry(159), after=3_600.0)
    assert bell(entry(159, "ETHUSDT"))
    assert bell(entry(160))


def test_a_condition_of_the_users_own_has_a_cooldown_of_its_own() -> None:
    bell = Bell(cooldown=60.0)
    price = LogEntry(110_000, "BTCUSDT", "condition", "", "price above 1")
    assert bell(entry(100))
    assert bell(price)
    assert bell(replace(price, time_ms=111_000, after="pnl below 0"))
    assert not bell(replace(price, time_ms=112_000))


def test_what_the_exchange_forced_rings_in_a_cooldown_too() -> None:
    bell = Bell(cooldown=60.0)
    assert bell(entry(100))
    liquidated = LogEntry(
        110_000, "BTCUSDT", "liquidated", "long 0.5", "long 0.3", cause="liquidation"
    )
    closed = LogEntry(120_000, "BTCUSDT", "closed", "long 0.3", "", cause="user")
    deleveraged = LogEntry(130_000, "BTCUSDT", "closed", "long 0.3", "", cause="adl")
    assert bell(liquidated) == (liquidated,)
    assert not bell(closed)
    assert bell(deleveraged) == (deleveraged,)


def test_a_score_that_flaps_rings_once_a_cooldown() -> None:
    bell = Bell(cooldown=60.0)
    rung: list[LogEntry] = []
    for second in range(0, 130, 5):
        rung += bell(entry(second), entry(second + 2, escalation=False))
    assert [one.time_ms for one in rung] == [0, 60_000, 120_000]


def test_several_symbols_at_once_are_one_alert() -> None:
    both = (entry(1), entry(1, "ETHUSDT"))
    assert Bell()(*both) == both


def test_an_alert_soon_after_another_waits_and_rings_with_those_that_follow() -> None:
    bell = Bell()
    assert bell(entry(1))
    assert not bell(entry(2, "ETHUSDT"), after=1.0)
    assert not bell(entry(3, "SOLUSDT"), after=1.0)
    assert bell(after=1.0) == (entry(2, "ETHUSDT"), entry(3, "SOLUSDT"))
    assert not bell()


def test_a_replay_at_a_thousandfold_rings_no_more_often_than_a_person_can_bear() -> None:
    bell = Bell(cooldown=60.0)
    told = [bell(entry(61 * n), after=0.061) for n in range(110)]
    assert sum(map(bool, told)) == 3, "in 6.7 s"


def test_muted_is_silent_and_starts_no_cooldown() -> None:
    bell = Bell()
    assert not bell(entry(1), muted=True)
    assert not bell(), "nor later"
    assert bell(entry(2))
    assert not bell(entry(3, "ETHUSDT"), after=0.1)
    assert not bell(muted=True)
    assert not bell(), "what waited is gone"


def test_a_replay_that_goes_back_rings_again() -> None:
    bell = Bell()
    assert bell(entry(500))
    assert bell(entry(100))


def test_a_log_shortened_at_its_start_has_only_its_new_entries_new() -> None:
    old = tuple(entry(i) for i in range(5))
    assert new_alerts(old, (*old[2:], entry(9))) == [entry(9)]


@pytest.mark.parametrize(
    ("environ", "kind"),
    [
        ({"TERM_PROGRAM": "iTerm.app", "TERM": "xterm-256color"}, "osc9"),
        ({"TERM": "xterm-kitty"}, "osc9"),
        ({"TERM": "foot"}, "osc777"),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, "osc9"),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2", "TERM_PROGRAM": "vscode"}, None),
        ({"TERM": "tmux-256color", "LC_TERMINAL": "iTerm2"}, None),
        ({"TERM": "screen.xterm-256color", "TERM_PROGRAM": "iTerm.app"}, None),
        ({"TERM": "dumb", "TERM_PROGRAM": "iTerm.app"}, None),
        ({"TERM": "xterm-kitty", "ZELLIJ": "0"}, None),
        ({"TERM": "xterm-kitty", "STY": "1.pts"}, None),
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
