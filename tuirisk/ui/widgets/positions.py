"""How a symbol's positions are shown: the leg nearest to its liquidation, and the others."""

from __future__ import annotations

from tuirisk.state import Missing, Number, Position, SymbolState
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Row, Span, measure
from tuirisk.ui.view.view import View, level_role
from tuirisk.ui.widgets import cells
from tuirisk.ui.widgets.cells import ValueCell

FAR_SIGMAS = 5.0
FAR = 0.25
"""A distance to liquidation at which its bar is empty: in daily sigmas, or as a fraction."""


def side(view: View, symbol: SymbolState, position: Position) -> Span:
    """``long`` or ``short`` in its colour."""
    role = "up" if position.side == "long" else "down"
    return Span(view.words.code("side", position.side), _role(view, symbol, role))


def effective_leverage(view: View, symbol: SymbolState, position: Position) -> ValueCell:
    """``16.3x eff``: named, for it is seldom the leverage that is set."""
    text = view.words("position.effective", value=fmt.leverage(position.leverage))
    return cells.value_cell(position.leverage, text, view.stale(symbol, "mark", "account"))


def amount(symbol: SymbolState, value: Number, *, signed: bool = False) -> str:
    """An amount of the symbol's quote asset, which is named where it is not USDT."""
    asset = symbol.contract.quote_asset
    if isinstance(value, Missing) or isinstance(asset, Missing) or asset == "USDT":
        return fmt.compact(value, signed=signed)
    if abs(value) >= 1.0 or not value:
        return f"{fmt.compact(value, signed=signed)} {asset}"
    return f"{value:{'+' if signed else ''}.3g} {asset}"


def profit(view: View, symbol: SymbolState, pnl: Number) -> ValueCell:
    """An unrealised P&L, quote asset."""
    text = amount(symbol, pnl, signed=True)
    return cells.value_cell(
        pnl, text, view.stale(symbol, "mark", "account"), cells.change_role(pnl)
    )


def distance(view: View, symbol: SymbolState, position: Position) -> ValueCell:
    """The way to liquidation, a fraction of the mark; ``none`` where no price can cause one."""
    text, stale = (
        fmt.percent(position.distance, 1, signed=True),
        view.stale(symbol, "mark", "account"),
    )
    return cells.liquidation_cell(
        view, position, position.distance, text, stale, nearness(position)[1]
    )


def nearness(position: Position) -> tuple[float, str]:
    """(length of the distance's bar, 0–1, the longer the nearer; its role)."""
    sigmas, judgement = position.distance_sigmas, position.levels.get("distance")
    if not isinstance(sigmas, Missing):
        return nearer(sigmas, FAR_SIGMAS), level_role(judgement, "ok")
    if isinstance(position.distance, Missing):
        return 0.0, "quiet"
    return nearer(position.distance, FAR), level_role(judgement, "bar")


def nearer(distance: float, far: float) -> float:
    """Length (0–1) of a bar that is full at the liquidation and empty from ``far`` on."""
    return 1.0 - min(1.0, abs(distance) / far)


def other_legs(view: View, symbol: SymbolState, width: int) -> tuple[Span, ...]:
    """``+1 short 0.1 +54``: how many more legs, side, size and P&L of the first of them.

    The size is left out where there is no room for it; nothing is shown where too little fits.
    """
    others = symbol.legs[1:]
    if not others:
        return ()
    leg = others[0]
    count = Span(f"+{len(others)} ", _role(view, symbol, "strong"))
    size = Span(f" {fmt.compact(leg.quantity)}", _role(view, symbol, "text"))
    gain = profit(view, symbol, leg.unrealised_pnl)
    end = Span(f" {gain.text}", gain.role)
    whole = (count, side(view, symbol, leg), size, end)
    if measure(whole) <= width:
        return whole
    short = (count, side(view, symbol, leg), end)
    return short if measure(short) <= width else ()


def summed(view: View, symbol: SymbolState) -> ValueCell:
    """The P&L of all legs together."""
    return profit(view, symbol, symbol.unrealised_pnl)


def distance_meter(
    row: Row, view: View, symbol: SymbolState, position: Position, width: int
) -> Row:
    """A bar up to ``width`` cells before the row's end, then the distance in these."""
    share, role = nearness(position)
    cells.meter(row, share, row.room - width, _role(view, symbol, role))
    return cells.add_steady(row, distance(view, symbol, position), width)


def _role(view: View, symbol: SymbolState, role: str) -> str:
    return "stale" if view.stale(symbol, "mark", "account") else role
