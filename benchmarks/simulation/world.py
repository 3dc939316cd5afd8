"""The embedded exchange behind a simulated network, stepped in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Protocol

import msgspec
from yarl import URL

from benchmarks.simulation.memory_session import HttpAnswer, MemorySocket
from benchmarks.simulation.truth import Truth
from tuirisk.simulator.account import ExchangeAccount
from tuirisk.simulator.clock import SimulatedClock
from tuirisk.simulator.exchange import Exchange
from tuirisk.simulator.faults import InjectedFaults
from tuirisk.simulator.seeding import STEP_MS
from tuirisk.simulator.signed_rest import SignedEndpoints, SignedRequest
from tuirisk.simulator.user_data import UserData

LATENCY = 0.02
"""Seconds from the exchange to the client and back."""
START_MS = 1_795_003_200_000 - 20_000
"""20 s before 2026-11-18 12:00 UTC: bars of 15m, 1h and 4h close in every run."""


class NetworkFaults(Protocol):
    """What goes wrong on the way; everything is asked in the order in which it happens."""

    def frames(self, stream: str, data: bytes) -> list[tuple[float, bytes]]:
        """What arrives instead of a frame: (seconds late, data) each."""
        ...

    async def before_answer(self, path: str) -> HttpAnswer | None:
        """Wait, raise a network error, or answer in place of the exchange."""
        ...

    def answer(self, url: URL, answer: HttpAnswer) -> HttpAnswer:
        """What arrives in place of ``answer``."""
        ...

    async def before_open(self, path: str) -> None:
        """Wait, or raise a network error."""
        ...


class NoFaults:
    """A network without faults."""

    def frames(self, stream: str, data: bytes) -> list[tuple[float, bytes]]:
        return [(0.0, data)]

    async def before_answer(self, path: str) -> HttpAnswer | None:
        return None

    def answer(self, url: URL, answer: HttpAnswer) -> HttpAnswer:
        return answer

    async def before_open(self, path: str) -> None:
        return None


class Line:
    """One WebSocket from the exchange's side. What is sent arrives in order, unless a fault
    says otherwise."""

    def __init__(self, world: World, streams: list[str], private: bool) -> None:
        self.world = world
        self.streams = set(streams)
        self.private = private
        self.mute = False
        """Whether the connection is half-open: nothing comes through it any more."""
        self.client = MemorySocket(world)

    def send(self, text: str) -> None:
        """Send a frame of the account's stream."""
        self.deliver("account", text.encode())

    def deliver(self, stream: str, data: bytes) -> None:
        """Send a frame through the faults of the network."""
        if self.mute:
            return
        loop = asyncio.get_running_loop()
        for late, arriving in self.world.faults.frames(stream, data):
            if late > 0:
                loop.call_later(late, self.client.put, arriving)
            else:
                self.client.put(arriving)


class World:
    """The network of one run; ``truth`` records every step of the exchange."""

    def __init__(self, exchange: Exchange, loop: asyncio.AbstractEventLoop, truth: Truth) -> None:
        self.exchange = exchange
        self.clock = SimulatedClock(exchange.now_ms, monotonic=loop.time)
        self.faults: NetworkFaults = NoFaults()
        self.account: ExchangeAccount | None = next(iter(exchange.accounts.by_key.values()), None)
        self.lines: list[Line] = []
        injected = InjectedFaults()
        self._signed = SignedEndpoints(exchange, exchange.accounts, self.clock, injected)
        self._user_data = UserData(exchange.accounts, injected.allows)
        self._truth = truth

    async def run(self) -> None:
        """Step the exchange for ever."""
        while True:
            while self.exchange.now_ms + STEP_MS <= self.clock.now_ms():
                self.step()
            await asyncio.sleep((self.exchange.now_ms + STEP_MS - self.clock.now_ms()) / 1e3 + 1e-4)

    def step(self) -> None:
        """One step of the exchange; its frames are sent."""
        for stream, payload in self.exchange.advance_to(self.exchange.now_ms + STEP_MS):
            if isinstance(payload, dict) and payload["e"] == "aggTrade":
                self._truth.record_trade(payload["s"], float(payload["p"]))
            listening = [line for line in self.lines if stream in line.streams]
            if listening:
                data = msgspec.json.encode({"stream": stream, "data": payload})
                for line in listening:
                    line.deliver(stream, data)
        self._user_data.publish(self.exchange.now_ms)
        self._truth.record()

    def cut(self, private: bool | None = None) -> None:
        """End the WebSockets; with ``private``, only those of that kind."""
        for line in list(self.lines):
            if private is None or line.private == private:
                line.client.end()
                self._remove(line)

    # What the client's sessions call

    async def answer(self, method: str, url: URL, key: str, body: str) -> HttpAnswer:
        await asyncio.sleep(LATENCY)
        path = url.path
        answer = await self.faults.before_answer(path)
        if answer is None:
            answer = self.faults.answer(url, self._answer(method, url, key, body))
        await asyncio.sleep(LATENCY)
        return answer

    async def open(self, url: URL) -> MemorySocket:
        await asyncio.sleep(LATENCY)
        await self.faults.before_open(url.path)
        private = url.path.startswith("/private")
        streams = [] if private else url.query.get("streams", "").split("/")
        line = Line(self, streams, private)
        self.lines.append(line)
        for stream in streams:
            self.exchange.subscribe(stream)
        if private:
            self._user_data.attach(line, url.query)  # type: ignore[arg-type]
        return line.client

    def on_sent(self, socket: MemorySocket, text: str) -> None:
        line = next((line for line in self.lines if line.client is socket), None)
        if line is None:
            return
        message = msgspec.json.decode(text)
        for stream in message["params"]:
            if message["method"] == "SUBSCRIBE":
                line.streams.add(stream)
                self.exchange.subscribe(stream)
            elif stream in line.streams:
                line.streams.discard(stream)
                self.exchange.unsubscribe(stream)

    def on_closed(self, socket: MemorySocket) -> None:
        for line in [line for line in self.lines if line.client is socket]:
            self._remove(line)

    def _remove(self, line: Line) -> None:
        if line in self.lines:
            self.lines.remove(line)
            for stream in sorted(line.streams):
                self.exchange.unsubscribe(stream)
            if line.private:
                self._user_data.detach(line)  # type: ignore[arg-type]

    def _answer(self, method: str, url: URL, key: str, body: str) -> HttpAnswer:
        if self._signed.serves(url.path):
            request = SignedRequest(method, url.path, key, url.raw_query_string, body)
            status, content, weight = self._signed.answer(request)
        elif url.path == "/fapi/v1/time":
            status, content, weight = 200, {"serverTime": self.clock.now_ms()}, 1
        else:
            query: Mapping[str, str] = dict(url.query)
            status, content, weight = self.exchange.rest(url.path, query)
        headers = {"X-MBX-USED-WEIGHT-1M": str(weight)}
        return HttpAnswer(status, msgspec.json.encode(content), headers)
