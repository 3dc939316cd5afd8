"""The viewer's WebSocket to ``tuirisk serve``: connects, reads frames, comes back by itself."""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
from collections.abc import Callable
from typing import Any

import aiohttp

from tuirisk import __version__
from tuirisk.foreign.text import printable
from tuirisk.language.reason import Reason
from tuirisk.remote.protocol import MOST_FRAME_BYTES, PROTOCOL, SILENCE_S, StateAssembler
from tuirisk.remote.transit import Transit
from tuirisk.state import RiskState
from tuirisk.state.binary import MalformedError, decode_untyped, encode

_log = logging.getLogger(__name__)

HANDSHAKE_S = 10.0
SHORTEST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 5.0
"""Between two tries to connect; doubled from one to the other."""
REFUSED_PAUSE_S = 30.0
"""Before the next try after the server refused the token."""
_FAILURES = (aiohttp.ClientError, OSError, TimeoutError, MalformedError, ValueError)


class RefusedError(Exception):
    """The server does not take the token."""


class Connection:
    """Holds what a server sends: the newest state, and what is wrong with the connection."""

    def __init__(
        self,
        url: str,
        token: str,
        monotonic: Callable[[], float],
        rng: random.Random,
    ) -> None:
        """``monotonic`` is a clock in seconds; ``token`` is empty for none."""
        self.url = url
        self.changed = asyncio.Event()
        """Set when :attr:`state` or :attr:`problem` changed."""
        self._state: RiskState | None = None
        self.problem: Reason | None = Reason("server_awaited")
        """What is wrong with the connection; None while states come."""
        self.refused = False
        self.warning: Reason | None = None
        """That the server is of another version, or that requests were not sent."""
        self._token = token
        self._monotonic = monotonic
        self._rng = rng
        self._heard = monotonic()
        self._made: float = monotonic()
        self._transit = Transit()
        self._wanted: tuple[str, ...] | None = None
        self._in_view: tuple[str, ...] | None = None
        self._socket: aiohttp.ClientWebSocketResponse[bool] | None = None
        self._answers: dict[str, tuple[int, Callable[[dict[str, Any]], None]]] = {}
        """What was asked → the newest request of that kind, and who takes its answers."""
        self._requests = 0
        self._order: object = None
        self._outgoing: asyncio.Queue[bytes] = asyncio.Queue(maxsize=256)
        self._unsent = 0
        """Requests that were dropped because the server takes none."""

    @property
    def state(self) -> RiskState | None:
        """The newest one that came."""
        return self._state

    def age_s(self) -> float:
        """Seconds since the newest state was made, by this machine's clock and the server's."""
        return self._monotonic() - self._made

    @property
    def silent(self) -> bool:
        """Whether nothing comes, or the server's own states do not go on."""
        now = self._monotonic()
        return max(now - self._heard, now - self._made) > SILENCE_S

    async def run(self) -> None:
        """Connect, and connect anew whenever that ends, until it is cancelled."""
        pause = SHORTEST_PAUSE_S
        while True:
            before = self._heard
            try:
                await self._connect()
                self._lost(Reason("server_lost"))
            except RefusedError:
                self.refused = True
                self._lost(Reason("server_refuses_token"))
                pause = REFUSED_PAUSE_S
            except _FAILURES as error:
                text = printable(str(error)) or type(error).__name__
                malformed = isinstance(error, MalformedError)
                self._lost(Reason("server_malformed" if malformed else "server_away", what=text))
            if self._heard > before:
                pause = SHORTEST_PAUSE_S
            await asyncio.sleep(pause * self._rng.uniform(0.75, 1.0))
            pause = min(LONGEST_PAUSE_S, pause * 2)

    def watch(self, names: tuple[str, ...] | None) -> None:
        """Have the server send these symbols alone; None for all."""
        self._wanted = names
        self._send({"kind": "watch", "symbols": None if names is None else list(names)})

    def look_at(self, names: tuple[str, ...]) -> None:
        """Tell the server which symbols are on the screen."""
        self._in_view = names
        self._send({"kind": "look_at", "symbols": list(names)})

    def order(self, order: object) -> None:
        """Have the states tell what this ``OrderSize`` would cost; None for no order."""
        self._order = order
        self._request("order", order, None)

    def request(self, what: str, value: object, answer: Callable[[dict[str, Any]], None]) -> None:
        """Ask the server; ``answer`` is called with each answer, which may be none at all."""
        self._request(what, value, answer)

    def _request(
        self, what: str, value: object, answer: Callable[[dict[str, Any]], None] | None
    ) -> None:
        self._requests += 1
        if answer is not None:
            self._answers[what] = self._requests, answer
        self._send({"kind": "request", "id": self._requests, "what": what, "value": value})

    def _send(self, message: dict[str, Any]) -> None:
        if self._socket is None:
            return
        if self._outgoing.full():
            self._unsent += 1
            self.warning = Reason("requests_unsent", count=self._unsent)
            return
        self._outgoing.put_nowait(encode(message))

    async def _connect(self) -> None:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        async with aiohttp.ClientSession() as session:
            try:
                async with asyncio.timeout(HANDSHAKE_S):
                    socket = await session.ws_connect(
                        self.url, headers=headers, heartbeat=10.0, max_msg_size=MOST_FRAME_BYTES
                    )
            except aiohttp.WSServerHandshakeError as error:
                if error.status in (401, 403):
                    raise RefusedError from None
                raise MalformedError(f"HTTP {error.status} is no answer of tuirisk") from None
            except ssl.SSLError as error:
                raise OSError(f"TLS: {error.reason}") from None
            async with socket:
                await self._converse(socket)

    async def _converse(self, socket: aiohttp.ClientWebSocketResponse[bool]) -> None:
        self._socket, self._outgoing = socket, asyncio.Queue(maxsize=256)
        if self._wanted is not None:
            self.watch(self._wanted)
        if self._in_view is not None:
            self.look_at(self._in_view)
        if self._order is not None:
            self.order(self._order)
        sending = asyncio.create_task(self._send_queued(socket))
        assembler, self._transit = StateAssembler(), Transit()
        try:
            while True:
                async with asyncio.timeout(SILENCE_S):
                    message = await socket.receive()
                if message.type is not aiohttp.WSMsgType.BINARY:
                    return
                self._take(assembler, decode_untyped(message.data))
        except TimeoutError:
            raise TimeoutError(f"nothing for {SILENCE_S:.0f} s") from None
        finally:
            self._socket = None
            sending.cancel()

    async def _send_queued(self, socket: aiohttp.ClientWebSocketResponse[bool]) -> None:
        while True:
            await socket.send_bytes(await self._outgoing.get())

    def _take(self, assembler: StateAssembler, frame: Any) -> None:
        """Take over a frame.

        Raises:
            MalformedError: it is none.
        """
        if not isinstance(frame, dict):
            raise MalformedError("not a frame")
        match frame.get("kind"):
            case "hello":
                self._greet(frame)
            case "state":
                assembler.update(frame)
                self._state = assembler.state
                self._fresh(frame)
                self.problem, self.refused = None, False
                self.changed.set()
            case "beat":
                self._fresh(frame)
            case "answer":
                for number, answer in list(self._answers.values()):
                    if number == frame.get("id"):
                        answer(frame)
            case _:
                raise MalformedError("not a frame of this version")

    def _greet(self, frame: dict[str, Any]) -> None:
        version = printable(str(frame.get("version")))
        if frame.get("protocol") != PROTOCOL:
            raise MalformedError(f"tuirisk {version} speaks another protocol; run the same version")
        other = version != __version__
        own = __version__
        self.warning = Reason("server_version", theirs=version, own=own) if other else None

    def _fresh(self, frame: dict[str, Any]) -> None:
        times = [frame.get(name) for name in ("clock_ms", "age_ms")]
        if not all(type(time) is int and 0 <= time < 10**15 for time in times):
            raise MalformedError("a frame without its times")
        clock, age = (time / 1000 for time in times if time is not None)
        self._heard = self._monotonic()
        self._made = self._heard - self._transit.lateness(self._heard - clock, self._heard) - age

    def _lost(self, why: Reason) -> None:
        if why != self.problem:
            _log.warning("%s: %s", self.url, why)
        self.problem = why
        self.changed.set()
