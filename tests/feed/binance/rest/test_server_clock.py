"""Measuring the exchange's time: which answer counts, and when it is asked for again."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from support.frames import T0

from tuirisk.feed.binance.pipeline import Pipeline
from tuirisk.feed.binance.rest.server_clock import EVERY, ServerClock
from tuirisk.feed.frames import RestFrame

HOUR = 3_600_000
Answer = tuple[float, float]
"""(round trip in ms, how far the exchange's clock is ahead of ours in ms)."""


class LoopTime:
    """The time of the running loop."""

    def now_ns(self) -> int:
        return T0 * 1_000_000 + round(asyncio.get_running_loop().time() * 1e9)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class TimeServer:
    """Answers as told, each stamped with the middle of its round trip; the last one for ever."""

    def __init__(self, *answers: Answer) -> None:
        self.clock = LoopTime()
        self.latency_ms = 0.0
        self.requests = 0
        self._answers = list(answers)

    async def answer(self, kind: object, priority: float) -> RestFrame:
        self.requests += 1
        round_trip, offset = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        await self.clock.sleep(round_trip / 1e3)
        self.latency_ms = round_trip
        middle = self.clock.now_ns() - round(round_trip * 5e5)
        body = b'{"serverTime":%d}' % round(middle / 1e6 + offset)
        return RestFrame(middle, "GET /fapi/v1/time", 200, body)


def server_clock(*answers: Answer) -> tuple[ServerClock, Pipeline, TimeServer]:
    server, pipeline = TimeServer(*answers), Pipeline()
    anything = cast(Any, server)
    return ServerClock(anything, anything, pipeline, server.clock), pipeline, server


async def test_the_shortest_round_trip_of_three_counts() -> None:
    measured, pipeline, server = server_clock((900, 400), (20, 7), (300, 150))
    await measured.measure()
    assert (round(pipeline.clock.ms), server.requests) == (7, 3)


async def test_a_start_takes_one_answer() -> None:
    measured, pipeline, server = server_clock((900, 400), (20, 7))
    await measured.measure_once()
    assert (round(pipeline.clock.ms), server.requests) == (400, 1)


async def test_a_forged_answer_is_requested_again_and_moves_nothing() -> None:
    true: Answer = (20, 7)
    measured, pipeline, server = server_clock(true, true, true, true, (1, HOUR), true)
    await measured.measure()
    assert server.requests == 3
    await measured.measure()
    assert (round(pipeline.clock.ms), server.requests) == (7, 9)


async def test_a_clock_that_was_set_is_followed_within_seconds() -> None:
    measured, pipeline, server = server_clock(*[(20.0, 7.0)] * 15, (20, 30_000))
    for _ in range(5):
        await measured.measure()
    began = server.clock.now_ns()
    await measured.measure()
    assert round(pipeline.clock.ms) == 30_000
    assert server.clock.now_ns() - began < 4e9


async def test_it_is_measured_every_minute_and_when_called_for() -> None:
    measured, _, server = server_clock((20, 7))
    keeping = asyncio.ensure_future(measured.measure_forever())
    await asyncio.sleep(EVERY - 5)
    assert server.requests == 3
    measured.measure_soon()
    await asyncio.sleep(1)
    assert server.requests == 6
    await asyncio.sleep(EVERY + 2)
    assert server.requests == 9
    keeping.cancel()


async def test_an_answer_that_cannot_be_read_is_dropped_and_requested_again() -> None:
    measured, pipeline, server = server_clock((20, -(10**13)), (20, 7))
    await measured.measure_once()
    assert (round(pipeline.clock.ms), server.requests) == (7, 2)
    assert pipeline.dropped_frames == 1
