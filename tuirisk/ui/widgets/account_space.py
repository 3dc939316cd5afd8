"""How much of the dashboard the account takes, by the size of the terminal."""

from __future__ import annotations

from typing import Literal, NamedTuple

from tuirisk.ui.view.open_positions import positions_by_danger
from tuirisk.ui.view.view import View

WIDE, MEDIUM, TALL = 100, 32, 50
"""Least columns and rows of the terminal for a panel, and rows for a longer one."""
VERY_WIDE = 180
"""Columns in which two rows hold all figures."""
NARROW, SHORT = 60, 16
"""Below this many columns or rows there is the watchlist and the worst position."""
TWO_ROWS = 22
"""Rows from which on the account itself has a row."""
POSITIONS = {MEDIUM: 4, TALL: 8}
"""Rows of positions in the panel, by the least rows of the terminal."""
Form = Literal["none", "unread", "worst", "lines", "panel"]


class AccountSpace(NamedTuple):
    """What is shown of the account: in ``rows`` rows, up to ``positions`` of them positions."""

    form: Form
    rows: int
    positions: int = 0
    figures: int = 0
    """Rows of a panel that its figures take."""

    @property
    def with_margin(self) -> int:
        """The rows and the blank one above a panel."""
        return self.rows + (self.form == "panel")


def account_space(view: View, width: int, height: int) -> AccountSpace:
    """The space of the account in a terminal of ``width`` × ``height`` cells.

    Nothing without an account, and while it is not known whether there is one.
    """
    state = view.state
    if state is None:
        return AccountSpace("none", 0)
    if state.account is None:
        reading = state.connection.account
        unread = reading is not None and reading.status not in ("awaited", "read")
        return AccountSpace("unread", 1) if unread else AccountSpace("none", 0)
    if width < NARROW or height < SHORT:
        return AccountSpace("worst", 2 if height >= 9 else 1)
    if width < WIDE or height < MEDIUM:
        return AccountSpace("worst", 1) if height < TWO_ROWS else AccountSpace("lines", 2)
    held = len(positions_by_danger(view))
    most = POSITIONS[TALL if height >= TALL else MEDIUM]
    shown = min(held, most)
    figures = 2 if width >= VERY_WIDE else 3
    return AccountSpace("panel", 2 + figures + shown + (held > most), shown, figures)
