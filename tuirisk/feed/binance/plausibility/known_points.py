"""What earlier answers said of settlements, open interest and account ratios.

Those are history: an answer that says another thing of the same time, or lacks it, is asked for
again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

from tuirisk.events import FundingHistory, LongShortRatio, OpenInterestHistory, OpenInterestReading
from tuirisk.events.columnar import ColumnarSequence
from tuirisk.feed.binance.plausibility.prices import near
from tuirisk.feed.binance.plausibility.statistics import LEAP, PERIOD_MS, without_leaps

KEPT = 64
"""Newest points that are compared."""
OLDEST_STEPS = 6
"""How old the newest point of open interest is at most, in steps between points."""
RATIO_LEAP = 1.5
"""Factor between an account ratio and the one five minutes before."""
Points: TypeAlias = ColumnarSequence[tuple[Any, ...]]
"""Rows (time in ms, …), oldest first."""


class KnownPoints:
    """Points of one symbol. Each ``is_usual`` takes its answer in for the next time."""

    def __init__(self) -> None:
        self._settlements = _points("qdq")
        self._open_interest: dict[str, Points] = {}
        """Period → its newest points."""
        self._oldest: dict[str, tuple[int, float]] = {}
        """Period → (time in ms, contracts) of the oldest point of open interest."""
        self._ratios: dict[str, Points] = {}

    def settlements_are_usual(self, history: FundingHistory) -> bool:
        """Whether the answer has every settlement known of the times it covers, unchanged."""
        known = self._settlements
        rows = history.rows
        end = rows[-1][0] if history.full and rows else None
        usual = history.since is None or _has(rows, known, history.since, end)
        self._settlements = _newest(known, rows, replaced=not usual)
        return usual

    def open_interest_is_usual(
        self,
        history: OpenInterestHistory,
        reading: OpenInterestReading | None,
        latest_ms: float,
    ) -> bool:
        """Whether the answer joins what is known and leaps nowhere."""
        rows, period = list(history.rows), history.period
        oldest, known = self._oldest.get(period), self._open_interest.get(period, _points("qdd"))
        usual = without_leaps(history)
        if rows and history.until is None and history.asked:
            usual &= rows[-1][0] > latest_ms - OLDEST_STEPS * _step_ms(rows)
            usual &= reading is None or near(rows[-1][1], reading.contracts, LEAP)
            usual &= _has(rows, known, rows[0][0], None)
            self._open_interest[period] = _newest(known, rows, replaced=not usual)
        elif rows and oldest is not None and rows[-1][0] < oldest[0]:
            usual &= near(rows[-1][1], oldest[1], LEAP)
        if rows and (oldest is None or rows[0][0] < oldest[0] or not usual):
            self._oldest[period] = rows[0][0], rows[0][1]
        return usual

    def ratios_are_usual(self, ratios: LongShortRatio) -> bool:
        """Whether the newest ratio is near the one known, and those known are unchanged."""
        known, rows = self._ratios.get(ratios.kind, _points("qd")), ratios.rows
        usual = bool(rows) or not known
        if rows and known:
            time, ratio = known[-1]
            usual = rows[-1][0] >= time and near(rows[-1][1], ratio, RATIO_LEAP)
            usual &= _has(rows, known, rows[0][0], None)
        self._ratios[ratios.kind] = _newest(known, rows, replaced=not usual)
        return usual


def _points(codes: str, rows: Iterable[tuple[Any, ...]] = ()) -> Points:
    return ColumnarSequence(_row, codes, rows)


def _row(*numbers: float) -> tuple[Any, ...]:
    return numbers


def _step_ms(rows: Sequence[tuple[int, float, float]]) -> int:
    """The smallest time between points, which may have holes; five minutes for a single one."""
    return min((b[0] - a[0] for a, b in pairwise(rows)), default=PERIOD_MS)


def _has(
    rows: Iterable[tuple[Any, ...]],
    known: Points,
    since: int,
    until: int | None,
) -> bool:
    """Whether ``rows`` has everything ``known`` between two times, and says the same of it."""
    told = {row[0]: row for row in rows}
    return all(
        told.get(row[0]) == row
        for row in known
        if since <= row[0] and (until is None or row[0] <= until)
    )


def _newest(known: Points, rows: Sequence[tuple[Any, ...]], *, replaced: bool) -> Points:
    """The newest of ``known`` and ``rows``; of ``rows`` alone where they contradict."""
    told = {row[0]: row for row in rows[-KEPT:]}
    joined = told if replaced else {**{row[0]: row for row in known}, **told}
    return known.with_rows(row for _, row in sorted(joined.items())[-KEPT:])
