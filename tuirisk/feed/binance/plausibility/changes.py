"""Facts that seldom change: an answer that changes one is asked for again."""

from __future__ import annotations

from collections.abc import Mapping

from tuirisk.feed.binance.plausibility.implausible import implausible


class ChangeChecks:
    """Remembers of each subject what its newest answer would change."""

    def __init__(self) -> None:
        self._doubted: dict[str, Mapping[str, object]] = {}

    def check(self, subject: str, changed: Mapping[str, object]) -> None:
        """Check what an answer changes: name → new value. ``subject`` is the code of what it is of.

        Raises:
            Implausible: it changes something, and the answer before did not change the same.
        """
        doubted, self._doubted[subject] = self._doubted.get(subject), changed
        if changed and changed != doubted:
            raise implausible(subject, "leaps")
