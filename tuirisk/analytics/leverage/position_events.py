"""What happened to the positions: opened, increased, reduced, closed, flipped, liquidated.

A position's new quantity comes from the account report, the reason and the realised profit from
the account's trades, in either order and in several parts. A change is told once its trades
explain it and no more came for a second; one that the exchange forced at once; one without
trades, as after an outage, when two seconds brought none. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import isclose
from typing import Literal, NamedTuple

from tuirisk.analytics.leverage.liquidation_evidence import (
    PriceRange,
    liquidated_legs,
)
from tuirisk.analytics.leverage.open_positions import OpenPositions, Side
from tuirisk.events.events import FillReason, OrderFill
from tuirisk.state import NOT_YET, Missing, Number
from tuirisk.state.position_ledger import (
    Leg,
    PendingChange,
    PositionLedger,
    RecordedPosition,
)

QUIET_MS = 1_000
"""Trades of one order come together: a change is told when no more came for so long."""
SETTLE_MS = 2_000
"""How long a change waits for the trades that explain it."""
LONGEST_MS = 5_000
"""How long a change is gathered that goes on and on."""
LIQUIDATED_MS = 15 * 60_000
"""How long after a liquidation its symbol counts as liquidated."""
NO_PROFIT = Missing("not_applicable")
NO_PRICE = Missing("not_received_yet", thing="mark_price")

EventKind = Literal["opened", "increased", "reduced", "closed", "flipped", "liquidated"]
Cause = FillReason | Literal["balance", ""]
"""Who changed it, as the exchange told; ``balance``: a liquidation by what the wallet lost; empty:
not told."""


@dataclass(frozen=True, slots=True)
class PositionEvent:
    """A change of one leg. Quantities (base asset) are below 0 when short."""

    symbol: str
    kind: EventKind
    before: float
    after: float
    cause: Cause
    price: Number
    """Mean price of its trades, else the newest mark price."""
    pnl: Number
    """Realised, quote asset, without fees; not applicable where nothing was closed."""

    @property
    def quantity(self) -> float:
        """What was opened or closed, base asset."""
        return abs(self.after - self.before)

    @property
    def forced(self) -> bool:
        """Whether the exchange did it, not the user."""
        return self.cause in ("liquidation", "balance", "adl", "settlement")


@dataclass(frozen=True, slots=True)
class ObservedPositions:
    """The positions as they are now; ``reported_ms`` is when the account was last reported."""

    source: Literal["account", "config"]
    wallet: float
    reported_ms: int
    positions: Mapping[Leg, RecordedPosition]


class _Step(NamedTuple):
    """A part of a change: trades of one reason, or what no trade explains (cause empty)."""

    cause: Cause
    quantity: float
    price: float | None = None
    pnl: float | None = None


def advance(
    ledger: PositionLedger | None,
    observed: ObservedPositions,
    fills: Sequence[OrderFill],
    fill_count: int,
    time_ms: int,
    prices: Callable[[str, int], PriceRange | None],
) -> tuple[PositionLedger, tuple[PositionEvent, ...]]:
    """Take one assessment in; the events that it brings, oldest first.

    ``fills`` are the newest of the ``fill_count`` trades so far. ``prices(symbol, since_ms)`` gives
    the prices of a symbol from then on. The first positions of a run, and those of another source,
    are where it begins and bring no event.
    """
    if ledger is None or ledger.source != observed.source:
        liquidated = {} if ledger is None else ledger.liquidated
        ledger = PositionLedger(
            observed.source, observed.wallet, time_ms, observed.positions, fill_count,
            liquidated=liquidated,
        )  # fmt: skip
        return ledger, ()
    unseen = fills[max(0, len(fills) - (fill_count - ledger.fills_seen)) :]
    pending = _pending(ledger, observed, unseen, time_ms)
    steps = {leg: _steps(ledger, observed, leg, pending[leg], time_ms) for leg in pending}
    settled = {leg: found for leg, found in steps.items() if found}
    settled = _judged_by_balance(ledger, observed, settled, prices)
    events: list[PositionEvent] = []
    for leg, found in settled.items():
        events += _events(ledger, observed, leg, found, prices)
    waiting = {leg: change for leg, change in pending.items() if steps[leg] is None}
    liquidated = {s: at for s, at in ledger.liquidated.items() if time_ms - at < LIQUIDATED_MS}
    liquidated |= {event.symbol: time_ms for event in events if event.kind == "liquidated"}
    ledger = PositionLedger(
        observed.source,
        ledger.wallet if waiting else observed.wallet,
        ledger.quiet_ms if waiting else time_ms,
        _recorded(ledger, observed, waiting),
        fill_count,
        waiting,
        liquidated,
    )
    return ledger, tuple(events)


def observed_positions(
    positions: OpenPositions,
    reported_ms: int,
    liquidation_price: Callable[[str, Side], float | None],
) -> ObservedPositions:
    """The open positions by leg, reported at ``reported_ms``, with what is known of them."""
    legs: dict[Leg, RecordedPosition] = {}
    for position in positions.positions:
        leg: Leg = (position.symbol, position.side if positions.hedge_mode else "both")
        known = legs.get(leg)
        legs[leg] = RecordedPosition(
            position.sign * position.quantity + (known.quantity if known is not None else 0.0),
            position.entry_price,
            position.wallet if position.isolated else None,
            liquidation_price(position.symbol, position.side),
        )
    return ObservedPositions(positions.source, positions.wallet, reported_ms, legs)


def leg_of(fill: OrderFill) -> Leg:
    return fill.symbol, fill.position_side


def _quantity(positions: Mapping[Leg, RecordedPosition], leg: Leg) -> float:
    position = positions.get(leg)
    return 0.0 if position is None else position.quantity


def _recorded(
    ledger: PositionLedger, observed: ObservedPositions, waiting: Iterable[Leg]
) -> dict[Leg, RecordedPosition]:
    """The positions as they have been told: of a leg that waits as they were."""
    recorded = dict(observed.positions)
    for leg, position in observed.positions.items():
        known = ledger.positions.get(leg)
        if position.liquidation_price is None and known is not None:
            recorded[leg] = replace(position, liquidation_price=known.liquidation_price)
    for leg in waiting:
        recorded.pop(leg, None)
        if leg in ledger.positions:
            recorded[leg] = ledger.positions[leg]
    return recorded


def _pending(
    ledger: PositionLedger,
    observed: ObservedPositions,
    unseen: Sequence[OrderFill],
    time_ms: int,
) -> dict[Leg, PendingChange]:
    """The legs that are not as they were told, or have trades that were not."""
    legs = {*ledger.positions, *observed.positions, *ledger.pending, *map(leg_of, unseen)}
    pending = {}
    for leg in sorted(legs):
        quantity = _quantity(observed.positions, leg)
        known = ledger.pending.get(leg)
        new = tuple(fill for fill in unseen if leg_of(fill) == leg)
        fills = (*known.fills, *new) if known is not None else new
        if not fills and quantity == _quantity(ledger.positions, leg):
            continue
        if known is None:
            pending[leg] = PendingChange(time_ms, time_ms, quantity, fills)
        else:
            moved = bool(new) or quantity != known.quantity
            active_ms = time_ms if moved else known.active_ms
            pending[leg] = PendingChange(known.since_ms, active_ms, quantity, fills)
    return pending


def _steps(
    ledger: PositionLedger,
    observed: ObservedPositions,
    leg: Leg,
    change: PendingChange,
    time_ms: int,
) -> tuple[_Step, ...] | None:
    """The parts of the change once it can be told; None while it cannot, empty for none at all."""
    quantity = change.quantity - _quantity(ledger.positions, leg)
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
        return _Step("", rest), *_by_reason(change.fills)
    return (_Step("", quantity),)


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


def _by_reason(fills: Iterable[OrderFill]) -> tuple[_Step, ...]:
    """One step for each run of trades of the same reason and side."""
    steps = []
    for (reason, _), run in groupby(fills, key=lambda fill: (fill.reason, fill.side)):
        trades = tuple(run)
        size = sum(fill.quantity for fill in trades)
        price = sum(fill.quantity * fill.price for fill in trades) / size
        pnl = sum(fill.realised_pnl for fill in trades)
        steps.append(_Step(reason, sum(map(_signed, trades)), price, pnl))
    return tuple(steps)


def _judged_by_balance(
    ledger: PositionLedger,
    observed: ObservedPositions,
    settled: Mapping[Leg, tuple[_Step, ...]],
    prices: Callable[[str, int], PriceRange | None],
) -> dict[Leg, tuple[_Step, ...]]:
    """``settled`` with the liquidations of which the exchange told no reason."""
    if observed.source == "config":
        return dict(settled)
    gone = [
        leg
        for leg, steps in settled.items()
        if leg in ledger.positions and leg not in observed.positions and steps[0].cause == ""
    ]
    told = sum(step.pnl or 0.0 for steps in settled.values() for step in steps)
    before = _wallets(ledger.wallet, ledger.positions)
    lost = before - _wallets(observed.wallet, observed.positions) + told
    reached = {leg: prices(leg[0], ledger.quiet_ms) for leg in gone}
    costs = liquidated_legs(gone, ledger, lost, reached)
    judged = dict(settled)
    for leg, loss in costs.items():
        first, *others = settled[leg]
        judged[leg] = (first._replace(cause="balance", pnl=-loss), *others)
    return judged


def _wallets(wallet: float, positions: Mapping[Leg, RecordedPosition]) -> float:
    return wallet + sum(position.isolated_wallet or 0.0 for position in positions.values())


def _events(
    ledger: PositionLedger,
    observed: ObservedPositions,
    leg: Leg,
    steps: Sequence[_Step],
    prices: Callable[[str, int], PriceRange | None],
) -> list[PositionEvent]:
    """One event a step; the last ends at the quantity that the account has."""
    at = _quantity(observed.positions, leg) - sum(step.quantity for step in steps)
    at = _tidy(at)
    known = ledger.positions.get(leg)
    entry_price = known.entry_price if known is not None else 0.0
    seen = prices(leg[0], ledger.quiet_ms)
    mark = NO_PRICE if seen is None else seen.last
    opened = observed.positions.get(leg)
    events = []
    for step in steps:
        before, at = at, _tidy(at + step.quantity)
        price = mark if step.price is None else step.price
        if step.price is None and before == 0.0 and opened is not None:
            price = opened.entry_price
        pnl = _profit(step, before, at, entry_price, price)
        kind = _kind(before, at, step.cause)
        events.append(PositionEvent(leg[0], kind, before, at, step.cause, price, pnl))
    return events


def _tidy(quantity: float) -> float:
    """``quantity`` without what adding decimals leaves behind."""
    return round(quantity, 10) + 0.0


def _kind(before: float, after: float, cause: Cause) -> EventKind:
    if before == 0.0:
        return "opened"
    if before * after < 0:
        return "flipped"
    if abs(after) > abs(before):
        return "increased"
    if cause in ("liquidation", "balance"):
        return "liquidated"
    return "closed" if after == 0.0 else "reduced"


def _profit(step: _Step, before: float, after: float, entry_price: float, price: Number) -> Number:
    """The exchange's own figure, else the quantity closed × (price − entry price)."""
    closed = before if before * after <= 0 else before - after
    if abs(after) >= abs(before) and before * after >= 0:
        return NO_PROFIT
    if step.pnl is not None:
        return step.pnl
    if isinstance(price, Missing):
        return price
    return closed * (price - entry_price) if entry_price > 0 else NOT_YET
