"""Terminals that can do little: ASCII alone, no colour, next to no room."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
from rich.color import ColorSystem
from support.drawable_states import pictured
from support.ui_driver import FakeMonitor, screen_text, settle
from support.ui_states import CONFIG, critical, loading, many, ready
from textual.pilot import Pilot
from textual.strip import Strip

from tuirisk.state import RiskState
from tuirisk.terminal.capabilities import Terminal
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.render.glyphs import ascii_text

MakeApp = Callable[..., TuiriskApp]
TABS = tuple("123456789")
DIALOGS = ("question_mark", "a", "slash", "p", "t", "W", "ctrl+p")
SMALL = ((1, 1), (20, 5), (59, 15))


async def everywhere(pilot: Pilot[int]) -> AsyncIterator[str]:
    """The dashboard, every tab, every dialog."""
    await settle(pilot)
    yield "dashboard"
    for key in TABS:
        await pilot.press(key)
        await settle(pilot)
        yield f"tab {key}"
    await pilot.press("escape")
    for key in DIALOGS:
        await pilot.press(key)
        await settle(pilot)
        yield key
        await pilot.press("escape")
        await settle(pilot)


@pytest.mark.parametrize("make", [critical, pytest.param(loading, marks=pytest.mark.slow)])
async def test_ascii_is_ascii_everywhere(make_app: MakeApp, make: Callable[[], RiskState]) -> None:
    app = make_app(FakeMonitor(pictured(make())), terminal=Terminal(ascii=True))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        for size in ((120, 40), (40, 10)):
            await pilot.resize_terminal(*size)
            async for page in everywhere(pilot):
                strange = {sign for sign in screen_text(app) if not sign.isascii()}
                assert not strange, (page, size, strange)


def test_every_sign_of_ours_has_an_ascii_one_of_its_own() -> None:
    for sign in "✓━─╌│┤┼├└█▇▆▅▄▃▂▁▔▀▏▎▍▌▋▊▉░▒±·×–—⠤⣿╸╺┃":
        assert ascii_text(sign) not in ("?", ""), sign


async def test_chinese_that_cannot_be_shown_is_reported(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(FakeMonitor(ready()), terminal=Terminal(ascii=True), language="zh")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        assert "Chinese needs UTF-8" in screen_text(app)


@pytest.mark.parametrize("ascii", [pytest.param(False, marks=pytest.mark.slow), True])
async def test_without_colour_no_colour_is_sent(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, ascii: bool
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    terminal = Terminal(ascii=ascii, colourless=True)
    app = make_app(FakeMonitor(pictured(critical())), terminal=terminal)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        async for page in everywhere(pilot):
            codes = {
                code
                for strip in app.screen._compositor.render_strips()
                for _, style, control in strip
                if style is not None and not control
                for code in Strip.render_ansi(style, ColorSystem.TRUECOLOR).split(";")
            }
            assert codes <= {"", "1", "2", "3", "4", "7", "9", "39", "49"}, page


async def test_without_colour_the_bands_of_the_cone_are_shapes(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(pictured(ready())), terminal=Terminal(colourless=True))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("1")
        await settle(pilot)
        text = screen_text(app)
        assert "░" in text
        assert "▒" in text


async def test_without_colour_the_two_curves_of_impact_have_signs(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(pictured(ready())), terminal=Terminal(colourless=True))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("2")
        await settle(pilot)
        assert "s sell  b buy" in screen_text(app)


@pytest.mark.parametrize(
    ("make", "language"),
    [
        pytest.param(critical, "zh", id="critical"),
        pytest.param(lambda: many(9), "en", id="many", marks=pytest.mark.slow),
    ],
)
async def test_no_size_is_refused_and_growing_back_restores(
    make_app: MakeApp, make: Callable[[], RiskState], language: str
) -> None:
    app = make_app(FakeMonitor(pictured(make())), language=language)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        whole = screen_text(app)
        for size in SMALL:
            await pilot.resize_terminal(*size)
            async for _ in everywhere(pilot):
                assert len(screen_text(app).splitlines()) == size[1]
        await pilot.resize_terminal(120, 40)
        await settle(pilot)
        assert screen_text(app) == whole


async def test_the_smallest_screen_has_the_chosen_symbol_and_its_state(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(critical()))
    async with app.run_test(size=(40, 10)) as pilot:
        await settle(pilot)
        text = screen_text(app)
        assert "BTCUSDT" in text
        assert "CRITICAL" in text


async def test_ascii_is_ascii_at_every_size_and_in_every_dialog(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(critical()), terminal=Terminal(ascii=True))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        for size in ((40, 10), (80, 24), (200, 60)):
            await pilot.resize_terminal(*size)
            await settle(pilot)
            assert screen_text(app).isascii(), size
        for key in ("question_mark", "a", "t", "slash", "ctrl+p"):
            await pilot.press(key)
            await settle(pilot)
            assert screen_text(app).isascii(), key
            await pilot.press("escape")
            await settle(pilot)
        await pilot.press("l")
        for _ in range(4):
            await settle(pilot)
        assert app.view.words.language == "en"
        assert "UTF-8" in screen_text(app)
    assert CONFIG.ui.language == "auto"
