"""Receive times as collectors write them: seconds, ms, µs or ns, told apart by magnitude; ISO."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

LATEST_NS = 4_102_444_800 * 1_000_000_000
"""2100-01-01: no line is of a later time."""
_UNITS = ((11, 1_000_000_000), (14, 1_000_000), (17, 1_000), (20, 1))
"""(most digits of the whole number, ns in its unit): 2001 to 2286 have 10, 13, 16 and 19."""
_FEWEST_DIGITS = 9
_NUMBER = re.compile(rb"(\d{9,19})(?:\.(\d{1,18}))?")
_ISO = re.compile(
    rb"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?", re.IGNORECASE
)
STAMP = rb"(?:\d{9,19}(?:\.\d{1,18})?|\d{4}-\d\d-\d\d[T ][\d:.,]{8,20}(?:[Zz]|[+-]\d\d:?\d\d)?)"
"""The regular expression of a time at the beginning of a line."""


def nanoseconds(text: bytes) -> int | None:
    """The time that ``text`` writes, UTC ns; None where it is none between 1970 and 2100.

    A number is in seconds, ms, µs or ns by how many digits it has before its point. An ISO time
    without an offset is UTC.
    """
    number = _NUMBER.fullmatch(text)
    time = _of_number(number[1], number[2] or b"") if number is not None else _of_iso(text)
    return time if time is not None and 0 < time < LATEST_NS else None


def _of_number(whole: bytes, fraction: bytes) -> int:
    unit = next(unit for digits, unit in _UNITS if len(whole) <= digits)
    places = len(str(unit)) - 1
    return int(whole) * unit + (int(fraction[:places].ljust(places, b"0") or b"0") if places else 0)


def _of_iso(text: bytes) -> int | None:
    iso = _ISO.fullmatch(text)
    if iso is None:
        return None
    try:
        moment = datetime.fromisoformat(f"{iso[1].decode()}T{iso[2].decode()}").replace(tzinfo=UTC)
    except ValueError:
        return None
    offset = _offset(iso[4])
    fraction = int((iso[3] or b"").ljust(9, b"0") or b"0")
    return int((moment - offset).timestamp()) * 1_000_000_000 + fraction


def _offset(text: bytes | None) -> timedelta:
    if text is None or text in (b"Z", b"z"):
        return timedelta()
    sign = -1 if text[:1] == b"-" else 1
    digits = text[1:].replace(b":", b"")
    return sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
