"""What an assessment costs on a simulated session: a tick between bars, and a bar that closes."""

from __future__ import annotations

import asyncio
import dataclasses
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

from tuirisk.analytics.assess import assess
from tuirisk.config.model import Config
from tuirisk.events import Batch, Candle, CandleClosed, ConnectionReport
from tuirisk.feed.clock import WallClock
from tuirisk.feed.replay import ReplaySource
from tuirisk.market.market import Market
from tuirisk.simulator.recording import recorded_session
from tuirisk.state import RiskState

SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "BNBUSDT", "XRPUSDT")
SECONDS = 60.0
CLOSES = 20


def tick() -> None:
    """Print the time of an assessment a symbol, four times a second on five busy symbols."""
    market, state, now, spent = Market(), None, 0, []
    for batch in _batches():
        for event in batch.events:
            market.apply(event)
        market.sample(batch.now)
        begun = time.perf_counter()
        state, now = _assess(market, batch.now, state), batch.now
        spent.append((time.perf_counter() - begun) / len(SYMBOLS))
    assert state is not None
    assert all(symbol.status == "ready" for symbol in state.symbols.values())
    ticks = spent[len(spent) // 4 :]
    print(
        f"a tick between bars, each symbol: median {median(ticks) * 1e3:.3f} ms, "
        f"95 % below {quantiles(ticks, n=20)[-1] * 1e3:.3f} ms ({len(ticks)} ticks)"
    )
    closed = [_close(market, state, now, n) for n in range(CLOSES)]
    print(
        f"a 15m bar closes, market and whole assessment: median {median(closed) * 1e3:.3f} ms "
        f"(one symbol's bar, {len(SYMBOLS)} symbols)"
    )


def _batches() -> list[Batch]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "session.rec"
        path.write_bytes(b"".join(recorded_session(SYMBOLS, seconds=SECONDS)))
        return asyncio.run(_collect(ReplaySource(path, SYMBOLS, clock=WallClock())))


async def _collect(source: ReplaySource) -> list[Batch]:
    return [batch async for batch in source.batches()]


def _assess(market: Market, now: int, previous: RiskState | None) -> RiskState:
    live = ConnectionReport(status="live")
    return assess(market, Config(), now, previous, connection=live, source="recording")


def _close(market: Market, state: RiskState, now: int, n: int) -> float:
    """Seconds from the event of a closed 15m bar to the new state."""
    ring = market.symbols[SYMBOLS[0]].candles["15m"]
    last = ring.last_open_time
    assert last is not None
    price = float(ring.bars().close[-1])
    opens = last + ring.interval_ms
    bar = Candle(
        opens, opens + ring.interval_ms - 1, price, 1.002 * price, 0.999 * price,
        (1.0 + 0.001 * (-1) ** n) * price, 10.0, 10.0 * price, 9, 5.0, 5.0 * price, True,
    )  # fmt: skip
    before = dataclasses.replace(state)
    if n:
        before = _assess(market, now, state)
    event = CandleClosed(SYMBOLS[0], now, "15m", bar)
    begun = time.perf_counter()
    market.apply(event)
    made = _assess(market, now, before)
    spent = time.perf_counter() - begun
    assert made.symbols[SYMBOLS[0]].volatility != before.symbols[SYMBOLS[0]].volatility
    return spent
