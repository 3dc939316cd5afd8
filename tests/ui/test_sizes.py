"""From 40×10 to 220×70: nothing crashes, every row is whole, and no word is cut."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from support.ui_driver import FakeMonitor, screen_text, settle
from support.ui_states import CONFIG, critical, degraded, loading, many

from tuirisk.language.tables import table
from tuirisk.state import RiskState
from tuirisk.terminal.capabilities import Terminal
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.themes.themes import theme_names
from tuirisk.ui.view.commands import COMMANDS

MakeApp = Callable[..., TuiriskApp]
SIZES = (
    (40, 10), (46, 70), (60, 16), (67, 31), (99, 32), (104, 50), (131, 33), (159, 49), (185, 36),
    (220, 70),
)  # fmt: skip
_WORD = re.compile(r"[A-Za-z]{2,}")


def vocabulary(what: RiskState) -> set[str]:
    """Every word that may stand on the screen."""
    texts = [*table("en").values(), *what.symbols, *theme_names(), "bp", "tuirisk"]
    texts += [command.shown for command in COMMANDS]
    texts += [str(symbol.message) for symbol in what.symbols.values()]
    texts += [name.removesuffix("USDT") for name in what.symbols]
    texts += [str(what.connection.message), "coverage below bid ask cap floor insufficient data"]
    return {word for text in texts for word in _WORD.findall(text)}


@pytest.mark.parametrize("make", [critical, loading, degraded, lambda: many(9)])
async def test_no_word_is_cut_at_any_size(make_app: MakeApp, make: Callable[[], RiskState]) -> None:
    what = make()
    known = vocabulary(what)
    app = make_app(FakeMonitor(what))
    async with app.run_test(size=SIZES[0]) as pilot:
        for size in SIZES:
            await pilot.resize_terminal(*size)
            await settle(pilot)
            rows = screen_text(app).splitlines()
            assert len(rows) == size[1]
            strange = {word for row in rows for word in _WORD.findall(row)} - known
            assert not strange, (size, strange)


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
