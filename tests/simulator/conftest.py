"""A running exchange and a client for the tests over real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tuirisk.simulator.clock import SimulatedClock
from tuirisk.simulator.exchange import Exchange
from tuirisk.simulator.server import Server, serve

START = 1_794_999_960_000


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """A server at ten times real time."""
    running = await serve(Exchange(start_ms=START), SimulatedClock(START, speed=10))
    yield running
    await running.stop()


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session
