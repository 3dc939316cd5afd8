"""Whether an exchange serves its streams on divided addresses, learnt from what answers there.

Mainnet has ``/public``, ``/market`` and ``/private``; testnets and demos of it may have ``/ws`` and
``/stream`` alone: there the divided addresses refuse the handshake, or acknowledge and stay mute.
"""

from __future__ import annotations

import asyncio

from tuirisk.feed.binance.rest.errors import ExchangeError
from tuirisk.feed.binance.streams.routing import Layout, Route

_OTHER: dict[Layout, Layout] = {"divided": "undivided", "undivided": "divided"}


def refuses_address(error: ExchangeError) -> bool:
    """Whether a handshake failed because the server has nothing at that address."""
    return error.kind in ("refused", "garbled") and error.status not in (401, 407)


class StreamLayouts:
    """The layout by which each route is asked: divided, until it is refused or says nothing.

    Once frames have come the layout stands: a silence later on is one of the market or the network.
    ``undivided`` is set when frames of the market's route have come from the undivided address,
    which on mainnet carries public streams only.
    """

    def __init__(self) -> None:
        self.undivided = asyncio.Event()
        self._layouts: dict[Route, Layout] = {}
        self._proven: dict[Route, Layout] = {}

    def of(self, route: Route) -> Layout:
        """The layout to ask by next: that of another route where this one is not tried yet."""
        usual: Layout = "undivided" if self.undivided.is_set() else "divided"
        return self._layouts.get(route, usual)

    def set_proven(self, route: Route, layout: Layout) -> None:
        """Frames of ``route`` came by ``layout``."""
        if self._proven.get(route) != layout:
            self._layouts[route] = self._proven[route] = layout
            if layout == "undivided" and route == "market":
                self.undivided.set()

    def leave(self, route: Route, layout: Layout, *, refused: bool) -> None:
        """Ask by the other layout next: ``layout`` was refused, or has never said anything."""
        if refused or self._proven.get(route) != layout:
            self._proven.pop(route, None)
            self._layouts[route] = _OTHER[layout]
