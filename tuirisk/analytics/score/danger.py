"""The order of danger: which symbol needs a look first."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from tuirisk.state import SEVERITIES, Missing, Position, SymbolState


def danger_order(symbols: Mapping[str, SymbolState]) -> tuple[str, ...]:
    """The names of ``symbols``, the most dangerous first.

    By the confirmed severity, then by the smaller distance to liquidation in σ, then by the total
    score; equal ones keep their order. A missing distance or total comes last.
    """
    return tuple(sorted(symbols, key=lambda name: _key(symbols[name])))


def _key(symbol: SymbolState) -> tuple[int, float, float]:
    total = symbol.score.total
    return (
        -SEVERITIES.index(symbol.severity.level),
        min((_distance(position) for position in symbol.positions), default=inf),
        inf if isinstance(total, Missing) else -total,
    )


def _distance(position: Position) -> float:
    """|distance| in σ: 0 where a liquidation is due, infinite where it is missing."""
    if position.liquidation_due:
        return 0.0
    sigmas = position.distance_sigmas
    return inf if isinstance(sigmas, Missing) else abs(sigmas)
