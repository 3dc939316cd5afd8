"""Rises that held for some seconds, falls that held for longer, and what is not known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuirisk.analytics.score.escalation import (
    Assessment,
    Confirmation,
    SeverityChange,
    advance,
    beginning,
    rank,
)
from tuirisk.state import (
    NOTHING_CONFIRMED,
    SEVERITIES,
    LogEntry,
    Severity,
    SeverityTracker,
)

WAIT = Confirmation(3_000, 30_000)
ALL = frozenset({"watch_margin", "reduce_size"})
Step = tuple[int, Severity | None]


def found(
    severity: Severity | None, known: frozenset[str] = ALL, at_once: bool = False
) -> Assessment:
    return Assessment(severity, known, known == ALL, at_once)


def run(
    steps: list[Step],
    tracker: SeverityTracker = NOTHING_CONFIRMED,
    known: frozenset[str] = ALL,
) -> list[tuple[int, SeverityChange]]:
    changes = []
    for time, severity in steps:
        tracker, change = advance(tracker, found(severity, known), time, WAIT)
        if change is not None:
            changes.append((time, change))
    return changes


def standing(severity: Severity, known: frozenset[str] = ALL) -> SeverityTracker:
    return advance(NOTHING_CONFIRMED, found(severity, known), 0, WAIT)[0]


def test_the_first_level_is_confirmed_at_once() -> None:
    (first,) = run([(0, None), (500, "unknown"), (1_000, "warning"), (9_000, "warning")])
    assert first == (1_000, SeverityChange(None, "warning"))
    assert not first[1].escalation


@pytest.mark.parametrize("tracker", [NOTHING_CONFIRMED, SeverityTracker("ok")])
def test_a_first_level_of_half_the_data_is_confirmed_as_a_rise_is(tracker: SeverityTracker) -> None:
    """σ of half a history puts the liquidation too near for as long as the rest is on its way."""
    partial = frozenset({"watch_margin"})
    early = replace(found("warning", partial), provisional=True)
    for time in (0, 1_000):
        tracker, change = advance(tracker, early, time, WAIT)
        assert change is None
        assert tracker.confirmed != "warning"
    calm, change = advance(tracker, found("ok"), 1_500, WAIT)
    assert (calm.confirmed, change) == ("ok", None)
    lasting, change = advance(tracker, early, 3_000, WAIT)
    assert lasting.confirmed == "warning"
    assert change is not None
    at_once, _ = advance(tracker, replace(early, at_once=True), 1_500, WAIT)
    assert at_once.confirmed == "warning"


def test_a_calm_beginning_is_no_news() -> None:
    assert run([(0, "ok"), (9_000, "ok")]) == []


def test_a_symbol_begins_where_it_was_known_last() -> None:
    line = LogEntry(5, "BTCUSDT", "severity", "ok", "warning")
    other = LogEntry(6, "BTCUSDT", "closed", "1", "0")
    together = replace(line, symbol="", symbols=("BTCUSDT", "ETHUSDT"), after="critical")
    known: dict[str, Severity] = {"BTCUSDT": "caution", "BNBUSDT": "critical"}
    log = (line, other, together)
    assert beginning("BTCUSDT", log, known) == SeverityTracker("warning")
    assert beginning("ETHUSDT", log, known) == NOTHING_CONFIRMED
    assert beginning("BNBUSDT", log, known) == SeverityTracker("critical")
    assert beginning("XRPUSDT", log, known) == NOTHING_CONFIRMED
    earlier = (replace(line, symbol="BNBUSDT", after="critical", cause="liquidation_due"),)
    assert beginning("BNBUSDT", log, known, earlier).rule == "liquidation_due"
    assert not beginning("BNBUSDT", log, {"BNBUSDT": "ok"}, earlier).rule, "of another level"


def test_what_an_earlier_run_knew_is_replaced_by_all_inputs_or_by_a_higher_level() -> None:
    known = SeverityTracker("warning")
    assert run([(0, "critical")], known, frozenset()) == [
        (0, SeverityChange("warning", "critical"))
    ]
    assert run([(0, "ok")], known) == [(0, SeverityChange("warning", "ok"))]
    assert run([(0, "warning"), (9_000, "warning")], known) == []


def test_a_start_without_all_inputs_is_no_all_clear() -> None:
    known = SeverityTracker("critical")
    part = frozenset({"reduce_size"})
    assert run([(0, None), (1_000, "unknown"), (290_000, "caution")], known, part) == []
    late: list[Step] = [(0, "caution"), (299_999, "caution"), (300_000, "caution")]
    assert run(late, known, part) == [(300_000, SeverityChange("critical", "caution"))]


def test_a_rise_escalates_when_it_has_held() -> None:
    steps: list[Step] = [(0, "ok"), (1_000, "warning"), (3_999, "warning"), (4_000, "warning")]
    assert run(steps) == [(4_000, SeverityChange("ok", "warning"))]
    assert SeverityChange("ok", "warning").escalation


def test_a_liquidation_is_confirmed_at_once() -> None:
    _, change = advance(standing("ok"), found("critical", at_once=True), 1, WAIT)
    assert change == SeverityChange("ok", "critical")


def test_a_rise_that_does_not_hold_is_forgotten() -> None:
    steps: list[Step] = [(0, "ok"), (1_000, "critical"), (3_000, "ok"), (3_500, "critical")]
    assert run([*steps, (6_000, "critical")]) == []
    assert run([*steps, (6_500, "critical")]) == [(6_500, SeverityChange("ok", "critical"))]


def test_a_fall_waits_longer_and_is_silent() -> None:
    steps: list[Step] = [(0, "critical"), (1, "caution"), (30_000, "caution"), (30_001, "caution")]
    assert run(steps)[1:] == [(30_001, SeverityChange("critical", "caution"))]
    assert not SeverityChange("critical", "caution").escalation


def test_a_fall_that_is_interrupted_starts_anew() -> None:
    steps: list[Step] = [(0, "critical"), (1, "ok"), (20_000, "critical"), (21_000, "ok")]
    assert run([*steps, (50_999, "ok")])[1:] == []
    assert run([*steps, (51_000, "ok")])[1:] == [(51_000, SeverityChange("critical", "ok"))]


def test_a_fall_within_a_fall_confirms_what_has_held() -> None:
    steps: list[Step] = [(0, "critical"), (1, "warning"), (20_000, "ok"), (30_001, "ok")]
    assert run([*steps, (50_000, "ok")])[1:] == [
        (30_001, SeverityChange("critical", "warning")),
        (50_000, SeverityChange("warning", "ok")),
    ]


def test_nothing_falls_while_an_input_is_missing_that_was_there() -> None:
    tracker, part = standing("warning"), frozenset({"watch_margin"})
    for time in (1, 30_001, 600_000):
        tracker, change = advance(tracker, found("ok", part), time, WAIT)
        assert (tracker.confirmed, change) == ("warning", None)
    tracker, _ = advance(tracker, found("ok"), 600_001, WAIT)
    _, change = advance(tracker, found("ok"), 630_001, WAIT)
    assert change == SeverityChange("warning", "ok")


def test_an_input_that_was_never_there_holds_nothing() -> None:
    part = frozenset({"watch_margin"})
    tracker = standing("warning", part)
    tracker, _ = advance(tracker, found("unknown", part), 1, WAIT)
    _, change = advance(tracker, found("unknown", part), 30_001, WAIT)
    assert change == SeverityChange("warning", "unknown")


def test_a_rise_within_a_rise_confirms_what_has_held() -> None:
    steps: list[Step] = [(0, "ok"), (0, "caution"), (2_000, "critical"), (3_000, "critical")]
    assert run([*steps, (5_000, "critical")]) == [
        (3_000, SeverityChange("ok", "caution")),
        (5_000, SeverityChange("caution", "critical")),
    ]


def test_without_data_nothing_changes_and_a_rise_starts_anew() -> None:
    steps: list[Step] = [(0, "ok"), (0, "critical"), (2_900, None), (3_100, "critical")]
    assert run(steps) == []
    assert run([(0, "critical"), (10, None), (99_999, None), (99_999, "critical")])[1:] == []


def test_calm_that_is_not_known_is_no_news() -> None:
    assert run([(0, "ok"), (1, "unknown"), (99_999, "unknown")]) == []


def test_no_confirmation_time_means_no_wait() -> None:
    _, change = advance(standing("ok"), found("caution"), 0, Confirmation(0, 0))
    assert change == SeverityChange("ok", "caution")


paths = st.lists(
    st.tuples(st.integers(1, 2_000), st.one_of(st.none(), st.sampled_from(SEVERITIES))),
    max_size=60,
)


@given(paths)
def test_an_escalation_is_never_above_what_was_seen_for_the_whole_time(
    path: list[tuple[int, Severity | None]],
) -> None:
    tracker, time = NOTHING_CONFIRMED, 0
    seen: list[tuple[int, Severity | None]] = []
    for step, severity in path:
        time += step
        seen.append((time, severity))
        tracker, change = advance(tracker, found(severity), time, WAIT)
        if change is not None and change.escalation:
            window = [s for t, s in seen if t >= time - WAIT.rise_ms]
            assert all(s is not None and rank(s) >= rank(change.after) for s in window)
            assert any(t <= time - WAIT.rise_ms for t, _ in seen)


inputs = st.lists(
    st.tuples(
        st.integers(1, 20_000),
        st.sampled_from(SEVERITIES),
        st.sampled_from([ALL, frozenset({"reduce_size"}), frozenset()]),
    ),
    min_size=1,
    max_size=60,
)


@given(inputs)
def test_no_fall_while_an_input_is_missing(
    path: list[tuple[int, Severity, frozenset[str]]],
) -> None:
    tracker, time = standing("warning"), 0
    for step, severity, known in path:
        time += step
        tracker, change = advance(tracker, found(severity, known), time, WAIT)
        if change is not None and not change.escalation:
            assert known >= tracker.inputs


@pytest.mark.parametrize("severity", SEVERITIES)
def test_a_level_is_above_itself_nowhere(severity: Severity) -> None:
    assert not SeverityChange(severity, severity).escalation
