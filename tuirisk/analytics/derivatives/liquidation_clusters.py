"""Where leveraged positions would be liquidated: a stated model, not an observation (L2).

Every rise of open interest in the last 30 days is taken as positions opened at the price of that
moment (value / contracts), as many longs as shorts, at the leverages of the configured mix, each
isolated. Two things take them away: a later fall of open interest closes a like share of all that
stand, and a price that trades through a liquidation price ends what stood there. No measurement
supports the model: it is shown as unvalidated, and raises no level.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tuirisk.analytics.derivatives.standing_positions import Column, standing_positions
from tuirisk.events import Candle
from tuirisk.market.candles import Bars
from tuirisk.market.derivatives import OpenInterestPoints
from tuirisk.state import Cluster, Missing

BUCKET = 0.005
WIDEST_DISTANCE = 0.25
"""Buckets further than this from the newest close are left out."""
SMALLEST_SHARE = 1e-9


def liquidation_price(
    entry: Column | float, leverage: float, side: int, maintenance_rate: float
) -> Column | float:
    """Isolated liquidation price of a ``side`` (+1 long, −1 short) position, funding aside.

    The formula of docs/metrics.md with WB = entry · Q / leverage and cum = 0. A leverage whose
    initial margin is below twice the maintenance keeps half of it, as where the exchange does
    not allow it.
    """
    rate = min(maintenance_rate, 0.5 / leverage)
    return entry * (1 - side / leverage) / (1 - side * rate)


def liquidation_clusters(
    history: OpenInterestPoints,
    bars: Bars,
    forming: Candle | None,
    mix: Mapping[str, float],
    maintenance_rate: float,
) -> tuple[Cluster, ...] | Missing:
    """Notional (quote asset) that would be liquidated, by price bucket of 0.5 %, lowest first.

    Args:
        history: the points of open interest.
        bars: 15m bars; only rises after the first of them can be followed.
        forming: the 15m bar after them.
        mix: leverage → share of open interest.
        maintenance_rate: of the symbol's lowest bracket, in which most positions are.
    """
    positions = standing_positions(history, bars)
    if isinstance(positions, Missing):
        return positions
    entry, notional = positions.entry, positions.standing
    low, high = _extremes_after(positions.time, bars, forming)
    price = bars.close[-1] if forming is None else forming.close
    totals: dict[int, list[float]] = {}
    for leverage, share in ((float(key), part) for key, part in mix.items()):
        for side in (1, -1):
            level = np.asarray(liquidation_price(entry, leverage, side, maintenance_rate))
            alive = (low > level) if side > 0 else (high < level)
            alive &= (level > 0) & (np.abs(level / price - 1) <= WIDEST_DISTANCE)
            _add(totals, level[alive], share * notional[alive], side)
    return tuple(
        Cluster(float((1 + BUCKET) ** (bucket + 0.5)), longs, shorts)
        for bucket, (longs, shorts) in sorted(totals.items())
    )


def _extremes_after(
    times: NDArray[np.int64], bars: Bars, forming: Candle | None
) -> tuple[Column, Column]:
    """Lowest low and highest high of the bars that opened at or after each time.

    Of a bar that is forming and opened before, the price of now.
    """
    lows = np.minimum.accumulate(np.append(np.inf, bars.low[::-1]))[::-1]
    highs = np.maximum.accumulate(np.append(-np.inf, bars.high[::-1]))[::-1]
    row = np.searchsorted(bars.open_time, times)
    low, high = lows[row], highs[row]
    if forming is not None:
        before = times <= forming.open_time
        low = np.minimum(low, np.where(before, forming.low, forming.close))
        high = np.maximum(high, np.where(before, forming.high, forming.close))
    return low, high


def _add(totals: dict[int, list[float]], level: Column, notional: Column, side: int) -> None:
    buckets = np.floor(np.log(level) / np.log1p(BUCKET)).astype(np.int64)
    if not buckets.size:
        return
    first = int(buckets.min())
    sums = np.bincount(buckets - first, weights=notional)
    for name, total in enumerate(sums.tolist(), first):
        if total > SMALLEST_SHARE:
            totals.setdefault(name, [0.0, 0.0])[0 if side > 0 else 1] += total
