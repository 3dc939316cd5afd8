"""Pictures of the screen, compared with those committed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ui_driver import FakeMonitor, settle
from ui_states import critical, degraded, loading, many, offline, ready

from tuirisk.state import RiskState
from tuirisk.ui.app import TuiriskApp

MakeApp = Callable[..., TuiriskApp]
SIZES = ((80, 24), (120, 40), (200, 60))
STATES = {
    "ready": ready,
    "loading": loading,
    "degraded": degraded,
    "offline": offline,
    "critical": critical,
}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", STATES)
def test_states(snap_compare: Any, make_app: MakeApp, name: str, size: tuple[int, int]) -> None:
    app = make_app(FakeMonitor(STATES[name]()))
    assert snap_compare(app, terminal_size=size, run_before=settle)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_chinese(snap_compare: Any, make_app: MakeApp, size: tuple[int, int]) -> None:
    app = make_app(FakeMonitor(critical()), language="zh")
    assert snap_compare(app, terminal_size=size, run_before=settle)


@pytest.mark.parametrize("theme", ["light", "okabe-ito", "mono", "ansi"])
def test_themes(snap_compare: Any, make_app: MakeApp, theme: str) -> None:
    app = make_app(FakeMonitor(critical()), theme=theme)
    assert snap_compare(app, terminal_size=(80, 24), run_before=settle)


@pytest.mark.parametrize(
    ("make", "size"),
    [(lambda: many(22), (120, 40)), (ready, (40, 10))],
    ids=["many symbols", "tiny"],
)
def test_tables(
    snap_compare: Any, make_app: MakeApp, make: Callable[[], RiskState], size: tuple[int, int]
) -> None:
    assert snap_compare(make_app(FakeMonitor(make())), terminal_size=size, run_before=settle)


def test_help(snap_compare: Any, make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(ready()))
    keys = ["question_mark"]
    assert snap_compare(app, terminal_size=(80, 24), run_before=settle, press=keys)
