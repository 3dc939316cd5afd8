"""The last seven days of 15m volatility, each column in the colour of the regime it had then.

A column stands for the same span of time at every moment: the value is the one at its end, so
that the newest column is the present. In 12 columns or more none is longer than the volatility's
own window, and nothing falls between two of them. Heights are logarithms between the least and
the greatest volatility of the history that its rank refers to: a calm symbol and a wild one do
not look alike, and a spike does not flatten the rest.
"""

from __future__ import annotations

import math

from tuirisk.state import Missing, Number, SymbolState
from tuirisk.ui.render import glyphs
from tuirisk.ui.render.rows import Span
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.cells import spark_limits

SPAN = 672
"""Bars (of 15 min) that a picture covers, whatever its width."""
REGIMES = ("compression", "normal", "expansion")
GAP = Missing("hole_in_bars")


def regime_role(view: View, symbol: SymbolState) -> str:
    """The role of the present volatility regime."""
    if view.stale(symbol, "candles"):
        return "stale"
    return _role(symbol.volatility.regime.state)


def spark(view: View, symbol: SymbolState, width: int, height: int = 1) -> list[list[Span]]:
    """The picture in ``height`` rows of ``width`` cells; bodies are dim, tops are bright.

    A hole in the bars is a dot; before the history there is nothing.
    """
    values, roles = _columns(view, symbol, width)
    low, high = (math.log(limit) for limit in spark_limits(symbol))
    if height == 1:
        texts = glyphs.sparkline(values, width, low, high)
        return [[Span(text, role) for text, role in zip(texts, roles, strict=True)]]
    above, out = " " * width, []
    for row in glyphs.area(values, width, height, low, high):
        cells = zip(row, above, roles, strict=True)
        out.append([Span(text, role if over == " " else _body(role)) for text, over, role in cells])
        above = row
    return out


def _body(role: str) -> str:
    return f"{role}-body" if role in REGIMES else "track"


def _columns(view: View, symbol: SymbolState, width: int) -> tuple[list[Number], list[str]]:
    """Logarithms from the first column with a bar on, and the roles of all columns."""
    values, regimes = symbol.volatility.spark, symbol.volatility.regimes
    stale = view.stale(symbol, "candles")
    unknown = len(values) - len(regimes)
    logs: list[Number] = []
    roles = []
    for column in range(width):
        bar = len(values) - 1 - (width - 1 - column) * SPAN // width
        if bar < 0:
            roles.append("quiet")
            continue
        value = values[bar]
        if not value or value < 0:
            logs.append(GAP)
            roles.append("faint")
            continue
        logs.append(math.log(value))
        roles.append("stale" if stale else _role(regimes[bar - unknown] if bar >= unknown else ""))
    return logs, roles


def _role(regime: object) -> str:
    return regime if isinstance(regime, str) and regime in REGIMES else "quiet"
