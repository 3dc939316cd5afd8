"""The sources of a monitor: live, the embedded exchange, a recording, or files.

Each function returns a factory; the imports that cost time happen when it is called, in the
monitor's own thread.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tuirisk.config.model import KNOWN_PROVIDERS, Config
from tuirisk.feed.binance.account.credentials import Secret, pop_credentials, resolve_credentials
from tuirisk.language.reason import Reason
from tuirisk.language.reason_codes import ReasonCode
from tuirisk.monitor.companions import with_providers, with_radar
from tuirisk.monitor.demo import DemoOptions, DemoSource

if TYPE_CHECKING:
    from tuirisk.feed.recording_writer import RecordingWriter
    from tuirisk.history.run_history import RunHistory
    from tuirisk.history.session import LiveSession
    from tuirisk.monitor.monitor import EventSource, Session, StateSource
    from tuirisk.remote.monitor import RemoteMonitor
    from tuirisk.state import RiskState
    from tuirisk.state.track_record import TrackRecord

MakeEventSource = Callable[[], "EventSource"]
MakeSource = Callable[[], "EventSource | RemoteMonitor"]


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
        source = with_providers(
            feed, config, recorder, clock, random.Random(), provider_keys, session
        )
        if session is not None:
            from tuirisk.monitor.warm_start import WarmStart

            source = WarmStart(source, session.history, config.symbols, feed.use_stored)
        if not stays:
            return source
        return with_radar(source, config.exchange, recorder, clock, random.Random())

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
        return with_radar(demo, demo.exchange, recorder, demo.clock, rng)

    return make


def _pop_provider_keys(config: Config) -> Mapping[str, Secret]:
    """The keys of the configured providers; all are removed from the environment."""
    if not config.providers:
        for name in KNOWN_PROVIDERS:
            os.environ.pop(f"TUIRISK_{name.upper()}_KEY", None)
        return {}
    from tuirisk.feed.providers.keys import pop_keys

    return pop_keys(os.environ)


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
    keeps_scores: bool = False,
) -> StateSource:
    """What makes the states of ``source``: a monitor of this process, or the source itself where
    another tuirisk makes them. See :class:`Monitor`.

    ``keeps_scores``: in memory, where there is no session.
    """
    from tuirisk.monitor.monitor import Monitor
    from tuirisk.remote.monitor import RemoteMonitor

    if isinstance(source, RemoteMonitor):
        return source
    kept = keeps_scores and session is None
    scores = score_memory("scores_of_this_run") if kept else None
    return Monitor(source, config, session, headless=headless, scores=scores)


def controlled_monitor_of(
    source: EventSource | RemoteMonitor,
    config: Config,
    session: Session | None,
    track_record: TrackRecord | None,
    publish: Callable[[RiskState], None],
) -> StateSource:
    """As :func:`monitor_of`; the playing of a recording can be controlled, and the newest state is
    published again after every command. Scores are kept in memory where ``session`` keeps none.
    """
    from tuirisk.feed.replay import ReplaySource
    from tuirisk.monitor.monitor import Monitor
    from tuirisk.monitor.replay_monitor import ReplayMonitor
    from tuirisk.remote.monitor import RemoteMonitor

    if isinstance(source, RemoteMonitor):
        source.keep_scores(score_memory("scores_of_this_viewer"))
        return source

    def make(newest: Config) -> Monitor:
        scores = None if session is not None else score_memory("scores_of_this_run")
        return Monitor(source, newest, session, track_record=track_record, scores=scores)

    if not isinstance(source, ReplaySource):
        return make(config)

    monitor = ReplayMonitor(
        source,
        config,
        make,
    )

    def publish_again() -> None:
        if monitor.state is not None:
            publish(monitor.state)

    source.player.changed = publish_again
    return monitor


def score_memory(why: ReasonCode) -> RunHistory:
    """What keeps the scores of a run that has no history; ``why`` nothing is known before."""
    from tuirisk.history.run_history import RunHistory

    return RunHistory(Reason(why))
