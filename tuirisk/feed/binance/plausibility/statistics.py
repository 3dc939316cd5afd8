"""Open interest, account ratios, settlements and forced orders: times and sizes that can be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from msgspec.structs import replace

from tuirisk.events import (
    FundingHistory,
    Liquidation,
    LongShortRatio,
    OpenInterestHistory,
    OpenInterestReading,
)
from tuirisk.events.intervals import MINUTE_MS
from tuirisk.feed.binance.plausibility.implausible import Why, implausible
from tuirisk.feed.binance.plausibility.marks import HIGHEST_RATE
from tuirisk.feed.binance.plausibility.prices import WitnessPrices, near
from tuirisk.feed.binance.plausibility.sifting import OnRow, sifted

PERIOD_MS = 5 * MINUTE_MS
LEAP = 2.0
"""Factor between two points of open interest beyond which a second answer is asked for."""
HIGHEST_RATIO = 1_000.0
LARGEST_NOTIONAL = 1e10
"""Quote asset: no single trade, forced order or level of a book is as large."""
FAR = 2.0
"""Factor between a forced order's price and every other price known."""


def sift_open_interest(
    history: OpenInterestHistory, latest_ms: float, on_row: OnRow
) -> OpenInterestHistory:
    """The points of an answer without those of the future, out of order or off their grid.

    Raises:
        Implausible: none is left.
    """

    def fault(row: tuple[int, float, float]) -> Why | None:
        if history.period == "5m" and row[0] % PERIOD_MS:
            return "off_its_grid"
        outside = row[0] < history.since or (history.until is not None and row[0] > history.until)
        if outside:
            return "out_of_range"
        return "of_the_future" if row[0] > latest_ms else None

    alone = _alone(history.rows)

    def fault_or_alone(row: tuple[int, float, float]) -> Why | None:
        return fault(row) or ("out_of_range" if row in alone else None)

    kept = sifted(history.rows, "open_interest", _time, fault_or_alone, on_row)
    left_out = history.left_out + len(history.rows) - len(kept)
    return history if kept is history.rows else replace(history, rows=kept, left_out=left_out)


def _alone(rows: Sequence[tuple[int, float, float]]) -> set[tuple[int, float, float]]:
    """The points far from both neighbours, which agree, and those of nothing among others."""
    points = list(rows)
    empty = {row for row in points if not (row[1] and row[2])}
    if 2 * len(empty) > len(points):
        empty = set()
    return empty | {
        row
        for before, row, after in zip(points, points[1:], points[2:], strict=False)
        for column in (1, 2)
        if not near(before[column], row[column], LEAP)
        and not near(row[column], after[column], LEAP)
        and near(before[column], after[column], LEAP)
    }


def without_leaps(history: OpenInterestHistory) -> bool:
    """Whether no point is far from the one before."""
    return _without_leaps(row[1] for row in history.rows) and _without_leaps(
        row[2] for row in history.rows
    )


def leaps(reading: OpenInterestReading, last: OpenInterestReading | None) -> bool:
    """Whether a reading is far from the ``last`` one."""
    return last is not None and not near(reading.contracts, last.contracts, LEAP)


def sift_ratios(ratios: LongShortRatio, latest_ms: float, on_row: OnRow) -> LongShortRatio:
    """The ratios of an answer without those of the future, out of order, or that cannot be.

    Raises:
        Implausible: none is left.
    """

    def fault(row: tuple[int, float]) -> Why | None:
        if not 0 <= row[1] <= HIGHEST_RATIO:
            return "out_of_range"
        return "of_the_future" if row[0] > latest_ms else None

    kept = sifted(ratios.rows, "account_ratio", _time, fault, on_row)
    return ratios if kept is ratios.rows else replace(ratios, rows=tuple(kept))


def sift_settlements(history: FundingHistory, latest_ms: float, on_row: OnRow) -> FundingHistory:
    """The settlements of an answer without those of the future, out of order, or whose rate
    cannot be.

    Raises:
        Implausible: none is left.
    """

    def fault(row: tuple[int, float, bool]) -> Why | None:
        if abs(row[1]) > HIGHEST_RATE:
            return "out_of_range"
        return "of_the_future" if row[0] > latest_ms else None

    kept = sifted(history.rows, "funding_history", _time, fault, on_row)
    left_out = history.left_out + len(history.rows) - len(kept)
    return (
        history if kept is history.rows else replace(history, rows=tuple(kept), left_out=left_out)
    )


def _time(row: tuple[Any, ...]) -> int:
    time: int = row[0]
    return time


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
