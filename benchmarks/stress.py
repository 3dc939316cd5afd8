"""The simulated paths against the numpy version one would write first: same draws, same numbers.

    python -m benchmarks.stress

10 000 paths of the stationary bootstrap with funding at its times and the first touch of the
liquidation price by each bar's low, for one isolated position. The peer holds all paths × steps at
once: it gathers the returns by fancy indexing, sums them up, and looks at the whole matrix. It is
handed the very indices that our walk draws, and is timed without drawing them, then with drawing
its own; our time always includes the drawing. Results must be equal (P&L to 1e-9, the same paths
liquidated) or the run ends with an error. Then the same walk looked at by its closes alone: what
following every bar's low costs on top. Then the closed form of the chance of liquidation, which
follows every mark price. The last lines are the peak memory of both as positions are added.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from tuirisk.analytics.forecast.daily_extremes import standardised_moves
from tuirisk.analytics.leverage.brackets import brackets_of
from tuirisk.analytics.leverage.liquidation_chance import NO_OTHER, Barriers, closed_form
from tuirisk.analytics.leverage.open_positions import OpenPosition
from tuirisk.analytics.stress.paths import (
    HORIZONS,
    PATHS,
    PathOutcome,
    SimulatedAsset,
    simulate_paths,
)
from tuirisk.analytics.stress.return_models import BarMoves, ReturnGenerator, blocks
from tuirisk.state import DailyExtremes, DailyRisk, Missing

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

BARS = 3_072
BLOCK = 16.0
SEED = (1, 0)
MARK, QUANTITY, LEVERAGE, RATE = 50_000.0, 0.4, 20.0, 0.0003
EVERY = 32
"""Steps between fundings: 8 h."""


def bars(symbols: int) -> BarMoves:
    rng = np.random.default_rng(7)
    returns = rng.standard_t(4, (symbols, BARS)) * 0.0015
    low, high = np.abs(rng.normal(0.0, 0.001, (2, symbols, BARS)))
    return BarMoves(returns, np.minimum(-low, -returns), np.maximum(high, -returns))


def asset(number: int, steps: int) -> SimulatedAsset:
    wallet = QUANTITY * MARK / LEVERAGE
    held = OpenPosition(f"C{number}", "long", QUANTITY, MARK, LEVERAGE, True, wallet)
    settlements = tuple(range(20, steps + 1, EVERY))
    brackets, _ = brackets_of("BTCUSDT", ())
    return SimulatedAsset(held.symbol, MARK, brackets, (held,), (0.0002,), RATE, settlements)


def ours(series: BarMoves, steps: int, paths: int = PATHS) -> PathOutcome:
    assets = [asset(number, steps) for number in range(len(series.returns))]
    found = simulate_paths(
        blocks(series, BLOCK), assets, 0.0, SEED, paths=paths, horizons={"": steps}
    )
    return found[""]


def indices(steps: int) -> Indices:
    """The bars our walk draws, shape (paths, steps): a walk whose growth is the bar's number."""
    numbers = np.arange(1.0, BARS + 1.0)
    moves = BarMoves.of_closes(np.log(numbers)[np.newaxis])
    walk = blocks(moves, BLOCK)(np.random.default_rng([*SEED, 0]), PATHS, steps)
    drawn = np.empty((steps, PATHS))
    for row in drawn:
        row[:] = 1.0
        walk.advance(row[np.newaxis])
    return np.ascontiguousarray(np.rint(drawn * numbers.mean() - 1.0).astype(np.int64).T)


def draw(steps: int) -> Indices:
    """Indices of a stationary bootstrap, all at once."""
    rng = np.random.default_rng(3)
    new = rng.random((PATHS, steps)) < 1.0 / BLOCK
    new[:, 0] = True
    starts = rng.integers(BARS, size=(PATHS, steps))
    column = np.arange(steps)
    began = np.maximum.accumulate(np.where(new, column, 0), axis=1)
    return (np.take_along_axis(starts, began, axis=1) + column - began) % BARS


