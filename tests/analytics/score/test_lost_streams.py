"""Whatever stream is lost, and when: no severity falls for it, and none becomes ok."""

from __future__ import annotations

import pytest
from support.market_histories import BTC, UNREAD, History, Loss, random_history, run

from tuirisk.analytics.score.escalation import UNMEASURED_MS, rank
from tuirisk.state import RiskState

CONFIRM_MS = 3_000


def violations(history: History) -> list[str]:
    """What a history shows that must not be: by step, with the streams that are missing there."""
    states = run(history, history.loss)
    missing = [history.missing(history.loss, index) for index in range(len(states))]
    found: list[str] = []
    since_ms: int | None = None
    for index, (state, lost) in enumerate(zip(states, missing, strict=True)):
        if not lost:
            since_ms = None
            continue
        since_ms = state.time_ms if since_ms is None else since_ms
        symbol = state.symbols[BTC]
        if symbol.recommendation.severity == "ok":
            found.append(f"step {index}: recommendation ok without {sorted(lost)}")
        if symbol.severity.level == "ok" and state.time_ms - since_ms >= CONFIRM_MS:
            found.append(f"step {index}: ok without {sorted(lost)}")
        if (
            index
            and _fell(states[index - 1], state)
            and not _may_fall(history, states, missing, index)
        ):
            found.append(f"step {index}: {symbol.severity} fell without {sorted(lost)}")
    return found


def _fell(before: RiskState, after: RiskState) -> bool:
    levels = [rank(state.symbols[BTC].severity.level) for state in (before, after)]
    return levels[1] < levels[0]


def _may_fall(
    history: History, states: list[RiskState], missing: list[set[str]], index: int
) -> bool:
    """Whether nothing is missing that was there when the level before was confirmed, nor just
    began to be; what an earlier run knew stands for some minutes."""
    begun = history.restart
    before = states[index - 1].symbols[BTC].severity
    if not missing[index] & missing[index - 1]:
        return True
    if begun is not None and index >= begun and before.since_ms < states[begun].time_ms:
        return states[index].time_ms - states[begun].time_ms >= UNMEASURED_MS
    confirmed = next(i for i, state in enumerate(states) if state.time_ms >= before.since_ms)
    return missing[index] <= missing[confirmed]


@pytest.mark.parametrize("first", range(0, 16, 8))
def test_a_lost_stream_lowers_nothing_and_yields_no_ok(first: int) -> None:
    for seed in range(first, first + 8):
        assert not violations(random_history(seed)), f"history {seed}"


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1_000, 3_000, 100))
def test_a_lost_stream_lowers_nothing_in_many_histories(first: int) -> None:
    for seed in range(first, first + 100):
        assert not violations(random_history(seed)), f"history {seed}"


@pytest.mark.parametrize("seed", range(5))
def test_what_no_rule_reads_changes_no_severity(seed: int) -> None:
    history = random_history(seed)
    lost = Loss({stream: frozenset(range(3, len(history.steps))) for stream in UNREAD})
    assert [s.symbols[BTC].severity for s in run(history, lost)] == [
        s.symbols[BTC].severity for s in run(history, Loss())
    ]
