"""When a request that failed is repeated."""

from __future__ import annotations

import asyncio
import random
from typing import Any, cast

import pytest
from support.frames import T0

from tuirisk.feed.binance.pipeline import Pipeline
from tuirisk.feed.binance.rest.client import TIME
from tuirisk.feed.binance.rest.errors import ErrorKind, ExchangeError
from tuirisk.feed.binance.rest.fetcher import LASTING_PROBE, LONGEST_PROBE, Fetcher
from tuirisk.feed.frames import RestFrame
from tuirisk.language.reason import Reason

OUTAGE = 120.0
WAITING = 20


class LoopTime:
    def now_ns(self) -> int:
        return T0 * 1_000_000 + round(asyncio.get_running_loop().time() * 1e9)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class FailingExchange:
    """Fails in one way until the end of an outage."""

    def __init__(self, kind: ErrorKind) -> None:
        self.requests = 0
        self._kind = kind
        self._until = asyncio.get_running_loop().time() + OUTAGE

    async def get(self, *_: Any) -> RestFrame:
        self.requests += 1
        if asyncio.get_running_loop().time() < self._until:
            raise ExchangeError(self._kind, Reason("no_answer"))
        return RestFrame(T0 * 1_000_000, "GET /fapi/v1/time", 200, b'{"serverTime":%d}' % T0)


@pytest.mark.parametrize(
    ("kind", "probe", "most"),
    [
        ("unreachable", LONGEST_PROBE, 500),
        ("server", LONGEST_PROBE, 500),
        ("garbled", LONGEST_PROBE, 900),
        ("refused", LASTING_PROBE, 250),
        ("country", LASTING_PROBE, 250),
    ],
)
async def test_all_requests_are_repeated_soon_after_an_outage(
    kind: ErrorKind, probe: float, most: int
) -> None:
    loop = asyncio.get_running_loop()
    exchange = FailingExchange(kind)
    fetcher = Fetcher(cast(Any, exchange), Pipeline(), LoopTime(), random.Random(1))
    began = loop.time()
    await asyncio.gather(*(fetcher.answer(TIME, 0.0) for _ in range(WAITING)))
    assert loop.time() - began <= OUTAGE + probe + 0.1
    assert exchange.requests <= most
    assert not fetcher.failing
    assert not fetcher._outages
