"""TradFi perpetuals: their underlyings' markets close, and that is neither a fault nor calm."""

from __future__ import annotations

import json

import pytest
from msgspec import structs
from support.build import NOW_NS, assess_market, events_of, listed
from support.odd_symbol import NOW_MS, market_of, without

from tuirisk.analytics.market_hours import hours_notices
from tuirisk.events import MarketSession, MarketSessions, SymbolListed
from tuirisk.events.intervals import HOUR_MS
from tuirisk.feed.binance import decode
from tuirisk.feed.binance.bad_frame import BadFrame
from tuirisk.feed.binance.rows import RefusedRow
from tuirisk.feed.frames import RestFrame
from tuirisk.language.reason import Reason

GOLD = "XAUUSDT"


def session(begins: float, ends: float, kind: str) -> MarketSession:
    """Hours from now."""
    return MarketSession(NOW_MS + int(begins * HOUR_MS), NOW_MS + int(ends * HOUR_MS), kind)


def tradfi(underlying: str = "COMMODITY") -> SymbolListed:
    return structs.replace(listed(GOLD, contract_type="TRADIFI_PERPETUAL"), underlying=underlying)


def told(*sessions: MarketSession, of: SymbolListed | None = None) -> list[Reason]:
    return list(hours_notices({"COMMODITY": sessions}, of or tradfi(), NOW_MS))


WEEKEND = (
    session(-30, -2, "NO_TRADING"),
    session(-2, 22, "NO_TRADING"),
    session(22, 46, "REGULAR"),
)


def test_a_closed_market_is_said_until_it_opens() -> None:
    assert told(*WEEKEND) == [Reason("underlying_closed", time="2026-11-23 10:07 UTC")]
    assert told(session(-3, -0.5, "NO_TRADING"), session(-0.5, 5, "REGULAR")) == []


def test_a_long_closure_is_said_before_it_comes_a_night_is_not() -> None:
    before = session(-5, 2, "REGULAR")
    (said,) = told(before, session(2, 26, "NO_TRADING"), session(26, 50, "NO_TRADING"))
    assert said == Reason("underlying_closes", time="2026-11-22 14:07 UTC", hours=48)
    assert told(before, session(2, 8, "NO_TRADING")) == []
    assert told(session(-5, 9, "REGULAR"), session(9, 57, "NO_TRADING")) == []


@pytest.mark.parametrize(
    "of", [listed("BTCUSDT"), tradfi("EQUITY"), tradfi("")], ids=["coin", "other market", "none"]
)
def test_nothing_is_said_of_what_has_no_known_hours(of: SymbolListed) -> None:
    assert told(*WEEKEND, of=of) == []


def test_an_index_that_stands_still_is_no_fault_and_the_notice_is_a_message() -> None:
    events = [tradfi(), *without(events_of(GOLD), SymbolListed)]
    hours = MarketSessions("", NOW_NS, {"COMMODITY": WEEKEND})
    made = assess_market(market_of([hours, *events]))
    one = made.symbols[GOLD]
    assert one.status == "ready"
    assert one.notices == (Reason("underlying_closed", time="2026-11-23 10:07 UTC"),)
    assert "tradifi_perpetual" in one.recommendation.notes
    (message,) = (m for m in made.messages if m.code == "underlying_closed")
    assert (message.symbol, message.level) == (GOLD, "caution")


def answer(body: object) -> RestFrame:
    text = json.dumps(body).encode()
    return RestFrame(NOW_NS, "GET /fapi/v1/tradingSchedule", 200, text)


def test_the_schedule_is_read_row_by_row() -> None:
    good = {"startTime": 1_761_177_600_000, "endTime": 1_761_206_400_000, "type": "OVERNIGHT"}
    refused: list[RefusedRow] = []
    body = {
        "updateTime": 1,
        "marketSchedules": {
            "EQUITY": {"sessions": [good, good | {"endTime": "soon"}, good | {"endTime": 0}]},
            "KR_EQUITY": 7,
            "COMMODITY": {"sessions": []},
        },
    }
    (event,) = decode.decode(answer(body), refused.append)
    assert isinstance(event, MarketSessions)
    assert event.sessions == {
        "EQUITY": (MarketSession(1_761_177_600_000, 1_761_206_400_000, "OVERNIGHT"),),
        "COMMODITY": (),
    }
    assert len(refused) == 2
    with pytest.raises(BadFrame):
        decode.decode(answer([]))
