"""The largest order, and the position that results from it.

In one-way mode an order in a symbol that is held changes that position: on its side it adds to
it, against it it first closes it. In hedge mode each side is a leg of its own. docs/metrics.md,
Sizing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isclose

from tuirisk.analytics.leverage.account import equity_of, free_equity, var_of_size
from tuirisk.analytics.leverage.open_positions import OpenPosition, OpenPositions, Side
from tuirisk.analytics.leverage.portfolio import Contract, Portfolio
from tuirisk.analytics.leverage.size_limits import STEPS, VAR_BUDGET, SizingInputs
from tuirisk.analytics.leverage.sizing import (
    SizeLimit,
    largest_size,
    position_passes,
    whole_lots,
)
from tuirisk.config.model import RiskConfig
from tuirisk.language.reason import Reason
from tuirisk.market.book import OrderBook
from tuirisk.market.candles import Bars
from tuirisk.state import DailyRisk, Missing, Number, mapped


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order at the mark price, at this leverage of its symbol from then on."""

    symbol: str
    side: Side
    leverage: float


@dataclass(frozen=True, slots=True)
class OrderSizing:
    """How large an order may be.

    ``inputs`` size the position on the order's side. ``closed`` is the position against it that
    the order closes first; None where there is none, and in hedge mode. ``portfolio`` is the one
    before the order; ``var_closing`` its VaR (quote asset) by what is left of ``closed``.
    """

    inputs: SizingInputs
    portfolio: Portfolio
    closed: OpenPosition | None = None
    var_closing: Callable[[float], float] | Missing = Missing("no_positions")

    def largest(self, book: OrderBook, unusable: Reason | None) -> SizeLimit:
        """The largest order after which no rule on the resulting position holds."""
        sizing, closed = largest_size(self.inputs, book, unusable), self.closed
        if closed is None or isinstance(sizing.quantity, Missing):
            return sizing
        budget, var, opened = self.inputs.budget, self.var_closing, self.inputs.var
        if isinstance(var, Missing) or isinstance(opened, Missing) or isinstance(budget, Missing):
            return sizing
        used = var(closed.quantity) / budget if budget > 0 else sizing.budget_used
        if opened(0.0) > budget:
            part = self._closing_part(closed, var, budget)
            return SizeLimit(part, VAR_BUDGET, {VAR_BUDGET: part}, used)
        limits = {
            code: mapped(lambda more: closed.quantity + more, limit)
            for code, limit in sizing.limits.items()
        }
        return replace(
            sizing, quantity=closed.quantity + sizing.quantity, limits=limits, budget_used=used
        )

    def _closing_part(
        self, closed: OpenPosition, var: Callable[[float], float], budget: float
    ) -> float:
        """How much of a position that hedges the others may be closed within the budget."""
        low, high = 0.0, closed.quantity
        if var(high) > budget:
            return 0.0
        for _ in range(STEPS):
            middle = (low + high) / 2
            low, high = (low, middle) if var(closed.quantity - middle) > budget else (middle, high)
        part = whole_lots(low, self.inputs.step)
        left = self.after(part)
        held = next((p for p in left.of(closed.symbol) if p.side == closed.side), None)
        if held is None:
            return part
        inputs = self.inputs
        clear = position_passes(
            held, replace(self.portfolio, open_positions=left), inputs.daily, inputs.thresholds
        )
        return part if clear else 0.0

    def after(self, quantity: float) -> OpenPositions:
        """The open positions once an order of ``quantity`` (base asset) is filled at the mark."""
        closed, others = self.closed, self.inputs.portfolio.open_positions
        if closed is not None and quantity < closed.quantity:
            before = self.portfolio.open_positions
            rest = tuple(position for position in before.positions if position != closed)
            share = quantity / closed.quantity
            left = replace(
                closed,
                quantity=closed.quantity - quantity,
                wallet=closed.wallet * (1 - share),
            )
            gain = share * _released(closed, before, self.inputs.price)
            return replace(before.paid(closed, gain), positions=(left, *rest))
        opened = quantity - (closed.quantity if closed is not None else 0.0)
        if opened <= 0.0:
            held = self.inputs.held
            return others if held is None else replace(others, positions=(held, *others.positions))
        position = self.inputs.sized(opened)
        margin = position.wallet - (self.inputs.held.wallet if self.inputs.held else 0.0)
        paid = margin if position.isolated and others.source == "account" else 0.0
        return replace(others.paid(position, -paid), positions=(position, *others.positions))


