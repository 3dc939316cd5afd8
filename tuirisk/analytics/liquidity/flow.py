"""Order flow of the last 15 minutes: who crossed the spread, and for how much."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tuirisk.events.intervals import MINUTE_MS
from tuirisk.market.tape import Tape
from tuirisk.state import Flow, Missing, Number

WINDOWS = {"1m": MINUTE_MS, "5m": 5 * MINUTE_MS, "15m": 15 * MINUTE_MS}
EMPTY = {name: Missing("no_trades_in_window", window=name) for name in WINDOWS}
LARGE_QUANTILE = 0.99
STEP_MS = 15_000
STEPS = WINDOWS["15m"] // STEP_MS
LARGEST = 20
"""How many of the large trades are told one by one."""


def flow_state(tape: Tape, large_trade_notional: float, exchange_ms: float) -> Flow:
    """Taker notional over 15 minutes (quote asset), imbalances, and large trades.

    A tape younger than a window gives what it has of it.
    """
    now = int(exchange_ms)
    times, signed = tape.trades.since(now - WINDOWS["15m"])
    sizes = np.abs(signed)
    large = large_trades(sizes, large_trade_notional)
    buy, sell = _sides(signed, sizes)
    none = Missing("no_trades_in_window", window="15 min")
    return Flow(
        taker_buy=buy if signed.size else none,
        taker_sell=sell if signed.size else none,
        imbalance=_imbalances(times, signed, sizes, now),
        cvd=tape.cvd if tape.version else Missing("no_trades"),
        large_trades=int(large.size) if signed.size else none,
        cvd_path=cvd_path(tape, now),
        largest=tuple(
            zip(times[large[-LARGEST:]].tolist(), signed[large[-LARGEST:]].tolist(), strict=True)
        ),
    )


def cvd_path(tape: Tape, now: int) -> tuple[Number, ...]:
    """``cvd`` at the end of each of the last 60 steps of 15 s, the last one still running.

    Steps are the clock's own, so that what is past stays as it was. Missing before the tape began.
    """
    if tape.since_ms is None:
        return ()
    first = (now // STEP_MS - STEPS + 1) * STEP_MS
    times, signed = tape.trades.since(first - 1)
    moved = np.bincount((times - first) // STEP_MS, weights=signed, minlength=STEPS)[:STEPS]
    path = tape.cvd - moved.sum() + np.cumsum(moved)
    before_tape = min(STEPS, max(0, (tape.since_ms - first) // STEP_MS))
    early = Missing("trades_too_short")
    return (*(early,) * before_tape, *path[before_tape:].tolist())


def _imbalances(
    times: NDArray[np.int64], signed: NDArray[np.float64], sizes: NDArray[np.float64], now: int
) -> dict[str, Number]:
    """(taker buy − taker sell) / (taker buy + taker sell) of each window, −1 to 1."""
    found: dict[str, Number] = {}
    for window, span in WINDOWS.items():
        first = int(times.searchsorted(now - span, side="right"))
        buy, sell = _sides(signed[first:], sizes[first:])
        empty = not buy + sell > 0
        found[window] = EMPTY[window] if empty else (buy - sell) / (buy + sell)
    return found


def large_trades(sizes: NDArray[np.float64], large_trade_notional: float) -> NDArray[np.intp]:
    """Places of the trades of at least ``large_trade_notional`` and the window's 99th percentile.

    ``sizes`` are their notional.
    The percentile is the order statistic at ⌈0.99 (n − 1)⌉ (numpy's ``method="higher"``).
    """
    large = np.flatnonzero(sizes >= large_trade_notional)
    rank = math.ceil(LARGE_QUANTILE * (sizes.size - 1)) - (sizes.size - large.size)
    if rank < 0 or not large.size:
        return large
    percentile = np.partition(sizes[large], rank)[rank]
    indices: NDArray[np.intp] = large[sizes[large] >= percentile]
    return indices


def _sides(signed: NDArray[np.float64], sizes: NDArray[np.float64]) -> tuple[float, float]:
    """Taker buy and taker sell notional; ``sizes`` are the magnitudes."""
    total, net = float(sizes.sum()), float(signed.sum())
    return max(0.0, (total + net) / 2), max(0.0, (total - net) / 2)
