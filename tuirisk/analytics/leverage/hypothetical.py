"""Positions that could be opened at a price: what forecasts of P(liquidation) are judged on.

Isolated positions of one notional, both sides, seven leverages; brackets of the bundled table.
"""

from __future__ import annotations

from typing import NamedTuple

from tuirisk.analytics.leverage.brackets import bracket_at, brackets_of
from tuirisk.analytics.leverage.margin import liquidation_barriers
from tuirisk.analytics.leverage.open_positions import OpenPosition, Side

LEVERAGES = (3, 5, 10, 20, 25, 50, 100)
SIDES: tuple[Side, Side] = ("long", "short")
NOTIONAL = 10_000.0


class HypotheticalPosition(NamedTuple):
    """A position that could be opened, and the price at which it is liquidated."""

    position: OpenPosition
    leverage: int
    level: float


def hypothetical_positions(symbol: str, price: float) -> tuple[HypotheticalPosition, ...]:
    """The positions that the brackets allow at ``price``, none of them due at once."""
    brackets, _ = brackets_of(symbol, ())
    most = bracket_at(brackets, NOTIONAL).max_leverage
    found = []
    for leverage in LEVERAGES:
        for side in SIDES:
            margin = NOTIONAL / leverage
            position = OpenPosition(
                symbol, side, NOTIONAL / price, price, float(leverage), True, margin
            )
            barriers = liquidation_barriers((position,), brackets, margin, price)
            level = barriers.nearest(price)
            if leverage <= most and level is not None and not barriers.due:
                found.append(HypotheticalPosition(position, leverage, level))
    return tuple(found)
