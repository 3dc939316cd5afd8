"""The embedded exchange in a thread of its own, for the demo and for tests."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self, TypeVar

from .clock import SimulatedClock, wall_clock_ms
from .exchange import Exchange
from .faults import InjectedFaults
from .server import Server, serve

T = TypeVar("T")


class EmbeddedExchange:
    """A context manager that runs the exchange on loopback while it is entered.

    `symbols` None lists the whole catalogue; `crowd` and `also` as in `Exchange`; `scenario` is
    calm, crash, squeeze or illiquid; `start_ms` None starts at the machine's time; `port` 0 takes
    any free port. `monotonic`
    (seconds) and `loop_factory` let a test run it on a time of its own. OSError when the port is
    taken, ValueError for an unknown scenario or a speed that is not positive.
    """

    def __init__(
        self,
        symbols: Iterable[str] | None = None,
        seed: int = 7,
        scenario: str = "calm",
        speed: float = 1.0,
        start_ms: int | None = None,
        port: int = 0,
        *,
        crowd: int = 0,
        also: Iterable[str] = (),
        monotonic: Callable[[], float] = time.monotonic,
        loop_factory: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop,
    ) -> None:
        start = wall_clock_ms() if start_ms is None else start_ms
        self.exchange = Exchange(symbols, seed, scenario, start, crowd, also)
        self.clock = SimulatedClock(start, speed, monotonic)
        self.faults = InjectedFaults()
        self._loop_factory = loop_factory
        self._requested_port = port
        self._server: Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._started = threading.Event()
        self._failure: BaseException | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the thread and wait until the server listens; simulated time begins now.

        After a stop, the market goes on where it stood, on the same port.
        """
        self.clock.restart(self.exchange.now_ms)
        self._started.clear()
        self._thread = threading.Thread(target=self._main, name="embedded-exchange", daemon=True)
        self._thread.start()
        self._started.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure

    def stop(self) -> None:
        """Close everything and join the thread; harmless when not started."""
        if self._loop is not None and self._stopping is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stopping.set)
        if self._thread is not None:
            self._thread.join(timeout=5)

    @property
    def server(self) -> Server:
        """The running server; RuntimeError before the start."""
        if self._server is None:
            raise RuntimeError("the embedded exchange is not running")
        return self._server

    @property
    def rest_url(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return self.server.rest_url

    @property
    def stream_url(self) -> str:
        """`ws://127.0.0.1:PORT`."""
        return self.server.stream_url

    @property
    def requests(self) -> list[tuple[str, dict[str, str]]]:
        """REST requests seen, (path, parameters), oldest first; a copy."""
        return list(self.server.requests)

    @property
    def handshakes(self) -> list[str]:
        """Path and query of every WebSocket opened so far, oldest first; a copy."""
        return list(self.server.handshakes)

    @property
    def connections(self) -> list[tuple[str, tuple[str, ...]]]:
        """Open WebSockets: (path, streams subscribed), oldest first."""
        return self.call(
            lambda: [(open_.path, tuple(open_.streams)) for open_ in self.server.connections]
        )

    def call(self, function: Callable[[], T]) -> T:
        """Run `function` in the server's loop, between two steps, and return its result."""
        if self._loop is None or self._loop.is_closed():
            raise RuntimeError("the embedded exchange is not running")

        async def run() -> T:
            return function()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(timeout=10)

    def _main(self) -> None:
        with asyncio.Runner(loop_factory=self._loop_factory) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        try:
            self._server = await serve(self.exchange, self.clock, self._requested_port, self.faults)
        except OSError as error:
            self._failure = error
            return
        finally:
            self._started.set()
        self._requested_port = self._server.port
        await self._stopping.wait()
        await self._server.stop()
