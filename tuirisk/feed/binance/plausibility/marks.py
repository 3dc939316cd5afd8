"""Mark prices: what leaps must be confirmed by the next one, a second later."""

from __future__ import annotations

from collections.abc import Callable

from tuirisk.events import MarkPrice
from tuirisk.events.intervals import DAY_MS, MINUTE_MS, SECOND_NS
from tuirisk.feed.binance.plausibility.implausible import Why, implausible
from tuirisk.feed.binance.plausibility.prices import WitnessPrices, near

LEAP = 1.1
"""Factor between two successive prices, or mark and index, beyond which it must be confirmed."""
RATE_LEAP = 0.002
HIGHEST_RATE = 0.25
"""Of one interval; the exchange caps most symbols at 0.03 or less."""
RECENT_NS = 10 * SECOND_NS
BETWEEN_NS = 5 * SECOND_NS
"""A second opinion must come so soon."""


def check_funding(mark: MarkPrice, exchange_ms: float) -> None:
    """Check the funding rate and the next settlement at exchange time ``exchange_ms``.

    Raises:
        Implausible: they cannot be.
    """
    if mark.funding_rate is not None and abs(mark.funding_rate) > HIGHEST_RATE:
        raise implausible("funding_rate", "out_of_range")
    due = mark.next_funding_time
    if due and not exchange_ms - MINUTE_MS <= due <= exchange_ms + DAY_MS:
        raise implausible("funding_rate", "out_of_range")


class MarkChain:
    """Successive mark prices of one symbol. ``on_drop`` is called with why one was dropped."""

    def __init__(self, prices: WitnessPrices, on_drop: Callable[[Why, int], None]) -> None:
        self._prices = prices
        self._on_drop = on_drop
        self._last: MarkPrice | None = None
        self._unconfirmed: MarkPrice | None = None

    def admit(self, mark: MarkPrice) -> list[MarkPrice]:
        """``mark`` if it may go on now, else nothing: the next one tells."""
        unconfirmed, self._unconfirmed = self._unconfirmed, None
        confirmed = (
            unconfirmed is not None
            and mark.received - unconfirmed.received <= BETWEEN_NS
            and _agree(unconfirmed, mark)
            and unconfirmed.event_time != mark.event_time
        )
        if confirmed or not self._leaps(mark):
            if unconfirmed is not None and not confirmed:
                self._on_drop("far_from_prices", mark.received)
            self._last = mark
            self._prices.record("mark", mark.mark, mark.received)
            return [mark]
        if unconfirmed is not None:
            self._on_drop("far_from_prices", mark.received)
        self._unconfirmed = mark
        return []

    def disagrees(self, mark: MarkPrice) -> bool:
        """Whether an answer of REST differs from what the stream just said."""
        return self._leaps(mark)

    def _leaps(self, mark: MarkPrice) -> bool:
        last = self._last
        if last is None or mark.received - last.received > RECENT_NS:
            if self._prices.disputed(mark.mark, mark.received, LEAP):
                return True
            return mark.index > 0 and not near(mark.mark, mark.index, LEAP)
        return not _agree(last, mark)


def _agree(one: MarkPrice, other: MarkPrice) -> bool:
    """Whether nothing leaps between the two."""
    if not near(one.mark, other.mark, LEAP):
        return False
    if (one.index > 0) != (other.index > 0):
        return False
    if one.index > 0 and not near(one.index, other.index, LEAP):
        return False
    if one.next_funding_time != other.next_funding_time:
        return False
    if one.funding_rate is None or other.funding_rate is None:
        return one.funding_rate is other.funding_rate
    return abs(one.funding_rate - other.funding_rate) <= RATE_LEAP
