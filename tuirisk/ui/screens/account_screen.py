"""The screen of the account, opened over the dashboard or a symbol."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tuirisk.state.account_values import AccountHistory
from tuirisk.state.hedges import HedgeTable
from tuirisk.ui.render.rows import Row, blank
from tuirisk.ui.screens import PaintedScreen, account
from tuirisk.ui.screens.account_chart import account_charts
from tuirisk.ui.screens.account_form import AccountForm, AccountQuestion
from tuirisk.ui.screens.hedges_block import hedges_block
from tuirisk.ui.screens.layout import Page, paragraph
from tuirisk.ui.screens.time_spans import SPANS
from tuirisk.ui.view.commands import ACCOUNT_COMMANDS, COMMANDS, Where, bindings, commands_on
from tuirisk.ui.view.messages import AccountHistoryRequested, HedgesRequested
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.canvas import Canvas, Drawn
from tuirisk.ui.widgets.footer import Footer
from tuirisk.ui.widgets.header import Header, Notice
from tuirisk.ui.widgets.scrolled import ScrolledCanvas, moved


class AccountBody(ScrolledCanvas, can_focus=True):
    """The account's blocks. What does not fit is reached by scrolling."""

    DEFAULT_CLASSES = "panel"
    help_topic = "account"
    pace_ms = 400

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.hedges_asked = False
        """Whether what would bring the account within its limits is asked for …"""
        self.hedges: HedgeTable | None = None
        """… and the answer."""
        self.form = AccountForm()

    def draw(self, view: View, width: int, height: int) -> Drawn:
        """The rows from ``top`` on."""
        state = view.state
        if state is None or not state.symbols:
            return Drawn([Row(width).add(f" {view.words('tile.awaiting')}", "quiet").line()])
        page = Page(view, next(iter(state.symbols.values())), width)
        if state.account is None:
            return Drawn(paragraph(page, view.words("account.none")))
        hedges = hedges_block(page, state.account, self.hedges, self.hedges_asked)
        lines = [*account.draw(page, state.account, hedges), blank(width)]
        charts, hits = account_charts(page, self.form, account.LEAST)
        hits = moved(hits, len(lines))
        lines = [line if line else blank(width) for line in (*lines, *charts)]
        return self.scrolled(lines, height, hits)


class AccountFooter(Footer):
    """The keys that apply here."""

    commands = commands_on((*ACCOUNT_COMMANDS, *COMMANDS), "account")


class AccountScreen(PaintedScreen):
    """The account over the whole screen."""

    AUTO_FOCUS = "#account"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(ACCOUNT_COMMANDS),
        Binding("home", "screen.scroll_rows(-1000)", show=False),
        Binding("end", "screen.scroll_rows(1000)", show=False),
    ]

    def compose(self) -> ComposeResult:
        yield Header(id="header")
        yield Notice(id="notice")
        yield AccountBody(id="account")
        yield AccountFooter(id="footer")

    @property
    def command_scopes(self) -> tuple[Where, ...]:
        return ("account",)

    def on_mount(self) -> None:
        self._canvases = list(self.query(Canvas))
        self._asked_history: AccountQuestion | None = None
        self._body = self.query_one(AccountBody)
        self.show(self._view)

    def action_hedges(self) -> None:
        """Ask what would bring the account within its limits; anew, where it is shown already."""
        body = self._body
        if not body.hedges_asked or body.hedges is not None:
            body.hedges_asked, body.hedges, body.top = True, None, 0
            self.post_message(HedgesRequested())
            body.redraw()

    def show_hedges(self, table: HedgeTable | None) -> None:
        body = self._body
        body.hedges, body.hedges_asked = table, table is not None
        body.redraw()

    def show(self, view: View) -> None:
        super().show(view)
        if self._canvases:
            self._renew_history()

    def action_turn_span(self, step: int) -> None:
        """A longer span of the charts for 1, a shorter one for −1."""
        self._use_form(self._body.form.with_span(self._view, step))

    def action_show_span(self, place: int) -> None:
        """The span that was clicked."""
        self._use_form(replace(self._body.form, span=SPANS[place]))

    def _use_form(self, form: AccountForm) -> None:
        self._body.form = form
        self._renew_history()
        self._body.redraw()

    def _renew_history(self) -> None:
        """Ask once for each span, and again once a step of it is over."""
        question = self._body.form.question(self._view)
        if question is not None and question != self._asked_history:
            self._asked_history = question
            self.post_message(AccountHistoryRequested(question.span))

    def show_account_history(self, history: AccountHistory) -> None:
        self._body.form = replace(self._body.form, history=history)
        self._body.redraw()

    def action_scroll_rows(self, pages: int) -> None:
        """Half a page down for 1, up for −1."""
        self._body.scroll_rows(pages * max(1, self._body.size.height // 2))

    def on_mouse_scroll_down(self) -> None:
        self._body.scroll_rows(3)

    def on_mouse_scroll_up(self) -> None:
        self._body.scroll_rows(-3)

    def action_back(self) -> None:
        self.dismiss()
