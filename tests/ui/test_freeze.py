"""A frozen screen stands still and never looks live."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from support.ui_driver import Clock, FakeMonitor, screen_text, settle
from support.ui_states import LOG, TIME, five, ready, state

from tuirisk.state import RiskState
from tuirisk.ui.app.app import TuiriskApp

MakeApp = Callable[..., TuiriskApp]


def moved(seconds: int) -> RiskState:
    """Later, and BTCUSDT at another price."""
    newer = five()
    price = replace(newer["BTCUSDT"].price, last=11_111.1)
    newer["BTCUSDT"] = replace(newer["BTCUSDT"], price=price)
    return replace(state(newer, log=LOG), time_ms=TIME + seconds * 1000)


async def test_space_freezes_painting_while_states_go_on_arriving(make_app: MakeApp) -> None:
    monitor = FakeMonitor(ready())
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("space")
        monitor.publish(moved(90))
        await settle(pilot)
        frozen = screen_text(app)
        assert "FROZEN" in frozen
        assert "Display frozen at 12:02:11Z (1m behind)" in frozen
        assert "11,111.1" not in frozen
        await pilot.press("space")
        await settle(pilot)
        assert "11,111.1" in screen_text(app)
        assert "12:03:41Z" in screen_text(app)
        assert "rozen" not in screen_text(app).lower()


@pytest.mark.parametrize("size", [(40, 10), (60, 16), (80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize("keys", [(), ("enter",), ("z",)])
async def test_nothing_frozen_looks_live(
    make_app: MakeApp, size: tuple[int, int], keys: tuple[str, ...]
) -> None:
    app = make_app(FakeMonitor(ready()))
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press("space", *keys)
        await settle(pilot)
        text = screen_text(app)
        assert "FROZEN" in text
        assert "BTCUSDT" in text
        assert "live" not in text.lower().split()


async def test_a_frozen_screen_still_shows_lost_and_returning_data(
    make_app: MakeApp,
) -> None:
    clock, monitor = Clock(), FakeMonitor(ready())
    app = make_app(monitor, clock=clock)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("space")
        clock.seconds = 13.2
        app.every_second()
        await settle(pilot)
        assert "NO ANSWER" in screen_text(app)
        monitor.publish(moved(20))
        await settle(pilot)
        text = screen_text(app)
        assert "NO ANSWER" not in text
        assert "Display frozen at 12:02:11Z (20s behind)" in text
