"""What incomes and trades of a UTC day come to."""

from __future__ import annotations

from typing import Any

import pytest

from tuirisk.events import AccountPosition, DayIncome, DayOfSymbol
from tuirisk.events.intervals import DAY_MS
from tuirisk.feed.binance.account.account_day import (
    AccountDayReader,
    day_incomes,
    day_of_symbol,
    held_first,
)
from tuirisk.feed.binance.account.income import AccountTrade, IncomeRow, mark_at
from tuirisk.feed.binance.rows import OnRefused

BEGIN = 20_000 * DAY_MS
BTC = AccountPosition("BTCUSDT", "long", 3.0, 100.0, 5.0, "cross", 0.0)


def trade(number: int, change: float, price: str = "100", pnl: str = "0") -> AccountTrade:
    side = "BUY" if change > 0 else "SELL"
    time = BEGIN + number
    return AccountTrade("BTCUSDT", side, time, str(abs(change)), pnl, "BOTH", number, price)


class Requests:
    """Answers of an exchange; ``asked`` is what was asked for."""

    def __init__(self, pages: list[list[AccountTrade]]) -> None:
        self.pages = pages
        self.asked: list[str] = []

    async def trades(
        self, symbol: str, start: int, end: int, on_refused: OnRefused
    ) -> list[AccountTrade]:
        self.asked.append(f"trades {symbol}")
        return self.pages.pop(0)

    async def mark_at(self, symbol: str, time_ms: int) -> float | None:
        self.asked.append(f"mark {symbol}")
        return 99.0


def reader(*pages: list[AccountTrade]) -> tuple[AccountDayReader, Requests]:
    requests: Any = Requests(list(pages))
    return AccountDayReader(lambda: requests), requests


def test_incomes_by_kind_and_asset() -> None:
    rows = [
        IncomeRow("FUNDING_FEE", BEGIN, "BTCUSDT", "-3", "USDT"),
        IncomeRow("FUNDING_FEE", BEGIN, "ETHUSDT", "1", "USDT"),
        IncomeRow("COMMISSION", BEGIN, "BTCUSDT", "-0.01", "BNB"),
        IncomeRow("REALIZED_PNL", BEGIN, "BTCUSDC", "5"),
        IncomeRow("TRANSFER", BEGIN, "", "9000", "USDT"),
    ]
    assert day_incomes(rows) == (
        DayIncome("fees", "BNB", -0.01),
        DayIncome("funding", "USDT", -2.0),
        DayIncome("realised", "USDC", 5.0),
    )


def test_trades_of_a_symbol() -> None:
    day = day_of_symbol("BTCUSDT", "USDT", [BTC], [trade(1, 2, "90"), trade(2, -1, "95", "5")])
    assert day == DayOfSymbol("BTCUSDT", "USDT", 3.0, 1.0, 85.0, 5.0, None)
    assert held_first(day)
    assert day_of_symbol("BTCUSDT", "USDT", [BTC], [trade(1, 2, "")]).trades_missing
    assert day_of_symbol("BTCUSDT", "USDT", [BTC], None).trades_missing


async def test_only_what_changed_today_is_asked_for_and_twice() -> None:
    leg: Any = ("BTCUSDT", "BOTH")
    days, requests = reader([trade(1, 1)], [trade(1, 1)])
    for _ in range(3):
        kept = await days.read({leg: BTC}, {leg: BEGIN - 1}, [], BEGIN + 5)
    assert requests.asked == ["mark BTCUSDT"] * 2
    assert kept.symbols[0].first_mark == 99.0
    rows = [IncomeRow("COMMISSION", BEGIN + 1, "BTCUSDT", "-1", "USDT")]
    for confirmed in (False, True, True):
        changed = await days.read({leg: BTC}, {leg: BEGIN + 1}, rows, BEGIN + 5)
        assert days.confirmed == confirmed
    assert requests.asked[2:] == ["trades BTCUSDT"] * 2
    assert changed.symbols[0].bought == 1.0
    # Closed meanwhile: it stays part of the day.
    requests.pages.append([trade(1, 1), trade(2, -3)])
    closed = await days.read({}, {}, rows, BEGIN + 9)
    assert (closed.symbols[0].quantity, closed.symbols[0].bought) == (0.0, -2.0)
    assert (await days.read({}, {}, [], BEGIN + DAY_MS)).symbols == ()


async def test_trades_are_read_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuirisk.feed.binance.account.account_day.PAGE", 2)
    leg: Any = ("BTCUSDT", "BOTH")
    days, _ = reader([trade(3, 1), trade(4, 1)], [trade(2, 1), trade(3, 1)], [trade(2, 1)])
    found = await days.read({leg: BTC}, {}, [], BEGIN + 5)
    assert found.symbols[0].bought == 3.0
    days, _ = reader(*[[trade(3, 1), trade(3, 1)]] * 2)
    assert (await days.read({leg: BTC}, {}, [], BEGIN + 5)).symbols[0].trades_missing


def test_the_mark_price_of_midnight() -> None:
    row = f'[[{BEGIN},"100.5","1","1","1"]]'.encode()
    assert mark_at(row, BEGIN) == 100.5
    assert mark_at(row, BEGIN + 1) is None
    assert mark_at(b"[]", BEGIN) is None
