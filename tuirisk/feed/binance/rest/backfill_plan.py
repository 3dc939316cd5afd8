"""How much history is fetched, in which pages and in which order. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from tuirisk.events import Candle
from tuirisk.events.intervals import DAY_MS, INTERVAL_MS
from tuirisk.feed.binance.rest.rate_limiter import URGENT

FIRST, REPAIR, HELD, SYMBOLS, DEEP = URGENT, 1.0, 10.0, 10_000.0, 100_000.0
"""Priorities: snapshots, repairs, the newest page of symbols with a position, that of the others;
then, by this much later, what lies behind the newest page."""

BARS = {"15m": 2_880, "1h": 1_500, "1d": 1_500}
"""Closed bars the metrics want."""
CHEAP_PAGE = 499
"""Most bars for weight 2: no page size gives more bars for its weight (docs/binance.md)."""
LIGHT_PAGE = 99
"""Most bars for weight 1."""
SHARED_BARS = 3
"""Bars of an earlier run that are asked for again: the exchange must agree with them."""

FUNDING_SPAN_MS = 91 * DAY_MS
FUNDING_PAGE = 1_000

PERIOD = "5m"
PERIOD_MS = 300_000
STATISTICS_PAGE = 500
STATISTICS_SPAN_MS = 30 * DAY_MS
"""All that the exchange keeps of ``/futures/data``; it refuses a startTime before that."""
STATISTICS_MARGIN_MS = 600_000
"""For the time that passes until the last page is requested."""


def klines_pages(bars: int) -> tuple[int, ...]:
    """Limits of the requests that fetch ``bars`` bars for the least weight, newest page first."""
    full, rest = divmod(bars, CHEAP_PAGE)
    return (CHEAP_PAGE,) * full + ((rest,) if rest else ())


def joins(answer: Sequence[Candle], stored: Sequence[Candle], now_ms: float) -> bool:
    """Whether no bar is missing between ``stored`` and ``answer``, and they agree where both have
    one: bars that are closed at ``now_ms``. Both are of one interval, without holes, oldest first.
    """
    first = answer[0].open_time
    shared = [bar for bar in stored[-len(answer) :] if bar.open_time >= first]
    closed = bool(shared) and shared[-1].close_time < now_ms
    return closed and all(
        _numbers(bar) == _numbers(told) for bar, told in zip(shared, answer, strict=False)
    )


def _numbers(bar: Candle) -> tuple[float, ...]:
    return bar.open_time, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.quote_volume


def missed_bars(interval: str, known_ms: float, now_ms: float, slack_ms: float = 5_000.0) -> int:
    """Bars to fetch where the stream was not heard from ``known_ms`` until ``now_ms``.

    Includes the one still forming; 0 when no bar can have closed meanwhile. ``slack_ms`` is the
    error allowed for in both times.
    """
    length = INTERVAL_MS[interval]
    closed = (now_ms + slack_ms) // length - (known_ms - slack_ms) // length
    return int(closed) + 1 if closed > 0 else 0


def statistics_pages(now_ms: int) -> list[tuple[int, int]]:
    """(startTime, endTime) of all pages of ``/futures/data`` but the newest, newest first."""
    oldest = (now_ms - STATISTICS_SPAN_MS + STATISTICS_MARGIN_MS) // PERIOD_MS * PERIOD_MS
    end = (now_ms // PERIOD_MS - STATISTICS_PAGE) * PERIOD_MS
    pages = []
    while end > oldest:
        start = max(oldest, end - (STATISTICS_PAGE - 1) * PERIOD_MS)
        pages.append((start, end))
        end = start - PERIOD_MS
    return pages
