"""The symbol view: its keys, what each tab says, and that it stays true at every size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from symbol_states import PRICE, full, held, rich, stress
from textual.geometry import Region
from textual.pilot import Pilot
from ui_driver import FakeMonitor, screen_text, settle
from ui_states import (
    CONFIG,
    critical,
    degraded,
    empty,
    fresh,
    loading,
    many,
    offline,
    ready,
    state,
    symbol,
)

from tuirisk.state import SIMULATING, Cluster, Missing, RiskState, Wish
from tuirisk.ui.app import TuiriskApp
from tuirisk.ui.canvas import Canvas
from tuirisk.ui.lines import Line, measure
from tuirisk.ui.screens.blocks import Page
from tuirisk.ui.screens.edges import SYMBOL_COMMANDS, WHAT_IF_COMMANDS
from tuirisk.ui.screens.liquidation_map import grouped
from tuirisk.ui.screens.symbol import TABS, WHY, Body, SymbolScreen
from tuirisk.ui.screens.whatif import starting
from tuirisk.ui.view import View
from tuirisk.ui.words import LANGUAGES, Words

MakeApp = Callable[..., TuiriskApp]
TITLES = (
    "CONE 15m", "IMPACT CURVE", "FUNDING SETTLED", "TAKER FLOW", "TO LIQUIDATION", "WHAT IF",
    "WHERE THE SCORE COMES FROM",
)  # fmt: skip


def drawn(
    what: RiskState, tab: int, size: tuple[int, int] = (120, 37), language: str = "en", **view: Any
) -> list[Line]:
    """The rows of ``tab`` (from 1) for the first symbol."""
    chosen = what.watchlist.symbols[0]
    looked = View(CONFIG, Words(language), "nord", state=what, chosen=chosen, **view)
    one = looked.symbol(chosen)
    assert one is not None
    return TABS[tab - 1][1](Page(looked, one, size[0], starting(chosen, one, 1e5)), size[1])


def said(what: RiskState, tab: int, **more: Any) -> str:
    rows = drawn(what, tab, **more)
    return "\n".join("".join(span.text for span in row) for row in rows)


async def press(pilot: Pilot[Any], *keys: str) -> str:
    await pilot.press(*keys)
    await settle(pilot)
    assert isinstance(pilot.app, TuiriskApp)
    return screen_text(pilot.app)


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
        for key, place in (("tab", 2), ("right", 3), ("left", 2), ("shift+tab", 1), ("left", 7)):
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
        await press(pilot, "enter")
        titles = {command.title for command in app.get_system_commands(app.screen)}
        for command in (*SYMBOL_COMMANDS, *WHAT_IF_COMMANDS):
            assert app.view.words(f"command.{command.name}").capitalize() in titles


# What if.


async def test_a_position_can_be_set_and_its_answer_is_shown_at_once(make_app: MakeApp) -> None:
    monitor = FakeMonitor(rich())
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        text = await press(pilot, "6")
        asked, answer = monitor.wishes[-1]
        assert asked == Wish("BTCUSDT", "long", 0.5, held().entry_price, 10.0, "isolated")
        assert "Being computed" in text
        answer(replace(held(), liquidation_price=61_000.0, p_liquidation_24h=SIMULATING))
        await settle(pilot)
        text = screen_text(app)
        assert "61,000.0" in text
        assert "(now 59,996.9)" in text
        assert "being simulated" in text
        await press(pilot, "n", "plus")
        asked, answer = monitor.wishes[-1]
        assert asked.leverage == 11.0
        assert "61,000.0?" in screen_text(app), "an answer to another question is not current"
        answer(replace(held(), liquidation_price=62_000.0, p_liquidation_24h=0.0123))
        await settle(pilot)
        assert "62,000.0 " in screen_text(app)
        assert "1.23%" in screen_text(app)


async def test_chances_stay_while_they_are_simulated_again(make_app: MakeApp) -> None:
    monitor = FakeMonitor(rich())
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "6")
        _, answer = monitor.wishes[-1]
        answer(replace(held(), p_liquidation_24h=0.0123))
        await settle(pilot)
        answer(replace(held(), p_liquidation_24h=SIMULATING, p_liquidation_7d=SIMULATING))
        await settle(pilot)
        assert "1.23%" in screen_text(app)
        await press(pilot, "plus")
        _, answer = monitor.wishes[-1]
        answer(replace(held(), p_liquidation_24h=SIMULATING, p_liquidation_7d=SIMULATING))
        await settle(pilot)
        assert "1.23%" not in screen_text(app), "that was the chance of another position"


async def test_a_late_answer_to_an_older_question_is_dropped(make_app: MakeApp) -> None:
    monitor = FakeMonitor(rich())
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "6")
        _, old = monitor.wishes[-1]
        await press(pilot, "plus")
        old(replace(held(), liquidation_price=61_000.0))
        await settle(pilot)
        assert "61,000.0" not in screen_text(app)


async def test_every_part_of_the_position_changes_and_backspace_resets(make_app: MakeApp) -> None:
    monitor = FakeMonitor(rich())
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "6")
        first = monitor.wishes[-1][0]
        await press(pilot, "minus", "n", "minus", "n", "plus", "n", "plus", "n", "plus")
        wish = monitor.wishes[-1][0]
        assert wish == Wish("BTCUSDT", "short", 0.455, 66_394.4, 9.0, "cross")
        await press(pilot, "backspace")
        assert monitor.wishes[-1][0] == first
        await press(pilot, "j")
        wish = monitor.wishes[-1][0]
        assert (wish.symbol, wish.side, wish.leverage) == ("ETHUSDT", "long", 10.0)
        assert wish.quantity * wish.entry_price == pytest.approx(100_000.0, rel=0.01)


async def test_the_market_moves_and_the_question_is_asked_again(make_app: MakeApp) -> None:
    monitor = FakeMonitor(rich())
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "6")
        asked = len(monitor.wishes)
        for seconds in (1, 4, 6, 7):
            monitor.publish(replace(rich(), time_ms=rich().time_ms + seconds * 1000))
            await settle(pilot)
        assert len(monitor.wishes) == asked + 1
        await press(pilot, "5")
        monitor.publish(replace(rich(), time_ms=rich().time_ms + 60_000))
        await settle(pilot)
        await press(pilot, "plus")
        assert len(monitor.wishes) == asked + 1, "only where the answer can be seen"


async def test_a_monitor_that_has_ended_is_said_to_have(make_app: MakeApp) -> None:
    monitor = FakeMonitor(rich())
    monitor.answers = False
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert "The monitor has ended" in await press(pilot, "6")


def test_the_leverage_stays_within_what_the_exchange_has() -> None:
    asked = starting("BTCUSDT", full(), 1e5)
    assert asked is not None
    asked = asked.next_field()
    for _ in range(60):
        asked = asked.changed(1, 0.1)
    assert asked.wish.leverage == 125.0
    for _ in range(60):
        asked = asked.changed(-1, 0.1)
    assert asked.wish.leverage == 1.0


# What the tabs say.


def test_market_has_every_number_of_its_family() -> None:
    text = said(rich(), 1)
    for part in ("CONE 15m", "CONE 1h", "CONE 1d", "expanding", "1.20 ± 0.49 fair", "12/250 green",
                 "21/250 yellow", "5.50%", "outside its monotone", "0.46..0.53", "Yang-Zhang",
                 "worst fall", "DRAWDOWN 1d"):  # fmt: skip
        assert part in text, part


def test_funding_shows_history_prediction_and_limits() -> None:
    text = said(rich(), 3)
    for part in ("predicted", "+0.0350%", "12% of the limit used", "carry, net", "4.0 bp", "rank"):
        assert part in text, part
    spans = [span for row in drawn(rich(), 3)[1:20] for span in row]
    roles = {span.role for span in spans if not span.text.strip("▁▂▃▄▅▆▇█▔▀")}
    assert {"bar", "caution", "critical", "accent"} <= roles


def test_the_liquidation_map_has_the_mark_and_the_own_price_in_their_places() -> None:
    for tab in (4, 5):
        rows = said(rich(), tab).splitlines()
        own = next(i for i, row in enumerate(rows) if "own long" in row)
        mark = next(i for i, row in enumerate(rows) if " mark ─" in row)
        assert mark < own, "a long is liquidated below the mark"
        assert "59,996.9" in rows[own]
        assert "-11.0%" in rows[own]


def test_clusters_are_summed_and_none_is_lost_within_reach() -> None:
    clusters = tuple(Cluster(100 * 1.005**i, 2.0, 1.0) for i in range(-15, 16))
    levels = grouped(clusters, 100.0, 5, 0.10)
    assert len(levels) == 10
    assert sum(level.long for level in levels) == 62.0
    assert [level.price for level in levels] == sorted(level.price for level in levels)


def test_the_distance_to_liquidation_is_red_within_one_daily_volatility() -> None:
    near = replace(held(), distance_sigmas=-0.8)
    what = state({"BTCUSDT": replace(full(), position=near, positions=(near,))})
    roles = {span.role for row in drawn(what, 5) for span in row if "59,996.9" in span.text}
    assert roles == {"critical"}


def test_a_chance_that_no_path_met_is_not_called_zero() -> None:
    own = replace(held(), p_liquidation_24h=0.0)
    what = state({"BTCUSDT": replace(full(), position=own, positions=(own,))})
    assert "24h <0.01%" in said(what, 5)


def test_stress_lists_scenarios_horizons_and_models() -> None:
    text = said(rich(), 6)
    for part in ("2020-03-12", "LIQUIDATED", "exit costs 55", "-2.1k", "Student t", "5.34%",
                 "VaR with exit", "8s ago"):  # fmt: skip
        assert part in text, part
    assert text.count("LIQUIDATED") == 1


def test_why_is_the_tree_of_the_score_in_words() -> None:
    text = said(rich(), 7)
    for part in ("score", "├─market", "weight 0.3", "coverage", "Risk under control", "VaR record"):
        assert part in text, part
    assert "_" not in text


@pytest.mark.parametrize("tab", range(1, 8))
def test_stale_numbers_are_marked_on_every_tab(tab: int) -> None:
    late = replace(full(), freshness=fresh(dict.fromkeys(full().freshness, 1e9)), status="stale")
    text = said(state({"BTCUSDT": late}), tab)
    fine = said(rich(), tab)
    assert "?" in text or "STALE" in text or "past" in text
    assert "?" not in fine.replace("? help", "")


@pytest.mark.parametrize("tab", range(1, 8))
def test_what_cannot_be_had_is_a_dash_with_its_reason(tab: int) -> None:
    nothing = state({"BTCUSDT": empty("warming", "waiting for candles")})
    text = " ".join(said(nothing, tab).split())
    assert "nan" not in text.lower()
    assert "waiting for" in text or "No " in text or "Nothing" in text


def test_a_missing_simulation_gives_its_reason() -> None:
    waiting = replace(stress(), histogram=SIMULATING)
    what = state({"BTCUSDT": replace(full(), stress=waiting)})
    assert "being simulated" in said(what, 5)


@pytest.mark.parametrize(
    "make", [rich, ready, loading, degraded, offline, critical, lambda: many(4)]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_tab_draws_whole_rows_at_every_size(
    make: Callable[[], RiskState], language: str
) -> None:
    what = make()
    for size in ((20, 6), (40, 10), (60, 14), (80, 20), (99, 30), (120, 36), (161, 40), (200, 56)):
        for tab in range(1, 8):
            rows = drawn(what, tab, size, language)
            assert {measure(row) for row in rows if row} <= {size[0]}, (tab, size)


@pytest.mark.parametrize("tab", range(1, 8))
def test_without_unicode_everything_is_ascii(tab: int) -> None:
    rows = drawn(rich(), tab, ascii=True)
    charts = [span.text for row in rows for span in row if any(c >= "\u2580" for c in span.text)]
    assert not charts, "charts have signs of their own; Canvas turns the rest"


@pytest.mark.parametrize("price", [1.2e-7, 123_456.78])
def test_prices_of_every_scale_are_whole(price: float) -> None:
    factor = price / PRICE
    own = replace(held(), liquidation_price=price * 0.9, entry_price=price)
    one = replace(
        full(),
        price=replace(full().price, mark=price, last=price),
        position=own,
        positions=(own,),
        tick_size=1e-10 if price < 1 else 0.01,
        liquidations=replace(full().liquidations, clusters=(Cluster(67_000.0 * factor, 1e6, 0.0),)),
    )
    text = said(state({"BTCUSDT": one}), 5)
    assert ("0.0000001200" in text) if price < 1 else ("111,111.10" in text)


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


def test_a_symbol_with_no_mark_cannot_be_asked_about() -> None:
    one = replace(symbol(), price=replace(symbol().price, mark=Missing("no mark yet")))
    assert starting("BTCUSDT", one, 1e5) is None
    assert "no mark yet" in said(state({"BTCUSDT": one}), 6)
