"""The same past 15m bars of every symbol of an account, standardised and scaled to the forecasts.

Bars are those of the reference symbol (BTC where it is watched, else the one with most bars). A
symbol listed later has, before its first bar, β × the reference's standardised return plus a
residual drawn from its own. One with no history of its own to speak of moves so that its leg loses
whenever the rest of the account does, with at least the largest σ of the account.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt
from zlib import crc32

import numpy as np

from tuirisk.analytics.market_risk.ewma import ewma_volatility
from tuirisk.analytics.market_risk.returns import log_returns
from tuirisk.analytics.stress.filtered import DAY_STEPS, DECAY, LEAST
from tuirisk.analytics.stress.inputs import MINIMUM_RETURNS
from tuirisk.market.candles import Bars, Column
from tuirisk.market.series import Times

LEAST_BARS = 2 * DAY_STEPS
"""15m returns below which a symbol has no history of its own."""
ADVERSE_SIGMA = 0.08
"""Least daily σ of a symbol without a history."""
PARKINSON = 1.0 / (4.0 * log(2.0))


@dataclass(frozen=True, slots=True)
class SymbolBars:
    """What is known of one symbol: 15m bars, and the forecast σ of its 24 h log return.

    ``weight`` is its net notional in the account (quote asset): an unknown symbol is set against
    it.
    """

    symbol: str
    bars: Bars
    sigma: float | None
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class JointBars:
    """Common bars, rows in the order of ``symbols``; shapes (symbols, bars).

    ``day`` are log returns scaled to the forecasts, ``week`` as they were; ``day_range`` and
    ``week_range`` the σ within each bar by its range (Parkinson). ``sigmas`` are the forecast σ of
    24 h, ``correlation`` that of the standardised returns. ``reference`` is the symbol whose bars
    they are. ``filled`` names the symbols that are not all their own history, ``adverse`` those
    without any, whose moves hang on what else is held.
    """

    symbols: tuple[str, ...]
    day: Column
    week: Column
    day_range: Column
    week_range: Column
    sigmas: Column
    correlation: Column
    reference: str
    filled: tuple[str, ...] = ()
    adverse: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Standardised:
    """One symbol's returns over the volatility known before each, on its own bars."""

    times: Times
    z: Column
    raw: Column
    spread: Column
    """σ within each bar by its range."""
    scale: Column
    """Volatility known before each bar, with the spread of ``z`` taken out."""


def joint_bars(known: Sequence[SymbolBars], reference: str, seed: int) -> JointBars | None:
    """The joint bars of ``known``; None where the reference has too short a history.

    ``reference`` names one of them, or none: then it is the one with most bars.
    """
    own = {each.symbol: _standardised(each.bars) for each in sorted(known, key=lambda s: s.symbol)}
    there = {name: one for name, one in own.items() if one is not None}
    if not there:
        return None
    if reference not in there:
        reference = max(there, key=lambda name: (there[name].times.size, name))
    times = there[reference].times
    if times.size + DAY_STEPS < MINIMUM_RETURNS:
        return None
    rows = {name: _filled(name, one, there[reference], times, seed) for name, one in there.items()}
    by_name = {each.symbol: each for each in known}
    sigmas = {name: _sigma(by_name[name].sigma, there[name]) for name in there}
    weights = {name: by_name[name].weight for name in by_name}
    for name in own:
        if name not in rows:
            rows[name], sigmas[name] = _adverse(name, rows, sigmas, weights, reference)
    symbols = tuple(sorted(rows))
    z, raw, spread, scale = (np.array([rows[name][k] for name in symbols]) for k in range(4))
    sigma = np.array([sigmas[name] for name in symbols])
    steps = (sigma / sqrt(DAY_STEPS))[:, np.newaxis]
    correlation = np.atleast_2d(np.corrcoef(z)) if len(symbols) > 1 else np.ones((1, 1))
    filled = tuple(name for name in symbols if name not in there or there[name].times[0] > times[0])
    return JointBars(
        symbols,
        z * steps,
        raw,
        spread / scale * steps,
        spread,
        sigma,
        correlation,
        reference,
        filled,
        tuple(name for name in symbols if name not in there),
    )


