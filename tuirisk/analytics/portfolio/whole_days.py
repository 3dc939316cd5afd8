"""How often a whole day or week of the past would have liquidated today's account.

Closed form: along the move that the account's own covariance makes most of, the excess is gone
after λ σ; the chance is the share of past days whose standardised extremes reached λ
(:mod:`~tuirisk.analytics.forecast.daily_extremes`), the symbols' days weighed by their share in the
account's variance. One leg has exactly the figure of its position.

Joint days: every stretch of 96 joint 15m bars, scaled to today's forecasts, is applied to the
account: the share of them in which the part of the excess that was used reaches 1, beyond the
95th percentile a Pareto tail (Hill). The closed form counts among them as ``PRIOR_DAYS`` days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import erfc, inf, sqrt

import numpy as np

from tuirisk.analytics.forecast.daily_extremes import (
    PRIOR_DAYS,
    TAIL,
    WEEK,
    standardised_moves,
)
from tuirisk.analytics.portfolio.excess import PoolExcess
from tuirisk.analytics.portfolio.first_crossing import first_crossing
from tuirisk.analytics.portfolio.joint_bars import JointBars
from tuirisk.analytics.portfolio.legs import MarginPool, marks_of
from tuirisk.analytics.stress.filtered import DAY_STEPS
from tuirisk.market.candles import Column
from tuirisk.state import DailyExtremes, Missing, StandardisedMoves

FARTHEST = 60.0
"""σ beyond which a liquidation is not looked for."""
GRID = 240
STRIDE = 4
"""15m bars between the beginnings of two joint days."""


def closed_form(
    pool: MarginPool,
    symbols: Sequence[str],
    covariance: Column,
    extremes: Mapping[str, DailyExtremes],
) -> tuple[float, float]:
    """The chance that ``pool`` is liquidated within 24 h and within 7 d.

    ``covariance`` of daily log returns has a row for each of ``symbols``, which are the pool's;
    ``extremes`` where they are known: without them returns are taken as Gaussian.
    """
    rows = {name: row for row, name in enumerate(symbols)}
    by_symbol = marks_of((pool,))
    marks = np.array([by_symbol[name] for name in symbols])
    excess = PoolExcess(pool, rows, np.inf)
    if float(excess(marks[:, np.newaxis])[0]) <= 0.0:
        return 1.0, 1.0
    weights = excess.notionals
    direction = covariance @ weights
    variance = float(weights @ direction)
    if not variance > 0.0:
        return 0.0, 0.0
    unit = direction / sqrt(variance)
    shares = np.maximum(weights * direction, 0.0)
    shares = shares / shares.sum()
    day = week = 0.0
    for side in (-1.0, 1.0):
        reach = _reach(excess, marks, side * unit)
        if reach == inf:
            continue
        for name, share, move in zip(symbols, shares.tolist(), unit.tolist(), strict=True):
            one = extremes.get(name)
            day += share * _beyond(one, reach, side * move < 0.0, 1)
            week += share * _beyond(one, reach, side * move < 0.0, WEEK)
    return min(day, 1.0), min(max(day, week), 1.0)


def _reach(excess: PoolExcess, marks: Column, unit: Column) -> float:
    """How many σ along ``unit`` (log returns) the excess is gone after; ∞ where it never is."""

    def at(lengths: Column) -> Column:
        with np.errstate(over="ignore", invalid="ignore"):
            moves = np.exp(np.clip(unit[:, np.newaxis] * lengths, -700.0, 50.0))
            return excess(marks[:, np.newaxis] * moves)

    reach = first_crossing(at, np.linspace(0.0, FARTHEST, GRID + 1))
    return inf if reach is None else reach


def _beyond(extremes: DailyExtremes | None, reach: float, down: bool, days: int) -> float:
    """The chance of a move of ``reach`` daily σ within 1 or 7 days."""
    if extremes is None or isinstance(extremes.sigma, Missing):
        return erfc(reach / sqrt(2.0 * days))
    if days == 1:
        return tail_share(reach, extremes.day_down if down else extremes.day_up)
    longer = extremes.week_sigma
    if isinstance(longer, Missing) or not longer > 0.0:
        return erfc(reach / sqrt(2.0 * days))
    moves = extremes.week_down if down else extremes.week_up
    return tail_share(reach * extremes.sigma / longer, moves)


def tail_share(reach: float, moves: StandardisedMoves) -> float:
    """The share of ``moves`` of at least ``reach``; beyond the 95th percentile by the tail."""
    if reach > moves.threshold > 0.0 and moves.tail > 0.0:
        return float(moves.beyond * (reach / moves.threshold) ** (-1.0 / moves.tail))
    place = int(np.searchsorted(moves.values, reach))
    return moves.share[place] if place < len(moves.values) else 0.0


def joint_days(pool: MarginPool, bars: JointBars) -> tuple[float, float]:
    """(share of joint past days in which ``pool`` is liquidated, how many days there are)."""
    count = bars.day.shape[1]
    days = count / DAY_STEPS
    if count < 2 * DAY_STEPS:
        return 0.0, 0.0
    names = sorted({leg.symbol for leg in pool.legs})
    rows = {name: row for row, name in enumerate(names)}
    places = [bars.symbols.index(name) for name in names]
    by_symbol = marks_of((pool,))
    marks = np.array([by_symbol[name] for name in names])
    excess = PoolExcess(pool, rows)
    start = float(excess(marks[:, np.newaxis])[0])
    if start <= 0.0:
        return 1.0, days
    path = np.cumsum(np.pad(bars.day[places], ((0, 0), (1, 0))), axis=1)
    first = np.arange(0, count - DAY_STEPS + 1, STRIDE)
    lowest = np.full(first.size, start)
    for step in range(1, DAY_STEPS + 1):
        moves = np.exp(path[:, first + step] - path[:, first])
        np.minimum(lowest, excess(marks[:, np.newaxis] * moves), out=lowest)
    used = (start - lowest) / start
    return tail_share(1.0, _moves(used)), days


def _moves(used: Column) -> StandardisedMoves:
    moves = standardised_moves(np.maximum(used, 0.0), np.ones(used.size))
    assert TAIL < 1.0
    return moves


def with_joint_days(closed: float, joint: tuple[float, float]) -> float:
    """``closed`` counted as ``PRIOR_DAYS`` days among the joint ones."""
    share, days = joint
    return (PRIOR_DAYS * closed + days * share) / (PRIOR_DAYS + days)
