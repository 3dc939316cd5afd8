"""How an escalation makes itself heard: bell, desktop notification, and a message while frozen."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Protocol

from tuirisk.alerts.bell import BellGate, notification, notifier
from tuirisk.alerts.message import body, title
from tuirisk.config.alert_model import AlertsConfig
from tuirisk.state import LogEntry, RiskState
from tuirisk.ui.view.view import View


class AlertHost(Protocol):
    """What presenting alerts needs of the application."""

    @property
    def view(self) -> View: ...

    @property
    def terminal_takes(self) -> bool:
        """Whether the terminal takes what is written to it now."""

    def bell(self) -> None: ...

    def write_to_terminal(self, sequence: str) -> None: ...

    def warn(self, text: str) -> None:
        """Show ``text`` for some seconds."""


class AlertPresenter:
    """Alerts of the states received, at the pace of :class:`~tuirisk.alerts.bell.BellGate`."""

    def __init__(self, host: AlertHost, monotonic: Callable[[], float]) -> None:
        """``monotonic``: a clock in seconds."""
        self._host = host
        self._monotonic = monotonic
        self._gate = BellGate(host.view.config.alerts)

    def configure(self, config: AlertsConfig) -> None:
        """Go by ``config`` from now on."""
        self._gate.configure(config)

    def present(self, before: RiskState | None, state: RiskState) -> None:
        """Alert of what ``state`` has in its log beyond ``before``, the state received before."""
        self._present(state.log if before is None else before.log, state)

    def present_delayed(self, state: RiskState) -> None:
        """Alert of what came too soon after the alert before it."""
        self._present(state.log, state)

    def _present(self, before: tuple[LogEntry, ...], state: RiskState) -> None:
        view = self._host.view
        entries = self._gate.alerts(before, state.log, muted=view.muted, now=self._monotonic())
        if not entries:
            return
        config, words = view.config, view.words
        text = body(entries, words)
        if config.alerts.bell:
            self._host.bell()
        kind = notifier(os.environ) if config.alerts.desktop else None
        if kind is not None and self._host.terminal_takes:
            name = title(state, config.exchange.venue, words)
            self._host.write_to_terminal(notification(kind, name, text))
        if view.frozen:
            self._host.warn(words("notice.frozen_alert", text=text))
