"""How much history is fetched, in which pages. Pure."""

from __future__ import annotations

from tuirisk.events.intervals import DAY_MS, INTERVAL_MS

BARS = {"15m": 2_880, "1h": 1_500, "1d": 1_500}
"""Closed bars the metrics want."""
CHEAP_PAGE = 499
"""Most bars for weight 2: no page size gives more bars for its weight (docs/binance.md)."""
LIGHT_PAGE = 99
"""Most bars for weight 1."""

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
