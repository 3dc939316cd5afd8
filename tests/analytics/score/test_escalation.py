"""Escalations: rises that hold, falls that are silent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tuirisk.analytics.score.escalation import (
    LOG_ENTRIES,
    UNKNOWN,
    SeverityChange,
    SeverityTracker,
    advance,
    append,
    beginning,
    entry,
    rank,
)
from tuirisk.state import SEVERITIES, LogEntry, Severity

CONFIRM = 3_000.0
Step = tuple[int, Severity | None]


def run(steps: list[Step], standing: SeverityTracker = UNKNOWN) -> list[tuple[int, SeverityChange]]:
    changes = []
    for time, assessed in steps:
        standing, change = advance(standing, assessed, time, CONFIRM)
        if change is not None:
            changes.append((time, change))
    return changes


def test_the_first_assessment_is_a_starting_level() -> None:
    (first,) = run([(0, None), (1_000, "warning"), (9_000, "warning")])
    assert first == (1_000, SeverityChange(None, "warning"))
    assert not first[1].escalation


def test_a_calm_beginning_is_no_news() -> None:
    assert run([(0, "ok"), (9_000, "ok")]) == []


def test_a_symbol_begins_where_it_was_known_last() -> None:
    line = entry(SeverityChange("ok", "warning"), "BTCUSDT", 5, 61.0)
    other = entry(SeverityChange("ok", "critical"), "ETHUSDT", 6, 90.0)
    known: dict[str, Severity] = {"BTCUSDT": "caution", "SOLUSDT": "critical"}
    assert beginning("BTCUSDT", (line, other), known) == SeverityTracker("warning", {})
    assert beginning("BTCUSDT", (), known) == SeverityTracker("caution", {})
    assert beginning("XRPUSDT", (line, other), known) == UNKNOWN
    held: list[Step] = [(0, "critical"), (2_999, "critical"), (3_000, "critical")]
    assert run(held, beginning("BTCUSDT", (), known)) == [
        (3_000, SeverityChange("caution", "critical"))
    ]
    assert run(held, beginning("SOLUSDT", (), known)) == []
    fall = run([(0, "ok")], beginning("SOLUSDT", (), known))
    assert fall == [(0, SeverityChange("critical", "ok"))]


def test_a_rise_escalates_when_it_has_held() -> None:
    steps: list[Step] = [(0, "ok"), (1_000, "warning"), (3_999, "warning"), (4_000, "warning")]
    assert run(steps) == [(4_000, SeverityChange("ok", "warning"))]
    assert SeverityChange("ok", "warning").escalation


def test_a_rise_that_does_not_hold_is_forgotten() -> None:
    steps: list[Step] = [(0, "ok"), (1_000, "critical"), (3_000, "ok"), (3_500, "critical")]
    assert run([*steps, (6_000, "critical")]) == []
    assert run([*steps, (6_500, "critical")]) == [(6_500, SeverityChange("ok", "critical"))]


def test_a_fall_is_at_once_and_silent() -> None:
    steps: list[Step] = [(0, "critical"), (1, "caution")]
    assert run(steps)[1:] == [(1, SeverityChange("critical", "caution"))]
    assert not SeverityChange("critical", "caution").escalation


def test_a_rise_within_a_rise_confirms_what_has_held() -> None:
    steps: list[Step] = [(0, "ok"), (0, "caution"), (2_000, "critical"), (3_000, "critical")]
    assert run([*steps, (5_000, "critical")]) == [
        (3_000, SeverityChange("ok", "caution")),
        (5_000, SeverityChange("caution", "critical")),
    ]


def test_wavering_between_two_rises_still_confirms_the_lower() -> None:
    steps: list[Step] = [(0, "ok"), (0, "critical"), (2_000, "caution"), (3_000, "critical")]
    assert run(steps) == [(3_000, SeverityChange("ok", "caution"))]


def test_without_data_nothing_changes_and_a_rise_starts_anew() -> None:
    steps: list[Step] = [(0, "ok"), (0, "critical"), (2_900, None), (3_100, "critical")]
    assert run(steps) == []
    assert run([(0, "critical"), (10, None), (99_999, None), (99_999, "critical")])[1:] == []


def test_no_confirmation_asked_is_none_waited_for() -> None:
    standing, _ = advance(UNKNOWN, "ok", 0, 0.0)
    _, change = advance(standing, "caution", 0, 0.0)
    assert change == SeverityChange("ok", "caution")


paths = st.lists(
    st.tuples(st.integers(1, 2_000), st.one_of(st.none(), st.sampled_from(SEVERITIES))),
    max_size=60,
)


@given(paths)
def test_an_escalation_is_never_above_what_was_seen_for_the_whole_time(
    path: list[tuple[int, Severity | None]],
) -> None:
    standing, time = UNKNOWN, 0
    seen: list[tuple[int, Severity | None]] = []
    for step, assessed in path:
        time += step
        seen.append((time, assessed))
        standing, change = advance(standing, assessed, time, CONFIRM)
        if change is not None and change.escalation:
            window = [s for t, s in seen if t >= time - CONFIRM]
            assert all(s is not None and rank(s) >= rank(change.after) for s in window)
            assert any(t <= time - CONFIRM for t, _ in seen)


def test_entries_and_the_log() -> None:
    line = entry(SeverityChange(None, "ok"), "BTCUSDT", 5, 12.0)
    assert line == LogEntry(5, "BTCUSDT", "severity", "", "ok", 12.0, False)
    log = tuple(LogEntry(i, "X", "severity", "", "ok", 0.0, False) for i in range(LOG_ENTRIES))
    assert append(log, []) is log
    longer = append(log, [line])
    assert len(longer) == LOG_ENTRIES
    assert longer[-1] is line
    assert longer[0] is log[1]


def test_entries_of_earlier_runs_are_never_pushed_out_by_those_of_this_run() -> None:
    lines = tuple(
        LogEntry(i, "X", "severity", "", "ok", 0.0, False) for i in range(3 + LOG_ENTRIES + 2)
    )
    log = append(lines[:3], list(lines[3:]), history_entries=3)
    assert log == (*lines[:3], *lines[5:])
