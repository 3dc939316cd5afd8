"""Position events of one assessment, as entries of the log; and what is remembered of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tuirisk.analytics.leverage.liquidation_evidence import PriceRange, price_range
from tuirisk.analytics.leverage.open_positions import OpenPositions
from tuirisk.analytics.leverage.position_events import (
    LIQUIDATED_MS,
    PositionEvent,
    advance,
    observed_positions,
)
from tuirisk.market.market import Market
from tuirisk.state import EarlierRuns, LogEntry, Missing, RiskState
from tuirisk.state.position_ledger import PositionLedger
from tuirisk.state.position_text import position_sentence, quantity_text


def position_log(
    market: Market,
    positions: OpenPositions,
    previous: RiskState | None,
    earlier_runs: EarlierRuns,
    time_ms: int,
) -> tuple[PositionLedger, list[LogEntry]]:
    """What is known of ``positions`` at ``time_ms``, and the entries of what happened to them.

    A run begins with the liquidations of the minutes before it that ``earlier_runs`` logged, and
    with the positions that they knew of the account.
    """

    def prices(symbol: str, since_ms: int) -> PriceRange | None:
        return price_range(market.symbols.get(symbol), since_ms)

    def liquidation_price(symbol: str, side: str) -> float | None:
        state = previous.symbols.get(symbol) if previous is not None else None
        for position in state.positions if state is not None else ():
            price = position.liquidation_price
            if position.side == side and not isinstance(price, Missing):
                return price
        return None

    account = market.account
    reported_ms = account.received // 1_000_000 if account is not None else time_ms
    observed = observed_positions(
        positions,
        reported_ms,
        liquidation_price,
        account.account if account is not None else "",
    )
    if account is not None:
        observed = replace(observed, as_of_ms=account.as_of // 1_000_000)
    ledger, events = advance(
        previous.position_ledger if previous is not None else None,
        observed,
        tuple(market.order_fills),
        market.order_fill_count,
        time_ms,
        prices,
        earlier_runs.ledgers,
        lambda name: name in market.symbols and not market.symbols[name].was_ready,
    )
    if previous is None:
        ledger = replace(ledger, liquidated=_liquidated(earlier_runs.log, time_ms))
    return ledger, [_entry(event, time_ms) for event in events]


def unacknowledged_liquidations(ledger: PositionLedger, log: Sequence[LogEntry]) -> frozenset[str]:
    """Symbols liquidated a short while ago, unless ``log`` has that somebody acknowledged it."""
    if not ledger.liquidated:
        return frozenset()
    acknowledged = {(e.symbol, e.time_ms) for e in log if e.kind == "liquidated" and e.acknowledged}
    return frozenset(
        name for name, at in ledger.liquidated.items() if (name, at) not in acknowledged
    )


def _liquidated(log: Sequence[LogEntry], time_ms: int) -> dict[str, int]:
    return {
        entry.symbol: entry.time_ms
        for entry in log
        if entry.kind == "liquidated" and 0 <= time_ms - entry.time_ms < LIQUIDATED_MS
    }


def _entry(event: PositionEvent, time_ms: int) -> LogEntry:
    entry = LogEntry(
        time_ms,
        event.symbol,
        event.kind,
        quantity_text(event.before),
        quantity_text(event.after),
        cause=event.cause,
        pnl=event.pnl,
        quantity=event.quantity,
        price=event.price,
        since_ms=event.since_ms,
        alerted_ms=time_ms if event.since_ms else 0,
    )
    return replace(entry, text=str(position_sentence(entry)))
