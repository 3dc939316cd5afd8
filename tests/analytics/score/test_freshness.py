"""Ages against their budgets, and the status that follows from them."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from support.build import NOW_NS, assess_market, candle, mark_price, ready_market

from tuirisk import events as ev
from tuirisk.analytics.score.freshness import age, freshness, lagging, status
from tuirisk.events.intervals import HOUR_MS
from tuirisk.language.reason import Reason
from tuirisk.market.market import SymbolMarket
from tuirisk.state import DataFamily, Freshness, Missing

MS = 1_000_000
NOW_MS = NOW_NS // MS
NAME = "BTCUSDT"


def symbol() -> SymbolMarket:
    return ready_market((NAME,)).symbols[NAME]


def later(made: SymbolMarket, ms: float) -> dict[DataFamily, Freshness]:
    return freshness(made, NOW_NS + int(ms * MS), NOW_MS + ms)


def status_later(made: SymbolMarket, ms: int) -> tuple[str, Reason | None]:
    return status(made, later(made, ms), NOW_NS + ms * MS)


@pytest.mark.parametrize(
    ("family", "room"), [("depth", 5_000), ("mark", 5_000), ("flow", 60_000 - 500)]
)
def test_streams_are_stale_past_their_budget(family: DataFamily, room: int) -> None:
    made = symbol()
    assert not later(made, room)[family].stale
    assert later(made, room + 1)[family].stale


def test_open_interest_ages_from_its_own_time() -> None:
    made = symbol()
    newest = made.derivatives.open_interest
    assert newest is not None
    room = 600_000 - (NOW_MS - newest[0])
    assert not later(made, room)["open_interest"].stale
    assert later(made, room + 1)["open_interest"].stale


def test_funding_history_is_stale_when_a_settlement_is_overdue() -> None:
    made = symbol()
    newest = next(reversed(made.derivatives.settlements))
    room = 8 * HOUR_MS + 600_000 - (NOW_MS - newest)
    assert not later(made, room)["funding"].stale
    assert later(made, room + 1)["funding"].stale
    made.derivatives.funding_schedule = None
    fresh = later(made, room + 1)["funding"]
    assert not fresh.stale
    assert isinstance(fresh.budget_ms, Missing)


def test_bars_are_stale_when_a_closed_one_is_a_minute_overdue() -> None:
    made = symbol()
    last = made.candles["15m"].last_open_time
    assert last is not None
    room = last + 2 * 900_000 + 60_000 - NOW_MS
    assert room > 60_000
    assert not later(made, room)["candles"].stale
    assert later(made, room)["candles"].age_ms == 60_000
    assert later(made, room + 1)["candles"].stale


def test_a_stream_of_bars_without_trades_is_not_stale() -> None:
    made = symbol()
    opened = NOW_MS // HOUR_MS * HOUR_MS
    made.candles["1h"].set_forming(candle(opened, "1h", 1.0, 1.0), NOW_NS)
    last = made.candles["15m"].last_open_time
    assert last is not None
    quiet = last + 2 * 900_000 - NOW_MS
    assert quiet > 35_000
    for ms in (35_000, quiet):
        assert not later(made, ms)["candles"].stale
        assert later(made, ms)["candles"].age_ms == 0.0


def test_what_never_came_is_missing_and_not_stale() -> None:
    fresh = later(SymbolMarket(ev.SymbolListed(NAME, NOW_NS, "PERPETUAL", 0.1, 0.1, 0.0)), 1e9)
    assert all(isinstance(f.age_ms, Missing) and not f.stale for f in fresh.values())
    assert isinstance(age(fresh), Missing)


def test_age_is_of_the_older_of_book_and_mark() -> None:
    made = symbol()
    made.derivatives.set_mark(mark_price(NAME, 67_000.0, NOW_NS + 900 * MS))
    assert age(later(made, 1_000)) == 1_000


@pytest.mark.parametrize(
    ("ms", "expected"),
    [(0, ("ready", None)), (5_001, ("stale", Reason("order_book_late")))],
)
def test_status_of_a_symbol_that_was_ready(ms: int, expected: tuple[str, Reason | None]) -> None:
    made = symbol()
    assert status_later(made, ms) == expected


def test_the_status_names_the_mark_price_the_book_and_what_is_missing() -> None:
    made = symbol()
    made.book.event_time = NOW_MS + 6_000
    assert status_later(made, 6_000) == ("stale", Reason("mark_price_late"))
    made.book.invalidate(Reason.from_text("gap in the updates"))
    assert status_later(made, 0) == ("stale", Reason.from_text("gap in the updates"))
    new = SymbolMarket(made.listed)
    new.derivatives.set_mark(mark_price(NAME, 1.0))
    awaited = Reason("waiting_for", things=("candles", "order_book", "funding_history"))
    assert status_later(new, 0) == ("warming", awaited)


def test_frames_that_come_late_are_stale_whenever_they_were_received() -> None:
    made = symbol()
    made.book.received = NOW_NS + 60_000 * MS
    assert status_later(made, 60_000) == ("stale", Reason("order_book_lags", seconds=60))
    made.book.event_time = NOW_MS + 60_000
    made.derivatives.set_mark(replace(mark_price(NAME, 1.0), received=NOW_NS + 59_000 * MS))
    assert status_later(made, 60_000) == ("stale", Reason("mark_price_lags", seconds=60))
    assert lagging(made, later(made, 60_000), NOW_NS + 60_000 * MS) == {"mark": 60}


def test_the_connection_is_degraded_by_how_far_its_frames_lag() -> None:
    market = ready_market((NAME,))
    book = market.symbols[NAME].book
    for ms, lag in ((5_000, None), (5_400, 5), (8_000, 8)):
        book.received = NOW_NS + ms * MS
        state = assess_market(market, NOW_NS + ms * MS)
        assert state.symbols[NAME].status == ("stale" if lag else "ready")
        assert state.connection.status == ("degraded" if lag else "live")
        told = state.connection.message
        assert told == (Reason("streams_lag", seconds=lag) if lag else None)


def test_forming_bars_are_no_answer_of_rest() -> None:
    made = SymbolMarket(symbol().listed)
    for interval, ring in made.candles.items():
        ring.set_forming(candle(NOW_MS // HOUR_MS * HOUR_MS, interval, 1.0, 1.0), NOW_NS)
    assert "candles" in made.missing
    for ring in made.candles.values():
        ring.merge((), NOW_NS)
    assert "candles" not in made.missing


def test_a_line_whose_age_crosses_the_budget_once_a_second_stays_stale() -> None:
    market = ready_market((NAME,))
    made = market.symbols[NAME]
    seen: list[tuple[int, bool]] = []
    lag_ms = 4_500
    for ms in range(0, 30_000, 100):
        if ms == 15_000:
            lag_ms = 200
        now = NOW_NS + ms * MS
        if ms % 1_000 == 0:
            came = mark_price(NAME, 67_000.0, NOW_NS + (ms - lag_ms) * MS)
            market.apply(replace(came, received=now))
        seen.append((ms, later(made, ms)["mark"].stale))
    assert {stale for ms, stale in seen if 900 < ms < 15_000} == {True}
    assert {stale for ms, stale in seen if ms >= 15_000} == {False}, "on time again"


def test_a_line_that_is_late_within_its_budget_is_fresh_after_some_seconds() -> None:
    market = ready_market((NAME,))
    made = market.symbols[NAME]
    seen: list[tuple[int, bool]] = []
    for ms in range(0, 30_000, 1_000):
        now, lag_ms = NOW_NS + ms * MS, 8_000 if ms < 5_000 else 3_000
        came = mark_price(NAME, 67_000.0, NOW_NS + (ms - lag_ms) * MS)
        market.apply(replace(came, received=now))
        seen.append((ms, later(made, ms)["mark"].stale))
    assert {stale for ms, stale in seen if ms < 10_000} == {True}
    assert {stale for ms, stale in seen if ms > 10_000} == {False}


def test_a_stream_that_was_silent_is_fresh_with_its_first_event() -> None:
    market = ready_market((NAME,))
    made = market.symbols[NAME]
    market.apply(mark_price(NAME, 67_000.0, NOW_NS))
    assert later(made, 20_000)["mark"].stale
    market.apply(mark_price(NAME, 67_000.0, NOW_NS + 20_000 * MS))
    assert not later(made, 20_000)["mark"].stale


def test_nothing_is_live_by_a_clock_that_is_behind_the_events() -> None:
    for behind, stale in ((2_500, False), (3_500, True), (10**12, True)):
        market = ready_market((NAME,))
        assert assess_market(market).symbols[NAME].status == "ready"
        for _ in range(5):
            market.clock.measure(NOW_MS - behind, NOW_NS)
        made = assess_market(market).symbols[NAME]
        assert [made.freshness[one].stale for one in ("depth", "mark", "flow")] == [stale] * 3
        expected = ("stale", Reason("clock_behind_events")) if stale else ("ready", None)
        assert (made.status, made.message) == expected
