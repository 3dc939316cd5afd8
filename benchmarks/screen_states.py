"""RiskStates for measuring a screen: every number differs from one state to the next."""

from __future__ import annotations

import asyncio
import math
import random
from dataclasses import replace

from screenshots.__main__ import last_state
from tuirisk.config.model import Config
from tuirisk.state import Components, Fill, Impact, Missing, Number, RiskState, SymbolState

START_SECONDS = 12.0


def states(symbols: int, count: int, hz: float, seed: int = 1) -> tuple[Config, list[RiskState]]:
    """``count`` states of ``symbols`` symbols, ``1 / hz`` seconds apart, and their configuration.

    They start from one state of the embedded exchange; prices walk, and everything that depends
    on a price, a book or a trade moves with them.
    """
    base = asyncio.run(last_state("calm", START_SECONDS, Config()))
    kinds = list(base.symbols.values())
    names = tuple(f"COIN{i:02d}USDT" for i in range(symbols))
    rng = random.Random(seed)
    now = {name: kinds[i % len(kinds)] for i, name in enumerate(names)}
    alike = tuple(tuple(1.0 if a == b else 0.6 for b in names) for a in names)
    made = []
    for step in range(count):
        now = {name: _moved(symbol, rng) for name, symbol in now.items()}
        link = replace(base.connection, status="live", message=None, latency_ms=rng.uniform(20, 90))
        made.append(
            replace(
                base,
                source="binance",
                time_ms=base.time_ms + round(step * 1000 / hz),
                connection=link,
                watchlist=replace(base.watchlist, symbols=names, correlation=alike),
                symbols=now,
                danger_order=names,
            )
        )
    return replace(Config(), symbols=names), made


def later(state: RiskState, ms: int) -> RiskState:
    """``state`` some time later, nothing having come: the data are older."""

    def aged(symbol: SymbolState) -> SymbolState:
        fresh = {
            name: one if isinstance(one.age_ms, Missing) else replace(one, age_ms=one.age_ms + ms)
            for name, one in symbol.freshness.items()
        }
        return replace(symbol, freshness=fresh)

    symbols = {name: aged(symbol) for name, symbol in state.symbols.items()}
    return replace(state, time_ms=state.time_ms + ms, symbols=symbols)


def _moved(symbol: SymbolState, rng: random.Random) -> SymbolState:
    """The symbol a moment later."""
    price, score, book = symbol.price, symbol.score, symbol.liquidity
    factor = math.exp(rng.gauss(0, 2e-4))
    bids = tuple((p * factor, rng.uniform(0.01, 9)) for p, _ in book.bids)
    asks = tuple((p * factor, rng.uniform(0.01, 9)) for p, _ in book.asks)
    parts = Components(
        *(
            _between(value, rng)
            for value in (
                score.components.market,
                score.components.liquidity,
                score.components.funding,
                score.components.correlation,
            )
        )
    )
    return replace(
        symbol,
        price=replace(
            price,
            last=_scaled(price.last, factor),
            mark=_scaled(price.mark, factor),
            change_24h=_plus(price.change_24h, rng.gauss(0, 3e-4)),
        ),
        score=replace(score, total=_between(score.total, rng), components=parts),
        funding=replace(symbol.funding, rate=_plus(symbol.funding.rate, rng.gauss(0, 2e-6))),
        liquidity=replace(
            book,
            mid=_scaled(book.mid, factor),
            spread_bps=rng.uniform(0.1, 3.0),
            imbalance=rng.uniform(-0.5, 0.5),
            bids=bids,
            asks=asks,
            impact=_walked(book.impact, rng),
            curve=tuple(_walked(impact, rng) for impact in book.curve),
        ),
        flow=replace(symbol.flow, imbalance={k: rng.uniform(-1, 1) for k in ("1m", "5m", "15m")}),
    )


def _walked(impact: Impact, rng: random.Random) -> Impact:
    def one(fill: Fill) -> Fill:
        return replace(fill, slippage=_scaled(fill.slippage, rng.uniform(0.8, 1.25)))

    return replace(impact, sell=one(impact.sell), buy=one(impact.buy))


def _scaled(value: Number, factor: float) -> Number:
    return value if isinstance(value, Missing) else value * factor


def _plus(value: Number, change: float) -> Number:
    return value if isinstance(value, Missing) else value + change


def _between(value: Number, rng: random.Random) -> Number:
    return value if isinstance(value, Missing) else min(100.0, max(0.0, value + rng.gauss(0, 2)))
