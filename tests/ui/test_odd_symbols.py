"""Long names, very small and very large numbers: whole, or not there at all."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from support.symbol_states import full
from support.ui_driver import FakeMonitor, screen_text, settle
from support.ui_states import entry, position, state, symbol

from tuirisk.state import Price, RiskState
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.widgets.table_columns import row_text

MakeApp = Callable[..., TuiriskApp]
TINY, LARGE = "1000000MOGUSDT", "BTCUSDT_261225"
SIZES = ((40, 10), (60, 16), (80, 24), (113, 37), (120, 40), (200, 60))

PARTS = ("drawdown", "flow", "liquidations", "position", "positions", "stress", "volatility")
_NUMBER = re.compile(r"(?<![\w.,-])[+-]?\d[\d,.]*")
_NAME = re.compile(r"[A-Z0-9]+_?[A-Z0-9]+")


def odd() -> RiskState:
    """Prices of 0.00000012 and 123,456.78, quantities of some 10^12, a change of -0.00 %."""
    tiny = symbol(0.00000012, 1e-8, -0.000004, (70.0, 66.0, 10.0, 4.0), "warning")
    large = symbol(123_456.78, 0.01, 12.3456, (20.0, 75.0, 10.0, 4.0), "caution")
    book = tiny.liquidity
    swollen = [tuple((p, q * 3e11) for p, q in side) for side in (book.bids, book.asks)]
    held = replace(position(0.00000012, "short"), quantity=8.4e12, liquidation_price=0.00000017)
    symbols = {
        TINY: replace(
            tiny,
            liquidity=replace(book, bids=swollen[0], asks=swollen[1]),
            position=held,
            price=Price(0.00000012, 0.00000012, 0.00000012, -0.000004),
        ),
        LARGE: replace(large, position=position(123_456.78)),
    }
    log = (
        entry(500, TINY, "ok", "warning", 61.0, escalation=True),
        entry(100, LARGE, "ok", "caution", 52.0, escalation=True),
    )
    return state(symbols, log=log)


def wrong_numbers(text: str) -> list[str]:
    """Numbers that can only be the beginning or the end of a price."""
    found = []
    for number in _NUMBER.findall(text):
        small = re.match(r"0\.0{4}", number)
        if small and not re.fullmatch(r"0\.0{4,}\d{3,6}", number):
            found.append(number)
        if re.match(r"12\d,", number) and not re.fullmatch(r"12\d,\d{3}\.\d{2,3}", number):
            found.append(number)
    return found


def wrong_names(text: str) -> list[str]:
    whole = {TINY, LARGE, "1000000MOG", "MOG", "USDT"}
    return [
        word
        for word in _NAME.findall(text)
        if word not in whole and any(len(word) > 3 and word in name for name in (TINY, LARGE))
    ]


@pytest.mark.parametrize(
    ("chosen", "language", "sizes"), [(TINY, "en", SIZES[::2]), (LARGE, "zh", SIZES[1::2])]
)
async def test_nothing_is_cut_anywhere(
    make_app: MakeApp, chosen: str, language: str, sizes: tuple[tuple[int, int], ...]
) -> None:
    what = odd()
    app = make_app(FakeMonitor(what), language=language)
    async with app.run_test(size=SIZES[0]) as pilot:
        await settle(pilot)
        app.update_view(chosen=chosen)
        for size in sizes:
            await pilot.resize_terminal(*size)
            for key in ("", *"1234567", "escape"):
                await pilot.press(*([key] if key else []))
                await settle(pilot)
                text = screen_text(app)
                assert not wrong_numbers(text), (size, key)
                assert not wrong_names(text), (size, key)
                assert "-0.00%" not in text, (size, key)


async def test_the_whole_price_is_on_the_dashboard(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(odd()))
    async with app.run_test(size=SIZES[0]) as pilot:
        for size in SIZES[1:]:
            await pilot.resize_terminal(*size)
            await settle(pilot)
            text = screen_text(app)
            assert "0.00000012" in text, size
            assert "123,456.78" in text, size
        row = row_text(app.view, TINY)
        assert TINY in row
        assert "0.00000012" in row


async def test_pictures_of_odd_prices_draw_whole_numbers(make_app: MakeApp) -> None:
    what, whole = odd(), full()
    one = replace(what.symbols[LARGE], **{part: getattr(whole, part) for part in PARTS})
    app = make_app(FakeMonitor(replace(what, symbols={**what.symbols, LARGE: one})))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        app.update_view(chosen=LARGE)
        for key in "1234567":
            await pilot.press(key)
            await settle(pilot)
            assert not wrong_numbers(screen_text(app)), key
