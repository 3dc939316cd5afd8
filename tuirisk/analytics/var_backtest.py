"""How the one-day value at risk has done: exceptions of the last 250 days and their tests."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.special import bdtr, chdtrc, xlogy

from tuirisk.analytics.filtered import BURN_IN, ewma_volatility, standardised
from tuirisk.analytics.returns import ZERO_VARIANCE, no_variance
from tuirisk.market.candles import Column
from tuirisk.state import Backtest, Missing, Number

Method = Literal["historical", "filtered"]

DAYS = 250
WINDOW = 500
MINIMUM_WINDOW = 250
MINIMUM_DAYS = 100
YELLOW, RED = 0.95, 0.9999


def backtest(returns: Column, method: Method = "historical", confidence: float = 0.95) -> Backtest:
    """The record of one-day VaR at ``confidence`` over the last 250 of the daily ``returns``.

    An exception is a loss beyond the forecast. ``kupiec_p`` and ``independence_p`` are p-values,
    ``light`` is ``green``, ``yellow`` or ``red``. Missing with fewer than 100 forecasts.
    """
    forecasts = rolling_var(returns, method, confidence)
    there = np.isfinite(forecasts)
    observations = int(there.sum())
    if observations < MINIMUM_DAYS:
        need = MINIMUM_WINDOW + MINIMUM_DAYS + (BURN_IN if method == "filtered" else 0)
        return nothing(Missing(f"insufficient history: {returns.size} of {need} returns"))
    if no_variance(returns, float(returns.std())):
        return nothing(ZERO_VARIANCE)
    beyond = returns[returns.size - forecasts.size :][there] < -forecasts[there]
    exceptions = int(beyond.sum())
    return Backtest(
        exceptions=exceptions,
        observations=observations,
        kupiec_p=kupiec_p(exceptions, observations, 1.0 - confidence),
        independence_p=independence_p(beyond),
        light=traffic_light(exceptions, observations, 1.0 - confidence),
    )


def nothing(reason: Missing) -> Backtest:
    """No record, for ``reason``."""
    return Backtest(reason, reason, reason, reason, reason)


def rolling_var(returns: Column, method: Method, confidence: float) -> Column:
    """One-day-ahead VaR for each of the last 250 returns, shape ``(≤ 250,)``, a positive loss.

    Each forecast is made from the 500 returns before its day, NaN where fewer than 250 are
    there. ``filtered`` takes the quantile of the returns standardised by their EWMA volatility
    and scales it with the volatility forecast for the day.
    """
    if method == "historical":
        return -_rolling_quantile(returns, 1.0 - confidence)
    volatility = ewma_volatility(returns)
    quantile = _rolling_quantile(standardised(returns, volatility), 1.0 - confidence)
    return -quantile * volatility[:-1][returns.size - quantile.size :]


def _rolling_quantile(values: Column, probability: float) -> Column:
    """Quantile of the up to 500 numbers before each of the last 250 ``values``."""
    days = min(DAYS, values.size)
    if days == 0:
        return np.empty(0)
    padded = np.concatenate((np.full(WINDOW, np.nan), values))[-(WINDOW + days) : -1]
    rows = sliding_window_view(np.where(np.isfinite(padded), padded, np.inf), WINDOW)
    counts = np.isfinite(rows).sum(axis=1)
    last = int(probability * (WINDOW - 1)) + 1
    tails = np.sort(np.partition(rows, last, axis=1)[:, : last + 1], axis=1)
    position = probability * (np.maximum(counts, 1) - 1)
    below = position.astype(np.intp)[:, None]
    low, high = np.take_along_axis(tails, np.hstack((below, below + 1)), axis=1).T
    enough = counts >= MINIMUM_WINDOW
    forecast = np.full(days, np.nan)
    weight = position[enough] - below[enough, 0]
    forecast[enough] = low[enough] + (high[enough] - low[enough]) * weight
    return forecast


def kupiec_p(exceptions: int, observations: int, probability: float) -> float:
    """p-value of the proportion-of-failures test, χ² with one degree of freedom.

    LR = -2 ln[(1-p)^(T-x) pˣ / ((1-x/T)^(T-x) (x/T)ˣ)], 0·ln 0 taken as 0 for x = 0 and x = T.
    Kupiec, "Techniques for Verifying the Accuracy of Risk Measurement Models", 1995.
    """
    x, rest = exceptions, observations - exceptions
    share = x / observations
    null = xlogy(x, probability) + xlogy(rest, 1.0 - probability)
    free = xlogy(x, share) + xlogy(rest, 1.0 - share)
    return float(chdtrc(1.0, max(2.0 * (free - null), 0.0)))


def independence_p(beyond: NDArray[np.bool_]) -> Number:
    """p-value of Christoffersen's test that an exception says nothing of the next day.

    ``beyond`` holds one flag a day, oldest first. χ² with one degree of freedom. Missing where
    no day follows an exception or none follows a day without one: one of the two probabilities
    that the test compares is unknown. Christoffersen, "Evaluating Interval Forecasts", 1998.
    """
    before, after = beyond[:-1], beyond[1:]
    n11 = int((before & after).sum())
    n10, n01 = int(before.sum()) - n11, int(after.sum()) - n11
    n00 = before.size - n11 - n10 - n01
    if n10 + n11 == 0:
        return Missing("no day after an exception")
    if n00 + n01 == 0:
        return Missing("no day without an exception")
    share = (n01 + n11) / before.size
    after_calm, after_exception = n01 / (n00 + n01), n11 / (n10 + n11)
    null = xlogy(n00 + n10, 1.0 - share) + xlogy(n01 + n11, share)
    free = xlogy(n00, 1.0 - after_calm) + xlogy(n01, after_calm)
    free += xlogy(n10, 1.0 - after_exception) + xlogy(n11, after_exception)
    return float(chdtrc(1.0, max(2.0 * (free - null), 0.0)))


def traffic_light(exceptions: int, observations: int, probability: float) -> str:
    """Basel's zones, scaled to any number of days and level.

    The zone follows the probability of at most that many exceptions under a right model: below
    95 % ``green``, below 99.99 % ``yellow``, else ``red``. For 250 days at 99 % that is Basel's
    own 0–4, 5–9, ≥ 10; at 95 % it is 0–17, 18–26, ≥ 27. Basel Committee, "Supervisory framework
    for the use of backtesting", 1996.
    """
    cumulative = float(bdtr(exceptions, observations, probability))
    if cumulative < YELLOW:
        return "green"
    return "yellow" if cumulative < RED else "red"
