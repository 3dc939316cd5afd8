"""The volatility regime of the 15m bars: a state machine with hysteresis, and its divergence.

The state follows the percentile of the 60-bar volatility among its values of the last 30 days:
``compression`` below 30 until above 35, ``expansion`` above 80 until below 75, else ``normal``.
A change must hold two closed bars. The path is recomputed from the bars kept, oldest first, so
the same bars give the same state.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tuirisk.analytics.cone import rolling_volatility
from tuirisk.analytics.returns import ZERO_VARIANCE, broken, insufficient
from tuirisk.analytics.rolling import rolling_percentile_rank
from tuirisk.analytics.volatility_divergence import volatility_divergence
from tuirisk.market.candles import Bars, Column
from tuirisk.state import Missing, Regime
from tuirisk.state.codec import iso

WINDOW = 60
HISTORY = 2_880
MINIMUM_HISTORY = 672
DWELL = 2

COMPRESSION, NORMAL, EXPANSION = "compression", "normal", "expansion"
ENTER_COMPRESSION, LEAVE_COMPRESSION = 30.0, 35.0
ENTER_EXPANSION, LEAVE_EXPANSION = 80.0, 75.0


def regime(bars: Bars, rolling: Column | None = None) -> Regime:
    """The regime at the last of the 15m ``bars``.

    ``rolling`` is ``rolling_volatility(bars, WINDOW)`` where the caller has it. The percentile
    (0–100) needs 672 rolling values (7 days) and uses up to 2 880; ``since`` is the close of the
    bar that confirmed the present state, or of the first bar with a percentile where the state
    has stood from there. Bars whose window holds a hole have no percentile and change nothing;
    where the last bar is one of them, the state is Missing.
    """
    if rolling is None:
        rolling = rolling_volatility(bars, WINDOW)
    ranks = rolling_percentile_rank(rolling, HISTORY, MINIMUM_HISTORY)
    divergence = volatility_divergence(bars, rolling)
    if not ranks.size or np.isnan(ranks[-1]):
        reason = _no_percentile(bars, rolling)
        return Regime(reason, reason, reason, divergence)
    state, began = state_path(ranks.tolist())
    close_time = int(bars.open_time[began + WINDOW]) + bars.interval_ms
    return Regime(state, float(ranks[-1]), iso(close_time), divergence)


def _no_percentile(bars: Bars, rolling: Column) -> Missing:
    need = MINIMUM_HISTORY + WINDOW
    if len(bars) < need:
        return insufficient(len(bars), need)
    if not np.isfinite(rolling[-1]):
        return broken(bars, WINDOW + 1)
    have = int(np.isfinite(rolling[-HISTORY:]).sum())
    if have < MINIMUM_HISTORY:
        return Missing(f"insufficient history: {have} of {MINIMUM_HISTORY} rolling values")
    return ZERO_VARIANCE


def state_path(ranks: Iterable[float]) -> tuple[str, int]:
    """The state after the last of ``ranks`` and the index at which it began.

    NaN leaves the state as it is and breaks the count of bars a change has held. The first
    percentile sets the state at once. Without any percentile: ``("normal", 0)``.
    """
    state, began = "", 0
    candidate, held = "", 0
    for i, rank in enumerate(ranks):
        if rank != rank:
            held = 0
            continue
        target = _target(state, rank)
        if not state:
            state, began = target, i
        elif target == state:
            held = 0
        else:
            held = held + 1 if held and target == candidate else 1
            candidate = target
            if held >= DWELL:
                state, began, held = target, i, 0
    return state or NORMAL, began


def _target(state: str, rank: float) -> str:
    if rank < ENTER_COMPRESSION or (state == COMPRESSION and rank <= LEAVE_COMPRESSION):
        return COMPRESSION
    if rank > ENTER_EXPANSION or (state == EXPANSION and rank >= LEAVE_EXPANSION):
        return EXPANSION
    return NORMAL
