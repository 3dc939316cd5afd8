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
from tuirisk.events.events import Bracket
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
    held: OpenPosition
    maintenance: Maintenance
    slippage: float

    def profit(self, price: Column) -> Column:
        """PnL since entry."""
        gain: Column = self.held.sign * self.held.quantity * (price - self.held.entry_price)
        return gain

    def since(self, price: Column) -> Column:
        """PnL since the start of the paths."""
        gain: Column = self.held.sign * self.held.quantity * (price - self.mark)
        return gain

    def needed(self, price: Column) -> Column:
        return self.maintenance(self.held.quantity * price)


def shared_loss(lost: Column, loss: float) -> Column:
    """The loss of a whole balance ``loss`` ≥ 0, shared out among symbols; shape of ``lost``.

    ``lost`` (symbols, …) is each one's P&L less its maintenance margin, together −loss or worse.
    What a price that jumped took beyond the balance is not the holder's to lose: the losing
    symbols are spared it in proportion.
    """
    losers = np.minimum(lost, 0.0)
    losses = losers.sum(axis=0)
    spared = -loss - lost.sum(axis=0)
    shares = np.divide(losers, losses, out=np.zeros_like(lost), where=losses < 0.0)
    found: Column = lost + spared * shares
    return found


class MarginAccount:
    """A margin balance of ``wallet`` behind ``members``, along ``paths`` paths.

    With the positions of one symbol alone the excess is concave in its price, so that the lowest
    and highest price of a stretch without funding tell whether it was touched within: nothing is
    computed at the steps between. With several symbols every step is looked at.
    """

    def __init__(self, wallet: float, members: Sequence[SimulatedPosition], paths: int) -> None:
        self.members = tuple(members)
        self.rows = tuple(dict.fromkeys(m.row for m in members))
        self.alone = len(self.rows) == 1
        self.dead: Flags = np.zeros(paths, dtype=np.bool_)
        balance = wallet + sum(m.held.sign * m.held.quantity * (m.mark - m.held.entry_price)
                               for m in members)  # fmt: skip
        self.loss = max(0.0, balance)
        self._wallet = wallet
        self._paid = {row: np.zeros(paths) for row in self.rows}
        self._frozen = {} if self.alone else {row: np.zeros(paths) for row in self.rows}

    def watch(self, prices: Column) -> None:
        """Look at one step of several symbols."""
        fresh = (self._excess(prices) <= 0.0) & ~self.dead
        if not fresh.any():
            return
        lost = np.zeros((len(self.rows), int(fresh.sum())))
        for place, row in enumerate(self.rows):
            price = prices[row][fresh]
            lost[place] = -self._paid[row][fresh]
            for member in self.members:
                if member.row == row:
                    lost[place] += member.since(price) - member.needed(price)
        for row, part in zip(self.rows, shared_loss(lost, self.loss), strict=True):
            self._frozen[row][fresh] = part
        self.dead |= fresh

    def touch(self, low: Column, high: Column) -> None:
        """Look at a stretch of one symbol by its extreme prices, shape (symbols, paths)."""
        sides = {m.held.sign for m in self.members}
        for side, prices in ((1, low), (-1, high)):
            if side in sides:
                self.dead |= self._excess(prices) <= 0.0

    def settle(self, row: int, prices: Column, rate: float) -> None:
        """Pay funding at ``rate`` on the positions of one symbol; longs pay what shorts get."""
        for member in self.members:
            if member.row == row:
                quantity = member.held.sign * member.held.quantity
                self._paid[row] += quantity * rate * prices[row]

    def profit(self, row: int, prices: Column) -> Column:
        """P&L of the symbol's positions since the start, funding included."""
        price = prices[row]
        gain = sum(m.since(price) for m in self.members if m.row == row) - self._paid[row]
        lost = -self.loss if self.alone else self._frozen[row]
        return np.where(self.dead, lost, gain)

    def total(self, prices: Column) -> Column:
        """P&L of all its positions since the start, funding included."""
        gain = sum(m.since(prices[m.row]) for m in self.members) - sum(self._paid.values())
        return np.where(self.dead, -self.loss, gain)

    def exit_cost(self, row: int, prices: Column) -> Column:
        """Slippage of leaving the symbol's positions at these prices; NaN where it is unknown."""
        quantity = sum(m.held.quantity * m.slippage for m in self.members if m.row == row)
        return np.where(self.dead, 0.0, quantity * prices[row])

    def _excess(self, prices: Column) -> Column:
        excess = np.full(self.dead.size, float(self._wallet))
        for paid in self._paid.values():
            excess -= paid
        for member in self.members:
            price = prices[member.row]
            excess += member.profit(price)
            excess -= member.needed(price)
        return excess
