"""Open interest: its size, its changes, and what they say beside the price.

Changes are fractions and belong to the time of the newest point, not to ``now``: an hour's change
stays an hour's change while the next point is awaited. Holes in the history are holes.
"""

from __future__ import annotations

import numpy as np

from tuirisk.events.intervals import DAY_MS, HOUR_MS
from tuirisk.market.derivatives import DerivativesData
from tuirisk.state import MaybeText, Missing, Number, OpenInterest, ratio

PERIOD_MS = 300_000
TOLERANCE_MS = 2 * PERIOD_MS
"""How far before its time a point of the history may stand in for a missing one."""
ZSCORE_DAYS = 30
MIN_CHANGES = 60
NONE_YET = Missing("not_received_yet", thing="open_interest")


def open_interest_state(
    derivatives: DerivativesData,
    history_zscore: Number,
    price_change_1h: Number,
    day_volume: Number,
) -> OpenInterest:
    """The open-interest part.

    ``history_zscore`` is :func:`zscore`, which only a new point of the history changes;
    ``price_change_1h`` a fraction, ``day_volume`` the quote volume of 24 h.
    """
    newest = derivatives.open_interest
    ratio = derivatives.ratios.get("global")
    worth = open_interest_value(derivatives)
    change_1h = open_interest_change(derivatives, HOUR_MS)
    return OpenInterest(
        contracts=NONE_YET if newest is None else newest[1],
        value=worth,
        change_1h=change_1h,
        change_24h=open_interest_change(derivatives, DAY_MS),
        zscore=history_zscore,
        quadrant=quadrant(price_change_1h, change_1h),
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
    then = newest[0] - span_ms
    history = derivatives.open_interest_history
    row = int(np.searchsorted(history.time, then, side="right")) - 1
    if row < 0 or then - history.time[row] > TOLERANCE_MS:
        return Missing("no_open_interest_before", hours=span_ms // HOUR_MS)
    before = float(history.contracts[row])
    return newest[1] / before - 1 if before > 0 else Missing("zero_open_interest")


def open_interest_zscore(derivatives: DerivativesData) -> Number:
    """The newest 1 h change of the history against all of the last 30 days (ddof 1).

    Only points exactly one hour apart make a change.
    """
    history = derivatives.open_interest_history
    if not len(history):
        return Missing("not_received_yet", thing="open_interest_history")
    kept = history.time >= history.time[-1] - ZSCORE_DAYS * DAY_MS
    times, contracts = history.time[kept], history.contracts[kept]
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


def quadrant(price_change: Number, open_interest_change: Number) -> MaybeText:
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
