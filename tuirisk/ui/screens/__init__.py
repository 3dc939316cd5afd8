"""Screens beside the dashboard; each is painted from a View, as the dashboard's panels are."""

from __future__ import annotations

from textual.screen import Screen

from tuirisk.state import WhatIfAnswer, WhatIfPosition
from tuirisk.state.account_values import AccountHistory
from tuirisk.state.hedges import HedgeTable
from tuirisk.state.radar import RadarState
from tuirisk.state.score_history import ScoreHistory
from tuirisk.ui.view.commands import Where
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.canvas import Canvas
from tuirisk.ui.widgets.closing import ClosesOnce


class PaintedScreen(ClosesOnce, Screen[None]):
    """A screen that takes the dashboard's place."""

    def __init__(self, view: View) -> None:
        super().__init__()
        self._view = view
        self._canvases: list[Canvas] = []
        """Empty before the screen is mounted."""

    @property
    def command_scopes(self) -> tuple[Where, ...]:
        """Which commands work on it, beside those that work anywhere."""
        return ()

    def show(self, view: View) -> None:
        """Paint ``view``."""
        self._view = view
        for canvas in self._canvases:
            canvas.show(view)

    def paint_skipped(self) -> None:
        """Paint what the pace of a panel has kept from being painted."""
        for canvas in self._canvases:
            canvas.paint_skipped()

    def show_radar(self, state: RadarState) -> None:
        """Take a newer state of the radar."""

    def show_what_if_answer(
        self, hypothetical: WhatIfPosition, answer: WhatIfAnswer | None
    ) -> None:
        """Take the answer to a :class:`~tuirisk.ui.view.messages.WhatIfRequested`."""

    def show_hedges(self, table: HedgeTable | None) -> None:
        """Take the answer to a :class:`~tuirisk.ui.view.messages.HedgesRequested`."""

    def show_account_history(self, history: AccountHistory) -> None:
        """Take the answer to a :class:`~tuirisk.ui.view.messages.AccountHistoryRequested`."""

    def show_score_history(self, history: ScoreHistory) -> None:
        """Take the answer to a :class:`~tuirisk.ui.view.messages.ScoreHistoryRequested`."""
