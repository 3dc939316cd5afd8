"""What the files of one symbol say, as the events of a feed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from tuirisk.events import (
    Candle,
    CandleHistory,
    DepthLost,
    Event,
    FundingHistory,
    FundingSchedule,
    LongShortRatio,
    MarkPrice,
    OpenInterestHistory,
    SymbolListed,
    closed_bars_of_columns,
)
from tuirisk.events.intervals import DAY_MS, HOUR_MS, INTERVALS
from tuirisk.feed.files.model import Settlements, SymbolHistory
from tuirisk.language.reason import Reason
from tuirisk.market.candles import CAPACITY, Bars
from tuirisk.market.derivatives import FUNDING_ROWS, OPEN_INTEREST_ROWS
from tuirisk.market.series import Column, Times

BEHIND_MS = DAY_MS
"""Candles of a timeframe that end so long before the symbol's newest are not shown as current."""
MOST_DECIMALS = 10
_SETTLEMENTS = 7
"""Newest settlements whose distance gives the interval."""
_RECENT = 500
"""Closes whose decimals give the tick."""


def end_of(history: SymbolHistory) -> int:
    """When the newest closed bar in use closed (UTC ms); 0 without one."""
    used = (history.bars[name] for name in INTERVALS if name in history.bars)
    return max((close_of(bars) for bars in used), default=0)


def close_of(bars: Bars) -> int:
    """When the newest bar closed (UTC ms); 0 without one."""
    return int(bars.open_time[-1]) + bars.interval_ms if len(bars) else 0


def behind(history: SymbolHistory) -> dict[str, int]:
    """Timeframes whose candles end long before the symbol's newest → when they end (UTC ms)."""
    end = end_of(history)
    return {
        name: close_of(bars)
        for name, bars in history.bars.items()
        if name in INTERVALS and close_of(bars) + bars.interval_ms + BEHIND_MS <= end
    }


def mark_at_end(history: SymbolHistory) -> float | None:
    """The mark price when the newest bar closed, quote asset; None where no file has it."""
    return _price_at(history.mark, end_of(history))


def offered(history: SymbolHistory) -> frozenset[str]:
    """The families of data (``DataFamily``) that the files have, or that stand in for them."""
    families = {"candles", "mark"}
    if len(history.funding):
        families.add("funding")
    if len(history.open_interest):
        families.add("open_interest")
    return frozenset(families)


def events_of(history: SymbolHistory, received: int) -> Iterator[Event]:
    """All that is known of the symbol, as received at local time ``received`` (ns)."""
    symbol, end = history.symbol, end_of(history)
    mark = mark_at_end(history)
    late = behind(history)
    yield SymbolListed(
        symbol,
        received,
        contract_type="PERPETUAL" if history.market == "perpetual" else "SPOT",
        tick_size=tick_size(history),
        offered=offered(history),
        mark_is_close=mark is None,
    )
    yield DepthLost(symbol, received, Reason("source_never_has_it"))
    for name in INTERVALS:
        bars = history.bars.get(name)
        if bars is None or name in late:
            yield CandleHistory(symbol, received, name, ())
        else:
            yield CandleHistory(symbol, received, name, _candles(bars, CAPACITY[name]))
    now_ms = received // 1_000_000
    settled = _until(history.funding, now_ms)
    hours = _interval_hours(settled)
    if len(settled):
        yield _funding(symbol, received, settled)
    if hours:
        yield FundingSchedule(symbol, received, hours, None, None)
    points = history.open_interest
    rows = int(np.searchsorted(points.time, now_ms, side="right"))
    if rows:
        columns = (points.time, points.contracts, points.value)
        newest = [column[max(0, rows - OPEN_INTEREST_ROWS) : rows].tolist() for column in columns]
        yield OpenInterestHistory(symbol, received, "5m", tuple(zip(*newest, strict=True)))
    yield from _ratios(history, received)
    # The running interval's rate is in no file: the newest settled one stands in for it.
    yield MarkPrice(
        symbol,
        received,
        event_time=end,
        mark=mark or _last_close(history),
        index=_price_at(history.index, end) or 0.0,
        funding_rate=float(settled.rate[-1]) if len(settled) else None,
        next_funding_time=int(settled.time[-1]) + hours * HOUR_MS if hours else 0,
    )


