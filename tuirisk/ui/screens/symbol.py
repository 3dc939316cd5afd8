"""One symbol in full: nine tabs over the width of the screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar, Protocol

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tuirisk.state import LogEntry, WhatIfAnswer, WhatIfPosition
from tuirisk.state.score_history import ScoreHistory
from tuirisk.ui.screens import PaintedScreen
from tuirisk.ui.screens.chrome import SymbolFooter, Title
from tuirisk.ui.screens.layout import Page
from tuirisk.ui.screens.score_form import ScoreForm, ScoreQuestion
from tuirisk.ui.screens.score_window import shown_entries
from tuirisk.ui.screens.tabs import HISTORY, STRESS, TABS, Body, Scrolled
from tuirisk.ui.screens.time_spans import SPANS
from tuirisk.ui.screens.what_if_form import WhatIfForm, initial_form
from tuirisk.ui.view.commands import SYMBOL_COMMANDS, Where, bindings
from tuirisk.ui.view.messages import ScoreHistoryRequested, WhatIfRequested
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.canvas import Canvas
from tuirisk.ui.widgets.header import Header, Notice

AskPosition = Callable[[WhatIfPosition, Callable[[WhatIfPosition], None]], None]
"""Has a position typed, beginning with one, and hands it on."""
TAB_SCOPES: dict[int, tuple[Where, ...]] = {STRESS: ("what_if",), HISTORY: ("score_history",)}
"""Commands that work on one tab alone, by its place."""
REQUEST_INTERVAL_MS = 5_000


class HoldsKeys(Protocol):
    """The application, which knows whether keys wait."""

    def when_keys_are_done(self, name: str, work: Callable[[], object]) -> None:
        """Do ``work`` now, or after the keys that wait."""
        ...


class SymbolScreen(PaintedScreen):
    """The symbol view. The chosen symbol is the application's; the tab is its own."""

    AUTO_FOCUS = "#body"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(SYMBOL_COMMANDS),
        *(Binding(str(i + 1), f"screen.tab({i + 1})", show=False) for i in range(len(TABS))),
        Binding("home", "screen.scroll_rows(-1000)", show=False),
        Binding("end", "screen.scroll_rows(1000)", show=False),
    ]

    def __init__(self, view: View, tab: int = 1, ask: AskPosition | None = None) -> None:
        """``tab`` counts from 1; ``ask`` has the position of the what-if typed."""
        super().__init__(view)
        self._ask = ask
        self._first = tab
        self._requested_ms = 0
        self._asked_scores: ScoreQuestion | None = None
        self._undrawn = False
        """Whether a tab was chosen that has not been drawn: more keys wait."""

    @property
    def _host(self) -> HoldsKeys:
        host: Any = self.app
        return host  # type: ignore[no-any-return]

    def compose(self) -> ComposeResult:
        yield Header(id="header")
        yield Notice(id="notice")
        yield Title([name for name, _ in TABS], id="symbol-title")
        yield Body(id="body")
        yield SymbolFooter(id="footer")

    @property
    def command_scopes(self) -> tuple[Where, ...]:
        return ("symbol", *TAB_SCOPES.get(self._body.tab, ()))

    def on_mount(self) -> None:
        self._canvases = list(self.query(Canvas))
        self._title = self.query_one(Title)
        self._body = self.query_one(Body)
        self._footer = self.query_one(SymbolFooter)
        self._choose_tab(self._first - 1)
        self.show(self._view)

    def show(self, view: View) -> None:
        before = self._view
        removed = before.chosen in before.watched and before.chosen not in view.watched
        if removed:
            self.dismiss()
            return
        if view.chosen != before.chosen and self._canvases:
            self._body.what_if = None
        self._view = view
        if self._canvases:
            self._renew_request()
        super().show(view)

    def on_scrolled(self, message: Scrolled) -> None:
        """The title says which rows of the tab are seen."""
        self._title.scroll_range = message.scroll_range
        self._title.redraw()

    def action_tab(self, number: int) -> None:
        """Show tab ``number``, from 1."""
        if (number - 1, 0) != (self._body.tab, self._body.top):
            self._choose_tab(number - 1)
            self._undrawn = True
            self._host.when_keys_are_done("tab", self._draw_tab)

    def _choose_tab(self, tab: int) -> None:
        self._title.tab = self._body.tab = tab
        self._body.top = 0
        self._footer.offer(*TAB_SCOPES.get(tab, ()))

    def _draw_tab(self) -> None:
        """Draw the chosen tab, unless that has been done."""
        if self._undrawn and self.is_mounted:
            self._undrawn = False
            self._renew_request()
            self._title.redraw()
            self._body.redraw()

    def action_turn(self, step: int) -> None:
        self.action_tab((self._body.tab + step) % len(TABS) + 1)

    def action_scroll_rows(self, pages: int) -> None:
        """Half a page down for 1, up for −1."""
        self._draw_tab()
        self._body.scroll_rows(pages * max(1, self._body.size.height // 2))

    def on_mouse_scroll_down(self) -> None:
        self._body.scroll_rows(3)

    def on_mouse_scroll_up(self) -> None:
        self._body.scroll_rows(-3)

    def action_back(self) -> None:
        self.dismiss()

    # The position that is asked about.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("field", "change", "reset", "type"):
            return self._body.tab == STRESS
        if action in ("turn_span", "show_span", "turn_entry", "show_entry"):
            return self._body.tab == HISTORY
        return super().check_action(action, parameters)

    def action_field(self) -> None:
        """The keys change the next part."""
        form = self._body.what_if
        if form is not None:
            self._body.what_if = form.next_field()
            self._body.redraw()

    def action_change(self, step: int) -> None:
        form, symbol = self._body.what_if, self._view.symbol(self._view.chosen)
        if form is not None and symbol is not None:
            self._request_answer(form.with_step(step, symbol.tick_size))

    def action_type(self) -> None:
        """Have the whole position typed, beginning with the one that is set."""
        form = self._body.what_if
        if form is not None and self._ask is not None:
            self._ask(form.hypothetical, self._use_typed)

    def _use_typed(self, position: WhatIfPosition) -> None:
        form = self._body.what_if
        if form is not None and position.symbol == self._view.chosen:
            self._request_answer(replace(form, hypothetical=position))

    def action_reset(self) -> None:
        """What is held, or the reference order."""
        self._body.what_if = None
        self._renew_what_if()

    def show_what_if_answer(
        self, hypothetical: WhatIfPosition, answer: WhatIfAnswer | None
    ) -> None:
        form = self._body.what_if
        if form is not None and hypothetical == form.hypothetical:
            self._body.what_if = form.with_answer(hypothetical, answer)
            self._body.redraw()

    def _request_answer(self, form: WhatIfForm) -> None:
        self._body.what_if = form
        self._requested_ms = self._view.time_ms
        self._body.redraw()
        self.post_message(WhatIfRequested(form.hypothetical))

    def _renew_request(self) -> None:
        """Ask what the tab needs to know."""
        if self._body.tab == STRESS:
            self._renew_what_if()
        if self._body.tab == HISTORY:
            self._renew_scores()

    def _renew_what_if(self) -> None:
        """Ask what has not been asked, and now and then again: the market moves."""
        form, symbol = self._body.what_if, self._view.symbol(self._view.chosen)
        if form is None and symbol is not None:
            reference = self._view.config.risk.reference_notional
            form = initial_form(self._view.chosen, symbol, reference)
            self._requested_ms = 0
        if form is not None and abs(self._view.time_ms - self._requested_ms) >= REQUEST_INTERVAL_MS:
            self._request_answer(form)

    # The history of the score.

    def action_turn_span(self, step: int) -> None:
        """A longer span for 1, a shorter one for −1."""
        self._use_scores(self._body.scores.with_span(self._view, step))

    def action_show_span(self, place: int) -> None:
        """The span that was clicked."""
        self._use_scores(replace(self._body.scores, span=SPANS[place]))

    def action_turn_entry(self, step: int) -> None:
        """An older entry of the log for 1, a newer one for −1."""
        self._choose_entry(lambda form, entries: form.with_entry(entries, step))

    def action_show_entry(self, place: int) -> None:
        """The entry that was clicked, counted from the newest."""
        self._choose_entry(
            lambda form, entries: form.with_entry(entries, place - form.place(entries))
        )

    def _choose_entry(self, change: Callable[[ScoreForm, list[LogEntry]], ScoreForm]) -> None:
        form, view = self._body.scores, self._view
        history, symbol = form.answer(view), view.symbol(view.chosen)
        if history is not None and symbol is not None:
            page = Page(view, symbol, self._body.size.width)
            self._use_scores(change(form, shown_entries(page, form, history)))

    def _use_scores(self, form: ScoreForm) -> None:
        self._body.scores = form
        self._renew_scores()
        self._body.redraw()

    def _renew_scores(self) -> None:
        """Ask once for each span of each symbol, and again once a step of it is over."""
        question = self._body.scores.question(self._view)
        if question != self._asked_scores and self._view.state is not None:
            self._asked_scores = question
            self.post_message(ScoreHistoryRequested(question.symbol, question.span))

    def show_score_history(self, history: ScoreHistory) -> None:
        if history.symbol == self._view.chosen:
            self._body.scores = replace(self._body.scores, history=history)
            self._body.redraw()
