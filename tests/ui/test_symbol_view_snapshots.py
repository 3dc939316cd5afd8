"""Pictures of the symbol view, compared with those committed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.score_histories import score_histories
from support.symbol_states import answered, rich
from support.ui_driver import FakeMonitor, settle
from textual.pilot import Pilot

from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.screens.tabs import TABS

MakeApp = Callable[..., TuiriskApp]
PLACES = {name: str(i + 1) for i, (name, _) in enumerate(TABS)}


def opened(monitor: FakeMonitor, tab: str) -> Callable[[Pilot[Any]], Any]:
    """Go to ``tab``; a question asked there is answered."""

    async def run(pilot: Pilot[Any]) -> None:
        await settle(pilot)
        await pilot.press(PLACES[tab])
        await settle(pilot)
        if monitor.wishes:
            await pilot.press("n", "plus")
            wish, answer = monitor.wishes[-1]
            answer(answered(liquidation_price=61_105.3, leverage_setting=wish.leverage))
            await settle(pilot)

    return run


@pytest.mark.parametrize("tab", PLACES)
def test_tabs(snap_compare: Any, make_app: MakeApp, tab: str) -> None:
    monitor = FakeMonitor(rich())
    monitor.score_histories = score_histories("BTCUSDT", rich().time_ms)
    app = make_app(monitor)
    assert snap_compare(app, terminal_size=(120, 40), run_before=opened(monitor, tab))


@pytest.mark.parametrize(
    ("tab", "size", "language"),
    [
        ("market", (80, 24), "en"),
        ("stress", (80, 24), "en"),
        ("market", (200, 60), "en"),
        ("leverage", (200, 60), "en"),
        ("leverage", (120, 40), "zh"),
        ("why", (80, 24), "zh"),
    ],
)
def test_sizes_and_languages(
    snap_compare: Any, make_app: MakeApp, tab: str, size: tuple[int, int], language: str
) -> None:
    monitor = FakeMonitor(rich())
    app = make_app(monitor, language=language)
    assert snap_compare(app, terminal_size=size, run_before=opened(monitor, tab))
