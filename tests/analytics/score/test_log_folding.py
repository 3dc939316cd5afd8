"""Swings fold into one entry with a count, and many rises together are one alert."""

from __future__ import annotations

from tuirisk.analytics.score.log_folding import LOG_ENTRIES, append
from tuirisk.state import LogEntry, Severity

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


def test_a_swing_to_critical_is_not_acknowledged_by_the_one_before() -> None:
    from dataclasses import replace

    for high, acknowledged in (("warning", True), ("critical", False)):
        first, fall = swings(2, high=high)  # type: ignore[arg-type]
        log = (replace(first, acknowledged=True), fall)
        again = change(90_000, "BTCUSDT", "ok", high, True)  # type: ignore[arg-type]
        (line,) = append(log, [again])
        assert (line.count, line.acknowledged) == (2, acknowledged)


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


def test_the_log_keeps_its_newest_entries_and_those_of_earlier_runs() -> None:
    entries = [LogEntry(i, f"S{i}", "severity", "", "ok", 0.0, False) for i in range(3)]
    mine = [LogEntry(i, f"T{i}", "severity", "", "ok", 0.0, False) for i in range(LOG_ENTRIES + 2)]
    assert append(tuple(entries), [], 3) == tuple(entries)
    log = append(tuple(entries), mine, history_entries=3)
    assert log == (*entries, *mine[2:])
