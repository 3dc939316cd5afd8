"""The radar's view: received while it is shown, drawn at every size, one key adds a symbol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from analytics.test_radar import market, state
from rich.cells import cell_len
from support.ui_driver import FakeMonitor, screen_text, settle
from support.ui_states import five
from support.ui_states import state as risk_state

from tuirisk.language.words import Words
from tuirisk.state.radar import RadarState
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.screens.radar import RadarTable

MakeApp = Callable[..., TuiriskApp]


async def test_it_is_received_while_it_is_shown_and_a_key_adds_a_symbol(make_app: MakeApp) -> None:
    monitor = FakeMonitor(risk_state(five()))
    app = make_app(monitor)
    calls: list[str] = []

    def open_radar(publish: Callable[[RadarState], None]) -> Callable[[], None]:
        calls.append("open")
        publish(state(market()))
        return lambda: calls.append("close")

    app.open_radar = open_radar
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        assert calls == []
        await pilot.press("R")
        await settle(pilot)
        assert calls == ["open"]
        shown = screen_text(app)
        assert shown.index("FASTUSDT") < shown.index("NEWUSDT") < shown.index("CALMUSDT")
        assert "+4.8" in shown
        assert "OLDUSDT SETTLING" in shown
        await pilot.press("f", "f")
        await settle(pilot)
        assert "CALMUSDT" not in screen_text(app)
        await pilot.press("enter")
        await settle(pilot)
        assert "add FASTUSDT" in monitor.calls
        await pilot.press("escape")
        await settle(pilot)
        assert calls == ["open", "close"]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [(40, 10), (80, 24), (200, 60)])
async def test_every_size_has_name_level_and_move(
    make_app: MakeApp, language: str, size: tuple[int, int]
) -> None:
    view = replace(make_app(FakeMonitor(risk_state(five()))).view, words=Words(language))
    table = RadarTable(id="radar")
    table.state, table.marked = state(market()), "FASTUSDT"
    lines = table.draw(view, *size).lines
    assert len(lines) <= size[1]
    texts = ["".join(span.text for span in line) for line in lines]
    assert {cell_len(text) for text in texts} == {size[0]}
    row = next(text for text in texts if "FASTUSDT" in text)
    assert row.startswith("!!")
    assert "+4.8" in row
    new = next(text for text in texts if "NEWUSDT" in text)
    assert new.startswith("?")
    assert "–" in new
