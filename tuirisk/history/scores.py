"""The score of every minute: its history, peaks while nobody looked, and the last severities."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from tuirisk.analytics.score.scale import scale_version
from tuirisk.events.intervals import DAY_MS, HOUR_MS, MINUTE_MS
from tuirisk.history import thinning
from tuirisk.history.sound_rows import all_of, count, number, number_or_null, text, time
from tuirisk.state import SEVERITIES, AbsenceSummary, RiskState, ScorePeak, Severity, or_none
from tuirisk.state.history_span import HISTORY_SPANS, HistorySpan, span_end
from tuirisk.state.score_history import (
    COMPONENTS,
    NOT_KEPT,
    OTHER_SCALE,
    ScoreStep,
    in_steps,
    joined,
    step_of,
)

TABLE = """
CREATE TABLE scores (
    symbol TEXT NOT NULL,
    time_ms INTEGER NOT NULL,
    scale INTEGER NOT NULL,
    severity TEXT NOT NULL,
    minutes INTEGER NOT NULL,
    peak REAL,
    low REAL,
    market REAL,
    liquidity REAL,
    funding REAL,
    correlation REAL,
    worst INTEGER,
    held INTEGER NOT NULL,
    PRIMARY KEY (symbol, time_ms, scale)
) WITHOUT ROWID;
"""
"""``severity``: the one confirmed last, empty where the score was not known. ``worst``: the place
of the worst one in ``SEVERITIES``.
"""
STEPS = ((7 * DAY_MS, 15 * MINUTE_MS), (90 * DAY_MS, HOUR_MS))
"""(age, step): rows older than that are merged into one a step."""
SEVERITY_LIFETIME_MS = 7 * DAY_MS
"""A severity older than this before the newest one is dropped."""
RECENT_MINUTES = 3
"""Finished minutes that are remembered until the writer has surely written them."""

_TIME = time("+time_ms")
"""``+``: SQLite must not look rows up by so wide a range."""
_SYMBOL = text("symbol")
_LOWEST = ("low",)
_HIGHEST = ("peak", *COMPONENTS)
_WORST = (
    f"(worst IS NULL OR (typeof(worst) = 'integer' AND worst BETWEEN 0 AND {len(SEVERITIES) - 1}))"
)
SOUND = all_of(
    (
        _TIME, _SYMBOL, count("minutes"), _WORST, count("held"), text("severity"),
        *(f"({number_or_null(name)} AND coalesce({name}, 0) BETWEEN 0 AND 100)"
          for name in (*_HIGHEST, *_LOWEST)),
    )
)  # fmt: skip
_MERGED = {
    "severity": "''",
    "minutes": "sum(minutes)",
    **{name: f"max({name})" for name in _HIGHEST},
    "low": "min(low)",
    "worst": "max(worst)",
    "held": "max(held)",
}
"""Columns beside the key, and what a merged row has in them."""


class Minute(NamedTuple):
    """A symbol in one minute."""

    symbol: str
    step: ScoreStep
    severity: str
    """The one confirmed last; empty where the score was not known."""


class MinuteScores:
    """Every symbol in the present minute, and in the last few that are over."""

    def __init__(self) -> None:
        self._minutes: dict[str, Minute] = {}
        self._begins = -1
        self._seen: dict[str, object] = {}
        """The newest state of each symbol: one that is not new adds nothing."""
        self._finished: deque[dict[str, Minute]] = deque(maxlen=RECENT_MINUTES)

    def add(self, state: RiskState) -> list[Minute] | None:
        """Add ``state`` to its minute; the minute before, where that is over."""
        begins = state.time_ms // MINUTE_MS * MINUTE_MS
        finished = None
        if begins != self._begins:
            finished = self.rows()
            self._finished.append(self._minutes)
            self._begins, self._minutes, self._seen = begins, {}, {}
        for name, symbol in state.symbols.items():
            if self._seen.get(name) is symbol:
                continue
            self._seen[name] = symbol
            step = step_of(symbol, begins)
            if step is None:
                continue
            before = self._minutes.get(name)
            known = symbol.status == "ready" and isinstance(step.peak, float | int)
            severity: str = symbol.tracker.confirmed or "" if known else ""
            if before is not None:
                step = joined(before.step, step)
                severity = severity if known else before.severity
            self._minutes[name] = Minute(name, step, severity)
        return finished

    def rows(self) -> list[Minute]:
        return list(self._minutes.values())

    def recent(self, symbol: str) -> list[ScoreStep]:
        """The newest minutes of ``symbol``, oldest first, that under way last."""
        minutes = (*self._finished, self._minutes)
        return [found[symbol].step for found in minutes if symbol in found]


def store(connection: sqlite3.Connection, minutes: list[Minute]) -> None:
    """Keep ``minutes``; of two programs that watch a symbol, what is worse is kept."""
    higher = ", ".join(
        f"{name} = max(coalesce({name}, excluded.{name}), coalesce(excluded.{name}, {name}))"
        for name in (*_HIGHEST, "worst")
    )
    connection.executemany(
        f"INSERT INTO scores VALUES ({', '.join('?' * 13)}) ON CONFLICT DO UPDATE SET {higher}, "
        "low = min(coalesce(low, excluded.low), coalesce(excluded.low, low)), "
        "severity = CASE WHEN excluded.severity = '' THEN severity ELSE excluded.severity END, "
        "held = max(held, excluded.held)",
        [_row(minute) for minute in minutes],
    )


def _row(minute: Minute) -> tuple[object, ...]:
    name, step, severity = minute
    worst = None if step.severity is None else SEVERITIES.index(step.severity)
    numbers = (or_none(number) for number in (step.peak, step.low, *step.components))
    return (
        name, step.time_ms, scale_version(), severity, step.minutes, *numbers, worst, step.held
    )  # fmt: skip


def load(
    connection: sqlite3.Connection, symbol: str, since_ms: int, until_ms: int, step_ms: int
) -> list[ScoreStep]:
    """The steps from ``since_ms`` to before ``until_ms`` of which anything is kept, oldest first.

    Totals on another scale than that of now are missing; damaged rows are left out.

    Raises:
        sqlite3.Error: they cannot be read.
    """
    columns = ", ".join(f"max({name})" for name in COMPONENTS)
    rows = connection.execute(
        "SELECT time_ms / ?4 * ?4, min(sum(minutes), ?4 / 60000), "
        "max(CASE WHEN scale = ?5 THEN peak END), min(CASE WHEN scale = ?5 THEN low END), "
        f"max(scale <> ?5 AND peak IS NOT NULL), {columns}, max(worst), max(held) FROM scores "
        f"WHERE symbol = ?1 AND time_ms >= ?2 AND time_ms < ?3 AND {SOUND} GROUP BY 1 ORDER BY 1",
        (symbol, since_ms, until_ms, step_ms, scale_version()),
    )
    return [_step(row) for row in rows]


def _step(row: tuple[Any, ...]) -> ScoreStep:
    begins, minutes, peak, low, other_scale, *components, worst, held = row
    absent = OTHER_SCALE if other_scale else NOT_KEPT
    return ScoreStep(
        begins,
        minutes,
        absent if peak is None else float(peak),
        absent if low is None else float(low),
        tuple(NOT_KEPT if points is None else float(points) for points in components),
        None if worst is None else SEVERITIES[worst],
        bool(held),
    )


def score_steps(
    connection: sqlite3.Connection,
    recent: list[ScoreStep],
    symbol: str,
    span: HistorySpan,
    now_ms: int,
) -> tuple[ScoreStep, ...]:
    """The steps of ``span`` until ``now_ms``: ``recent`` minutes, and what is kept before them.

    Raises:
        sqlite3.Error: they cannot be read.
    """
    length, step_ms = HISTORY_SPANS[span]
    until = span_end(span, now_ms)
    newest = recent[0].time_ms if recent else until
    kept = load(connection, symbol, until - length, min(newest, until), step_ms)
    newer = [step for step in recent if until - length <= step.time_ms < until]
    return tuple(in_steps([*kept, *newer], step_ms))


def damaged_minutes(connection: sqlite3.Connection, symbol: str, since_ms: int) -> int:
    """How many rows of ``symbol`` from ``since_ms`` on cannot be true.

    Raises:
        sqlite3.Error: they cannot be read.
    """
    return thinning.damaged_rows(connection, "scores", "symbol", symbol, since_ms, SOUND)


def thin(
    connection: sqlite3.Connection, now_ms: int, steps: Sequence[tuple[int, int]] = STEPS
) -> None:
    """Merge what is old into coarser steps, and delete what is older than a year."""
    thinning.thin(connection, "scores", "symbol, scale", steps, now_ms, sound=SOUND, merged=_MERGED)


def store_presence(connection: sqlite3.Connection, time_ms: int) -> None:
    """Keep that the screen was open at ``time_ms``."""
    connection.execute(
        "INSERT INTO presence VALUES (1, ?) ON CONFLICT (id) DO UPDATE "
        "SET time_ms = max(time_ms, excluded.time_ms)",
        (time_ms,),
    )


def last_severities(connection: sqlite3.Connection) -> dict[str, Severity]:
    """The severity that each symbol had last, by the log or by its last minute."""
    (newest,) = connection.execute(
        f"SELECT max((SELECT coalesce(max(time_ms), 0) FROM scores WHERE {_TIME}), "
        f"(SELECT coalesce(max(time_ms), 0) FROM log WHERE {_TIME}))"
    ).fetchone()
    latest: dict[str, tuple[int, str]] = {}
    for symbol, severity, time_ms in connection.execute(
        f"SELECT symbol, after, max(time_ms) FROM log WHERE time_ms > ? AND {_TIME} "
        f"AND {_SYMBOL} AND kind = 'severity' GROUP BY symbol "
        "UNION ALL "
        f"SELECT symbol, severity, max(time_ms) + {MINUTE_MS} FROM scores "
        f"WHERE time_ms > ? AND {_TIME} AND {_SYMBOL} AND severity <> '' GROUP BY symbol",
        (newest - SEVERITY_LIFETIME_MS, newest - SEVERITY_LIFETIME_MS),
    ):
        if severity in SEVERITIES and time_ms > latest.get(symbol, (0, ""))[0]:
            latest[symbol] = time_ms, severity
    return {symbol: cast(Severity, severity) for symbol, (_, severity) in latest.items()}


def absence_summary(connection: sqlite3.Connection, now_ms: int) -> AbsenceSummary | None:
    """The time until ``now_ms`` that the screen was not open, and the highest scores in it.

    None where the screen was never open. ``entries`` of the summary is 0. Scores on another scale
    than that of now are left out.
    """
    last_presence = connection.execute(f"SELECT time_ms FROM presence WHERE {_TIME}").fetchone()
    if last_presence is None or last_presence[0] > now_ms:
        return None
    since_ms: int = last_presence[0]
    peaks = connection.execute(
        "SELECT symbol, max(peak), time_ms FROM scores WHERE time_ms BETWEEN ? AND ? "
        f"AND scale = ? AND {_TIME} AND {_SYMBOL} AND {number('peak')} "
        "GROUP BY symbol ORDER BY 2 DESC, symbol",
        (since_ms, now_ms, scale_version()),
    )
    return AbsenceSummary(since_ms, now_ms, 0, tuple(ScorePeak(*row) for row in peaks))
