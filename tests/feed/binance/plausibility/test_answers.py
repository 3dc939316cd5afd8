"""Answers of REST that belong to another symbol, or contradict what was answered before."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from support.frames import NS, T0

from tuirisk.events import Candle, CandleHistory, DepthSnapshot, MarkPrice
from tuirisk.events.intervals import INTERVAL_MS
from tuirisk.feed.binance.plausibility.implausible import Implausible
from tuirisk.feed.binance.plausibility.symbol import SymbolPlausibility
from tuirisk.market.clock import ExchangeClock

LENGTH = INTERVAL_MS["15m"]
FORMING = T0 // LENGTH * LENGTH


@pytest.fixture
def checks() -> SymbolPlausibility:
    """Those of a symbol whose price is 100."""
    checks = SymbolPlausibility(ExchangeClock(), lambda reason, at: None)
    checks.admit(mark(0))
    return checks


def mark(seconds: int, price: float = 100.0) -> MarkPrice:
    time = T0 + seconds * 1_000
    return MarkPrice("DOGEUSDT", time * NS, time, price, price, 0.0001, FORMING + 2 * LENGTH)


def book(seconds: int, price: float) -> DepthSnapshot:
    time = T0 + seconds * 1_000
    return DepthSnapshot("DOGEUSDT", time * NS, 7, time, ((price, 1.0),), ((price * 1.001, 1.0),))


def page(closes: Sequence[float], seconds: int = 1) -> CandleHistory:
    """Bars of these closes, the last one forming."""
    first = FORMING - (len(closes) - 1) * LENGTH
    candles = tuple(
        Candle(
            first + n * LENGTH, first + (n + 1) * LENGTH - 1, close, close, close, close,
            1.0, close, 9, 0.5, 0.5 * close, n < len(closes) - 1,
        )
        for n, close in enumerate(closes)
    )  # fmt: skip
    return CandleHistory("DOGEUSDT", (T0 + seconds * 1_000) * NS, "15m", candles)


def test_a_book_of_another_symbol_is_refused_however_often_it_is_repeated(
    checks: SymbolPlausibility,
) -> None:
    for seconds in range(1, 60):
        checks.admit(mark(seconds))
        with pytest.raises(Implausible):
            checks.check_answer(book(seconds, 60_000.0))
        with pytest.raises(Implausible):
            checks.check_answer(book(seconds, 120.0))
        checks.check_answer(book(seconds, 99.0))


def test_where_nothing_contradicts_it_any_book_is_taken(checks: SymbolPlausibility) -> None:
    checks.check_answer(book(60, 60_000.0))


def test_bars_of_another_symbol_are_refused_however_often_they_are_repeated(
    checks: SymbolPlausibility,
) -> None:
    for _ in range(3):
        with pytest.raises(Implausible):
            checks.check_answer(page([60_000.0] * 5))
    checks.check_answer(page([100.0] * 5))


def test_a_closed_bar_that_has_changed_is_asked_for_again(checks: SymbolPlausibility) -> None:
    true, forged = page([100.0] * 9), page([100.0] * 3 + [101.0] + [100.0] * 5)
    checks.check_answer(true)
    with pytest.raises(Implausible):
        checks.check_answer(forged)
    checks.check_answer(true)
    with pytest.raises(Implausible):
        checks.check_answer(forged)
    checks.check_answer(forged)
    checks.check_answer(forged)
