"""The errors of frames that are dropped whole."""

from __future__ import annotations

from tuirisk.language.reason import Reason


class BadFrame(Exception):
    """The frame cannot be understood or carries something that is not a number."""

    reason = Reason("unreadable_frame")
    """What is counted of it."""

    def __init__(self, text: str, reason: Reason | None = None) -> None:
        super().__init__(text)
        if reason is not None:
            self.reason = reason

    @property
    def detail(self) -> Reason:
        """What exactly is wrong with it."""
        return Reason.from_text(str(self)) if self.reason is BadFrame.reason else self.reason


class ImpossibleTime(BadFrame):
    """The frame carries a time that cannot be true."""

    reason = Reason("impossible_time")

    def __init__(self, fault: Reason) -> None:
        super().__init__(str(fault))
        self._fault = fault

    @property
    def detail(self) -> Reason:
        return self._fault
