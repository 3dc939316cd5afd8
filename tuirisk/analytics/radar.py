"""The radar: a few numbers of every perpetual, judged and ranked by danger (docs/metrics.md)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from tuirisk.analytics.score.levels import level_rules
from tuirisk.config.model import RiskConfig
from tuirisk.events.radar import RadarConnection
from tuirisk.market.radar import Column, RadarMarket
from tuirisk.state import SEVERITIES, LevelRule
from tuirisk.state.number import ConnectionStatus, Source
from tuirisk.state.radar import RadarState

LEAST_DAYS = 10
"""Daily returns that a volatility needs."""
MARK_BUDGET_MS = 5_000.0
TICKER_BUDGET_MS = 10_000.0
"""Age past which the row's mark price, and the stream of all tickers, are stale."""
MOVE = LevelRule("radar_move", (("critical", 5.0), ("warning", 3.0), ("caution", 2.0)), "from")
BASIS = LevelRule(
    "radar_basis", (("critical", 0.03), ("warning", 0.01), ("caution", 0.005)), "from"
)
VOLUME = LevelRule("radar_volume", (("warning", 8.0), ("caution", 3.0)), "from")
TRADING = "TRADING"


def radar_rules(risk: RiskConfig) -> dict[str, LevelRule]:
    """Figure of the radar → the rule that judges it."""
    return {
        "move_sigmas": MOVE,
        "funding_8h": level_rules(risk)["rate_8h"],
        "basis": BASIS,
        "volume_ratio": VOLUME,
    }


def assess_radar(
    market: RadarMarket,
    now_ms: int,
    rules: Mapping[str, LevelRule],
    *,
    source: Source,
) -> RadarState:
    """Every perpetual that trades, ranked by danger at the exchange's time ``now_ms``."""
    trading = np.array([status == TRADING for status in market.status], dtype=bool)
    rows = np.flatnonzero(trading)
    figures = _figures(market, rows)
    age = now_ms - market.column("mark_ms")[rows]
    stale = ~(age <= MARK_BUDGET_MS)
    if not now_ms - market.ticker_stream_ms <= TICKER_BUDGET_MS:
        stale[:] = True
    danger = _danger(figures, rules, len(rows))
    judged = np.array([figures[name] for name in rules]).reshape(len(rules), -1)
    unknown = stale | ~np.isfinite(judged).all(axis=0)
    danger = np.where(unknown, np.maximum(danger, SEVERITIES.index("unknown")), danger)
    columns = figures | {
        "danger": danger,
        "level": np.floor(danger),
        "age_ms": np.maximum(age, 0.0),
        "stale": stale.astype(float),
        "days": np.where(market.bars_received[rows], _days(market.closes[rows]), np.nan),
    }
    order = np.argsort(-danger, kind="stable")
    names = [market.symbols[row] for row in rows]
    connection = market.connection
    return RadarState(
        now_ms,
        source,
        _status(connection, bool(market.symbols)),
        None if connection is None else connection.error,
        tuple(names[place] for place in order),
        {name: word for name, word in zip(market.symbols, market.status, strict=True)
         if word != TRADING},
        {name: values[order] for name, values in columns.items()},
        rules,
        0 if connection is None else connection.weight_used,
        bool(len(rows)) and bool(market.bars_received[rows].all() and market.intervals_known)
        and bool(np.isfinite(market.column("mark_ms")[rows]).all()),
        LEAST_DAYS,
    )  # fmt: skip


def _status(connection: RadarConnection | None, listed: bool) -> ConnectionStatus:
    if connection is None:
        return "live"
    if connection.connected and listed:
        return "live" if connection.error is None else "degraded"
    return "connecting" if connection.error is None else "offline"


def _figures(market: RadarMarket, rows: npt.NDArray[np.intp]) -> dict[str, Column]:
    last, opened = market.column("last")[rows], market.column("opened")[rows]
    mark, index = market.column("mark")[rows], market.column("index")[rows]
    volume = market.column("quote_volume")[rows]
    closes = market.closes[rows]
    with np.errstate(divide="ignore", invalid="ignore"):
        sigma = np.where(_days(closes) >= LEAST_DAYS, _sigma(closes), np.nan)
        sigma = np.where(sigma > 0, sigma, np.nan)
        funding = market.column("rate")[rows] * 8.0 / market.interval_h[rows]
        enough = np.where(_days(closes) >= LEAST_DAYS, _median(market.day_volumes[rows]), np.nan)
        return {
            "price": last,
            "move": last / opened - 1.0,
            "move_sigmas": np.log(last / opened) / sigma,
            "volatility": sigma * np.sqrt(365.0),
            "volatility_rank": _rank(sigma),
            "funding_8h": funding,
            "funding_rank": _rank(np.abs(funding)),
            "basis": np.where(index > 0, mark / index - 1.0, np.nan),
            "volume": volume,
            "volume_ratio": np.where(enough > 0, volume / enough, np.nan),
            "mark": mark,
            "index": np.where(index > 0, index, np.nan),
            "funding": market.column("rate")[rows],
        }


def _sigma(closes: Column) -> Column:
    """Root mean square of the daily log returns of each row."""
    squares = np.diff(np.log(closes), axis=1) ** 2
    count = np.isfinite(squares).sum(axis=1)
    sigma: Column = np.sqrt(np.nansum(squares, axis=1) / np.maximum(count, 1))
    return sigma


def _days(closes: Column) -> Column:
    """Daily returns of each row."""
    days: Column = np.maximum(np.isfinite(closes).sum(axis=1) - 1.0, 0.0)
    return days


def _median(volumes: Column) -> Column:
    """Median of each row's numbers; NaN where it has none."""
    some = np.isfinite(volumes).any(axis=1)
    medians = np.full(len(volumes), np.nan)
    if some.any():
        medians[some] = np.nanmedian(volumes[some], axis=1)
    return medians


def _rank(values: Column) -> Column:
    """Share of the other rows' numbers that are below, in percent; equals count half."""
    ranks = np.full(len(values), np.nan)
    known = np.isfinite(values)
    numbers = np.sort(values[known])
    if len(numbers) > 1:
        below = np.searchsorted(numbers, values[known], side="left")
        upto = np.searchsorted(numbers, values[known], side="right")
        ranks[known] = 100.0 * (below + (upto - below - 1) / 2) / (len(numbers) - 1)
    return ranks


def _danger(figures: Mapping[str, Column], rules: Mapping[str, LevelRule], count: int) -> Column:
    """The highest of the judged figures: the number of its level, and how far beyond it."""
    danger = np.zeros(count)
    for name, rule in rules.items():
        size = np.abs(np.nan_to_num(figures[name], nan=0.0))
        steps = sorted((threshold, level) for level, threshold in rule.steps)
        floors = np.array([0.0, *(threshold for threshold, _ in steps)])
        numbers = np.array([0.0, *(SEVERITIES.index(level) for _, level in steps)])
        step = np.searchsorted(floors[1:], size, side="right")
        tops = np.append(floors[1:], np.inf)[step]
        with np.errstate(invalid="ignore"):
            within = np.where(
                np.isinf(tops),
                1.0 - floors[step] / np.maximum(size, floors[1]),
                (size - floors[step]) / (tops - floors[step]),
            )
        danger = np.maximum(danger, numbers[step] + 0.999 * within)
    return danger
