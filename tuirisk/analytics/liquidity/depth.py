"""What the order book says of getting out: spread, depth, and the price of the exit.

A book that is resyncing, stale, crossed or one-sided gives no number at all, and nothing is
quoted beyond the part of the book that is completely known.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tuirisk.analytics.liquidity.book_walk import Levels, no_fill, walk
from tuirisk.config.model import RiskConfig
from tuirisk.events import Level
from tuirisk.language.reason import Reason
from tuirisk.market.book import BookSide, OrderBook, unusable
from tuirisk.market.samples import BookSamples
from tuirisk.market.series import Column
from tuirisk.state import (
    NO_SESSION,
    BookSession,
    ConeCell,
    DepthProfile,
    DepthWithin,
    Impact,
    Liquidity,
    Missing,
    Number,
    Volatility,
)

BANDS = {"0.001": 0.001, "0.005": 0.005, "0.01": 0.01}
"""Depth bands: fractions of mid on either side, by their published names."""
DISTANCES = tuple(step * 0.0005 for step in range(1, 21))
"""Fractions of mid at which the depth profile is taken."""
IMBALANCE_LEVELS = 10
SHOWN_LEVELS = 20
SQUARE_ROOT_Y = 1.0
"""Prefactor of the square-root law; of order one in every market it was measured in."""
DAYS_PER_YEAR = 365.0
MIN_SAMPLES = 12
"""Samples (one minute) below which a percentile says nothing."""


class ExitPosition(Protocol):
    """A position to be left: its quantity (base asset) and entry price."""

    @property
    def quantity(self) -> float: ...
    @property
    def entry_price(self) -> float: ...


@dataclass(frozen=True, slots=True)
class BookContext:
    """What stands beside the book itself: percentiles of the samples, and a metaorder's cost."""

    spread_percentile: Number
    depth_percentile: Number
    metaorder_cost: Number
    ladder_costs: tuple[Number, ...] = ()
    """Metaorder costs of the impact ladder's sizes."""
    session: BookSession = NO_SESSION
    profile: DepthProfile | None = None
    """The one of a moment ago, if it may stand for that of now."""


def liquidity_state(
    book: OrderBook,
    stale: bool,
    risk: RiskConfig,
    position: ExitPosition | None,
    context: BookContext,
) -> Liquidity:
    """The liquidity part. The walked order is the exit of ``position``, else the reference."""
    reason = unusable(book, stale)
    if reason:
        return no_liquidity(reason, order_notional(risk, position))
    bid, ask = _best(book.bids), _best(book.asks)
    mid = (bid + ask) / 2
    quantity = position.quantity if position else None
    far = DISTANCES[-1] if context.profile is None else 0.0
    bids = _levels(book.bids, book.bid_floor, mid, risk, quantity, far)
    asks = _levels(book.asks, book.ask_ceiling, mid, risk, quantity, far)
    notional = risk.reference_notional if quantity is None else quantity * mid
    bid_quantity, ask_quantity = bids.quantities.item(0), asks.quantities.item(0)
    bid_bands = _within(bids, mid, tuple(BANDS.values()), book.bid_floor)
    ask_bands = _within(asks, mid, tuple(BANDS.values()), book.ask_ceiling)
    return Liquidity(
        bid=bid,
        ask=ask,
        mid=mid,
        spread_bps=(ask - bid) / mid * 1e4,
        imbalance=_imbalance(bids, asks, mid),
        microprice=(bid * ask_quantity + ask * bid_quantity) / (bid_quantity + ask_quantity),
        depth={
            name: DepthWithin(bid, ask)
            for name, bid, ask in zip(BANDS, bid_bands, ask_bands, strict=True)
        },
        impact=_impact(bids, asks, mid, risk, notional, quantity),
        bids=_shown(bids),
        asks=_shown(asks),
        curve=tuple(_impact(bids, asks, mid, risk, size, None) for size in risk.impact_ladder),
        spread_percentile=context.spread_percentile,
        depth_percentile=context.depth_percentile,
        metaorder_cost=context.metaorder_cost,
        curve_metaorder_costs=context.ladder_costs,
        profile=context.profile
        or DepthProfile(
            DISTANCES,
            _within(bids, mid, DISTANCES, book.bid_floor),
            _within(asks, mid, DISTANCES, book.ask_ceiling),
        ),
        session=context.session,
    )


def no_liquidity(reason: Reason, notional: float) -> Liquidity:
    """The liquidity part of a symbol whose book gives no number."""
    missing = Missing.because(reason)
    fill = no_fill(reason)
    return Liquidity(
        bid=missing,
        ask=missing,
        mid=missing,
        spread_bps=missing,
        imbalance=missing,
        microprice=missing,
        depth={name: DepthWithin(missing, missing) for name in BANDS},
        impact=Impact(notional, fill, fill),
        spread_percentile=missing,
        depth_percentile=missing,
        metaorder_cost=missing,
    )


