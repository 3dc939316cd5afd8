"""Monte Carlo of all positions: P&L, VaR, ES and P(liquidation) after 24 h and 7 d.

Pure: the same inputs give the same bits. The numbers published are those of the stationary block
bootstrap: over 24 h of bars scaled to the forecast volatility (filtered historical simulation),
over 7 d of the bars as they are; Gaussian and Student-t models are for comparison. No model has a
drift. Money is in the quote asset.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import floor

import numpy as np

from tuirisk.analytics.leverage.open_positions import OpenPosition
from tuirisk.analytics.leverage.stress_result import (
    AccountStress,
    Chances,
    StressResult,
    no_horizon,
    no_stress,
)
from tuirisk.analytics.stress.block_length import expected_block
from tuirisk.analytics.stress.filtered import filtered_moves
from tuirisk.analytics.stress.inputs import StressInputs
from tuirisk.analytics.stress.paths import (
    HORIZONS,
    PATHS,
    PathOutcome,
    SimulatedAsset,
    simulate_paths,
    wallet_group,
)
from tuirisk.analytics.stress.return_models import (
    BarMoves,
    MakeWalk,
    blocks,
    fit_degrees,
    gaussian,
    student_t,
)
from tuirisk.analytics.stress.scenario_pnl import scenario_result, shock_outcomes
from tuirisk.market.candles import Column
from tuirisk.state import (
    Histogram,
    Horizon,
    Missing,
    ModelRisk,
    Number,
    ScenarioResult,
    Stress,
    first_missing,
)

QUANTILES = ("0.01", "0.05", "0.25", "0.5", "0.75", "0.95", "0.99")
TAIL = 0.05
BINS = 40
NOTHING = Missing("nothing_to_simulate")

Outcomes = Mapping[str, Mapping[str, PathOutcome]]
"""Model → horizon → what became of the paths."""


def simulate(
    inputs: StressInputs, paths: int = PATHS, stopped: Callable[[], bool] = lambda: False
) -> StressResult:
    """Simulate all positions of ``inputs`` along the same paths.

    Raises:
        SimulationStopped: ``stopped()`` became true.
    """
    if not inputs.assets:
        return refusal(inputs, NOTHING)
    block, degrees = expected_block(inputs.returns), fit_degrees(inputs.returns)
    runs: tuple[tuple[str, MakeWalk, Mapping[str, int]], ...] = (
        *(("bootstrap", *walk) for walk in bootstrap_walks(inputs.moves, inputs.sigmas, block)),
        ("gaussian", gaussian(inputs.returns), HORIZONS),
        ("student_t", student_t(inputs.returns, degrees), HORIZONS),
    )
    outcomes: dict[str, dict[str, PathOutcome]] = {}
    for number, (name, make, horizons) in enumerate(runs):
        simulated = simulate_paths(
            make,
            inputs.assets,
            inputs.open_positions.wallet,
            (inputs.seed, number),
            others=inputs.open_positions.other_wallets,
            paths=paths,
            horizons=horizons,
            stopped=stopped,
        )
        outcomes.setdefault(name, {}).update(simulated)
    return _Report(inputs, outcomes, block, degrees, paths).result()


def bootstrap_walks(
    moves: BarMoves, sigmas: Column, block: float
) -> tuple[tuple[MakeWalk, Mapping[str, int]], ...]:
    """The walks whose numbers are published, with the horizons (steps) of each.

    To 24 h the bars scaled to the forecast ``sigmas``, to 7 d the bars as they are.
    """
    day, week = ({name: HORIZONS[name]} for name in ("24h", "7d"))
    return (blocks(filtered_moves(moves, sigmas), block), day), (blocks(moves, block), week)


class _Report:
    """Paths into the numbers that are shown."""

    def __init__(
        self, inputs: StressInputs, outcomes: Outcomes, block: float, degrees: float, paths: int
    ) -> None:
        self._inputs = inputs
        self._outcomes = outcomes
        self._block, self._degrees, self._paths = block, degrees, paths
        self._rows = _account_rows(inputs.assets, inputs.open_positions.other_wallets)
        self._hits = {
            shock.name: shock_outcomes(
                inputs.assets,
                inputs.open_positions.wallet,
                shock,
                inputs.open_positions.other_wallets,
            )
            for shock in inputs.shocks
        }

    def result(self) -> StressResult:
        inputs = self._inputs
        symbols = {
            asset.symbol: self._symbol(row, asset) for row, asset in enumerate(inputs.assets)
        }
        for position, reason in inputs.refused.items():
            symbols[position.symbol] = no_stress(reason, inputs.time_ms)
        chances: dict[OpenPosition, Chances] = {
            position: self._chances([row]) for position, row in self._rows.items()
        }
        chances |= {position: (reason, reason) for position, reason in inputs.refused.items()}
        return StressResult(
            inputs.time_ms,
            inputs.open_positions,
            chances,
            symbols,
            self._account(),
            {asset.symbol: asset.mark for asset in inputs.assets},
        )

    def _symbol(self, row: int, asset: SimulatedAsset) -> Stress:
        profits = {name: o.profit[row] for name, o in self._outcomes["bootstrap"].items()}
        horizons = {
            name: horizon(o.profit[row], o.exit_cost[row], self._book_refusal(asset))
            for name, o in self._outcomes["bootstrap"].items()
        }
        accounts = [self._rows[position] for position in asset.positions]
        larger = max(asset.positions, key=lambda position: position.quantity)
        return Stress(
            paths=self._paths,
            horizons=horizons,
            scenarios=tuple(
                scenario_result(
                    asset, shock, self._hits[shock.name][0], self._inputs.exits, horizons["24h"]
                )
                for shock in self._inputs.shocks
            ),
            models={name: self._model(name, row, accounts) for name in self._outcomes},
            histogram=histogram(profits["24h"]),
            exit_slippage=self._inputs.exits[larger][""],
            block=self._block,
            degrees_of_freedom=self._degrees,
            bars=int(self._inputs.returns.shape[1]),
            time_ms=self._inputs.time_ms,
        )

    def _model(self, name: str, row: int, accounts: list[int]) -> ModelRisk:
        losses = {h: _var(o.profit[row]) for h, o in self._outcomes[name].items()}
        day, week = self._chances(accounts, name)
        return ModelRisk(day, week, losses["24h"], losses["7d"])

    def _chances(self, accounts: list[int], model: str = "bootstrap") -> tuple[float, float]:
        """Shares of the paths on which any of ``accounts`` is liquidated within 24 h and 7 d.

        The week's is at least the day's: in a storm its paths, of all the past month, are calmer.
        """
        day, week = (
            float(self._outcomes[model][name].liquidated[accounts].any(axis=0).mean())
            for name in ("24h", "7d")
        )
        return day, max(day, week)

    def _book_refusal(self, asset: SimulatedAsset) -> Missing | None:
        costs = (self._inputs.exits[position][""] for position in asset.positions)
        return first_missing(*costs)

    def _account(self) -> AccountStress:
        if self._inputs.refused:
            position, reason = next(iter(self._inputs.refused.items()))
            return _no_account(Missing("of_symbol", symbol=position.symbol, reason=reason))
        refusals = [(a.symbol, self._book_refusal(a)) for a in self._inputs.assets]
        refusal = next(
            (Missing("of_symbol", symbol=n, reason=r) for n, r in refusals if r is not None), None
        )
        outcomes = self._outcomes["bootstrap"]
        every = sorted(set(self._rows.values()))
        return AccountStress(
            {
                name: horizon(o.total, o.exit_cost.sum(axis=0), refusal)
                for name, o in outcomes.items()
            },
            histogram(outcomes["24h"].total),
            self._chances(every),
            tuple(
                ScenarioResult(
                    shock.name,
                    self._hits[shock.name][1],
                    any(hit.liquidated for hit in self._hits[shock.name][0].values()),
                    price=shock.price,
                )
                for shock in self._inputs.shocks
            ),
        )


def horizon(profit: Column, exit_cost: Column, refusal: Missing | None) -> Horizon:
    """Quantiles, VaR and ES of P&L; with the exit's cost where the book does not refuse it."""
    ordered = np.sort(profit)
    after = None if refusal is not None else np.sort(profit - exit_cost)
    return Horizon(
        _var(profit),
        _es(ordered),
        {name: float(np.quantile(ordered, float(name))) for name in QUANTILES},
        _refused(refusal) if after is None else _var(after),
        _refused(refusal) if after is None else _es(after),
    )


