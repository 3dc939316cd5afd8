"""How the one-day value at risk has done: exceptions of the last 250 days and their tests."""

from __future__ import annotations

from math import comb, erfc, inf, log, nan, sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tuirisk.analytics.market_risk.ewma import BURN_IN, ewma_volatility, standardised
from tuirisk.analytics.market_risk.returns import ZERO_VARIANCE, no_variance
from tuirisk.market.candles import Column
from tuirisk.state import Backtest, Judgement, Missing, Number
from tuirisk.state.codes import TrafficLight

Method = Literal["historical", "filtered"]

DAYS = 250
WINDOW = 500
MINIMUM_WINDOW = 250
MINIMUM_DAYS = 100
YELLOW, RED = 0.95, 0.9999
LEVELS: dict[TrafficLight, Judgement] = {
    "green": Judgement("ok", "traffic_light", YELLOW),
    "yellow": Judgement("caution", "traffic_light", YELLOW),
    "red": Judgement("critical", "traffic_light", RED),
}
"""The level of each light; thresholds are of the probability of at most so many exceptions."""


def backtest(returns: Column, method: Method = "historical", confidence: float = 0.95) -> Backtest:
    """The record of one-day VaR at ``confidence`` over the last 250 of the daily ``returns``.

    An exception is a loss beyond the forecast. ``kupiec_p`` and ``independence_p`` are p-values,
    ``light`` is ``green``, ``yellow`` or ``red``. Missing with fewer than 100 forecasts.
    """
    forecasts = rolling_var(returns, method, confidence)
    there = np.isfinite(forecasts)
    observations = int(there.sum())
    need = MINIMUM_WINDOW + MINIMUM_DAYS + (BURN_IN if method == "filtered" else 0)
    if returns.size < need:
        return no_backtest(Missing("few_returns", have=returns.size, need=need))
    if no_variance(returns, float(returns.std())):
        return no_backtest(ZERO_VARIANCE)
    if observations < MINIMUM_DAYS:
        return no_backtest(Missing("no_variance_beyond", days=observations))
    beyond = returns[returns.size - forecasts.size :][there] < -forecasts[there]
    exceptions = int(beyond.sum())
    light = traffic_light(exceptions, observations, 1.0 - confidence)
    return Backtest(
        exceptions=exceptions,
        observations=observations,
        kupiec_p=kupiec_p(exceptions, observations, 1.0 - confidence),
        independence_p=independence_p(beyond),
        light=light,
        levels={"exceptions": LEVELS[light]},
    )


def no_backtest(reason: Missing) -> Backtest:
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
    """Quantile (numpy's ``linear``) of the up to 500 numbers before each of the last 250 values.

    Shape ``(≤ 250,)``; NaN where fewer than 250 of the ``values`` before a day are numbers. Only
    the low end of each window is sorted: the values up to one of which every window has enough.
    """
    first = max(values.size - DAYS, 0)
    days = np.arange(first, values.size)
    starts = np.maximum(days - WINDOW, 0)
    before = np.concatenate(([0], np.cumsum(np.isfinite(values))))
    counts = before[days] - before[starts]
    position = probability * np.maximum(counts - 1, 0)
    lower = position.astype(np.intp)
    limit = _low_end(values[max(values.size - 1 - WINDOW, 0) : first], lower.max(initial=0) + 2)
    low = np.flatnonzero(values <= limit)
    inside = (low >= starts[:, np.newaxis]) & (low < days[:, np.newaxis])
    ordered = np.sort(np.where(inside, values[low], nan), axis=1)
    ordered = np.pad(ordered, ((0, 0), (0, 2)), constant_values=nan)
    below, above = (ordered[np.arange(days.size), rank] for rank in (lower, lower + 1))
    return np.where(counts < MINIMUM_WINDOW, nan, below + (above - below) * (position - lower))


def _low_end(values: Column, need: int) -> float:
    """The ``need``-th lowest number of ``values``; infinite where there are fewer."""
    numbers = values[np.isfinite(values)]
    return float(np.partition(numbers, need - 1)[need - 1]) if numbers.size >= need else inf


def kupiec_p(exceptions: int, observations: int, probability: float) -> float:
    """p-value of the proportion-of-failures test, χ² with one degree of freedom.

    LR = -2 ln[(1-p)^(T-x) pˣ / ((1-x/T)^(T-x) (x/T)ˣ)], 0·ln 0 taken as 0 for x = 0 and x = T.
    Kupiec, "Techniques for Verifying the Accuracy of Risk Measurement Models", 1995.
    """
    x, rest = exceptions, observations - exceptions
    share = x / observations
    null = _xlogy(x, probability) + _xlogy(rest, 1.0 - probability)
    free = _xlogy(x, share) + _xlogy(rest, 1.0 - share)
    return _chi_squared_p(2.0 * (free - null))


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
        return Missing("no_day_after_exception")
    if n00 + n01 == 0:
        return Missing("no_day_without_exception")
    share = (n01 + n11) / before.size
    after_calm, after_exception = n01 / (n00 + n01), n11 / (n10 + n11)
    null = _xlogy(n00 + n10, 1.0 - share) + _xlogy(n01 + n11, share)
    free = _xlogy(n00, 1.0 - after_calm) + _xlogy(n01, after_calm)
    free += _xlogy(n10, 1.0 - after_exception) + _xlogy(n11, after_exception)
    return _chi_squared_p(2.0 * (free - null))


def traffic_light(exceptions: int, observations: int, probability: float) -> TrafficLight:
    """Basel's zones, scaled to any number of days and level.

    The zone follows the probability of at most that many exceptions under a right model: below
    95 % ``green``, below 99.99 % ``yellow``, else ``red``. For 250 days at 99 % that is Basel's
    own 0–4, 5–9, ≥ 10; at 95 % it is 0–17, 18–26, ≥ 27. Basel Committee, "Supervisory framework
    for the use of backtesting", 1996.
    """
    cumulative = _binomial(exceptions, observations, probability)
    if cumulative < YELLOW:
        return "green"
    return "yellow" if cumulative < RED else "red"


def _xlogy(x: int, y: float) -> float:
    return x * log(y) if x else 0.0


def _chi_squared_p(ratio: float) -> float:
    """The probability of more than ``ratio`` under χ² with one degree of freedom."""
    return erfc(sqrt(max(ratio, 0.0) / 2.0))


def _binomial(most: int, trials: int, probability: float) -> float:
    """The probability of at most ``most`` successes."""
    failure = 1.0 - probability
    return sum(comb(trials, k) * probability**k * failure ** (trials - k) for k in range(most + 1))
