"""Events into the market: membership, the exchange's clock, the tape."""

from __future__ import annotations

import pytest
from support.frames import NS, T0, diff, snapshot

from tuirisk import events as ev
from tuirisk.events.intervals import INTERVALS
from tuirisk.language.reason import Reason
from tuirisk.market.market import Market
from tuirisk.market.tape import TimedColumn

LISTED = ev.SymbolListed("BTCUSDT", T0 * NS, "PERPETUAL", 0.1, 0.001, 0.0125)


def watched() -> Market:
    market = Market()
    market.apply(LISTED)
    return market


def trade(n: int, price: float = 100.0, *, sold: bool = False, time: int = T0) -> ev.Trade:
    return ev.Trade("BTCUSDT", time * NS, n, time, price, 2.0, sold)


def candle(open_time: int, closed: bool) -> ev.Candle:
    return ev.Candle(
        open_time, open_time + 899_999, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1, 1.0, 1.0, closed
    )


def test_events_of_a_symbol_that_is_not_watched_are_dropped() -> None:
    market = Market()
    market.apply(trade(1))
    assert market.symbols == {}
    market.apply(LISTED)
    market.apply(ev.SymbolRemoved("BTCUSDT", T0 * NS))
    market.apply(trade(2))
    assert market.symbols == {}


def test_a_refused_symbol_is_named() -> None:
    market = watched()
    market.apply(ev.SymbolRefused("FOOUSDT", T0 * NS, Reason.from_text("unknown")))
    assert market.refused == {"FOOUSDT": Reason.from_text("unknown")}
    assert list(market.symbols) == ["BTCUSDT"]


def test_the_last_row_of_a_history_is_closed_only_when_its_time_has_passed_there() -> None:
    """A local clock 90 s fast must not close a bar early."""
    market = watched()
    start = T0 - T0 % 900_000
    local = (start + 900_000 + 60_000) * NS
    market.apply(ev.ServerTime("", local, start + 900_000 - 30_000))
    history = ev.CandleHistory("BTCUSDT", local, "15m", (candle(start, True),))
    market.apply(history)
    ring = market.symbols["BTCUSDT"].candles["15m"]
    assert len(ring) == 0
    assert ring.forming is not None
    later = local + 31_000 * NS
    market.apply(ev.CandleHistory("BTCUSDT", later, "15m", (candle(start, True),)))
    assert len(ring) == 1


def test_a_crossed_book_is_distrusted_at_once() -> None:
    market = watched()
    market.apply(snapshot(5))
    market.apply(diff(6, 6, 5, bids=((102.0, 1.0),)))
    assert not market.symbols["BTCUSDT"].book.live
    assert "crossed" in str(market.distrusted["BTCUSDT"])


def test_a_book_that_disagrees_with_the_best_quote_is_distrusted() -> None:
    market = watched()
    market.apply(snapshot(5))
    market.apply(ev.BestQuote("BTCUSDT", T0 * NS, 5, 99.0, 1.0, 101.0, 1.0))
    market.apply(ev.BestQuote("BTCUSDT", T0 * NS, 6, 98.0, 1.0, 101.0, 1.0))
    assert market.symbols["BTCUSDT"].book.live, "a quote of another moment proves nothing"
    market.apply(ev.BestQuote("BTCUSDT", T0 * NS, 5, 99.5, 1.0, 101.0, 1.0))
    assert not market.symbols["BTCUSDT"].book.live


def test_ready_needs_all_that_the_score_is_made_of() -> None:
    market = watched()
    symbol = market.symbols["BTCUSDT"]
    assert symbol.missing == ("candles", "order_book", "mark_price", "funding_history")
    for interval in INTERVALS:
        market.apply(ev.CandleHistory("BTCUSDT", T0 * NS, interval, ()))
    market.apply(snapshot(5))
    market.apply(ev.MarkPrice("BTCUSDT", T0 * NS, T0, 100.0, 100.0, 0.0001, T0))
    assert not symbol.was_ready
    market.apply(ev.FundingHistory("BTCUSDT", T0 * NS, ()))
    assert symbol.was_ready


def test_settlements_of_an_answer_take_the_place_of_those_of_its_time() -> None:
    market = watched()
    derivatives = market.symbols["BTCUSDT"].derivatives
    for rows in (((1, 0.5, True), (5, 0.1, True), (9, 0.1, True)), ((4, 0.1, True),)):
        market.apply(ev.FundingHistory("BTCUSDT", T0 * NS, rows, since=2))
    assert list(derivatives.settlements) == [1, 4]
    page = ev.FundingHistory("BTCUSDT", T0 * NS, ((2, 0.1, True),), since=0, full=True)
    market.apply(page)
    assert list(derivatives.settlements) == [2, 4]
    market.apply(ev.FundingHistory("BTCUSDT", T0 * NS, ((7, 0.1, True),), left_out=1, since=0))
    assert list(derivatives.settlements) == [2, 4, 7]


def test_the_tape_counts_by_taker_and_ignores_duplicates() -> None:
    market = watched()
    tape = market.symbols["BTCUSDT"].tape
    market.apply(trade(1))
    market.apply(trade(2, sold=True, price=50.0))
    market.apply(trade(2, sold=True, price=50.0))
    assert tape.cvd == pytest.approx(100.0)
    assert tape.last_price == 50.0


def test_missing_trades_start_the_tape_anew() -> None:
    market = watched()
    tape = market.symbols["BTCUSDT"].tape
    market.apply(trade(1))
    market.apply(trade(5, time=T0 + 1000))
    assert tape.cvd == pytest.approx(200.0)
    assert tape.since_ms == T0 + 1000
    assert len(tape.trades) == 1


def test_a_column_forgets_what_is_old_and_keeps_the_rest() -> None:
    column = TimedColumn(span_ms=1_000)
    for n in range(10_000):
        column.append(n * 10, float(n))
    times, values = column.since(99_990 - 500)
    assert times.tolist() == list(range(99_500, 100_000, 10))
    assert values[-1] == 9_999.0
    assert len(column) < 2_000
