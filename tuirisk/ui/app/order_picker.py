"""The order whose cost the impact panel shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from textual.screen import Screen

from tuirisk.state import OrderSize
from tuirisk.ui.app.monitor_link import MonitorLink
from tuirisk.ui.view.order_parser import next_rung
from tuirisk.ui.view.view import View

T = TypeVar("T")


class OrderHost(Protocol):
    """What picking an order needs of the application."""

    @property
    def view(self) -> View: ...

    @property
    def monitor(self) -> MonitorLink: ...

    def update_view(self, **changes: Any) -> None: ...

    def show_outcome(self, key: str, *, wrong: bool = False, **values: object) -> None: ...

    def open_dialog(self, screen: Screen[T], answered: Callable[[T | None], None]) -> None: ...


class OrderPicker:
    """Sets the order, or the share of the position, for the monitor and the view."""

    def __init__(self, host: OrderHost) -> None:
        self._host = host

    def use(self, order: OrderSize | None) -> None:
        """Show what ``order`` would cost, from now on; None is leaving the own position."""
        host = self._host
        if order == host.view.order_size:
            return
        answered = host.monitor.set_order(order)
        host.update_view(order_size=order)
        if not answered and order is not None:
            host.show_outcome("symbol.no_answer", wrong=True)

    def choose(self) -> None:
        """Ask for a size; what is typed is shown at once."""
        from tuirisk.ui.dialogs.order_dialog import SizeScreen

        view = self._host.view
        symbol = view.symbol(view.chosen)
        if symbol is not None:
            self._host.open_dialog(SizeScreen(view, symbol, self.use), lambda _: None)

    def use_next(self) -> None:
        """Show the next size of the ladder."""
        view = self._host.view
        symbol = view.symbol(view.chosen)
        if symbol is not None:
            self.use(next_rung(view.order_size, symbol, 1))