def fancy(series: BarMoves, drawn: Indices) -> tuple[Floats, NDArray[np.bool_]]:
    """P&L and liquidation of every path from the whole matrix of prices."""
    steps = drawn.shape[1]
    held = asset(0, steps)
    growth = series.returns[0] - np.log(np.exp(series.returns[0]).mean())
    prices = MARK * np.exp(np.cumsum(growth[drawn], axis=1))
    lows = prices * np.exp(series.low[0])[drawn]
    paid = np.zeros_like(prices)
    for step in held.settlements:
        paid[:, step - 1] = QUANTITY * RATE * prices[:, step - 1]
    paid = np.cumsum(paid, axis=1)
    bracket, dead = held.brackets[0], np.zeros(len(prices), np.bool_)
    # A low comes before the funding at its bar's end, the close after it.
    for price, taken in ((lows, np.pad(paid[:, :-1], ((0, 0), (1, 0)))), (prices, paid)):
        excess = held.positions[0].wallet - taken + QUANTITY * (price - MARK)
        excess -= QUANTITY * price * bracket.maintenance_rate - bracket.cumulative
        dead |= (excess <= 0.0).any(axis=1)
    gain = QUANTITY * (prices[:, -1] - MARK) - paid[:, -1]
    return np.where(dead, -held.positions[0].wallet, gain), dead


class ClosesAlone:
    """A walk whose prices within a step are those at its end."""

    def __init__(self, walk: ReturnGenerator) -> None:
        self._walk = walk

    def advance(self, prices: Floats) -> None:
        self._walk.advance(prices)

    def low(self, row: int, price: Floats) -> Floats:
        return price

    def high(self, row: int, price: Floats) -> Floats:
        return price


def closes_alone(series: BarMoves, steps: int) -> PathOutcome:
    """:func:`ours` of one position, looked at by closes."""
    make = blocks(series, BLOCK)
    found = simulate_paths(
        lambda rng, paths, count: ClosesAlone(make(rng, paths, count)),
        [asset(0, steps)],
        0.0,
        SEED,
        horizons={"": steps},
    )
    return found[""]


def closed_form_of_one() -> Callable[[], object]:
    """The closed form at a level 5 % away, from 500 past days and the pooled ones."""
    rng = np.random.default_rng(3)
    moves = standardised_moves(np.abs(rng.standard_t(4, 500)), np.ones(500), (0.5, 1.0, 2.0))
    extremes = DailyExtremes(0.03, 0.08, moves, moves, moves, moves)
    none = Missing("not_applicable")
    daily = DailyRisk(0.03, "har", none, none, none, extremes=extremes)
    barriers = Barriers(MARK * 0.95, NO_OTHER, False)
    return lambda: closed_form(MARK, daily, barriers)


def best(work: Callable[[], object], seconds: float = 2.0) -> float:
    """The shortest time of ``work`` in runs over about ``seconds``, seconds."""
    work()
    shortest, end = float("inf"), time.perf_counter() + seconds
    while (begun := time.perf_counter()) < end:
        work()
        shortest = min(shortest, time.perf_counter() - begun)
    return shortest


def peak(work: Callable[[], object]) -> float:
    """Peak of what ``work`` allocates, MiB."""
    tracemalloc.start()
    work()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / 2**20


def main() -> None:
    series = bars(1)
    print(
        f"{'10 000 paths, one position':<34}{'tuirisk':>12}{'peer':>12}{'ratio':>9}{'drawing':>12}"
    )
    for name, steps in HORIZONS.items():
        drawn = indices(steps)
        found, (gain, dead) = ours(series, steps), fancy(series, drawn)
        np.testing.assert_array_equal(found.liquidated[0], dead)
        np.testing.assert_allclose(found.profit[0], gain, rtol=1e-9, atol=1e-9 * MARK)
        mine = best(partial(ours, series, steps))
        peer = best(partial(fancy, series, drawn))
        both = peer + best(partial(draw, steps))
        print(
            f"{name + f' ({steps} steps)':<34}{mine * 1e3:9.2f} ms{peer * 1e3:9.2f} ms"
            f"{peer / mine:7.1f} ×{both / mine:10.1f} ×"
        )
    lows = best(partial(ours, series, HORIZONS["24h"]))
    closes = best(partial(closes_alone, series, HORIZONS["24h"]))
    print(f"24 h by closes alone {closes * 1e3:24.2f} ms; with every low {lows / closes:.2f} ×")
    one = closed_form_of_one()
    print(f"closed form of one position {best(one, 0.5) * 1e6:17.1f} µs")
    for count in (1, 10, 50):
        most = peak(partial(ours, bars(count), HORIZONS["24h"]))
        print(f"peak memory, 24 h, {count:>3} positions{most:12.1f} MiB")
    whole = peak(lambda: fancy(series, draw(HORIZONS["24h"])))
    print(f"peak memory, 24 h, the peer's one{whole:13.1f} MiB")


if __name__ == "__main__":
    main()
