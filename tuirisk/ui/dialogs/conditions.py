"""The dialog of the conditions on the chosen symbol: those there are, and one more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from tuirisk.config.alert_model import ConditionConfig
from tuirisk.config.model import KNOWN_PROVIDERS
from tuirisk.state import Missing
from tuirisk.state.condition import value_text
from tuirisk.ui.render import glyphs
from tuirisk.ui.view.condition_parser import InvalidCondition, condition_shown, parse_condition
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.closing import Dialog

LONGEST = 64
ROWS = 4


class ConditionsScreen(Dialog[ConditionConfig | None]):
    """Returns the condition that was typed; calls ``remove`` with each that is taken away."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", show=False),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("ctrl+d", "remove", show=False, priority=True),
    ]

    def __init__(
        self,
        view: View,
        own: Sequence[ConditionConfig],
        remove: Callable[[ConditionConfig], None],
    ) -> None:
        """``own`` are those made on the screen, of every symbol."""
        super().__init__()
        self._view = view
        self._remove = remove
        self._own = list(own)
        self._documents = [n for n in view.config.providers if n not in KNOWN_PROVIDERS]
        self._at = 0
        self._typed: ConditionConfig | None = None

    @property
    def _here(self) -> list[ConditionConfig]:
        """Those on the chosen symbol: of the screen first, then of the configuration."""
        every = dict.fromkeys((*self._own, *self._view.config.alerts.when))
        return [one for one in every if one.symbol in ("*", self._view.chosen)]

    def compose(self) -> ComposeResult:
        words = self._view.words
        with Vertical(id="size"):
            yield Static(self._list(), id="conditions", markup=False)
            with Horizontal():
                yield Static(f" {words('conditions.title', symbol=self._view.chosen)} ")
                yield Input(placeholder=words("conditions.empty"), max_length=LONGEST)
            yield Static(words("conditions.hint"), id="hint", markup=False)

    def on_input_changed(self, event: Input.Changed) -> None:
        words, self._typed = self._view.words, None
        hint = words("conditions.hint")
        if event.value.strip():
            try:
                self._typed = parse_condition(event.value, self._view.chosen, self._documents)
            except InvalidCondition as error:
                hint = str(error) or hint
        self.query_one("#hint", Static).update(hint)

    def on_input_submitted(self) -> None:
        if self._typed is not None:
            self.dismiss(self._typed)

    def action_move(self, step: int) -> None:
        here = self._here
        self._at = (self._at + step) % len(here) if here else 0
        self._redraw()

    def action_remove(self) -> None:
        """Take the condition at the cursor away; those of the configuration stay."""
        here = self._here
        if here and here[self._at] in self._own:
            removed = here[self._at]
            self._own.remove(removed)
            self._remove(removed)
            self._at = max(0, min(self._at, len(self._here) - 1))
            self._redraw()

    def _redraw(self) -> None:
        self.query_one("#conditions", Static).update(self._list())

    def _list(self) -> str:
        """A line for each condition around the cursor: what it is, what it was measured as."""
        words, here = self._view.words, self._here
        if not here:
            return f" {words('conditions.none')}"
        first = max(0, min(self._at - ROWS // 2, len(here) - ROWS))
        return "\n".join(
            f" {glyphs.POINTER if place == self._at else ' '} {self._line(one)}"
            for place, one in enumerate(here[first : first + ROWS], first)
        )

    def _line(self, condition: ConditionConfig) -> str:
        words, state = self._view.words, self._view.state
        found = next(
            (
                one
                for one in (state.conditions if state is not None else ())
                if one.condition == condition and one.symbol in ("", self._view.chosen)
            ),
            None,
        )
        now = "–" if found is None else value_text(condition.value, found.value)
        known = found is not None and not isinstance(found.value, Missing)
        holds = words("conditions.holds") if known and found is not None and found.holds else ""
        where = "" if condition in self._own else words("conditions.of_file")
        shown = words("conditions.now", condition=condition_shown(condition), value=now)
        return "  ".join(part for part in (shown, holds, where) if part)
