"""What assets are worth by the exchange's index prices."""

from __future__ import annotations

from collections.abc import Mapping

from tuirisk.events.event import Event


class AssetPrices(Event, frozen=True):
    """USDT for one of each asset (``symbol`` is empty)."""

    prices: Mapping[str, float]
