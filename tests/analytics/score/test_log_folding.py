"""Swings fold into one entry with a count, and many rises together are one alert."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support import build

from tuirisk.alerts.new_alerts import new_alerts
from tuirisk.analytics.score.log_folding import LOG_ENTRIES, append
from tuirisk.analytics.score.repetition import acknowledged, repeated
from tuirisk.state import Acknowledgement, LogEntry, Severity, SymbolState, rise_of

Log = tuple[LogEntry, ...]


def change(time_ms: int, symbol: str, before: Severity, after: Severity, rise: bool) -> LogEntry:
    return LogEntry(time_ms, symbol, "severity", before, after, 50.0, escalation=rise)


def swings(count: int, step_ms: int = 40_000, high: Severity = "warning") -> Log:
    log: Log = ()
    for number in range(count):
        rise = number % 2 == 0
        levels: tuple[Severity, Severity] = ("ok", high) if rise else (high, "ok")
        log = append(log, [change(number * step_ms, "BTCUSDT", *levels, rise)])
    return log


def test_a_rise_and_its_fall_are_two_entries() -> None:
    assert [(e.before, e.after, e.count) for e in swings(2)] == [
        ("ok", "warning", 1),
        ("warning", "ok", 1),
    ]


def test_swings_are_one_entry_with_a_count() -> None:
    (line,) = swings(23)
    assert (line.before, line.after, line.count, line.since_ms) == ("ok", "warning", 12, 0)
    assert (line.time_ms, line.escalation) == (22 * 40_000, True)
    (fallen,) = swings(24)
    assert (fallen.after, fallen.count, fallen.escalation) == ("ok", 12, True)


def test_a_level_that_returns_much_later_is_a_new_entry() -> None:
    assert [e.count for e in swings(4, step_ms=600_000)] == [1, 1, 1, 1]


@pytest.mark.parametrize("high", ["warning", "critical"])
def test_a_swing_is_not_acknowledged_by_the_one_before(high: Severity) -> None:
    first, fall = swings(2, high=high)
    log = (replace(first, acknowledged=True), fall)
    (line,) = append(log, [change(90_000, "BTCUSDT", "ok", high, True)])
    assert (line.count, line.acknowledged) == (2, False)
    (fallen,) = append(
        (replace(line, acknowledged=True),), [change(99_000, "BTCUSDT", high, "ok", False)]
    )
    assert fallen.acknowledged


def test_other_levels_and_other_symbols_do_not_fold() -> None:
    log = swings(2)
    log = append(log, [change(90_000, "ETHUSDT", "ok", "warning", True)])
    log = append(log, [change(91_000, "BTCUSDT", "ok", "critical", True)])
    assert len(log) == 4


def test_five_symbols_that_rise_within_ten_seconds_are_one_alert() -> None:
    log: Log = ()
    for number in range(4):
        log = append(log, [change(number * 1_000, f"S{number}", "ok", "warning", True)])
    assert sum(e.escalation for e in log) == 4
    log = append(log, [change(9_000, "S4", "ok", "critical", True)])
    (alert,) = (e for e in log if e.escalation)
    assert alert.symbols == ("S0", "S1", "S2", "S3", "S4")
    assert (alert.symbol, alert.after, alert.time_ms) == ("", "critical", 9_000)
    assert all(name in alert.text for name in alert.symbols)
    assert [e.symbol for e in log] == ["S0", "S1", "S2", "S3", "S4", ""]


def test_a_sixth_symbol_joins_the_alert_and_a_late_one_does_not() -> None:
    together = [change(0, f"S{n}", "ok", "warning", True) for n in range(5)]
    log = append((), together)
    log = append(log, [change(5_000, "S5", "ok", "warning", True)])
    (alert,) = (e for e in log if e.escalation)
    assert len(alert.symbols) == 6
    log = append(log, [change(60_000, "S6", "ok", "warning", True)])
    assert [e.symbol for e in log if e.escalation] == ["", "S6"]


def group(*more: str) -> Log:
    """Five symbols that rise together, two of them to critical, and ``more`` a second later."""
    levels: list[Severity] = ["critical", "critical", "warning", "warning", "warning"]
    log = append((), [change(0, f"S{n}", "ok", level, True) for n, level in enumerate(levels)])
    for number, name in enumerate(more, 1):
        log = append(log, [change(number * 1_000, name, "ok", "warning", True)])
    return log


def test_a_symbol_that_joins_makes_the_same_alert_again_with_its_name() -> None:
    (before,) = (e for e in group() if e.escalation)
    (alert,) = (e for e in group("S5") if e.escalation)
    assert (alert.first_ms, alert.alert_ms) == (before.first_ms, 1_000)
    assert alert.symbols == ("S0", "S1", "S2", "S3", "S4", "S5")
    assert new_alerts(group(), group("S5")) == [alert]


def test_what_joins_is_unread_in_an_alert_that_was_acknowledged() -> None:
    log = tuple(replace(e, acknowledged=e.escalation) for e in group())
    log = append(log, [change(1_000, "S5", "ok", "warning", True)])
    assert [e.acknowledged for e in log if e.escalation] == [False]


def seen(log: Log, name: str) -> Log:
    """``log`` after ``x`` on the symbol ``name``."""
    shared = next(e for e in log if e.symbols)
    part = rise_of(log, shared, name)
    assert part is not None
    return acknowledged(log, [Acknowledgement.of(part)])


def test_each_symbol_of_a_shared_alert_is_acknowledged_by_itself() -> None:
    log = group()
    states = {"S0": critical(), "S1": critical()}
    log = seen(log, "S0")
    (alert,) = (e for e in log if e.escalation)
    assert not alert.acknowledged
    assert [e.symbol for e in log if e.acknowledged] == ["S0"]
    assert repeated(log, {"S0": states["S0"]}, 300_000, 300_000) is log
    again = repeated(log, states, 300_000, 300_000)
    assert [e.repeats for e in again if e.escalation] == [1], "S1 is still critical, and unseen"
    for name in alert.symbols[1:]:
        log = seen(log, name)
    assert all(e.acknowledged for e in log)
    assert repeated(log, states, 300_000, 300_000) is log


def critical() -> SymbolState:
    made = build.state(("BTCUSDT",)).symbols["BTCUSDT"]
    return replace(made, severity=replace(made.severity, level="critical"))


def test_the_log_keeps_its_newest_entries_and_those_of_earlier_runs() -> None:
    entries = [LogEntry(i, f"S{i}", "severity", "", "ok", 0.0, False) for i in range(3)]
    mine = [LogEntry(i, f"T{i}", "severity", "", "ok", 0.0, False) for i in range(LOG_ENTRIES + 2)]
    assert append(tuple(entries), [], 3) == tuple(entries)
    log = append(tuple(entries), mine[:LOG_ENTRIES], history_entries=3)
    log = append(log, mine[LOG_ENTRIES:], history_entries=3)
    assert log == (*entries, *mine[2:])


def test_more_alerts_in_a_moment_than_are_kept_are_all_in_its_state() -> None:
    def met(count: int, time_ms: int) -> list[LogEntry]:
        return [
            LogEntry(time_ms, f"S{n}", "condition", "", str(n), 0.0, True) for n in range(count)
        ]

    before = append((), met(10, 1_000))
    rise = append(before, met(3, 2_000))
    burst = append(rise, met(LOG_ENTRIES, 2_000))
    assert [entry.time_ms for entry in burst] == [2_000] * (LOG_ENTRIES + 3)
    assert len(append(burst, met(1, 3_000))) == LOG_ENTRIES
