"""The dialog for the order size of the impact panel."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from tuirisk.events.contract_names import base_and_quote
from tuirisk.state import OrderSize, SymbolState
from tuirisk.ui.view.order_parser import (
    InvalidOrderSize,
    next_rung,
    order_input,
    parse_order,
)
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.closing import Dialog

LONGEST = 32


class SizeScreen(Dialog[None]):
    """Two rows at the bottom; calls ``show`` with each order size typed or stepped to."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", show=False),
        Binding("up", "step(1)", show=False, priority=True),
        Binding("down", "step(-1)", show=False, priority=True),
    ]

    def __init__(
        self, view: View, symbol: SymbolState, show: Callable[[OrderSize | None], None]
    ) -> None:
        super().__init__()
        self._view = view
        self._symbol = symbol
        self._show = show
        self._order = view.order_size
        self._wrong = ""

    def compose(self) -> ComposeResult:
        words = self._view.words
        with Vertical(id="size"):
            with Horizontal():
                yield Static(f" {words('size.title')} ")
                yield Input(
                    order_input(self._order), placeholder=words("size.empty"), max_length=LONGEST
                )
            yield Static(self._hint(), id="hint")

    def on_input_changed(self, event: Input.Changed) -> None:
        words = self._view.words
        base, quote = base_and_quote(self._view.chosen)
        try:
            self._order = parse_order(event.value, self._view.chosen)
        except InvalidOrderSize as error:
            self._wrong = words(str(error), base=base, quote=quote)
        else:
            self._wrong = ""
            self._show(self._order)
        self.query_one("#hint", Static).update(self._wrong or self._hint())

    def _hint(self) -> str:
        base, quote = base_and_quote(self._view.chosen)
        return self._view.words("size.hint", base=base, quote=quote)

    def on_input_submitted(self) -> None:
        if not self._wrong:
            self.dismiss()

    def action_step(self, step: int) -> None:
        field = self.query_one(Input)
        field.value = order_input(next_rung(self._order, self._symbol, step))
        field.cursor_position = len(field.value)

    def action_back(self) -> None:
        """Restore the order size from before the dialog."""
        self._show(self._view.order_size)
        self.dismiss()
