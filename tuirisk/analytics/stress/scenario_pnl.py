"""The positions under a scenario's shock: P&L, and whether they are liquidated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tuirisk.analytics.leverage.margin import maintenance_margin
from tuirisk.analytics.leverage.open_positions import OpenPosition
from tuirisk.analytics.stress.margin_paths import shared_loss
from tuirisk.analytics.stress.paths import SimulatedAsset
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
    held: OpenPosition
    price: float
    funding: float

    @property
    def since_entry(self) -> float:
        return self.held.profit(self.price) - self.funding

    @property
    def since_now(self) -> float:
        return self.since_entry - self.held.profit(self.asset.mark)

    @property
    def needed(self) -> float:
        return maintenance_margin(self.asset.brackets, self.held.quantity * self.price)


def shock_outcomes(
    assets: Sequence[SimulatedAsset], wallet: float, shock: Shock
) -> tuple[dict[OpenPosition, ShockOutcome], float]:
    """Each position's hit, and the P&L of all of them together.

    What shares a margin balance is liquidated together and loses that balance; cross positions
    share the loss out as :func:`~tuirisk.analytics.stress.margin_paths.shared_loss` does.
    """
    stands = [_stand(asset, held, shock) for asset in assets for held in asset.held]
    found: dict[OpenPosition, ShockOutcome] = {}
    total = 0.0
    for stand in (s for s in stands if s.held.isolated):
        balance = stand.held.wallet + stand.held.profit(stand.asset.mark)
        dead = stand.held.wallet + stand.since_entry <= stand.needed
        found[stand.held] = ShockOutcome(-max(0.0, balance) if dead else stand.since_now, dead)
        total += found[stand.held].profit
    cross = [s for s in stands if not s.held.isolated]
    dead = wallet + sum(s.since_entry for s in cross) <= sum(s.needed for s in cross)
    balance = wallet + sum(s.held.profit(s.asset.mark) for s in cross)
    profits = [s.since_now for s in cross]
    if dead and cross:
        lost = np.array([s.since_now - s.needed for s in cross])
        profits = shared_loss(lost, max(0.0, balance)).tolist()
    for stand, profit in zip(cross, profits, strict=True):
        found[stand.held] = ShockOutcome(profit, dead)
    return found, total + sum(profits)


def scenario(
    asset: SimulatedAsset,
    shock: Shock,
    found: Mapping[OpenPosition, ShockOutcome],
    exits: Mapping[OpenPosition, Mapping[str, Number]],
    day: Horizon,
) -> ScenarioResult:
    """The scenario as it meets the positions of one symbol; ``day`` is their 24 h horizon."""
    own = [found[held] for held in asset.held]
    change = shock.of(asset.symbol)
    gone = all(hit.liquidated for hit in own)
    return ScenarioResult(
        shock.name,
        sum(hit.profit for hit in own),
        any(hit.liquidated for hit in own),
        price=change,
        exit_cost=_exit_cost(asset, shock, found, exits),
        var_95=Missing("liquidated") if gone else _grown(day.var_95, shock, change),
    )


def _stand(asset: SimulatedAsset, held: OpenPosition, shock: Shock) -> _ShockedPosition:
    price = asset.mark * (1.0 + shock.of(asset.symbol))
    return _ShockedPosition(asset, held, price, held.sign * held.quantity * price * shock.funding)


def _exit_cost(
    asset: SimulatedAsset,
    shock: Shock,
    found: Mapping[OpenPosition, ShockOutcome],
    exits: Mapping[OpenPosition, Mapping[str, Number]],
) -> Number:
    price = asset.mark * (1.0 + shock.of(asset.symbol))
    total = 0.0
    for held in asset.held:
        cost = exits[held][shock.name]
        if found[held].liquidated:
            continue
        if isinstance(cost, Missing):
            return cost
        total += cost * held.quantity * price
    return total


def _grown(loss: Number, shock: Shock, change: float) -> Number:
    """A VaR at the shocked price and volatility, both of which it is in proportion to."""
    return loss if isinstance(loss, Missing) else loss * shock.volatility * (1.0 + change)
