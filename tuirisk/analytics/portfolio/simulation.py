"""The simulation of the whole account: joint paths to 24 h and 7 d, and what they do to it.

Pure: the same inputs give the same bits, in whatever order the positions are listed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tuirisk.analytics.forecast.volatility_forecast import volatility_forecast
from tuirisk.analytics.leverage.open_positions import OpenPositions
from tuirisk.analytics.portfolio.account_inputs import AccountInputs, BarHistory
from tuirisk.analytics.portfolio.contributions import Shares, shares
from tuirisk.analytics.portfolio.excess import balance_of, maintenance_of
from tuirisk.analytics.portfolio.joint_bars import JointBars, SymbolBars, joint_bars
from tuirisk.analytics.portfolio.joint_paths import PATHS, WEEK_STRIDE, JointPaths, joint_paths
from tuirisk.analytics.portfolio.legs import Leg, MarginPool, exposures_of
from tuirisk.analytics.portfolio.path_outcomes import FundingTerms, walk
from tuirisk.analytics.portfolio.whole_days import joint_days
from tuirisk.analytics.stress.block_length import expected_block
from tuirisk.analytics.stress.filtered import DAY_STEPS
from tuirisk.analytics.stress.paths import HORIZONS
from tuirisk.market.candles import Column
from tuirisk.state import Missing

LEG_PATHS = 200_000
"""Paths × legs at most: with many legs fewer paths are walked."""
FEWEST_PATHS = 2_000

LegKey = tuple[str, str, float]
"""Symbol, side and quantity of a leg."""


@dataclass(frozen=True, slots=True)
class AccountPaths:
    """The joint bars and the paths drawn from them, kept for other accounts along the same."""

    bars: JointBars
    day: JointPaths
    week: JointPaths


@dataclass(frozen=True, slots=True)
class AccountSimulation:
    """What became of the account along the paths; chances are 0–1 of the paths alone.

    ``cross_day`` and ``cross_week`` are of the cross positions, None without any; ``any_day`` of
    any margin at all. ``days`` are the joint past days: the share in which the cross positions are
    liquidated, and their number. ``excesses`` are those of the pools at the start.
    """

    time_ms: int
    open_positions: OpenPositions
    cross_day: float | None
    cross_week: float | None
    any_day: float
    days: tuple[float, float]
    excesses: tuple[float, ...]
    without: Mapping[LegKey, float]
    shares: Mapping[LegKey, Shares] | None
    filled: tuple[str, ...]
    paths: AccountPaths


def simulate_account(
    inputs: AccountInputs, paths: int = PATHS, stopped: Callable[[], bool] = lambda: False
) -> AccountSimulation | None:
    """Simulate all positions of ``inputs``; None where no symbol has a history.

    Raises:
        SimulationStopped: ``stopped()`` became true.
    """
    legs = sum(len(pool.legs) for pool in inputs.pools)
    drawn = account_paths(inputs, path_count(legs, paths))
    if drawn is None or not legs:
        return None
    return outcome(inputs, drawn, stopped)


def simulate_chances(
    inputs: AccountInputs, stopped: Callable[[], bool] = lambda: False, paths: int = PATHS
) -> AccountSimulation | None:
    """As :func:`simulate_account`, the chances alone.

    Raises:
        SimulationStopped: ``stopped()`` became true.
    """
    drawn = account_paths(inputs, path_count(sum(len(p.legs) for p in inputs.pools), paths))
    return None if drawn is None or not inputs.pools else outcomes([inputs], drawn, stopped)[0]


def path_count(legs: int, paths: int = PATHS) -> int:
    """How many of ``paths`` paths are walked with so many legs."""
    return max(min(paths, LEG_PATHS // max(legs, 1)), min(paths, FEWEST_PATHS))


def outcome(
    inputs: AccountInputs, drawn: AccountPaths, stopped: Callable[[], bool] = lambda: False
) -> AccountSimulation:
    """The account of ``inputs`` along the paths ``drawn``, with each leg's part in it."""
    bars, pools = drawn.bars, inputs.pools
    legs = tuple(leg for pool in pools for leg in pool.legs)
    day = walk(
        drawn.day,
        bars.symbols,
        pools,
        bars.correlation,
        inputs.funding,
        legs_without=tuple(dict.fromkeys(leg for leg in legs if not leg.collateral)),
        with_profit=True,
        stopped=stopped,
    )
    cross = tuple(pool for pool in pools if not pool.isolated)
    week = _survival(drawn.week, bars, cross, inputs.funding, stopped)
    made = shares({leg: gain for leg, gain in day.profit.items() if not leg.collateral})
    return replace(
        _simulation(inputs, drawn, list(day.survival), list(week)),
        without={leg_key(leg): _chance(alive) for leg, alive in day.without.items()},
        shares=None if made is None else {leg_key(leg): one for leg, one in made.items()},
    )


