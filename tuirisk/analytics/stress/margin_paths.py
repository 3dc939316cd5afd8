"""Margin along simulated paths: which are liquidated, and what they have made or lost.

Positions with one margin balance are one account here. It is liquidated at the first step at
which its excess over the maintenance margin is not positive, and then loses the whole balance it
had at the start: what is left at that moment goes to the liquidation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuirisk.analytics.leverage.open_positions import OpenPosition
from tuirisk.events import Bracket
from tuirisk.market.candles import Column

Flags = NDArray[np.bool_]


class Maintenance:
    """Maintenance margin of many notionals at once."""

    def __init__(self, brackets: tuple[Bracket, ...]) -> None:
        self._edges = np.array([b.notional_cap for b in brackets[:-1]])
        self._rates = np.array([b.maintenance_rate for b in brackets])
        self._cumulative = np.array([b.cumulative for b in brackets])

    def __call__(self, notional: Column) -> Column:
        # Paths of a day mostly stay in one bracket: then there is nothing to look up.
        first = int(np.searchsorted(self._edges, notional.min()))
        last = int(np.searchsorted(self._edges, notional.max()))
        row = first if first == last else np.searchsorted(self._edges, notional)
        needed: Column = notional * self._rates[row] - self._cumulative[row]
        return needed


@dataclass(frozen=True, slots=True)
class SimulatedPosition:
    """A position, the row of its symbol among the prices, and the slippage of its exit."""

    row: int
    mark: float
    position: OpenPosition
    maintenance: Maintenance
    slippage: float

    @property
    def exposure(self) -> float:
        """Quantity, below 0 of a short (base asset)."""
        return self.position.sign * self.position.quantity

    def profit_since_entry(self, price: Column) -> Column:
        """PnL since entry."""
        gain: Column = self.exposure * (price - self.position.entry_price)
        return gain

    def profit_since_start(self, price: Column) -> Column:
        """PnL since the start of the paths."""
        gain: Column = self.exposure * (price - self.mark)
        return gain

    def maintenance_margin(self, price: Column) -> Column:
        return self.maintenance(self.position.quantity * price)


def shared_loss(lost: Column, loss: float) -> Column:
    """The loss of a whole balance ``loss`` ≥ 0, shared out among symbols; shape of ``lost``.

    ``lost`` (symbols, …) is each one's P&L less its maintenance margin, together −loss or worse.
    What a price that jumped took beyond the balance is not the account's to lose: the losing
    symbols are spared it in proportion.
    """
    losers = np.minimum(lost, 0.0)
    losses = losers.sum(axis=0)
    spared = -loss - lost.sum(axis=0)
    shares = np.divide(losers, losses, out=np.zeros_like(lost), where=losses < 0.0)
    total: Column = lost + spared * shares
    return total


class MarginAccount:
    """A margin balance of ``wallet`` behind ``positions``, along ``paths`` paths.

    With the positions of one symbol alone the excess is concave in its price, so that the lowest
    and highest price of a stretch without funding determine whether it is liquidated: nothing is
    computed at the steps between. With several symbols every step is checked.
    """

    def __init__(self, wallet: float, positions: Sequence[SimulatedPosition], paths: int) -> None:
        self.positions = tuple(positions)
        self.rows = tuple(dict.fromkeys(position.row for position in positions))
        self.one_symbol = len(self.rows) == 1
        self.liquidated: Flags = np.zeros(paths, dtype=np.bool_)
        balance = wallet + sum(p.exposure * (p.mark - p.position.entry_price) for p in positions)
        self.loss = max(0.0, balance)
        self._wallet = wallet
        self._paid = {row: np.zeros(paths) for row in self.rows}
        self._frozen = {} if self.one_symbol else {row: np.zeros(paths) for row in self.rows}

    def check_step(self, prices: Column) -> None:
        """Check one step of several symbols for liquidation."""
        fresh = (self._excess(prices) <= 0.0) & ~self.liquidated
        if not fresh.any():
            return
        lost = np.zeros((len(self.rows), int(fresh.sum())))
        for place, row in enumerate(self.rows):
            price = prices[row][fresh]
            lost[place] = -self._paid[row][fresh]
            for position in self.positions:
                if position.row == row:
                    lost[place] += position.profit_since_start(price)
                    lost[place] -= position.maintenance_margin(price)
        for row, part in zip(self.rows, shared_loss(lost, self.loss), strict=True):
            self._frozen[row][fresh] = part
        self.liquidated |= fresh

    def check_extremes(self, low: Column, high: Column) -> None:
        """Check a stretch of one symbol by its extreme prices, shape (symbols, paths)."""
        sides = {position.position.sign for position in self.positions}
        for side, prices in ((1, low), (-1, high)):
            if side in sides:
                self.liquidated |= self._excess(prices) <= 0.0

    def settle(self, row: int, prices: Column, rate: float) -> None:
        """Pay funding at ``rate`` on the positions of one symbol; longs pay what shorts get."""
        for position in self.positions:
            if position.row == row:
                self._paid[row] += position.exposure * rate * prices[row]

    def profit(self, row: int, prices: Column) -> Column:
        """P&L of the symbol's positions since the start, funding included."""
        price = prices[row]
        gain = (
            sum(
                position.profit_since_start(price)
                for position in self.positions
                if position.row == row
            )
            - self._paid[row]
        )
        lost = -self.loss if self.one_symbol else self._frozen[row]
        return np.where(self.liquidated, lost, gain)

    def total(self, prices: Column) -> Column:
        """P&L of all its positions since the start, funding included."""
        gain = sum(
            position.profit_since_start(prices[position.row]) for position in self.positions
        ) - sum(self._paid.values())
        return np.where(self.liquidated, -self.loss, gain)

    def exit_cost(self, row: int, prices: Column) -> Column:
        """Slippage of leaving the symbol's positions at these prices; NaN where it is unknown."""
        quantity = sum(
            position.position.quantity * position.slippage
            for position in self.positions
            if position.row == row
        )
        return np.where(self.liquidated, 0.0, quantity * prices[row])

    def _excess(self, prices: Column) -> Column:
        excess = np.full(self.liquidated.size, float(self._wallet))
        for paid in self._paid.values():
            excess -= paid
        for position in self.positions:
            price = prices[position.row]
            excess += position.profit_since_entry(price)
            excess -= position.maintenance_margin(price)
        return excess
