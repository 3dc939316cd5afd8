"""Hundreds of perpetuals at the cost of one: prices by formula, no book, no trades.

They fill the all-market streams. A symbol of the crowd that is asked for by itself becomes a
market like any other.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np

from .instruments import DAY_MS, Instrument

PAST_DAYS, DAYS = 45, 110
_USDM = 1
_WIGGLE_MS = 600_000.0
_SWING = 0.12
"""Share of a day's volatility by which a price swings within ten minutes."""
_WILD = 8
"""Each so many symbols has a day that stands out."""


def invented(count: int, seed: int) -> dict[str, Instrument]:
    """`count` perpetuals that exist nowhere, by name; one of them is being settled."""
    rng = np.random.default_rng((seed, 1_212))
    made = {}
    for number in range(count):
        symbol = f"X{number:03d}USDT"
        price = float(10 ** rng.uniform(-3, 2))
        decimals = 4 - math.floor(math.log10(price))
        tick = f"{10.0**-decimals:.{decimals}f}"
        volume = float(10 ** rng.uniform(6, 8.5))
        made[symbol] = Instrument(
            symbol, price, tick, "1", float(rng.uniform(0.4, 1.8)), volume,
            0.9 * volume**0.78, 0.5 * volume / price,
            funding_hours=(8, 4, 4, 1)[number % 4], funding_adjusted=number % 4 > 0,
            status="SETTLING" if number == 4 else "TRADING",
            listed_days=3 if number == 5 else None,
        )  # fmt: skip
    return made


class Crowd:
    """The prices of `instruments` from their start; the same seed gives the same."""

    def __init__(self, instruments: Iterable[Instrument], seed: int, start_ms: int) -> None:
        trading = [i for i in instruments if i.trading and i.contract_type.endswith("PERPETUAL")]
        self._instruments: list[Instrument] = trading
        self._first_day = start_ms // DAY_MS - PAST_DAYS
        count = len(trading)
        rng = np.random.default_rng((seed, 7))
        self._sigma = np.array([i.volatility for i in trading]) / math.sqrt(365.0)
        walk = rng.standard_normal((count, DAYS))
        wild = np.arange(count) % _WILD == 1
        walk[wild, PAST_DAYS - 1 : PAST_DAYS + 1] *= 2.5
        self._walk = np.cumsum(walk, axis=1) * self._sigma[:, None]
        self._walk -= self._logs_at(start_ms)[:, None]
        self._phase = rng.uniform(0, 2 * math.pi, count)
        self._premium = rng.normal(0, 0.0008, count) * np.where(np.arange(count) % _WILD == 2, 8, 1)
        hours = np.array([i.funding_hours for i in trading])
        wild_rate = np.where(np.arange(count) % _WILD == 3, 6, 1)
        self._rate = rng.normal(0.00005, 0.00005, count) * wild_rate * hours / 8
        self._busy = np.where(wild, 4.0, 1.0)
        self._index = {instrument.symbol: row for row, instrument in enumerate(trading)}

    def __contains__(self, symbol: str) -> bool:
        return symbol in self._index

    def marks(self, now_ms: int, without: Collection[str]) -> list[dict[str, Any]]:
        """Rows of `!markPrice@arr` of every symbol but `without`."""
        prices = self._prices(now_ms)
        return [
            {
                "e": "markPriceUpdate", "E": now_ms, "s": one.symbol,
                "p": f"{price * (1 + premium):.8f}", "ap": f"{price * (1 + premium):.8f}",
                "P": f"{price:.8f}", "i": f"{price:.8f}", "r": f"{rate:.8f}",
                "T": _next_settlement(now_ms, one.funding_hours),
                "st": _USDM,
            }
            for one, price, premium, rate in zip(
                self._instruments, prices, self._premium.tolist(), self._rate.tolist(), strict=True
            )
            if one.symbol not in without
        ]  # fmt: skip

    def tickers(self, now_ms: int, without: Collection[str]) -> list[dict[str, Any]]:
        """Rows of `!ticker@arr` of every symbol but `without`."""
        now, before = self._prices(now_ms), self._prices(now_ms - DAY_MS)
        return [
            {
                "e": "24hrTicker", "E": now_ms, "s": one.symbol, "c": f"{last:.8f}",
                "o": f"{opened:.8f}", "h": f"{max(last, opened):.8f}",
                "l": f"{min(last, opened):.8f}", "v": f"{one.volume * busy / last:.0f}",
                "q": f"{one.volume * busy:.2f}", "O": now_ms - DAY_MS, "C": now_ms, "st": _USDM,
            }
            for one, last, opened, busy in zip(
                self._instruments, now, before, self._busy.tolist(), strict=True
            )
            if one.symbol not in without
        ]  # fmt: skip

    def daily_bars(self, symbol: str, now_ms: int, limit: int) -> list[list[Any]]:
        """Rows of `klines` of one day each, the forming one last."""
        row = self._index[symbol]
        one = self._instruments[row]
        today = now_ms // DAY_MS
        days = min(limit, PAST_DAYS - 1, (one.listed_days or PAST_DAYS) + 1)
        logs = self._walk[row]
        bars = []
        for day in range(today - days + 1, today + 1):
            place = (day - self._first_day) % DAYS
            ends = [one.price * math.exp(logs[place - 1]), one.price * math.exp(logs[place])]
            wave = 1 + 0.3 * math.sin(day * 1.7 + row)
            bars.append([
                day * DAY_MS, f"{ends[0]:.8f}", f"{max(ends):.8f}", f"{min(ends):.8f}",
                f"{ends[1]:.8f}", f"{one.volume * wave / ends[1]:.0f}", (day + 1) * DAY_MS - 1,
                f"{one.volume * wave:.2f}", 1_000, "0", "0", "0",
            ])  # fmt: skip
        return bars

    def _prices(self, now_ms: int) -> list[float]:
        swing = _SWING * self._sigma * np.sin(2 * math.pi * now_ms / _WIGGLE_MS + self._phase)
        base = np.array([one.price for one in self._instruments])
        prices: list[float] = (base * np.exp(self._logs_at(now_ms) + swing)).tolist()
        return [max(price, 1e-7) for price in prices]

    def _logs_at(self, now_ms: int) -> np.ndarray[Any, np.dtype[np.float64]]:
        """The walk at a time, between the closes of two days."""
        day, part = divmod(now_ms, DAY_MS)
        place = (day - self._first_day) % DAYS
        share = part / DAY_MS
        return self._walk[:, place - 1] * (1 - share) + self._walk[:, place] * share


def _next_settlement(now_ms: int, hours: int) -> int:
    interval = 3_600_000 * hours
    return now_ms + interval - now_ms % interval


def as_ticker_body(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of `ticker/24hr` from one of the stream."""
    return {
        "symbol": row["s"], "lastPrice": row["c"], "openPrice": row["o"], "highPrice": row["h"],
        "lowPrice": row["l"], "volume": row["v"], "quoteVolume": row["q"],
        "openTime": row["O"], "closeTime": row["C"],
    }  # fmt: skip


def as_premium_body(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of `premiumIndex` from one of the mark price stream."""
    return {
        "symbol": row["s"], "markPrice": row["p"], "indexPrice": row["i"],
        "estimatedSettlePrice": row["P"], "lastFundingRate": row["r"],
        "nextFundingTime": row["T"], "time": row["E"],
    }  # fmt: skip
