"""What joint paths do to margin pools: chances of liquidation, and each leg's P&L.

A pool is liquidated where its excess reaches 0. Between two steps the excess is a Brownian bridge:
with E₀ and E₁ at its ends and variance V it reaches 0 with probability exp(−2 E₀E₁/V) (Beaglehole,
Dybvig & Zhou, Financial Analysts Journal 53, 1997). V is that of the drawn bars: the notionals of
the pool's legs, each bar's σ by its range, the correlation of the bars.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tuirisk.analytics.portfolio.excess import Bounds, LegMargin, PoolExcess, bounds_of
from tuirisk.analytics.portfolio.joint_paths import Drawn, JointPaths
from tuirisk.analytics.portfolio.legs import Leg, MarginPool, marks_of
from tuirisk.analytics.stress.paths import SimulationStopped
from tuirisk.market.candles import Column

NEAR = 40.0
"""A bridge whose exponent is beyond −NEAR counts as never reaching."""


@dataclass(frozen=True, slots=True)
class FundingTerms:
    """The rate of one symbol's next funding, and the 15m steps (from 1) at which it is paid."""

    rate: float
    steps: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PathOutcomes:
    """Survival of each pool along each path, (pools, paths): the chance that it is not liquidated.

    ``without`` is the survival of the pool of each leg had that leg been closed at the start;
    ``profit`` (legs, paths) what each leg makes to the end where it is held, funding included.
    """

    survival: Column
    without: Mapping[Leg, Column]
    profit: Mapping[Leg, Column]


class _Account:
    """One excess followed along the paths."""

    def __init__(self, start: float, variance: Column, paths: int) -> None:
        self.before = np.full(paths, start)
        self.survival = np.full(paths, 1.0 if start > 0.0 else 0.0)
        self._variance = variance

    def step(self, excess: Column, drawn: Drawn) -> None:
        """Take in the excess at the end of a step."""
        variance = np.take(self._variance, drawn, mode="clip")
        exponent = self.before * excess
        exponent *= 2.0
        near = np.flatnonzero(exponent < NEAR * variance)
        if near.size:
            one, scale = exponent[near], variance[near]
            ratio = np.divide(one, scale, out=np.full(near.size, np.inf), where=scale > 0.0)
            alive = -np.expm1(-np.maximum(ratio, 0.0))
            alive[excess[near] <= 0.0] = 0.0
            self.survival[near] *= alive
        self.before = excess


def walk(
    paths: JointPaths,
    symbols: Sequence[str],
    pools: Sequence[MarginPool],
    correlation: Column,
    funding: Mapping[str, FundingTerms],
    *,
    legs_without: Sequence[Leg] = (),
    with_profit: bool = False,
    stopped: Callable[[], bool] = lambda: False,
) -> PathOutcomes:
    """Walk ``pools`` along ``paths``, whose rows are ``symbols``.

    ``legs_without`` are the legs whose absence is looked at too.

    Raises:
        SimulationStopped: ``stopped()`` became true.
    """
    used = tuple(sorted({leg.symbol for pool in pools for leg in pool.legs}))
    places = np.array([symbols.index(name) for name in used], np.int64)
    rows = {name: row for row, name in enumerate(used)}
    by_symbol = marks_of(pools)
    marks = np.array([by_symbol[name] for name in used])
    spread, inner = paths.spread[places], correlation[np.ix_(places, places)]
    count = paths.drawn.shape[1]
    excesses = [PoolExcess(pool, rows) for pool in pools]
    start = marks[:, np.newaxis]
    followed = [
        _Account(float(one(start)[0]), bar_variance(one.notionals, spread, inner), count)
        for one in excesses
    ]
    absent = _Absent(pools, legs_without, rows, excesses, spread, inner, start, count)
    owed = [np.zeros(count) for _ in pools]
    paid = {name: np.zeros(count) for name in used if name in funding}
    settling = _settling(funding, used, paths.stride)
    for step, prices in paths.prices(marks, places):
        if stopped():
            raise SimulationStopped
        for name in settling.get(step, ()):
            rate = funding[name].rate
            paid[name] += rate * prices[rows[name]]
            for number, pool in enumerate(pools):
                exposure = sum(leg.exposure for leg in pool.legs if leg.symbol == name)
                if exposure:
                    owed[number] += exposure * rate * prices[rows[name]]
        drawn = paths.drawn[step - 1]
        bounds = bounds_of(prices)
        now = [one(prices, bounds) - debt for one, debt in zip(excesses, owed, strict=True)]
        for account, excess in zip(followed, now, strict=True):
            account.step(excess, drawn)
        absent.step(now, prices, bounds, paid, drawn)
    profit: dict[Leg, Column] = {}
    if with_profit:
        for pool in pools:
            for leg in pool.legs:
                gain = leg.exposure * (prices[rows[leg.symbol]] - leg.mark)
                if leg.symbol in paid:
                    gain = gain - leg.exposure * paid[leg.symbol]
                profit[leg] = profit[leg] + gain if leg in profit else gain
    return PathOutcomes(np.array([one.survival for one in followed]), absent.survival(), profit)


def bar_variance(notionals: Column, spread: Column, correlation: Column) -> Column:
    """Variance of the excess within each bar, from the legs' notionals, (symbols,)."""
    weighted = notionals[:, np.newaxis] * spread
    variance: Column = np.einsum("ib,ik,kb->b", weighted, correlation, weighted)
    return np.maximum(variance, 0.0)


def _settling(
    funding: Mapping[str, FundingTerms], used: Sequence[str], stride: int
) -> dict[int, list[str]]:
    """Step → the symbols that pay at its end."""
    found: dict[int, list[str]] = {}
    for name in used:
        terms = funding.get(name)
        if terms is not None and terms.rate:
            for step in terms.steps:
                found.setdefault(-(-step // stride), []).append(name)
    return found


class _Absent:
    """Each leg's pool without the leg, followed beside the pool itself."""

    def __init__(
        self,
        pools: Sequence[MarginPool],
        legs: Sequence[Leg],
        rows: Mapping[str, int],
        excesses: Sequence[PoolExcess],
        spread: Column,
        correlation: Column,
        start: Column,
        paths: int,
    ) -> None:
        self._followed: list[tuple[int, Leg, LegMargin, _Account]] = []
        for leg in legs:
            number = next(i for i, pool in enumerate(pools) if leg in pool.legs)
            margin = LegMargin(leg, rows[leg.symbol], np.inf)
            rest = PoolExcess(pools[number].without(leg), rows)
            variance = bar_variance(rest.notionals, spread, correlation)
            account = _Account(float(rest(start)[0]), variance, paths)
            self._followed.append((number, leg, margin, account))

    def step(
        self,
        now: Sequence[Column],
        prices: Column,
        bounds: Bounds,
        paid: Mapping[str, Column],
        drawn: Drawn,
    ) -> None:
        for number, leg, margin, account in self._followed:
            price = prices[margin.row]
            excess = now[number] - leg.exposure * (price - leg.mark)
            excess += margin(price, bounds)
            if leg.symbol in paid:
                excess += leg.exposure * paid[leg.symbol]
            account.step(excess, drawn)

    def survival(self) -> dict[Leg, Column]:
        return {leg: account.survival for _, leg, _, account in self._followed}
