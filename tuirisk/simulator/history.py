"""A symbol's history: bars synthesised backwards from its price at the start."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from tuirisk.events.columnar import ColumnarSequence

from .candles import DAY_MS, INTERVALS, Bar, bars_of
from .instruments import Instrument
from .seeding import array_generator

BASE_DAYS = 63
OLDER_DAYS = 1_437
_BASE_MS = INTERVALS["15m"]
_BARS_PER_DAY = DAY_MS // _BASE_MS
_SECONDS_PER_YEAR = 31_536_000.0

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SyntheticBars:
    """Bars before the start: `base` 15-minute, `days` daily before those, and the open one.

    `volatility_level` is the volatility at the end over the symbol's usual one.
    """

    base: ColumnarSequence[Bar]
    days: ColumnarSequence[Bar]
    forming: Bar
    volatility_level: float


class MarketHistory:
    """The shared factor's past: one for every symbol of an exchange.

    `start_ms` is where the live market takes over.
    """

    def __init__(self, seed: int, start_ms: int) -> None:
        self.seed = seed
        self.start_ms = start_ms
        self.first_base = start_ms - start_ms % DAY_MS - BASE_DAYS * DAY_MS
        # The last is the bar that is open at the start.
        self.count = (start_ms - self.first_base) // _BASE_MS + 1
        rng = array_generator(seed, "factor", "history")
        self.base_level = _volatility_levels(rng, self.count, 0.995, 0.3, 200)
        self.base_noise = rng.standard_normal(self.count)
        self.day_level = _volatility_levels(rng, OLDER_DAYS, 0.97, 0.35, 40)
        self.day_noise = rng.standard_normal(OLDER_DAYS)

    def bars_of_symbol(self, instrument: Instrument) -> SyntheticBars:
        """The history of one symbol, the same at every call."""
        rng = array_generator(self.seed, instrument.symbol, "history")
        elapsed = (self.start_ms % _BASE_MS) / _BASE_MS
        span = np.ones(self.count)
        span[-1] = max(elapsed, 1e-3)
        own = _volatility_levels(rng, self.count, 0.99, 0.3, 120)
        level = np.sqrt(self.base_level * own)
        returns = self._returns(
            instrument, rng, level * np.sqrt(span), self.base_noise, _BASE_MS / 1e3
        )
        log_price = math.log(instrument.price) - _sum_after(returns)
        start = math.log(instrument.price) - float(returns.sum())
        times = self.first_base + np.arange(self.count) * _BASE_MS
        share = span / _BARS_PER_DAY
        base = _bars(instrument, rng, times, log_price, start, level, share, _BASE_MS / 1e3)
        days = self._days(instrument, rng, base[0].open, start)
        base, days = _since_listing(instrument, self.start_ms, base, days)
        _number_trades(days, base)
        forming = base.pop()
        return SyntheticBars(bars_of(base), bars_of(days), forming, float(level[-96:].mean()))

    def _returns(
        self,
        instrument: Instrument,
        rng: np.random.Generator,
        level: Array,
        shared: Array,
        s: float,
    ) -> Array:
        correlation = instrument.correlation
        own = math.sqrt(1.0 - correlation**2) * rng.standard_t(5, len(level)) * math.sqrt(0.6)
        jumps = (rng.random(len(level)) < 0.001) * rng.normal(0.0, 5.0, len(level))
        sigma = instrument.volatility * math.sqrt(s / _SECONDS_PER_YEAR)
        result: Array = sigma * 0.85 * level * (correlation * shared + own + jumps)
        return result

    def _days(
        self,
        instrument: Instrument,
        rng: np.random.Generator,
        open_tick: int,
        log_end: float,
    ) -> list[Bar]:
        own = _volatility_levels(rng, OLDER_DAYS, 0.95, 0.3, 30)
        level = np.sqrt(self.day_level * own)
        returns = self._returns(instrument, rng, level, self.day_noise, DAY_MS / 1e3)
        # A free walk of four years ends anywhere: keep the whole trend within reason.
        trend = instrument.volatility * float(rng.normal(0.6, 0.5))
        returns += (trend - returns.sum()) / len(returns)
        log_price = log_end - _sum_after(returns)
        times = self.first_base - (OLDER_DAYS - np.arange(OLDER_DAYS)) * DAY_MS
        start = log_end - float(returns.sum())
        share = np.ones(OLDER_DAYS)
        days = _bars(instrument, rng, times, log_price, start, level, share, DAY_MS / 1e3)
        days[-1].close = open_tick
        days[-1].high = max(days[-1].high, open_tick)
        days[-1].low = min(days[-1].low, open_tick)
        return days


def _sum_after(returns: Array) -> Array:
    """For each bar, the sum of the returns after it."""
    result: Array = returns.sum() - np.cumsum(returns)
    return result


def _volatility_levels(
    rng: np.random.Generator, count: int, persistence: float, spread: float, regime_bars: int
) -> Array:
    """Volatility over its usual value: a slow autoregression under stepwise regimes."""
    noise = rng.standard_normal(count) * spread * math.sqrt(1.0 - persistence**2)
    slow = np.array(list(accumulate(noise.tolist(), lambda level, new: persistence * level + new)))
    lengths = 1 + rng.exponential(regime_bars, 4 + 4 * count // regime_bars).astype(int)
    regimes = rng.choice([0.7, 1.0, 1.7], len(lengths), p=[0.45, 0.37, 0.18])
    steps = np.repeat(regimes, lengths)[:count]
    if len(steps) < count:
        steps = np.concatenate([steps, np.ones(count - len(steps))])
    result: Array = np.exp(slow) * steps
    return result


def _bars(
    instrument: Instrument,
    rng: np.random.Generator,
    times: npt.NDArray[np.int64],
    log_close: Array,
    log_start: float,
    level: Array,
    share: Array,
    seconds: float,
) -> list[Bar]:
    count = len(times)
    log_open = np.concatenate([[log_start], log_close[:-1]])
    sigma = instrument.volatility * math.sqrt(seconds / _SECONDS_PER_YEAR) * level
    # Extremes of a Brownian bridge between open and close.
    change = log_close - log_open
    up = np.sqrt(change**2 - 2.0 * sigma**2 * np.log1p(-rng.random(count)))
    down = np.sqrt(change**2 - 2.0 * sigma**2 * np.log1p(-rng.random(count)))
    middle = (log_open + log_close) / 2.0
    tick = instrument.tick_size
    columns = [
        np.maximum(1, np.rint(np.exp(values) / tick)).astype(np.int64)
        for values in (log_open, middle + up / 2.0, middle - down / 2.0, log_close)
    ]
    opens, closes = columns[0], columns[3]
    highs = np.maximum(columns[1], np.maximum(opens, closes))
    lows = np.minimum(columns[2], np.minimum(opens, closes))
    quote = instrument.volume * share * level * np.exp(rng.normal(-0.08, 0.4, count))
    typical = np.exp(middle)
    volume = np.maximum(1, np.rint(quote / typical / instrument.step_size)).astype(np.int64)
    score = change / np.maximum(sigma, 1e-12)
    buying = np.clip(0.5 + 0.12 * np.tanh(score) + rng.normal(0, 0.05, count), 0.05, 0.95)
    bought = np.rint(volume * buying).astype(np.int64)
    quote = np.round(volume * instrument.step_size * typical, 5)
    bought_quote = np.round(bought * instrument.step_size * typical, 5)
    trades = np.maximum(1, np.rint(quote / (400.0 + instrument.volume / 4e6))).astype(np.int64)
    rows = (times, opens, highs, lows, closes, volume, quote, trades, bought, bought_quote)
    lists = [column.tolist() for column in rows]
    return [Bar(*row) for row in zip(*lists, [0] * count, strict=True)]


def _since_listing(
    instrument: Instrument, start_ms: int, base: list[Bar], days: list[Bar]
) -> tuple[list[Bar], list[Bar]]:
    if instrument.listed_days is None:
        return base, days
    listed = listing_time(instrument, start_ms)
    return (
        [bar for bar in base if bar.open_time >= listed],
        [bar for bar in days if bar.open_time >= listed - listed % DAY_MS],
    )


def listing_time(instrument: Instrument, start_ms: int) -> int:
    """When the contract was listed, milliseconds, at a whole 15 minutes."""
    if instrument.listed_days is None:
        return 1_567_965_300_000
    listed = start_ms - instrument.listed_days * DAY_MS
    return listed - listed % _BASE_MS


def _number_trades(days: list[Bar], base: list[Bar]) -> None:
    next_id = 1
    for bar in (*days, *base):
        bar.first_id = next_id
        next_id += bar.trades
