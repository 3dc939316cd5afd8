"""One-line inputs: the filter, and the name of a list."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.closing import Dialog


class FilterScreen(Dialog[None]):
    """A row at the bottom; calls ``show`` with the filter as it is typed."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "clear", show=False)]

    def __init__(self, view: View, show: Callable[[str], None]) -> None:
        super().__init__()
        self._view = view
        self._show = show

    def compose(self) -> ComposeResult:
        words = self._view.words
        with Horizontal(id="filter"):
            yield Static(f" {words('filter.title')} ")
            yield Input(self._view.filter, placeholder=words("filter.hint"), max_length=60)

    def on_input_changed(self, event: Input.Changed) -> None:
        self._show(event.value.strip())

    def on_input_submitted(self) -> None:
        self.dismiss()

    def action_clear(self) -> None:
        self._show("")
        self.dismiss()


class NameScreen(Dialog[str | None]):
    """Asks for a name."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", show=False)]

    def __init__(self, title: str, hint: str) -> None:
        super().__init__()
        self._title = title
        self._hint = hint

    def compose(self) -> ComposeResult:
        with Vertical(id="question"):
            yield Static(self._title)
            yield Input(max_length=24)
            yield Static(self._hint, id="hint")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self.dismiss(event.value.strip())
