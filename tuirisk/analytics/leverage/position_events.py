"""What happened to the positions: opened, increased, reduced, closed, flipped, liquidated. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from tuirisk.analytics.leverage.liquidation_evidence import (
    PriceRange,
    liquidated_legs,
)
from tuirisk.analytics.leverage.open_positions import OpenPositions, Side
from tuirisk.analytics.leverage.position_changes import (
    Cause,
    ObservedPositions,
    Step,
    leg_quantity,
    pending_changes,
    steps_of,
)
from tuirisk.events import OrderFill
from tuirisk.state import NOT_YET, Missing, Number
from tuirisk.state.position_ledger import (
    Leg,
    PositionLedger,
    RecordedPosition,
)

LIQUIDATED_MS = 15 * 60_000
"""How long after a liquidation its symbol counts as liquidated."""
NO_PROFIT = Missing("not_applicable")
LONGEST_WAIT_MS = 20_000
"""How long a change of the time when nothing ran waits for the bars of its symbol."""
NOT_KNOWN = Missing("not_measured")
NO_PRICE = Missing("not_received_yet", thing="mark_price")

EventKind = Literal["opened", "increased", "reduced", "closed", "flipped", "liquidated"]


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
    since_ms: int = 0
    """After when it happened, where nothing ran at the time; else 0."""

    @property
    def quantity(self) -> float:
        """What was opened or closed, base asset."""
        return abs(_tidy(self.after - self.before))

    @property
    def forced(self) -> bool:
        """Whether the exchange did it, not the user."""
        return self.cause in ("liquidation", "balance", "adl", "settlement")


def advance(
    ledger: PositionLedger | None,
    observed: ObservedPositions,
    fills: Sequence[OrderFill],
    fill_count: int,
    time_ms: int,
    prices: Callable[[str, int], PriceRange | None],
    earlier: Mapping[str, PositionLedger] = MappingProxyType({}),
    waits_for_bars: Callable[[str], bool] = lambda _: False,
) -> tuple[PositionLedger, tuple[PositionEvent, ...]]:
    """The ledger after one assessment, and the events that it brings, oldest first.

    ``fills`` are the newest of the ``fill_count`` trades so far. ``prices(symbol, since_ms)`` gives
    the prices of a symbol from then on. The first positions of a run, and those of another source
    or account, are compared with those that an ``earlier`` run knew of the account; without them
    they are where it begins and bring no event. A change of the time when nothing ran becomes
    an event when ``waits_for_bars(symbol)`` is false, for the bars show whether it was liquidated.
    """
    if ledger is None or (ledger.source, ledger.account) != (observed.source, observed.account):
        liquidated = {} if ledger is None else ledger.liquidated
        stored = earlier.get(observed.account) if observed.account else None
        if stored is None or stored.reported_ms > observed.reported_ms:
            ledger = PositionLedger(
                observed.source, observed.wallet, time_ms, observed.positions, fill_count,
                liquidated=liquidated, account=observed.account,
                reported_ms=observed.as_of_ms or observed.reported_ms,
            )  # fmt: skip
            return ledger, ()
        ledger = replace(
            stored, fills_seen=0, liquidated=liquidated, absent_since_ms=stored.reported_ms
        )
    unseen = fills[max(0, len(fills) - (fill_count - ledger.fills_seen)) :]
    pending = pending_changes(ledger, observed, unseen, time_ms)
    steps = {leg: steps_of(ledger, observed, leg, pending[leg], time_ms) for leg in pending}
    if ledger.absent_since_ms:
        for leg, change in pending.items():
            if waits_for_bars(leg[0]) and time_ms - change.since_ms < LONGEST_WAIT_MS:
                steps[leg] = None
    settled = {leg: found for leg, found in steps.items() if found}
    settled = _judged_by_balance(ledger, observed, settled, prices)
    events: list[PositionEvent] = []
    for leg, steps_of_leg in settled.items():
        events += _events(ledger, observed, leg, steps_of_leg, prices)
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
        observed.account,
        observed.as_of_ms or observed.reported_ms,
        ledger.absent_since_ms if waiting else 0,
    )
    return ledger, tuple(events)


def observed_positions(
    positions: OpenPositions,
    reported_ms: int,
    liquidation_price: Callable[[str, Side], float | None],
    account: str = "",
) -> ObservedPositions:
    """The open positions of ``account`` by leg, reported at ``reported_ms``."""
    legs: dict[Leg, RecordedPosition] = {}
    for position in positions.positions:
        leg: Leg = (position.symbol, position.side if positions.hedge_mode else "both")
        leg_before = legs.get(leg)
        legs[leg] = RecordedPosition(
            position.sign * position.quantity
            + (leg_before.quantity if leg_before is not None else 0.0),
            position.entry_price,
            position.wallet if position.isolated else None,
            liquidation_price(position.symbol, position.side),
        )
    return ObservedPositions(positions.source, positions.wallet, reported_ms, legs, account)


def _recorded(
    ledger: PositionLedger, observed: ObservedPositions, waiting: Iterable[Leg]
) -> dict[Leg, RecordedPosition]:
    """The positions after the events so far: of a leg that waits, the one before its change."""
    recorded = dict(observed.positions)
    for leg, position in observed.positions.items():
        before = ledger.positions.get(leg)
        if position.liquidation_price is None and before is not None:
            recorded[leg] = replace(position, liquidation_price=before.liquidation_price)
    for leg in waiting:
        recorded.pop(leg, None)
        if leg in ledger.positions:
            recorded[leg] = ledger.positions[leg]
    return recorded


def _judged_by_balance(
    ledger: PositionLedger,
    observed: ObservedPositions,
    settled: Mapping[Leg, tuple[Step, ...]],
    prices: Callable[[str, int], PriceRange | None],
) -> dict[Leg, tuple[Step, ...]]:
    """``settled`` with the liquidations that only the lost balance shows."""
    if observed.source == "config":
        return dict(settled)
    closed = [
        leg
        for leg, steps in settled.items()
        if leg in ledger.positions and leg not in observed.positions and steps[0].cause == ""
    ]
    reported_pnl = sum(step.pnl or 0.0 for steps in settled.values() for step in steps)
    before = _wallets(ledger.wallet, ledger.positions)
    lost = before - _wallets(observed.wallet, observed.positions) + reported_pnl
    reached = {leg: prices(leg[0], ledger.quiet_ms) for leg in closed}
    costs = liquidated_legs(closed, ledger, lost, reached)
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
    steps: Sequence[Step],
    prices: Callable[[str, int], PriceRange | None],
) -> list[PositionEvent]:
    """One event a step; the last ends at the quantity that the account has."""
    at = leg_quantity(observed.positions, leg) - sum(step.quantity for step in steps)
    at = _tidy(at)
    recorded = ledger.positions.get(leg)
    entry_price = recorded.entry_price if recorded is not None else 0.0
    price_range = prices(leg[0], ledger.quiet_ms)
    mark = NO_PRICE if price_range is None else price_range.last
    opened = observed.positions.get(leg)
    events = []
    for step in steps:
        before, at = at, _tidy(at + step.quantity)
        absent = ledger.absent_since_ms > 0 and step.price is None
        price: Number = mark if step.price is None else step.price
        if absent:
            price = NOT_KNOWN
        if step.price is None and before == 0.0 and opened is not None:
            price = opened.entry_price
        pnl = _profit(step, before, at, entry_price, price)
        kind = _kind(before, at, step.cause)
        since_ms = ledger.absent_since_ms if absent else 0
        events.append(PositionEvent(leg[0], kind, before, at, step.cause, price, pnl, since_ms))
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


def _profit(step: Step, before: float, after: float, entry_price: float, price: Number) -> Number:
    """The exchange's own figure, else the quantity closed × (price − entry price)."""
    closed = before if before * after <= 0 else before - after
    if abs(after) >= abs(before) and before * after >= 0:
        return NO_PROFIT
    if step.pnl is not None:
        return step.pnl
    if isinstance(price, Missing):
        return price
    return closed * (price - entry_price) if entry_price > 0 else NOT_YET
