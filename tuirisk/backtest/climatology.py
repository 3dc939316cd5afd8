"""What one would have forecast without a model: the rates at which positions were liquidated.

Two of them. The rates *known before*: of a symbol's positions by leverage over the days before the
judged period, where those are 90 or more; else over its own days that had ended by each forecast;
where those are fewer than 90, over the days of all symbols that had ended by then. And the rates
*in sample*: of the judged forecasts themselves, which nobody could have known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tuirisk.backtest.liquidation import HORIZON_MS
from tuirisk.backtest.symbol_rows import ChanceRow, OutcomeRow
from tuirisk.events.intervals import DAY_MS
from tuirisk.market.candles import Column
from tuirisk.market.series import Times

LEAST_DAYS = 90
Key = tuple[str, int]
"""(horizon, leverage)"""


class _Rates:
    """Rates by horizon and leverage of outcomes that had ended by a time."""

    def __init__(self, rows: Sequence[OutcomeRow]) -> None:
        found: dict[Key, list[tuple[int, float]]] = {}
        for row in rows:
            end = row.time_ms + HORIZON_MS[row.horizon]
            found.setdefault((row.horizon, row.leverage), []).append((end, row.outcome))
        self._series: dict[Key, tuple[Times, Column, Column]] = {}
        for key, pairs in found.items():
            pairs.sort()
            ends = np.array([end for end, _ in pairs], np.int64)
            total = np.cumsum([outcome for _, outcome in pairs])
            days = np.cumsum(np.concatenate(([1], np.diff(ends // DAY_MS) > 0)))
            self._series[key] = ends, total, days.astype(float)

    def known_by(self, key: Key, time_ms: int) -> float | None:
        """(liquidated + ½) / (positions + 1), so that it is never 0; None of too few days."""
        series = self._series.get(key)
        if series is None:
            return None
        ends, total, days = series
        count = int(np.searchsorted(ends, time_ms, side="right"))
        if not count or days[count - 1] < LEAST_DAYS:
            return None
        return (float(total[count - 1]) + 0.5) / (count + 1.0)


def known_rates(
    chances: Sequence[tuple[str, ChanceRow]],
    outcomes: Mapping[str, Sequence[OutcomeRow]],
    begin_ms: int,
) -> Column:
    """The rate known before each of ``chances`` (symbol, row); NaN where there is none.

    ``begin_ms`` is the beginning of the judged period.
    """
    own = {symbol: _Rates(rows) for symbol, rows in outcomes.items()}
    pooled = _Rates([row for rows in outcomes.values() for row in rows])
    found = np.full(len(chances), np.nan)
    for number, (symbol, row) in enumerate(chances):
        key = row.horizon, row.leverage
        for rates, time_ms in (
            (own[symbol], begin_ms),
            (own[symbol], row.time_ms),
            (pooled, row.time_ms),
        ):
            rate = rates.known_by(key, time_ms)
            if rate is not None:
                found[number] = rate
                break
    return found


def sample_rates(chances: Sequence[ChanceRow]) -> Column:
    """For each of ``chances`` the share of those of its horizon and leverage that came true."""
    keys = [(row.horizon, row.leverage) for row in chances]
    total: dict[Key, list[float]] = {}
    for key, row in zip(keys, chances, strict=True):
        entry = total.setdefault(key, [0.0, 0.0])
        entry[0] += row.outcome
        entry[1] += 1.0
    return np.array([total[key][0] / total[key][1] for key in keys])
