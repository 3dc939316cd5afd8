"""The hours of the markets of TradFi underlyings: `tradingSchedule`."""

from __future__ import annotations

from typing import Any

_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS
_WEEK = 7
_FIRST_MONDAY = 4
"""1970-01-05, days since 1970."""


def trading_schedule(now_ms: int) -> dict[str, Any]:
    """A week from yesterday on: equities have four sessions a working day, commodities one."""
    first = now_ms // _DAY_MS - 1
    days = range(first, first + _WEEK)
    return {
        "updateTime": now_ms,
        "marketSchedules": {
            "EQUITY": {"sessions": [row for day in days for row in _equity(day)]},
            "COMMODITY": {"sessions": [_row(day, 0, 24, "REGULAR") for day in days]},
        },
    }


def _equity(day: int) -> list[dict[str, Any]]:
    if _is_weekend(day):
        return [_row(day, 0, 24, "NO_TRADING")]
    hours = ((0, 8, "OVERNIGHT"), (8, 14, "PRE_MARKET"), (14, 21, "REGULAR"))
    return [*(_row(day, *each) for each in hours), _row(day, 21, 24, "AFTER_MARKET")]


def _row(day: int, begin: int, end: int, kind: str) -> dict[str, Any]:
    closed = "NO_TRADING" if _is_weekend(day) else kind
    return {
        "startTime": day * _DAY_MS + begin * _HOUR_MS,
        "endTime": day * _DAY_MS + end * _HOUR_MS,
        "type": closed,
    }


def _is_weekend(day: int) -> bool:
    return (day - _FIRST_MONDAY) % _WEEK >= 5
