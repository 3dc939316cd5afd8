"""The openings of positions are found in trades that are asked for window by window."""

from __future__ import annotations

from typing import Any

import pytest

from tuirisk.events import AccountPosition
from tuirisk.events.intervals import DAY_MS
from tuirisk.feed.binance.account import details
from tuirisk.feed.binance.account.details import FORGOTTEN, TO_COME, PositionDetails
from tuirisk.feed.binance.account.income import PAGE, AccountTrade, IncomeRow
from tuirisk.feed.binance.rows import OnRefused, RefusedRow
from tuirisk.language.reason import Reason

NOW = 1_790_000_000_000
LEG: Any = ("BTCUSDT", "BOTH")
PRICES: dict[str, float] = {"USDT": 1.0}


class Exchange:
    """Answers as the exchange does, with at most ``PAGE`` rows."""

    def __init__(self, trades: list[AccountTrade], incomes: list[IncomeRow] = ()) -> None:  # type: ignore[assignment]
        self._trades = trades
        self._incomes = incomes
        self.refused: list[RefusedRow] = []
        self.asked: list[tuple[str, int, int]] = []

    async def trades(
        self, symbol: str, start: int, end: int, on_refused: OnRefused
    ) -> list[AccountTrade]:
        self.asked.append((symbol, start, end))
        for row in self.refused:
            on_refused(row)
        rows = [r for r in self._trades if r.symbol == symbol and start <= r.time <= end]
        return rows[:PAGE]

    async def income(
        self, kind: str, start: int, end: int, on_refused: OnRefused
    ) -> list[IncomeRow]:
        self.asked.append((kind, start, end))
        rows = [r for r in self._incomes if kind in ("", r.incomeType) and start <= r.time <= end]
        return rows[:PAGE]


def held(quantity: float, symbol: str = "BTCUSDT") -> AccountPosition:
    return AccountPosition(symbol, "long", quantity, 100.0, 5.0, "cross", 0.0)


def trade(time: int, quantity: float = 1.0, number: int = 0) -> AccountTrade:
    return AccountTrade("BTCUSDT", "BUY", time, str(quantity), "0", "BOTH", number)


def of(exchange: Exchange) -> PositionDetails:
    untyped: Any = exchange
    return PositionDetails(lambda: untyped, lambda: NOW)


async def test_a_trade_between_two_windows_counts_once() -> None:
    edge = NOW + 60_000 - details.WINDOW_MS
    exchange = Exchange([trade(edge - 5), trade(edge, number=1), trade(NOW, number=2)])
    found = await of(exchange).income({LEG: held(3.0)}, {LEG: NOW}, PRICES.get)
    assert found[LEG].opened == edge - 5


async def test_more_trades_than_an_answer_holds_are_read_in_shorter_spans() -> None:
    trades = [trade(NOW - DAY_MS + n * 10_000, number=n) for n in range(3_500)]
    fees = [IncomeRow("FUNDING_FEE", row.time, "BTCUSDT", "-0.5", "USDT", n) for n, row in
            enumerate(trades[1::2])]  # fmt: skip
    exchange = Exchange(trades, fees)
    found = await of(exchange).income({LEG: held(3_500.0)}, {LEG: NOW}, PRICES.get)
    assert (found[LEG].opened, found[LEG].funding_paid) == (NOW - DAY_MS, 875.0)
    assert {kind for kind, *_ in exchange.asked} == {"BTCUSDT", "FUNDING_FEE", ""}


async def test_of_the_days_before_the_funding_alone_is_asked_for() -> None:
    fees = [IncomeRow("COMMISSION", NOW - n, "BTCUSDT", "-1", "BNB", n) for n in range(1_500)]
    rows = [IncomeRow("FUNDING_FEE", NOW - 3 * DAY_MS, "BTCUSDT", "-2", "USDT"), *fees[::-1]]
    exchange = Exchange([trade(NOW - 4 * DAY_MS)], rows)
    made = of(exchange)
    found = await made.income({LEG: held(1.0)}, {LEG: NOW}, PRICES.get)
    assert found[LEG].funding_paid == 2.0
    assert [kind for kind, *_ in exchange.asked if kind != "BTCUSDT"] == ["FUNDING_FEE", "", ""]
    assert len(made._incomes.day(NOW) or ()) == 1_500


async def test_a_trade_that_cannot_be_read_leaves_the_opening_unknown() -> None:
    exchange = Exchange([trade(NOW)])
    exchange.refused = [RefusedRow("GET /fapi/v1/userTrades", "BTCUSDT", Reason("row_unreadable"))]
    found = await of(exchange).income({LEG: held(1.0)}, {LEG: NOW}, PRICES.get)
    assert found[LEG].funding_paid == exchange.refused[0].reason


async def test_what_was_opened_longer_ago_than_is_told_is_not_known() -> None:
    found = await of(Exchange([])).income({LEG: held(1.0)}, {LEG: NOW}, PRICES.get)
    assert found[LEG].realised_pnl == FORGOTTEN


async def test_the_openings_of_many_positions_are_spread_over_readings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(details, "TRADE_REQUESTS", 1)
    other: Any = ("ETHUSDT", "BOTH")
    positions = {LEG: held(1.0), other: held(1.0, "ETHUSDT")}
    eth = AccountTrade("ETHUSDT", "BUY", NOW, "1", "0")
    made = of(Exchange([trade(NOW), eth]))
    found = await made.income(positions, {}, PRICES.get)
    assert (found[LEG].funding_paid, found[other].funding_paid) == (0.0, TO_COME)
    found = await made.income(positions, {}, PRICES.get)
    assert found[other].funding_paid == 0.0
