"""Order flow against plain sums, and large trades against numpy's percentile."""

from __future__ import annotations

import numpy as np
import pytest
from build import NOW_NS, trades
from hypothesis import given
from hypothesis import strategies as st

from tuirisk import events as ev
from tuirisk.analytics.flow import WINDOWS, flow, large_trades
from tuirisk.market.tape import Tape
from tuirisk.state import Missing

NOW_MS = NOW_NS // 1_000_000
LARGE = 10_000.0


def taped(rows: list[ev.Trade]) -> Tape:
    tape = Tape()
    for row in rows:
        tape.note(row)
    return tape


def test_sums_are_the_plain_ones() -> None:
    rows = trades("BTCUSDT", 67_000.0, np.random.default_rng(2))
    part = flow(taped(rows), LARGE, NOW_MS)
    buys = sum(t.price * t.quantity for t in rows if not t.seller_is_taker)
    sells = sum(t.price * t.quantity for t in rows if t.seller_is_taker)
    assert part.taker_buy == pytest.approx(buys, rel=1e-9)
    assert part.taker_sell == pytest.approx(sells, rel=1e-9)
    assert part.cvd == pytest.approx(buys - sells, rel=1e-9)
    for name, span in WINDOWS.items():
        recent = [t for t in rows if t.trade_time > NOW_MS - span]
        signed = [t.price * t.quantity * (-1 if t.seller_is_taker else 1) for t in recent]
        expected = sum(signed) / sum(map(abs, signed))
        assert part.imbalance[name] == pytest.approx(expected, rel=1e-9)


def test_what_left_the_window_no_longer_counts() -> None:
    part = flow(taped(trades("X", 100.0, np.random.default_rng(2))), LARGE, NOW_MS + 16 * 60_000)
    missing = Missing("no trades in 15 min")
    assert (part.taker_buy, part.taker_sell, part.large_trades) == (missing,) * 3
    assert part.imbalance["1m"] == Missing("no trades in 1m")
    assert isinstance(part.cvd, float)


def test_an_empty_tape_has_no_numbers() -> None:
    part = flow(Tape(), LARGE, NOW_MS)
    numbers = (part.taker_buy, part.taker_sell, part.cvd, part.large_trades)
    assert all(isinstance(n, Missing) for n in (*numbers, *part.imbalance.values()))


def test_the_seller_is_the_taker_when_the_buyer_made() -> None:
    tape = taped([ev.Trade("X", NOW_NS, 1, NOW_MS - 10, 100.0, 2.0, True)])
    part = flow(tape, LARGE, NOW_MS)
    assert (part.taker_buy, part.taker_sell, part.imbalance["1m"]) == (0.0, 200.0, -1.0)


@given(st.lists(st.floats(-1e6, 1e6).filter(bool), min_size=1, max_size=400), st.floats(1.0, 1e6))
def test_large_trades_are_above_both_limits(signed: list[float], limit: float) -> None:
    sizes = np.abs(np.array(signed))
    threshold = max(limit, float(np.percentile(sizes, 99, method="higher")))
    assert large_trades(np.array(signed), limit) == int((sizes >= threshold).sum())
