"""One line of a capture, of tuirisk or another collector, as a frame.

Understood are ``<time> <json>`` in any unit of time, ``<time>: <json>`` and ``<url> -> <time>:
<json>`` (cryptofeed), ISO times (tardis), and JSON with the time inside. The JSON is a
combined-stream frame, the message of a stream by itself, a REST answer, or a bare order book.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tuirisk.feed.frames import AccountFrame, Frame, ProviderFrame, RestFrame, StreamFrame
from tuirisk.feed.recorded_account import KINDS
from tuirisk.feed.recording_stamps import STAMP, nanoseconds
from tuirisk.foreign.decoding import UndecodableError, decode_json
from tuirisk.foreign.text import printable

LONGEST_REQUEST = 500
"""Characters of a REST request."""
Form: TypeAlias = Literal[
    "tuirisk", "tardis", "cryptofeed", "messages", "json_lines", "other_time", "tardis_table"
]
"""What a line is: as tuirisk records; of tardis; of cryptofeed; messages of streams without their
envelope; JSON with the time inside; as tuirisk's with another unit of time; a row of a table."""


@dataclass(frozen=True)
class BareDepth:
    """A depth body without a symbol, as other collectors insert it."""

    received: int
    body: bytes


Captured: TypeAlias = Frame | ProviderFrame | AccountFrame | BareDepth


class _Line(msgspec.Struct, frozen=True):
    """The JSON of a line, its keys in any order."""

    stream: str | UnsetType = UNSET
    rest: Annotated[str, Meta(min_length=1, max_length=LONGEST_REQUEST)] | UnsetType = UNSET
    status: Annotated[int, Meta(ge=100, le=999)] | UnsetType = UNSET
    data: msgspec.Raw | UnsetType = UNSET
    lastUpdateId: int | UnsetType = UNSET
    provider: Annotated[str, Meta(min_length=1, max_length=40)] | UnsetType = UNSET
    path: Annotated[str, Meta(max_length=LONGEST_REQUEST)] = ""
    unit: Annotated[str, Meta(max_length=20)] = ""
    stale_after: Annotated[float, Meta(ge=0, le=604_800)] = 0.0
    failure: Annotated[str, Meta(max_length=40)] = ""
    account: msgspec.Raw | UnsetType = UNSET


class _Foreign(msgspec.Struct, frozen=True):
    """What else the JSON of another collector's line may have: times, and a message's names."""

    e: str = ""
    s: str = ""
    symbol: str = ""
    k: msgspec.Raw | UnsetType = UNSET
    o: msgspec.Raw | UnsetType = UNSET
    E: int | UnsetType = UNSET
    ts: msgspec.Raw | UnsetType = UNSET
    timestamp: msgspec.Raw | UnsetType = UNSET
    time: msgspec.Raw | UnsetType = UNSET
    local_timestamp: msgspec.Raw | UnsetType = UNSET
    localTimestamp: msgspec.Raw | UnsetType = UNSET
    received: msgspec.Raw | UnsetType = UNSET
    receipt_timestamp: msgspec.Raw | UnsetType = UNSET
    receive_time: msgspec.Raw | UnsetType = UNSET
    recv_time: msgspec.Raw | UnsetType = UNSET
    ts_recv: msgspec.Raw | UnsetType = UNSET
    ts_local: msgspec.Raw | UnsetType = UNSET
    raw: msgspec.Raw | UnsetType = UNSET
    message: msgspec.Raw | UnsetType = UNSET
    msg: msgspec.Raw | UnsetType = UNSET


class _Named(msgspec.Struct, frozen=True):
    s: str = ""
    i: str = ""


class _Timed(msgspec.Struct, frozen=True):
    E: int | UnsetType = UNSET
    T: int | UnsetType = UNSET


_LINE = msgspec.json.Decoder(_Line)
_FOREIGN = msgspec.json.Decoder(_Foreign)
_NAMED = msgspec.json.Decoder(_Named)
_TIMED = msgspec.json.Decoder(_Timed)
_TEXT = msgspec.json.Decoder(str)
_TIMES = (
    "local_timestamp", "localTimestamp", "receipt_timestamp", "received", "receive_time",
    "recv_time", "ts_recv", "ts_local", "ts", "timestamp", "time",
)  # fmt: skip
"""Keys of receive times, the most certain first."""
_BODIES = ("raw", "message", "msg")
"""Keys of a message within a line, beside ``data``."""
_STREAMS = {
    "depthUpdate": "depth",
    "aggTrade": "aggTrade",
    "trade": "trade",
    "markPriceUpdate": "markPrice",
    "forceOrder": "forceOrder",
    "bookTicker": "bookTicker",
    "24hrTicker": "ticker",
    "24hrMiniTicker": "miniTicker",
}
_GENERATED = {
    "depthSnapshot": "/fapi/v1/depth?limit=1000&symbol=",
    "openInterest": "/fapi/v1/openInterest?symbol=",
}
"""Streams that a collector made of answers of REST → the request."""
_STAMPED = re.compile(b"(" + STAMP + rb")([ \t,;|]+|: ?)(?=\{)")
_HTTP_LINE = re.compile(rb"(https?://\S{1,500}) -> (" + STAMP + rb"): ")
_OWN_STAMP = re.compile(rb"\d{19} \{")


def parse_line(line: bytes) -> Captured | None:
    """One line of a recording; None where it is neither frame nor answer."""
    if match := _STAMPED.match(line):
        received = nanoseconds(match[1])
        return None if received is None else _frame(received, line[match.end() :])
    if line.startswith(b"{"):
        return _json_line(line)
    if match := _HTTP_LINE.match(line):
        return _answer(match[1], match[2], line[match.end() :])
    return None


