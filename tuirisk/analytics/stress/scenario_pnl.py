"""The positions under a scenario's shock: P&L, and whether they are liquidated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tuirisk.analytics.leverage.margin import maintenance_margin
from tuirisk.analytics.leverage.open_positions import OpenPosition
from tuirisk.analytics.stress.margin_paths import shared_loss
from tuirisk.analytics.stress.paths import NO_OTHERS, SimulatedAsset, wallet_group
from tuirisk.analytics.stress.scenarios import Shock
from tuirisk.state import Horizon, Missing, Number, ScenarioResult


@dataclass(frozen=True, slots=True)
class ShockOutcome:
    """What a shock does to one position: P&L from now on and whether it is liquidated."""

    profit: float
    liquidated: bool


@dataclass(frozen=True, slots=True)
class _ShockedPosition:
    """A position after the shock: P&L since entry and since now, with one funding."""

    asset: SimulatedAsset
    position: OpenPosition
    price: float
    funding: float

    @property
    def profit_since_entry(self) -> float:
        return self.position.profit(self.price) - self.funding

    @property
    def profit_since_start(self) -> float:
        return self.profit_since_entry - self.position.profit(self.asset.mark)

    @property
    def maintenance_margin(self) -> float:
        return maintenance_margin(self.asset.brackets, self.position.quantity * self.price)


def shock_outcomes(
    assets: Sequence[SimulatedAsset],
    wallet: float,
    shock: Shock,
    others: Mapping[str, float] = NO_OTHERS,
) -> tuple[dict[OpenPosition, ShockOutcome], float]:
    """Each position's outcome, and the P&L of all of them together.

    What shares a margin balance is liquidated together and loses that balance; cross positions
    share the loss out as :func:`~tuirisk.analytics.stress.margin_paths.shared_loss` does.
    """
    shocked = [_shocked(asset, position, shock) for asset in assets for position in asset.positions]
    outcomes: dict[OpenPosition, ShockOutcome] = {}
    total = 0.0
    for one in (s for s in shocked if s.position.isolated):
        balance = one.position.wallet + one.position.profit(one.asset.mark)
        liquidated = one.position.wallet + one.profit_since_entry <= one.maintenance_margin
        outcomes[one.position] = ShockOutcome(
            -max(0.0, balance) if liquidated else one.profit_since_start, liquidated
        )
        total += outcomes[one.position].profit
    groups: dict[str, list[_ShockedPosition]] = {}
    for one in (s for s in shocked if not s.position.isolated):
        groups.setdefault(wallet_group(one.position, others), []).append(one)
    for group, cross in groups.items():
        found = _shared_outcomes(cross, others.get(group, wallet))
        outcomes |= found
        total += sum(outcome.profit for outcome in found.values())
    return outcomes, total


def _shared_outcomes(
    cross: Sequence[_ShockedPosition], wallet: float
) -> dict[OpenPosition, ShockOutcome]:
    """The outcomes of the cross positions on one wallet."""
    liquidated = wallet + sum(s.profit_since_entry for s in cross) <= sum(
        s.maintenance_margin for s in cross
    )
    balance = wallet + sum(s.position.profit(s.asset.mark) for s in cross)
    profits = [s.profit_since_start for s in cross]
    if liquidated and cross:
        lost = np.array([s.profit_since_start - s.maintenance_margin for s in cross])
        profits = shared_loss(lost, max(0.0, balance)).tolist()
    return {
        one.position: ShockOutcome(profit, liquidated)
        for one, profit in zip(cross, profits, strict=True)
    }


def scenario_result(
    asset: SimulatedAsset,
    shock: Shock,
    outcomes: Mapping[OpenPosition, ShockOutcome],
    exits: Mapping[OpenPosition, Mapping[str, Number]],
    day: Horizon,
) -> ScenarioResult:
    """The scenario as it meets the positions of one symbol; ``day`` is their 24 h horizon."""
    own = [outcomes[position] for position in asset.positions]
    change = shock.of(asset.symbol)
    all_liquidated = all(outcome.liquidated for outcome in own)
    return ScenarioResult(
        shock.name,
        sum(outcome.profit for outcome in own),
        any(outcome.liquidated for outcome in own),
        price=change,
        exit_cost=_exit_cost(asset, shock, outcomes, exits),
        var_95=Missing("liquidated") if all_liquidated else _grown(day.var_95, shock, change),
    )


def _shocked(asset: SimulatedAsset, position: OpenPosition, shock: Shock) -> _ShockedPosition:
    price = asset.mark * (1.0 + shock.of(asset.symbol))
    return _ShockedPosition(
        asset, position, price, position.sign * position.quantity * price * shock.funding
    )


def _exit_cost(
    asset: SimulatedAsset,
    shock: Shock,
    outcomes: Mapping[OpenPosition, ShockOutcome],
    exits: Mapping[OpenPosition, Mapping[str, Number]],
) -> Number:
    price = asset.mark * (1.0 + shock.of(asset.symbol))
    total: Number = 0.0
    for position in asset.positions:
        cost = exits[position][shock.name]
        if outcomes[position].liquidated:
            continue
        total += cost * position.quantity * price
    return total


def _grown(loss: Number, shock: Shock, change: float) -> Number:
    """A VaR at the shocked price and volatility, both of which it is in proportion to."""
    return loss * shock.volatility * (1.0 + change)
