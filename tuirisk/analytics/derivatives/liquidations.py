"""Liquidations as the exchange samples them: at most one a symbol and second."""

from __future__ import annotations

from math import log

import numpy as np

from tuirisk.events.intervals import MINUTE_MS
from tuirisk.market.tape import LiquidationTape
from tuirisk.state import Cluster, LeverageMix, Liquidations, Missing, Number
from tuirisk.state.derivatives import NO_MIX

BUCKET_MS = 5 * MINUTE_MS
DAY_BUCKETS = 288
HOUR_BUCKETS = 12
CASCADE_VOLUME = 0.00002
"""Share of a day's quote volume below which 5 minutes are no cascade."""
CASCADE_QUANTILE = 0.995
NOT_WATCHED = Missing("liquidations_not_watched")


def liquidations_state(
    tape: LiquidationTape,
    clusters: tuple[Cluster, ...] | Missing,
    day_volume: Number,
    exchange_ms: float,
    outside: LiquidationTape | None = None,
    mix: LeverageMix = NO_MIX,
) -> Liquidations:
    """Notional liquidated a side (quote asset) over 5 minutes and an hour.

    Totals are of what was sampled since the symbol was added; ``day_volume`` is the quote volume
    of 24 h. The cascade is that of ``outside`` (every liquidation of other exchanges) too: the
    larger of both tells, and what is not known of the own sample stays so. ``clusters`` are
    computed with ``mix``.
    """
    long_5m, short_5m = _sides(tape, exchange_ms, 5)
    long_1h, short_1h = _sides(tape, exchange_ms, 60)
    return Liquidations(
        sampled=True,
        long_5m=long_5m,
        short_5m=short_5m,
        long_1h=long_1h,
        short_1h=short_1h,
        cascade=_either_cascade(tape, outside, day_volume, exchange_ms),
        clusters=clusters,
        hour=last_hour(tape, int(exchange_ms)),
        mix=mix,
    )


def last_hour(tape: LiquidationTape, now: int) -> tuple[tuple[Number, Number], ...]:
    """(longs, shorts) in each of the clock's last twelve steps of 5 min, the running one last.

    A step that ended before the symbol was watched is Missing; the one in which watching began
    has what was seen of it.
    """
    first = (now // BUCKET_MS - HOUR_BUCKETS + 1) * BUCKET_MS
    if tape.since_ms is None:
        return ()
    times, signed = tape.orders.since(first - 1)
    not_watched = min(HOUR_BUCKETS - 1, max(0, (tape.since_ms - first) // BUCKET_MS))
    before = ((NOT_WATCHED, NOT_WATCHED),) * not_watched
    if not signed.size:
        return (*before, *((0.0, 0.0),) * (HOUR_BUCKETS - not_watched))
    places = np.minimum((times - first) // BUCKET_MS, HOUR_BUCKETS - 1)
    sums = [
        # Of nothing, numpy counts integers.
        np.bincount(places[side], np.abs(signed[side]), HOUR_BUCKETS).astype(np.float64).tolist()
        for side in (signed > 0, signed < 0)
    ]
    return (*before, *list(zip(*sums, strict=True))[not_watched:])


def _either_cascade(
    tape: LiquidationTape, outside: LiquidationTape | None, day_volume: Number, exchange_ms: float
) -> bool | Missing:
    elsewhere = outside is not None and cascade(outside, day_volume, exchange_ms) is True
    return True if elsewhere else cascade(tape, day_volume, exchange_ms)


def cascade(tape: LiquidationTape, day_volume: Number, exchange_ms: float) -> bool | Missing:
    """Whether the last 5 minutes' notional is out of the ordinary, and large for the market.

    It exceeds the 99.5 % quantile (of logarithms) of the 24 hours' earlier buckets of 5 minutes
    that saw any liquidation, and 0.002 % of ``day_volume``. Where no bucket saw one, the volume
    alone decides. Needs an hour of buckets.
    """
    if tape.since_ms is None:
        return NOT_WATCHED
    buckets_known = min(DAY_BUCKETS, int((exchange_ms - tape.since_ms) // BUCKET_MS))
    if buckets_known < HOUR_BUCKETS:
        return Missing("few_liquidation_buckets", have=buckets_known, need=HOUR_BUCKETS)
    now = int(exchange_ms)
    times, signed = tape.orders.since(now - buckets_known * BUCKET_MS)
    if not times.size:
        return False
    past = times <= now
    ages = (now - times[past]) // BUCKET_MS
    buckets = np.bincount(ages, weights=np.abs(signed[past]), minlength=buckets_known)
    current, earlier = float(buckets[0]), buckets[1:]
    if current == 0:
        return False
    if isinstance(day_volume, Missing):
        return day_volume
    usual = earlier[earlier > 0]
    if usual.size and log(current) <= np.quantile(np.log(usual), CASCADE_QUANTILE):
        return False
    return current > CASCADE_VOLUME * day_volume


def _sides(tape: LiquidationTape, exchange_ms: float, minutes: int) -> tuple[Number, Number]:
    """Notional of longs and of shorts liquidated in the last ``minutes``."""
    if tape.since_ms is None:
        return NOT_WATCHED, NOT_WATCHED
    _, signed = tape.orders.since(int(exchange_ms) - minutes * MINUTE_MS)
    if not signed.size:
        return 0.0, 0.0
    longs = float(signed[signed > 0].sum())
    return longs, abs(float(signed[signed < 0].sum()))