def form_of(line: bytes) -> Form:
    """What a line that :func:`parse_line` understands is."""
    if line.startswith(b"{"):
        return "json_lines"
    match = _STAMPED.match(line)
    if match is None:
        return "cryptofeed"
    if b"T" in match[1]:
        return "tardis"
    if match[2].startswith(b":"):
        return "cryptofeed"
    text = line[match.end() : match.end() + 64]
    if b'"e"' in text and b'"stream"' not in text:
        return "messages"
    return "tuirisk" if _OWN_STAMP.match(line) else "other_time"


def _answer(url: bytes, stamp: bytes, body: bytes) -> RestFrame | None:
    received = nanoseconds(stamp)
    try:
        parts = urlsplit(url.decode("ascii", "replace"))
    except ValueError:
        return None
    if received is None:
        return None
    query = f"?{parts.query}" if parts.query else ""
    return RestFrame(received, printable(f"GET {parts.path}{query}", None), 200, body)


def _frame(received: int, text: bytes) -> Captured | None:
    if text.startswith(b'{"stream"') and not _is_generated(text):
        return StreamFrame(received, text)
    try:
        line = decode_json(_LINE, text)
    except UndecodableError:
        return None
    if line.provider is not UNSET:
        return _provider_frame(received, line)
    if line.account is not UNSET and line.data is not UNSET:
        kind = bytes(line.account).strip(b'"').decode("ascii", "replace")
        if kind in KINDS:
            return AccountFrame(received, kind, bytes(line.data))
    if line.data is not UNSET and line.stream is not UNSET:
        return _stream_frame(received, line.stream, bytes(line.data))
    if line.data is not UNSET and line.rest is not UNSET and line.status is not UNSET:
        return RestFrame(received, printable(line.rest, None), line.status, bytes(line.data))
    if line.data is not UNSET:
        # A message whose envelope names neither stream nor request.
        text = bytes(line.data)
        try:
            line = decode_json(_LINE, text)
        except UndecodableError:
            return None
    return _message(received, text, line)


def _is_generated(text: bytes) -> bool:
    return any(b"@" + name.encode() in text[:96] for name in _GENERATED)


def _stream_frame(received: int, stream: str, data: bytes) -> Frame:
    symbol, _, name = stream.partition("@")
    request = _GENERATED.get(name.partition("@")[0])
    if request is not None:
        return RestFrame(received, printable(f"GET {request}{symbol.upper()}", None), 200, data)
    return _wrapped(received, stream, data)


def _wrapped(received: int, stream: str, data: bytes) -> StreamFrame:
    name = msgspec.json.encode(stream)
    return StreamFrame(received, b'{"stream":' + name + b',"data":' + data + b"}")


def _message(received: int, text: bytes, line: _Line) -> Frame | BareDepth | None:
    """A message without its envelope: of a stream by its ``e``, or an order book."""
    try:
        foreign = decode_json(_FOREIGN, text)
    except UndecodableError:
        foreign = _Foreign()
    if line.lastUpdateId is not UNSET:
        symbol = foreign.symbol or foreign.s
        if not symbol:
            return BareDepth(received, text)
        request = printable(f"GET /fapi/v1/depth?symbol={symbol}", None)
        return RestFrame(received, request, 200, text)
    stream = _stream_of(foreign)
    return _wrapped(received, stream, text) if stream else None


def _stream_of(message: _Foreign) -> str:
    """The name of the stream whose message this is; empty where it is none."""
    symbol, name = message.s, _STREAMS.get(message.e, "")
    inner = message.k if message.e == "kline" else message.o if message.e == "forceOrder" else UNSET
    if inner is not UNSET:
        try:
            named = decode_json(_NAMED, bytes(inner))
        except UndecodableError:
            return ""
        symbol = symbol or named.s
        name = name or f"kline_{named.i}"
    return f"{symbol.lower()}@{name}" if symbol and name else ""


def _json_line(text: bytes) -> Captured | None:
    """A line that is JSON with its time inside."""
    try:
        foreign = decode_json(_FOREIGN, text)
        line = decode_json(_LINE, text)
    except UndecodableError:
        return None
    body = _body_of(foreign)
    received = _time_of(foreign, text if line.data is UNSET else bytes(line.data), body)
    if received is None:
        return None
    if body is not None:
        return _frame(received, body)
    return _frame(received, text)


def _body_of(foreign: _Foreign) -> bytes | None:
    """A message that the line holds, as JSON or as a text that is JSON."""
    for key in _BODIES:
        value = getattr(foreign, key)
        if value is UNSET:
            continue
        held = bytes(value)
        if held.startswith(b'"'):
            try:
                held = decode_json(_TEXT, held).encode()
            except UndecodableError:
                continue
        if held.startswith(b"{"):
            return held
    return None


def _time_of(foreign: _Foreign, data: bytes, body: bytes | None) -> int | None:
    """When the line was received; else when its message was sent."""
    for key in _TIMES:
        value = getattr(foreign, key)
        if value is not UNSET:
            time = nanoseconds(bytes(value).strip(b'"'))
            if time is not None:
                return time
    for text in (data, body or b""):
        try:
            timed = decode_json(_TIMED, text)
        except UndecodableError:
            continue
        for sent in (timed.E, timed.T):
            if sent is not UNSET:
                return nanoseconds(b"%d" % sent)
    return None


def _provider_frame(received: int, line: _Line) -> ProviderFrame | None:
    if line.data is UNSET or line.provider is UNSET:
        return None
    return ProviderFrame(
        received,
        printable(line.provider, None),
        "" if line.rest is UNSET else printable(line.rest, None),
        0 if line.status is UNSET else line.status,
        bytes(line.data),
        printable(line.path, None),
        printable(line.unit, None),
        line.stale_after,
        printable(line.failure, None),
    )
