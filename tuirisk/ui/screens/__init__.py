"""Screens beside the dashboard; each is painted from a View, as the dashboard's panels are."""

from __future__ import annotations

from textual.screen import Screen

from tuirisk.state import WhatIfAnswer, WhatIfPosition
from tuirisk.state.hedges import HedgeTable
from tuirisk.state.radar import RadarState
from tuirisk.ui.view.commands import Where
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.closing import ClosesOnce


class PaintedScreen(ClosesOnce, Screen[None]):
    """A screen that takes the dashboard's place."""

    @property
    def command_scopes(self) -> tuple[Where, ...]:
        """Which commands work on it, beside those that work anywhere."""
        return ()

    def show(self, view: View) -> None:
        """Paint ``view``."""
        raise NotImplementedError

    def paint_skipped(self) -> None:
        """Paint what the pace of a panel has kept from being painted."""

    def show_radar(self, state: RadarState) -> None:
        """Take a newer state of the radar."""

    def show_what_if_answer(
        self, hypothetical: WhatIfPosition, answer: WhatIfAnswer | None
    ) -> None:
        """Take the answer to a :class:`~tuirisk.ui.view.messages.WhatIfRequested`."""

    def show_hedges(self, table: HedgeTable | None) -> None:
        """Take the answer to a :class:`~tuirisk.ui.view.messages.HedgesRequested`."""
