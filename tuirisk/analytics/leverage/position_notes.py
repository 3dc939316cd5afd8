"""Codes of the notes on a symbol's positions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tuirisk.state import Missing, Position
from tuirisk.state.codes import NoteCode

OVER_BUDGET: Final = "account_var_over_budget"
WITHIN_SIGMA: Final = "liquidation_within_1_sigma"
DUE: Final = "liquidation_due"
BEYOND_BRACKET: Final = "leverage_beyond_bracket"


def position_notes(
    positions: Sequence[Position], over_budget: bool, stale: bool
) -> tuple[NoteCode, ...]:
    """Notes on the positions of one symbol; none at a ``stale`` mark price.

    ``over_budget``: the account's one-day VaR exceeds its budget, to which they contribute.
    """
    if not positions or stale:
        return ()
    conditions: dict[NoteCode, bool] = {
        DUE: any(p.liquidation_due for p in positions),
        WITHIN_SIGMA: any(_under(p.distance_sigmas, 1.0) for p in positions),
        BEYOND_BRACKET: any(_beyond(p) for p in positions),
        OVER_BUDGET: over_budget,
    }
    return tuple(code for code, holds in conditions.items() if holds)


def _under(distance: float | Missing, limit: float) -> bool:
    return not isinstance(distance, Missing) and abs(distance) < limit


def _beyond(position: Position) -> bool:
    """Whether the chosen leverage is more than the bracket of the notional allows."""
    chosen, most = position.leverage_setting, position.max_leverage
    return not isinstance(chosen, Missing) and not isinstance(most, Missing) and chosen > most
