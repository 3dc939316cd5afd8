"""Pictures of the screen, compared with those committed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from support.ui_driver import FakeMonitor, settle
from support.ui_states import critical, degraded, loading, many, offline, ready
from textual.pilot import Pilot
from textual.widgets import Input

from tuirisk.state import RiskState
from tuirisk.terminal.capabilities import Terminal
from tuirisk.ui.app.app import TuiriskApp

MakeApp = Callable[..., TuiriskApp]
SMALL, USUAL, LARGE = (80, 24), (120, 40), (200, 60)
STATES = {
    "ready": ready,
    "loading": loading,
    "degraded": degraded,
    "offline": offline,
    "critical": critical,
}
CASES = [
    *((name, size) for name in STATES for size in (SMALL, USUAL)),
    ("ready", LARGE),
    ("critical", LARGE),
]


def label(value: object) -> str:
    return f"{value[0]}x{value[1]}" if isinstance(value, tuple) else str(value)


@pytest.mark.parametrize(("name", "size"), CASES, ids=label)
def test_states(snap_compare: Any, make_app: MakeApp, name: str, size: tuple[int, int]) -> None:
    app = make_app(FakeMonitor(STATES[name]()))
    assert snap_compare(app, terminal_size=size, run_before=settle)


@pytest.mark.parametrize("size", [SMALL, USUAL], ids=label)
def test_chinese(snap_compare: Any, make_app: MakeApp, size: tuple[int, int]) -> None:
    app = make_app(FakeMonitor(critical()), language="zh")
    assert snap_compare(app, terminal_size=size, run_before=settle)


@pytest.mark.parametrize("theme", ["light", "okabe-ito", "mono", "ansi"])
def test_themes(snap_compare: Any, make_app: MakeApp, theme: str) -> None:
    app = make_app(FakeMonitor(critical()), theme=theme)
    assert snap_compare(app, terminal_size=SMALL, run_before=settle)


def test_ascii(snap_compare: Any, make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(critical()), terminal=Terminal(ascii=True))
    assert snap_compare(app, terminal_size=USUAL, run_before=settle)


@pytest.mark.parametrize(
    ("make", "size"),
    [(lambda: many(22), USUAL), (ready, (40, 10))],
    ids=["many symbols", "tiny"],
)
def test_tables(
    snap_compare: Any, make_app: MakeApp, make: Callable[[], RiskState], size: tuple[int, int]
) -> None:
    assert snap_compare(make_app(FakeMonitor(make())), terminal_size=size, run_before=settle)


@pytest.mark.parametrize("key", ["question_mark", "a", "t", "slash"])
def test_dialogs(snap_compare: Any, make_app: MakeApp, key: str) -> None:
    what = replace(ready(), listed=("ADAUSDT", "DOGEUSDT", "LTCUSDT"))

    async def run(pilot: Pilot[Any]) -> None:
        await settle(pilot)
        await pilot.press(key)
        for field in pilot.app.screen.query(Input):
            field.cursor_blink = False
        await settle(pilot)

    app = make_app(FakeMonitor(what))
    assert snap_compare(app, terminal_size=SMALL, run_before=run)
