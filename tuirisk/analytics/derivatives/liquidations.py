"""Liquidations as the exchange samples them: at most one a symbol and second."""

from __future__ import annotations

import numpy as np

from tuirisk.events.intervals import MINUTE_MS
from tuirisk.market.tape import LiquidationTape
from tuirisk.state import Cluster, Liquidations, Missing, Number

BUCKET_MS = 5 * MINUTE_MS
DAY_BUCKETS = 288
HOUR_BUCKETS = 12
CASCADE_Z = 3.0
NOT_WATCHED = Missing("liquidations_not_watched")


def liquidations_state(
    tape: LiquidationTape, clusters: tuple[Cluster, ...] | Missing, exchange_ms: float
) -> Liquidations:
    """Notional liquidated a side (quote asset) over 5 minutes and an hour.

    Totals are of what was sampled since the symbol was added.
    """
    long_5m, short_5m = _sides(tape, exchange_ms, 5)
    long_1h, short_1h = _sides(tape, exchange_ms, 60)
    return Liquidations(
        sampled=True,
        long_5m=long_5m,
        short_5m=short_5m,
        long_1h=long_1h,
        short_1h=short_1h,
        cascade=cascade(tape, exchange_ms),
        clusters=clusters,
        hour=last_hour(tape, int(exchange_ms)),
    )


def last_hour(tape: LiquidationTape, now: int) -> tuple[tuple[Number, Number], ...]:
    """(longs, shorts) in each of the clock's last twelve steps of 5 min, the running one last.

    A step that began before the symbol was watched is Missing.
    """
    first = (now // BUCKET_MS - HOUR_BUCKETS + 1) * BUCKET_MS
    if tape.since_ms is None:
        return ()
    times, signed = tape.orders.since(first - 1)
    places = np.minimum((times - first) // BUCKET_MS, HOUR_BUCKETS - 1)
    sums = [
        # Of nothing, numpy counts integers.
        np.bincount(places[side], np.abs(signed[side]), HOUR_BUCKETS).astype(np.float64).tolist()
        for side in (signed > 0, signed < 0)
    ]
    young = min(HOUR_BUCKETS - 1, max(0, -((first - tape.since_ms) // BUCKET_MS)))
    return (
        *((NOT_WATCHED, NOT_WATCHED),) * young,
        *list(zip(*sums, strict=True))[young:],
    )


def cascade(tape: LiquidationTape, exchange_ms: float) -> bool | Missing:
    """Whether the last 5 minutes' notional is 3 σ (ddof 1) above those before it in 24 hours.

    Needs an hour of 5-minute buckets. Where none of them saw a liquidation there is no measure of
    what is usual, and a quiet five minutes is the only thing that can be judged.
    """
    if tape.since_ms is None:
        return NOT_WATCHED
    known = min(DAY_BUCKETS, int((exchange_ms - tape.since_ms) // BUCKET_MS))
    if known < HOUR_BUCKETS:
        return Missing("few_liquidation_buckets", have=known, need=HOUR_BUCKETS)
    now = int(exchange_ms)
    times, signed = tape.orders.since(now - known * BUCKET_MS)
    seen = times <= now
    ages = (now - times[seen]) // BUCKET_MS
    buckets = np.bincount(ages, weights=np.abs(signed[seen]), minlength=known)
    current, earlier = float(buckets[0]), buckets[1:]
    if current == 0:
        return False
    if earlier.min() == earlier.max():
        return Missing("zero_variance")
    return bool((current - earlier.mean()) / earlier.std(ddof=1) >= CASCADE_Z)


def _sides(tape: LiquidationTape, exchange_ms: float, minutes: int) -> tuple[Number, Number]:
    """Notional of longs and of shorts liquidated in the last ``minutes``."""
    if tape.since_ms is None:
        return NOT_WATCHED, NOT_WATCHED
    _, signed = tape.orders.since(int(exchange_ms) - minutes * MINUTE_MS)
    longs = float(signed[signed > 0].sum())
    return longs, abs(float(signed[signed < 0].sum()))
