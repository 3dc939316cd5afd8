"""What the name of a contract tells where the exchange does not: its assets, its delivery."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

QUOTES = ("USDT", "USDC", "FDUSD", "BUSD", "TUSD", "USD1", "BNFCR", "USD", "BTC", "ETH", "BNB")
"""Quote assets; one that ends as another does stands before it."""
DOLLARS = frozenset({"USDT", "USDC", "FDUSD", "BUSD", "TUSD", "USD1", "BNFCR", "USD"})
"""Assets that are made to be worth a dollar."""
DELIVERY_HOUR = 8
"""UTC."""

_DATED = re.compile(r"_(\d{6})\Z")


@lru_cache(maxsize=4_096)
def base_and_quote(symbol: str) -> tuple[str, str]:
    """``BTC``, ``USDT`` of BTCUSDT and of BTCUSDT_261225; the quote is empty where it is none of
    the usual.
    """
    pair = symbol.partition("_")[0]
    for quote in QUOTES:
        if pair.endswith(quote) and pair != quote:
            return pair.removesuffix(quote), quote
    return pair, ""


TRADFI = "TRADIFI_PERPETUAL"
"""Type of the perpetuals whose underlying trades in a market with hours."""


def delivery_time(symbol: str) -> int:
    """When the contract ``BTCUSDT_261225`` is delivered, UTC ms; 0 of a name without a date."""
    dated = _DATED.search(symbol)
    if dated is None:
        return 0
    try:
        day = datetime.strptime(dated[1], "%y%m%d").replace(hour=DELIVERY_HOUR, tzinfo=UTC)
    except ValueError:
        return 0
    return int(day.timestamp()) * 1000


def minute(time_ms: int) -> str:
    """``2026-12-25 08:00 UTC``."""
    return f"{datetime.fromtimestamp(time_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"
