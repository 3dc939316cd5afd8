"""The corrected leverage mix: plain loops as its oracle, and what must hold of it for any input."""

from __future__ import annotations

import math

import numpy as np
import pytest
from support.bars import from_columns

from tuirisk.analytics.derivatives import leverage_mix as mix_
from tuirisk.analytics.derivatives.leverage_mix import leverage_mix
from tuirisk.analytics.derivatives.liquidation_clusters import BUCKET, liquidation_price
from tuirisk.analytics.derivatives.standing_positions import standing_positions
from tuirisk.market.candles import Bars
from tuirisk.market.derivatives import OpenInterestPoints
from tuirisk.market.liquidation_prices import SPAN_MS, LiquidationPrices

RATE = 0.004
ASSUMED = {"10": 0.25, "25": 0.25, "50": 0.25, "100": 0.25}
TRUE = {"10": 0.4, "25": 0.1, "50": 0.3, "100": 0.2}
STEP = 900_000
START = 1_760_000_400_000 // STEP * STEP
Cells = dict[tuple[int, int], float]


def market(n_bars: int = 240, seed: int = 5) -> tuple[OpenInterestPoints, Bars]:
    """Bars of a random walk, and a point of open interest at the start of each."""
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0, 0.012, n_bars)))
    opened = np.concatenate(([100.0], close[:-1]))
    high, low = np.maximum(opened, close) * 1.003, np.minimum(opened, close) * 0.997
    bars = from_columns(opened, high, low, close, "15m")
    contracts = 1_000.0 * np.exp(np.cumsum(rng.normal(0, 0.03, n_bars)))
    times = bars.open_time.tolist()
    rows = zip(times, contracts.tolist(), (contracts * opened).tolist(), strict=True)
    return OpenInterestPoints.of(rows), bars


def plain_expected(history: OpenInterestPoints, bars: Bars, leverage: float) -> Cells:
    """(bucket, side) → notional that the bars liquidated, by plain loops."""
    found: Cells = {}
    for i in range(1, len(history)):
        rise = history.contracts[i] - history.contracts[i - 1]
        if rise <= 0:
            continue
        entry = history.value[i] / history.contracts[i]
        for side in (1, -1):
            level = float(liquidation_price(entry, leverage, side, RATE))
            for k in range(len(bars)):
                if bars.open_time[k] < history.time[i]:
                    continue
                if bars.low[k] <= level if side > 0 else bars.high[k] >= level:
                    left = rise * entry
                    for j in range(i + 1, k + 1):
                        left *= min(1.0, history.contracts[j] / history.contracts[j - 1])
                    bucket = math.floor(
                        math.log(entry * (1 - side / leverage)) / math.log1p(BUCKET)
                    )
                    for near, part in ((-1, 0.25), (0, 0.5), (1, 0.25)):
                        found[bucket + near, side] = found.get((bucket + near, side), 0.0) + (
                            part * left
                        )
                    break
    return found


def drawn(
    history: OpenInterestPoints, bars: Bars, shares: dict[str, float], count: int, seed: int = 1
) -> np.ndarray:
    """``count`` liquidations of equal size, at random cells of the model with ``shares``."""
    totals: Cells = {}
    for leverage, share in shares.items():
        for cell, amount in plain_expected(history, bars, float(leverage)).items():
            totals[cell] = totals.get(cell, 0.0) + share * amount
    cells, weights = list(totals), np.array(list(totals.values()))
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(cells), count, p=weights / weights.sum())
    first, last = int(bars.open_time[0]), int(bars.open_time[-1]) + STEP
    times = rng.integers(first, last, count)
    times[0] = first
    return np.array(
        [
            (time, (1 + BUCKET) ** (cells[k][0] + 0.5), 1e4 * cells[k][1])
            for time, k in zip(times.tolist(), chosen.tolist(), strict=True)
        ]
    )


def test_expected_notional_is_that_of_the_plain_loops() -> None:
    history, bars = market(60)
    positions = standing_positions(history, bars)
    first = int(bars.open_time[0])
    for leverage in ("25", "100"):
        (found,) = mix_._expected(positions, bars, first, [leverage], RATE)  # type: ignore[arg-type]
        plain = plain_expected(history, bars, float(leverage))
        expected = {2 * bucket + (side < 0): amount for (bucket, side), amount in plain.items()}
        assert found.keys() == expected.keys()
        assert len(found) > 5
        for cell, amount in found.items():
            assert amount == pytest.approx(expected[cell], rel=1e-9)


