"""Funding: the rate in every unit it is spoken of, its place in history, and its carry (L4).

``rate`` is the exchange's fraction per funding interval. History means regular settlements
(``rateType = Special`` left out: a one-off is neither typical nor to be annualised).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

import numpy as np

from tuirisk.analytics.derivatives.funding_interval import (
    LONGEST_INTERVAL_MS,
    SLACK_MS,
    Settlements,
    interval_hours,
    rates_8h,
)
from tuirisk.config.model import RiskConfig
from tuirisk.events import FundingSchedule, MarkPrice
from tuirisk.events.intervals import DAY_MS, MINUTE_MS
from tuirisk.market.derivatives import DerivativesData
from tuirisk.state import Carry, Funding, Missing, Number
from tuirisk.state.codec import iso
from tuirisk.state.codes import CarrySide, FundingSignal

HOURS_PER_YEAR = 8_760
HISTORY_DAYS = 90
CUMULATIVE_DAYS = 3
PUBLISHING_MS = 10 * MINUTE_MS
"""What the exchange and the poll may take to show a settlement after its time."""
MIN_SETTLEMENTS = 30
EXTREME_PERCENTILES = (5.0, 95.0)
EXPECTED_BASE, EXPECTED_SHARE = 0.075, 0.485
"""The funding of 30 days, annualised, regressed on that of the 3 days before them."""
INTERVAL_UNKNOWN = Missing("funding_interval_unknown")
NO_MARK = Missing("not_received_yet", thing="mark_price")
NO_FUNDING = Missing("no_funding")


def settlements(derivatives: DerivativesData, exchange_ms: float) -> Settlements:
    """(time ms, rate) of the regular settlements of the last 90 days, oldest first."""
    since = exchange_ms - HISTORY_DAYS * DAY_MS
    return tuple(
        (time, rate)
        for time, (rate, regular) in derivatives.settlements.items()
        if regular and time > since
    )


@dataclass(frozen=True, slots=True)
class FundingPast:
    """What was settled in the last 90 days, and the running rate's place among it."""

    settlements: Settlements
    settled_8h: Sequence[float]
    """Each rate of ``settlements`` as if paid every 8 hours."""
    holes: tuple[int, ...]
    """See :func:`holes`."""
    rate_8h: Number
    """See :func:`running_rate_8h`."""
    rank: tuple[Number, Number]
    """See :func:`rate_rank`."""


def funding_past(
    derivatives: DerivativesData, settlements: Settlements, exchange_ms: float
) -> FundingPast:
    """What :func:`funding_state` needs of ``settlements``."""
    settled, rate_8h = rates_8h(settlements), running_rate_8h(derivatives, exchange_ms)
    rank = rate_rank(rate_8h, settled)
    return FundingPast(settlements, settled, holes(settlements), rate_8h, rank)


def funding_state(
    derivatives: DerivativesData, past: FundingPast, risk: RiskConfig, exchange_ms: float
) -> Funding:
    """The funding part."""
    mark, terms = derivatives.mark, derivatives.funding_schedule
    rate, rate_8h = predicted_rate(mark), past.rate_8h
    percentile, zscore = past.rank
    cumulative = cumulative_3d(past.settlements, exchange_ms)
    annualised_3d = cumulative * (365 / CUMULATIVE_DAYS)
    return Funding(
        rate=rate,
        interval_hours=running_interval(derivatives, exchange_ms),
        rate_8h=rate_8h,
        annualised=rate_8h * (HOURS_PER_YEAR / 8),
        next_time=iso(mark.next_funding_time)
        if mark and mark.next_funding_time > 0
        else Missing("no_funding_time"),
        percentile=percentile,
        zscore=zscore,
        cumulative_3d=cumulative,
        cumulative_3d_annualised=annualised_3d,
        cap=_limit(terms, "cap"),
        floor=_limit(terms, "floor"),
        basis=mark_basis(mark),
        signal=signal(rate_8h, percentile, risk),
        carry=carry(annualised_3d, risk),
        history=past.settlements,
        settled_8h=past.settled_8h,
        holes=past.holes,
        limit_used=limit_used(rate, _limit(terms, "cap"), _limit(terms, "floor")),
    )


def running_interval(derivatives: DerivativesData, exchange_ms: float) -> Number:
    """The running interval, in hours."""
    interval = interval_hours(derivatives, exchange_ms)
    return INTERVAL_UNKNOWN if interval is None else float(interval)


def running_rate_8h(derivatives: DerivativesData, exchange_ms: float) -> Number:
    """The predicted rate as if paid every 8 hours."""
    return predicted_rate(derivatives.mark) * 8 / running_interval(derivatives, exchange_ms)


def rate_rank(rate_8h: Number, settled: Sequence[float]) -> tuple[Number, Number]:
    """Percentile and z-score of the rate among the ``settled``, all per 8 h."""
    return rate_percentile(rate_8h, settled), rate_zscore(rate_8h, settled)


def predicted_rate(mark: MarkPrice | None) -> Number:
    """The exchange's rate of the running interval."""
    if mark is None:
        return NO_MARK
    return NO_FUNDING if mark.funding_rate is None else mark.funding_rate


def rate_percentile(rate_8h: Number, settled: Sequence[float]) -> Number:
    """Percentile rank (0–100, ties half) of the rate among the ``settled``, all per 8 h.

    As ``scipy.stats.percentileofscore(kind="mean")``.
    """
    if isinstance(rate_8h, Missing):
        return rate_8h
    if len(settled) < MIN_SETTLEMENTS:
        return _short(settled)
    below = sum(paid < rate_8h for paid in settled)
    at_most = sum(paid <= rate_8h for paid in settled)
    return 50.0 * (below + at_most) / len(settled)


