"""How long a funding interval is, from what was settled: the exchange changes it without notice."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import pairwise

from tuirisk.events.intervals import HOUR_MS, MINUTE_MS
from tuirisk.market.derivatives import DerivativesData

INTERVALS_HOURS = (1, 2, 4, 8)
LONGEST_INTERVAL_MS = 8 * HOUR_MS
DEFAULT_FUNDING_HOURS = 8
SLACK_MS = MINUTE_MS
"""Settlements are stamped some milliseconds after the hour."""

Settlements = tuple[tuple[int, float], ...]
"""(time ms, rate) of regular settlements, oldest first."""


def interval_hours(derivatives: DerivativesData, exchange_ms: float) -> int | None:
    """The running interval in hours; None where the exchange gave no funding terms.

    The terms are polled, and late after a change. The interval can be no longer than the time
    from the newest settlement to the next, nor shorter than the time left until the next; terms
    outside these bounds are replaced by the former.
    """
    mark, terms = derivatives.mark, derivatives.funding_schedule
    if terms is None or mark is None or mark.next_funding_time <= 0:
        return terms.interval_hours if terms else None
    regular = (time for time, (_, so) in reversed(derivatives.settlements.items()) if so)
    newest = next(regular, 0)
    whole_ms = mark.next_funding_time - newest
    told_ms = terms.interval_hours * HOUR_MS
    too_long = 0 < whole_ms < told_ms - SLACK_MS
    too_short = told_ms + SLACK_MS < mark.next_funding_time - exchange_ms
    if (too_long or too_short) and whole_ms <= LONGEST_INTERVAL_MS + SLACK_MS:
        return snapped_hours(whole_ms)
    return terms.interval_hours


def running_hours(derivatives: DerivativesData, exchange_ms: float) -> int:
    """:func:`interval_hours`; without terms what the settlements show, else 8."""
    published = interval_hours(derivatives, exchange_ms)
    if published is not None:
        return published
    next_ms = derivatives.mark.next_funding_time if derivatives.mark is not None else 0
    newest = max((t for t, (_, regular) in derivatives.settlements.items() if regular), default=0)
    if 0 < next_ms - newest <= LONGEST_INTERVAL_MS + SLACK_MS:
        return snapped_hours(next_ms - newest)
    return DEFAULT_FUNDING_HOURS


def rates_8h(history: Settlements) -> Sequence[float]:
    """Each settled rate as if paid every 8 hours: rate · 8 / its own interval.

    Its interval is the time since the settlement before it. Where that is longer than 8 h, or
    there is none before, it is the interval of the settlement that follows; else 8 h.
    """
    hours = [
        snapped_hours(later - earlier)
        if later - earlier <= LONGEST_INTERVAL_MS + SLACK_MS
        else None
        for (earlier, _), (later, _) in pairwise(history)
    ]
    before, after = [None, *hours][: len(history)], [*hours, None][: len(history)]
    return array(
        "d",
        [
            rate * 8 / (own or following or 8)
            for (_, rate), own, following in zip(history, before, after, strict=True)
        ],
    )


def snapped_hours(span_ms: float) -> int:
    """The interval nearest to ``span_ms``: 1, 2, 4 or 8 h."""
    return min(INTERVALS_HOURS, key=lambda hours: abs(span_ms - hours * HOUR_MS))
