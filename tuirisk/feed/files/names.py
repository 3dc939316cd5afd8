"""What the path of a file says of its contents: symbol, interval, kind, market, exchange, date."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import PurePath

from tuirisk.events.intervals import DAY_MS, HOUR_MS, MINUTE_MS
from tuirisk.feed.files.model import FileKind, Market

INTERVALS_MS = {
    "1s": 1_000,
    "1m": MINUTE_MS,
    "3m": 3 * MINUTE_MS,
    "5m": 5 * MINUTE_MS,
    "15m": 15 * MINUTE_MS,
    "30m": 30 * MINUTE_MS,
    "1h": HOUR_MS,
    "2h": 2 * HOUR_MS,
    "4h": 4 * HOUR_MS,
    "6h": 6 * HOUR_MS,
    "8h": 8 * HOUR_MS,
    "12h": 12 * HOUR_MS,
    "1d": DAY_MS,
}
"""The intervals of bars that are read. Weeks and months have no grid of their own in UTC days."""
INTERVAL_NAMES = {length: name for name, length in INTERVALS_MS.items()}

DOLLARS = ("USDT", "USDC", "FDUSD", "BUSD", "TUSD", "USD1", "BNFCR", "USD")
QUOTES = (*DOLLARS, "EUR", "TRY", "BTC", "ETH", "BNB")
SUFFIXES = (".csv", ".txt", ".tsv", ".json", ".jsonl", ".feather", ".parquet", ".zip")
COMPRESSED = (".gz",)
OTHER_EXCHANGES = frozenset(
    {
        "bitfinex", "bitget", "bitmart", "bitmex", "bitstamp", "bybit", "coinbase", "coinbasepro",
        "cryptocom", "deribit", "dydx", "gate", "gateio", "gemini", "htx", "huobi", "hyperliquid",
        "kraken", "krakenfutures", "kucoin", "kucoinfutures", "mexc", "okex", "okx", "poloniex",
    }
)  # fmt: skip
_MARKETS: dict[str, Market] = {
    "um": "perpetual",
    "futures": "perpetual",
    "perpetual": "perpetual",
    "perp": "perpetual",
    "swap": "perpetual",
    "usdm": "perpetual",
    "spot": "spot",
}
_COIN_MARGINED = frozenset({"cm", "coinm", "dapi"})
_KINDS: dict[str, FileKind] = {
    "markpriceklines": "mark_klines",
    "indexpriceklines": "index_klines",
    "premiumindexklines": "premium_klines",
    "mark": "mark_klines",
    "markprice": "mark_klines",
    "index": "index_klines",
    "indexprice": "index_klines",
    "premiumindex": "premium_klines",
    "premium": "premium_klines",
    "fundingrate": "funding",
    "funding": "funding",
    "metrics": "metrics",
    "oi": "metrics",
    "openinterest": "metrics",
    "openinteresthist": "metrics",
}
_LENGTHS = {
    "s": "s", "sec": "s", "second": "s", "seconds": "s",
    "m": "m", "min": "m", "mins": "m", "minute": "m", "minutes": "m", "t": "m",
    "h": "h", "hr": "h", "hour": "h", "hours": "h",
    "d": "d", "day": "d", "days": "d",
}  # fmt: skip
_SECONDS = {"s": 1_000, "m": MINUTE_MS, "h": HOUR_MS, "d": DAY_MS}
_ARCHIVE = re.compile(r"-(\d{4})-(\d{2})(?:-(\d{2}))?$")
_DELIVERY = re.compile(r"([^\W_]+)_(\d{6})(?=-|_|$)")
_PAIR = re.compile(r"([^\W_]{1,30})[_\-/]([A-Z0-9]{3,5})(?:[_:]([A-Z0-9]{3,5}))?(?=$|[-_.:/])")
_STEP = re.compile(r"(\d{1,4})([a-zA-Z]+)")


@dataclass(frozen=True, slots=True)
class FileName:
    """What a path says; empty or None where it says nothing.

    ``archive``: it is named as the files of data.binance.vision are. ``day`` is the first day of
    such a file. ``exchange``: another one than Binance.
    """

    symbol: str = ""
    interval: str = ""
    kind: FileKind | None = None
    market: Market | None = None
    archive: bool = False
    day: date | None = None
    freqtrade: bool = False
    exchange: str = ""
    coin_margined: bool = False


def file_name(path: PurePath, above: Iterable[str] = ()) -> FileName:
    """What ``path`` (within the folder that was given) and the folders ``above`` it say.

    The file's own name decides before its folder, the nearest folder before those above.
    """
    stem = plain_stem(path.name)
    folders = [*above, *path.parts[:-1]][::-1]
    tokens = [token for token in re.split(r"[-_. ()\[\]]+", stem) if token]
    inner = path.parts[:-1][::-1]
    joined = [*tokens, *(a + b for a, b in pairwise(tokens))]
    words = [word.lower() for word in (*joined, *folders)]
    inner_words = [word.lower() for word in (*joined, *inner)]
    found = _ARCHIVE.search(stem)
    freqtrade = bool(re.match(r"[^\W_]+_[A-Z0-9]+(_[A-Z0-9]+)?-\d+[a-zA-Z]+(-\w+)?$", stem))
    return FileName(
        symbol=_symbol(stem, tokens, inner),
        interval=next(filter(None, map(interval_name, (*tokens, *inner))), ""),
        kind=next((_KINDS[word] for word in inner_words if word in _KINDS), None),
        market=next((_MARKETS[word] for word in words if word in _MARKETS), None),
        archive=found is not None,
        day=_day(found),
        freqtrade=freqtrade,
        exchange=next((word for word in inner_words if word in OTHER_EXCHANGES), ""),
        coin_margined=any(word in _COIN_MARGINED for word in words) or stem.find("USD_PERP") > 0,
    )


def plain_stem(name: str) -> str:
    """``name`` without the endings that say its format."""
    lower = name.lower()
    for ending in COMPRESSED:
        if lower.endswith(ending):
            name, lower = name[: -len(ending)], lower[: -len(ending)]
    for ending in SUFFIXES:
        if lower.endswith(ending):
            return name[: -len(ending)]
    return name


def interval_name(text: str) -> str:
    """The interval that ``text`` (``15m``, ``60min``, ``1hour``) names; empty where it is none."""
    match = _STEP.fullmatch(text)
    if match is None or match[2] == "M":
        return ""
    unit = _LENGTHS.get(match[2].lower())
    if unit is None:
        return ""
    return INTERVAL_NAMES.get(int(match[1]) * _SECONDS[unit], "")


def pair_symbol(text: str) -> str:
    """``BTCUSDT`` of ``BTC/USDT:USDT``, ``BTC-USDT-PERP``, ``BTCUSDT``; empty for anything else."""
    upper = text.strip().upper()
    if re.fullmatch(r"[^\W_]{2,40}", upper) and _quote(upper):
        return upper
    match = _PAIR.match(upper)
    return match[1] + match[2] if match is not None and match[2] in QUOTES else ""


def _symbol(stem: str, tokens: Sequence[str], folders: Sequence[str]) -> str:
    delivery = _DELIVERY.search(stem)
    if delivery is not None and _quote(delivery[1].upper()):
        return f"{delivery[1].upper()}_{delivery[2]}"
    upper = [token.upper() for token in tokens]
    for quotes in (DOLLARS, QUOTES):
        for token in upper:
            if _quote(token, quotes):
                return token
        for base, quote in pairwise(upper):
            if quote in quotes and re.fullmatch(r"[^\W_]{1,30}", base):
                return base + quote
    for folder in folders:
        symbol = pair_symbol(folder.rpartition("=")[2])
        if symbol:
            return symbol
    return ""


def _quote(symbol: str, quotes: Sequence[str] = QUOTES) -> str:
    """The quote asset that ``symbol`` ends with, something standing before it."""
    if interval_name(symbol) or symbol.isdigit():
        return ""
    return next((q for q in quotes if symbol.endswith(q) and len(symbol) > len(q)), "")


def _day(found: re.Match[str] | None) -> date | None:
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3] or 1))
    except ValueError:
        return None
