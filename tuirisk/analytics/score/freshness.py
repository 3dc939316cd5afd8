"""How old each family of numbers is, and whether that is past its budget.

Ages of what is streamed count from its receipt, by the local clock; ages of what carries its own
time (bars, open interest, settlements) count from that time, by the exchange's clock. A family
that never arrived is not stale: its numbers are missing for their own reasons.
"""

from __future__ import annotations

from collections.abc import Mapping

from tuirisk.analytics.derivatives.funding import PUBLISHING_MS
from tuirisk.analytics.derivatives.funding_interval import interval_hours
from tuirisk.language.reason import Reason
from tuirisk.market.candles import CandleRing
from tuirisk.market.derivatives import DerivativesData
from tuirisk.market.market import SymbolMarket
from tuirisk.state import DataFamily, Freshness, Missing, Number, SymbolStatus, maximum

MARK_BUDGET = 5_000.0
DEPTH_BUDGET = 5_000.0
CANDLES_BUDGET = 60_000.0
"""A closed bar may be so late. Kline frames come with trades: that none comes says nothing."""
FLOW_BUDGET = 60_000.0
"""Trades come when somebody trades: a quiet minute alone is unusual on a listed perpetual."""
OPEN_INTEREST_BUDGET = 600_000.0
"""Twice the five minutes between points of its history."""
HOUR = 3_600_000.0


def freshness(symbol: SymbolMarket, now: int, exchange_ms: float) -> dict[DataFamily, Freshness]:
    """Ages in milliseconds at local time ``now`` (ns), the exchange's being ``exchange_ms``."""
    derivatives = symbol.derivatives
    mark = derivatives.mark
    open_interest = derivatives.open_interest
    funding_age, funding_budget = _funding(derivatives, exchange_ms)
    return {
        "candles": _judge(_candles_age(symbol, exchange_ms), CANDLES_BUDGET),
        "depth": _judge(_age(symbol.book.received, now, "order_book"), DEPTH_BUDGET),
        "mark": _judge(_age(mark.received if mark else None, now, "mark_price"), MARK_BUDGET),
        "funding": _judge(funding_age, funding_budget),
        "open_interest": _judge(
            max(0.0, exchange_ms - open_interest[0])
            if open_interest
            else Missing("not_received_yet", thing="open_interest"),
            OPEN_INTEREST_BUDGET,
        ),
        "flow": _judge(_age(symbol.tape.received, now, "trades"), FLOW_BUDGET),
    }


def status(
    symbol: SymbolMarket, fresh: Mapping[DataFamily, Freshness]
) -> tuple[SymbolStatus, Reason | None]:
    """The symbol's status and, when it is not ready, what is awaited or wrong."""
    missing = symbol.missing
    if not symbol.was_ready:
        return "warming", Reason("waiting_for", things=missing)
    if not symbol.book.live:
        return "stale", symbol.book.reason
    if fresh["depth"].stale:
        return "stale", Reason("order_book_late")
    if fresh["mark"].stale:
        return "stale", Reason("mark_price_late")
    return "ready", None


def age(fresh: Mapping[DataFamily, Freshness]) -> Number:
    """Age (ms) of the older of order book and mark price: what a decision rests on."""
    return maximum(fresh["depth"].age_ms, fresh["mark"].age_ms)


def _judge(age_ms: Number, budget_ms: Number) -> Freshness:
    stale = (
        not isinstance(age_ms, Missing)
        and not isinstance(budget_ms, Missing)
        and age_ms > budget_ms
    )
    return Freshness(age_ms, budget_ms, stale)


def _age(received: int | None, now: int, what: str) -> Number:
    if received is None:
        return Missing("not_received_yet", thing=what)
    return max(0.0, (now - received) / 1e6)


def _candles_age(symbol: SymbolMarket, exchange_ms: float) -> Number:
    return maximum(0.0, *(_ring_age(ring, exchange_ms) for ring in symbol.candles.values()))


def _ring_age(ring: CandleRing, exchange_ms: float) -> Number:
    """How long the next closed bar of a ring is overdue.

    Bars of an earlier run are as old as the newest of them, until the exchange has answered.
    """
    last = ring.last_open_time
    if ring.cached_until is not None:
        return max(0.0, exchange_ms - (ring.cached_until + ring.interval_ms))
    if ring.received is None or last is None:
        return Missing("no_candles", interval=ring.interval)
    return max(0.0, exchange_ms - (last + 2 * ring.interval_ms))


def _funding(derivatives: DerivativesData, exchange_ms: float) -> tuple[Number, Number]:
    """Time since the newest settlement, against one funding interval."""
    if not derivatives.settlements:
        return Missing("no_settlement_known"), Missing("no_settlement_known")
    newest = next(reversed(derivatives.settlements))
    since = max(0.0, exchange_ms - newest)
    hours = interval_hours(derivatives, exchange_ms)
    if hours is None:
        return since, Missing("funding_interval_unknown")
    return since, hours * HOUR + PUBLISHING_MS
