"""Whether bars can be true: on their grid, of the past, consistent in themselves."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TypeAlias

from msgspec.structs import astuple, replace

from tuirisk.events import Candle, CandleHistory, closed_bars
from tuirisk.events.columnar import ColumnarSequence
from tuirisk.events.intervals import INTERVAL_MS, MINUTE_MS
from tuirisk.feed.binance.plausibility.implausible import Why, implausible
from tuirisk.feed.binance.plausibility.prices import near
from tuirisk.feed.binance.plausibility.sifting import sifted
from tuirisk.language.reason import Reason

ROUNDING = 0.001
"""By so much the mean price of a bar may lie outside its range: volumes are rounded."""
STEP = 1.2
"""Factor between a close and the next open beyond which a second answer is asked for."""
WICK = 2.0
"""Factor between a bar's body and its extremes beyond which a second answer is asked for."""
MOST_FUTURE = 1
"""Bars of the future in an answer of which the others may still be true."""

Figures: TypeAlias = tuple[float, float, float, float, float]
"""Open, high, low, close and volume of a bar."""
KnownBars: TypeAlias = ColumnarSequence[tuple[int, Figures]]
"""Bars by open time (ms), in columns: there are some for every symbol and interval."""


def figures(bar: Candle) -> Figures:
    """What is compared between two answers about the same bar."""
    return bar.open, bar.high, bar.low, bar.close, bar.volume


def known_bars(bars: Iterable[tuple[int, Figures]]) -> KnownBars:
    """``bars``, to be kept for long."""
    return ColumnarSequence(_known_bar, "qddddd", ((time, *numbers) for time, numbers in bars))


def _known_bar(
    time: int, opened: float, high: float, low: float, close: float, volume: float
) -> tuple[int, Figures]:
    return time, (opened, high, low, close, volume)


def check_bar(bar: Candle, interval: str, latest_ms: float) -> None:
    """Check what holds for every bar; ``latest_ms`` is the latest time it can be.

    Raises:
        Implausible: it is off the grid of ``interval`` or of the future, or its figures
            contradict each other.
    """
    fault = fault_of_bar(bar, interval)
    if fault is not None:
        raise implausible("candles", fault)
    if (bar.close_time if bar.closed else bar.open_time) > latest_ms:
        raise implausible("candles", "of_the_future")


def fault_of_bar(bar: Candle, interval: str) -> Why | None:
    """Why the bar cannot be true whenever it is seen; None where it can."""
    length = INTERVAL_MS[interval]
    if bar.open_time % length or bar.close_time != bar.open_time + length - 1:
        return "off_its_grid"
    if not bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high:
        return "contradicts_itself"
    return "contradicts_itself" if _volumes_contradict(bar) else None


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
        or 0 < closed.trades < forming.trades
        or closed.volume < forming.volume * (1 - 1e-9)
    )


def without_bad_bars(
    page: CandleHistory, latest_ms: float, on_row: Callable[[Reason], None]
) -> CandleHistory:
    """``page`` without the bars that cannot be true by themselves, which are holes.

    ``on_row`` is called with why, for each of them. ``latest_ms`` is the latest time it can be.

    Raises:
        Implausible: no bar is left of those it has, or several are of the future, or the one that
            follows the others is: then the times of all of them are wrong.
    """

    def fault(bar: Candle) -> Why | None:
        # Whether it is closed is decided by the clock later; here it must have begun.
        if bar.open_time > latest_ms:
            return "of_the_future"
        return fault_of_bar(bar, page.interval)

    future = [bar.open_time for bar in page.candles if bar.open_time > latest_ms]
    follows = [bar.open_time + INTERVAL_MS[page.interval] for bar in page.candles[-2:-1]]
    if len(future) > MOST_FUTURE or (future and future == follows):
        raise implausible("candles", "of_the_future")
    kept = sifted(page.candles, "candles", lambda bar: bar.open_time, fault, on_row)
    if kept is page.candles:
        return page
    bars = closed_bars(astuple(bar)[:-1] for bar in kept)
    return replace(page, candles=bars, left_out=page.left_out + len(page.candles) - len(kept))


def doubtful(page: CandleHistory) -> dict[int, Figures]:
    """The bars that only a second answer would make believable, by open time (ms): extremes far
    from the body, or a bar far from both neighbours, which agree.
    """
    bars = list(page.candles)
    doubted = [unusual(bar) for bar in bars]
    for place in range(1, len(bars) - 1):
        before, bar, after = bars[place - 1 : place + 2]
        alone = not near(before.close, bar.open, STEP) and not near(bar.close, after.open, STEP)
        doubted[place] |= alone and near(before.close, after.open, STEP)
    return {bar.open_time: figures(bar) for bar, doubt in zip(bars, doubted, strict=True) if doubt}


def without(page: CandleHistory, times: Collection[int]) -> CandleHistory:
    """``page`` without the bars of these open times (ms), which are holes."""
    kept = [bar for bar in page.candles if bar.open_time not in times]
    bars = closed_bars(astuple(bar)[:-1] for bar in kept)
    return replace(page, candles=bars, left_out=page.left_out + len(page.candles) - len(kept))


def ends_early(page: CandleHistory, latest_ms: float) -> bool:
    """Whether the newest bars were asked for, and the one of now lacks: a minute after its begin
    it is there.
    """
    if not page.until_now:
        return False
    known = page.candles[-1].open_time + INTERVAL_MS[page.interval] if page.candles else 0
    return known + MINUTE_MS <= latest_ms


def is_usual(page: CandleHistory) -> bool:
    """Whether the bars of an answer are beyond doubt: without holes, but for the bars that were
    left out, and none leaps from the one before. What is not may still be true, and is accepted
    when the exchange repeats it.
    """
    usual = True
    before: Candle | None = None
    length = INTERVAL_MS[page.interval]
    for bar in page.candles:
        if before is not None:
            follows = bar.open_time == before.open_time + length
            usual &= follows or page.left_out > 0
            usual &= not follows or near(before.close, bar.open, STEP)
        usual &= not unusual(bar)
        before = bar
    return usual
