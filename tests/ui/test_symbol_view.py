"""The symbol view: its keys, and how it opens, scrolls, follows and closes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from support.symbol_states import full, rich
from support.tab_driver import drawn, press
from support.ui_driver import FakeMonitor, screen_text, settle
from support.ui_states import state, symbol
from textual.geometry import Region

from tuirisk.state import WatchlistState
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.screens.symbol import SymbolScreen
from tuirisk.ui.screens.tabs import WHY, Body
from tuirisk.ui.view.commands import SYMBOL_COMMANDS, commands_on
from tuirisk.ui.widgets.canvas import Canvas

MakeApp = Callable[..., TuiriskApp]
TITLES = (
    "CONE 15m", "ORDER COST", "FUNDING HISTORY", "TAKER FLOW", "LIQUIDATION DISTANCE", "WHAT IF",
    "SCORE BREAKDOWN", "OTHER PEOPLE'S DATA", "SCORE OVER TIME",
)  # fmt: skip


async def test_enter_opens_the_chosen_symbol_and_escape_returns(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(rich()))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        text = await press(pilot, "j", "enter")
        assert isinstance(app.screen, SymbolScreen)
        assert "ETHUSDT" in text
        assert "1 Market" in text
        text = await press(pilot, "k", "escape")
        assert not isinstance(app.screen, SymbolScreen)
        assert ">BTCUSDT" in text, "what was chosen there is chosen here"


async def test_j_and_k_go_to_other_symbols_inside_the_view(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(rich()))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "5")
        assert "ETHUSDT" in (await press(pilot, "j")).splitlines()[1]
        assert "No position in this symbol" in screen_text(app)
        assert "BTCUSDT" in (await press(pilot, "k")).splitlines()[1]


@pytest.mark.parametrize("tab", range(1, 8))
async def test_digits_open_a_tab_from_the_dashboard_and_go_to_it(
    make_app: MakeApp, tab: int
) -> None:
    app = make_app(FakeMonitor(rich()))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert TITLES[tab - 1] in await press(pilot, str(tab))
        other = tab % 7 + 1
        text = await press(pilot, str(other))
        assert TITLES[other - 1] in text
        assert len(app.screen_stack) == 2


async def test_tab_and_arrows_go_round_the_tabs(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(rich()))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "enter")
        for key, place in (("tab", 2), ("right", 3), ("left", 2), ("shift+tab", 1), ("left", 9)):
            assert TITLES[place - 1] in await press(pilot, key)


async def test_e_explains_from_anywhere(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(rich()))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert TITLES[WHY - 1] in await press(pilot, "e")
        await press(pilot, "3")
        assert TITLES[WHY - 1] in await press(pilot, "e")
        assert len(app.screen_stack) == 2


async def test_a_click_on_a_tab_opens_it(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(rich()))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        text = await press(pilot, "enter")
        x = text.splitlines()[2].index("Funding")
        await pilot.click("#symbol-title", offset=(x, 1))
        await settle(pilot)
        assert TITLES[2] in screen_text(app)


async def test_what_does_not_fit_is_reached_by_scrolling(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(rich()))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        text = await press(pilot, "1")
        whole = {"".join(s.text for s in row).strip() for row in drawn(rich(), 1, (80, 20))}
        seen = {row.strip() for row in text.splitlines()}
        for _ in range(6):
            seen |= {row.strip() for row in (await press(pilot, "pagedown")).splitlines()}
        assert whole - seen == set()
        rows = len(drawn(rich(), 1, (80, 20)))
        assert f"{rows}/{rows}" in screen_text(app)
        assert await press(pilot, "home") == text
        await press(pilot, "end", "2")
        assert "ORDER BOOK" in screen_text(app), "another tab begins at its top"


async def test_the_dashboard_follows_again_after_the_view(make_app: MakeApp) -> None:
    monitor = FakeMonitor(rich())
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "enter")
        newer = replace(full(), price=replace(full().price, last=70_000.0))
        monitor.publish(state({"BTCUSDT": newer, "ETHUSDT": symbol()}))
        await settle(pilot)
        assert "70,000.0" in screen_text(app)
        await press(pilot, "z", "enter")
        assert "70,000.0" in await press(pilot, "escape")


async def test_space_freezes_the_view_too(make_app: MakeApp) -> None:
    monitor = FakeMonitor(rich())
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "enter", "space")
        newer = replace(full(), price=replace(full().price, last=70_000.0))
        monitor.publish(state({"BTCUSDT": newer, "ETHUSDT": symbol()}))
        await settle(pilot)
        assert "70,000.0" not in screen_text(app)
        assert "FROZEN" in screen_text(app)


async def test_an_equal_state_repaints_nothing_and_a_hidden_tab_is_not_drawn(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monitor = FakeMonitor(rich())
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "3")
        painted: list[tuple[str | None, tuple[Region, ...]]] = []

        def refresh(self: Canvas, *regions: Region, **_: object) -> Canvas:
            painted.append((self.id, regions))
            return self

        monkeypatch.setattr(Canvas, "refresh", refresh)
        monitor.publish(rich())
        await settle(pilot)
        assert painted == []
        newer = replace(full(), stress=None, flow=symbol().flow)
        monitor.publish(state({"BTCUSDT": newer, "ETHUSDT": rich().symbols["ETHUSDT"]}))
        await settle(pilot)
        assert painted == [], "those numbers stand on other tabs"


async def test_the_palette_offers_the_views_own_commands(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(rich()))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "6")
        titles = {command.title for command in app.get_system_commands(app.screen)}
        for command in commands_on(SYMBOL_COMMANDS, "symbol", "what_if"):
            assert app.view.words(f"command.{command.name}").capitalize() in titles


async def test_below_the_least_size_the_view_still_stands(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(rich()))
    async with app.run_test(size=(40, 10)) as pilot:
        await settle(pilot)
        text = await press(pilot, "1")
        assert "BTCUSDT" in text
        for size in ((20, 5), (80, 24), (200, 60), (59, 15)):
            await pilot.resize_terminal(*size)
            await settle(pilot)
            body = app.screen.query_one(Body)
            for y in range(body.size.height):
                assert body.render_line(y).cell_length == body.size.width


async def test_the_scroll_position_in_a_tab_is_shown(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(rich()))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        rows = len(drawn(rich(), 1, (120, 35)))
        assert f"rows 1-35 of {rows}" in await press(pilot, "1")
        assert f"rows {rows - 34}-{rows} of {rows}" in await press(pilot, "end")


async def test_what_is_read_stays_where_it_is_while_states_arrive(make_app: MakeApp) -> None:
    monitor = FakeMonitor(rich())
    app = make_app(monitor)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "1", "pagedown", "pagedown")
        body = app.screen.query_one(Body)
        before, place = screen_text(app).splitlines()[3:-1], body.drawn.top
        monitor.publish(replace(rich(), time_ms=rich().time_ms + 1000))
        await settle(pilot)
        assert (body.drawn.top, screen_text(app).splitlines()[3:-1]) == (place, before)
        await press(pilot, "j")
        assert body.drawn.top == place, "the other symbol's numbers stand where these stood"


async def test_a_symbol_that_is_removed_closes_its_view(make_app: MakeApp) -> None:
    monitor = FakeMonitor(rich())
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "6")
        without = {"ETHUSDT": rich().symbols["ETHUSDT"]}
        monitor.publish(replace(state(without), watchlist=WatchlistState(("ETHUSDT",))))
        await settle(pilot)
        assert not isinstance(app.screen, SymbolScreen)
        assert ">ETHUSDT" in screen_text(app)
        assert "ETHUSDT" in (await press(pilot, "enter")).splitlines()[1]


async def test_a_symbol_that_another_replaces_in_the_order_stays_open(make_app: MakeApp) -> None:
    monitor = FakeMonitor(rich())
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "4")
        more = {**rich().symbols, "SOLUSDT": symbol(price=171.0)}
        monitor.publish(replace(state(more), watchlist=WatchlistState(("SOLUSDT", "BTCUSDT"))))
        await settle(pilot)
        assert isinstance(app.screen, SymbolScreen)
        assert "BTCUSDT" in screen_text(app).splitlines()[1]
