"""How old each family of numbers is, and whether that is past its budget.

An age is the exchange's time now less the event's own time: that something was just received
proves nothing. A family that never arrived is not stale: its numbers are missing for their own
reasons.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from tuirisk.analytics.derivatives.funding import PUBLISHING_MS
from tuirisk.analytics.derivatives.funding_interval import interval_hours
from tuirisk.events import AccountReport, MarkPrice
from tuirisk.language.reason import Reason
from tuirisk.language.reason_codes import ReasonCode
from tuirisk.market.ages import RecentAges
from tuirisk.market.book import OrderBook
from tuirisk.market.candles import CandleRing
from tuirisk.market.derivatives import DerivativesData
from tuirisk.market.market import SymbolMarket
from tuirisk.state import DataFamily, Freshness, Missing, Number, SymbolStatus, maximum
from tuirisk.state.codec import iso

MARK_BUDGET = 5_000.0
DEPTH_BUDGET = 5_000.0
STILL_BUDGET = 35_000.0
"""Of a book that a snapshot has confirmed to stand still: it is asked for again every 30 s."""
CANDLES_BUDGET = 60_000.0
"""A closed bar may be so late. Kline frames come with trades: that none comes says nothing."""
FLOW_BUDGET = 60_000.0
"""Trades come when somebody trades: a quiet minute alone is unusual on a listed perpetual."""
OPEN_INTEREST_BUDGET = 600_000.0
"""Twice the five minutes between points of its history."""
ACCOUNT_BUDGET = 90_000.0
"""The account is read twice in so long: two readings were missed or failed."""
ON_TIME = 0.5
"""Part of its budget by which a line that was late is late no more."""
HOUR = 3_600_000.0
_LATE: tuple[tuple[DataFamily, ReasonCode, ReasonCode], ...] = (
    ("depth", "order_book_late", "order_book_lags"),
    ("mark", "mark_price_late", "mark_price_lags"),
)
"""(family, the reason where nothing comes, where it comes late)."""


def freshness(
    symbol: SymbolMarket, now: int, exchange_ms: float, latest_ms: float = inf
) -> dict[DataFamily, Freshness]:
    """Ages in milliseconds at local time ``now`` (ns), the exchange's being ``exchange_ms``; no
    event can be after ``latest_ms``.
    """
    derivatives = symbol.derivatives
    open_interest = derivatives.open_interest
    files = symbol.listed.offered is not None
    funding_age, funding_budget = _funding(derivatives, exchange_ms)
    behind, still = clock_behind(symbol, latest_ms), symbol.book.still
    return {
        "candles": _of_files(symbol, exchange_ms)
        if files
        else _judge(_candles_age(symbol, exchange_ms), CANDLES_BUDGET),
        "depth": _judge(
            book_age(symbol.book, now, exchange_ms),
            STILL_BUDGET if still else DEPTH_BUDGET,
            late=behind or (not still and _still_late(symbol.book_ages, now, DEPTH_BUDGET)),
        ),
        "mark": _judge(
            mark_age(derivatives.mark, exchange_ms),
            MARK_BUDGET,
            late=behind or _still_late(symbol.mark_ages, now, MARK_BUDGET),
        ),
        "funding": _judge(funding_age, funding_budget),
        "open_interest": _judge(
            max(0.0, exchange_ms - open_interest[0])
            if open_interest
            else Missing("not_received_yet", thing="open_interest"),
            _step_of_points(derivatives) if files else OPEN_INTEREST_BUDGET,
        ),
        "flow": _judge(
            _since(symbol.tape.last_time, exchange_ms, "trades"), FLOW_BUDGET, late=behind
        ),
    }


def clock_behind(symbol: SymbolMarket, latest_ms: float) -> bool:
    """Whether an event is after ``latest_ms``, the latest time there can be: a false answer moved
    the measured time of the exchange.

    No age is known then; each would be 0.
    """
    mark = symbol.derivatives.mark
    times = symbol.book.event_time, symbol.tape.last_time, mark.event_time if mark else 0
    return max(times) > latest_ms


def account_late(account: AccountReport | None, now: int, *, awaited: bool) -> bool:
    """Whether the positions of the account are not known at local time ``now`` (ns), or not all.

    ``awaited``: there is one to be read, or that is not known yet.
    """
    if account is None:
        return awaited
    return bool(account.unreadable) or now - account.as_of > ACCOUNT_BUDGET * 1e6


def account_freshness(account: AccountReport | None, now: int) -> Freshness | None:
    """Time since REST was last asked for the whole account, at local time ``now`` (ns); None
    without one.
    """
    if account is None:
        return None
    # In whole seconds: what is shown of a position does not change with every assessment.
    age_ms = max(0.0, -((account.as_of - now) // 1_000_000_000) * 1_000.0)
    return _judge(age_ms, ACCOUNT_BUDGET)


def status(
    symbol: SymbolMarket,
    fresh: Mapping[DataFamily, Freshness],
    now: int,
    latest_ms: float = inf,
) -> tuple[SymbolStatus, Reason | None]:
    """The symbol's status at local time ``now`` (ns), and what is awaited or wrong; no event can
    be after ``latest_ms``.
    """
    missing = symbol.missing
    if not symbol.was_ready:
        return "warming", Reason("waiting_for", things=missing)
    if not symbol.can_have("depth"):
        if not fresh["candles"].stale:
            return "ready", None
        return "stale", Reason("candles_end", time=iso(newest_close(symbol)))
    if not symbol.book.live:
        return "stale", symbol.book.reason
    if clock_behind(symbol, latest_ms):
        return "stale", Reason("clock_behind_events")
    late = lagging(symbol, fresh, now)
    for family, silent, lags in _LATE:
        if fresh[family].stale:
            seconds = late.get(family)
            return "stale", Reason(silent) if seconds is None else Reason(lags, seconds=seconds)
    shallow = symbol.book.shallow
    return "ready", Reason("order_book_shallow", levels=shallow) if shallow else None


def lagging(
    symbol: SymbolMarket, fresh: Mapping[DataFamily, Freshness], now: int
) -> dict[DataFamily, int]:
    """By how many seconds each stream is behind that still delivers, but past its budget."""
    if not symbol.can_have("depth"):
        return {}
    mark = symbol.derivatives.mark
    received: dict[DataFamily, int | None] = {
        "depth": symbol.book.received if symbol.book.live else None,
        "mark": None if mark is None else mark.received,
    }
    found: dict[DataFamily, int] = {}
    for family, at in received.items():
        age_ms, budget_ms = fresh[family].age_ms, fresh[family].budget_ms
        if at is None or isinstance(age_ms, Missing) or isinstance(budget_ms, Missing):
            continue
        if fresh[family].stale and (now - at) / 1e6 <= budget_ms:
            found[family] = round(age_ms / 1000)
    return found


def age(fresh: Mapping[DataFamily, Freshness]) -> Number:
    """Age (ms) of the older of order book and mark price: what a decision rests on."""
    return maximum(fresh["depth"].age_ms, fresh["mark"].age_ms)


def _judge(age_ms: Number, budget_ms: Number, *, late: bool = False) -> Freshness:
    """``late``: stale even within the budget."""
    stale = (
        not isinstance(age_ms, Missing)
        and not isinstance(budget_ms, Missing)
        and (late or age_ms > budget_ms)
    )
    return Freshness(age_ms, budget_ms, stale)


def _still_late(ages: RecentAges, now: int, budget_ms: float) -> bool:
    """Whether a line that was past its budget in the last seconds before ``now`` (ns) is late.

    Its age rises and falls with every event. Where it crosses the budget once a second, the
    family would otherwise be stale and fresh in turn.
    """
    return ages.lag_ms > ON_TIME * budget_ms and ages.highest_ms(now) > budget_ms


def book_age(book: OrderBook, now: int, exchange_ms: float) -> Number:
    """Milliseconds since the newest event of the book, at local time ``now`` (ns).

    Since its receipt where it states no time, as the snapshots of some collectors.
    """
    if book.received is not None and not book.event_time:
        return max(0.0, (now - book.received) / 1e6)
    return _since(book.event_time, exchange_ms, "order_book")


def mark_age(mark: MarkPrice | None, exchange_ms: float) -> Number:
    """Milliseconds since the mark price was made."""
    return _since(0 if mark is None else mark.event_time, exchange_ms, "mark_price")


def _since(time_ms: int, exchange_ms: float, what: str) -> Number:
    """Milliseconds since ``time_ms`` by the exchange's clock; 0 is no time."""
    if not time_ms:
        return Missing("not_received_yet", thing=what)
    return max(0.0, exchange_ms - time_ms)


def newest_close(symbol: SymbolMarket) -> int:
    """When the newest closed bar of any timeframe closed (UTC ms); 0 without one."""
    rings = symbol.candles.values()
    return max((r.last_open_time + r.interval_ms for r in rings if r.last_open_time), default=0)


def _of_files(symbol: SymbolMarket, exchange_ms: float) -> Freshness:
    """Of candles that nobody sends: stale as soon as another symbol has a bar that this lacks."""
    lengths = [ring.interval_ms for ring in symbol.candles.values() if len(ring)]
    if not lengths:
        return _judge(Missing("no_candles", interval="15m"), CANDLES_BUDGET)
    return _judge(max(0.0, exchange_ms - newest_close(symbol)), min(lengths) - 1.0)


def _step_of_points(derivatives: DerivativesData) -> float:
    """Twice the last step (ms) between the points of open interest of a file."""
    times = derivatives.open_interest_history.time
    step = 2.0 * float(times[-1] - times[-2]) if len(times) > 1 else 0.0
    return max(OPEN_INTEREST_BUDGET, step)


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
