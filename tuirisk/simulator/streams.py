"""Stream names: what they carry and on which of the divided addresses they are served."""

from __future__ import annotations

from typing import NamedTuple

from .candles import INTERVALS

PUBLIC, MARKET, PRIVATE = "public", "market", "private"

DEPTH = "depth@100ms"
"""The diff depth stream; one step of a market is 100 ms."""

CONTRACTS = "!contractInfo"
"""What changes of the terms of contracts, as it changes."""

_MARKET_ALL = frozenset({"!markPrice@arr", "!markPrice@arr@1s", "!ticker@arr", CONTRACTS})
_MARKET_KINDS = frozenset({"aggTrade", "markPrice@1s", "forceOrder", "ticker"})


class StreamName(NamedTuple):
    """A parsed stream name; `symbol` is None for the all-market ones."""

    name: str
    symbol: str | None
    kind: str
    category: str


def parse_stream(name: str) -> StreamName | None:
    """The stream of that name, or None for one that is not served here.

    The exchange acknowledges those too and never sends anything.
    """
    if name in _MARKET_ALL:
        return StreamName(name, None, name, MARKET)
    symbol, separator, kind = name.partition("@")
    if not separator or symbol != symbol.lower():
        return None
    category = _category(kind)
    return StreamName(name, symbol.upper(), kind, category) if category else None


def _category(kind: str) -> str | None:
    if kind in (DEPTH, "bookTicker"):
        return PUBLIC
    if kind in _MARKET_KINDS:
        return MARKET
    if kind.startswith("kline_") and kind.removeprefix("kline_") in INTERVALS:
        return MARKET
    return None
