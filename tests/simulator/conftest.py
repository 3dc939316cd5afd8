"""A running exchange and a client for the tests over real sockets, on virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from support.virtual_time import LoopFactories, loop_factories

from tuirisk.simulator.clock import SimulatedClock
from tuirisk.simulator.exchange import Exchange
from tuirisk.simulator.server import Server, serve

START = 1_794_999_960_000


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> LoopFactories:
    return loop_factories(item)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """A server at ten times the loop's time."""
    clock = SimulatedClock(START, speed=10, monotonic=asyncio.get_running_loop().time)
    running = await serve(Exchange(start_ms=START), clock)
    yield running
    await running.stop()


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session
