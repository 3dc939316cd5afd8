"""The error of a message that cannot be true."""

from __future__ import annotations

from typing import Literal, TypeAlias

from tuirisk.feed.binance.bad_frame import BadFrame
from tuirisk.language.reason import Reason

Why: TypeAlias = Literal[
    "off_its_grid",
    "ends_early",
    "of_the_future",
    "contradicts_itself",
    "out_of_order",
    "out_of_range",
    "far_from_prices",
    "ids_leap",
    "leaps",
]


class Implausible(BadFrame):
    """A message that decodes but contradicts itself, the clock, or what else is known."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason = reason


def implausible(subject: str, why: Why) -> Implausible:
    """``subject`` is the code of what the message is about."""
    return Implausible(Reason(why, thing=subject))
