"""The conditions that are made and taken away on the screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from textual.screen import Screen

from tuirisk.alerts.own_conditions import OwnConditions
from tuirisk.config.alert_model import ConditionConfig
from tuirisk.ui.app.monitor_link import MonitorLink
from tuirisk.ui.view.condition_parser import condition_shown
from tuirisk.ui.view.view import View

T = TypeVar("T")


class ConditionHost(Protocol):
    """What the editor needs of the application."""

    @property
    def view(self) -> View: ...

    @property
    def monitor(self) -> MonitorLink: ...

    def warn(self, text: str) -> None: ...

    def show_outcome(self, key: str, *, wrong: bool = False, **values: object) -> None: ...

    def open_dialog(self, screen: Screen[T], answered: Callable[[T | None], None]) -> None: ...


class ConditionEditor:
    """Adds and removes conditions, in their file and in the monitor."""

    def __init__(self, host: ConditionHost, own: OwnConditions) -> None:
        self._host = host
        self._own = own

    def edit(self) -> None:
        """Show the conditions on the chosen symbol and ask for one more."""
        from tuirisk.ui.dialogs.conditions import ConditionsScreen

        view = self._host.view
        if view.symbol(view.chosen) is not None:
            screen = ConditionsScreen(view, self._own.conditions, self._remove)
            self._host.open_dialog(screen, self._add)

    def _add(self, condition: ConditionConfig | None) -> None:
        if condition is None:
            return
        shown = condition_shown(condition)
        if condition in self._host.view.config.alerts.when or not self._own.add(condition):
            self._host.show_outcome("conditions.not_added", wrong=True, condition=shown)
        else:
            self._publish("conditions.added", condition)

    def _remove(self, condition: ConditionConfig) -> None:
        self._own.remove(condition)
        self._publish("conditions.removed", condition)

    def _publish(self, outcome: str, condition: ConditionConfig) -> None:
        host = self._host
        if not host.monitor.set_conditions(self._own.conditions):
            host.show_outcome("conditions.not_here", wrong=True)
        else:
            host.show_outcome(outcome, condition=condition_shown(condition))
        if self._own.problem:
            host.warn(self._own.problem)
