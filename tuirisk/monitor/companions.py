"""What runs beside a source: other people's data, and every perpetual for the radar."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from tuirisk.config.model import Config, ExchangeConfig
from tuirisk.feed.binance.account.credentials import Secret

if TYPE_CHECKING:
    from tuirisk.events.radar import RadarEvent
    from tuirisk.feed.binance.radar.feed import RadarFeed
    from tuirisk.feed.clock import Clock
    from tuirisk.feed.recording_writer import RecordingWriter
    from tuirisk.history.session import LiveSession
    from tuirisk.monitor.monitor import EventSource


def with_providers(
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
    history = session.history
    return WithProviders(
        source,
        providers,
        config.symbols,
        history.external_series,
        history.record_external_series,
    )


def with_radar(
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
