"""A RiskState in plain lines, for ``tuirisk snapshot`` without ``--json``."""

from __future__ import annotations

from tuirisk.state import Missing, Number, RiskState, SymbolState
from tuirisk.state.codec import iso

HEADINGS = (
    f"{'SYMBOL':<14}{'STATUS':<9}{'LAST':>14}{'24h':>9}{'SCORE':>7}{'COVER':>7}"
    f"{'FUND/8h':>10}{'SPREAD':>9}  RECOMMENDATION"
)


def summary(state: RiskState) -> bytes:
    """A heading, one line a symbol, and what the connection has to say; UTF-8."""
    connection = state.connection
    lines = [f"{iso(state.time_ms)}  {state.source}  {connection.status}", HEADINGS]
    lines += [_line(name, symbol) for name, symbol in state.symbols.items()]
    if connection.message:
        lines.append(str(connection.message))
    return ("\n".join(lines) + "\n").encode()


def _line(name: str, symbol: SymbolState) -> str:
    last = symbol.price.last
    price = "-" if isinstance(last, Missing) else f"{last:.10g}"
    return (
        f"{name:<14}{symbol.status:<9}{price:>14}"
        f"{_scaled(symbol.price.change_24h, 100, '+.2f', '%'):>9}"
        f"{_scaled(symbol.score.total, 1, '.0f'):>7}{symbol.score.coverage:>7.0%}"
        f"{_scaled(symbol.funding.rate_8h, 100, '+.4f', '%'):>10}"
        f"{_scaled(symbol.liquidity.spread_bps, 1, '.2f', 'bp'):>9}"
        f"  {symbol.recommendation.text}"
    )


def _scaled(value: Number, factor: float, form: str, unit: str = "") -> str:
    return "-" if isinstance(value, Missing) else f"{value * factor:{form}}{unit}"
