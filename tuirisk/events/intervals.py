"""The candle intervals in use, and the lengths of time that the exchange counts in."""

from __future__ import annotations

SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * SECOND_NS
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

INTERVALS = ("15m", "1h", "1d")
"""Intervals of the candles that every symbol has, shortest first."""
INTERVAL_MS = {"15m": 15 * MINUTE_MS, "1h": HOUR_MS, "4h": 4 * HOUR_MS, "1d": DAY_MS}
"""Length of a candle."""
