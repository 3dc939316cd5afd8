"""A position is typed on the screen, changed and removed; not where an account reports any."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from support.ui_driver import FakeMonitor, screen_text, settle
from support.ui_states import CONFIG, ready

from tuirisk.config.typed_positions import TypedPositions
from tuirisk.ui.app.app import TuiriskApp

MakeApp = Callable[..., TuiriskApp]


async def test_a_position_is_typed_and_removed(make_app: MakeApp, tmp_path: Path) -> None:
    path = tmp_path / "positions.json"
    state = ready()
    quiet = replace(state, account=None, connection=replace(state.connection, account=None))
    monitor = FakeMonitor(quiet)
    config = replace(CONFIG, positions=())
    app = make_app(monitor, config=config, own_positions=TypedPositions(path))
    async with app.run_test(size=(40, 10), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("O", *"long 0.5 @", "enter")
        await settle(pilot)
        assert "entry_price" in screen_text(app)
        assert not monitor.configs
        await pilot.press(*" 70000 20x", "enter")
        await settle(pilot)
        (position,) = monitor.configs[-1].positions
        assert (position.symbol, position.quantity, position.leverage) == ("BTCUSDT", 0.5, 20.0)
        assert TypedPositions(path).positions == (position,)
        await pilot.press("O", "ctrl+u", "enter")
        await settle(pilot)
        assert monitor.configs[-1].positions == ()
        assert TypedPositions(path).positions == ()


async def test_nothing_is_typed_in_a_viewer(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(ready()))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("O")
        await settle(pilot)
        assert "cannot be typed here" in screen_text(app)
