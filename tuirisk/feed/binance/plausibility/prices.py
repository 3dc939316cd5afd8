"""The prices a symbol's streams have told lately: witnesses of one another."""

from __future__ import annotations

from tuirisk.events.intervals import SECOND_NS

WITNESS_NS = 10 * SECOND_NS
"""An older price says nothing about one that comes now."""


class WitnessPrices:
    """The newest price by source, with the time of its receipt (ns)."""

    def __init__(self) -> None:
        self._prices: dict[str, tuple[float, int]] = {}

    def record(self, source: str, price: float, received: int) -> None:
        self._prices[source] = price, received

    def disputed(self, price: float, received: int, factor: float) -> bool:
        """Whether every recent price is more than ``factor`` away; False where there is none."""
        recent = [p for p, at in self._prices.values() if received - at <= WITNESS_NS]
        return bool(recent) and not any(near(price, other, factor) for other in recent)


def near(price: float, other: float, factor: float) -> bool:
    """Whether two positive prices differ by at most ``factor`` ≥ 1 (1.1 is 10 % of the smaller)."""
    return price <= factor * other and other <= factor * price
