"""The streams a symbol needs, how long each may be silent, and which connection carries it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tuirisk.events.intervals import INTERVALS, SECOND_NS
from tuirisk.feed.binance.streams.routing import Route, route

STREAMS_PER_CONNECTION = 200
PROMPT = 10.0
STILL_NS = 35 * SECOND_NS
"""How long a depth stream may be silent after a snapshot has confirmed its book."""


@dataclass(frozen=True, slots=True)
class StreamKind:
    """A stream of every symbol.

    ``first_frame`` and ``age`` are seconds within which the first frame and each later one must
    come; None where silence means nothing.
    """

    name: str
    first_frame: float | None
    age: float | None

    @property
    def prompt(self) -> bool:
        """Whether its first frame comes within seconds of subscribing in any market."""
        return self.first_frame is not None and self.first_frame <= PROMPT


KINDS = (
    StreamKind("depth@100ms", PROMPT, 5.0),
    StreamKind("markPrice@1s", PROMPT, 5.0),
    *(StreamKind(f"kline_{interval}", PROMPT, 30.0) for interval in INTERVALS),
    StreamKind("aggTrade", 60.0, 120.0),
    StreamKind("forceOrder", None, None),
)
CONTRACTS = "!contractInfo"
"""Announces of every contract that it is listed, delisted or changed."""
KIND = {kind.name: kind for kind in (*KINDS, StreamKind(CONTRACTS, None, None))}


def streams_of(symbol: str) -> tuple[str, ...]:
    """The names of all streams of ``symbol``."""
    return tuple(f"{symbol.lower()}@{kind.name}" for kind in KINDS)


def depth_stream(symbol: str) -> str:
    """The name of the stream of the order book of ``symbol``."""
    return f"{symbol.lower()}@depth@100ms"


def kind_of(stream: str) -> StreamKind:
    """The kind of :data:`CONTRACTS` or of a stream made by :func:`streams_of`."""
    return KIND[stream.partition("@")[2] or stream]


def symbol_of(stream: str) -> str:
    """The symbol of a stream made by :func:`streams_of`."""
    return stream.partition("@")[0].upper()


def by_route(streams: Iterable[str]) -> dict[Route, tuple[str, ...]]:
    """Streams grouped by the address that serves them."""
    groups: dict[Route, list[str]] = {}
    for stream in streams:
        groups.setdefault(route(stream), []).append(stream)
    return {where: tuple(names) for where, names in groups.items()}
