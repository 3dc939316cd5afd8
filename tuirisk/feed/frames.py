"""Frames as received, before decoding: the one thing that is recorded and replayed."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from tuirisk.foreign.text import printable


class StreamFrame(msgspec.Struct, frozen=True):
    """A WebSocket text frame ``{"stream": …, "data": …}`` and its receive time (UTC ns)."""

    received: int
    data: bytes


class RestFrame(msgspec.Struct, frozen=True):
    """An answer to ``request`` (``GET /path?query``, never a signed one)."""

    received: int
    request: str
    status: int
    body: bytes


class ProviderFrame(msgspec.Struct, frozen=True):
    """What ``provider`` (other people's data) sent: an answer to ``request``, or a message of its
    WebSocket (``request`` is then empty, ``status`` 0). No key is in any of it.

    ``path`` and ``unit`` say where the number of a JSON document is; they are of no other provider.
    ``stale_after`` (seconds) is when its numbers are stale, 0 where the provider's own counts.
    ``failure`` says why there is no answer, with ``body`` its detail; empty where there is one.
    """

    received: int
    provider: str
    request: str
    status: int
    body: bytes
    path: str = ""
    unit: str = ""
    stale_after: float = 0.0
    failure: str = ""


class AccountFrame(msgspec.Struct, frozen=True):
    """What was reported of the account: see :mod:`tuirisk.feed.recorded_account`."""

    received: int
    kind: str
    body: bytes


Frame: TypeAlias = StreamFrame | RestFrame


def stream_name(data: bytes) -> str | None:
    """The stream of a combined-stream frame without decoding it; None where there is none."""
    start = data.find(b'"stream"', 0, 64)
    if start < 0:
        return None
    first = data.find(b'"', start + 8, start + 16)
    last = data.find(b'"', first + 1, first + 96) if first >= 0 else -1
    return printable(data[first + 1 : last].decode("utf-8", "replace")) if last > 0 else None
