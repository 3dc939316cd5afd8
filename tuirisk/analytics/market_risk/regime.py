"""The volatility regime of the 15m bars: a state machine with hysteresis, and its divergence.

The state follows the percentile of the 60-bar volatility among its values of the last 30 days:
``compression`` below 30 until above 35, ``expansion`` above 80 until below 75, else ``normal``.
A change must hold two closed bars. The path is recomputed from the bars kept, oldest first, so
the same bars give the same state.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Final, Literal

import numpy as np

from tuirisk.analytics.market_risk.cone import rolling_volatility
from tuirisk.analytics.market_risk.returns import ZERO_VARIANCE, broken, insufficient
from tuirisk.analytics.market_risk.rolling import rolling_percentile_rank
from tuirisk.analytics.market_risk.volatility_divergence import volatility_divergence
from tuirisk.market.candles import Bars, Column
from tuirisk.state import Missing, Regime
from tuirisk.state.codec import iso
from tuirisk.state.codes import RegimeName

WINDOW = 60
HISTORY = 2_880
MINIMUM_HISTORY = 672
DWELL = 2
BLOCK = 128
"""Ranks that are taken together."""

COMPRESSION: Final = "compression"
NORMAL: Final = "normal"
EXPANSION: Final = "expansion"
ENTER_COMPRESSION, LEAVE_COMPRESSION = 30.0, 35.0
ENTER_EXPANSION, LEAVE_EXPANSION = 80.0, 75.0


class VolatilityRanks:
    """Percentile ranks of the last of ``rolling``, taken backwards only as far as asked."""

    def __init__(self, rolling: Column) -> None:
        self.rolling = rolling
        self.first = rolling.size
        """Which of ``rolling`` the first of ``values`` belongs to."""
        self.values: list[float] = []

    def back(self) -> bool:
        """Take some more, further back; False when there are none."""
        last, self.first = self.first, max(self.first - BLOCK, 0)
        block = rolling_percentile_rank(self.rolling, HISTORY, MINIMUM_HISTORY, self.first, last)
        self.values[:0] = block.tolist()
        return last > 0


def regime_state(
    bars: Bars, rolling: Column | None = None, ranks: VolatilityRanks | None = None
) -> Regime:
    """The regime at the last of the 15m ``bars``.

    ``rolling`` is ``rolling_volatility(bars, WINDOW)`` and ``ranks`` its ranks, where the caller
    has them. The percentile (0–100) needs 672 rolling values (7 days) and uses up to 2 880;
    ``since`` is the close of the bar that confirmed the present state, or of the first bar with
    a percentile where the state has stood from there. Bars whose window holds a hole have no
    percentile and change nothing; where the last bar is one of them, the state is Missing.
    """
    if rolling is None:
        rolling = rolling_volatility(bars, WINDOW)
    divergence = volatility_divergence(bars, rolling)
    percentile, state, began = confirmed_regime(ranks or VolatilityRanks(rolling))
    if percentile != percentile:
        reason = _no_percentile(bars, rolling)
        return Regime(reason, reason, reason, divergence)
    close_time = int(bars.open_time[began + WINDOW]) + bars.interval_ms
    return Regime(state, percentile, iso(close_time), divergence)


def confirmed_regime(ranks: VolatilityRanks) -> tuple[float, RegimeName, int]:
    """Percentile (0–100, NaN for none) at the last bar, the state, and where it began.

    As :func:`state_path` over all ranks, taken only as far back as they decide: to a pair of bars
    that leaves one state whatever was before, and a change after it.
    """
    while ranks.back():
        values = ranks.values
        if values[-1] != values[-1]:
            break
        certain = settled(values)
        if certain is not None:
            state, began = state_path(values[certain:])
            if began:
                return values[-1], state, ranks.first + certain + began
    state, began = state_path(ranks.values)
    return ranks.values[-1] if ranks.values else math.nan, state, began


def settled(ranks: list[float]) -> int | None:
    """The first bar after which there is only one state to be in."""
    before = ""
    for i, rank in enumerate(ranks):
        zone = ""
        if rank < ENTER_COMPRESSION:
            zone = COMPRESSION
        elif rank > ENTER_EXPANSION:
            zone = EXPANSION
        elif LEAVE_COMPRESSION < rank < LEAVE_EXPANSION:
            zone = NORMAL
        if zone and zone == before:
            return i
        before = zone
    return None


def _no_percentile(bars: Bars, rolling: Column) -> Missing:
    need = MINIMUM_HISTORY + WINDOW
    if len(bars) < need:
        return insufficient(len(bars), need)
    if not np.isfinite(rolling[-1]):
        return broken(bars, WINDOW + 1)
    have = int(np.isfinite(rolling[-HISTORY:]).sum())
    if have < MINIMUM_HISTORY:
        return Missing("few_rolling_values", have=have, need=MINIMUM_HISTORY)
    return ZERO_VARIANCE


def state_path(ranks: Iterable[float]) -> tuple[RegimeName, int]:
    """The state after the last of ``ranks`` and the index at which it began.

    NaN leaves the state as it is and breaks the count of bars a change has held. The first
    percentile sets the state at once. Without any percentile: ``("normal", 0)``.
    """
    state: RegimeName | Literal[""] = ""
    began = 0
    for i, now in enumerate(states(ranks)):
        if now != state:
            state, began = now, i
    return state or NORMAL, began


def states(ranks: Iterable[float]) -> Iterator[RegimeName | Literal[""]]:
    """The state after each of ``ranks``; empty before the first percentile."""
    state: RegimeName | Literal[""] = ""
    candidate: RegimeName | Literal[""] = ""
    bars_in_target = 0
    for rank in ranks:
        if rank != rank:
            bars_in_target = 0
        elif not state:
            state = _target(state, rank)
        elif (target := _target(state, rank)) == state:
            bars_in_target = 0
        else:
            bars_in_target = bars_in_target + 1 if bars_in_target and target == candidate else 1
            candidate = target
            if bars_in_target >= DWELL:
                state, bars_in_target = target, 0
        yield state


def _target(state: RegimeName | Literal[""], rank: float) -> RegimeName:
    if rank < ENTER_COMPRESSION or (state == COMPRESSION and rank <= LEAVE_COMPRESSION):
        return COMPRESSION
    if rank > ENTER_EXPANSION or (state == EXPANSION and rank >= LEAVE_EXPANSION):
        return EXPANSION
    return NORMAL
