"""The candle metrics of one symbol as one would write them with pandas and scipy.

Clear and vectorised, no loop where pandas has a method; what has no method (the regime's state
machine) is a plain loop. Each function gives its numbers as one flat array, in the order in which
``benchmarks.analytics`` reads ours.
"""

from __future__ import annotations

from itertools import combinations
from math import log, sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Frames = dict[str, pd.DataFrame]

PERIODS = {"15m": 35_040, "1h": 8_760, "1d": 365}
WINDOWS = (7, 14, 30, 60)
QUANTILES = [0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0]
HORIZONS = (1, 4, 96)


def log_returns(frame: pd.DataFrame) -> pd.Series[float]:
    logs: pd.Series[float] = np.log(frame["close"])
    return logs.diff()


def simple_returns(frame: pd.DataFrame) -> pd.Series[float]:
    return frame["close"].pct_change().dropna()


def cone(frames: Frames) -> Floats:
    """Current, percentile and seven quantiles of each timeframe and window."""
    found: list[float] = []
    for interval, frame in frames.items():
        returns = log_returns(frame)
        for window in WINDOWS:
            rolling = (returns.rolling(window).std() * sqrt(PERIODS[interval])).dropna()
            current = rolling.iloc[-1]
            found += [current, stats.percentileofscore(rolling, current, kind="mean")]
            found += rolling.quantile(QUANTILES).tolist()
    return np.array(found)


def estimators(frames: Frames) -> Floats:
    """Parkinson, Garman–Klass, Rogers–Satchell and Yang–Zhang of each timeframe and window."""
    found: list[float] = []
    for interval, frame in frames.items():
        logs = np.log(frame[["open", "high", "low", "close"]])
        opened, high, low, close = (logs[name] for name in logs)
        width, body, jump = (high - low) ** 2, close - opened, opened - close.shift()
        inside = (high - close) * (high - opened) + (low - close) * (low - opened)
        klass = 0.5 * width - (2 * log(2) - 1) * body**2
        for window in WINDOWS:
            k = 0.34 / (1.34 + (window + 1) / (window - 1))
            rogers = inside.rolling(window).mean()
            variances = (
                width.rolling(window).mean() / (4 * log(2)),
                klass.rolling(window).mean(),
                rogers,
                jump.rolling(window).var() + k * body.rolling(window).var() + (1 - k) * rogers,
            )
            found += [sqrt(v.iloc[-1] * PERIODS[interval]) for v in variances]
    return np.array(found)


def regime(frame: pd.DataFrame) -> Floats:
    """Percentile in the last 30 days, the state (0 calm, 1 normal, 2 wild) and where it began."""
    volatility = log_returns(frame).rolling(60).std() * sqrt(PERIODS["15m"])
    known = volatility.dropna().reset_index(drop=True)
    window = known.rolling(2_880, min_periods=672)
    # A rank counts the value itself, percentileofscore(kind="mean") half of it.
    ranks = (window.rank() - 0.5) / window.count() * 100
    state, began, held, wanted = -1, 0, 0, -1
    ranks = ranks.dropna()
    for i, rank in zip(ranks.index.tolist(), ranks.tolist(), strict=True):
        if rank < 30 or (state == 0 and rank <= 35):
            asked = 0
        elif rank > 80 or (state == 2 and rank >= 75):
            asked = 2
        else:
            asked = 1
        if state < 0:
            state, began = asked, i
        held = held + 1 if asked == wanted else 1
        wanted = asked
        if asked != state and held >= 2:
            state, began = asked, i
    return np.array([ranks.iloc[-1], state, began], dtype=np.float64)


def divergence(frame: pd.DataFrame) -> Floats:
    """Whether the last close is a new 96-bar high on lower and falling volatility."""
    close = frame["close"]
    volatility = log_returns(frame).rolling(60).std()
    highs = close > close.rolling(95).max().shift()
    if not highs.iloc[-1]:
        return np.array([0.0])
    earlier = volatility[highs].dropna().iloc[-2]
    tired = volatility.iloc[-1] < earlier and volatility.iloc[-1] < volatility.iloc[-2]
    return np.array([float(tired)])


def drawdown(frames: Frames) -> Floats:
    """Current, worst, bars under water and severity, of 168 1h bars and of 365 1d bars."""
    found: list[float] = []
    for interval, size in (("1h", 168), ("1d", 365)):
        close = frames[interval]["close"]
        recent = close.tail(size)
        depth = recent / recent.cummax() - 1
        past = (close / close.rolling(size).max() - 1).dropna()
        at_high = depth[depth == 0].index[-1]
        found += [depth.iloc[-1], depth.min(), depth.index[-1] - at_high]
        found.append(min(-depth.iloc[-1] / -past.quantile(0.05), 1.0))
    return np.array(found)


def timeframes(frames: Frames) -> Floats:
    """Correlation of the horizons, its interval under a random walk, and the three trends."""
    logs = np.log(frames["15m"]["close"])
    horizons = pd.DataFrame({h: logs.diff(h) for h in HORIZONS}).tail(672)
    correlation = horizons.corr()
    low, high = interval(len(horizons))
    trends = []
    for frame in frames.values():
        recent = log_returns(frame).tail(24)
        trends.append(recent.mean() / recent.std() * sqrt(24))
    return np.concatenate([correlation.to_numpy().ravel(), low.ravel(), high.ravel(), trends])


