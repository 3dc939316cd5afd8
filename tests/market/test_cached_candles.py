"""Bars of an earlier run in the market: old, nothing ready by them, gone at the first doubt."""

from __future__ import annotations

from support import build

from tuirisk import events as ev
from tuirisk.analytics.score.freshness import freshness
from tuirisk.events import Candle, CandleHistory
from tuirisk.events.intervals import HOUR_MS, INTERVAL_MS
from tuirisk.market.market import Market
from tuirisk.state import Missing

NOW = build.NOW_NS // 1_000_000
STEP = 900_000


def history_of(
    bars: tuple[Candle, ...], received: int = build.NOW_NS, interval: str = "15m"
) -> CandleHistory:
    return CandleHistory("BTCUSDT", received, interval, bars)


def bars(n: int, ago: int = 0) -> tuple[Candle, ...]:
    """``n`` closed bars of a rising price, the newest of them ``ago`` bars back."""
    end = NOW // STEP
    return tuple(
        build.candle(t * STEP, "15m", 100.0 + t % 1000, 101.0 + t % 1000)
        for t in range(end - ago - n, end - ago)
    )


def changed_bar(bar: Candle, close: float) -> Candle:
    fields = {name: getattr(bar, name) for name in bar.__struct_fields__}
    return Candle(**fields | {"close": close})


def preloaded(*cached: Candle) -> Market:
    market = Market()
    market.apply(ev.ServerTime("", build.NOW_NS, NOW))
    market.apply(build.listed("BTCUSDT"))
    market.apply(CandleHistory("BTCUSDT", 5, "15m", cached, cached=True))
    return market


def closes(market: Market) -> list[float]:
    made: list[float] = market.symbols["BTCUSDT"].candles["15m"].bars().close.tolist()
    return made


def test_cached_bars_make_nothing_ready() -> None:
    market = Market()
    told = build.events_of("BTCUSDT")
    histories = [event for event in told if isinstance(event, CandleHistory)]
    market.apply(told[0])
    for event in histories:
        closed = tuple(candle for candle in event.candles if candle.closed)
        market.apply(CandleHistory("BTCUSDT", 5, event.interval, closed, cached=True))
    for other in told[1:]:
        if not isinstance(other, CandleHistory):
            market.apply(other)
    forming = histories[0].candles[-1]
    market.apply(ev.CandleForming("BTCUSDT", build.NOW_NS, "15m", forming))
    symbol = market.symbols["BTCUSDT"]
    assert symbol.missing == ("candles",)
    assert not symbol.was_ready
    for event in histories:
        market.apply(event)
    assert symbol.was_ready


