"""Every screen, tab and dialog, at every size, in both languages and every state, as plain text.

The pictures of ``test_snapshots`` show colours at chosen places; these pages show everything, in
a form whose differences can be read. ``pytest --snapshot-update`` writes them anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from support.score_histories import score_histories
from support.symbol_states import full
from support.text_page import TextPage
from support.ui_driver import Clock, FakeMonitor, screen_text, settle
from support.ui_states import critical, degraded, five, judged, loading, offline, ready
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot
from textual.widgets import Input

from tuirisk.state import RiskState
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.screens.tabs import TABS

MakeApp = Callable[..., TuiriskApp]
SIZES = ((80, 24), (120, 40), (200, 60))
STATES = {
    "empty": None,
    "loading": loading,
    "ready": ready,
    "critical": critical,
    "degraded": degraded,
    "offline": offline,
}
DIALOGS = {
    "help": "question_mark",
    "add": "a",
    "filter": "slash",
    "size": "p",
    "theme": "t",
    "new list": "W",
    "palette": "ctrl+p",
}
LISTED = ("ADAUSDT", "DOGEUSDT", "LTCUSDT")


@pytest.fixture
def page(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(TextPage)


def pictured(what: RiskState) -> RiskState:
    """``what`` with the first symbol's every picture, as fresh or stale as that symbol is."""
    name = next(iter(five()))
    one = what.symbols[name]
    own = (
        "status",
        "message",
        "age_ms",
        "freshness",
        "price",
        "score",
        "recommendation",
        "severity",
    )
    whole = replace(full(), **{part: getattr(one, part) for part in own})
    return replace(what, symbols={**what.symbols, name: judged(whole)}, listed=LISTED)


def titled(name: str, app: TuiriskApp) -> str:
    rows = (row.rstrip() for row in screen_text(app).splitlines())
    return "\n".join((f"[{name}]", *rows, ""))


def label(value: object) -> str:
    return f"{value[0]}x{value[1]}" if isinstance(value, tuple) else str(value)


async def open_tabs(app: TuiriskApp, pilot: Pilot[Any]) -> str:
    """The dashboard and every tab; the dashboard is shown again at the end."""
    pages = [titled("dashboard", app)]
    for place, (name, _) in enumerate(TABS, 1):
        await pilot.press(str(place))
        await settle(pilot)
        pages.append(titled(name, app))
    await pilot.press("escape")
    await settle(pilot)
    return "\n".join(pages)


async def open_dialogs(app: TuiriskApp, pilot: Pilot[Any]) -> str:
    """Every dialog over the dashboard."""
    pages = []
    for name, key in DIALOGS.items():
        await pilot.press(key)
        for field in app.screen.query(Input):
            field.cursor_blink = False
        await settle(pilot)
        pages.append(titled(name, app))
        await pilot.press("escape")
        await settle(pilot)
    return "\n".join(pages)


@pytest.mark.parametrize(
    ("size", "language"),
    [
        *((size, "en") for size in SIZES),
        (SIZES[0], "zh"),
        *(pytest.param(size, "zh", marks=pytest.mark.slow) for size in SIZES[1:]),
    ],
    ids=lambda part: part if isinstance(part, str) else label(part),
)
async def test_dashboard_and_tabs(
    make_app: MakeApp, page: SnapshotAssertion, size: tuple[int, int], language: str
) -> None:
    """One app shows every state in turn, as a start with each of them would."""
    monitor, clock = FakeMonitor(), Clock()
    first = next(iter(five()))
    monitor.score_histories = score_histories(first, ready().time_ms)
    app = make_app(monitor, language=language, clock=clock)
    drawn = {}
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        for state, make in STATES.items():
            if make is not None:
                monitor.publish(pictured(make()))
                await settle(pilot)
                clock.seconds += 1.0
                app.every_second()
                await settle(pilot)
            drawn[state] = await open_tabs(app, pilot)
    for state, text in drawn.items():
        assert text == page(name=state)


@pytest.mark.parametrize("language", ["en", pytest.param("zh", marks=pytest.mark.slow)])
async def test_dialogs(make_app: MakeApp, page: SnapshotAssertion, language: str) -> None:
    """One app, at every size in turn."""
    app = make_app(FakeMonitor(pictured(ready())), language=language)
    drawn = {}
    async with app.run_test(size=SIZES[0]) as pilot:
        for size in SIZES:
            await pilot.resize_terminal(*size)
            await settle(pilot)
            drawn[label(size)] = await open_dialogs(app, pilot)
    for name, text in drawn.items():
        assert text == page(name=name)
