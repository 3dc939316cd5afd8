"""Other traders' leveraged positions and the cascade of their liquidations."""

from __future__ import annotations

import random
from dataclasses import dataclass

from .scenarios import MarketScenario

_NEAREST = 0.004
_REPLENISH_SECONDS = 1_200.0
_SOLD_PER_SECOND = 0.7


@dataclass(frozen=True, slots=True)
class LiquidationOrder:
    """One liquidation: `long` is whether a long position was closed (its order is a SELL)."""

    long: bool
    notional: float


class LeverageLadder:
    """Longs liquidated below the price and shorts above it, as notional per unit of log price.

    The nearest stand 0.4 % away; what a move has swept comes back slowly as new positions are
    opened at the new price. `open_interest_value` is in the quote asset.
    """

    def __init__(
        self,
        scenario: MarketScenario,
        rng: random.Random,
        log_price: float,
        open_interest_value: float,
    ) -> None:
        self._density = scenario.liquidation_density * 100.0 * open_interest_value
        self._gain = scenario.liquidation_gain
        self._rng = rng
        self._long_edge = log_price - _NEAREST
        self._short_edge = log_price + _NEAREST
        self._pending_longs = 0.0
        self._pending_shorts = 0.0
        self._background = min(0.1, open_interest_value / 8e10)

    def step(self, log_price: float, dt: float, ratio: float) -> list[LiquidationOrder]:
        """The liquidations of `dt` seconds at this price; `ratio` is volatility over usual."""
        self._sweep(log_price, dt)
        orders: list[LiquidationOrder] = []
        sold = min(1.0, _SOLD_PER_SECOND * dt)
        if self._pending_longs > 1.0:
            notional = self._pending_longs * sold
            self._pending_longs -= notional
            orders.append(LiquidationOrder(True, notional))
        if self._pending_shorts > 1.0:
            notional = self._pending_shorts * sold
            self._pending_shorts -= notional
            orders.append(LiquidationOrder(False, notional))
        if not orders and self._rng.random() < self._background * dt * ratio:
            notional = 4_000.0 * self._rng.paretovariate(1.3)
            orders.append(LiquidationOrder(self._rng.random() < 0.5, min(notional, 400_000.0)))
        return orders

    def impact(self, order: LiquidationOrder) -> float:
        """How far (signed log move) this order pushes the price on."""
        if not self._density:
            return 0.0
        move = self._gain * order.notional / self._density
        return -move if order.long else move

    def _sweep(self, log_price: float, dt: float) -> None:
        back = min(1.0, dt / _REPLENISH_SECONDS)
        if log_price < self._long_edge:
            self._pending_longs += self._density * (self._long_edge - log_price)
            self._long_edge = log_price
        else:
            self._long_edge += (log_price - _NEAREST - self._long_edge) * back
        if log_price > self._short_edge:
            self._pending_shorts += self._density * (log_price - self._short_edge)
            self._short_edge = log_price
        else:
            self._short_edge += (log_price + _NEAREST - self._short_edge) * back
