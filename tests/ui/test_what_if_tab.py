"""The tab Stress: the position that somebody asks about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from support.symbol_states import answered, full, held, rich
from support.tab_driver import press, said
from support.ui_driver import FakeMonitor, screen_text, settle
from support.ui_states import state, symbol
from textual.widgets import Input

from tuirisk.state import (
    SIMULATING,
    AccountRisk,
    AccountState,
    Missing,
    ScenarioResult,
    WhatIfPosition,
)
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.screens.what_if_form import initial_form

MakeApp = Callable[..., TuiriskApp]


async def test_a_position_can_be_set_and_its_answer_is_shown_at_once(make_app: MakeApp) -> None:
    monitor = FakeMonitor(rich())
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        text = await press(pilot, "6")
        asked, answer = monitor.wishes[-1]
        assert asked == WhatIfPosition("BTCUSDT", "long", 0.5, held().entry_price, 10.0, "isolated")
        assert "Computing" in text
        answer(answered(liquidation_price=61_000.0, p_liquidation_24h=SIMULATING))
        await settle(pilot)
        text = screen_text(app)
        assert "61,000.0" in text
        assert "(now 59,996.9)" in text
        assert "being simulated" in text
        await press(pilot, "n", "plus")
        asked, answer = monitor.wishes[-1]
        assert asked.leverage == 11.0
        assert "61,000.0?" in screen_text(app), "an answer to another question is not current"
        now = AccountRisk.of(AccountState(1e4, 100.0, 200.0, True))
        then = replace(now, p_liquidation_7d=0.345, margin_ratio=0.61, btc_down=-0.077)
        answer(answered(then, liquidation_price=62_000.0, p_liquidation_24h=0.0123))
        await settle(pilot)
        for part in ("34.5%", "61.0%", "-7.7%"):
            assert part in screen_text(app)
        assert "62,000.0 " in screen_text(app)
        assert "1.23%" in screen_text(app)


async def test_chances_stay_while_they_are_simulated_again(make_app: MakeApp) -> None:
    monitor = FakeMonitor(rich())
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "6")
        _, answer = monitor.wishes[-1]
        time = "2026-11-22T12:00:00.000Z"
        answer(answered(p_liquidation_24h=0.0123, p_liquidation_time=time))
        await settle(pilot)
        answer(answered(p_liquidation_24h=0.0456, p_liquidation_time=SIMULATING))
        await settle(pilot)
        assert "1.23%" in screen_text(app)
        await press(pilot, "plus")
        _, answer = monitor.wishes[-1]
        answer(answered(p_liquidation_24h=0.0456, p_liquidation_time=SIMULATING))
        await settle(pilot)
        assert "4.56%" in screen_text(app)
        assert "1.23%" not in screen_text(app), "that was the chance of another position"


async def test_a_late_answer_to_an_older_question_is_dropped(make_app: MakeApp) -> None:
    monitor = FakeMonitor(rich())
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "6")
        _, old = monitor.wishes[-1]
        await press(pilot, "plus")
        old(answered(liquidation_price=61_000.0))
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
        assert wish == WhatIfPosition("BTCUSDT", "short", 0.455, 66_394.4, 9.0, "cross")
        await press(pilot, "backspace")
        assert monitor.wishes[-1][0] == first
        await press(pilot, "j")
        wish = monitor.wishes[-1][0]
        assert (wish.symbol, wish.side, wish.leverage) == ("ETHUSDT", "long", 10.0)
        assert wish.quantity * wish.entry_price == pytest.approx(100_000.0, rel=0.01)


async def test_a_what_if_request_is_repeated_as_the_market_moves(make_app: MakeApp) -> None:
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


async def test_a_monitor_that_has_ended_is_reported(make_app: MakeApp) -> None:
    monitor = FakeMonitor(rich())
    monitor.answers = False
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert "Monitor stopped" in await press(pilot, "6")


def test_the_leverage_stays_within_what_the_exchange_has() -> None:
    asked = initial_form("BTCUSDT", full(), 1e5)
    assert asked is not None
    asked = asked.next_field()
    for _ in range(60):
        asked = asked.with_step(1, 0.1)
    assert asked.hypothetical.leverage == 125.0
    for _ in range(60):
        asked = asked.with_step(-1, 0.1)
    assert asked.hypothetical.leverage == 1.0


def test_a_what_if_position_needs_a_mark_price() -> None:
    one = replace(symbol(), price=replace(symbol().price, mark=Missing.from_text("no mark yet")))
    assert initial_form("BTCUSDT", one, 1e5) is None
    assert "no mark yet" in said(state({"BTCUSDT": one}), 6)


async def test_the_position_is_typed_and_its_scenarios_stand_beside_those_of_now(
    make_app: MakeApp,
) -> None:
    monitor = FakeMonitor(rich())
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "6")
        text = await press(pilot, "enter")
        assert "What if, in BTCUSDT" in text
        app.screen.query_one(Input).value = "short 0,8 @ 70000"
        assert "is not a number" in await press(pilot, "enter")
        app.screen.query_one(Input).value = "short 0.8 @ 70000 20x cross"
        await press(pilot, "enter")
        asked, answer = monitor.wishes[-1]
        assert asked == WhatIfPosition("BTCUSDT", "short", 0.8, 70_000.0, 20.0, "cross")
        crash = ScenarioResult("2020-03-12", 7_770.0, False, price=-0.444)
        answer(replace(answered(liquidation_price=72_000.0), scenarios=(crash,)))
        await settle(pilot)
        row = next(r for r in screen_text(app).splitlines() if "2020-03-12" in r)
        assert "+7.77k" in row
        assert "(now -3.54k)" in row
