"""A tab of the symbol view: as rows, as text, and reached by keys."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from textual.pilot import Pilot

from support.symbol_states import rich
from support.ui_driver import screen_text, settle
from support.ui_states import CONFIG, state
from tuirisk.language.words import Words
from tuirisk.state import RiskState, SymbolState
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.render.rows import Line
from tuirisk.ui.screens.layout import Page
from tuirisk.ui.screens.tabs import TABS
from tuirisk.ui.screens.what_if_form import initial_form
from tuirisk.ui.view.view import View


def drawn(
    what: RiskState, tab: int, size: tuple[int, int] = (120, 37), language: str = "en", **view: Any
) -> list[Line]:
    """The rows of ``tab`` (from 1) for the first symbol."""
    chosen = what.watchlist.symbols[0]
    looked = View(CONFIG, Words(language), "nord", state=what, chosen=chosen, **view)
    one = looked.symbol(chosen)
    assert one is not None
    return TABS[tab - 1][1](Page(looked, one, size[0], initial_form(chosen, one, 1e5)), size[1])


def said(what: RiskState, tab: int, **more: Any) -> str:
    rows = drawn(what, tab, **more)
    return "\n".join("".join(span.text for span in row) for row in rows)


async def press(pilot: Pilot[Any], *keys: str) -> str:
    await pilot.press(*keys)
    await settle(pilot)
    assert isinstance(pilot.app, TuiriskApp)
    return screen_text(pilot.app)


def alone(one: SymbolState) -> RiskState:
    """A state of one symbol."""
    return replace(state({"BTCUSDT": one}), watchlist=rich().watchlist)


def block(rows: list[Line], title: str, columns: int = 60) -> list[str]:
    """The text from ``title`` down, from its first column on, ``columns`` wide."""
    texts = ["".join(span.text for span in row) for row in rows]
    top = next(y for y, text in enumerate(texts) if title in text)
    left = texts[top].index(title) - 1
    return [text[left : left + columns] for text in texts[top:]]
