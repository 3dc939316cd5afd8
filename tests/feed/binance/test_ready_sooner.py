"""The cheapest pages of every symbol come first, and nothing is asked that an earlier run has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator

import pytest
from msgspec.structs import astuple, replace
from support.exchange import TestExchange
from support.live_source import NOON_MS, Watcher, make_source, reading

from tuirisk.events import Batch, Candle, CandleClosed, CandleHistory, closed_bars
from tuirisk.events.intervals import INTERVALS
from tuirisk.feed.binance.live import LiveSource
from tuirisk.feed.binance.rest.backfill_plan import BARS

FEW = ("BTCUSDT", "ETHUSDT")
MANY = (*FEW, *(f"C{number}USDT" for number in range(9)))

COMMON = 20
"""Weight of what is asked once for all symbols: what is listed, the time, the premium index."""


def exchange(*symbols: str) -> TestExchange:
    return TestExchange(symbols, speed=1.0, start_ms=NOON_MS + 300_000)


def weight_used(seen: Watcher) -> int:
    """By this source in the last minute."""
    session = seen.source._session
    assert session is not None
    return session.rate_limiter.budgets["weight"]._own


def stored(seen: Watcher) -> list[CandleHistory]:
    """What the history keeps of a run: the closed bars of each symbol."""
    told: dict[tuple[str, str], dict[int, Candle]] = defaultdict(dict)
    for event in (event for batch in seen.batches for event in batch.events):
        if isinstance(event, CandleHistory):
            told[event.symbol, event.interval] |= {bar.open_time: bar for bar in event.candles}
        elif isinstance(event, CandleClosed):
            told[event.symbol, event.interval][event.candle.open_time] = event.candle
    kept = []
    for (name, interval), bars in told.items():
        times = seen.market.symbols[name].candles[interval].bars().open_time.tolist()
        rows = [astuple(bars[at])[:-1] for at in times]
        kept.append(CandleHistory(name, 1, interval, closed_bars(rows), cached=True))
    return kept


def with_stored(source: LiveSource, kept: list[CandleHistory]) -> LiveSource:
    """``source``, told at its first batch what is stored, as a warm start does."""
    batches = source.batches

    async def told() -> AsyncIterator[Batch]:
        first = True
        async for batch in batches():
            for bars in kept if first else ():
                source.use_stored(bars)
            first = False
            yield batch

    source.batches = told  # type: ignore[method-assign]
    return source


@pytest.mark.parametrize("symbols", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
async def test_newest_pages_come_first_and_a_restart_asks_for_what_is_new(
    symbols: tuple[str, ...],
) -> None:
    with exchange(*symbols) as server:
        async with reading(make_source(server, *symbols)) as seen:
            await seen.until(lambda: seen.ready(*symbols))
            assert seen.batches[-1].now - seen.batches[0].now < 3e9
            assert weight_used(seen) <= 10 * len(symbols) + COMMON
            assert seen.report.notes[0].code == "history_coming"
            await seen.until(lambda: seen.report.status == "live")
            assert not seen.report.notes
            kept = stored(seen)
            whole = {bars.interval for bars in kept if len(bars.candles) >= BARS[bars.interval]}
            assert whole
        asked = list(server.requests)
        old = ["endTime" in query for path, query in asked if path.endswith("/klines")]
        assert not any(old[: 3 * len(symbols)]), "an old page before the newest of some symbol"
        depth = [int(query["limit"]) for path, query in asked if path.endswith("/depth")]
        assert depth == [50] * len(symbols) + [1_000] * len(symbols)
        premium = [query for path, query in asked if path.endswith("/premiumIndex")]
        assert premium == ([{}] if symbols is MANY else [{"symbol": name} for name in symbols])

        async with reading(with_stored(make_source(server, *symbols), kept)) as seen:
            await seen.until(lambda: seen.ready(*symbols))
            assert weight_used(seen) <= 10 * len(symbols) + COMMON
            await seen.until(lambda: seen.report.status == "live")
            later = list(server.requests)[len(asked) :]
            pages = [query for path, query in later if path.endswith("/klines")]
            again = {query["interval"] for query in pages if "endTime" in query}
            assert not again & whole, (again, whole)
            assert all(int(query["limit"]) < 100 for query in pages if "endTime" not in query)


async def test_bars_that_the_exchange_contradicts_are_asked_for_whole() -> None:
    with exchange("BTCUSDT") as server:
        async with reading(make_source(server, "BTCUSDT")) as seen:
            await seen.until(lambda: seen.report.status == "live")
            kept = stored(seen)
        wrong = []
        for bars in kept:
            rows = [astuple(candle)[:-1] for candle in bars.candles]
            rows[-1] = (*rows[-1][:6], 1.01 * rows[-1][6], *rows[-1][7:])
            wrong.append(replace(bars, candles=closed_bars(rows)))
        async with reading(with_stored(make_source(server, "BTCUSDT"), wrong)) as seen:
            await seen.until(lambda: seen.report.status == "live")
            for interval in INTERVALS:
                assert len(seen.market.symbols["BTCUSDT"].candles[interval]) >= 1_400
