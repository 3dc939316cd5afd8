"""Markets and states made of synthetic events, for tests of whatever reads them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tuirisk import events as ev
from tuirisk.analytics.assess import assess
from tuirisk.config.model import Config
from tuirisk.events.intervals import HOUR_MS, INTERVAL_MS, MINUTE_MS
from tuirisk.market.market import Market
from tuirisk.state import EarlierRuns, RiskState, Severity

NOW_NS = 1_795_349_250_000_000_000
"""2026-11-22T12:07:30Z."""
LIVE = ev.ConnectionReport(status="live", latency_ms=40.0, used_weight_1m=41)
BARS = {"15m": 3_072, "1h": 1_500, "1d": 1_500}
BAR_SIGMA = {"15m": 0.002, "1h": 0.004, "1d": 0.02}
PRICES = {"BTCUSDT": 67_000.0, "ETHUSDT": 3_500.0, "SOLUSDT": 170.0, "XRPUSDT": 0.52}
TICKS = {"BTCUSDT": 0.1, "ETHUSDT": 0.01, "SOLUSDT": 0.01, "XRPUSDT": 0.0001}
LEVELS = 1_000


def listed(symbol: str, now_ns: int = NOW_NS, contract_type: str = "PERPETUAL") -> ev.SymbolListed:
    return ev.SymbolListed(symbol, now_ns, contract_type, TICKS.get(symbol, 0.01), 0.001, 0.0125)


def candle(
    open_time: int, interval: str, open: float, close: float, *, closed: bool = True
) -> ev.Candle:
    high, low = 1.0005 * max(open, close), 0.9995 * min(open, close)
    return ev.Candle(
        open_time=open_time,
        close_time=open_time + INTERVAL_MS[interval] - 1,
        open=open,
        high=high,
        low=low,
        close=close,
        volume=1_000.0,
        quote_volume=1_000.0 * (open + close) / 2,
        trades=500,
        taker_buy_base=510.0,
        taker_buy_quote=510.0 * (open + close) / 2,
        closed=closed,
    )


def candles_from(closes: Sequence[float], interval: str, end_ms: int) -> tuple[ev.Candle, ...]:
    """Closed bars with these closes, the last of them the newest that is closed at ``end_ms``."""
    step = INTERVAL_MS[interval]
    first = end_ms // step * step - len(closes) * step
    opens = [closes[0], *closes[:-1]]
    return tuple(
        candle(first + i * step, interval, float(before), float(after))
        for i, (before, after) in enumerate(zip(opens, closes, strict=True))
    )


def walk_to(price: float, n: int, sigma: float, rng: np.random.Generator) -> list[float]:
    """A random walk of ``n`` prices that ends at ``price``."""
    steps = np.cumsum(rng.normal(0.0, sigma, n))
    path: list[float] = (price * np.exp(steps - steps[-1])).tolist()
    return path


def depth_snapshot(
    symbol: str,
    bids: Iterable[ev.Level],
    asks: Iterable[ev.Level],
    now_ns: int = NOW_NS,
    update_id: int = 1,
) -> ev.DepthSnapshot:
    return ev.DepthSnapshot(
        symbol, now_ns, update_id, now_ns // 1_000_000, tuple(bids), tuple(asks)
    )


def book_around(
    symbol: str, price: float, rng: np.random.Generator, now_ns: int = NOW_NS
) -> ev.DepthSnapshot:
    """1 000 levels a side, two basis points apart at most, some 20 000 quote each."""
    tick = TICKS.get(symbol, 0.01)
    centre = round(price / tick)
    gap = max(1, round(price * 2e-5 / tick))
    sizes = rng.lognormal(np.log(20_000.0 / price), 0.5, (2, LEVELS)).tolist()
    bids = (((centre - gap * i) * tick, size) for i, size in enumerate(sizes[0]))
    asks = (((centre + 1 + gap * i) * tick, size) for i, size in enumerate(sizes[1]))
    return depth_snapshot(symbol, bids, asks, now_ns)


def mark_price(
    symbol: str, mark: float, now_ns: int = NOW_NS, rate: float = 0.0001
) -> ev.MarkPrice:
    now_ms = now_ns // 1_000_000
    next_funding = (now_ms // (8 * HOUR_MS) + 1) * 8 * HOUR_MS
    return ev.MarkPrice(symbol, now_ns, now_ms, mark, mark / 1.0002, rate, next_funding)


def events_of(symbol: str, seed: int = 1, now_ns: int = NOW_NS) -> list[ev.Event]:
    """Everything a symbol needs to be ready at ``now_ns``, and some of all the rest."""
    rng = np.random.default_rng([seed, *symbol.encode()])
    now_ms = now_ns // 1_000_000
    price = PRICES.get(symbol, 100.0)
    events: list[ev.Event] = [listed(symbol, now_ns)]
    for interval, n in BARS.items():
        bars = candles_from(walk_to(price, n, BAR_SIGMA[interval], rng), interval, now_ms)
        forming = candle(
            now_ms // INTERVAL_MS[interval] * INTERVAL_MS[interval],
            interval,
            price,
            price,
            closed=False,
        )
        events.append(ev.CandleHistory(symbol, now_ns, interval, (*bars, forming)))
    events.append(book_around(symbol, price, rng, now_ns))
    events.append(mark_price(symbol, price, now_ns))
    events.append(ev.FundingSchedule(symbol, now_ns, 8, 0.003, -0.003))
    events.append(funding_history(symbol, rng, now_ns))
    events.append(open_interest_history(symbol, price, rng, now_ns))
    events.append(ev.LongShortRatio(symbol, now_ns, "global", "5m", ((now_ms - MINUTE_MS, 1.25),)))
    events += trades(symbol, price, rng, now_ns)
    return events


def funding_history(
    symbol: str, rng: np.random.Generator, now_ns: int = NOW_NS, days: int = 90
) -> ev.FundingHistory:
    step = 8 * HOUR_MS
    newest = now_ns // 1_000_000 // step * step
    rates = rng.normal(0.0001, 0.00005, 3 * days).tolist()
    rows = tuple((newest - step * (len(rates) - 1 - i), r, True) for i, r in enumerate(rates))
    return ev.FundingHistory(symbol, now_ns, rows)


def open_interest_history(
    symbol: str, price: float, rng: np.random.Generator, now_ns: int = NOW_NS, points: int = 2_000
) -> ev.OpenInterestHistory:
    step = 5 * MINUTE_MS
    newest = now_ns // 1_000_000 // step * step
    contracts = 5e8 / price * np.exp(np.cumsum(rng.normal(0.0, 0.001, points)))
    prices = price * np.exp(np.cumsum(rng.normal(0.0, 0.001, points)))
    prices *= price / prices[-1]
    rows = tuple(
        (newest - step * (points - 1 - i), c, c * p)
        for i, (c, p) in enumerate(zip(contracts.tolist(), prices.tolist(), strict=True))
    )
    return ev.OpenInterestHistory(symbol, now_ns, "5m", rows)


def trades(
    symbol: str, price: float, rng: np.random.Generator, now_ns: int = NOW_NS, n: int = 400
) -> list[ev.Trade]:
    """``n`` trades over the last 15 minutes, the newest half a second old."""
    now_ms = now_ns // 1_000_000
    times = np.sort(rng.integers(now_ms - 15 * MINUTE_MS + 1, now_ms - 500, n)).tolist()
    times[-1] = now_ms - 500
    sizes = rng.lognormal(np.log(2_000.0 / price), 1.5, n).tolist()
    sellers = (rng.random(n) < 0.5).tolist()
    return [
        ev.Trade(symbol, now_ns - (now_ms - time) * 1_000_000, i, time, price, size, seller)
        for i, (time, size, seller) in enumerate(zip(times, sizes, sellers, strict=True))
    ]


def ready_market(
    symbols: Sequence[str] = ("BTCUSDT",), seed: int = 1, now_ns: int = NOW_NS
) -> Market:
    """A market in which every one of ``symbols`` is ready at ``now_ns``."""
    market = Market()
    market.apply(ev.ServerTime("", now_ns, now_ns // 1_000_000))
    for symbol in symbols:
        for event in events_of(symbol, seed, now_ns):
            market.apply(event)
    market.sample(now_ns)
    return market


def keep_bars(market: Market, symbol: str, interval: str, rows: slice | NDArray[np.int64]) -> None:
    """Leave none but these rows of a symbol's closed bars."""
    ring = market.symbols[symbol].candles[interval]
    ring._set(ring._times[rows], ring._table[:, rows])


