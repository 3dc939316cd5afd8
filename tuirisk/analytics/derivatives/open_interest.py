"""Open interest: its size, its changes, and what they say beside the price.

Changes are fractions and belong to the time of the newest point, not to ``now``: an hour's change
stays an hour's change while the next point is awaited. Holes in the history are holes.
"""

from __future__ import annotations

import numpy as np

from tuirisk.events.intervals import DAY_MS, HOUR_MS
from tuirisk.market.candles import Bars
from tuirisk.market.derivatives import DerivativesData, OpenInterestPoints
from tuirisk.market.recent_prices import RecentPrices
from tuirisk.state import Missing, Number, OpenInterest, ratio
from tuirisk.state.codes import Quadrant

PERIOD_MS = 300_000
TOLERANCE_MS = 2 * PERIOD_MS
"""How far before its time a point of the history may stand in for a missing one."""
ZSCORE_DAYS = 30
MIN_CHANGES = 60
NONE_YET = Missing("not_received_yet", thing="open_interest")


def open_interest_state(
    derivatives: DerivativesData,
    history_zscore: Number,
    hour: tuple[Number, Number],
    day_volume: Number,
) -> OpenInterest:
    """The open-interest part.

    ``history_zscore`` is :func:`open_interest_zscore`, which only a new point of the history
    changes; ``hour`` is :func:`hour_changes`, ``day_volume`` the quote volume of 24 h.
    """
    newest = derivatives.open_interest
    ratio = derivatives.ratios.get("global")
    worth = open_interest_value(derivatives)
    return OpenInterest(
        contracts=NONE_YET if newest is None else newest[1],
        value=worth,
        change_1h=open_interest_change(derivatives, HOUR_MS),
        change_24h=open_interest_change(derivatives, DAY_MS),
        zscore=history_zscore,
        quadrant=quadrant(*hour),
        crowding=crowding(worth, day_volume),
        long_short_ratio=Missing("not_received_yet", thing="account_ratio")
        if ratio is None
        else ratio[1],
    )


def open_interest_value(derivatives: DerivativesData) -> Number:
    """Contracts × mark price; without a mark price, the value the history gives."""
    newest = derivatives.open_interest
    if newest is None:
        return NONE_YET
    if derivatives.mark is not None:
        return newest[1] * derivatives.mark.mark
    history = derivatives.open_interest_history
    row = int(np.searchsorted(history.time, newest[0]))
    if row == len(history) or history.time[row] != newest[0]:
        return Missing("not_received_yet", thing="mark_price")
    return float(history.value[row])


def open_interest_change(derivatives: DerivativesData, span_ms: int) -> Number:
    """Contracts now against the point ``span_ms`` earlier, or at most two periods before that."""
    newest = derivatives.open_interest
    if newest is None:
        return NONE_YET
    history = derivatives.open_interest_history
    row = _row_before(history, newest[0] - span_ms)
    if row is None:
        return Missing("no_open_interest_before", hours=span_ms // HOUR_MS)
    return _growth(newest[1], float(history.contracts[row]))


def hour_changes(
    derivatives: DerivativesData, prices: RecentPrices, bars: Bars
) -> tuple[Number, Number]:
    """Changes of price and of open interest over the same hour, fractions.

    The hour ends with the newest open interest. Where no price of its beginning was recorded, it
    begins with the newest bar of ``bars`` (15m) that opened before it.
    """
    newest, history = derivatives.open_interest, derivatives.open_interest_history
    if newest is None:
        return NONE_YET, NONE_YET
    row = _row_before(history, newest[0] - HOUR_MS)
    if row is None:
        reason = Missing("no_open_interest_before", hours=1)
        return reason, reason
    change = prices.ratio(int(history.time[row]), newest[0])
    if change is not None:
        return change - 1, _growth(newest[1], float(history.contracts[row]))
    return _since_bar(derivatives, prices, bars, newest)


def _since_bar(
    derivatives: DerivativesData, prices: RecentPrices, bars: Bars, newest: tuple[int, float]
) -> tuple[Number, Number]:
    """Both changes since the newest bar that opened at least an hour before ``newest``."""
    time_ms, contracts = newest
    opened = (time_ms - HOUR_MS) // bars.interval_ms * bars.interval_ms
    history, price = derivatives.open_interest_history, prices.last.at(time_ms)
    row, point = np.searchsorted(bars.open_time, opened), np.searchsorted(history.time, opened)
    in_range = row < len(bars) and point < len(history)
    if (
        price is None
        or not in_range
        or (bars.open_time[row], history.time[point]) != (opened, opened)
    ):
        unknown = Missing("no_price_before", minutes=60)
        return unknown, unknown
    return _growth(price, float(bars.open[row])), _growth(
        contracts, float(history.contracts[point])
    )


def _row_before(history: OpenInterestPoints, time_ms: int) -> int | None:
    """The row of the newest point at or before ``time_ms``, two periods older at most."""
    row = int(history.time.searchsorted(time_ms, side="right")) - 1
    return None if row < 0 or time_ms - history.time[row] > TOLERANCE_MS else row


def _growth(after: float, before: float) -> Number:
    return after / before - 1 if before > 0 else Missing("zero_open_interest")


def open_interest_zscore(derivatives: DerivativesData) -> Number:
    """The newest 1 h change of the history against all of the last 30 days (ddof 1).

    Only points exactly one hour apart make a change.
    """
    history = derivatives.open_interest_history
    if not len(history):
        return Missing("not_received_yet", thing="open_interest_history")
    recent = history.time >= history.time[-1] - ZSCORE_DAYS * DAY_MS
    times, contracts = history.time[recent], history.contracts[recent]
    before = np.searchsorted(times, times - HOUR_MS)
    paired = (times[before] == times - HOUR_MS) & (contracts[before] > 0)
    if not paired[-1]:
        return Missing("no_open_interest_hour_before")
    changes = contracts[paired] / contracts[before[paired]] - 1
    if changes.size < MIN_CHANGES:
        return Missing("few_changes", have=changes.size, need=MIN_CHANGES)
    if changes.min() == changes.max():
        return Missing("zero_variance")
    return float((changes[-1] - changes.mean()) / changes.std(ddof=1))


def quadrant(price_change: Number, open_interest_change: Number) -> Quadrant | Missing:
    """What an hour's change of price and of open interest say together.

    Price up: ``new_longs`` when open interest rose, ``short_covering`` when it fell; price down:
    ``new_shorts``, ``long_liquidation``.
    """
    if isinstance(price_change, Missing):
        return price_change
    if price_change == 0:
        return Missing("unchanged_in_hour")
    if isinstance(open_interest_change, Missing):
        return open_interest_change
    if open_interest_change == 0:
        return Missing("unchanged_in_hour")
    if open_interest_change > 0:
        return "new_longs" if price_change > 0 else "new_shorts"
    return "short_covering" if price_change > 0 else "long_liquidation"


def crowding(worth: Number, day_volume: Number) -> Number:
    """Open interest's value in days of trading volume."""
    return ratio(worth, day_volume, Missing("no_volume"))
