"""Order flow against plain sums, and large trades against numpy's percentile."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.build import NOW_NS, trades

from tuirisk import events as ev
from tuirisk.analytics.liquidity.flow import STEP_MS, STEPS, WINDOWS, flow_state, large_trades
from tuirisk.market.tape import Tape
from tuirisk.state import Missing

NOW_MS = NOW_NS // 1_000_000
LARGE = 10_000.0


def taped(rows: list[ev.Trade]) -> Tape:
    tape = Tape()
    for row in rows:
        tape.add_trade(row)
    return tape


def test_sums_are_the_plain_ones() -> None:
    rows = trades("BTCUSDT", 67_000.0, np.random.default_rng(2))
    part = flow_state(taped(rows), LARGE, NOW_MS)
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
    part = flow_state(
        taped(trades("X", 100.0, np.random.default_rng(2))), LARGE, NOW_MS + 16 * 60_000
    )
    missing = Missing("no_trades_in_window", window="15 min")
    assert (part.taker_buy, part.taker_sell, part.large_trades) == (missing,) * 3
    assert part.imbalance["1m"] == Missing("no_trades_in_window", window="1m")
    assert isinstance(part.cvd, float)


def test_an_empty_tape_has_no_numbers() -> None:
    part = flow_state(Tape(), LARGE, NOW_MS)
    numbers = (part.taker_buy, part.taker_sell, part.cvd, part.large_trades)
    assert all(isinstance(n, Missing) for n in (*numbers, *part.imbalance.values()))


def test_the_seller_is_the_taker_when_the_buyer_made() -> None:
    tape = taped([ev.Trade("X", NOW_NS, 1, NOW_MS - 10, 100.0, 2.0, True)])
    part = flow_state(tape, LARGE, NOW_MS)
    assert (part.taker_buy, part.taker_sell, part.imbalance["1m"]) == (0.0, 200.0, -1.0)


@given(st.lists(st.floats(-1e6, 1e6).filter(bool), min_size=1, max_size=400), st.floats(1.0, 1e6))
def test_large_trades_are_above_both_limits(signed: list[float], limit: float) -> None:
    sizes = np.abs(np.array(signed))
    threshold = max(limit, float(np.percentile(sizes, 99, method="higher")))
    large = large_trades(np.abs(np.array(signed)), limit)
    assert large.tolist() == np.flatnonzero(sizes >= threshold).tolist()


def test_the_path_of_the_delta_ends_at_it_and_steps_by_what_was_traded() -> None:
    rows = trades("BTCUSDT", 67_000.0, np.random.default_rng(2))
    tape = taped(rows)
    part = flow_state(tape, LARGE, NOW_MS)
    assert len(part.cvd_path) == STEPS
    assert part.cvd_path[-1] == pytest.approx(part.cvd, rel=1e-9)
    edge = NOW_MS // STEP_MS * STEP_MS - STEP_MS
    before = [t for t in rows if t.trade_time < edge]
    signed = [t.price * t.quantity * (-1 if t.seller_is_taker else 1) for t in before]
    assert part.cvd_path[-3] == pytest.approx(sum(signed), rel=1e-9)


def test_a_tape_has_no_path_from_before_its_start() -> None:
    tape = taped([ev.Trade("X", NOW_NS, 1, NOW_MS - 20_000, 100.0, 2.0, False)])
    path = flow_state(tape, LARGE, NOW_MS).cvd_path
    there = [value for value in path if not isinstance(value, Missing)]
    assert path[-1] == 200.0
    assert set(there) == {200.0}
    assert 2 <= len(there) <= 3
    assert flow_state(Tape(), LARGE, NOW_MS).cvd_path == ()


def test_large_trades_have_time_and_side() -> None:
    rows = [ev.Trade("X", NOW_NS, i, NOW_MS - 1000 + i, 100.0, 1.0, False) for i in range(50)]
    rows.append(ev.Trade("X", NOW_NS, 50, NOW_MS - 900, 100.0, 500.0, True))
    part = flow_state(taped(rows), LARGE, NOW_MS)
    assert part.largest == ((NOW_MS - 900, -50_000.0),)
    assert part.large_trades == 1
