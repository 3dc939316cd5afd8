"""From states and keys to the view: what is shown, in which order, frozen or not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from tuirisk.events.playback import Playback
from tuirisk.state import LogEntry, RiskState
from tuirisk.ui.view.changes import same_picture
from tuirisk.ui.view.sorting import filter_symbols, sort_symbols
from tuirisk.ui.view.view import View

SETTLED_MS = 5_000
"""A sorted watchlist is sorted anew this often: rows that change places cannot be read."""


class ViewUpdates:
    """The view that is shown and the newest state received, which a frozen view does not show.

    Each method that changes the view returns whether the picture is another one by that.
    """

    def __init__(self, view: View) -> None:
        self.view = view
        self.received: RiskState | None = None
        self._sorted_for: tuple[object, ...] = ()

    def change(self, **changes: Any) -> bool:
        """Replace fields of the view; the chosen symbol is always one of those shown."""
        view = self._ordered(replace(self.view, **changes))
        symbols = view.symbols
        if symbols and view.chosen not in symbols:
            old = self.view.symbols
            index = old.index(view.chosen) if view.chosen in old else 0
            view = replace(view, chosen=symbols[min(index, len(symbols) - 1)])
        same, self.view = same_picture(self.view, view), view
        return not same

    def receive(self, state: RiskState, playback: Playback | None = None) -> bool:
        """Show ``state``; a frozen view only says how far behind it is. ``playback``: how far the
        replay is, where there is one.
        """
        self.received = state
        if not self.view.frozen:
            return self.change(state=state, playback=playback, failure="", silent_ms=0.0)
        behind = max(0, state.time_ms - self.view.time_ms) // 1000 * 1000
        return self.change(failure="", silent_ms=0.0, behind_ms=behind)

    def forget_state(self) -> bool:
        """Show that no monitor has said anything yet."""
        self.received = None
        return self.change(state=None, failure="", silent_ms=0.0, frozen=False)

    def toggle_freeze(self) -> bool:
        """Let the view stand still; one that does shows the newest state again."""
        if self.view.frozen:
            return self.change(frozen=False, behind_ms=0, state=self.received)
        return self.view.state is not None and self.change(frozen=True)

    def acknowledge(self, entries: Iterable[LogEntry]) -> bool:
        """Count ``entries`` and older alerts of their symbols as acknowledged."""
        times = dict(self.view.acknowledged)
        for entry in entries:
            times[entry.symbol] = max(times.get(entry.symbol, -1), entry.time_ms)
        return self.change(acknowledged=times)

    def _ordered(self, view: View) -> View:
        """``view`` with its symbols filtered and, if they are due, sorted anew."""
        if view.sort == "list" and not view.filter and not view.listing:
            return view if view.order is None else replace(view, order=None)
        pace = 0 if view.sort == "list" else view.time_ms // SETTLED_MS
        due = (view.sort, view.filter, view.watched, view.listing, pace)
        if due == self._sorted_for and view.order is not None:
            return view
        self._sorted_for = due
        order = sort_symbols(view, filter_symbols(view.watched, view.filter))
        return view if order == view.order else replace(view, order=order)
