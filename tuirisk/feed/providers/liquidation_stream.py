"""What providers of liquidations have in common: since when, and of what, they are heard."""

from __future__ import annotations

from typing import ClassVar

from tuirisk.events.external import ProviderEvent, ProviderListening, asset_of
from tuirisk.feed.frames import ProviderFrame
from tuirisk.feed.providers.adapter import Adapter


class LiquidationStream(Adapter):
    """A provider whose WebSocket carries liquidations; ``complete``: every one of them."""

    complete: ClassVar[bool]

    @property
    def gives(self) -> tuple[tuple[str, str], ...]:
        return tuple(("liquidations", a) for a in dict.fromkeys(map(asset_of, self.symbols)))

    def heard(self, frame: ProviderFrame, assets: tuple[str, ...]) -> ProviderEvent:
        """Liquidations of ``assets`` are received since ``frame``; empty: of none any more."""
        return ProviderListening("", frame.received, self.name, assets, self.complete)

    def disconnected(self, received: int) -> ProviderEvent:
        return ProviderListening("", received, self.name, (), self.complete)
