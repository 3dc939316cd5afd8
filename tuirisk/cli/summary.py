"""A RiskState in plain lines, for ``tuirisk snapshot`` without ``--json``."""

from __future__ import annotations

from tuirisk.state import Missing, Number, RiskState, SymbolState
from tuirisk.state.codec import iso

HEADINGS = (
    f"{'SYMBOL':<14}{'STATUS':<9}{'LAST':>14}{'24h':>9}{'SCORE':>7}{'COVER':>7}"
    f"{'FUND/8h':>10}{'SPREAD':>9}  RECOMMENDATION"
)


def summary(state: RiskState) -> bytes:
    """A heading, one line a symbol, and the connection's message; UTF-8."""
    connection = state.connection
    lines = [f"{iso(state.time_ms)}  {state.source}  {connection.status}", HEADINGS]
    lines += [_line(name, symbol) for name, symbol in state.symbols.items()]
    if connection.message:
        lines.append(str(connection.message))
    return ("\n".join(lines) + "\n").encode()


def _line(name: str, symbol: SymbolState) -> str:
    return (
        f"{name:<14}{symbol.status:<9}{number_text(symbol.price.last, '.10g'):>14}"
        f"{number_text(symbol.price.change_24h, '+.2%'):>9}"
        f"{number_text(symbol.score.total, '.0f'):>7}{symbol.score.coverage:>7.0%}"
        f"{number_text(symbol.funding.rate_8h, '+.4%'):>10}"
        f"{number_text(symbol.liquidity.spread_bps, '.2f', 'bp'):>9}"
        f"  {symbol.recommendation.text}{_advice(symbol)}"
    )


def _advice(symbol: SymbolState) -> str:
    """What ends the rule on leverage of the position nearest to liquidation."""
    position = symbol.position
    if position is None or position.margin_to_add is None:
        return ""
    left = position.quantity_left
    cut = "" if left is None else f", or cut to {left:.6g}"
    return f" (add {position.margin_to_add:,.6g}{cut})"


def number_text(value: Number, form: str, unit: str = "") -> str:
    """A number by its format specification, with its unit; a hyphen where it is missing."""
    return "-" if isinstance(value, Missing) else f"{value:{form}}{unit}"