def _standardised(bars: Bars) -> _Standardised | None:
    returns = log_returns(bars)
    there = np.isfinite(returns)
    raw = returns[there]
    if raw.size < LEAST_BARS or not raw.std() > 1e-12:
        return None
    high, low = bars.high[1:][there], bars.low[1:][there]
    close = bars.close[1:][there]
    low = np.where(low > 0.0, np.minimum(low, close), close)
    high = np.where(np.isfinite(high), np.maximum(high, close), close)
    spread = np.sqrt(PARKINSON) * np.log(high / low)
    volatility = ewma_volatility(raw, DECAY, DAY_STEPS)[DAY_STEPS:-1]
    volatility = np.maximum(volatility, LEAST * float(raw.std()))
    raw, spread = raw[DAY_STEPS:], spread[DAY_STEPS:]
    z = raw / volatility
    deviation = float(z.std())
    if not deviation > 0.0:
        return None
    times = bars.open_time[1:][there][DAY_STEPS:]
    return _Standardised(times, z / deviation, raw, spread, volatility * deviation)


def _sigma(forecast: float | None, one: _Standardised) -> float:
    if forecast is not None and forecast > 0.0:
        return forecast
    return float(one.raw.std()) * sqrt(DAY_STEPS)


_Rows = tuple[Column, Column, Column, Column]


def _filled(name: str, own: _Standardised, base: _Standardised, times: Times, seed: int) -> _Rows:
    """z, raw, spread and scale of ``own`` at ``times``; where it has no bar, by β and residual."""
    place = np.searchsorted(own.times, times)
    place = np.minimum(place, own.times.size - 1)
    there = own.times[place] == times
    if there.all():
        return own.z[place], own.raw[place], own.spread[place], own.scale[place]
    at = np.searchsorted(times, own.times)
    at = np.minimum(at, times.size - 1)
    common = times[at] == own.times
    mine, other = own.z[common], base.z[at[common]]
    if mine.size >= LEAST_BARS // 2 and other.std() > 0.0:
        beta = float(np.clip(np.cov(mine, other)[0, 1] / other.var(ddof=1), -1.0, 1.0))
        residual = mine - beta * other
        source = np.flatnonzero(common)
    else:
        beta, residual, source = 1.0, np.zeros(1), np.zeros(1, np.int64)
    rng = np.random.default_rng([seed, crc32(name.encode())])
    drawn = rng.integers(residual.size, size=times.size)
    deviation = max(sqrt(max(beta * beta + float(residual.var()), 1e-12)), 1e-6)
    z = np.where(there, own.z[place], (beta * base.z + residual[drawn]) / deviation)
    level = float(own.raw.std())
    raw = np.where(there, own.raw[place], z * level)
    relative = (own.spread / own.scale)[source[drawn]]
    spread = np.where(there, own.spread[place], relative * level)
    scale = np.where(there, own.scale[place], level)
    return z, raw, spread, scale


def _adverse(
    name: str,
    rows: Mapping[str, _Rows],
    sigmas: Mapping[str, float],
    weights: Mapping[str, float],
    reference: str,
) -> tuple[_Rows, float]:
    """Rows of a symbol without a history: its leg loses whenever the rest does."""
    sigma = max(ADVERSE_SIGMA, *sigmas.values())
    rest = sum(
        (weights[other] * sigmas[other] * rows[other][0] for other in sorted(rows)),
        np.zeros(rows[reference][0].size),
    )
    sign = -1.0 if weights[name] < 0.0 else 1.0
    z = sign * rest / rest.std() if rest.std() > 0.0 else rows[reference][0]
    level = sigma / sqrt(DAY_STEPS)
    relative = rows[reference][2] / rows[reference][3]
    return (z, z * level, relative * level, np.full(z.size, level)), sigma
