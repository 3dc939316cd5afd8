"""What fifty viewers of twelve symbols cost a server, beside sending each the published JSON.

    python -m benchmarks.viewers [--viewers 50] [--symbols 12] [--hz 4] [--seconds 10]

The states are made beforehand; every number that moves in a live market moves at every state. The
viewers are one process of their own, which reads and discards. CPU is that of the server's process
alone, in percent of a core.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import time
from collections.abc import Awaitable, Callable
from typing import Any, cast

import aiohttp
from aiohttp import web

from benchmarks.screen_states import states
from tuirisk.serve.address import Address
from tuirisk.serve.hub import Hub
from tuirisk.serve.requests import Requests
from tuirisk.serve.server import listening
from tuirisk.state import RiskState, to_json

STATES = 40
"""Different states, over and over."""


def read_all(url: str, viewers: int, path: str, counts: Any) -> None:
    """Connect ``viewers`` sockets and count what comes, until the server goes."""

    async def one(session: aiohttp.ClientSession) -> None:
        async with session.ws_connect(url + path, max_msg_size=0) as socket:
            async for message in socket:
                counts[0] += 1
                counts[1] += len(message.data)

    async def run() -> None:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            await asyncio.gather(*(one(session) for _ in range(viewers)), return_exceptions=True)

    asyncio.run(run())


class JsonHub:
    """The plain way: every viewer gets the whole published JSON of every state."""

    def __init__(self) -> None:
        self.sockets: list[web.WebSocketResponse] = []

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Keep a connection open."""
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        self.sockets.append(socket)
        async for _ in socket:
            pass
        return socket

    async def publish(self, state: RiskState) -> None:
        """Encode once, send to all."""
        data = to_json(state)
        await asyncio.gather(*(socket.send_bytes(data) for socket in self.sockets))


async def measure(
    handle: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
    publish: Callable[[RiskState], Awaitable[None]],
    connected: Callable[[], int],
    made: list[RiskState],
    arguments: argparse.Namespace,
) -> tuple[float, float, float]:
    """CPU (percent of a core), frames a second and megabytes a second to all viewers."""
    counts = multiprocessing.get_context("spawn").Array("d", 2)
    async with listening(handle, Address("127.0.0.1", 0)) as where:
        process = multiprocessing.get_context("spawn").Process(
            target=read_all, args=(f"http://{where}", arguments.viewers, "/", counts), daemon=True
        )
        process.start()
        while connected() < arguments.viewers:  # noqa: ASYNC110 - connections have no event
            await asyncio.sleep(0.05)
        await publish(made[0])
        await asyncio.sleep(1.0)
        counts[0] = counts[1] = 0.0
        began, cpu = time.monotonic(), time.process_time()
        for tick in range(round(arguments.seconds * arguments.hz)):
            await publish(made[1 + tick % (STATES - 1)])
            await asyncio.sleep(max(0.0, began + (tick + 1) / arguments.hz - time.monotonic()))
        seconds = time.monotonic() - began
        used = time.process_time() - cpu
        process.kill()
    return 100 * used / seconds, counts[0] / seconds, counts[1] / seconds / 1e6


async def compare(made: list[RiskState], arguments: argparse.Namespace) -> None:
    """Print a line for each way."""
    hub = Hub(None, Requests(cast(Any, None)), time.monotonic)
    plain = JsonHub()

    async def to_hub(state: RiskState) -> None:
        hub.publish(state, state)

    for name, figures in (
        ("tuirisk serve", await measure(hub.handle, to_hub, lambda: hub.viewers, made, arguments)),
        (
            "whole JSON to each",
            await measure(plain.handle, plain.publish, lambda: len(plain.sockets), made, arguments),
        ),
    ):
        cpu, frames, megabytes = figures
        print(f"{name:<20} {cpu:6.1f} % of a core  {frames:7.0f} frames/s  {megabytes:7.1f} MB/s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--viewers", type=int, default=50)
    parser.add_argument("--symbols", type=int, default=12)
    parser.add_argument("--hz", type=float, default=4.0)
    parser.add_argument("--seconds", type=float, default=10.0)
    arguments = parser.parse_args()
    _, made = states(arguments.symbols, STATES, arguments.hz)
    asyncio.run(compare(made, arguments))


if __name__ == "__main__":
    main()
