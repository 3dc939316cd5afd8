"""What can be done for an account: close a part, open a position against it, add margin.

Every action keeps what the exchange asks: sizes are whole steps, a new position is worth at least
the symbol's least notional and at most what its bracket allows at its leverage, its initial margin
is available, and a symbol has one margin mode. Fees and slippage leave the wallet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor
from typing import Literal

import numpy as np

from tuirisk.analytics.asset_prices import MAIN_ASSET
from tuirisk.analytics.leverage.account import available_balance
from tuirisk.analytics.leverage.brackets import largest_notional
from tuirisk.analytics.leverage.open_positions import (
    OpenPosition,
    OpenPositions,
    Side,
)
from tuirisk.analytics.leverage.portfolio import Contract, Portfolio, contract_of
from tuirisk.analytics.portfolio.account_inputs import BITCOIN
from tuirisk.market.candles import Column
from tuirisk.market.market import Market
from tuirisk.state import CoMovement, Missing, Number

Kind = Literal["hedge", "cut", "add_margin"]
ETHER = ("ETHUSDT", "ETHUSDC")
SMALLEST_NOTIONAL = 5.0
"""What an order must be worth at least where exchangeInfo does not tell it, quote asset …"""
LARGER_NOTIONAL: Mapping[str, float] = {"BTCUSDT": 100.0, "ETHUSDT": 20.0}
"""… and at these symbols."""
LEVERAGE = 20.0
"""Of a new hedge whose symbol has no leverage of its own, or less where the bracket allows less."""
MOST_LEGS = 10
"""Legs that are looked at, those with the largest part in the variance of the account."""
MOST_MARGIN = 10.0
"""Times the notional of all positions: more margin than that is not looked for."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that can be done, of any size from ``least`` to ``most`` in whole ``step``.

    Sizes are in the base asset, of added margin in the margin asset; ``price`` is the mark of one.
    ``likely`` is a size that does much, from which the search begins. ``after(size, cost)`` are the
    positions then, ``cost`` (margin asset) being taken from the wallet.
    """

    kind: Kind
    symbol: str
    side: Side | Literal[""]
    asset: str
    price: float
    least: float
    most: float
    step: float
    likely: float
    after: Callable[[float, float], OpenPositions]

    def rounded(self, size: float) -> float:
        """``size`` in whole steps upwards, within what is allowed."""
        return min(max(lots(size, self.step, ceil), self.least), self.most)


def lots(size: float, step: float, whole: Callable[[float], int]) -> float:
    """``size`` in whole steps, without the digits that multiplying adds."""
    return round(whole(round(size / step, 6)) * step, 12)


def majors(market: Market) -> list[str]:
    """Bitcoin and Ether, where they are watched."""
    found = (next((n for n in names if n in market.symbols), "") for names in (BITCOIN, ETHER))
    return [name for name in found if name]


def actions(
    market: Market, portfolio: Portfolio, movement: CoMovement, symbols: Sequence[str]
) -> Iterator[Action]:
    """Every action for the positions of ``portfolio``, which has some.

    ``movement`` is of all held symbols and the majors; a hedge is in one of ``symbols``.
    """
    chosen = _largest_legs(portfolio, movement)
    for position in chosen:
        yield from _cut(market, portfolio, position)
    hedges = dict.fromkeys((*majors(market), *(position.symbol for position in chosen)))
    for name in hedges:
        if name in symbols and name in movement.symbols:
            yield from _hedge(market, portfolio, movement, name)
    yield from _margins(portfolio, chosen)


def _largest_legs(portfolio: Portfolio, movement: CoMovement) -> list[OpenPosition]:
    """The positions with the largest part in the variance, in their own order."""
    held = portfolio.open_positions.positions
    risk = _covariances(portfolio, movement)

    def part(position: OpenPosition) -> float:
        place = movement.symbols.index(position.symbol)
        return _exposure(portfolio, position) * float(risk[place])

    largest = sorted(held, key=part, reverse=True)[:MOST_LEGS]
    return [position for position in held if position in largest]


def _exposure(portfolio: Portfolio, position: OpenPosition) -> float:
    """Signed notional at the mark, USDT; at the entry price where there is no mark."""
    mark = portfolio.contracts[position.symbol].mark
    price = position.entry_price if isinstance(mark, Missing) else mark
    return position.sign * position.quantity * price * position.rate


def _covariances(portfolio: Portfolio, movement: CoMovement) -> Column:
    """Daily covariance of each symbol's return with the P&L of all positions, USDT."""
    weights = np.zeros(len(movement.symbols))
    for position in portfolio.open_positions.positions:
        weights[movement.symbols.index(position.symbol)] += _exposure(portfolio, position)
    found: Column = np.array(movement.covariance) @ weights
    return found


def _paid(positions: OpenPositions, position: OpenPosition, amount: float) -> OpenPositions:
    """``amount`` (margin asset) more behind the cross positions, and in the configured equity."""
    equity = positions.equity
    more = positions.paid(position, amount)
    return more if equity is None else replace(more, equity=equity + amount * position.rate)