def state(
    symbols: Sequence[str] = ("BTCUSDT",),
    seed: int = 1,
    now_ns: int = NOW_NS,
    config: Config | None = None,
) -> RiskState:
    """The state of :func:`ready_market`, assessed at ``now_ns``."""
    return assess_market(ready_market(symbols, seed, now_ns), now_ns, config)


def assess_market(
    market: Market,
    now_ns: int = NOW_NS,
    config: Config | None = None,
    previous: RiskState | None = None,
    known: Mapping[str, Severity] | None = None,
    earlier: EarlierRuns | None = None,
    connection: ev.ConnectionReport = LIVE,
    due: Collection[str] | None = None,
) -> RiskState:
    return assess(
        market, config or Config(), now_ns, previous,
        connection=connection, source="simulator", earlier_runs=earlier or EarlierRuns(known or {}),
        due=due,
    )  # fmt: skip


def touch_book(market: Market, symbol: str, now_ns: int, size: float = 3.0) -> None:
    """A depth event that sets the quantity of the best bid."""
    book = market.symbols[symbol].book
    best = book.bids.best()
    assert best is not None
    n = book.last_update_id
    change = ((best, size),)
    market.apply(ev.DepthDiff(symbol, now_ns, n + 1, n + 1, n, now_ns // 1_000_000, change, ()))


def close_bar(market: Market, symbol: str, interval: str, now_ns: int) -> None:
    """The bar after the newest closed one closes."""
    ring = market.symbols[symbol].candles[interval]
    last = ring.last_open_time
    assert last is not None
    price = float(ring.bars().close[-1])
    bar = candle(last + ring.interval_ms, interval, price, 1.001 * price)
    market.apply(ev.CandleClosed(symbol, now_ns, interval, bar))
