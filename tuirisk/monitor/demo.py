"""The embedded exchange as a source: the real feed connected to it over loopback."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from tuirisk.config.model import Config, ExchangeConfig, ProviderConfig
from tuirisk.feed.binance.account.credentials import Keys, Secret
from tuirisk.monitor.companions import with_providers

if TYPE_CHECKING:
    from tuirisk.feed.recording_writer import RecordingWriter
    from tuirisk.monitor.monitor import EventSource
    from tuirisk.simulator.clock import SimulatedClock
    from tuirisk.simulator.embedded import EmbeddedExchange


ACCOUNT_READING_S = 40.0
"""How often the account of the embedded exchange is read, in the exchange's seconds."""
CROWD = 520
"""Perpetuals that the embedded exchange invents for the radar."""
DEMO_KEY = "demo-professional"
"""What the embedded exchange takes for a provider's key of its plan professional."""


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What the embedded exchange is started with; ``speed`` is a multiple of real time."""

    seed: int = 7
    speed: float = 1.0
    scenario: str = "calm"
    account: bool = False
    """With positions, so that there is something to liquidate."""
    providers: bool = False
    """With other people's data, invented too."""


class SimulatedTime:
    """The embedded exchange's time, with waits in real seconds."""

    def __init__(self, clock: SimulatedClock) -> None:
        self.now_ns = clock.now_ns

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class DemoSource:
    """The live feed, and the exchange it is connected to."""

    name: Literal["simulator"] = "simulator"

    def __init__(
        self, config: Config, options: DemoOptions, recorder: RecordingWriter | None
    ) -> None:
        from tuirisk.feed.binance.account.user_stream import AccountTiming
        from tuirisk.feed.binance.live import LiveSource
        from tuirisk.simulator.embedded import EmbeddedExchange

        self._exchange = EmbeddedExchange(
            seed=options.seed,
            scenario=options.scenario,
            speed=options.speed,
            crowd=CROWD,
            also=config.symbols,
        )
        keys = _demo_keys(self._exchange, config) if options.account else None
        self._exchange.start()
        feed_place = ExchangeConfig(
            rest_url=self._exchange.rest_url, stream_url=self._exchange.stream_url
        )
        feed = LiveSource(
            feed_place,
            config.symbols,
            clock=SimulatedTime(self._exchange.clock),
            cadence=1 / config.ui.refresh_hz,
            recorder=recorder,
            name=self.name,
            rng=random.Random(options.seed),
            resolve_keys=lambda: keys,
            # Its waits are in real seconds, the age of what it read in the exchange's.
            account_timing=AccountTiming(
                reconcile=ACCOUNT_READING_S / max(1.0, options.speed),
                least_pause=1.0 / max(1.0, options.speed),
            ),
        )
        self.exchange, self.clock = feed_place, feed.clock
        """Where the radar is received from, and its time."""
        source: EventSource = feed
        if options.providers:
            tables = demo_tables(self._exchange.rest_url, self._exchange.stream_url)
            source = with_providers(
                feed,
                replace(config, providers=tables, exchange=ExchangeConfig()),
                recorder,
                feed.clock,
                random.Random(options.seed),
                {name: Secret(DEMO_KEY) for name in tables},
            )
        self._source = source
        self.batches = source.batches
        self.add, self.remove = source.add, source.remove
        self.reconnect, self.resync = source.reconnect, source.resync

    async def close(self) -> None:
        await self._source.close()
        self._exchange.stop()


def demo_tables(rest_url: str, stream_url: str) -> dict[str, ProviderConfig]:
    """Every provider, and a JSON document, at the embedded exchange."""
    from tuirisk.feed.providers.registry import BY_NAME

    known = {name: ProviderConfig(url=rest_url, stream_url=stream_url) for name in BY_NAME}
    document = ProviderConfig(
        url=f"{rest_url}/providers/index.json", path="data.index", unit="percent"
    )
    return known | {"demo_index": document}


def _demo_keys(exchange: EmbeddedExchange, config: Config) -> Keys:
    """The made-up key of an account on the embedded exchange: never the user's."""
    from tuirisk.simulator.demo_account import open_demo_account

    account = open_demo_account(exchange.exchange, config.symbols)
    return Keys(Secret(account.key), Secret(account.secret))
