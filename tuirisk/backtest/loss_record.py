"""The record of one-day VaR and ES at 95 %: coverage, its tests, and losses of the forecasts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np

from tuirisk.analytics.market_risk.var_backtest import independence_p, kupiec_p
from tuirisk.backtest.daily_losses import CONFIDENCE
from tuirisk.backtest.scoring import Estimate, fz_loss, mean_by_day, tick_loss
from tuirisk.backtest.symbol_rows import LossRow
from tuirisk.state import Missing

TAIL = 1.0 - CONFIDENCE


@dataclass(frozen=True, slots=True)
class LossRecord:
    """One method of VaR and ES; all losses are fractions of the position's value."""

    method: str
    days: int
    exceptions: int
    """Days whose loss was beyond VaR."""
    coverage: Estimate
    """Their share: 0.05 of a right forecast."""
    kupiec_p: float
    """p-value of that share being 0.05; over several symbols it takes their days as independent."""
    independence_p: float
    """Christoffersen's p-value that an exception says nothing of the next day; NaN if unknown, and
    over several symbols."""
    tick_loss: Estimate
    """Mean quantile loss of VaR."""
    fz_loss: Estimate
    """Mean joint loss of VaR and ES."""
    es_ratio: float
    """Mean loss on days of exception over the mean ES of those days: 1 of a right forecast."""


def loss_records(rows: Sequence[LossRow], *, one_symbol: bool) -> tuple[LossRecord, ...]:
    """The record of each method in ``rows``, which are in order of time where of ``one_symbol``."""
    methods = dict.fromkeys(row.method for row in rows)
    return tuple(_record(m, [r for r in rows if r.method == m], one_symbol) for m in methods)


def _record(method: str, rows: Sequence[LossRow], one_symbol: bool) -> LossRecord:
    times = np.array([row.time_ms for row in rows], np.int64)
    var, es, loss = (np.array([getattr(r, name) for r in rows]) for name in ("var", "es", "loss"))
    beyond = loss > var
    joint = fz_loss(var, es, loss, TAIL)
    known = np.isfinite(joint)
    following = independence_p(beyond) if one_symbol else nan
    return LossRecord(
        method,
        len(rows),
        int(beyond.sum()),
        mean_by_day(beyond.astype(float), times),
        kupiec_p(int(beyond.sum()), len(rows), TAIL),
        nan if isinstance(following, Missing) else following,
        mean_by_day(tick_loss(var, loss, TAIL), times),
        mean_by_day(joint[known], times[known]),
        float(loss[beyond].mean() / es[beyond].mean()) if beyond.any() else nan,
    )
