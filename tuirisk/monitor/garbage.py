"""How often Python looks for garbage: rarely, where a monitor runs for long."""

from __future__ import annotations

import gc

NEW_OBJECTS = 20_000
"""Objects more than before that the youngest generation is examined at."""


def examine_rarely() -> None:
    """Examine what is new less often, and what is there now never.

    States and events are freed by their reference counts; what refers to itself is rare. The
    default examines all bars and states of the market again and again.
    """
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 20, 50)
    gc.enable()
