"""Faults that a test injects into the running server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal, Protocol

_HTML = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>"
_BODIES = {
    418: '{"code":-1003,"msg":"Way too much request weight used; IP banned until 1789478400000. '
    'Please use WebSocket Streams for live updates to avoid bans."}',
    429: '{"code":-1003,"msg":"Too many requests; current limit of IP(127.0.0.1) is 2400 '
    'requests per minute. Please use the websocket for live updates to avoid polling the API."}',
    403: _HTML.format("403 Forbidden"),
    451: _HTML.format("451 Unavailable For Legal Reasons"),
    500: _HTML.format("500 Internal Server Error"),
    502: _HTML.format("502 Bad Gateway"),
    503: '{"code":-1008,"msg":"Server is currently overloaded with other requests. '
    'Please try again in a few minutes."}',
    504: _HTML.format("504 Gateway Time-out"),
}

Undivided = Literal["no", "refuses", "mute"]

GARBAGE: dict[str, str] = {
    "truncated": '{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":17894',
    "not_json": "<html>502</html>",
    "empty": "",
    "types": '{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":"soon","a":[],"s":7,'
    '"p":{},"q":null,"f":1,"l":1,"T":1.5,"m":"maybe"}}',
    "nan": '{"stream":"btcusdt@markPrice@1s","data":{"e":"markPriceUpdate","E":1789478299014,'
    '"s":"BTCUSDT","p":"NaN","ap":"NaN","P":"inf","i":"-Infinity","r":"NaN","T":0,"st":1}}',
    "nan_depth": '{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1,"T":1,'
    '"s":"BTCUSDT","U":1,"u":2,"pu":0,"b":[["NaN","1"]],"a":[["1","inf"]]}}',
    "unknown": '{"stream":"btcusdt@tarot","data":{"e":"tarotCard","E":1789478299014,'
    '"s":"BTCUSDT","card":"The Tower"}}',
    "array": "[1,2,3]",
    "null": "null",
    "huge": '{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1,"T":1,'
    '"s":"BTCUSDT","U":1,"u":2,"pu":0,"b":['
    + '["1.0","1.0"],' * 99_999
    + '["1.0","1.0"]],"a":[]}}',
}
"""Bad frames by kind, as text."""


class Controls(Protocol):
    """The methods of a server that faults call, in its loop."""

    def send_raw(self, text: str, pattern: str) -> None:
        """Send `text` as it is to every socket with a stream matching `pattern`."""

    def close_sockets(self, code: int) -> None:
        """Close every WebSocket with a close frame."""

    def abort_sockets(self) -> None:
        """Reset every TCP connection."""

    def stall_sockets(self, stalled: bool) -> None:
        """Leave every TCP connection open and dead, or let it go on."""

    def listen(self) -> None:
        """Accept connections (again)."""

    def stop_listening(self) -> None:
        """Have new connections refused."""

    def set_frozen(self, frozen: bool) -> None:
        """Stop or resume book and market."""


@dataclass(slots=True)
class RestFault:
    """One rule for REST answers; `times` None is for ever."""

    pattern: str
    status: int | None = None
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    times: int | None = None


class InjectedFaults:
    """Switches of one server. Every method may be called from any thread, at any time.

    REST and stream patterns are shell patterns (`*`, `?`) over the whole path or stream name:
    "/fapi/v1/klines", "*/depth", "btcusdt@*". Methods that act on sockets raise RuntimeError
    while no server runs.
    """

    def __init__(self) -> None:
        self.clock_offset_ms = 0
        self.handshake_status: int | None = None
        self.undivided: Undivided = "no"
        self._dropped_depths: dict[str, int] = {}
        self._silent: list[str] = []
        self._rest: list[RestFault] = []
        self._controls: Controls | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def clear(self) -> None:
        """Remove every fault; connections are accepted, the market runs.

        Raises RuntimeError while no server runs.
        """
        self.clock_offset_ms = 0
        self.handshake_status = None
        self.undivided = "no"
        self._dropped_depths.clear()
        self._silent.clear()
        self._rest.clear()
        self.accept_connections()
        self.resume_sockets()
        self.thaw()

    # Streams

    def drop_depth(self, symbol: str, count: int = 1) -> None:
        """Swallow the next `count` depth events of a symbol: a gap in its chain of numbers."""
        self._dropped_depths[symbol] = self._dropped_depths.get(symbol, 0) + count

    def silence(self, pattern: str) -> None:
        """Send nothing on matching streams: connected, acknowledged, mute."""
        self._silent.append(pattern)

    def unsilence(self, pattern: str) -> None:
        """Take back one `silence`; ValueError when there is none."""
        self._silent.remove(pattern)

    def send_garbage(self, kind: str, pattern: str = "*") -> None:
        """Send a bad frame (a key of GARBAGE) to sockets with a matching stream, once."""
        self.send_raw(GARBAGE[kind], pattern)

    def send_raw(self, text: str, pattern: str = "*") -> None:
        """Send any text, as one frame, to sockets with a matching stream."""
        self._act(lambda controls: controls.send_raw(text, pattern))

    def announce_shutdown(self) -> None:
        """Send the `serverShutdown` event on every socket; nothing is closed."""
        self.send_raw('{"e":"serverShutdown","E":1789478299014}')

    # Sockets

    def close_sockets(self, code: int = 1001) -> None:
        """Close every WebSocket properly, with that code."""
        self._act(lambda controls: controls.close_sockets(code))

    def abort_sockets(self) -> None:
        """Reset every TCP connection, WebSocket and HTTP."""
        self._act(lambda controls: controls.abort_sockets())

    def stall_sockets(self) -> None:
        """Leave open connections half-open: no frame, no pong, no close."""
        self._act(lambda controls: controls.stall_sockets(True))

    def resume_sockets(self) -> None:
        """Let stalled connections go on; what has gathered is sent at once."""
        self._act(lambda controls: controls.stall_sockets(False))

    def refuse_connections(self) -> None:
        """Refuse new connections; those that stand stay."""
        self._act(lambda controls: controls.stop_listening())

    def accept_connections(self) -> None:
        """Accept connections again, on the same port."""
        self._act(lambda controls: controls.listen())

    def reject_handshake(self, status: int | None) -> None:
        """Answer WebSocket handshakes with this HTTP status; None accepts them again."""
        self.handshake_status = status

    def serve_undivided(self, how: Undivided) -> None:
        """Have `/ws` and `/stream` carry every stream, as on a testnet; "no" takes it back.

        The divided addresses answer 404 ("refuses"), or acknowledge and send nothing ("mute").
        """
        self.undivided = how

    # Market and clock

    def freeze(self) -> None:
        """Stop book and market: mark prices repeat, depth events come empty but in chain."""
        self._act(lambda controls: controls.set_frozen(True))

    def thaw(self) -> None:
        """Let book and market go on."""
        self._act(lambda controls: controls.set_frozen(False))

    def set_clock_offset(self, milliseconds: int) -> None:
        """Have the server's times (`serverTime`, `time`, `E`) off by that much."""
        self.clock_offset_ms = milliseconds

    # REST

    def fail_rest(
        self,
        pattern: str,
        status: int,
        body: str | None = None,
        retry_after: int | None = None,
        times: int | None = None,
    ) -> None:
        """Answer matching paths with a status and body (the usual one for the status by default).

        `retry_after` in seconds goes into the header; after `times` answers the rule is gone.
        A status of 200 with a body is a malformed answer.
        """
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        text = _BODIES.get(status, "") if body is None else body
        self._rest.append(RestFault(pattern, status, text, headers, times=times))

    def delay_rest(self, pattern: str, seconds: float, times: int | None = None) -> None:
        """Answer matching paths after that many real seconds."""
        self._rest.append(RestFault(pattern, delay=seconds, times=times))

    # The server's side

    def bind(self, controls: Controls | None, loop: asyncio.AbstractEventLoop | None) -> None:
        """Attach to a running server, or detach with None."""
        self._controls, self._loop = controls, loop

    def allows(self, stream: str) -> bool:
        """Whether the frame at hand of that stream goes out; counts dropped depths down."""
        if self._silent and any(fnmatchcase(stream, pattern) for pattern in self._silent):
            return False
        return not (self._dropped_depths and "@depth" in stream and self._drops(stream))

    def consume_rest_rules(self, path: str) -> list[RestFault]:
        """The rules for a request, used up by one."""
        matching = [rule for rule in self._rest if fnmatchcase(path, rule.pattern)]
        for rule in matching:
            if rule.times is not None:
                rule.times -= 1
        self._rest = [rule for rule in self._rest if rule.times is None or rule.times > 0]
        return matching

    def _drops(self, stream: str) -> bool:
        symbol = stream.partition("@")[0].upper()
        left = self._dropped_depths.get(symbol, 0)
        if left:
            self._dropped_depths[symbol] = left - 1
        return left > 0

    def _act(self, action: Callable[[Controls], None]) -> None:
        controls, loop = self._controls, self._loop
        if controls is None or loop is None:
            raise RuntimeError("these faults are bound to no running server")
        try:
            running = asyncio.get_running_loop()
        except RuntimeError:
            running = None
        if running is loop:
            action(controls)
            return

        async def act() -> None:
            action(controls)

        asyncio.run_coroutine_threadsafe(act(), loop).result(timeout=5)
