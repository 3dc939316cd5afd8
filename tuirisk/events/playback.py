"""How far a replay is and how it goes on. No part of the state of risk, which a replay and a
live run have alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PlaybackKind = Literal["pause", "step", "seek", "seek_by", "seek_share", "speed"]


@dataclass(frozen=True, slots=True)
class Playback:
    """A replay as the screen shows it; times in UTC ms, of the recording."""

    first_ms: int
    last_ms: int
    position_ms: int
    """Of the newest state, in whole seconds."""
    speed: float
    """Recorded seconds a second."""
    paused: bool = False
    seeking: bool = False
    """Whether it is on its way to another position, at full speed."""

    @property
    def share(self) -> float:
        """The part of the recording that has been played, 0 to 1."""
        length = self.last_ms - self.first_ms
        return min(1.0, max(0.0, (self.position_ms - self.first_ms) / length)) if length else 1.0


@dataclass(frozen=True, slots=True)
class PlaybackCommand:
    """What a replay is asked to do.

    ``pause``: pause, or go on where it is paused. ``step``: pause, ``value`` states on, or one back
    where it is negative. ``seek``: to ``value`` (UTC ms). ``seek_by``: ``value`` seconds on.
    ``seek_share``: to a part of the recording, 0 to 1. ``speed``: times ``value``.
    """

    kind: PlaybackKind
    value: float = 0.0
