"""The dialog of the position in the chosen symbol, where no account reports any."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.closing import Dialog

LONGEST = 400


class PositionScreen(Dialog[None]):
    """Calls ``use`` with what is typed; it stays open while that returns what is wrong."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", show=False)]

    def __init__(
        self, view: View, text: str, use: Callable[[str], str], kind: str = "own_position"
    ) -> None:
        """``text`` is the position there is, as it is typed; ``kind`` the section of its words."""
        super().__init__()
        self._kind = kind
        self._view = view
        self._text = text
        self._use = use

    def compose(self) -> ComposeResult:
        words = self._view.words
        with Vertical(id="question"):
            yield Static(words(f"{self._kind}.title", symbol=self._view.chosen), markup=False)
            yield Input(self._text, placeholder="long 0.5 @ 70000 20x isolated", max_length=LONGEST)
            yield Static(words(f"{self._kind}.hint"), id="hint", markup=False)

    def on_input_changed(self) -> None:
        self.query_one("#hint", Static).update(self._view.words(f"{self._kind}.hint"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        wrong = self._use(event.value.strip())
        if wrong:
            self.query_one("#hint", Static).update(wrong)
        else:
            self.dismiss()
