"""Every perpetual beside the watchlist: received while it is read, recorded and replayed."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

from support.exchange import TestExchange
from support.live_source import ExchangeTime, make_source

from tuirisk.config.alert_model import AlertsConfig, ConditionConfig
from tuirisk.config.model import Config, ExchangeConfig
from tuirisk.events.radar import RadarEvent
from tuirisk.feed.binance.radar.feed import RadarFeed
from tuirisk.feed.clock import WallClock
from tuirisk.feed.recording_writer import RecordingWriter
from tuirisk.feed.replay import ReplaySource
from tuirisk.monitor.monitor import Monitor
from tuirisk.monitor.with_radar import WithRadar
from tuirisk.state import RiskState

EVERY = ConditionConfig("change_24h", above=-0.5)
"""Holds on every perpetual."""


def with_radar(exchange: TestExchange, recorder: RecordingWriter | None = None) -> WithRadar:
    place = ExchangeConfig(rest_url=exchange.rest_url, stream_url=exchange.stream_url)

    def make_feed(deliver: Callable[[RadarEvent], None]) -> RadarFeed:
        return RadarFeed(
            place,
            deliver,
            clock=ExchangeTime(exchange),
            rng=random.Random(1),
            recorder=recorder,
        )

    return WithRadar(make_source(exchange, "BTCUSDT", recorder=recorder), make_feed)


def config(*conditions: ConditionConfig) -> Config:
    return Config(symbols=("BTCUSDT",), alerts=AlertsConfig(when=conditions))


async def run(monitor: Monitor, until: Callable[[RiskState], bool], most: int = 400) -> RiskState:
    """The first state of which ``until`` is true."""
    async with aclosing(monitor.states()) as states:  # type: ignore[type-var]
        async for state in states:
            most -= 1
            if until(state) or not most:
                return state
    raise AssertionError("the source ended")


async def test_a_condition_on_every_perpetual_is_measured_live_and_in_a_replay(
    tmp_path: Path,
) -> None:
    path = tmp_path / "market.jsonl"
    recorder = RecordingWriter(path)
    with TestExchange(["BTCUSDT"], crowd=12) as exchange:
        source = with_radar(exchange, recorder)
        state = await run(
            Monitor(source, config(EVERY)),
            lambda s: len(s.conditions) > 11 and s.radar is not None and s.radar.status == "live",
        )
        await source.close()
    assert state.radar is not None
    names = {one.symbol for one in state.conditions}
    assert names == set(state.radar.symbols)
    assert "BTCUSDT" in names
    assert not [m for m in state.messages if "every perpetual" in m.text]
    alerts = [entry for entry in state.alerts if entry.kind == "condition"]
    assert names == {name for entry in alerts for name in (entry.symbols or (entry.symbol,))}
    replayed = ReplaySource(path, clock=WallClock())
    assert replayed.symbols == ("BTCUSDT",)
    end = await run(Monitor(replayed, config(EVERY)), lambda s: s.radar is not None)
    assert {one.symbol for one in end.conditions} == names


async def test_nothing_of_it_is_asked_for_unless_somebody_reads_it() -> None:
    with TestExchange(["BTCUSDT"], crowd=3) as exchange:
        source = with_radar(exchange)
        monitor = Monitor(source, config(ConditionConfig("score", above=60.0)))
        states = monitor.states()
        async with aclosing(states):  # type: ignore[type-var]
            await anext(states)
            assert "/fapi/v1/ticker/24hr" not in [path for path, _ in exchange.requests]
            monitor.set_conditions((EVERY,))
            async for state in states:
                if state.radar is not None and state.radar.symbols:
                    break
            monitor.set_conditions(())
            async for state in states:
                if state.radar is None:
                    break
            assert state.conditions == () or {c.symbol for c in state.conditions} == {"BTCUSDT"}
        await source.close()


async def test_a_screen_and_conditions_read_one_feed() -> None:
    with TestExchange(["BTCUSDT"], crowd=3) as exchange:
        source = with_radar(exchange)
        source.read_radar("screen", reads=True)
        monitor = Monitor(source, config(EVERY))
        await run(monitor, lambda s: s.radar is not None and bool(s.radar.complete))
        source.read_radar("screen", reads=False)
        await source.close()
        tickers = [path for path, _ in exchange.requests if path == "/fapi/v1/ticker/24hr"]
    assert len(tickers) == 1
