"""Frames and answers that the exchange never sent: bytes, leaves, ids, times and extremes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import msgspec

LARGEST = 2**63 - 1
EXTREMES: tuple[Any, ...] = (
    0, 1, -1, 7, LARGEST, 2**53, 4_102_444_800_000, 4_102_443_900_000, 1_795_000_000_000,
    "0", "-1", "1e300", "1e-300", "NaN", "Infinity", "0.00000001", "99999999", "", "x",
    "\x1b[2J", None, True, False, 1.5, [], {}, [[]], [["1", "1"]], {"a": {"b": []}},
)  # fmt: skip
STEPS = (1, 9, 10**3, 3_600_000, 10**6, 10**9, 10**12)


def damaged_bytes(data: bytes, rng: random.Random) -> bytes:
    """``data`` cut off, lengthened, or with bytes that no JSON has outside a string."""
    kind = rng.randrange(4)
    if kind == 0:
        return data[: rng.randrange(len(data))]
    if kind == 1:
        return data + data[rng.randrange(len(data)) :]
    broken = bytearray(data)
    if kind == 2:
        for _ in range(rng.randint(1, 4)):
            broken[rng.randrange(len(broken))] = rng.choice(b"\x00\x1b\xff\xc0")
        return bytes(broken)
    place = rng.randrange(len(broken))
    return bytes(broken[:place]) + b"[" * rng.choice((3, 2_000)) + bytes(broken[place:])


def flipped_bytes(data: bytes, rng: random.Random) -> bytes:
    """``data`` with one to four bytes replaced by any others."""
    broken = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        broken[rng.randrange(len(broken))] = rng.randrange(256)
    return bytes(broken)


def forged(data: bytes, rng: random.Random) -> bytes:
    """``data`` with one to three of its leaves replaced: well-formed, and not true."""
    message = msgspec.json.decode(data)
    paths = list(_leaves(message))
    if not paths:
        return data
    for path in rng.sample(paths, min(len(paths), rng.randint(1, 3))):
        _replace(message, path, rng)
    return msgspec.json.encode(message)


def mutated(data: bytes, rng: random.Random) -> bytes:
    """One of the above, or another shape altogether."""
    kind = rng.random()
    if kind < 0.6:
        return forged(data, rng)
    if kind < 0.8:
        return flipped_bytes(data, rng)
    if kind < 0.95:
        return damaged_bytes(data, rng)
    return msgspec.json.encode(rng.choice(EXTREMES))


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, part in value.items():
            if key != "stream":
                yield from _leaves(part, (*path, key))
    elif isinstance(value, list):
        # Of a long list its ends: they decide what is newest.
        ends = value if len(value) <= 8 else [*value[:4], *value[-4:]]
        offset = len(value) - 8
        for place, part in enumerate(ends):
            at = place if place < 4 or len(value) <= 8 else place + offset
            yield from _leaves(part, (*path, at))
    else:
        yield path


def _replace(message: Any, path: tuple[Any, ...], rng: random.Random) -> None:
    holder = message
    for key in path[:-1]:
        holder = holder[key]
        if not isinstance(holder, dict | list):
            return
    if not path:
        return
    value = holder[path[-1]]
    kind = rng.random()
    if isinstance(value, int) and not isinstance(value, bool) and kind < 0.5:
        holder[path[-1]] = value + rng.choice((1, -1)) * rng.choice(STEPS)
    elif isinstance(value, str) and kind < 0.5 and _is_number(value):
        holder[path[-1]] = repr(float(value) * rng.choice((0.0, 0.01, 0.9, 1.1, 100.0, -1.0)))
    elif isinstance(value, bool) and kind < 0.7:
        holder[path[-1]] = not value
    else:
        holder[path[-1]] = rng.choice(EXTREMES)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
