"""Numbers, ages and times as the screen writes them. Pure; every unit is explicit.

A :class:`Missing` number is always :data:`DASH`; no function here raises for a number.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache, wraps
from typing import Concatenate, ParamSpec, TypeVar

from tuirisk.state import Missing

DASH = "–"

T = TypeVar("T")
P = ParamSpec("P")

BEYOND = 999.5e12
"""From here on there is no unit, and a number is written as a power of ten."""
_UNITS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))


def _dash_if_missing(
    written: Callable[Concatenate[T, P], str],
) -> Callable[Concatenate[T | Missing, P], str]:
    """The function, with :data:`DASH` for a missing first argument."""

    @wraps(written)
    def write(value: T | Missing, /, *args: P.args, **kwargs: P.kwargs) -> str:
        return DASH if isinstance(value, Missing) else written(value, *args, **kwargs)

    return write


@cache
def decimals(tick_size: float) -> int:
    """Decimal places that a price on this tick needs: 0.10 needs 1, 1e-8 needs 8."""
    exponent = Decimal(repr(tick_size)).normalize().as_tuple().exponent
    return max(0, -int(exponent))


@_dash_if_missing
def price(value: float, tick_size: float = 0.0) -> str:
    """A price in quote units; without a tick size, or below it, with five significant digits."""
    places = decimals(tick_size) if tick_size > 0 else 2
    if value and (tick_size <= 0 or round(value, places) == 0):
        places = min(20, max(2, 4 - math.floor(math.log10(abs(value)))))
    return f"{_no_negative_zero(value, places):,.{places}f}"


@_dash_if_missing
def percent(value: float, places: int = 2, signed: bool = False) -> str:
    """A fraction as a percentage: 0.0123 is ``1.23%``."""
    return f"{_no_negative_zero(value * 100, places):{'+' if signed else ''}.{places}f}%"


@_dash_if_missing
def leverage(value: float) -> str:
    """A leverage in five cells at most: ``1.46x``, ``16.3x``, ``217x``."""
    places = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{places}f}x"


@_dash_if_missing
def chance(value: float, places: int = 2) -> str:
    """A probability estimated from 10 000 paths, which is never said to be 0."""
    return "<0.1%" if value < 0.001 else percent(value, places if value < 0.1 else 1)


@_dash_if_missing
def slippage_bps(value: float) -> str:
    """A fraction in basis points, about three digits and no unit: 0.00041 is ``4.1``."""
    return basis_points(value * 1e4)


@_dash_if_missing
def basis_points(value: float) -> str:
    """A number that already is in basis points."""
    places = 2 if abs(value) < 0.995 else 1 if abs(value) < 99.95 else 0
    return f"{_no_negative_zero(value, places):.{places}f}"


@_dash_if_missing
def decimal(value: float, places: int = 2, signed: bool = False) -> str:
    """A plain number (a ratio, a z-score)."""
    return f"{_no_negative_zero(value, places):{'+' if signed else ''}.{places}f}"


@_dash_if_missing
def score(value: float) -> str:
    """A score of 0 to 100, without decimals."""
    return f"{value:.0f}"


@_dash_if_missing
def multiple(value: float) -> str:
    """A factor in three significant digits: leverage of 12.5 is ``12.5x``."""
    return f"{value:.3g}x"


@_dash_if_missing
def compact(value: float, signed: bool = False) -> str:
    """Money or a quantity in three significant digits: 12,400,000 is ``12.4M``; only 0 is ``0``."""
    if signed and value > 0:
        return "+" + compact(value)
    if 0 < abs(value) < 0.005:
        return "<0.01" if value > 0 else ">-0.01"
    if abs(value) >= BEYOND:
        return f"{value:.1e}"
    for scale, unit in _UNITS:
        # 999,950 would print as 1000k: the unit is chosen after rounding.
        if abs(value) >= scale * 0.9995:
            return _three_digits(value / scale) + unit
    return _three_digits(value)


@_dash_if_missing
def age(milliseconds: float) -> str:
    """How old something is, in its largest unit: ``0s``, ``12s``, ``3m``, ``5h``, ``2d``."""
    seconds = max(0, int(milliseconds // 1000))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


@_dash_if_missing
def countdown(moment: str, now_ms: int) -> str:
    """Time left until an ISO moment: ``3h12m``, ``12m``, ``<1m``; ``0m`` once it is past."""
    minutes, rest = divmod(int(epoch_ms(moment) - now_ms), 60_000)
    if minutes < 0:
        return "0m"
    if minutes >= 60:
        return f"{minutes // 60}h{minutes % 60:02d}m"
    return f"{minutes}m" if minutes or not rest else "<1m"


def duration(milliseconds: float) -> str:
    """A length of time to the minute: ``2d4h``, ``3h12m``, ``12m``, ``<1m``."""
    minutes = int(milliseconds // 60_000)
    if minutes >= 1_440:
        return f"{minutes // 1_440}d{minutes % 1_440 // 60}h"
    if minutes >= 60:
        return f"{minutes // 60}h{minutes % 60:02d}m"
    return f"{minutes}m" if minutes else "<1m"


@_dash_if_missing
def since(moment: str, now_ms: int) -> str:
    """How long ago an ISO moment was, as :func:`age`."""
    return age(float(now_ms - epoch_ms(moment)))


def clock(time_ms: int, utc: bool = True) -> str:
    """A time of day to the second, ``14:02:11Z``; without the Z in local time."""
    moment = datetime.fromtimestamp(time_ms // 1000, UTC)
    return f"{moment:%H:%M:%S}Z" if utc else f"{moment.astimezone():%H:%M:%S}"


def minute(time_ms: int, utc: bool = True) -> str:
    """A time of day to the minute, ``14:02Z``; without the Z in local time."""
    text = clock(time_ms, utc)
    return text[:5] + text[8:]


def utc_offset_ms(time_ms: int, utc: bool = True) -> int:
    """By how much the times shown are ahead of UTC at ``time_ms``."""
    offset = datetime.fromtimestamp(time_ms // 1000, UTC).astimezone().utcoffset()
    return 0 if utc or offset is None else round(offset.total_seconds() * 1000)


def day(time_ms: int, utc: bool = True) -> str:
    """A date, ``11-22``."""
    moment = datetime.fromtimestamp(time_ms // 1000, UTC)
    return f"{moment if utc else moment.astimezone():%m-%d}"


def stamp(time_ms: int) -> str:
    """A moment for a file's name, UTC: ``20261122-140211``."""
    return f"{datetime.fromtimestamp(time_ms // 1000, UTC):%Y%m%d-%H%M%S}"


def epoch_ms(moment: str) -> int:
    """An ISO moment as UTC milliseconds."""
    return round(datetime.fromisoformat(moment).timestamp() * 1000)


def _three_digits(value: float) -> str:
    size = abs(value)
    places = 2 if size < 9.995 else 1 if size < 99.95 else 0
    text = f"{_no_negative_zero(value, places):.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _no_negative_zero(value: float, places: int) -> float:
    rounded = round(value, places)
    return 0.0 if rounded == 0 else value
