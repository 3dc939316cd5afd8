"""Funding, open interest, order flow and liquidations of a symbol."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tuirisk.state.codes import CarrySide, FundingSignal, Quadrant
from tuirisk.state.judgement import Judgements, judged
from tuirisk.state.number import (
    NOT_YET,
    MaybeByName,
    MaybeCount,
    MaybeText,
    Missing,
    Number,
    published_later,
    screen_only,
)


@dataclass(frozen=True, slots=True)
class Carry:
    """Cash-and-carry at the funding of the last 3 days, net of fees."""

    annualised_net: Number
    """A fraction a year."""
    opportunity: bool | Missing
    side: CarrySide | Missing
    """``short_perp_long_spot`` or ``long_perp_short_spot``."""
    annualised_expected: Number = published_later(NOT_YET)
    """What 30 days are expected to pay ``side``, net of the same fees, a fraction a year."""


@dataclass(frozen=True, slots=True)
class Funding:
    """Funding rates, as fractions of the notional; above 0 longs pay shorts."""

    rate: Number
    """Predicted for the next settlement, per funding interval."""
    interval_hours: Number
    """Hours between two settlements."""
    rate_8h: Number
    """``rate`` as if paid every 8 hours."""
    annualised: Number
    """A fraction a year."""
    next_time: MaybeText
    """ISO 8601, UTC."""
    percentile: Number
    """Rank of ``rate_8h`` among the settlements of 90 days, each per 8 h, 0–100."""
    zscore: Number
    """Of ``rate_8h`` among the settlements of 90 days, each per 8 h, standard deviations."""
    cumulative_3d: Number
    """Sum of the rates settled in 72 hours."""
    cumulative_3d_annualised: Number
    """A fraction a year."""
    cap: Number
    """Highest rate that the exchange sets, per interval."""
    floor: Number
    """Lowest rate that the exchange sets, per interval."""
    basis: Number
    """(mark − index) / index."""
    signal: FundingSignal | Missing
    """``neutral``, ``overheated_longs`` or ``overheated_shorts``."""
    carry: Carry
    levels: Judgements = judged()
    history: tuple[tuple[int, float], ...] = screen_only(())
    """(settlement time ms, rate) of the last 90 days, newest last."""
    settled_8h: Sequence[float] = screen_only(array("d"))
    """Each rate of ``history`` as if paid every 8 hours, by its own interval."""
    holes: tuple[int, ...] = screen_only(())
    """Times (ms) at which a settlement is missing from ``history``, oldest first."""
    limit_used: Number = screen_only(NOT_YET)
    """Share of the cap (of the floor, where the rate is negative) that the rate uses, 0–1."""


@dataclass(frozen=True, slots=True)
class OpenInterest:
    """Open interest and its changes."""

    contracts: Number
    """Base asset."""
    value: Number
    """Quote asset."""
    change_1h: Number
    """A fraction of the contracts."""
    change_24h: Number
    """A fraction of the contracts."""
    zscore: Number
    """Of the newest 1 h change among those of 30 days, standard deviations."""
    quadrant: Quadrant | Missing
    """``new_longs``, ``short_covering``, ``new_shorts`` or ``long_liquidation``."""
    crowding: Number
    """``value`` in days of trading volume."""
    long_short_ratio: Number
    """Accounts net long over accounts net short."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Taker trades of the last 15 minutes."""

    taker_buy: Number
    """Notional that crossed the spread to buy, quote asset."""
    taker_sell: Number
    """Notional that crossed the spread to sell, quote asset."""
    imbalance: MaybeByName
    """Window → (buy − sell) / (buy + sell), −1 to 1."""
    cvd: Number
    """Cumulative volume delta: buy less sell notional since the symbol was added, quote asset."""
    large_trades: MaybeCount
    """Trades of at least the configured notional and the 99th percentile."""
    cvd_path: tuple[Number, ...] = screen_only(())
    """``cvd`` at the end of each 15 s of the last 15 min, newest last, the running ones last."""
    largest: tuple[tuple[int, float], ...] = screen_only(())
    """(time ms, signed notional) of the large trades of the last 15 min, newest last."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Estimated liquidations near one price."""

    price: float
    """Quote asset."""
    long: float
    """Notional of longs, quote asset."""
    short: float
    """Notional of shorts, quote asset."""


@dataclass(frozen=True, slots=True)
class LeverageMix:
    """Shares of open interest by leverage, which the clusters are computed with."""

    shares: Mapping[str, float]
    """Leverage → share; they add up to 1."""
    calibrated: bool
    """Whether liquidations corrected the configured shares."""
    liquidations: int
    """Received ones at prices where the model has some."""
    effective: float
    """Their effective number, (Σ notional)² / Σ notional²."""
    span_ms: int
    """Time that they are of, milliseconds."""


NO_MIX = LeverageMix({}, calibrated=False, liquidations=0, effective=0.0, span_ms=0)


@dataclass(frozen=True, slots=True)
class Liquidations:
    """Notional (quote asset) of the liquidations that the exchange samples (one a second)."""

    sampled: bool
    long_5m: Number
    short_5m: Number
    long_1h: Number
    short_1h: Number
    cascade: bool | Missing
    clusters: tuple[Cluster, ...] | Missing
    hour: tuple[tuple[Number, Number], ...] = screen_only(())
    """(longs, shorts) in each of the clock's last twelve steps of 5 min, the running one last."""
    mix: LeverageMix = screen_only(NO_MIX)