def order_sizing(
    order: NewOrder,
    portfolio: Portfolio,
    contract: Contract,
    bars_1d: Bars,
    step: float,
    daily: DailyRisk,
    risk: RiskConfig,
) -> OrderSizing:
    """The sizing of ``order`` in ``portfolio``; ``contract`` and ``bars_1d`` are its symbol's.

    Its margin mode is that of the symbol's positions, isolated where there is none.
    """
    positions = portfolio.open_positions
    own = positions.of(order.symbol)
    isolated = all(position.isolated for position in own)
    held = next((p for p in own if p.side == order.side), None)
    closed = next((p for p in own if p.side != order.side and not positions.hedge_mode), None)
    contracts = {**portfolio.contracts, order.symbol: contract}
    portfolio = replace(portfolio, contracts=contracts)
    asset = positions.margin_asset_of(order.symbol)
    template = OpenPosition(
        order.symbol,
        order.side,
        1.0,
        1.0,
        order.leverage,
        isolated,
        0.0,
        asset,
        positions.rate_of(asset),
    )
    rest = portfolio
    if closed is not None:
        rest = replace(portfolio, open_positions=without(closed, positions, contract.mark))
    elif held is not None:
        others = tuple(position for position in positions.positions if position != held)
        rest = replace(portfolio, open_positions=replace(positions, positions=others))
    inputs = SizingInputs(
        position=template,
        portfolio=rest,
        daily=daily,
        thresholds=risk.thresholds,
        var=var_of_size(template, portfolio if closed is None else rest, bars_1d),
        budget=mapped(lambda value: risk.var_budget * max(0.0, value), equity_of(portfolio)),
        free=_free(portfolio, contract.mark, template, held, closed),
        step=step,
        held=_at_leverage(held, order.leverage, positions),
    )
    if closed is None:
        return OrderSizing(inputs, portfolio)
    return OrderSizing(inputs, portfolio, closed, var_of_size(closed, rest, bars_1d))


def without(closed: OpenPosition, positions: OpenPositions, mark: Number) -> OpenPositions:
    """``positions`` once ``closed`` is closed at ``mark``: its PnL is in the cross wallet.

    So is the margin of an isolated one; the configuration never takes that out of its wallet.
    """
    rest = tuple(position for position in positions.positions if position != closed)
    gain = _released(closed, positions, mark)
    return replace(positions.paid(closed, gain), positions=rest)


def _released(closed: OpenPosition, positions: OpenPositions, mark: Number) -> float:
    """What the cross wallet gets when ``closed`` is closed at ``mark``, its margin asset."""
    gain = 0.0 if isinstance(mark, Missing) else closed.profit(mark)
    margin = closed.wallet if closed.isolated and positions.source == "account" else 0.0
    return gain + margin


def _at_leverage(
    held: OpenPosition | None, leverage: float, positions: OpenPositions
) -> OpenPosition | None:
    """``held`` once its symbol's leverage is changed.

    The margin of an isolated one stays, unless the configuration states none: then it is what the
    leverage asks for, the higher of both.
    """
    if held is None or not held.isolated or positions.source == "account":
        return held
    if not isclose(held.wallet, held.quantity * held.entry_price / held.leverage):
        return held
    wallet = held.quantity * held.entry_price / max(leverage, held.leverage, 1.0)
    return replace(held, wallet=wallet)


def _free(
    portfolio: Portfolio,
    mark: Number,
    position: OpenPosition,
    held: OpenPosition | None,
    closed: OpenPosition | None,
) -> Number:
    """What may be margin of ``position``: of what an isolated order adds, else of the whole."""
    available = portfolio.open_positions.available_to(position)
    freed = closed if closed is not None else held if held and not held.isolated else None
    if available is None:
        return free_equity(portfolio, position, freed)
    if freed is None:
        return available
    if isinstance(mark, Missing):
        return mark
    if freed.isolated:
        return available + max(0.0, freed.wallet + freed.profit(mark))
    return available + freed.initial_margin(mark)
