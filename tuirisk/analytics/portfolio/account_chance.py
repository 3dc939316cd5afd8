"""P(liquidation) of the cross account and of any margin, at the marks of now.

Within 24 h the mean of the paths and of whole past days, within 7 d the paths. The closed form of
whole days costs little and stands alone until a simulation of these positions has run, and where
the excess has moved by more than a quarter since.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tuirisk.analytics.portfolio.legs import Leg, MarginPool, symbols_of
from tuirisk.analytics.portfolio.simulation import AccountSimulation, excesses_of, leg_key
from tuirisk.analytics.portfolio.whole_days import closed_form, with_joint_days
from tuirisk.market.candles import Column
from tuirisk.state import SIMULATING, ChanceModel, CoMovement, DailyExtremes, Missing, Number

NO_CROSS = Missing("no_cross_positions")
MOVED = 0.25
"""An excess that changed by this share outdates a simulation."""


@dataclass(frozen=True, slots=True)
class AccountChances:
    """Probabilities 0–1: of the cross positions within 24 h and 7 d, of any within 24 h.

    ``by_paths`` and ``by_days`` are those of ``day`` that it is the mean of.
    """

    day: Number
    week: Number
    any_day: Number
    model: ChanceModel | Missing
    by_paths: Number = NO_CROSS
    by_days: Number = NO_CROSS


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the closed form is made from."""

    movement: CoMovement
    extremes: Mapping[str, DailyExtremes]

    def covariance(self, symbols: Sequence[str]) -> Column:
        """Daily covariance of ``symbols``, which are among those of the movement."""
        places = [self.movement.symbols.index(name) for name in symbols]
        whole = np.array(self.movement.covariance)
        found: Column = whole[np.ix_(places, places)]
        return found

    def closed(self, pool: MarginPool) -> tuple[float, float]:
        """The closed form of one pool."""
        names = symbols_of((pool,))
        if not names:
            return (0.0, 0.0) if pool.wallet > 0.0 else (1.0, 1.0)
        return closed_form(pool, names, self.covariance(names), self.extremes)


def account_chances(
    pools: Sequence[MarginPool], known: Knowledge, simulated: AccountSimulation | None
) -> AccountChances:
    """The chances of ``pools``; ``simulated`` is the newest simulation of the same positions."""
    closed = [known.closed(pool) for pool in pools]
    cross = [one for one, pool in zip(closed, pools, strict=True) if not pool.isolated]
    by_days = 1.0 - _none_of(day for day, _ in cross)
    longer = 1.0 - _none_of(week for _, week in cross)
    any_closed = 1.0 - _none_of(day for day, _ in closed)
    if simulated is None or _outdated(pools, simulated):
        return AccountChances(
            by_days if cross else NO_CROSS,
            max(by_days, longer) if cross else NO_CROSS,
            any_closed,
            "daily_extremes",
            SIMULATING if cross else NO_CROSS,
            by_days if cross else NO_CROSS,
        )
    day: Number = NO_CROSS
    week: Number = NO_CROSS
    whole = any_closed
    paths: Number = NO_CROSS
    counted: Number = NO_CROSS
    if simulated.cross_day is not None and simulated.cross_week is not None:
        paths, counted = simulated.cross_day, with_joint_days(by_days, simulated.days)
        day = (paths + counted) / 2.0
        week = max(day, simulated.cross_week)
        rest = _none_of(d for (d, _), pool in zip(closed, pools, strict=True) if pool.isolated)
        whole = 1.0 - (1.0 - counted) * rest
    any_day = max((simulated.any_day + whole) / 2.0, day if isinstance(day, float) else 0.0)
    return AccountChances(day, week, any_day, "simulation_and_extremes", paths, counted)


def chances_without(
    pools: Sequence[MarginPool], known: Knowledge, simulated: AccountSimulation | None
) -> dict[Leg, Number]:
    """P(liquidation, 24 h) of each leg's margin had that leg been closed."""
    if simulated is not None and _outdated(pools, simulated):
        simulated = None
    found: dict[Leg, Number] = {}
    for pool in pools:
        for leg in pool.legs:
            if leg.collateral:
                continue
            closed = _closed_without(known, pool, leg)
            paths = None if simulated is None else simulated.without.get(leg_key(leg))
            found[leg] = closed if paths is None else (paths + closed) / 2.0
    return found


def _closed_without(known: Knowledge, pool: MarginPool, leg: Leg) -> float:
    return known.closed(pool.without(leg))[0]


def _none_of(chances: Iterable[float]) -> float:
    clear = 1.0
    for chance in chances:
        clear *= 1.0 - chance
    return clear


def _outdated(pools: Sequence[MarginPool], simulated: AccountSimulation) -> bool:
    """Whether the excess of a pool is gone or has moved by a quarter since."""
    then, now = simulated.excesses, excesses_of(pools)
    if len(then) != len(now):
        return True
    return any(
        new <= 0.0 or abs(new - old) > MOVED * abs(old) for old, new in zip(then, now, strict=True)
    )
