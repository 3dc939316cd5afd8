"""The account over moves of Bitcoin: equity, margin ratio, and who is liquidated on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tuirisk.analytics.portfolio.excess import PoolExcess
from tuirisk.analytics.portfolio.legs import MarginPool, marks_of
from tuirisk.analytics.portfolio.reverse_stress import factors
from tuirisk.market.candles import Column

STEPS = tuple(step / 100.0 for step in range(-30, 31, 2))
FINE = 5
"""Prices that are looked at on the way from one step to the next."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One move of Bitcoin, a fraction: equity in the account's unit, the cross margin ratio.

    The ratio is None where the cross legs are liquidated, or there are none.
    """

    bitcoin: float
    equity: float
    margin_ratio: float | None
    liquidated: tuple[str, ...]


def ladder(
    pools: Sequence[MarginPool], symbols: Sequence[str], slopes: Column, outside: float = 0.0
) -> tuple[Rung, ...]:
    """The account at each of :data:`STEPS`; every symbol moves by its slope × Bitcoin's move.

    ``outside`` is equity that no pool has. A pool that is liquidated on the way has nothing left,
    and an equity is not below 0.
    """
    rows = {name: row for row, name in enumerate(symbols)}
    by_symbol = marks_of(pools)
    marks = np.array([by_symbol[name] for name in symbols])
    half = len(STEPS) // 2
    fine = np.linspace(0.0, 1.0, half * FINE + 1) * STEPS[-1]
    sides = [_side(pools, rows, marks, slopes, side * fine) for side in (-1.0, 1.0)]
    rungs = []
    for number, step in enumerate(STEPS):
        equity, needed, dead = sides[0 if number < half else 1]
        place = abs(number - half) * FINE
        gone = dead[:, place]
        alive = np.where(gone, 0.0, equity[:, place])
        rungs.append(
            Rung(
                step,
                max(0.0, outside + float(alive.sum())),
                _ratio(pools, equity[:, place], needed[:, place], gone),
                _names(pools, gone),
            )
        )
    return tuple(rungs)


def _side(
    pools: Sequence[MarginPool],
    rows: dict[str, int],
    marks: Column,
    slopes: Column,
    moves: Column,
) -> tuple[Column, Column, Column]:
    """Balance, maintenance margin and whether liquidated by then, each (pools, moves)."""
    prices = marks[:, np.newaxis] * factors(slopes, moves)
    balances = []
    for pool in pools:
        balance = np.full(moves.size, pool.wallet)
        for leg in pool.legs:
            balance += leg.exposure * (prices[rows[leg.symbol]] - leg.entry_price)
        balances.append(balance)
    excess = np.array([PoolExcess(pool, rows, np.inf)(prices) for pool in pools])
    dead = np.logical_or.accumulate(excess <= 0.0, axis=1)
    balance = np.array(balances)
    return balance, balance - excess, dead


def _ratio(
    pools: Sequence[MarginPool], balance: Column, needed: Column, gone: Column
) -> float | None:
    for number, pool in enumerate(pools):
        if not pool.isolated:
            alive = not gone[number] and balance[number] > 0.0
            return float(needed[number] / balance[number]) if alive else None
    return None


def _names(pools: Sequence[MarginPool], gone: Column) -> tuple[str, ...]:
    dead = (leg.symbol for pool, over in zip(pools, gone, strict=True) if over for leg in pool.legs)
    return tuple(dict.fromkeys(dead))