def _until(settled: Settlements, now_ms: int) -> Settlements:
    """The settlements up to ``now_ms``: a file may go further than the candles."""
    rows = int(np.searchsorted(settled.time, now_ms, side="right"))
    return Settlements(settled.time[:rows], settled.rate[:rows])


def _ratios(history: SymbolHistory, received: int) -> Iterator[LongShortRatio]:
    ratios, now_ms = history.ratios, received // 1_000_000
    of_all = _current_ratio(ratios.time, ratios.of_all, now_ms)
    of_top = _current_ratio(ratios.time, ratios.of_top, now_ms)
    if of_all is not None:
        yield LongShortRatio(history.symbol, received, "global", "5m", (of_all,))
    if of_top is not None:
        yield LongShortRatio(history.symbol, received, "top", "5m", (of_top,))


def _current_ratio(time: Times, ratio: Column, now_ms: int) -> tuple[int, float] | None:
    """The newest ratio by ``now_ms``; None where the file ends more than two steps before."""
    known = np.isfinite(ratio) & (time <= now_ms)
    time, ratio = time[known], ratio[known]
    if not time.size:
        return None
    steps = np.diff(time[-_RECENT:])
    step = float(np.median(steps)) if steps.size else 0.0
    if now_ms - int(time[-1]) > 2 * step:
        return None
    return int(time[-1]), float(ratio[-1])


def _interval_hours(settled: Settlements) -> int:
    """The time between the newest settlements, whole hours; 0 where it is not known."""
    steps = np.diff(settled.time[-_SETTLEMENTS:])
    return round(float(np.median(steps)) / HOUR_MS) if steps.size else 0


def tick_size(history: SymbolHistory) -> float:
    """The smallest power of ten that every one of the newest closes is a multiple of."""
    finest = next((history.bars[name] for name in INTERVALS if name in history.bars), None)
    if finest is None or not len(finest):
        return 0.0
    closes = finest.close[-_RECENT:]
    for decimals in range(MOST_DECIMALS):
        if np.allclose(np.round(closes, decimals), closes, rtol=1e-10, atol=0.0):
            return float(10.0**-decimals)
    return float(10.0**-MOST_DECIMALS)


def _candles(bars: Bars, count: int) -> Sequence[Candle]:
    opened = bars.open_time[-count:]
    nothing = np.zeros(opened.size)
    columns = (
        opened,
        opened + bars.interval_ms - 1,
        *(c[-count:] for c in (bars.open, bars.high, bars.low, bars.close)),
        nothing if bars.volume is None else bars.volume[-count:],
        bars.quote_volume[-count:],
        np.zeros(opened.size, np.int64),
        nothing,
        nothing,
    )
    return closed_bars_of_columns([column.tobytes() for column in columns])


def _funding(symbol: str, received: int, settled: Settlements) -> FundingHistory:
    times = settled.time[-FUNDING_ROWS:].tolist()
    rates = settled.rate[-FUNDING_ROWS:].tolist()
    rows = tuple((time, rate, True) for time, rate in zip(times, rates, strict=True))
    return FundingHistory(symbol, received, rows)


def _price_at(prices: Mapping[str, Bars], end: int) -> float | None:
    """The close at ``end`` (UTC ms) of whatever interval has one."""
    for bars in prices.values():
        if close_of(bars) >= end:
            place = int(np.searchsorted(bars.open_time, end - bars.interval_ms))
            if place < len(bars) and int(bars.open_time[place]) == end - bars.interval_ms:
                return float(bars.close[place])
    return None


def _last_close(history: SymbolHistory) -> float:
    newest = max((history.bars[n] for n in INTERVALS if n in history.bars), key=close_of)
    return float(newest.close[-1])
