"""Open interest, account ratios, settlements and forced orders: times and sizes that can be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from tuirisk.events import (
    FundingHistory,
    Liquidation,
    LongShortRatio,
    OpenInterestHistory,
    OpenInterestReading,
)
from tuirisk.events.intervals import MINUTE_MS
from tuirisk.feed.binance.plausibility.implausible import implausible
from tuirisk.feed.binance.plausibility.marks import HIGHEST_RATE
from tuirisk.feed.binance.plausibility.prices import WitnessPrices, near

PERIOD_MS = 5 * MINUTE_MS
LEAP = 2.0
"""Factor between two points of open interest beyond which a second answer is asked for."""
HIGHEST_RATIO = 1_000.0
LARGEST_NOTIONAL = 1e10
"""Quote asset: no single trade, forced order or level of a book is as large."""
FAR = 2.0
"""Factor between a forced order's price and every other price known."""


def check_times(times: Sequence[int], latest_ms: float, subject: str) -> None:
    """Check that ``times`` (ms) rise and are not of the future.

    Raises:
        Implausible: they are not.
    """
    if times and times[-1] > latest_ms:
        raise implausible(subject, "of_the_future")
    if any(later <= earlier for earlier, later in pairwise(times)):
        raise implausible(subject, "out_of_order")


def check_open_interest(history: OpenInterestHistory, latest_ms: float) -> bool:
    """Check the points of an answer. Returns whether none of them leaps.

    Raises:
        Implausible: points of the future, out of order or off their grid.
    """
    times = [row[0] for row in history.rows]
    check_times(times, latest_ms, "open_interest")
    if history.period == "5m" and any(time % PERIOD_MS for time in times):
        raise implausible("open_interest", "off_its_grid")
    return _without_leaps(row[1] for row in history.rows) and _without_leaps(
        row[2] for row in history.rows
    )


def leaps(reading: OpenInterestReading, last: OpenInterestReading | None) -> bool:
    """Whether a reading is far from the ``last`` one."""
    return last is not None and not near(reading.contracts, last.contracts, LEAP)


def check_ratios(ratios: LongShortRatio, latest_ms: float) -> None:
    """Check the ratios of an answer.

    Raises:
        Implausible: rows of the future, out of order, or ratios that cannot be.
    """
    check_times([time for time, _ in ratios.rows], latest_ms, "account_ratio")
    if any(not 0 <= ratio <= HIGHEST_RATIO for _, ratio in ratios.rows):
        raise implausible("account_ratio", "out_of_range")


def check_settlements(history: FundingHistory, latest_ms: float) -> None:
    """Check the settlements of an answer.

    Raises:
        Implausible: settlements of the future, out of order, or rates that cannot be.
    """
    check_times([time for time, _, _ in history.rows], latest_ms, "funding_history")
    if any(abs(rate) > HIGHEST_RATE for _, rate, _ in history.rows):
        raise implausible("funding_history", "out_of_range")


def check_forced_order(order: Liquidation, prices: WitnessPrices) -> None:
    """Check one forced order: nothing confirms it later, so what is far off is dropped.

    Raises:
        Implausible: its price or size cannot be.
    """
    if prices.disputed(order.price, order.received, FAR):
        raise implausible("liquidations", "far_from_prices")
    if order.price * order.quantity > LARGEST_NOTIONAL:
        raise implausible("liquidations", "out_of_range")


def _without_leaps(values: Iterable[float]) -> bool:
    return all(near(a, b, LEAP) for a, b in pairwise(values))
