"""The sources of a monitor: live, the embedded exchange, a recording, or files.

Each function returns a factory; the imports that cost time happen when it is called, in the
monitor's own thread.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tuirisk.config.model import Config, ExchangeConfig, ProviderConfig
from tuirisk.feed.binance.account.credentials import (
    Keys,
    Secret,
    pop_credentials,
    resolve_credentials,
)

if TYPE_CHECKING:
    from tuirisk.events.radar import RadarEvent
    from tuirisk.feed.binance.radar.feed import RadarFeed
    from tuirisk.feed.clock import Clock
    from tuirisk.feed.recording_writer import RecordingWriter
    from tuirisk.history.session import LiveSession
    from tuirisk.monitor.monitor import EventSource, Session, StateSource
    from tuirisk.remote.monitor import RemoteMonitor
    from tuirisk.simulator.clock import SimulatedClock
    from tuirisk.simulator.embedded import EmbeddedExchange
    from tuirisk.state import RiskState
    from tuirisk.state.track_record import TrackRecord

ACCOUNT_READING_S = 40.0
"""How often the account of the embedded exchange is read, in the exchange's seconds."""
MakeEventSource = Callable[[], "EventSource"]
MakeSource = Callable[[], "EventSource | RemoteMonitor"]
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


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """Which recording is played, and how fast: ``speed`` is a multiple of its own pace."""

    path: Path
    speed: float | None = None
    start: str = ""
    """The time up to which the recording is played at once (``feed.replay.start_time``)."""


@dataclass(frozen=True, slots=True)
class FilesOptions:
    path: Path
    market: Literal["perpetual", "spot"] | None = None
    """Of files that do not say it; None assumes perpetuals."""
    follow: bool = False
    """Whether the source goes on once it has given all there is."""
    cache: Path | None = None


def live(
    config: Config,
    recorder: RecordingWriter | None,
    session: LiveSession | None = None,
    *,
    stays: bool = False,
) -> MakeEventSource:
    """Binance, or what ``exchange.rest_url`` and ``stream_url`` name in its place.

    ``stays``: it runs for as long as somebody wants, so that conditions on every perpetual are
    measured. With ``session`` it begins with the candles of its history, and stores those that
    arrive.

    The variables of the API key are removed from the environment.
    """
    credentials = pop_credentials(os.environ)
    provider_keys = _pop_provider_keys(config)

    def make() -> EventSource:
        from tuirisk.feed.binance.live import LiveSource
        from tuirisk.feed.clock import WallClock

        if recorder is not None:
            recorder.open()
        clock = WallClock()
        feed = LiveSource(
            config.exchange,
            config.symbols,
            clock=clock,
            cadence=1 / config.ui.refresh_hz,
            recorder=recorder,
            rng=random.Random(),
            resolve_keys=partial(resolve_credentials, credentials),
            held=[position.symbol for position in config.positions],
        )
        source = _with_providers(
            feed, config, recorder, clock, random.Random(), provider_keys, session
        )
        if session is not None:
            from tuirisk.monitor.warm_start import WarmStart

            source = WarmStart(source, session.history, config.symbols, feed.use_stored)
        if not stays:
            return source
        return _with_radar(source, config.exchange, recorder, clock, random.Random())

    return make


def demo(
    config: Config, options: DemoOptions, recorder: RecordingWriter | None = None
) -> MakeEventSource:
    """The embedded exchange, reached through the real feed over loopback."""

    def make() -> EventSource:
        if recorder is not None:
            recorder.open()
        demo = DemoSource(config, options, recorder)
        rng = random.Random(options.seed)
        return _with_radar(demo, demo.exchange, recorder, demo.clock, rng)

    return make


def _pop_provider_keys(config: Config) -> Mapping[str, Secret]:
    """The keys of the configured providers, removed from the environment."""
    if not config.providers:
        return {}
    from tuirisk.feed.providers.keys import pop_keys

    return pop_keys(os.environ)


def _with_providers(
    source: EventSource,
    config: Config,
    recorder: RecordingWriter | None,
    clock: Clock,
    rng: random.Random,
    keys: Mapping[str, Secret],
    session: LiveSession | None = None,
) -> EventSource:
    """``source`` with the configured providers; itself where there is none."""
    if not any(table.enabled for table in config.providers.values()):
        return source
    from tuirisk.feed.providers.group import Providers
    from tuirisk.feed.providers.keys import resolve_keys
    from tuirisk.monitor.with_providers import WithProviders

    providers = Providers(
        config.providers,
        config.exchange,
        config.symbols,
        _ignore if recorder is None else recorder.write,
        partial(resolve_keys, keys, tuple(config.providers)),
        clock=clock,
        rng=rng,
    )
    if session is None:
        return WithProviders(source, providers, config.symbols)
    return WithProviders(source, providers, config.symbols, session.history.external_series)


