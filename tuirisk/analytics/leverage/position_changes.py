"""How the account's trades explain a change of a position: when it is complete, in which parts.

A position's new quantity comes from the account report, the reason and the realised profit from
the account's trades, in either order and in several parts. A change is complete once its trades
explain it and no more came for a second; one that the exchange forced at once; one without
trades, as after an outage, when two seconds brought none. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import isclose
from typing import Literal, NamedTuple

from tuirisk.events import FillReason, OrderFill
from tuirisk.state.position_ledger import (
    Leg,
    PendingChange,
    PositionLedger,
    RecordedPosition,
)

QUIET_MS = 1_000
"""Trades of one order come together: a change is complete when no more came for so long."""
SETTLE_MS = 2_000
"""How long a change waits for the trades that explain it."""
LONGEST_MS = 5_000
"""How long the trades of one change are collected at most."""
Cause = FillReason | Literal["balance", ""]
"""Who changed it, as the exchange says; ``balance``: a liquidation by what the wallet lost; empty:
the exchange gave no reason."""


@dataclass(frozen=True, slots=True)
class ObservedPositions:
    """The positions as they are now; ``reported_ms`` is when the account was last reported."""

    source: Literal["account", "config"]
    wallet: float
    reported_ms: int
    positions: Mapping[Leg, RecordedPosition]
    account: str = ""
    as_of_ms: int = 0
    """Since when the account may have changed unseen; 0: since it was reported."""


class Step(NamedTuple):
    """A part of a change: trades of one reason, or what no trade explains (cause empty)."""

    cause: Cause
    quantity: float
    price: float | None = None
    pnl: float | None = None


def leg_quantity(positions: Mapping[Leg, RecordedPosition], leg: Leg) -> float:
    """Quantity of ``leg``, base asset, below 0 when short; 0 where there is no position."""
    position = positions.get(leg)
    return 0.0 if position is None else position.quantity


def pending_changes(
    ledger: PositionLedger,
    observed: ObservedPositions,
    unseen: Sequence[OrderFill],
    time_ms: int,
) -> dict[Leg, PendingChange]:
    """The changes that no event covers yet: of the quantity of a leg, or by its trades."""
    legs = {*ledger.positions, *observed.positions, *ledger.pending, *map(leg_of, unseen)}
    pending = {}
    for leg in sorted(legs):
        quantity = leg_quantity(observed.positions, leg)
        change = ledger.pending.get(leg)
        new = tuple(fill for fill in unseen if leg_of(fill) == leg)
        fills = (*change.fills, *new) if change is not None else new
        if not fills and quantity == leg_quantity(ledger.positions, leg):
            continue
        if change is None:
            pending[leg] = PendingChange(time_ms, time_ms, quantity, fills)
        else:
            moved = bool(new) or quantity != change.quantity
            active_ms = time_ms if moved else change.active_ms
            pending[leg] = PendingChange(change.since_ms, active_ms, quantity, fills)
    return pending


def steps_of(
    ledger: PositionLedger,
    observed: ObservedPositions,
    leg: Leg,
    change: PendingChange,
    time_ms: int,
) -> tuple[Step, ...] | None:
    """The parts of the change once it can be told; None while it cannot, empty for none at all."""
    quantity = change.quantity - leg_quantity(ledger.positions, leg)
    quiet = time_ms - change.active_ms >= QUIET_MS
    if quantity == 0.0:
        newest_ms = max(fill.received for fill in change.fills) // 1_000_000
        if observed.reported_ms < newest_ms:
            return None
        if _explains(change.fills, 0.0):
            return _by_reason(change.fills) if quiet or _forced(change.fills) else None
        # The account had these trades already, or is about to be reported with them.
        return () if observed.reported_ms - newest_ms >= SETTLE_MS else None
    fills = _explaining(change.fills, quantity)
    if fills:
        whole = quiet or _forced(fills) or time_ms - change.since_ms >= LONGEST_MS
        return _by_reason(fills) if whole else None
    if not quiet or time_ms - change.since_ms < SETTLE_MS:
        return None
    rest = quantity - sum(map(_signed, change.fills))
    if change.fills and rest * quantity > 0 and abs(rest) < abs(quantity):
        return Step("", rest), *_by_reason(change.fills)
    return (Step("", quantity),)


def _signed(fill: OrderFill) -> float:
    return fill.quantity if fill.side == "BUY" else -fill.quantity


def _forced(fills: Iterable[OrderFill]) -> bool:
    return any(fill.reason != "user" for fill in fills)


def _explains(fills: Sequence[OrderFill], quantity: float) -> bool:
    size = sum(fill.quantity for fill in fills)
    return isclose(sum(map(_signed, fills)), quantity, rel_tol=0.0, abs_tol=1e-9 * size)


def _explaining(fills: tuple[OrderFill, ...], quantity: float) -> tuple[OrderFill, ...]:
    """The newest ``fills`` that come to ``quantity``, as many as there are; empty for none.

    Older ones may have been in the account before their change was told.
    """
    for first in range(len(fills)):
        if _explains(fills[first:], quantity):
            return fills[first:]
    return ()


def _by_reason(fills: Iterable[OrderFill]) -> tuple[Step, ...]:
    """One step for each run of trades of the same reason and side."""
    steps = []
    for (reason, _), run in groupby(fills, key=lambda fill: (fill.reason, fill.side)):
        trades = tuple(run)
        size = sum(fill.quantity for fill in trades)
        price = sum(fill.quantity * fill.price for fill in trades) / size
        pnl = sum(fill.realised_pnl for fill in trades)
        steps.append(Step(reason, sum(map(_signed, trades)), price, pnl))
    return tuple(steps)


def leg_of(fill: OrderFill) -> Leg:
    """The leg that a trade changes."""
    return fill.symbol, fill.position_side
