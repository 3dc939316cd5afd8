"""Values out of the JSON of others: numbers as text, times in any unit, plausible ranges."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from tuirisk.events.external import ProviderEvent
from tuirisk.feed.frames import ProviderFrame
from tuirisk.feed.providers.errors import ProviderError, Trouble, http_error
from tuirisk.foreign.decoding import UndecodableError, any_json, decode_json

T = TypeVar("T")
_ANY = any_json()
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NUMBER = re.compile(r"[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,4})?", re.ASCII)
DAY_MS = 86_400_000
AHEAD_MS = 300_000
"""No datum is of a time so far ahead of its receipt."""
EARLIEST_MS = 1_262_304_000_000
"""2010-01-01: no datum is older."""


def document(frame: ProviderFrame) -> Any:
    """The JSON of ``frame``.

    Raises:
        ProviderError: it is none (HTML, cut off, too large).
    """
    body = frame.body.removeprefix(_BYTE_ORDER_MARK)
    text = body.lstrip()
    try:
        # A recording has as text what was no JSON.
        value = decode_json(_ANY, body) if text else ""
    except UndecodableError as error:
        value, what = None, "HTML" if text.startswith(b"<") else str(error)
    else:
        what = ""
        if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
            what = "HTML" if value.lstrip().startswith("<") else "text" if value else "empty"
    if not what:
        return value
    raise http_error(frame.status) or ProviderError(Trouble.BAD_ANSWER, what)


def member(value: Any, key: str, kind: type[T]) -> T:
    """``value[key]``, of the type ``kind``.

    Raises:
        ProviderError: it is missing, or something else.
    """
    if not isinstance(value, dict) or key not in value:
        raise ProviderError(Trouble.BAD_ANSWER, f"{key} is missing")
    inner = value[key]
    if not isinstance(inner, kind) or (kind is not bool and isinstance(inner, bool)):
        raise ProviderError(Trouble.BAD_ANSWER, f"{key} is of another type")
    return inner


def each_row(
    rows: Sequence[Any], decode: Callable[[dict[str, Any]], Iterable[ProviderEvent]]
) -> list[ProviderEvent]:
    """The events of all ``rows``.

    Raises:
        ProviderError: that of the first row that is refused, with the events of the others.
    """
    events: list[ProviderEvent] = []
    refusal: ProviderError | None = None
    for row in rows:
        try:
            if not isinstance(row, dict):
                raise ProviderError(Trouble.BAD_ANSWER, "a row is no object")
            events += decode(row)
        except ProviderError as error:
            events += error.events
            refusal = refusal or error
    if refusal is not None:
        refusal.events = tuple(events)
        raise refusal
    return events


def number(value: Any, what: str) -> float:
    """A finite number, be it written as a number or as text.

    Raises:
        ProviderError: it is missing or no number.
    """
    if isinstance(value, str):
        text = value.strip()
        if not _NUMBER.fullmatch(text):
            raise ProviderError(Trouble.BAD_ANSWER, f"{what} is no number")
        value = float(text)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ProviderError(Trouble.BAD_ANSWER, f"{what} is missing or no number")
    try:
        result = float(value)
    except OverflowError:
        result = math.inf
    if not math.isfinite(result):
        raise ProviderError(Trouble.BAD_ANSWER, f"{what} is no finite number")
    return result


def within(value: float, low: float, high: float, what: str) -> float:
    """``value``, where it lies in [low, high].

    Raises:
        ProviderError: it does not: another unit, or nonsense.
    """
    if low <= value <= high:
        return value
    raise ProviderError(
        Trouble.IMPLAUSIBLE, f"{what} {value:.6g} is not between {low:g} and {high:g}"
    )


def time_ms(value: Any, received: int, what: str = "time") -> int:
    """UTC milliseconds of a time in seconds, milliseconds, micro- or nanoseconds, or ISO 8601.

    The unit is told by the magnitude.

    Raises:
        ProviderError: no time, or one that cannot be true at ``received`` (ns).
    """
    if isinstance(value, str) and not value.strip().lstrip("-").replace(".", "", 1).isdigit():
        result = _iso(value, what)
    else:
        plain = number(value, what)
        while plain > 1e14:
            plain /= 1_000
        result = round(plain if plain >= 1e11 else plain * 1_000)
    if not EARLIEST_MS <= result <= received // 1_000_000 + AHEAD_MS:
        raise ProviderError(Trouble.IMPLAUSIBLE, f"{what} {str(value)[:30]} cannot be true")
    return result


def _iso(text: str, what: str) -> int:
    """Dates, and times with any number of decimals (``datetime`` takes six)."""
    head, dot, tail = text.strip().partition(".")
    digits = tail[:6].rstrip("Zz") if dot else ""
    try:
        moment = datetime.fromisoformat(head.rstrip("Zz") + (f".{digits}" if digits else ""))
    except ValueError:
        raise ProviderError(Trouble.BAD_ANSWER, f"{what} is no time") from None
    return round(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1_000)


def iso_day(now: int, offset: int = 0) -> str:
    """The date (UTC) ``offset`` days from ``now`` (UTC ms): ``2026-11-18``."""
    return datetime.fromtimestamp(now / 1_000 + offset * DAY_MS / 1_000, UTC).strftime("%Y-%m-%d")