def rate_zscore(rate_8h: Number, settled: Sequence[float]) -> Number:
    """(rate − mean) / standard deviation (ddof 1) of the ``settled``, all per 8 h."""
    if isinstance(rate_8h, Missing):
        return rate_8h
    if len(settled) < MIN_SETTLEMENTS:
        return _short(settled)
    paid = np.array(settled)
    if paid.min() == paid.max():
        return Missing("zero_variance")
    return float((rate_8h - paid.mean()) / paid.std(ddof=1))


def cumulative_3d(history: Settlements, exchange_ms: float) -> Number:
    """Sum of the rates settled in the 72 hours up to and including the newest settlement.

    Missing unless the history covers them: no pause between two settlements, nor before the
    first, may exceed 8 h, the longest interval there is, nor the newest be older than that and
    what publishing takes. (A single settlement missing from a 1 h or 4 h schedule cannot be told
    from a change of the interval.)
    """
    uncovered = Missing("settlements_too_short", days=CUMULATIVE_DAYS)
    if not history or exchange_ms - history[-1][0] > LONGEST_INTERVAL_MS + PUBLISHING_MS:
        return uncovered
    start = history[-1][0] - CUMULATIVE_DAYS * DAY_MS
    window = list(takewhile(lambda row: row[0] > start + SLACK_MS, reversed(history)))[::-1]
    times = [start, *(time for time, _ in window)]
    longest = max(later - earlier for earlier, later in pairwise(times))
    if longest > LONGEST_INTERVAL_MS + SLACK_MS:
        return uncovered
    return float(sum(rate for _, rate in window))


def holes(history: Settlements) -> tuple[int, ...]:
    """Times (ms) of the settlements that pauses longer than 8 h lack, oldest first."""
    times = []
    for (time_ms, _), (following, _) in pairwise(history):
        while following - time_ms > LONGEST_INTERVAL_MS + SLACK_MS:
            time_ms += LONGEST_INTERVAL_MS
            times.append(time_ms)
    return tuple(times)


def limit_used(rate: Number, cap: Number, floor: Number) -> Number:
    """Share of the cap, below 0 of the floor, that ``rate`` uses, from 0 to 1.

    A limit of zero, or of the wrong sign, limits nothing that can be shared out.
    """
    if isinstance(rate, Missing):
        return rate
    limit = cap if rate >= 0 else floor
    if isinstance(limit, Missing):
        return limit
    return min(1.0, max(0.0, rate / limit)) if limit else 0.0


def mark_basis(mark: MarkPrice | None) -> Number:
    """(mark − index) / index."""
    if mark is None:
        return NO_MARK
    if not mark.index > 0:
        return Missing("no_index_price")
    return (mark.mark - mark.index) / mark.index


def signal(rate_8h: Number, percentile: Number, risk: RiskConfig) -> FundingSignal | Missing:
    """``overheated_longs``, ``overheated_shorts`` or ``neutral``.

    Overheated when the rate per 8 h is extreme, or when it is beyond neutral and, on the same
    side, outside the 5th–95th percentile of the last 90 days.
    """
    if isinstance(rate_8h, Missing):
        return rate_8h
    if abs(rate_8h) >= risk.extreme_rate_8h or unusual(rate_8h, percentile, risk):
        return "overheated_longs" if rate_8h > 0 else "overheated_shorts"
    return "neutral"


def unusual(rate_8h: float, percentile: Number, risk: RiskConfig) -> bool:
    """Whether the rate is beyond neutral and extreme in its own history, on the same side."""
    if isinstance(percentile, Missing) or abs(rate_8h) <= risk.neutral_rate_8h:
        return False
    low, high = EXTREME_PERCENTILES
    return percentile > high if rate_8h > 0 else percentile < low


def carry(annualised_3d: Number, risk: RiskConfig) -> Carry:
    """Cash-and-carry at the funding of the last 3 days, net of both legs' round-trip fees.

    Fees are spread over ``carry_holding_days`` and annualised. The side is the one that earns:
    ``short_perp_long_spot`` when longs pay. What spot borrowed for the other side costs is not
    included. The expected net is at 0.075 + 0.485 · annualised: what 30 days paid, regressed on
    the 3 days before them.
    """
    if isinstance(annualised_3d, Missing):
        return Carry(annualised_3d, annualised_3d, annualised_3d, annualised_3d)
    cost = 2 * (risk.perpetual_fee + risk.spot_fee) * 365 / risk.carry_holding_days
    net = abs(annualised_3d) - cost
    side: CarrySide = "short_perp_long_spot" if annualised_3d >= 0 else "long_perp_short_spot"
    expected = EXPECTED_BASE + EXPECTED_SHARE * annualised_3d
    expected_net = (expected if annualised_3d >= 0 else -expected) - cost
    return Carry(net, net > risk.min_carry, side, expected_net)


def _limit(terms: FundingSchedule | None, which: str) -> Number:
    if terms is None:
        return Missing("funding_limits_unknown")
    limit: float | None = getattr(terms, which)
    return Missing("funding_limit_not_listed", limit=which) if limit is None else limit


def _short(settled: Sequence[float]) -> Missing:
    return Missing("few_settlements", have=len(settled), need=MIN_SETTLEMENTS)
