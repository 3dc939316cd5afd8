"""A session of the embedded exchange and the replay of its recording: the same alerts."""

from __future__ import annotations

import asyncio
import math
import random
import re
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support.account_source import on
from support.live_source import PATIENCE, ExchangeTime, small_exchange

from tuirisk.config.alert_model import AlertsConfig
from tuirisk.config.model import AccountConfig, Config, ExchangeConfig, PositionConfig
from tuirisk.feed.binance.live import LiveSource
from tuirisk.feed.binance.streams.stream_connection import StreamTiming
from tuirisk.feed.recording_writer import RecordingWriter
from tuirisk.feed.replay import ReplaySource
from tuirisk.monitor.monitor import Monitor
from tuirisk.simulator.embedded import EmbeddedExchange
from tuirisk.state import LogEntry, RiskState

BTC = "BTCUSDT"
CADENCE = 0.5
LATE_MS = 2_000
"""How far from live a replay may assess a moment: it has windows of its own, and the simulation
of a live run ends a state later."""


@dataclass
class Session:
    """The states of a run, as far as they are compared."""

    alerts: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    """(time ms, what it says) of each entry of the log."""
    levels: list[tuple[int, str, str, str]] = field(default_factory=list)
    """(time ms, symbol, level, rule) of each change of what stands."""
    newest: RiskState | None = None

    def take(self, state: RiskState) -> None:
        self.newest = state
        said = {text for _, text in self.alerts}
        for e in state.log:
            text = (e.kind, e.symbol, e.before, e.after, e.cause, _sentence(e), str(e.symbols))
            if text not in said:
                self.alerts.append((e.alert_ms, text))
        last = {symbol: (level, rule) for _, symbol, level, rule in self.levels}
        for name, symbol in state.symbols.items():
            found = symbol.severity
            if last.get(name) != (found.level, found.rule):
                self.levels.append((state.time_ms, name, found.level, found.rule))


def _sentence(entry: LogEntry) -> str:
    """Its text without the seconds of an outage: they are rounded of what a window saw."""
    return re.sub(r"\d+ s\b", "some s", entry.text)


async def read(monitor: Monitor, session: Session, news: asyncio.Event | None = None) -> None:
    async with aclosing(monitor.states()) as states:  # type: ignore[type-var]
        async for state in states:
            session.take(state)
            if news is not None:
                news.set()


def move(server: EmbeddedExchange, factor: float) -> None:
    def change() -> None:
        server.exchange.market(BTC).price.log_index += math.log(factor)

    on(server, change)


async def live(path: Path, config: Config, server: EmbeddedExchange) -> Session:
    """A session: a fall to the liquidation price, an outage of 40 s, and the way back."""
    clock = ExchangeTime(server)
    recorder = RecordingWriter(path)
    source = LiveSource(
        config.exchange,
        config.symbols,
        clock=clock,
        rng=random.Random(5),
        cadence=CADENCE,
        recorder=recorder,
        timing=StreamTiming(between_connects=0.1),
    )
    session, news = Session(), asyncio.Event()
    reading = asyncio.ensure_future(read(Monitor(source, config), session, news))

    async def seconds(count: float) -> None:
        assert session.newest is not None
        end_ms = session.newest.time_ms + 1000 * count
        while session.newest.time_ms < end_ms:
            news.clear()
            await news.wait()

    async with asyncio.timeout(20 * PATIENCE):
        while session.newest is None or any(
            s.status != "ready" for s in session.newest.symbols.values()
        ):
            news.clear()
            await news.wait()
        await seconds(4)
        move(server, 0.95)
        await seconds(6)
        move(server, 0.95)
        await seconds(4)
        server.faults.refuse_connections()
        server.faults.abort_sockets()
        await seconds(38)
        server.faults.accept_connections()
        await seconds(6)
        move(server, 1 / 0.9025)
        await seconds(62)
    await source.close()
    await reading
    recorder.close()
    return session


@pytest.mark.slow
async def test_a_replay_gives_the_alerts_and_severities_that_live_gave(tmp_path: Path) -> None:
    path = tmp_path / "session.rec.gz"
    with small_exchange(BTC) as server:
        mark = on(server, lambda: server.exchange.market(BTC).price.mark_price)
        config = Config(
            exchange=ExchangeConfig(rest_url=server.rest_url, stream_url=server.stream_url),
            symbols=(BTC,),
            account=AccountConfig(equity=100_000.0),
            positions=(PositionConfig(BTC, "long", 0.1, mark, 9.0),),
            alerts=AlertsConfig(repeat_seconds=3_600.0),
        )
        first = await live(path, config, server)
    again = Session()
    source = ReplaySource(path, config.symbols, clock=ExchangeTime(server), cadence=CADENCE)
    await read(Monitor(source, config), again)
    assert [text for _, text in again.alerts] == [text for _, text in first.alerts]
    kinds = [text[0] for _, text in first.alerts]
    assert kinds == ["severity", "severity", "blind", "sighted", "severity"]
    assert [text for _, *text in again.levels] == [text for _, *text in first.levels]
    times = [[ms for ms, *_ in (*run.alerts, *run.levels)] for run in (first, again)]
    assert max(abs(one - other) for one, other in zip(*times, strict=True)) <= LATE_MS
