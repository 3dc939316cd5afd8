"""The live market of one symbol: price, book, trades, liquidations, candles, derivatives."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

from .book_model import BookModel, BookShape
from .candles import CandleStore
from .derivatives import SimulatedDerivatives
from .history import MarketHistory, listing_time
from .instruments import Instrument
from .liquidations import LeverageLadder, LiquidationOrder
from .market_model import PriceProcess
from .scenarios import MarketScenario
from .seeding import STEP_MS, MarketFactor, array_generator, scalar_generator

_EXACT_STEPS = 3_000
_STEP_S = STEP_MS / 1e3
_REACH = 0.0015


class SimulatedTrade(NamedTuple):
    """One aggregated trade; price in ticks, quantity in steps, `quote` in the quote asset."""

    id: int
    tick: int
    quantity: int
    quote: float
    taker_buys: bool


class ForcedFill(NamedTuple):
    """A liquidation as the exchange publishes it; `time` in milliseconds."""

    time: int
    long: bool
    quantity: int
    tick: int


@dataclass(slots=True)
class MarketStep:
    """The changes of one step of 100 ms; `bids` and `asks` are absolute quantities by tick."""

    time: int
    trades: list[SimulatedTrade] = field(default_factory=list)
    bids: dict[int, int] = field(default_factory=dict)
    asks: dict[int, int] = field(default_factory=dict)
    top_changed: bool = False
    boundary: int | None = None
    force_order: ForcedFill | None = None


class SimulatedMarket:
    """The live market of one symbol, from the simulation's start on.

    Everything it does follows from (seed, symbol, scenario, start): other symbols reach it
    through the shared `factor` alone.
    """

    def __init__(
        self,
        instrument: Instrument,
        scenario: MarketScenario,
        seed: int,
        history: MarketHistory,
        factor: MarketFactor,
    ) -> None:
        self.instrument = instrument
        self.scenario = scenario
        self.time = self.start_ms = history.start_ms
        past = history.bars_of_symbol(instrument)
        self.candles = CandleStore(past.base, past.days, past.forming)
        self.listed_ms = listing_time(instrument, self.start_ms)
        premium = self._premium_level(seed)
        self.derivatives = SimulatedDerivatives(
            instrument, scenario, seed, self.start_ms, self.listed_ms, past.base, premium
        )
        self._factor = factor
        self._rng = scalar_generator(seed, instrument.symbol, "flow")
        log_price = math.log(past.forming.close * instrument.tick_size)
        self.price = PriceProcess(
            instrument,
            scenario,
            scalar_generator(seed, instrument.symbol, "price"),
            log_price,
            past.volatility_level,
            premium,
        )
        self.price.log_index -= math.log(1.0 + self.price.premium)
        ladder_rng = scalar_generator(seed, instrument.symbol, "liquidations")
        value = instrument.open_interest * instrument.price * (instrument.volatility > 0)
        self._ladder = LeverageLadder(scenario, ladder_rng, log_price, value)
        self._depth = instrument.depth
        self._trades_per_step = self._usual_trade_rate() * _STEP_S
        self._trade_notional = instrument.volume / 86_400 * _STEP_S / self._trades_per_step
        first_id = int(array_generator(seed, instrument.symbol, "ids").integers(10**12, 10**13))
        self.book = BookModel(
            scalar_generator(seed, instrument.symbol, "book"),
            self._shape(),
            past.forming.close + 0.5,
            self._spread(),
            first_id,
        )
        self.next_trade_id = first_id // 3_000
        self._force_order: ForcedFill | None = None
        self._top = self._best()

    def advance(self, time: int, frozen: bool = False) -> MarketStep:
        """One step, ending at `time` (100 ms after the one before); frozen, only time passes."""
        step = MarketStep(time, boundary=self.candles.close_due_bars(time))
        index = (self.time - self.start_ms) // STEP_MS
        self.time = time
        if frozen or not self.instrument.trading:
            self.book.number(0)
            return step
        self.price.step((time - self.start_ms) / 1e3, _STEP_S, self._factor.normal(index))
        self._quote()
        self._trade(step)
        self._liquidate(step)
        self._advance_derivatives(_STEP_S)
        step.bids, step.asks = self.book.finish_step()
        top = self._best()
        step.top_changed, self._top = top != self._top, top
        return step

    def catch_up(self, time: int) -> None:
        """Bring a market first looked at late to `time`.

        Up to five minutes are stepped as if they had been watched; beyond that the steps are
        longer, the book appears at the end, and no liquidations happen on the way.
        """
        steps = (time - self.time) // STEP_MS
        if steps <= _EXACT_STEPS:
            for _ in range(steps):
                self.advance(self.time + STEP_MS)
            return
        stride = -(-steps // _EXACT_STEPS)
        while self.time < time:
            self._leap(min(stride, (time - self.time) // STEP_MS))
        self._quote(tolerance=0.0)
        self.book.finish_step()

    def _leap(self, steps: int) -> None:
        index = (self.time - self.start_ms) // STEP_MS
        self.time += steps * STEP_MS
        self.candles.close_due_bars(self.time)
        if not self.instrument.trading:
            return
        seconds = steps * _STEP_S
        factor = self._factor.normal_over(index, steps)
        self.price.step((self.time - self.start_ms) / 1e3, seconds, factor)
        buys = self._rng.random() < 0.5
        tick = max(1, round(self.price.price / self.instrument.tick_size))
        notional = self._trade_notional * self._trades_per_step * steps
        self._record(tick, self._steps_of(notional), buys)
        self._advance_derivatives(seconds)

    def _advance_derivatives(self, seconds: float) -> None:
        last = self.candles.last * self.instrument.tick_size
        price = self.price
        self.derivatives.step(self.time, seconds, price.premium, price.mark_price, last)

    def _quote(self, tolerance: float | None = None) -> None:
        instrument = self.instrument
        mid = self.price.price / instrument.tick_size
        if tolerance is None:
            tolerance = max(0.6, 0.00003 * mid)
        self.book.requote(mid, self._spread(), tolerance, self._scale())
        sparse = self.scenario.levels < 1
        self.book.churn(3 if sparse else 5 + int(min(8.0, self.price.ratio)))

    def _trade(self, step: MarketStep) -> None:
        rng, price = self._rng, self.price
        if not self.instrument.volatility:
            if rng.random() < self._trades_per_step:
                quantity = self._steps_of(self._trade_notional)
                step.trades.append(self._record(self.candles.last, quantity, rng.random() < 0.5))
            return
        expected = self._trades_per_step * min(5.0, max(0.5, price.ratio))
        pull = max(-0.4, min(0.4, 0.15 * price.last_return))
        for _ in range(int(expected + rng.random())):
            buys = rng.random() < 0.5 + pull
            notional = self._trade_notional * 0.55 * rng.lognormvariate(0.0, 1.2)
            self._execute(step, buys, self._steps_of(notional))

    def _liquidate(self, step: MarketStep) -> None:
        price = self.price
        for order in self._ladder.step(price.log_index, _STEP_S, price.ratio):
            price.push(self._ladder.impact(order))
            # Most of a wave is matched inside; only a part reaches the book's levels.
            visible = 0.012 * self._depth * self._scale()
            quantity = self._steps_of(min(order.notional, visible))
            fills = self._execute(step, not order.long, quantity)
            worst = fills[-1]
            contracts = order.notional / price.price
            self.derivatives.liquidate(contracts)
            single = self._single_order(order)
            self._force_order = ForcedFill(step.time, order.long, self._steps_of(single), worst)
        if self._force_order is not None and step.time % 1_000 == 0:
            step.force_order, self._force_order = self._force_order, None

    def _single_order(self, order: LiquidationOrder) -> float:
        # What is published is one account's order, not the whole wave.
        return min(order.notional, 0.004 * self._depth * self._rng.paretovariate(1.2))

    def _execute(self, step: MarketStep, buys: bool, quantity: int) -> list[int]:
        side = self.book.asks if buys else self.book.bids
        fills = side.fill(quantity, int(_REACH * side.best))
        for tick, filled in fills:
            step.trades.append(self._record(tick, filled, buys))
        side.restore_best()
        return [tick for tick, _ in fills]

    def _record(self, tick: int, quantity: int, buys: bool) -> SimulatedTrade:
        instrument = self.instrument
        quote = round(tick * instrument.tick_size * quantity * instrument.step_size, 8)
        self.candles.trade(tick, quantity, quote, buys)
        self.derivatives.trade(quote, buys)
        trade = SimulatedTrade(self.next_trade_id, tick, quantity, quote, buys)
        self.next_trade_id += 1
        return trade

    def _steps_of(self, notional: float) -> int:
        return max(1, round(notional / self.price.price / self.instrument.step_size))

    def _best(self) -> tuple[int, int, int, int]:
        bids, asks = self.book.bids, self.book.asks
        return bids.best, bids.levels[bids.best], asks.best, asks.levels[asks.best]

    def _premium_level(self, seed: int) -> float:
        if not self.instrument.volatility:
            return 0.0
        rng = scalar_generator(seed, self.instrument.symbol, "premium")
        return self.scenario.premium + self.scenario.premium_spread * rng.uniform(-1.7, 1.7)

    def _usual_trade_rate(self) -> float:
        return min(7.0, max(0.5, 2.0 * math.sqrt(self.instrument.volume / 1e9)))

    def _scale(self) -> float:
        # Market makers withdraw faster than volatility rises.
        return max(0.02, math.pow(max(1.0, self.price.ratio), -1.5))

    def _spread(self) -> int:
        thinness = (7e7 / self.instrument.depth) ** 0.8
        usual = 2e-6 * thinness * max(1.0, self.price.ratio) ** 1.6
        relative = min(0.002, max(usual, self.scenario.least_spread))
        ticks: float = relative * self.price.price / self.instrument.tick_size
        return max(1, round(ticks))

    def _shape(self) -> BookShape:
        instrument, levels = self.instrument, self.scenario.levels
        ticks = instrument.price / instrument.tick_size
        steps_per_notional = 1.0 / (instrument.price * instrument.step_size)
        window = max(0.015 * ticks, 4_000 * levels)
        return BookShape(
            density=1.25 * self._depth * steps_per_notional / (0.01 * ticks),
            touch=0.003 * self._depth * steps_per_notional,
            half_depth=0.015 * ticks,
            window=int(min(window, 0.4 * ticks)),
            dense=max(8, int(256 * levels)),
        )
