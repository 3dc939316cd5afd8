"""Open interest, settlements, ratios, forced orders and listings that cannot be."""

from __future__ import annotations

from typing import Any

import pytest
from support.frames import NS, T0, exchange_info, rest, stream

from tuirisk.events import events as ev
from tuirisk.feed.binance.decode import BadFrame
from tuirisk.feed.binance.pipeline import Pipeline

BTC = "BTCUSDT"
NOW = T0 * NS
POINT = T0 - T0 % 300_000


def pipeline() -> Pipeline:
    one = Pipeline()
    one.process_frame(exchange_info(BTC))
    one.process_frame(rest("/fapi/v1/time", {"serverTime": T0}))
    one.add_symbol(BTC, NOW)
    mark = {"e": "markPriceUpdate", "E": T0, "s": BTC, "p": "100", "i": "100", "r": "0.0001",
            "T": T0 + 3_600_000}  # fmt: skip
    one.process_frame(stream("btcusdt@markPrice@1s", mark))
    one.queue.drain()
    return one


def point(time: int, contracts: str = "5", value: str = "500") -> dict[str, Any]:
    return {"symbol": BTC, "sumOpenInterest": contracts, "sumOpenInterestValue": value,
            "timestamp": time}  # fmt: skip


def settlement(time: int, rate: str = "0.0001") -> dict[str, Any]:
    return {"symbol": BTC, "fundingTime": time, "fundingRate": rate}


def ratio(time: int, value: str = "1.5") -> dict[str, Any]:
    return {"longShortRatio": value, "timestamp": time}


OI = f"/futures/data/openInterestHist?symbol={BTC}&period=5m"
FUNDING = f"/fapi/v1/fundingRate?symbol={BTC}"
RATIO = f"/futures/data/globalLongShortAccountRatio?symbol={BTC}&period=5m"


@pytest.mark.parametrize(
    ("request_", "rows"),
    [
        (OI, [point(POINT + 86_400_000)]),
        (OI, [point(POINT), point(POINT - 300_000)]),
        (OI, [point(POINT - 1)]),
        (FUNDING, [settlement(T0 + 86_400_000)]),
        (FUNDING, [settlement(T0 - 10), settlement(T0 - 20)]),
        (FUNDING, [settlement(T0 - 10, "0.9")]),
        (RATIO, [ratio(T0 + 86_400_000)]),
        (RATIO, [ratio(T0 - 10, "99999")]),
    ],
)
def test_an_answer_that_cannot_be_is_refused(request_: str, rows: list[Any]) -> None:
    with pytest.raises(BadFrame):
        pipeline().process_answer(rest(request_, rows), None)


def test_true_answers_pass() -> None:
    one = pipeline()
    one.process_answer(rest(OI, [point(POINT - 300_000), point(POINT)]), None)
    one.process_answer(rest(FUNDING, [settlement(T0 - 20), settlement(T0 - 10)]), None)
    one.process_answer(rest(RATIO, [ratio(T0 - 10)]), None)
    assert one.dropped_frames == 0


def test_a_leap_of_open_interest_is_believed_when_it_is_repeated() -> None:
    one = pipeline()

    def reading(contracts: str) -> list[ev.Event]:
        body = {"symbol": BTC, "openInterest": contracts, "time": T0}
        return one.process_answer(rest(f"/fapi/v1/openInterest?symbol={BTC}", body), None)

    reading("100")
    with pytest.raises(BadFrame):
        reading("10000")
    assert reading("101")
    with pytest.raises(BadFrame):
        reading("40")
    assert reading("40")


@pytest.mark.parametrize(("price", "kept"), [("97", 1), ("9700", 0), ("1", 0)])
def test_a_forced_order_far_from_the_mark_price_is_dropped(price: str, kept: int) -> None:
    one = pipeline()
    order = {"s": BTC, "S": "SELL", "ap": price, "z": "1", "T": T0}
    one.process_frame(stream("btcusdt@forceOrder", {"e": "forceOrder", "E": T0, "o": order}))
    assert len(one.queue.drain()) == kept
    assert one.dropped_frames == 1 - kept
    notes = [str(note) for note in one.dropped.notes(NOW)]
    assert notes == [] if kept else ["dropped 1: liquidations far from every other price"]


@pytest.mark.parametrize("forged", [exchange_info("OTHER"), exchange_info(BTC, status="BREAK")])
def test_an_end_of_trading_is_believed_when_it_is_repeated(forged: Any) -> None:
    one = pipeline()
    with pytest.raises(BadFrame):
        one.process_answer(forged, None)
    assert one.listings[BTC].status == "TRADING"
    one.process_answer(exchange_info(BTC), None)
    with pytest.raises(BadFrame):
        one.process_answer(forged, None)
    one.process_answer(forged, None)
    assert BTC not in one.traded
