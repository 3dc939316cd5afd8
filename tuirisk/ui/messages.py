"""What reaches the screen from the monitor's thread, and what the screen may ask of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from textual.message import Message

from tuirisk.state import RiskState


class StateChanged(Message):
    """A newer state; it takes the place of one that was not handled yet."""

    def __init__(self, state: RiskState) -> None:
        super().__init__()
        self.state = state

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, StateChanged)


class MonitorFailed(Message):
    """The monitor has ended; ``reason`` is one line for a person."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class MonitorHandle(Protocol):
    """A running monitor, as the screen sees it. No call may block."""

    def add(self, symbol: str) -> None: ...

    def remove(self, symbol: str) -> None: ...

    def reconnect(self) -> None: ...

    def stop(self) -> None:
        """End the monitor's thread; returns within 0.3 s."""


Connect = Callable[[Callable[[RiskState], None], Callable[[str], None]], MonitorHandle]
"""Starts the monitor's thread and returns at once; the arguments are called from that thread."""
