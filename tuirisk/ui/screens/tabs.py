"""The tabs of the symbol view, and the canvas that shows the chosen one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from textual.message import Message

from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Line, Row, blank, fit
from tuirisk.ui.screens import (
    flow,
    funding,
    leverage,
    liquidity,
    market,
    outside,
    score_chart,
    stress,
    why,
)
from tuirisk.ui.screens.layout import Page, paragraph
from tuirisk.ui.screens.score_form import ScoreForm
from tuirisk.ui.screens.score_window import help_texts
from tuirisk.ui.screens.what_if_form import WhatIfForm
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.canvas import Drawn, Hit, ScrollRange
from tuirisk.ui.widgets.scrolled import ScrolledCanvas, moved

Draw = Callable[[Page, int], list[Line]]
TABS: tuple[tuple[str, Draw], ...] = (
    ("market", market.draw),
    ("liquidity", liquidity.draw),
    ("funding", funding.draw),
    ("flow", flow.draw),
    ("leverage", leverage.draw),
    ("stress", stress.draw),
    ("why", why.draw),
    ("outside", outside.draw),
    ("history", score_chart.draw),
)
"""Name and drawing of each tab, in the order of the keys 1–9."""
WHY = 7
"""The tab that explains the score, from 1."""

STRESS = 5
"""Place of the tab in which a position can be set."""
HISTORY = 8
"""Place of the tab with the history of the score."""
NARROWEST = 20


class Scrolled(Message):
    """The tab shows other rows than before, or has another number of them."""

    def __init__(self, scroll_range: ScrollRange | None) -> None:
        super().__init__()
        self.scroll_range = scroll_range


class Body(ScrolledCanvas, can_focus=True):
    """The chosen tab. What does not fit is reached by scrolling."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "canvas--band", "canvas--core", "canvas--ground-band", "canvas--ground-core"
    }  # fmt: skip
    DEFAULT_CLASSES = "panel"
    pace_ms = 400

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.tab = 0
        self.what_if: WhatIfForm | None = None
        self.scores = ScoreForm()

    @property
    def help_topic(self) -> str:  # type: ignore[override]
        """The tab's name."""
        return TABS[self.tab][0]

    def help_texts(self) -> Mapping[str, str]:
        """The position that is asked about; of the history what is seen of it."""
        symbol = None if self.view is None else self.view.symbol(self.view.chosen)
        if self.tab == HISTORY and self.view is not None and symbol is not None:
            return help_texts(Page(self.view, symbol, self.size.width), self.scores)
        form = self.what_if
        if form is None:
            return {}
        asked = form.hypothetical
        size, entry = fmt.compact(asked.quantity), fmt.price(asked.entry_price)
        return {"what_if": f"{asked.side} {size} @ {entry} {fmt.multiple(asked.leverage)}"}

    def draw(self, view: View, width: int, height: int) -> Drawn:
        """The tab's rows from ``top`` on."""
        symbol = view.symbol(view.chosen)
        if symbol is None:
            return Drawn([Row(width).add(f" {view.words('tile.awaiting')}", "quiet").line()])
        if width < NARROWEST:
            narrow = Row(width).add(fit(view.words("symbol.narrow"), width), "quiet")
            return Drawn([narrow.line()])
        page = Page(view, symbol, width, self.what_if, self.scores)
        hits: tuple[Hit, ...] = ()
        if self.tab == HISTORY:
            lines, hits = score_chart.drawing(page, height)
        else:
            lines = TABS[self.tab][1](page, height)
        if symbol.status in ("warming", "error"):
            above = paragraph(page, view.words.reason(symbol.message), "warning")
            lines, hits = [*above, *lines], moved(hits, len(above))
        lines = [line if line else blank(width) for line in lines]
        return self.scrolled(lines, height, hits)

    def after_draw(self, before: Drawn) -> None:
        if self.drawn.scroll_range != before.scroll_range:
            self.post_message(Scrolled(self.drawn.scroll_range))