def interval(rows: int) -> tuple[Floats, Floats]:
    """2.5 % and 97.5 % of a random walk's correlations: Bartlett's variance, Fisher's scale."""
    low, high = np.eye(3), np.eye(3)
    lags = np.arange(-192, 193)
    for (i, a), (j, b) in combinations(enumerate(HORIZONS), 2):
        own_a, own_b, cross = overlap(a, a, lags), overlap(b, b, lags), overlap(a, b, lags)
        back, r = cross[::-1], sqrt(a / b)
        terms = own_a * own_b + cross * back - 2 * r * (own_a * cross + own_b * back)
        terms += r**2 * (own_a**2 / 2 + cross**2 + own_b**2 / 2)
        reach = stats.norm.ppf(0.975) * sqrt(terms.sum() / rows) / (1 - r**2)
        low[i, j] = low[j, i] = np.tanh(np.arctanh(r) - reach)
        high[i, j] = high[j, i] = np.tanh(np.arctanh(r) + reach)
    return low, high


def overlap(a: int, b: int, lags: NDArray[np.int64]) -> Floats:
    first, last = np.maximum(1 - a, lags + 1 - b), np.minimum(0, lags)
    shared: Floats = np.maximum(last - first + 1, 0) / sqrt(a * b)
    return shared


def performance(frame: pd.DataFrame) -> Floats:
    """Sharpe, its standard error, Sortino, Calmar, CAGR, worst drawdown, volatility."""
    returns = simple_returns(frame)
    n, daily = len(returns), returns.mean() / returns.std()
    equity = pd.concat([pd.Series([1.0]), (1 + returns).cumprod()], ignore_index=True)
    worst = (equity / equity.cummax() - 1).min()
    cagr = equity.iloc[-1] ** (365 / n) - 1
    downside = sqrt((returns.clip(upper=0) ** 2).mean())
    return np.array(
        [
            daily * sqrt(365),
            sqrt((1 + daily**2 / 2) / n * 365),
            returns.mean() / downside * sqrt(365),
            cagr / -worst,
            cagr,
            worst,
            returns.std() * sqrt(365),
        ]
    )


def value_at_risk(frame: pd.DataFrame) -> Floats:
    """VaR of four kinds, historical ES, and the records of two of the methods."""
    returns = simple_returns(frame).reset_index(drop=True)
    mean, deviation = returns.mean(), returns.std()
    skew, kurtosis = stats.skew(returns), stats.kurtosis(returns)
    z = stats.norm.ppf(0.05)
    corrected = z + (z**2 - 1) * skew / 6 + (z**3 - 3 * z) * kurtosis / 24
    corrected -= (2 * z**3 - 5 * z) * skew**2 / 36
    fifth, first = returns.quantile([0.05, 0.01])
    volatility = ewma(returns)
    residuals = returns / volatility.shift()
    return np.array(
        [
            -fifth,
            -first,
            -(mean + z * deviation),
            -(mean + stats.norm.ppf(0.01) * deviation),
            -(mean + corrected * deviation),
            -residuals.quantile(0.05) * volatility.iloc[-1],
            -returns[returns <= fifth].mean(),
            -returns[returns <= first].mean(),
            *record(returns, -rolling_quantile(returns)),
            *record(returns, -rolling_quantile(residuals) * volatility.shift()),
        ]
    )


def ewma(returns: pd.Series[float]) -> pd.Series[float]:
    """Volatility after each return, λ 0.94, begun with the first 30 returns' mean square."""
    squares = returns**2
    squares.iloc[29] = squares.iloc[:30].mean()
    variance = squares.iloc[29:].ewm(alpha=0.06, adjust=False).mean()
    return (variance**0.5).reindex(returns.index)


def rolling_quantile(values: pd.Series[float]) -> pd.Series[float]:
    return values.rolling(500, min_periods=250).quantile(0.05).shift()


def record(returns: pd.Series[float], forecasts: pd.Series[float]) -> list[float]:
    """Exceptions and days of the last 250, Kupiec's and Christoffersen's p-values, the light."""
    beyond = (returns < -forecasts).tail(250)
    n, x = len(beyond), int(beyond.sum())
    kupiec = 2 * (stats.binom.logpmf(x, n, x / n) - stats.binom.logpmf(x, n, 0.05))
    pairs = pd.crosstab(beyond.shift().iloc[1:].astype(bool), beyond.iloc[1:]).to_numpy()
    (calm_calm, calm_hit), (hit_calm, hit_hit) = pairs.astype(float).tolist()
    hits, calms = calm_hit + hit_hit, calm_calm + hit_calm
    after_calm, after_hit = calm_hit / (calm_calm + calm_hit), hit_hit / (hit_calm + hit_hit)
    null = calms * np.log(calms / (n - 1)) + hits * np.log(hits / (n - 1))
    free = calm_calm * np.log(1 - after_calm) + calm_hit * np.log(after_calm)
    free += hit_calm * np.log(1 - after_hit) + (hit_hit * np.log(after_hit) if hit_hit else 0.0)
    cumulative = stats.binom.cdf(x, n, 0.05)
    light = 0 if cumulative < 0.95 else 1 if cumulative < 0.9999 else 2
    kupiec_p, independence_p = (float(stats.chi2.sf(v, 1)) for v in (kupiec, 2 * (free - null)))
    return [x, n, kupiec_p, independence_p, light]


def everything(frames: Frames) -> Floats:
    return np.concatenate(
        [
            cone(frames),
            estimators(frames),
            regime(frames["15m"]),
            divergence(frames["15m"]),
            drawdown(frames),
            timeframes(frames),
            performance(frames["1d"]),
            value_at_risk(frames["1d"]),
        ]
    )
