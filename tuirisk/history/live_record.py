"""The record of the forecasts that live runs issued, of those that could be judged."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tuirisk.analytics.score.scale import scale_version
from tuirisk.foreign.files import check_regular
from tuirisk.history.forecast_rows import SOUND
from tuirisk.state.codec import iso
from tuirisk.state.track_record import (
    CHANCE_BANDS,
    SCORE_BANDS,
    ChanceBand,
    LossOutcome,
    ScoreOutcome,
    TrackRecord,
    VolatilityOutcome,
)

FALL = 0.05
_WHATS = (
    "p_liquidation_24h",
    "p_liquidation_7d",
    "volatility_24h",
    "implied_volatility_24h",
    "var_95",
)
_SCORES = ("score_total_volatility_24h", "score_total_fall_24h")


class _Group(NamedTuple):
    """The judged forecasts of one kind, of one band where that has bands."""

    band: int
    forecasts: int
    days: int
    forecast: float
    outcome: float
    """Their means."""
    falls: int
    """How many outcomes are at least ``FALL`` …"""
    beyond: float
    """… and the share of those above the forecast."""
    ratio: float
    """Mean of the squared outcomes over the squared forecasts."""
    first_ms: int
    last_ms: int
    symbols: str


def live_record(connection: sqlite3.Connection, now_ms: int) -> TrackRecord | None:
    """The record as of ``now_ms``; None where nothing was forecast yet.

    Scores on another scale than that of this version are left out.

    Raises:
        sqlite3.Error: it cannot be read.
    """
    awaited, passed = connection.execute(
        "SELECT coalesce(sum(end_ms > ?), 0), coalesce(sum(end_ms <= ?), 0) "
        f"FROM forecasts WHERE outcome IS NULL AND {SOUND}",
        (now_ms, now_ms),
    ).fetchone()
    groups = _groups(connection)
    every = [group for some in groups.values() for group in some]
    if not every and not awaited + passed:
        return None
    return TrackRecord(
        "live",
        tuple(sorted({name for group in every for name in group.symbols.split(",")})),
        _day(min((group.first_ms for group in every), default=None)),
        _day(max((group.last_ms for group in every), default=None)),
        _chances(groups["p_liquidation_24h"]),
        _chances(groups["p_liquidation_7d"]),
        _scores(groups["score_total_fall_24h"], groups["score_total_volatility_24h"]),
        FALL,
        _loss(groups["var_95"]),
        _volatility(groups["volatility_24h"]),
        awaited,
        passed,
        _volatility(groups["implied_volatility_24h"]),
    )


def stored_live_record(path: Path, now_ms: int) -> TrackRecord | None:
    """The record in the history at ``path``; None without one, and where it cannot be read."""
    if not path.exists():
        return None
    try:
        check_regular(path)
        address = f"{path.resolve().as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True)) as connection:
            return live_record(connection, now_ms)
    except (sqlite3.Error, OSError):
        return None


def _groups(connection: sqlite3.Connection) -> dict[str, list[_Group]]:
    """By what was forecast the judged forecasts, in the order of their bands; one look at all."""
    rows = connection.execute(
        f"SELECT what, CASE WHEN what LIKE 'p_liquidation_%' THEN {_band(CHANCE_BANDS)} "
        f"WHEN what LIKE 'score_%' THEN {_band(SCORE_BANDS)} ELSE 0 END, "
        "count(*), count(DISTINCT time_ms / 86400000), avg(forecast), avg(outcome), "
        f"sum(outcome >= {FALL}), avg(outcome > forecast), "
        "coalesce(avg(outcome * outcome / nullif(forecast * forecast, 0)), 0), "
        "min(time_ms), max(time_ms), group_concat(DISTINCT symbol) "
        f"FROM forecasts WHERE outcome IS NOT NULL AND {SOUND} "
        "AND (what NOT LIKE 'score_%' OR scale = ?) GROUP BY 1, 2 ORDER BY 1, 2",
        (scale_version(),),
    )
    found: dict[str, list[_Group]] = {what: [] for what in (*_WHATS, *_SCORES)}
    for what, *group in rows:
        if what in found:
            found[what].append(_Group(*group))
    return found


def _band(edges: Sequence[float]) -> str:
    """SQL: the number of the band of ``edges`` that the forecast is in."""
    return "+".join(f"(forecast >= {edge!r})" for edge in edges[1:-1])


def _day(time_ms: int | None) -> str:
    return "" if time_ms is None else iso(time_ms)[:10]


def _chances(groups: Sequence[_Group]) -> tuple[ChanceBand, ...]:
    return tuple(
        ChanceBand(
            CHANCE_BANDS[g.band],
            CHANCE_BANDS[g.band + 1],
            g.forecasts,
            g.days,
            g.forecast,
            g.outcome,
        )
        for g in groups
    )


def _scores(falls: Sequence[_Group], volatility: Sequence[_Group]) -> tuple[ScoreOutcome, ...]:
    """The bands of the total, each with the falls and the volatility that followed."""
    volatilities = {group.band: group.outcome for group in volatility}
    hours, fallen = sum(g.forecasts for g in falls), sum(g.falls for g in falls)
    return tuple(
        ScoreOutcome(
            SCORE_BANDS[g.band],
            SCORE_BANDS[g.band + 1],
            g.forecasts,
            g.forecasts / hours,
            g.falls / g.forecasts,
            (fallen - g.falls) / max(hours - g.forecasts, 1),
            volatilities.get(g.band, 0.0),
        )
        for g in falls
    )


def _loss(groups: Sequence[_Group]) -> LossOutcome | None:
    return next((LossOutcome(g.forecasts, g.days, g.beyond) for g in groups), None)


def _volatility(groups: Sequence[_Group]) -> VolatilityOutcome | None:
    return next((VolatilityOutcome(g.forecasts, g.days, g.ratio) for g in groups), None)
