"""A depth stream that says nothing: does the book stand still, or is the stream dead?"""

from __future__ import annotations

from tuirisk.events import DepthSnapshot
from tuirisk.events.intervals import SECOND_NS

SILENCE_NS = 5 * SECOND_NS
"""After such a silence a snapshot tells whether the book stands still or the stream is dead."""
LONGEST_SILENCE_NS = 30 * SECOND_NS


class DepthSilence:
    """How long the depth stream of a book has been silent, and what was found out about it."""

    def __init__(self) -> None:
        self.snapshot_requested = False
        """Whether a snapshot was requested because of the silence."""
        self.missed: DepthSnapshot | None = None
        """A snapshot newer than the last diff: diffs that explain it may yet come."""
        self._due: int | None = None
        self._pause = SILENCE_NS

    def on_diff(self, received: int) -> None:
        """A diff came."""
        self.snapshot_requested, self.missed = False, None
        self._pause = SILENCE_NS
        self._due = received + SILENCE_NS

    def on_book(self, received: int) -> None:
        """A book was taken: no answer to an earlier request tells that this one stands still."""
        self.snapshot_requested, self.missed = False, None
        self._due = max(self._due or 0, received + SILENCE_NS)

    def is_due(self, received: int) -> bool:
        """Whether it is time to look into the silence."""
        if self._due is None:
            self._due = received + SILENCE_NS
        return received >= self._due

    def book_unchanged(self, received: int) -> None:
        """The book stands still."""
        self.snapshot_requested = False
        self._due = received + LONGEST_SILENCE_NS

    def stream_behind(self, snapshot: DepthSnapshot, *, newer: bool) -> None:
        """The book does not stand still; the stream says nothing of it."""
        self.snapshot_requested = False
        self.missed = snapshot if newer else None
        self._due = snapshot.received + self._pause
        self._pause = min(2 * self._pause, LONGEST_SILENCE_NS)
