from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import percentileofscore
from support.bars import START, Floats, cut, from_closes, real

from tuirisk.analytics.market_risk.cone import rolling_volatility
from tuirisk.analytics.market_risk.regime import (
    DWELL,
    HISTORY,
    MINIMUM_HISTORY,
    WINDOW,
    VolatilityRanks,
    confirmed_regime,
    regime_state,
    state_path,
    states,
)
from tuirisk.analytics.market_risk.regime_history import regime_history
from tuirisk.analytics.market_risk.rolling import rolling_percentile_rank
from tuirisk.state import Missing
from tuirisk.state.codec import iso, milliseconds

NAN = float("nan")
HOUR = 900_000


@pytest.mark.parametrize(
    ("ranks", "state", "began"),
    [
        ([50], "normal", 0),
        ([10], "compression", 0),
        ([90], "expansion", 0),
        ([30], "normal", 0),
        ([80], "normal", 0),
        ([50, 29.9], "normal", 0),
        ([50, 29.9, 29.9], "compression", 2),
        ([50, 80.1, 80.1], "expansion", 2),
        ([50, 85, 50, 85], "normal", 0),
        ([10, 35, 35, 35], "compression", 0),
        ([10, 35.1, 35.1], "normal", 2),
        ([10, 36, 34, 36], "compression", 0),
        ([90, 75, 75, 75], "expansion", 0),
        ([90, 74.9, 74.9], "normal", 2),
        ([10, 90, 90], "expansion", 2),
        ([90, 10, 10], "compression", 2),
        ([10, 50, 90, 90], "expansion", 3),
        ([10, 50, 50, 10, 10, 10], "compression", 4),
        ([NAN, NAN, 10], "compression", 2),
        ([50, 10, NAN, 10], "normal", 0),
        ([50, 10, NAN, 10, 10], "compression", 4),
    ],
)
def test_paths(ranks: list[float], state: str, began: int) -> None:
    assert state_path(ranks) == (state, began)


RANKS = st.lists(st.floats(0.0, 100.0) | st.just(NAN), min_size=1, max_size=60)


def target(state: str, rank: float) -> str:
    """What a rank asks for, as the definition has it."""
    if rank < 30 or (state == "compression" and not rank > 35):
        return "compression"
    if rank > 80 or (state == "expansion" and not rank < 75):
        return "expansion"
    return "normal"


@given(RANKS)
def test_no_change_without_two_bars_that_ask_for_it(ranks: list[float]) -> None:
    states = [state_path(ranks[: i + 1]) for i in range(len(ranks))]
    for i in range(1, len(ranks)):
        (before, _), (after, began) = states[i - 1], states[i]
        if after != before and not all(np.isnan(ranks[:i])):
            assert began == i
            asked = [target(before, rank) for rank in ranks[i - DWELL + 1 : i + 1]]
            assert asked == [after] * DWELL


@given(RANKS)
def test_a_state_never_outlives_two_bars_that_ask_for_another(ranks: list[float]) -> None:
    for i in range(2, len(ranks) + 1):
        state, _ = state_path(ranks[:i])
        asked = {target(state, rank) for rank in ranks[i - 2 : i] if rank == rank}
        if not any(np.isnan(ranks[i - 2 : i])) and len(asked) == 1:
            assert asked == {state} or i == 2 or target(state_path(ranks[: i - 2])[0], ranks[i - 1])


def brute(volatility: Floats) -> tuple[str, int, float]:
    ranks = []
    for i, value in enumerate(volatility):
        past = volatility[max(i - 2_879, 0) : i + 1]
        enough = past.size >= 672
        ranks.append(percentileofscore(past, value, kind="mean") if enough else NAN)
    state, began, held, wanted = "", 0, 0, ""
    for i, rank in enumerate(ranks):
        if np.isnan(rank):
            continue
        asked = target(state, rank)
        if not state:
            state, began = asked, i
        held = held + 1 if asked == wanted else 1
        wanted = asked
        if asked != state and held >= 2:
            state, began = asked, i
    return state, began, ranks[-1]


@pytest.mark.parametrize("symbol", ["SOL", "BTC"])
@pytest.mark.parametrize("back", [1, 200, 700])
def test_real_candles(shared_data: Path, symbol: str, back: int) -> None:
    bars = real(shared_data, symbol, "15m", 3_072 + back)
    bars = cut(bars, slice(-3_072 - back, -back))
    state, began, percentile = brute(rolling_volatility(bars, WINDOW))
    found = regime_state(bars)
    assert found.state == state
    assert found.percentile_30d == pytest.approx(percentile, rel=1e-9)
    assert isinstance(found.since, str)
    assert milliseconds(found.since) == bars.open_time[began + WINDOW] + HOUR


