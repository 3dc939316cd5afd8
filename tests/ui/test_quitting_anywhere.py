"""Ctrl+C ends the program from every dialog, a text field included."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.ui_driver import FakeMonitor, settle
from support.ui_states import ready

from tuirisk.ui.app.app import TuiriskApp


@pytest.mark.parametrize("key", ["question_mark", "t", "a", "ctrl+p", "slash", "W", "p"])
async def test_ctrl_c_quits(make_app: Callable[..., TuiriskApp], key: str) -> None:
    app = make_app(FakeMonitor(ready()))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        if key == "p":
            app.screen.set_focus(app.query_one("#impact"))
        await pilot.press(key)
        await settle(pilot)
        assert len(app.screen_stack) > 1
        await pilot.press("ctrl+c")
        await settle(pilot)
        assert app.return_value == 0
