"""Stream names: what they carry and on which of the divided addresses they are served."""

from __future__ import annotations

import re
from typing import NamedTuple

from .candles import INTERVALS

PUBLIC, MARKET, PRIVATE = "public", "market", "private"

DEPTH_STEPS = {"depth": 250, "depth@500ms": 500, "depth@100ms": 100, "depth@0ms": 100}
"""Milliseconds between the events of a diff depth stream; the step is the finest there is."""

PARTIAL_DEPTH = re.compile(r"depth(5|10|20)(?:@(100|250|500)ms)?$")

_PUBLIC_ALL = frozenset({"!bookTicker"})
_MARKET_ALL = frozenset(
    {"!markPrice@arr", "!markPrice@arr@1s", "!forceOrder@arr", "!ticker@arr", "!miniTicker@arr"}
)
_MARKET_KINDS = frozenset(
    {"aggTrade", "markPrice", "markPrice@1s", "forceOrder", "ticker", "miniTicker"}
)


class StreamName(NamedTuple):
    """A parsed stream name; `symbol` is None for the all-market ones."""

    name: str
    symbol: str | None
    kind: str
    category: str


def parse_stream(name: str) -> StreamName | None:
    """The stream of that name, or None for one the exchange does not have.

    The exchange acknowledges those too and never sends anything.
    """
    if name in _PUBLIC_ALL:
        return StreamName(name, None, name, PUBLIC)
    if name in _MARKET_ALL:
        return StreamName(name, None, name, MARKET)
    symbol, separator, kind = name.partition("@")
    if not separator or symbol != symbol.lower():
        return None
    category = _category(kind)
    return StreamName(name, symbol.upper(), kind, category) if category else None


def _category(kind: str) -> str | None:
    if kind in DEPTH_STEPS or kind == "bookTicker" or PARTIAL_DEPTH.match(kind):
        return PUBLIC
    if kind in _MARKET_KINDS:
        return MARKET
    if kind.startswith("kline_") and kind.removeprefix("kline_") in INTERVALS:
        return MARKET
    return None
