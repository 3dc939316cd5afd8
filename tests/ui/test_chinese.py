"""Chinese screens: no English is left on them, and every row is as wide as the terminal."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable

import pytest
from rich.cells import cell_len
from support.bars import leaves
from support.drawable_states import pictured
from support.ui_driver import FakeMonitor, screen_text, settle
from support.ui_states import critical, degraded, loading, many, offline, ready
from textual.screen import ModalScreen

from tuirisk.language.words import Words
from tuirisk.state import Missing, RiskState
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.themes.themes import theme_names

MakeApp = Callable[..., TuiriskApp]
SIZES = ((40, 10), (60, 16), (80, 24), (100, 32), (120, 40), (200, 60))
TABS = tuple("123456789")
DIALOGS = ("question_mark", "a", "slash", "p", "t", "W", "ctrl+p")
_LATIN = re.compile(r"[A-Za-z][A-Za-z-]+")
KEPT = {
    # Names, and what Chinese traders write in Latin letters too.
    "tuirisk", "USDT", "VaR", "ES", "ATR", "UTC", "CVD", "TWAP", "English", "Kupiec",
    "Christoffersen",
    "Cornish-Fisher", "Parkinson", "Garman-Kl", "Rogers-S", "Yang-Zhang", "ASCII", "VPIN",
    # Units and ages.
    "bp", "bps", "ms", "min", "mo", "MB",
    # Keys.
    "Enter", "Esc", "Space", "Tab", "Shift", "Ctrl", "PgDn", "PgUp", "Home", "End", "Up", "Down",
    "Left", "Right", "Backspace", "Bksp", "S-Tab",
    # A scenario of the person's own, and examples of what to type.
    "toml", "config", "deribit", "providers", "docs", "md",
    "mine", "main", "LTCUSDT", "DOGEUSDT", "ADAUSDT",
}  # fmt: skip


async def pages(
    app: TuiriskApp, dialogs: tuple[tuple[int, int], ...]
) -> AsyncIterator[tuple[str, str]]:
    """(what, text) of the dashboard, every tab and, at the sizes ``dialogs``, every dialog."""
    async with app.run_test(size=SIZES[0], notifications=True) as pilot:
        for size in dialogs or SIZES[1::3]:
            await pilot.resize_terminal(*size)
            await settle(pilot)
            yield f"{size} dashboard", screen_text(app)
            for key in TABS:
                await pilot.press(key)
                await settle(pilot)
                yield f"{size} tab {key}", screen_text(app)
            await pilot.press("escape")
            for key in DIALOGS if size in dialogs else ():
                await pilot.press(key)
                await settle(pilot)
                yield f"{size} {key}", screen_text(app)
                await pilot.press("escape")
                await settle(pilot)


def uncovered(app: TuiriskApp, text: str) -> str:
    """``text`` without what a dialog lies over, whose words it may cut."""
    if not isinstance(app.screen, ModalScreen):
        return text
    rows = [_cells(row) for row in text.splitlines()]
    regions = [child.region for child in app.screen.children if child.region]
    inside = ["".join(rows[y][r.x : r.right]) for r in regions for y in range(r.y, r.bottom)]
    return "\n".join(inside)


def _cells(row: str) -> list[str]:
    return [part for one in row for part in (one, "")[: cell_len(one)]]


def kept(what: RiskState) -> set[str]:
    """Words that may stay: names, and what the state alone made up."""
    zh = Words("zh")
    texts: list[str] = []
    said = [what.connection.message, *(symbol.message for symbol in what.symbols.values())]
    for symbol in what.symbols.values():
        said += [value for _, value in leaves(symbol) if isinstance(value, Missing)]
        side = symbol.funding.carry.side
        texts.append(side.replace("_", " ") if isinstance(side, str) else "")
    texts += [zh.reason(reason) for reason in said]  # Real ones: test_words.
    texts += [*theme_names(), *what.symbols, *(one.removesuffix("USDT") for one in what.symbols)]
    return KEPT | {word for text in texts for word in _LATIN.findall(text)}


@pytest.mark.parametrize(
    ("make", "dialogs"),
    [
        pytest.param(ready, SIZES[::2], id="ready"),
        pytest.param(degraded, (), id="degraded"),
        pytest.param(ready, SIZES, id="every dialog", marks=pytest.mark.slow),
        pytest.param(critical, (), id="critical", marks=pytest.mark.slow),
        pytest.param(loading, (), id="loading", marks=pytest.mark.slow),
        pytest.param(offline, (), id="offline", marks=pytest.mark.slow),
        pytest.param(lambda: many(9), (), id="many", marks=pytest.mark.slow),
    ],
)
async def test_a_chinese_screen_is_chinese_and_aligned(
    make_app: MakeApp, make: Callable[[], RiskState], dialogs: tuple[tuple[int, int], ...]
) -> None:
    what = pictured(make())
    known = kept(what)
    app = make_app(FakeMonitor(what), language="zh")
    strange: dict[str, str] = {}
    async for page, text in pages(app, dialogs):
        width = int(page[1:].partition(",")[0])
        assert {cell_len(row) for row in text.splitlines()} == {width}, page
        for row in uncovered(app, text).splitlines():
            strange |= dict.fromkeys(set(_LATIN.findall(row)) - known, f"{page}: {row}")
    assert not strange, "\n".join(f"{word}: {where}" for word, where in strange.items())
