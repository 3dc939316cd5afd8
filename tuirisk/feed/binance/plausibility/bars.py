"""Whether bars can be true: on their grid, of the past, consistent in themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from tuirisk.events import Candle
from tuirisk.events.intervals import INTERVAL_MS
from tuirisk.feed.binance.plausibility.implausible import implausible
from tuirisk.feed.binance.plausibility.prices import near

ROUNDING = 0.001
"""By so much the mean price of a bar may lie outside its range: volumes are rounded."""
STEP = 1.2
"""Factor between a close and the next open beyond which a second answer is asked for."""
WICK = 2.0
"""Factor between a bar's body and its extremes beyond which a second answer is asked for."""


Figures: TypeAlias = tuple[float, float, float, float, float]
"""Open, high, low, close and volume of a bar."""


def figures(bar: Candle) -> Figures:
    """What is compared between two answers about the same bar."""
    return bar.open, bar.high, bar.low, bar.close, bar.volume


def check_bar(bar: Candle, interval: str, latest_ms: float) -> None:
    """Check what holds for every bar; ``latest_ms`` is the latest time it can be.

    Raises:
        Implausible: it is off the grid of ``interval`` or of the future, or its figures
            contradict each other.
    """
    length = INTERVAL_MS[interval]
    if bar.open_time % length or bar.close_time != bar.open_time + length - 1:
        raise implausible("candles", "off_its_grid")
    if (bar.close_time if bar.closed else bar.open_time) > latest_ms:
        raise implausible("candles", "of_the_future")
    if not bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high:
        raise implausible("candles", "contradicts_itself")
    if _volumes_contradict(bar):
        raise implausible("candles", "contradicts_itself")


def _volumes_contradict(bar: Candle) -> bool:
    more = 1 + ROUNDING
    if bar.taker_buy_base > bar.volume * more or bar.taker_buy_quote > bar.quote_volume * more:
        return True
    # A few units of the smallest step are rounded to anything.
    if bar.trades < 3:
        return False
    low, high = bar.volume * bar.low / more, bar.volume * bar.high * more
    return not low <= bar.quote_volume <= high


def unusual(bar: Candle) -> bool:
    """Whether the bar's extremes are so far from its body that a second witness is wanted."""
    low, high = min(bar.open, bar.close), max(bar.open, bar.close)
    return not (near(bar.high, high, WICK) and near(low, bar.low, WICK))


def contradicts_forming(closed: Candle, forming: Candle) -> bool:
    """Whether a closed bar is not what its own forming bar, seen before, can have become."""
    return (
        closed.open != forming.open
        or closed.high < forming.high
        or closed.low > forming.low
        or closed.trades < forming.trades
        or closed.volume < forming.volume * (1 - 1e-9)
    )


def check_page(bars: Sequence[Candle], interval: str, latest_ms: float) -> bool:
    """Check the bars of one answer, oldest first.

    Returns whether it is beyond doubt: without holes, and no bar leaps from the one before. What
    is not may still be true, and is accepted when the exchange repeats it.

    Raises:
        Implausible: a bar of another interval, of the future, out of order, or inconsistent.
    """
    usual = True
    before: Candle | None = None
    length = INTERVAL_MS[interval]
    for bar in bars:
        # Whether it is closed is decided by the clock later; here it must have begun.
        if bar.open_time > latest_ms:
            raise implausible("candles", "of_the_future")
        check_bar(bar, interval, max(latest_ms, bar.close_time))
        if before is not None:
            if bar.open_time <= before.open_time:
                raise implausible("candles", "out_of_order")
            usual &= bar.open_time == before.open_time + length
            usual &= near(before.close, bar.open, STEP)
        usual &= not unusual(bar)
        before = bar
    return usual