def histogram(profit: Column) -> Histogram:
    """Counts of P&L in equal bins over all but the outermost 0.2 %, which the ends take in."""
    low, high = np.quantile(profit, (0.001, 0.999)).tolist()
    if not low < high:
        low, high = low - 1.0, high + 1.0
    counts, edges = np.histogram(np.clip(profit, low, high), BINS, (low, high))
    return Histogram(tuple(edges.tolist()), tuple(counts.tolist()))


def _var(profit: Column) -> float:
    return 0.0 - float(np.quantile(profit, TAIL))


def _es(ordered: Column) -> float:
    """Mean of the worst 5 %, as ``historical_es``."""
    tail = ordered[: floor((ordered.size - 1) * TAIL) + 1]
    # The mean of equal losses may come out a rounding better than each of them.
    return 0.0 - float(min(tail.mean(), tail[-1]))


def _refused(refusal: Missing | None) -> Number:
    return NOTHING if refusal is None else refusal


def _account_rows(
    assets: tuple[SimulatedAsset, ...], others: Mapping[str, float]
) -> dict[OpenPosition, int]:
    """Place of each position's margin account among those of :func:`paths.margin_accounts`."""
    isolated = [position for asset in assets for position in asset.positions if position.isolated]
    rows = {position: row for row, position in enumerate(isolated)}
    cross = [position for asset in assets for position in asset.positions if not position.isolated]
    groups = list(dict.fromkeys(wallet_group(position, others) for position in cross))
    return rows | {
        position: len(isolated) + groups.index(wallet_group(position, others)) for position in cross
    }


def refusal(inputs: StressInputs, why: Missing) -> StressResult:
    """The result of a simulation that was not made: ``why``, or a position's own reason."""
    positions = inputs.open_positions
    reasons = {h: inputs.refused.get(h, why) for h in positions.positions}
    reason = next(
        (Missing("of_symbol", symbol=h.symbol, reason=r) for h, r in reasons.items()), why
    )
    return StressResult(
        inputs.time_ms,
        positions,
        {h: (r, r) for h, r in reasons.items()},
        {h.symbol: no_stress(r, inputs.time_ms) for h, r in reasons.items()},
        _no_account(reason),
    )


def _no_account(reason: Missing) -> AccountStress:
    horizons = {name: no_horizon(reason) for name in HORIZONS}
    return AccountStress(horizons, reason, (reason, reason), ())
