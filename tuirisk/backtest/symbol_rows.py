"""Every forecast of one symbol, walked forward day by day, with what happened.

A forecast sees the bars, the mark price and the funding of its own past alone: what the monitor
would have held then. What is learned from a whole period (climatology, tables) is added afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from tuirisk.analytics.forecast.volatility_forecast import volatility_forecast
from tuirisk.analytics.leverage.brackets import brackets_of
from tuirisk.analytics.leverage.hypothetical import HypotheticalPosition, hypothetical_positions
from tuirisk.analytics.market_risk.returns import simple_returns
from tuirisk.backtest.daily_losses import loss_forecasts
from tuirisk.backtest.known_bars import empty_bars, is_current, known_bars
from tuirisk.backtest.liquidation import (
    HORIZON_MS,
    funding_ahead,
    liquidation_chances,
)
from tuirisk.backtest.price_ranges import Basis, PriceRanges, PriceWindow
from tuirisk.backtest.score_record import ScoreRows, hours_of
from tuirisk.backtest.score_series import score_series
from tuirisk.backtest.signals import SignalRow, divergence_rows, funding_rows, regime_rows
from tuirisk.backtest.what_followed import WhatFollowed
from tuirisk.config.model import RiskConfig
from tuirisk.events.intervals import DAY_MS, INTERVALS
from tuirisk.feed.files.model import ImpliedDays, SymbolHistory
from tuirisk.state import Missing
from tuirisk.state.external import DAYS_A_YEAR


class Period(NamedTuple):
    """The forecasts that are judged: those made from ``begin_ms`` to before ``end_ms`` (UTC)."""

    begin_ms: int
    end_ms: int


class ChanceRow(NamedTuple):
    """P(liquidation) of one position within one horizon, and whether it was liquidated."""

    time_ms: int
    horizon: str
    side: str
    leverage: int
    forecast: float
    brownian: float
    outcome: float
    basis: Basis


class OutcomeRow(NamedTuple):
    """Whether a position opened at a midnight was liquidated: of every midnight with prices."""

    time_ms: int
    horizon: str
    leverage: int
    outcome: float


class VolatilityRow(NamedTuple):
    """σ of 24 h: forecast, realised, and that of the 24 h before."""

    time_ms: int
    forecast: float
    outcome: float
    before: float


class ImpliedRow(NamedTuple):
    """σ of 24 h that options implied, that of the forecast, and the realised one."""

    time_ms: int
    source: str
    implied: float
    forecast: float
    outcome: float


class LossRow(NamedTuple):
    """VaR and ES of one method for a day, and the loss of that day (fractions)."""

    time_ms: int
    method: str
    var: float
    es: float
    loss: float


@dataclass(slots=True)
class SymbolRows:
    """The forecasts of one symbol and what became of them."""

    symbol: str
    brackets: str
    """``table`` with its date, or ``none``: then the mildest of the table are assumed."""
    chances: list[ChanceRow] = field(default_factory=list)
    outcomes: list[OutcomeRow] = field(default_factory=list)
    volatility: list[VolatilityRow] = field(default_factory=list)
    implied: list[ImpliedRow] = field(default_factory=list)
    losses: list[LossRow] = field(default_factory=list)
    signals: list[SignalRow] = field(default_factory=list)
    score: ScoreRows | None = None
    days: int = 0
    """Midnights of the period at which the 15m bars were up to date."""
    skipped: int = 0
    """Of them those with too little history for a forecast."""


Progress = Callable[[int, int], None]
"""(days done, days in all)"""


def symbol_rows(
    history: SymbolHistory, period: Period, risk: RiskConfig, progress: Progress = lambda a, b: None
) -> SymbolRows:
    """Walk ``history`` forward over the midnights of ``period``."""
    found = SymbolRows(history.symbol, brackets_of(history.symbol, ())[1])
    prices = PriceRanges(history)
    followed = WhatFollowed(history.bars.get("15m", empty_bars("15m")))
    found.outcomes = _outcomes(history.symbol, prices, period)
    begin = max(period.begin_ms, prices.first_ms() or 0)
    end = min(period.end_ms, prices.last_ms() or 0)
    midnights = range(-(-begin // DAY_MS) * DAY_MS, end, DAY_MS)
    for number, now_ms in enumerate(midnights):
        _day(found, history, prices, followed, now_ms)
        progress(number + 1, len(midnights))
    found.signals = _signals(history, period, risk, followed)
    found.score = _score(history, Period(begin, end), risk, followed)
    return found


def _day(
    found: SymbolRows,
    history: SymbolHistory,
    prices: PriceRanges,
    followed: WhatFollowed,
    now_ms: int,
) -> None:
    """The forecasts of one midnight."""
    bars_15m, bars_1d = (known_bars(history, interval, now_ms) for interval in ("15m", "1d"))
    found.losses += _losses(history, now_ms)
    if not is_current(bars_15m, now_ms):
        return
    found.days += 1
    forecast = volatility_forecast(bars_15m, bars_1d)
    sigma = forecast.sigma_24h
    if isinstance(sigma, Missing):
        found.skipped += 1
        return
    at = np.array([now_ms])
    realised, before = (
        float(followed.at(column, at)[0])
        for column in (followed.volatility, followed.volatility_before)
    )
    if realised > 0.0:
        found.volatility.append(VolatilityRow(now_ms, sigma, realised, before))
        found.implied += _implied(history.implied, now_ms, sigma, realised)
    windows = _windows(prices, now_ms)
    if "24h" not in windows:
        return
    positions = hypothetical_positions(history.symbol, windows["24h"].start)
    funding = funding_ahead(history.funding, now_ms)
    chances = liquidation_chances(positions, bars_15m, bars_1d, forecast, funding, now_ms)
    if chances is None:
        found.skipped += 1
        return
    for held, chance in zip(positions, chances, strict=True):
        given = {"24h": (chance.day, chance.brownian_day)}
        given["7d"] = chance.week, chance.brownian_week
        for horizon, window in windows.items():
            found.chances.append(
                ChanceRow(
                    now_ms,
                    horizon,
                    held.position.side,
                    held.leverage,
                    *given[horizon],
                    touched(held, window),
                    window.basis,
                )
            )


def _implied(days: ImpliedDays, now_ms: int, sigma: float, realised: float) -> list[ImpliedRow]:
    """What options implied as the day before ``now_ms`` ended; nothing where that is not known."""
    place = int(np.searchsorted(days.time, now_ms - DAY_MS))
    if place >= days.time.size or days.time[place] != now_ms - DAY_MS:
        return []
    implied = float(days.value[place]) / DAYS_A_YEAR**0.5
    return [ImpliedRow(now_ms, days.source, implied, sigma, realised)] if implied > 0 else []


def touched(held: HypotheticalPosition, window: PriceWindow) -> float:
    """1 where the price came to the liquidation price of ``held``, else 0.

    The level is as far from the window's own first price as it is from the price at entry.
    """
    level = held.level / held.position.entry_price * window.start
    reached = window.low <= level if held.position.sign > 0 else window.high >= level
    return float(reached)


def _windows(prices: PriceRanges, now_ms: int) -> dict[str, PriceWindow]:
    """By horizon the window that begins now, where its prices are known."""
    found = {}
    for horizon, span in HORIZON_MS.items():
        window = prices.window(now_ms, now_ms + span)
        if window is not None:
            found[horizon] = window
    return found


def _outcomes(symbol: str, prices: PriceRanges, period: Period) -> list[OutcomeRow]:
    """What became of positions opened at every midnight up to the end of ``period``."""
    first, last = prices.first_ms(), prices.last_ms()
    if first is None or last is None:
        return []
    found = []
    for now_ms in range(first, min(last, period.end_ms), DAY_MS):
        windows = _windows(prices, now_ms)
        if not windows:
            continue
        start = next(iter(windows.values())).start
        for held in hypothetical_positions(symbol, start):
            for horizon, window in windows.items():
                outcome = touched(held, window)
                found.append(OutcomeRow(now_ms, horizon, held.leverage, outcome))
    return found


def _losses(history: SymbolHistory, now_ms: int) -> list[LossRow]:
    """VaR and ES for the day that begins now, where the day's bar is there."""
    bars_1d = known_bars(history, "1d", now_ms)
    following = known_bars(history, "1d", now_ms + DAY_MS)
    if not is_current(bars_1d, now_ms) or not is_current(following, now_ms + DAY_MS):
        return []
    change = simple_returns(following)
    if not change.size or change[-1] != change[-1]:
        return []
    return [
        LossRow(now_ms, forecast.method, forecast.var, forecast.es, -float(change[-1]))
        for forecast in loss_forecasts(bars_1d)
    ]


def _score(
    history: SymbolHistory, period: Period, risk: RiskConfig, followed: WhatFollowed
) -> ScoreRows | None:
    """The score at each full hour; None without the bars that it is of."""
    if any(interval not in history.bars for interval in INTERVALS):
        return None
    times = hours_of(*period)
    times = times[followed.rows(times) >= 0]
    series = score_series(history, times, risk)
    parts = {
        "total": series.total,
        "raw": series.raw,
        "market": series.market,
        "funding": series.funding,
        "correlation": series.correlation,
    }
    return ScoreRows(
        times,
        {name: column for name, column in parts.items() if np.isfinite(column).any()},
        followed.at(followed.volatility, times),
        followed.at(followed.fall, times),
    )


def _signals(
    history: SymbolHistory, period: Period, risk: RiskConfig, followed: WhatFollowed
) -> list[SignalRow]:
    bars = history.bars.get("15m")
    if bars is None:
        return []
    rows = [
        *regime_rows(bars, followed),
        *divergence_rows(bars, followed),
        *funding_rows(history.funding, risk, followed),
    ]
    return [row for row in rows if period.begin_ms <= row.time_ms < period.end_ms]