def _cut(market: Market, portfolio: Portfolio, held: OpenPosition) -> Iterator[Action]:
    """Closing a part of ``held`` at its mark: its PnL goes to the wallet, of an isolated one its
    part of the margin too, which the configuration never took out of the wallet.
    """
    positions, mark = portfolio.open_positions, portfolio.contracts[held.symbol].mark
    if isinstance(mark, Missing):
        return
    rest = tuple(position for position in positions.positions if position is not held)

    def after(size: float, cost: float) -> OpenPositions:
        left, share = held.quantity - size, size / held.quantity
        whole = left <= 1e-9 * held.quantity
        gain = share * held.profit(mark) if held.entry_price > 0 else 0.0
        if held.isolated and positions.source == "account":
            gain += share * held.wallet
        kept = replace(held, quantity=left, wallet=(1.0 - share) * held.wallet)
        # Closing changes no equity but for its cost.
        paid = _paid(positions.paid(held, gain), held, -cost)
        return replace(paid, positions=rest if whole else (kept, *rest))

    step = step_size(market, held.symbol)
    least = min(step, held.quantity)
    yield Action(
        "cut", held.symbol, held.side, "", mark, least, held.quantity, step, held.quantity, after
    )


def _hedge(
    market: Market, portfolio: Portfolio, movement: CoMovement, name: str
) -> Iterator[Action]:
    """A cross position in ``name`` on the side that takes variance from the account."""
    positions, contract = portfolio.open_positions, contract_of(market, name)
    own = positions.of(name)
    mark = portfolio.contracts.get(name, contract).mark
    if isinstance(mark, Missing) or not contract.brackets_known or not positions.cross:
        return
    if any(position.isolated for position in own):
        return  # a symbol has one margin mode
    place = movement.symbols.index(name)
    wanted = -float(_covariances(portfolio, movement)[place]) / movement.covariance[place][place]
    side: Side = "short" if wanted < 0.0 else "long"
    if any(position.side != side for position in own) and not positions.hedge_mode:
        return  # an order against a position closes it: that is a cut
    asset = positions.margin_asset_of(name)
    rate = 1.0 if asset == MAIN_ASSET else positions.rate_of(asset)
    allowed = max(bracket.max_leverage for bracket in contract.brackets)
    chosen = next((position.leverage for position in own if position.leverage > 0), LEVERAGE)
    leverage = min(chosen, allowed)
    same = next((position for position in own if position.side == side), None)
    new = OpenPosition(name, side, 0.0, mark, leverage, False, 0.0, asset, rate)
    least, most = _hedge_limits(market, portfolio, contract, new, mark)
    if least > most:
        return
    rest = tuple(position for position in positions.positions if position is not same)

    def after(size: float, cost: float) -> OpenPositions:
        opened = replace(new, quantity=size)
        if same is not None:
            total = same.quantity + size
            entry = (same.quantity * same.entry_price + size * mark) / total
            opened = replace(same, quantity=total, entry_price=entry)
        return replace(_paid(positions, new, -cost), positions=(*rest, opened))

    step = step_size(market, name)
    likely = min(max(abs(wanted) / (mark * rate), least), most)
    yield Action("hedge", name, side, "", mark, least, most, step, likely, after)


def _hedge_limits(
    market: Market, portfolio: Portfolio, contract: Contract, new: OpenPosition, mark: float
) -> tuple[float, float]:
    """The smallest and the largest order, base asset; the former is larger where there is none."""
    positions, step = portfolio.open_positions, step_size(market, new.symbol)
    least = lots(least_notional(market, new.symbol) / mark, step, ceil)
    free: Number | None = positions.available_to(new)
    if free is None:
        free = available_balance(portfolio) / new.rate
    if isinstance(free, Missing):
        return 1.0, 0.0
    held = sum(position.quantity for position in positions.of(new.symbol)) * mark
    cap = largest_notional(contract.brackets, new.leverage) - held
    return least, lots(max(min(free * new.leverage, cap), 0.0) / mark, step, floor)


def _margins(portfolio: Portfolio, chosen: Sequence[OpenPosition]) -> Iterator[Action]:
    """Money added to each cross wallet with positions, and to each isolated one of ``chosen``."""
    positions = portfolio.open_positions
    notional = sum(abs(_exposure(portfolio, position)) for position in positions.positions)
    groups = dict.fromkeys(positions.group_of(position) for position in positions.cross)
    for group in groups:
        behind = positions.cross_of(group)[0]
        asset = group or MAIN_ASSET
        if not group:
            behind = replace(behind, margin_asset=MAIN_ASSET, rate=1.0)

        def to_wallet(size: float, cost: float, behind: OpenPosition = behind) -> OpenPositions:
            return _paid(positions, behind, size - cost)

        most = lots(MOST_MARGIN * max(notional, 1.0) / behind.rate, 0.01, ceil)
        yield Action("add_margin", "", "", asset, 1.0, 0.01, most, 0.01, most, to_wallet)
    for held in chosen:
        if held.isolated:
            rest = tuple(position for position in positions.positions if position is not held)

            def to_position(
                size: float,
                cost: float,
                held: OpenPosition = held,
                rest: tuple[OpenPosition, ...] = rest,
            ) -> OpenPositions:
                more = replace(held, wallet=held.wallet + size - cost)
                return replace(positions, positions=(more, *rest))

            own = abs(_exposure(portfolio, held)) / held.rate
            most = lots(MOST_MARGIN * max(own, 1.0), 0.01, ceil)
            yield Action(
                "add_margin", held.symbol, held.side, held.margin_asset, 1.0, 0.01, most, 0.01,
                most, to_position,
            )  # fmt: skip


def step_size(market: Market, symbol: str) -> float:
    """The step of quantities; a very small one where exchangeInfo is not known."""
    listed = market.symbols[symbol].listed.step_size if symbol in market.symbols else 0.0
    return listed or 1e-8


def least_notional(market: Market, symbol: str) -> float:
    """What an order that opens must be worth at least, quote asset."""
    told = market.symbols[symbol].listed.least_notional if symbol in market.symbols else 0.0
    return told or LARGER_NOTIONAL.get(symbol, SMALLEST_NOTIONAL)
