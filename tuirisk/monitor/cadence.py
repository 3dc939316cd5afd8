"""Which symbols are assessed at a batch: those in view or held at each, others once a second."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from tuirisk.events.intervals import SECOND_NS

PERIOD_NS = 9 * SECOND_NS // 10
"""Between two assessments of a symbol that nobody looks at: with what a batch adds, a second."""
PHASES = 4
"""Such symbols are assessed in so many parts at least, one after the other, the longest overdue
first."""


class Cadence:
    """Says which symbols are due; each is, until :meth:`look_at` is called.

    Depends on the times of the batches alone, so that a recording gives the same states each time.
    """

    def __init__(self) -> None:
        self._in_view: frozenset[str] | None = None
        self._due_at: dict[str, int] = {}
        """Symbol that is not in view → when it is assessed next (ns)."""

    def look_at(self, symbols: Iterable[str]) -> None:
        """From the next batch on, these are in view and no others. May be called in any thread."""
        self._in_view = frozenset(symbols)

    def due(self, names: Collection[str], held: Collection[str], now: int) -> Collection[str]:
        """Those of ``names`` that are assessed at ``now`` (ns); ``held`` are the open positions."""
        in_view = self._in_view
        if in_view is None:
            return names
        chosen = {name for name in names if name in in_view or name in held}
        for name in chosen | (self._due_at.keys() - set(names)):
            self._due_at.pop(name, None)
        others = [name for name in names if name not in chosen]
        overdue: list[tuple[int, str]] = []
        for place, name in enumerate(others):
            at = self._due_at.get(name)
            if at is None:
                # The first time a part of the period, so that they are spread over it.
                self._due_at[name] = now + PERIOD_NS * (place % PHASES + 1) // PHASES
                chosen.add(name)
            elif abs(now - at) > PERIOD_NS:
                # Far too late, or the clock was set back: at once.
                overdue.append((0, name))
            elif now >= at:
                overdue.append((at, name))
        # Not all at once: what is in view would wait for them, and they would stay together.
        overdue.sort()
        part = -(-len(others) // PHASES)
        for rank, (at, name) in enumerate(overdue):
            if rank < part or not at:
                self._due_at[name] = now + PERIOD_NS
                chosen.add(name)
        return chosen
