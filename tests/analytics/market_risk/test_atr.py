"""Wilder's average true range."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support.bars import cut, from_closes, from_columns, random_closes, real

from tuirisk.analytics.market_risk.atr import average_true_range
from tuirisk.market.candles import Bars
from tuirisk.state import Missing


def oracle(bars: Bars, periods: int = 14) -> float:
    """By pandas: an EWMA with α = 1/n, begun by the mean of the first n true ranges."""
    frame = pd.DataFrame({"high": bars.high, "low": bars.low, "before": bars.close})
    frame["before"] = frame["before"].shift()
    ranges = pd.concat(
        (
            frame.high - frame.low,
            (frame.high - frame.before).abs(),
            (frame.low - frame.before).abs(),
        ),
        axis=1,
    ).max(axis=1)[1:]
    begun = pd.concat((pd.Series([ranges[:periods].mean()]), ranges[periods:]))
    return float(begun.ewm(alpha=1 / periods, adjust=False).mean().iloc[-1])


def wide(n: int, seed: int = 1) -> Bars:
    close = random_closes(n, seed)
    rng = np.random.default_rng(seed)
    opened = close * (1 + rng.normal(0, 0.02, n))
    high = np.maximum(opened, close) * (1 + rng.random(n) * 0.02)
    low = np.minimum(opened, close) * (1 - rng.random(n) * 0.02)
    return from_columns(opened, high, low, close)


@pytest.mark.parametrize("n", [15, 16, 40, 500])
def test_against_pandas(n: int) -> None:
    assert average_true_range(wide(n)) == pytest.approx(oracle(wide(n)), rel=1e-9)


def test_on_real_bars(shared_data) -> None:  # type: ignore[no-untyped-def]
    bars = real(shared_data, "SOL", "1d")
    assert average_true_range(bars) == pytest.approx(oracle(bars), rel=1e-9)


def test_a_gap_in_price_is_part_of_the_range() -> None:
    closes = [100.0] * 14 + [150.0]
    flat = np.array(closes)
    assert average_true_range(from_columns(flat, flat, flat, flat)) == pytest.approx(50.0 / 14)


def test_only_what_follows_a_hole_counts() -> None:
    bars = wide(60)
    torn = Bars(bars.interval_ms, bars.open_time.copy(), *(
        getattr(bars, name) for name in ("open", "high", "low", "close", "volume", "quote_volume")
    ))  # fmt: skip
    torn.open_time[30:] += bars.interval_ms
    assert average_true_range(torn) == pytest.approx(oracle(cut(bars, slice(30, None))), rel=1e-9)
    torn.open_time[50:] += bars.interval_ms
    assert average_true_range(torn) == Missing("hole_in_last_bars", need=15)


@pytest.mark.parametrize("n", [0, 1, 14])
def test_too_few_bars(n: int) -> None:
    reason = Missing("few_bars", have=n, need=15)
    assert average_true_range(from_closes(random_closes(n) if n else [])) == reason


def test_an_invalid_price_is_a_hole() -> None:
    bars = wide(40)
    high = bars.high.copy()
    high[20] = np.nan
    spoilt = from_columns(bars.open, high, bars.low, bars.close)
    assert average_true_range(spoilt) == pytest.approx(oracle(cut(bars, slice(20, None))), rel=1e-9)


def test_what_never_moves_has_no_range() -> None:
    assert average_true_range(from_closes([5.0] * 30)) == 0.0
