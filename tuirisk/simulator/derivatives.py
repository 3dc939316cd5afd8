"""Funding settlements, open interest, long/short and taker ratios of one symbol."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from tuirisk.events.columnar import ColumnarSequence

from .candles import DAY_MS, Bar
from .instruments import Instrument
from .scenarios import MarketScenario
from .seeding import array_generator, scalar_generator

SAMPLE_MS = 300_000
HISTORY_DAYS = 30
FUNDING_DAYS = 120
INTEREST_8H = 0.0001
_PREMIUM_BAND = 0.0005
# The usual discount to the index; at it the rate just leaves its default.
_USUAL_PREMIUM = -0.00042
# Now and then longs crowd in for a day or two, but not just before the start.
_HEATS_PER_DAY = 0.05
_LAST_HEAT_DAYS = 8


@dataclass(frozen=True, slots=True)
class Settlement:
    """One funding settlement: `rate` a fraction per interval, `mark` the mark price then."""

    time: int
    rate: float
    mark: float
    special: bool = False


@dataclass(frozen=True, slots=True)
class Sample:
    """Open interest and ratios at one five-minute mark.

    `contracts` in the base asset; `price` the price then; `accounts_long`, `top_long` and
    `taker_buy` are shares between 0 and 1; `premium` is (perpetual − index)/index.
    """

    time: int
    contracts: float
    price: float
    accounts_long: float
    top_long: float
    taker_buy: float
    premium: float


def funding_rate(instrument: Instrument, premium: float) -> float:
    """The rate per interval an average premium leads to, within cap and floor."""
    rate_8h = premium + max(-_PREMIUM_BAND, min(_PREMIUM_BAND, INTEREST_8H - premium))
    rate = rate_8h * instrument.funding_hours / 8
    return max(-instrument.funding_cap, min(instrument.funding_cap, rate))


def next_funding_time(instrument: Instrument, now_ms: int) -> int:
    """The next settlement after `now_ms`, milliseconds."""
    interval = instrument.funding_hours * 3_600_000
    return now_ms - now_ms % interval + interval


@dataclass(frozen=True)
class _Past:
    """The derivatives' history, made at the first request."""

    instrument: Instrument
    scenario: MarketScenario
    seed: int
    start_ms: int
    listed_ms: int
    bars: ColumnarSequence[Bar]
    premium_level: float

    @property
    def moving(self) -> bool:
        return self.instrument.volatility > 0

    @cached_property
    def samples(self) -> ColumnarSequence[Sample]:
        """One sample every five minutes, oldest first."""
        bars, start_ms = self.bars, self.start_ms
        last = start_ms - start_ms % SAMPLE_MS
        first = max(last - HISTORY_DAYS * DAY_MS, self.listed_ms - self.listed_ms % SAMPLE_MS)
        count = (last - first) // SAMPLE_MS + 1
        rng = array_generator(self.seed, self.instrument.symbol, "samples")
        scale = 1.0 if self.moving else 0.0

        def series(persistence: float, spread: float) -> list[float]:
            noise = rng.standard_normal(count) * spread * math.sqrt(1 - persistence**2) * scale
            return list(accumulate(noise.tolist(), lambda last, new: persistence * last + new))

        interest, accounts = series(0.9995, 0.09), series(0.998, 0.04)
        top, taker = series(0.998, 0.03), series(0.5, 0.06)
        premium = series(0.97, 0.0002)
        usual = self.instrument.open_interest / math.exp(interest[-1])
        tick = self.instrument.tick_size
        closes = [close * tick for close in bars.column(4)] or [self.instrument.price]
        offset = bars[0].open_time if bars else first
        times = range(first, first + count * SAMPLE_MS, SAMPLE_MS)
        rows = (
            (
                time,
                usual * math.exp(interest[i]),
                closes[max(0, min(len(closes) - 1, (time - offset) // 900_000 - 1))],
                0.57 + accounts[i],
                0.54 + top[i],
                0.5 + taker[i],
                premium[i] + _USUAL_PREMIUM * scale,
            )
            for i, time in enumerate(times)
        )
        return ColumnarSequence(Sample, "qdddddd", rows)

    @cached_property
    def settlements(self) -> list[Settlement]:
        """Every settlement, oldest first."""
        instrument, scenario = self.instrument, self.scenario
        bars, start_ms = self.bars, self.start_ms
        interval = instrument.funding_hours * 3_600_000
        last = start_ms - start_ms % interval
        first = max(
            last - FUNDING_DAYS * DAY_MS, self.listed_ms - self.listed_ms % interval + interval
        )
        rng = array_generator(self.seed, instrument.symbol, "funding")
        level, result = _USUAL_PREMIUM, []
        for time in range(first, last + 1, interval):
            level += 0.15 * (_USUAL_PREMIUM - level) + 2e-5 * float(rng.standard_t(3))
            heats = rng.random() < _HEATS_PER_DAY * interval / DAY_MS
            if heats and start_ms - time > _LAST_HEAT_DAYS * DAY_MS:
                level += float(rng.uniform(0.0009, 0.0016))
            premium = level if self.moving else 0.0
            ramp = scenario.funding_ramp_days * DAY_MS
            if self.moving and start_ms - time < ramp:
                premium += (self.premium_level - premium) * (1 - (start_ms - time) / ramp) ** 0.5
            mark = _close_at(bars, time) * instrument.tick_size or instrument.price
            jitter = int(rng.integers(8))
            result.append(Settlement(time + jitter, funding_rate(instrument, premium), mark))
        if instrument.special_funding and len(result) > 10:
            after = result[-7]
            result.insert(-6, Settlement(after.time + interval // 2, -0.0015, after.mark, True))
        return result


class SimulatedDerivatives:
    """Funding, open interest and ratios of one symbol: the past kept, the present advancing."""

    def __init__(
        self,
        instrument: Instrument,
        scenario: MarketScenario,
        seed: int,
        start_ms: int,
        listed_ms: int,
        bars: ColumnarSequence[Bar],
        premium_level: float,
    ) -> None:
        self.instrument = instrument
        self._rng = scalar_generator(seed, instrument.symbol, "derivatives")
        self._moving = instrument.volatility > 0
        self._usual = instrument.open_interest
        self.contracts = self._usual
        self._past = _Past(instrument, scenario, seed, start_ms, listed_ms, bars, premium_level)
        self._settlements: list[Settlement] = []
        self._next_sample = start_ms - start_ms % SAMPLE_MS + SAMPLE_MS
        self._next_funding = next_funding_time(instrument, start_ms)
        interval = instrument.funding_hours * 3_600_000
        self._interval_s = interval / 1e3
        self._elapsed_s = (start_ms % interval) / 1e3
        self._mean_premium = premium_level
        self._bought = self._sold = 1.0

    @property
    def samples(self) -> ColumnarSequence[Sample]:
        """Five-minute samples of the last 30 days before the start, and all since."""
        return self._past.samples

    @property
    def settlements(self) -> list[Settlement]:
        """Settlements of the last 120 days before the start, and all since."""
        return self._past.settlements + self._settlements

    @property
    def next_funding(self) -> int:
        """Time of the next settlement, milliseconds."""
        return self._next_funding

    @property
    def rate(self) -> float:
        """The rate, per interval, that would be settled if the interval ended now."""
        return funding_rate(self.instrument, self._mean_premium)

    def trade(self, quote: float, taker_buys: bool) -> None:
        """Count a trade into the taker ratio."""
        if taker_buys:
            self._bought += quote
        else:
            self._sold += quote

    def liquidate(self, contracts: float) -> None:
        """Positions closed by the exchange."""
        self.contracts = max(self.contracts - contracts, 0.2 * self._usual)

    def step(self, now_ms: int, dt: float, premium: float, mark: float, price: float) -> None:
        """Advance by `dt` seconds: accumulate the premium, settle and sample when due."""
        self._elapsed_s += dt
        weight = min(1.0, dt / max(self._elapsed_s, 0.02 * self._interval_s))
        self._mean_premium += (premium - self._mean_premium) * weight
        if self._moving:
            noise = 1.5e-5 * math.sqrt(dt) * self._rng.gauss(0.0, 1.0)
            self.contracts *= 1.0 + noise + math.log(self._usual / self.contracts) * dt / 40_000
        while now_ms >= self._next_funding:
            jitter = int(self._rng.random() * 8)
            self._settlements.append(Settlement(self._next_funding + jitter, self.rate, mark))
            self._next_funding += int(self._interval_s * 1e3)
            self._elapsed_s = 0.0
        while now_ms >= self._next_sample:
            self._sample(self._next_sample, price, premium)
            self._next_sample += SAMPLE_MS

    def _sample(self, time: int, price: float, premium: float) -> None:
        samples = self.samples
        last = samples[-1]
        accounts, top = last.accounts_long, last.top_long
        draw = self._rng.gauss
        moving = float(self._moving)
        samples.append(
            (
                time,
                self.contracts,
                price,
                accounts + (0.57 - accounts) * 0.01 + moving * 0.002 * draw(0.0, 1.0),
                top + (0.54 - top) * 0.01 + moving * 0.0015 * draw(0.0, 1.0),
                self._bought / (self._bought + self._sold),
                premium,
            )
        )
        self._bought = self._sold = 1.0


def _close_at(bars: ColumnarSequence[Bar], time: int) -> float:
    if not bars:
        return 0.0
    index = (time - bars[0].open_time) // 900_000 - 1
    return float(bars[max(0, min(len(bars) - 1, index))].close)
