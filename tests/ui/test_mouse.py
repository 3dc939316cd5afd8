"""What can be clicked does what its key does, and the wheel goes through what is under it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from support.ui_driver import FakeMonitor, screen_text, settle
from support.ui_states import LOG, critical, entry, five, many, ready, state
from textual import events
from textual.pilot import Pilot

from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.screens.symbol import SymbolScreen
from tuirisk.ui.screens.tabs import Body
from tuirisk.ui.widgets.log import Log

MakeApp = Callable[..., TuiriskApp]


async def click(pilot: Pilot[Any], text: str, *, last: bool = False) -> None:
    """Click the first (or last) place on the screen that says ``text``."""
    rows = screen_text(pilot.app).splitlines()  # type: ignore[arg-type]
    found = [(y, row.index(text)) for y, row in enumerate(rows) if text in row]
    y, x = found[-1 if last else 0]
    await pilot.click(offset=(x + len(text) // 2, y))
    await settle(pilot)


async def wheel(pilot: Pilot[Any], where: str, down: bool = True) -> None:
    region = pilot.app.screen.query_one(where).region
    kind = events.MouseScrollDown if down else events.MouseScrollUp
    await pilot._post_mouse_events([kind], offset=(region.x + 3, region.y + 1), button=0)
    await settle(pilot)


async def test_a_click_chooses_and_one_more_opens(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(ready()))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await click(pilot, "SOLUSDT")
        assert app.view.chosen == "SOLUSDT"
        await pilot.resize_terminal(80, 24)
        await settle(pilot)
        await click(pilot, "ETHUSDT")
        assert app.view.chosen == "ETHUSDT"
        await click(pilot, "SYMBOL")
        assert app.view.chosen == "ETHUSDT", "the heading is no symbol"
        await click(pilot, "ETHUSDT")
        assert isinstance(app.screen, SymbolScreen)


async def test_a_click_on_an_entry_of_the_log_chooses_its_symbol(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(ready()))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("slash", *"btc", "enter")
        await settle(pilot)
        await click(pilot, "XRPUSDT", last=True)
        assert app.view.chosen == "XRPUSDT"
        assert app.view.filter == "", "it was hidden by the filter"
        await click(pilot, "LOG")
        assert len(app.screen_stack) == 1
        await click(pilot, "XRPUSDT", last=True)
        assert isinstance(app.screen, SymbolScreen)


async def test_an_entry_of_a_symbol_that_is_not_watched_says_so(make_app: MakeApp) -> None:
    log = (*LOG, entry(5, "GONEUSDT", "ok", "caution", 55.0, escalation=True))
    app = make_app(FakeMonitor(state(five(), log=log)))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        await click(pilot, "GONEUSDT")
        assert app.view.chosen == "BTCUSDT"
        assert "GONEUSDT is not on this list" in screen_text(app)


async def test_the_wheel_goes_through_symbols_and_log(make_app: MakeApp) -> None:
    long = tuple(entry(600 - i, "ETHUSDT", "caution", "ok", 40.0) for i in range(30))
    app = make_app(FakeMonitor(replace(many(40), log=long)))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        for down, at in ((True, 1), (True, 2), (False, 1)):
            await wheel(pilot, "#watchlist", down)
            assert app.view.chosen == app.view.symbols[at]
        log = app.query_one(Log)
        await wheel(pilot, "#log")
        assert log.drawn.top > 0
        await wheel(pilot, "#log", down=False)
        assert log.drawn.top == 0


async def test_tabs_and_the_keys_of_the_footer_are_clicked(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(critical()))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await click(pilot, "x ack")
        assert "ALERTS 2" in screen_text(app)
        await click(pilot, "Enter open")
        body = app.screen.query_one(Body)
        await click(pilot, "2 Liq")
        assert body.tab == 1
        await click(pilot, "1-9 tabs")
        assert body.tab == 2
        await click(pilot, "? help")
        assert "KEYS" in screen_text(app)
        await click(pilot, "KEYS")
        await click(pilot, "Esc back")
        assert len(app.screen_stack) == 1


async def test_the_second_row_of_a_footer_is_clicked_as_the_first(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(critical()))
    async with app.run_test(size=(200, 60)) as pilot:
        await settle(pilot)
        await click(pilot, "m mute")
        assert app.view.muted
        await click(pilot, "? help")
        assert len(app.screen_stack) == 2


async def test_what_a_dialog_lists_is_clicked(make_app: MakeApp) -> None:
    monitor = FakeMonitor(replace(ready(), listed=("ADAUSDT", "DOGEUSDT", "LTCUSDT")))
    app = make_app(monitor)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("a")
        await settle(pilot)
        await click(pilot, "DOGEUSDT", last=True)
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("t")
        await settle(pilot)
        await click(pilot, "okabe-ito")
        assert app.theme == "okabe-ito"
    assert "add DOGEUSDT" in monitor.calls
