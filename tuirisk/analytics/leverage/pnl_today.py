"""The P&L of the account's UTC day: realised, funding, fees, and the change of the unrealised."""

from __future__ import annotations

from collections.abc import Mapping

from tuirisk.analytics.asset_prices import MAIN_ASSET
from tuirisk.analytics.leverage.open_positions import OpenPositions
from tuirisk.events import AccountDay, DayOfSymbol
from tuirisk.events.intervals import DAY_MS
from tuirisk.state import Missing, Number
from tuirisk.state.pnl_today import NO_PNL_TODAY, PnlToday, no_pnl_today

NOT_READ = Missing("day_not_read")
CONFIGURED = Missing("day_of_configuration")
NOT_TOLD = Missing("not_told")
TINY = 1e-9
"""A difference of quantities that rounding may leave, as a share of them."""


def pnl_today(
    positions: OpenPositions, marks: Mapping[str, Number], exchange_ms: float
) -> PnlToday:
    """The P&L since the UTC midnight before ``exchange_ms``, USDT.

    ``marks`` are the mark prices of the symbols with a position, quote asset. With q₀ = q − b held
    at midnight (q held now, b bought since less sold, at a cost of s) and the mark prices m₀ of
    midnight and m of now, a symbol brought q·m − q₀·m₀ − s, of which its trades realised a part;
    the rest is the change of the unrealised P&L.
    """
    if positions.source == "config":
        return no_pnl_today(CONFIGURED) if positions.positions else NO_PNL_TODAY
    day, begin = positions.day, int(exchange_ms) // DAY_MS * DAY_MS
    if day is None or day.begin_ms != begin:
        return no_pnl_today(NOT_READ)
    realised, funding, fees = (_income(day, kind, positions) for kind in _KINDS)
    unrealised = _unrealised(day, positions, marks)
    total = realised + unrealised + funding + fees
    return PnlToday(total, realised, unrealised, funding, fees, begin)


_KINDS = ("realised", "funding", "fees")


def _income(day: AccountDay, kind: str, positions: OpenPositions) -> Number:
    if day.incomes is None:
        return NOT_TOLD
    amounts: dict[str, float] = {}
    for row in day.incomes:
        if row.kind == kind:
            amounts[row.asset] = amounts.get(row.asset, 0.0) + row.amount
    if kind == "realised":
        amounts |= _realised_by_trades(day)
    total: Number = 0.0
    for asset, amount in amounts.items():
        total = total + amount * _rate(asset, positions)
    return total


def _realised_by_trades(day: AccountDay) -> dict[str, float]:
    """What the day's trades realised, by asset, where all of them are known.

    The exchange lists incomes later than trades: until then a loss would be in neither part.
    """
    rows: dict[str, list[DayOfSymbol]] = {}
    for row in day.symbols:
        rows.setdefault(row.margin_asset, []).append(row)
    return {
        asset: sum(row.realised for row in of_asset)
        for asset, of_asset in rows.items()
        if not any(row.trades_missing for row in of_asset)
        and any(row.bought or row.spent or row.realised for row in of_asset)
    }


def _rate(asset: str, positions: OpenPositions) -> Number:
    """USDT for one of ``asset``."""
    if asset == MAIN_ASSET:
        return 1.0
    prices = {each.asset: each.price for each in positions.assets}
    return prices.get(asset, Missing("income_without_price", name=asset))


def _unrealised(day: AccountDay, positions: OpenPositions, marks: Mapping[str, Number]) -> Number:
    rows = {row.symbol: row for row in day.symbols}
    if not rows.keys() >= set(positions.symbols):
        return NOT_READ
    total: Number = 0.0
    for symbol, row in rows.items():
        quantity = sum(leg.sign * leg.quantity for leg in positions.of(symbol))
        if not _same(quantity, row.quantity):
            return NOT_READ
        change = _change(row, marks.get(symbol, NOT_READ))
        if isinstance(change, Missing):
            return Missing("of_symbol", symbol=symbol, reason=change)
        total = total + change * _rate(row.margin_asset, positions)
    return total


def _change(row: DayOfSymbol, mark: Number) -> Number:
    """By how much the unrealised P&L of a symbol changed this day, margin asset."""
    if row.trades_missing:
        return NOT_TOLD
    first = row.quantity - row.bought
    before: Number = 0.0
    if not _same(row.quantity, row.bought):
        if row.first_mark is None:
            return Missing("no_mark_at_midnight")
        before = first * row.first_mark
    worth: Number = 0.0 if _same(row.quantity, 0.0) else row.quantity * mark
    return worth - before - row.spent - row.realised


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= TINY * (abs(one) + abs(other))
