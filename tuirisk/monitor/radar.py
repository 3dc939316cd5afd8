"""The radar alone: the whole market received and judged once a second, without a monitor."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from tuirisk.analytics.radar import assess_radar, radar_rules
from tuirisk.config.model import ExchangeConfig, RiskConfig
from tuirisk.events.radar import RadarConnection
from tuirisk.feed.binance.radar.decoder import RadarDecoder
from tuirisk.feed.binance.radar.feed import FrameWriter, RadarFeed
from tuirisk.feed.clock import Clock
from tuirisk.feed.frames import RestFrame, StreamFrame
from tuirisk.feed.recording import read
from tuirisk.feed.recording_faults import RecordingFaults
from tuirisk.market.radar import RadarMarket
from tuirisk.state.number import Source
from tuirisk.state.radar import RadarState

EVERY_S = 1.0


async def radar_states(
    exchange: ExchangeConfig,
    risk: RiskConfig,
    *,
    clock: Clock,
    rng: random.Random,
    source: Source = "binance",
    recorder: FrameWriter | None = None,
) -> AsyncGenerator[RadarState, None]:
    """A state every second until closed; nothing is asked of the exchange before the first."""
    market, rules = RadarMarket(), radar_rules(risk)
    feed = RadarFeed(exchange, market.apply, clock=clock, rng=rng, recorder=recorder)
    running = asyncio.create_task(feed.run())
    try:
        while True:
            await asyncio.wait([running, nap := asyncio.ensure_future(clock.sleep(EVERY_S))],
                               return_when=asyncio.FIRST_COMPLETED)  # fmt: skip
            nap.cancel()
            if running.done():
                running.result()
            market.apply(RadarConnection(feed.connected, feed.error, feed.weight_used))
            yield assess_radar(market, feed.now_ms(), rules, source=source)
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def settled_radar(
    states: AsyncGenerator[RadarState, None],
    timeout: float,  # noqa: ASYNC109 - a timeout is no error here
) -> RadarState | None:
    """The first complete state, or the newest after ``timeout`` seconds; None where none came.

    It is given up as soon as the exchange has been offline for five seconds.
    """
    newest: RadarState | None = None
    offline_since: int | None = None
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(timeout), aclosing(states):
            async for newest in states:
                if newest.complete and newest.status == "live":
                    break
                if newest.status != "offline":
                    offline_since = None
                elif offline_since is None:
                    offline_since = newest.time_ms
                elif newest.time_ms - offline_since >= 5_000:
                    break
    return newest


def replayed_radar(path: Path, risk: RiskConfig) -> RadarState | None:
    """The state at the end of a recording; None where it has nothing of the whole market.

    Raises:
        RecordingError: there is no such file, or it cannot be opened.
    """
    market, decoder = RadarMarket(), RadarDecoder()
    newest = 0
    for frame in read(path, RecordingFaults()):
        if isinstance(frame, StreamFrame | RestFrame):
            newest = max(newest, frame.received)
            for event in decoder.events(frame):
                market.apply(event)
    if not market.symbols or market.ticker_stream_ms != market.ticker_stream_ms:
        return None
    return assess_radar(market, decoder.now_ms(newest), radar_rules(risk), source="recording")