def outcomes(
    accounts: Sequence[AccountInputs],
    drawn: AccountPaths,
    stopped: Callable[[], bool] = lambda: False,
) -> list[AccountSimulation]:
    """Several accounts at the same marks along the same paths, their chances alone.

    The paths are walked once for all of them.
    """
    pools = tuple(pool for one in accounts for pool in one.pools)
    cross = tuple(pool for pool in pools if not pool.isolated)
    funding = {name: terms for one in accounts for name, terms in one.funding.items()}
    day = iter(_survival(drawn.day, drawn.bars, pools, funding, stopped))
    week = iter(_survival(drawn.week, drawn.bars, cross, funding, stopped))
    found = []
    for one in accounts:
        days = [next(day) for _ in one.pools]
        weeks = [next(week) for pool in one.pools if not pool.isolated]
        found.append(_simulation(one, drawn, days, weeks))
    return found


def _simulation(
    inputs: AccountInputs, drawn: AccountPaths, day: Sequence[Column], week: Sequence[Column]
) -> AccountSimulation:
    """The chances of ``inputs``, from the survival of its pools and of its cross ones."""
    pools = inputs.pools
    cross = [alive for alive, pool in zip(day, pools, strict=True) if not pool.isolated]
    together = [pool for pool in pools if not pool.isolated]
    cross_day = cross_week = None
    share = (0.0, 0.0)
    if cross:
        cross_day = _chance(np.prod(cross, axis=0))
        cross_week = max(cross_day, _chance(np.prod(week, axis=0)))
        if len(together) == 1 and len({leg.symbol for leg in together[0].legs}) > 1:
            share = joint_days(together[0], drawn.bars)
    return AccountSimulation(
        inputs.time_ms,
        inputs.open_positions,
        cross_day,
        cross_week,
        _chance(np.prod(day, axis=0)),
        share,
        excesses_of(pools),
        {},
        None,
        drawn.bars.filled,
        drawn,
    )


def account_paths(inputs: AccountInputs, paths: int = PATHS) -> AccountPaths | None:
    """The joint bars of all symbols of ``inputs``, and the paths drawn from them.

    Which bars are drawn hangs on the reference symbol alone: another account along the same bars
    gets the same draws.
    """
    weights = exposures_of(inputs.pools)
    known = [
        SymbolBars(name, one.bars_15m, _sigma(one), weights.get(name, 0.0))
        for name, one in inputs.histories.items()
    ]
    bars = joint_bars(known, inputs.reference, inputs.seed)
    if bars is None:
        return None
    block = expected_block(bars.week[[bars.symbols.index(bars.reference)]])
    day, week = (inputs.seed, 10), (inputs.seed, 11)
    return AccountPaths(
        bars,
        joint_paths(bars.day, bars.day_range, block, day, steps=DAY_STEPS, paths=paths),
        joint_paths(
            bars.week,
            bars.week_range,
            block,
            week,
            steps=HORIZONS["7d"] // WEEK_STRIDE,
            paths=paths,
            stride=WEEK_STRIDE,
        ),
    )


def day_chance(
    drawn: AccountPaths, pools: tuple[MarginPool, ...], funding: Mapping[str, FundingTerms]
) -> float:
    """The share of the paths on which any of ``pools`` is liquidated within 24 h."""
    return _chance(np.prod(_survival(drawn.day, drawn.bars, pools, funding), axis=0))


def _survival(
    paths: JointPaths,
    bars: JointBars,
    pools: tuple[MarginPool, ...],
    funding: Mapping[str, FundingTerms],
    stopped: Callable[[], bool] = lambda: False,
) -> Column:
    """Of each pool along each path, (pools, paths)."""
    if not pools:
        return np.empty((0, paths.drawn.shape[1]))
    return walk(paths, bars.symbols, pools, bars.correlation, funding, stopped=stopped).survival


def excesses_of(pools: Sequence[MarginPool]) -> tuple[float, ...]:
    """Margin balance less maintenance margin of each pool at the marks."""
    return tuple(balance_of(one) - maintenance_of(one) for one in pools)


def leg_key(leg: Leg) -> LegKey:
    """What tells a leg apart, whatever the prices."""
    return leg.symbol, leg.side, leg.quantity


def _chance(survival: Column) -> float:
    return min(max(1.0 - float(survival.mean()), 0.0), 1.0)


def _sigma(history: BarHistory) -> float | None:
    sigma = volatility_forecast(history.bars_15m, history.bars_1d).sigma_24h
    return None if isinstance(sigma, Missing) else sigma
