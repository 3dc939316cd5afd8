"""P(liquidation) of hypothetical positions as the monitor would have given it at midnight.

The functions are the monitor's own; the simulation has fewer paths, another seed each day, and pays
the funding rate settled last.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tuirisk.analytics.derivatives.funding_interval import SLACK_MS, snapped_hours
from tuirisk.analytics.forecast.daily_extremes import daily_extremes, p_touch_brownian
from tuirisk.analytics.forecast.volatility_forecast import VolatilityForecast
from tuirisk.analytics.leverage.brackets import brackets_of
from tuirisk.analytics.leverage.hypothetical import HypotheticalPosition
from tuirisk.analytics.leverage.liquidation_chance import (
    NO_LIQUIDATION,
    NO_OTHER,
    Barriers,
    closed_form,
    combined_chances,
)
from tuirisk.analytics.stress.block_length import expected_block
from tuirisk.analytics.stress.inputs import MINIMUM_RETURNS, bar_moves
from tuirisk.analytics.stress.paths import HORIZONS, STEP_MS, SimulatedAsset, simulate_paths
from tuirisk.analytics.stress.return_models import BarMoves
from tuirisk.analytics.stress.simulate import bootstrap_walks
from tuirisk.events.intervals import DAY_MS, HOUR_MS
from tuirisk.feed.files.model import Settlements
from tuirisk.market.candles import Bars, Column
from tuirisk.state import DailyRisk, Missing

PATHS = 2_000
HORIZON_MS = {name: steps * STEP_MS for name, steps in HORIZONS.items()}
UNUSED = Missing("not_applicable")


class Chance(NamedTuple):
    """P(liquidation) of one position within 24 h and 7 d, and by Brownian motion with the HAR σ."""

    day: float
    week: float
    brownian_day: float
    brownian_week: float


def liquidation_chances(
    positions: tuple[HypotheticalPosition, ...],
    bars_15m: Bars,
    bars_1d: Bars,
    forecast: VolatilityForecast,
    funding: tuple[float, tuple[int, ...]],
    now_ms: int,
) -> list[Chance] | None:
    """The chances of ``positions`` of one symbol at ``now_ms``; None where the bars are too few.

    ``funding`` is the rate and the steps at which it is paid, of :func:`funding_ahead`.
    """
    sigma, week_sigma = forecast.sigma_24h, forecast.sigma_7d
    if isinstance(sigma, Missing) or isinstance(week_sigma, Missing) or not positions:
        return None
    _, rows = bar_moves(bars_15m)
    moves = BarMoves(*(row[np.newaxis] for row in rows))
    if moves.returns.size < MINIMUM_RETURNS or not moves.returns.std() > 0.0:
        return None
    mark = positions[0].position.entry_price
    simulated = _simulated(positions, moves, sigma, funding, now_ms)
    extremes = daily_extremes(bars_1d, forecast)
    daily = DailyRisk(sigma, forecast.model, UNUSED, UNUSED, UNUSED, extremes=extremes)
    found = []
    for number, (_, _, level) in enumerate(positions):
        closed, _, _ = closed_form(mark, daily, Barriers(level, NO_OTHER, False))
        by_paths = [float(simulated[name][number]) for name in ("24h", "7d")]
        assert not isinstance(closed, Missing), NO_LIQUIDATION
        day, week = combined_chances(closed, by_paths[0], max(by_paths))
        assert not isinstance(week, Missing)
        distance = level / mark - 1.0
        brownian = (p_touch_brownian(distance, s) for s in (sigma, week_sigma))
        found.append(Chance(day, week, *brownian))
    return found


def _simulated(
    positions: tuple[HypotheticalPosition, ...],
    moves: BarMoves,
    sigma: float,
    funding: tuple[float, tuple[int, ...]],
    now_ms: int,
) -> dict[str, Column]:
    """The share of liquidated paths of each position, by horizon."""
    rate, settlements = funding
    first = positions[0].position
    brackets, _ = brackets_of(first.symbol, ())
    held = tuple(position for position, _, _ in positions)
    asset = SimulatedAsset(
        first.symbol,
        first.entry_price,
        brackets,
        held,
        (0.0,) * len(held),
        rate,
        settlements if rate else (),
    )
    block = expected_block(moves.returns)
    found: dict[str, Column] = {}
    for number, (walk, horizons) in enumerate(bootstrap_walks(moves, np.array([sigma]), block)):
        seed = (now_ms // DAY_MS, number)
        outcomes = simulate_paths(walk, [asset], 0.0, seed, paths=PATHS, horizons=horizons)
        found |= {name: outcome.liquidated.mean(axis=1) for name, outcome in outcomes.items()}
    return found


def funding_ahead(funding: Settlements, now_ms: int) -> tuple[float, tuple[int, ...]]:
    """The rate settled last by ``now_ms``, and the steps (15 min, from 1) of the next payments.

    No rate, and so no payment, where nothing was settled within the 8 h before.
    """
    settled = int(np.searchsorted(funding.time, now_ms + SLACK_MS, side="right"))
    if not settled or now_ms - int(funding.time[settled - 1]) > 8 * HOUR_MS:
        return 0.0, ()
    newest = int(funding.time[settled - 1])
    before = int(funding.time[settled - 2]) if settled > 1 else newest - 8 * HOUR_MS
    every = snapped_hours(newest - before) * HOUR_MS
    times = np.arange(newest + every, now_ms + HORIZON_MS["7d"] + 1, every)
    steps = np.maximum(np.ceil((times - now_ms) / STEP_MS).astype(int), 1)
    return float(funding.rate[settled - 1]), tuple(steps.tolist())