def _with_radar(
    source: EventSource,
    exchange: ExchangeConfig,
    recorder: RecordingWriter | None,
    clock: Clock,
    rng: random.Random,
) -> EventSource:
    """``source`` with every perpetual beside it, received while somebody reads it."""
    from tuirisk.monitor.with_radar import WithRadar

    def make_feed(deliver: Callable[[RadarEvent], None]) -> RadarFeed:
        from tuirisk.feed.binance.radar.feed import RadarFeed

        return RadarFeed(exchange, deliver, clock=clock, rng=rng, recorder=recorder)

    return WithRadar(source, make_feed)


def _ignore(frame: object) -> None:
    """Nothing is recorded."""


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
            seed=options.seed, scenario=options.scenario, speed=options.speed, crowd=CROWD
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
            source = _with_providers(
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


def replay(
    config: Config, options: ReplayOptions, symbols: tuple[str, ...] | None
) -> MakeEventSource:
    """A recording; ``symbols`` None takes those it holds."""

    def make() -> EventSource:
        from tuirisk.feed.clock import WallClock
        from tuirisk.feed.replay import ReplaySource

        return ReplaySource(
            options.path,
            symbols,
            clock=WallClock(),
            speed=options.speed,
            start=options.start,
            cadence=1 / config.ui.refresh_hz,
        )

    return make


def files(options: FilesOptions, symbols: tuple[str, ...] | None) -> MakeEventSource:
    """Candle files of one's own; ``symbols`` None takes those of the folder."""

    def make() -> EventSource:
        from tuirisk.feed.files.source import FilesSource

        return FilesSource(
            options.path,
            symbols,
            market=options.market,
            follow=options.follow,
            cache=options.cache,
        )

    return make


def remote(config: Config, url: str, token: Secret) -> MakeSource:
    """Another tuirisk's states (``tuirisk serve``), at the address ``url``."""

    def make() -> RemoteMonitor:
        from tuirisk.feed.clock import WallClock
        from tuirisk.remote.monitor import RemoteMonitor

        clock, rng = WallClock(), random.Random()

        def monotonic() -> float:
            return clock.now_ns() / 1e9

        if url.startswith(("nats:", "tls:")):
            from tuirisk.remote.nats_connection import NatsConnection
            from tuirisk.remote.nats_link import Login

            nats = NatsConnection(url, Login(token.reveal()), monotonic, rng)
            return RemoteMonitor(nats, config, clock)
        from tuirisk.remote.connection import Connection

        link = Connection(url, token.reveal(), monotonic, rng)
        return RemoteMonitor(link, config, clock)

    return make


def monitor_of(
    source: EventSource | RemoteMonitor,
    config: Config,
    session: Session | None = None,
    *,
    headless: bool = False,
    track_record: TrackRecord | None = None,
) -> StateSource:
    """What makes the states of ``source``: a monitor of this process, or the source itself where
    another tuirisk makes them. See :class:`Monitor`.
    """
    from tuirisk.monitor.monitor import Monitor
    from tuirisk.remote.monitor import RemoteMonitor

    if isinstance(source, RemoteMonitor):
        return source
    return Monitor(source, config, session, headless=headless, track_record=track_record)


def controlled_monitor_of(
    source: EventSource | RemoteMonitor,
    config: Config,
    session: Session | None,
    track_record: TrackRecord | None,
    publish: Callable[[RiskState], None],
) -> StateSource:
    """As :func:`monitor_of`; the playing of a recording can be controlled, and the newest state is
    published again after every command.
    """
    from tuirisk.feed.replay import ReplaySource

    if not isinstance(source, ReplaySource):
        return monitor_of(source, config, session, track_record=track_record)
    from tuirisk.monitor.monitor import Monitor
    from tuirisk.monitor.replay_monitor import ReplayMonitor

    monitor = ReplayMonitor(
        source,
        config,
        lambda newest: Monitor(source, newest, session, track_record=track_record),
    )

    def publish_again() -> None:
        if monitor.state is not None:
            publish(monitor.state)

    source.player.changed = publish_again
    return monitor
