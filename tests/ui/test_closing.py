"""A screen closes once, whatever arrives after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.ui_driver import FakeMonitor, settle
from support.ui_states import ready
from textual import events
from textual.pilot import Pilot

from tuirisk.ui.app.app import TuiriskApp

MakeApp = Callable[..., TuiriskApp]

OPENED_BY = {"help": "?", "theme": "t", "filter": "/", "name": "W", "add": "a", "size": "p",
             "palette": "ctrl+p", "symbol": "enter", "explain": "e"}  # fmt: skip
CLOSED_BY = {
    "two enters": ("enter", "enter"),
    "two escapes": ("escape", "escape"),
    "escape and enter": ("escape", "enter", "escape"),
    "text and enters": ("a", "b", "enter", "enter", "enter", "escape", "escape"),
    "enter and escape": ("enter", "escape", "q"),
}
SOON_CLOSED = ("two enters", "text and enters")
"""Those that the suite tries; the others are slow."""


def type_at_once(app: TuiriskApp, *keys: str) -> None:
    """Have the keys arrive in one piece, as a slow line delivers them."""
    names = {"?": "question_mark", "/": "slash"}
    for key in keys:
        text = key if len(key) == 1 else None
        app.post_message(events.Key(names.get(key, key), text))


async def closed(pilot: Pilot[Any]) -> None:
    """Until the dashboard is alone again; an Escape more closes what is still open."""
    for _ in range(12):
        await settle(pilot)
        if len(pilot.app.screen_stack) == 1:
            return
        await pilot.press("escape")


@pytest.mark.parametrize("language", ["en", pytest.param("zh", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "keys",
    [
        pytest.param(keys, id=name, marks=[] if name in SOON_CLOSED else pytest.mark.slow)
        for name, keys in CLOSED_BY.items()
    ],
)
async def test_keys_that_arrive_together_close_a_screen_once(
    make_app: MakeApp, keys: tuple[str, ...], language: str
) -> None:
    app = make_app(FakeMonitor(ready()), language=language)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        for opener in OPENED_BY.values():
            type_at_once(app, opener)
            await settle(pilot)
            type_at_once(app, *keys)
            await closed(pilot)
            if not app.is_running:
                break
            assert len(app.screen_stack) == 1, opener
        assert app.return_value in (None, 0)
