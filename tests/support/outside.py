"""Providers of other people's data on the embedded exchange, and what they say, for tests."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from support.live_source import ExchangeTime
from tuirisk.config.model import ExchangeConfig, ProviderConfig
from tuirisk.events.external import ProviderStatus
from tuirisk.feed.binance.account.credentials import Secret
from tuirisk.feed.frames import ProviderFrame
from tuirisk.feed.providers.group import Providers
from tuirisk.market.external import ExternalData
from tuirisk.simulator.embedded import EmbeddedExchange

PATIENCE = 600.0
"""Seconds of the loop after which a test has failed."""


class Outside:
    """Providers at work, and everything that they have said."""

    def __init__(self, providers: Providers) -> None:
        self.providers = providers
        self.data = ExternalData()
        self.frames: list[ProviderFrame] = []

    def status(self, name: str) -> ProviderStatus | None:
        return self.data.statuses.get(name)

    def line(self, name: str) -> str:
        """The one line of what is wrong with a provider; empty while nothing is."""
        status = self.data.statuses.get(name)
        return "" if status is None or status.problem is None else str(status.problem)

    async def until(self, holds: Callable[[], bool]) -> None:
        pause = 0.1
        async with asyncio.timeout(PATIENCE):
            while not holds():
                await asyncio.sleep(pause)
                pause = min(1.3 * pause, 2.0)
                for event in self.providers.drain():
                    self.data.apply(event)


@asynccontextmanager
async def outside(
    server: EmbeddedExchange,
    *names: str,
    key: str = "demo-professional",
    tables: dict[str, ProviderConfig] | None = None,
    symbols: tuple[str, ...] = ("BTCUSDT", "ETHUSDT"),
) -> AsyncIterator[Outside]:
    """The named providers, asked at ``server`` with ``key``; closed at the end."""
    own = ProviderConfig(url=server.rest_url, stream_url=server.stream_url)
    frames: list[ProviderFrame] = []
    providers = Providers(
        dict.fromkeys(names, own) | (tables or {}),
        ExchangeConfig(),
        symbols,
        frames.append,
        lambda: dict.fromkeys(names, Secret(key)),
        clock=ExchangeTime(server),
        rng=random.Random(1),
    )
    seen = Outside(providers)
    seen.frames = frames
    providers.start()
    try:
        yield seen
    finally:
        await providers.close()