def order_notional(risk: RiskConfig, position: ExitPosition | None) -> float:
    """Size of the walked order, quote asset; a position's at its entry price."""
    return position.quantity * position.entry_price if position else risk.reference_notional


def sample_percentiles(samples: BookSamples) -> tuple[Number, Number]:
    """Percentile ranks (0–100, ties half) of the newest spread and depth in the last 7 days.

    Each sample counts by the time that it stands for.
    """
    newest = samples.newest
    if newest is None or len(samples) < MIN_SAMPLES:
        short = Missing("few_samples", have=len(samples), need=MIN_SAMPLES)
        return short, short
    spreads, depths, seconds = samples.kept()
    return _rank(spreads, seconds, newest[0]), _rank(depths, seconds, newest[1])


def metaorder_cost(notional: float, volatility: Volatility, day_volume: Number) -> Number:
    """Square-root law Y·σ_d·√(Q/V_d), a fraction: an order worked over time, not one walk.

    σ_d is the daily volatility of the longest 1d cone window that has a number. Source: Tóth et
    al. 2011, "Anomalous price impact and the critical nature of liquidity".
    """
    if isinstance(day_volume, Missing):
        return day_volume
    if day_volume <= 0:
        return Missing("no_volume")
    cells: dict[str, ConeCell] = dict(volatility.cone.get("1d", {}))
    for _, cell in sorted(cells.items(), key=lambda item: -int(item[0])):
        if not isinstance(cell.current, Missing):
            daily = cell.current / math.sqrt(DAYS_PER_YEAR)
            return SQUARE_ROOT_Y * daily * math.sqrt(notional / day_volume)
    return Missing("no_daily_volatility")


def _best(side: BookSide) -> float:
    return side.sign * side.keys[-1]


def _levels(
    side: BookSide, bound: float, mid: float, risk: RiskConfig, quantity: float | None, far: float
) -> Levels:
    """As many levels as the largest order and the widest band that is known need, and what is
    known out to ``far`` (a fraction of mid).
    """
    largest = max((risk.reference_notional, *risk.impact_ladder))
    limits = (mid * (1 - side.sign * band) for band in BANDS.values())
    edges = [side.sign * limit for limit in limits if side.sign * limit >= side.sign * bound]
    widest = side.sign * min((*edges, side.sign * mid * (1 - side.sign * far)))
    return Levels.of(side, bound, largest, quantity or 0.0, widest)


def _within(
    levels: Levels, mid: float, distances: Sequence[float], bound: float
) -> tuple[Number, ...]:
    """Notional from mid out to each of ``distances`` (fractions of mid, rising)."""
    sign = levels.sign
    limits = [mid * (1 - sign * distance) for distance in distances]
    totals = levels.notional_to(limits)
    furthest = sign * bound
    if sign * limits[-1] >= furthest:
        return tuple(totals)
    outside = Missing("outside_known_book", share=round(abs(bound / mid - 1), 4))
    return tuple(
        total if sign * limit >= furthest else outside
        for total, limit in zip(totals, limits, strict=True)
    )


def _shown(levels: Levels) -> tuple[Level, ...]:
    prices, quantities = levels.prices[:SHOWN_LEVELS], levels.quantities[:SHOWN_LEVELS]
    return tuple(zip(prices.tolist(), quantities.tolist(), strict=True))


def _imbalance(bids: Levels, asks: Levels, mid: float) -> Number:
    """(bid − ask) / (bid + ask) quantity of the first ten levels, −1 to 1.

    A side that is known less far gives none: what is missing of it would look like an imbalance.
    """
    for side in (bids, asks):
        if len(side) < IMBALANCE_LEVELS and not side.whole:
            share = round(abs(float(side.prices[-1]) / mid - 1), 4)
            return Missing("outside_known_book", share=share)
    bid = bids.quantity.item(min(IMBALANCE_LEVELS, len(bids)) - 1)
    ask = asks.quantity.item(min(IMBALANCE_LEVELS, len(asks)) - 1)
    return (bid - ask) / (bid + ask)


def _impact(
    bids: Levels,
    asks: Levels,
    mid: float,
    risk: RiskConfig,
    notional: float,
    quantity: float | None,
) -> Impact:
    medium, high = risk.thresholds.slippage_medium, risk.thresholds.slippage_high
    by_notional = notional if quantity is None else None
    sell, buy = (
        walk(side, mid, notional=by_notional, quantity=quantity, medium=medium, high=high)
        for side in (bids, asks)
    )
    return Impact(notional, sell, buy)


def _rank(values: Column, weights: Column, value: float) -> float:
    below, at_most = weights[values < value].sum(), weights[values <= value].sum()
    return float(50.0 * (below + at_most) / weights.sum())