def waves(amplitudes: Floats) -> Floats:
    return 100.0 * np.exp(0.01 * amplitudes * (-1.0) ** np.arange(amplitudes.size))


def test_a_calm_after_a_storm() -> None:
    rng = np.random.default_rng(0)
    amplitudes = np.concatenate((1.0 + 0.3 * rng.standard_normal(1_500), np.full(200, 0.05)))
    bars = from_closes(waves(amplitudes), "15m")
    found = regime_state(bars)
    assert found.state == "compression"
    assert isinstance(found.since, str)
    assert START + 1_500 * HOUR < milliseconds(found.since) < START + 1_570 * HOUR
    before = regime_state(cut(bars, bars.open_time + HOUR < milliseconds(found.since)))
    assert before.state != "compression"
    at = regime_state(cut(bars, bars.open_time + HOUR <= milliseconds(found.since)))
    assert (at.state, at.since) == (found.state, found.since)


def test_a_state_that_has_always_stood_is_known_since_the_first_percentile() -> None:
    rng = np.random.default_rng(1)
    amplitudes = np.linspace(1.0, 3.0, 1_000) * (1.0 + 0.01 * rng.standard_normal(1_000))
    found = regime_state(from_closes(waves(amplitudes), "15m"))
    assert found.state == "expansion"
    assert found.since == iso(START + (671 + WINDOW) * HOUR + HOUR)


@pytest.mark.parametrize("n", [0, 1, 2, 60, 61, 731])
def test_too_few_bars(n: int) -> None:
    rng = np.random.default_rng(2)
    found = regime_state(from_closes(waves(rng.standard_normal(n)), "15m"))
    missing = Missing("few_bars", have=n, need=732)
    assert found.state == found.percentile_30d == found.since == missing


def test_seven_days_suffice() -> None:
    rng = np.random.default_rng(2)
    assert isinstance(regime_state(from_closes(waves(rng.standard_normal(732)), "15m")).state, str)


def test_holes() -> None:
    closes = waves(np.random.default_rng(3).standard_normal(1_600))
    missing = regime_state(from_closes(closes, "15m", holes=[1_560])).state
    assert missing == Missing("hole_in_last_bars", need=61)
    assert isinstance(regime_state(from_closes(closes, "15m", holes=[1_530])).state, str)
    many = regime_state(from_closes(closes, "15m", holes=range(50, 1_500, 50))).percentile_30d
    assert many == Missing("few_rolling_values", have=90, need=672)


def test_a_price_that_stands_still() -> None:
    found = regime_state(from_closes([100.0] * 1_000, "15m"))
    assert found.state == found.percentile_30d == found.since == Missing("zero_variance")
    assert found.divergence is False


@given(st.integers(0, 2**32 - 1), st.integers(0, 1200), st.sampled_from([0.02, 0.2]))
@settings(max_examples=20, deadline=None)
def test_the_history_is_the_end_of_the_whole_path(seed: int, size: int, step: float) -> None:
    random = np.random.default_rng(seed)
    rolling = np.abs(np.sin(np.cumsum(random.normal(0.0, step, size)))) + 0.1
    rolling[random.random(size) < 0.01] = np.nan
    ranks = rolling_percentile_rank(rolling, HISTORY, MINIMUM_HISTORY).tolist()
    path = [s if r == r else "" for r, s in zip(ranks, states(ranks), strict=True)]
    assert regime_history(VolatilityRanks(rolling), 96) == tuple(path[-96:])


@pytest.mark.parametrize("seed", range(12))
def test_ranks_are_computed_only_as_far_back_as_they_decide(seed: int) -> None:
    rng = np.random.default_rng(seed)
    slow = np.exp(np.cumsum(rng.normal(0.0, (0.001, 0.02, 0.3)[seed % 3], 3_000)))
    if seed > 5:
        slow[rng.integers(0, 3_000, 25)] = NAN
    if seed in (4, 10):
        slow = np.sort(slow)
    ranks = rolling_percentile_rank(slow, HISTORY, MINIMUM_HISTORY)
    percentile, state, began = confirmed_regime(VolatilityRanks(slow))
    if np.isnan(ranks[-1]):
        assert np.isnan(percentile)
    else:
        assert (percentile, (state, began)) == (ranks[-1], state_path(ranks.tolist()))
    path = [s if r == r else "" for r, s in zip(ranks, states(ranks.tolist()), strict=True)]
    again = VolatilityRanks(slow)
    confirmed_regime(again)
    for count in (0, 1, 96, 700, 3_000, 4_000):
        expected = tuple(path[max(3_000 - count, 0) :])
        assert regime_history(VolatilityRanks(slow), count) == expected
        assert regime_history(again, count) == expected