def test_a_known_mix_is_found_again() -> None:
    history, bars = market()
    made = leverage_mix(history, bars, drawn(history, bars, TRUE, 20_000), ASSUMED, RATE)
    assert made.calibrated
    assert made.liquidations == 20_000
    assert made.span_ms == len(bars) * STEP
    for leverage, share in TRUE.items():
        assert made.shares[leverage] == pytest.approx(share, abs=0.04)


def test_fewer_liquidations_leave_it_nearer_to_the_assumed_one() -> None:
    history, bars = market()
    away = []
    for count in (200, 1_000, 20_000):
        made = leverage_mix(history, bars, drawn(history, bars, TRUE, count), ASSUMED, RATE)
        away.append(sum(abs(made.shares[k] - ASSUMED[k]) for k in ASSUMED))
    assert 0 < away[0] < away[1] < away[2]


def test_too_few_leave_exactly_the_assumed_one() -> None:
    history, bars = market(120)
    rows = drawn(history, bars, TRUE, 250)
    few = leverage_mix(history, bars, rows[:199], ASSUMED, RATE)
    assert (few.calibrated, few.shares) == (False, ASSUMED)
    # One liquidation that outweighs all others is one.
    rows[7, 2] *= 1e6
    whale = leverage_mix(history, bars, rows, ASSUMED, RATE)
    assert (whale.calibrated, whale.shares) == (False, ASSUMED)
    assert whale.effective == pytest.approx(1.0, abs=0.1)


def test_what_is_not_of_this_contract_or_this_time_is_not_counted() -> None:
    history, bars = market(120)
    rows = drawn(history, bars, TRUE, 400)
    made = leverage_mix(history, bars, rows, ASSUMED, RATE)
    other = rows.copy()
    other[:, 1] *= 1_000.0
    later = rows.copy()
    later[:, 0] += SPAN_MS
    more = np.concatenate((rows, other, later))
    assert leverage_mix(history, bars, more, ASSUMED, RATE) == made


def test_the_order_of_liquidations_changes_nothing() -> None:
    history, bars = market(120)
    rows = drawn(history, bars, TRUE, 400)
    rows[:, 2] *= np.random.default_rng(2).lognormal(0, 0.5, 400)
    made = leverage_mix(history, bars, rows, ASSUMED, RATE)
    assert made.calibrated
    for seed in range(3):
        shuffled = np.random.default_rng(seed).permutation(rows)
        assert leverage_mix(history, bars, shuffled, ASSUMED, RATE) == made


def test_shares_add_up_to_one_and_stay_within_their_bounds() -> None:
    history, bars = market(120)
    assumed = {"5": 0.97, "50": 0.01, "100": 0.01, "125": 0.01}
    made = leverage_mix(history, bars, drawn(history, bars, TRUE, 5_000), assumed, RATE)
    assert made.calibrated
    assert sum(made.shares.values()) == pytest.approx(1.0, abs=1e-12)
    ratios = [made.shares[k] / assumed[k] for k in assumed]
    assert max(ratios) / min(ratios) <= mix_.LARGEST_RATIO**2 + 1e-9
    without = {"20": 0.0, "100": 1.0}
    assert leverage_mix(history, bars, drawn(history, bars, TRUE, 900), without, RATE).shares == {
        "20": 0.0,
        "100": 1.0,
    }


def test_the_version_tells_of_late_liquidations_and_not_of_those_to_come() -> None:
    prices = LiquidationPrices()
    prices.add(START + 5, "long", 100.0, 1e4)
    version = prices.version_before(START + STEP)
    prices.add(START + STEP + 5, "short", 101.0, 1e4)
    assert prices.version_before(START + STEP) == version
    prices.add(START + 7, "long", 99.0, 1e4)
    assert prices.version_before(START + STEP) != version
    assert prices.before(START + STEP).tolist() == [
        [START + 5, 100.0, 1e4],
        [START + 7, 99.0, 1e4],
    ]
    prices.add(START + STEP + SPAN_MS + 10, "long", 99.0, 1e4)
    assert prices.before(START + 2 * STEP).tolist() == []
