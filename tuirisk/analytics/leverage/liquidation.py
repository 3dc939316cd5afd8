"""Where a position is liquidated; where its brackets are not known, between which prices.

What is not known is never called due: the strictest and the mildest brackets of the bundled table
bound the liquidation price, but the position is not judged by them. Nor is one that the table
calls due although its leverage is more than the table allows at its size: the exchange took the
position, so its brackets have changed since.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from tuirisk.analytics.leverage.bracket_table import mildest_brackets, strictest_brackets
from tuirisk.analytics.leverage.brackets import NONE, UNKNOWN, bracket_at
from tuirisk.analytics.leverage.liquidation_chance import NO_LIQUIDATION, NO_OTHER
from tuirisk.analytics.leverage.margin import LiquidationBarriers, liquidation_barriers
from tuirisk.analytics.leverage.margin_balance import margin_of
from tuirisk.analytics.leverage.open_positions import OpenPosition
from tuirisk.analytics.leverage.portfolio import Contract, Portfolio
from tuirisk.events import Bracket
from tuirisk.state import Missing, Number

ALWAYS_DUE = Missing("margin_gone_everywhere")

PriceRange = tuple[Number, Number]
"""(the price of the strictest brackets, that of the mildest), quote asset."""


@dataclass(frozen=True, slots=True)
class LiquidationEstimate:
    """The nearer liquidation price and the one on the other side (quote asset).

    ``due``: the margin is used up at the mark price. ``bounds`` are given in place of a price that
    cannot be had, and beside one that the unknown brackets of another cross position enter into.
    """

    near: Number
    far: Number
    due: bool
    bounds: PriceRange | None = None


def liquidation_of(position: OpenPosition, portfolio: Portfolio) -> LiquidationEstimate:
    """Where ``position`` is liquidated, alone or with all that shares its margin."""
    contract = portfolio.contracts[position.symbol]
    mark = contract.mark
    told = told_price(position, portfolio)
    if told is not None:
        return LiquidationEstimate(told, NO_OTHER, False)
    barriers = _barriers(position, portfolio)
    if isinstance(barriers, Missing) or isinstance(mark, Missing):
        reason = barriers if isinstance(barriers, Missing) else mark
        assert isinstance(reason, Missing)
        return LiquidationEstimate(reason, reason, False)
    if not contract.brackets_known:
        return LiquidationEstimate(UNKNOWN, UNKNOWN, False, _bounds(position, portfolio, mark))
    if barriers.due and outdated(position, contract):
        stale = replace(contract, source=NONE)
        unsure = replace(portfolio, contracts={**portfolio.contracts, position.symbol: stale})
        reason = Missing("brackets_outdated", table=contract.source.partition(" ")[2])
        return LiquidationEstimate(reason, reason, False, _bounds(position, unsure, mark))
    near, far = barriers.nearest(mark), barriers.other(mark)
    bounds = None if _brackets_known(position, portfolio) else _bounds(position, portfolio, mark)
    if near is None:
        none = ALWAYS_DUE if barriers.due else NO_LIQUIDATION
        return LiquidationEstimate(none, NO_OTHER, barriers.due, bounds)
    return LiquidationEstimate(near, NO_OTHER if far is None else far, barriers.due, bounds)


def told_price(position: OpenPosition, portfolio: Portfolio) -> float | None:
    """The exchange's own liquidation price, where ours would lack what it rests on.

    That is: the symbol has no mark price or brackets of our own, or the whole account at the
    exchange is behind the position (portfolio margin).
    """
    row = position.told
    if row is None or (row.quantity, row.entry_price) != (position.quantity, position.entry_price):
        return None
    told = row.liquidation_price
    contract = portfolio.contracts[position.symbol]
    whole = portfolio.open_positions.portfolio_margin is not None
    needed = whole or contract.by_exchange
    return told if needed and told is not None and told > 0 else None


def outdated(position: OpenPosition, contract: Contract) -> bool:
    """Whether the leverage chosen is more than the table of an earlier day allows at its size."""
    if not contract.dated or isinstance(contract.mark, Missing):
        return False
    bracket = bracket_at(contract.brackets, position.quantity * contract.mark)
    return position.leverage > bracket.max_leverage


def _bounds(position: OpenPosition, portfolio: Portfolio, mark: float) -> PriceRange:
    """The liquidation price by the strictest and by the mildest brackets, at most the mark."""
    strict = _price(_barriers(position, _assuming(portfolio, strictest_brackets)), mark)
    mild = _price(_barriers(position, _assuming(portfolio, mildest_brackets)), mark)
    return strict, mild


def _price(barriers: LiquidationBarriers | Missing, mark: float) -> Number:
    if isinstance(barriers, Missing):
        return barriers
    if barriers.due:
        return mark
    near = barriers.nearest(mark)
    return NO_LIQUIDATION if near is None else near


def _assuming(portfolio: Portfolio, brackets: Callable[[], tuple[Bracket, ...]]) -> Portfolio:
    """The portfolio with ``brackets`` for every symbol whose own are not known."""
    return replace(
        portfolio,
        contracts={
            name: contract if contract.brackets_known else replace(contract, brackets=brackets())
            for name, contract in portfolio.contracts.items()
        },
    )


def _barriers(position: OpenPosition, portfolio: Portfolio) -> LiquidationBarriers | Missing:
    contract = portfolio.contracts[position.symbol]
    margin = margin_of(position, portfolio)
    outside = margin.outside
    if isinstance(contract.mark, Missing):
        return contract.mark
    if isinstance(outside, Missing):
        return outside
    return liquidation_barriers(
        sharing_margin(position, portfolio), contract.brackets, outside, contract.mark, margin.terms
    )


def sharing_margin(position: OpenPosition, portfolio: Portfolio) -> tuple[OpenPosition, ...]:
    """The positions of the symbol that are liquidated together with ``position``."""
    if position.isolated:
        return (position,)
    return tuple(h for h in portfolio.open_positions.of(position.symbol) if not h.isolated)


def _brackets_known(position: OpenPosition, portfolio: Portfolio) -> bool:
    if position.isolated:
        return True
    positions = portfolio.open_positions
    sharing = positions.cross_of(positions.group_of(position))
    return all(portfolio.contracts[p.symbol].margin_known for p in sharing)
