"""Mark prices that leap wait for the next one; times of settlement that cannot be are dropped."""

from __future__ import annotations

import pytest
from support.frames import NS, T0

from tuirisk.events import MarkPrice
from tuirisk.events.intervals import DAY_MS, HOUR_MS
from tuirisk.feed.binance.plausibility.implausible import Implausible
from tuirisk.feed.binance.plausibility.marks import MarkChain, check_funding
from tuirisk.feed.binance.plausibility.prices import WitnessPrices

DUE = T0 + HOUR_MS


def mark(n: int, price: float = 100.0, rate: float | None = 0.0001, due: int = DUE,
         index: float | None = None) -> MarkPrice:  # fmt: skip
    time = T0 + n * 1_000
    return MarkPrice(
        "BTCUSDT", time * NS, time, price, price if index is None else index, rate, due
    )


def run(*marks: MarkPrice) -> tuple[list[MarkPrice], list[str]]:
    dropped: list[str] = []
    chain = MarkChain(WitnessPrices(), lambda why, at: dropped.append(why))
    return [out for each in marks for out in chain.admit(each)], dropped


@pytest.mark.parametrize(
    "forged",
    [
        mark(2, 10_000.0),
        mark(2, 1.0),
        mark(2, index=1.0),
        mark(2, index=0.0),
        mark(2, rate=0.2),
        mark(2, rate=None),
        mark(2, due=DUE + 5 * HOUR_MS),
        mark(2, due=0),
    ],
)
def test_one_forged_mark_price_is_never_shown(forged: MarkPrice) -> None:
    true = [mark(n) for n in (0, 1, 3, 4)]
    assert run(*true[:2], forged, *true[2:]) == (true, ["far_from_prices"])


def test_a_leap_that_stays_costs_one_second() -> None:
    crash = [mark(0), mark(1, 60.0), mark(2, 58.0), mark(3, 57.0)]
    assert run(*crash) == ([crash[0], *crash[2:]], [])


def test_a_settlement_moves_the_next_one_within_two_seconds() -> None:
    settled = [mark(0), mark(1, due=DUE + 8 * HOUR_MS), mark(2, due=DUE + 8 * HOUR_MS)]
    assert run(*settled) == ([settled[0], settled[2]], [])


@pytest.mark.parametrize("due", [T0 - HOUR_MS, T0 + 2 * DAY_MS, 4_102_444_800_000])
def test_a_settlement_long_past_or_days_ahead_is_refused(due: int) -> None:
    with pytest.raises(Implausible):
        check_funding(mark(0, due=due), T0)


@pytest.mark.parametrize("due", [0, T0 - 1_000, T0 + 8 * HOUR_MS])
def test_true_settlements_pass(due: int) -> None:
    check_funding(mark(0, due=due), T0)


def test_a_rate_of_a_half_is_refused() -> None:
    with pytest.raises(Implausible):
        check_funding(mark(0, rate=0.5), T0)
