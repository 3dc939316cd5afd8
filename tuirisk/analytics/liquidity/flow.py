"""Order flow of the last 15 minutes: who crossed the spread, and for how much."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tuirisk.events.intervals import MINUTE_MS
from tuirisk.market.tape import Tape
from tuirisk.state import Flow, Missing, Number

WINDOWS = {"1m": MINUTE_MS, "5m": 5 * MINUTE_MS, "15m": 15 * MINUTE_MS}
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
    large = large_trades(signed, large_trade_notional)
    buy, sell = _sides(signed)
    none = Missing("no_trades_in_window", window="15 min")
    return Flow(
        taker_buy=buy if signed.size else none,
        taker_sell=sell if signed.size else none,
        imbalance={
            name: taker_imbalance(tape.trades.since(now - span)[1], name)
            for name, span in WINDOWS.items()
        },
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


def taker_imbalance(signed: NDArray[np.float64], window: str) -> Number:
    """(taker buy − taker sell) / (taker buy + taker sell), −1 to 1."""
    buy, sell = _sides(signed)
    return (
        (buy - sell) / (buy + sell)
        if buy + sell > 0
        else Missing("no_trades_in_window", window=window)
    )


def large_trades(signed: NDArray[np.float64], large_trade_notional: float) -> NDArray[np.intp]:
    """Places of the trades of at least ``large_trade_notional`` and the window's 99th percentile.

    The percentile is the order statistic at ⌈0.99 (n − 1)⌉ (numpy's ``method="higher"``).
    """
    sizes = np.abs(signed)
    large = np.flatnonzero(sizes >= large_trade_notional)
    rank = math.ceil(LARGE_QUANTILE * (sizes.size - 1)) - (sizes.size - large.size)
    if rank < 0 or not large.size:
        return large
    percentile = np.partition(sizes[large], rank)[rank]
    indices: NDArray[np.intp] = large[sizes[large] >= percentile]
    return indices


def _sides(signed: NDArray[np.float64]) -> tuple[float, float]:
    """Taker buy and taker sell notional."""
    total, net = float(np.abs(signed).sum()), float(signed.sum())
    return max(0.0, (total + net) / 2), max(0.0, (total - net) / 2)
