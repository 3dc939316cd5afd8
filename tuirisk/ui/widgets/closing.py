"""Screens that close once, whatever arrives after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen, Screen

from tuirisk.ui.view.view import View

T = TypeVar("T")

if TYPE_CHECKING:
    _Screen = Screen[Any]
else:
    # Textual takes style sheets from the first base that is a widget: that is not to be this one.
    _Screen = object


class ClosesOnce(_Screen):
    """Mixin of every screen that can close; all ways to close it end in :meth:`dismiss`.

    Keys that arrive together may ask for it several times: only the first counts. A screen that
    another one covers closes as soon as it is uncovered.
    """

    _closed_by: tuple[Any] | None = None
    """The result that it was closed with; None while it is open."""

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """Close the screen with ``result``, if it is open."""
        if self._closed_by is not None:
            return AwaitComplete()
        self._closed_by = (result,)
        return self._leave_stack()

    def on_screen_resume(self) -> None:
        if self._closed_by is not None:
            self.call_later(self._leave_stack)

    def _leave_stack(self) -> AwaitComplete:
        """Textual's ``dismiss``, which removes whichever screen is on top."""
        if self._closed_by is None or not self.is_active:
            return AwaitComplete()
        closed: AwaitComplete = super().dismiss(*self._closed_by)
        return closed


QUITS = Binding("ctrl+c", "app.quit", show=False, priority=True)
"""On every screen, in a text too: whoever wants to leave presses it, wherever they are."""


class Dialog(ClosesOnce, ModalScreen[T]):
    """A question over the screen that it was asked on."""

    BINDINGS: ClassVar[list[BindingType]] = [QUITS]

    def show(self, view: View) -> None:
        """What the screen behind shows now; a dialog that shows numbers of it overrides this."""