def test_cached_bars_are_as_old_as_the_newest_of_them_even_beside_a_live_stream() -> None:
    """A quick restart: no bar is overdue, and still nothing of this run confirms them."""
    market = preloaded(*bars(9))
    forming = build.candle(NOW // STEP * STEP, "15m", 100.0, 101.0, closed=False)
    market.apply(ev.CandleForming("BTCUSDT", build.NOW_NS, "15m", forming))
    symbol = market.symbols["BTCUSDT"]
    for interval in ("1h", "1d"):
        market.apply(history_of((), interval=interval))
        symbol.candles[interval].close(build.candle(NOW // INTERVAL_MS[interval] *
            INTERVAL_MS[interval] - INTERVAL_MS[interval], interval, 1.0, 1.0), 1)  # fmt: skip
    age = freshness(symbol, build.NOW_NS, NOW)["candles"]
    assert age.age_ms == NOW % STEP
    assert age.stale
    market.apply(history_of((*bars(9), forming)))
    answered = freshness(symbol, build.NOW_NS, NOW)["candles"]
    assert answered.age_ms == 0.0
    assert not answered.stale


def test_bars_that_the_answer_joins_stay() -> None:
    told = bars(12)
    market = preloaded(*told[:8])
    market.apply(history_of(told[8:]))
    assert closes(market) == [bar.close for bar in told]


def test_bars_before_a_hole_go() -> None:
    told = bars(12)
    market = preloaded(*told[:8])
    market.apply(history_of(told[9:]))
    assert closes(market) == [bar.close for bar in told[9:]]
    assert market.symbols["BTCUSDT"].candles["15m"].holes() == []


def test_bars_that_the_answer_contradicts_go() -> None:
    told = bars(12)
    market = preloaded(*told[:7], changed_bar(told[7], 1.0))
    market.apply(history_of(told[6:]))
    assert closes(market) == [bar.close for bar in told[6:]]


def test_bars_that_the_answer_calls_forming_go() -> None:
    told = bars(12)
    market = preloaded(*told, build.candle(NOW // STEP * STEP, "15m", 1.0, 1.0))
    forming = build.candle(NOW // STEP * STEP, "15m", 1.0, 1.0, closed=False)
    market.apply(history_of((*told[9:], forming)))
    assert closes(market) == [bar.close for bar in told[9:]]


def test_an_empty_answer_leaves_nothing() -> None:
    market = preloaded(*bars(9))
    market.apply(history_of(()))
    assert closes(market) == []


def test_what_was_streamed_meanwhile_stays_when_cached_bars_go() -> None:
    told = bars(12)
    market = preloaded(*told[:3])
    market.apply(ev.CandleClosed("BTCUSDT", build.NOW_NS, "15m", told[-1]))
    market.apply(history_of(told[6:10]))
    assert closes(market) == [bar.close for bar in (*told[6:10], told[-1])]


def test_a_late_bar_of_the_stream_is_no_answer() -> None:
    told = bars(12)
    market = preloaded(*told)
    market.apply(ev.CandleClosed("BTCUSDT", build.NOW_NS, "15m", told[5]))
    assert not market.symbols["BTCUSDT"].candles["15m"].answered


def test_cached_bars_come_too_late_behind_an_answer() -> None:
    market = preloaded()
    market.apply(history_of(bars(5)))
    market.apply(CandleHistory("BTCUSDT", 5, "15m", bars(5, ago=99), cached=True))
    assert len(closes(market)) == 5


def test_a_state_of_cached_bars_alone_has_no_score() -> None:
    market = Market()
    market.apply(ev.ServerTime("", build.NOW_NS, NOW))
    for event in build.events_of("BTCUSDT"):
        if isinstance(event, ev.SymbolListed):
            market.apply(event)
        if isinstance(event, CandleHistory):
            closed = tuple(candle for candle in event.candles if candle.closed)
            market.apply(CandleHistory("BTCUSDT", 5, event.interval, closed, cached=True))
    symbol = build.assess_market(market).symbols["BTCUSDT"]
    assert symbol.status == "warming"
    assert symbol.freshness["candles"].stale
    assert not isinstance(symbol.volatility.cone["1h"]["30"].current, Missing), "to be shown"
    assert isinstance(symbol.score.total, Missing)
    assert isinstance(symbol.score.components.market, Missing)


def test_an_answer_forgets_the_bars_that_a_wrong_clock_closed() -> None:
    market = preloaded()
    length = INTERVAL_MS["15m"]
    opened = NOW // length * length
    page = [build.candle(opened + n * length, "15m", 100.0, 100.0) for n in (-2, -1, 0, 1)]
    market.apply(build.listed("BTCUSDT"))
    for _ in range(5):
        market.apply(ev.ServerTime("", build.NOW_NS, NOW + HOUR_MS))
    market.apply(CandleHistory("BTCUSDT", build.NOW_NS, "15m", page))
    assert len(closes(market)) == 4
    for _ in range(5):
        market.apply(ev.ServerTime("", build.NOW_NS, NOW))
    market.apply(CandleHistory("BTCUSDT", build.NOW_NS, "15m", page[:3]))
    ring = market.symbols["BTCUSDT"].candles["15m"]
    assert len(ring) == 2
    assert ring.forming is not None
    assert ring.forming.open_time == opened
