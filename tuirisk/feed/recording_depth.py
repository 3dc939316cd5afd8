"""Which unwrapped depth messages of a file are the best levels whole, and not changes.

The name of a stream tells (``@depth20``, ``@depth``); a message by itself has the same keys in
both. Changes remove levels and come in any number, the best levels are always as many a side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

import msgspec

from tuirisk.feed.frames import StreamFrame
from tuirisk.foreign.decoding import UndecodableError, decode_json

LEVELS = (5, 10, 20)
"""How many levels a side a stream of the best ones has."""
LEAST = 3
"""Messages of a symbol from which on it is told."""
_UNWRAPPED = b'"depthUpdate"'
_ENVELOPE = b'"stream"'
_BEGINNING = 200
"""Bytes of a line in which the envelope would stand."""


class _Depth(msgspec.Struct, frozen=True):
    s: str
    b: tuple[tuple[float, float], ...]
    a: tuple[tuple[float, float], ...]


_DEPTH = msgspec.json.Decoder(_Depth, strict=False)


def is_unwrapped_depth(line: bytes) -> bool:
    """Whether ``line`` is a depth message without the name of its stream."""
    return _UNWRAPPED in line and _ENVELOPE not in line[:_BEGINNING]


def whole_books(lines: Iterable[bytes]) -> Mapping[str, int]:
    """Symbol → levels a side, of the symbols whose unwrapped messages are all the best levels."""
    sizes: dict[str, list[int]] = {}
    for line in lines:
        if not is_unwrapped_depth(line):
            continue
        try:
            depth = decode_json(_DEPTH, line[line.index(b"{") :])
        except UndecodableError:
            continue
        sizes.setdefault(depth.s.lower(), []).append(_levels(depth))
    return {
        symbol: found[0]
        for symbol, found in sizes.items()
        if len(found) >= LEAST and found[0] and set(found) == {found[0]}
    }


def named(frame: StreamFrame, books: Mapping[str, int]) -> StreamFrame:
    """``frame`` of an unwrapped message under the name of the stream that ``books`` tell."""
    for symbol, levels in books.items():
        begins = f'{{"stream":"{symbol}@depth",'.encode()
        if frame.data.startswith(begins):
            name = f'{{"stream":"{symbol}@depth{levels}",'.encode()
            return StreamFrame(frame.received, name + frame.data[len(begins) :])
    return frame


def _levels(depth: _Depth) -> int:
    """How many levels a side it has, if it may be the best ones; else 0."""
    count = len(depth.b)
    if count not in LEVELS or len(depth.a) != count:
        return 0
    if any(quantity <= 0 for _, quantity in (*depth.b, *depth.a)):
        return 0
    sorted_ = all(x > y for (x, _), (y, _) in pairwise(depth.b)) and all(
        x < y for (x, _), (y, _) in pairwise(depth.a)
    )
    return count if sorted_ and depth.b[0][0] < depth.a[0][0] else 0
