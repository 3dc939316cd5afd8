"""What the radar shows: every perpetual that trades, ranked by danger."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tuirisk.language.reason import Reason
from tuirisk.state.judgement import Judgement, LevelRule
from tuirisk.state.number import ConnectionStatus, Missing, Number, Source
from tuirisk.state.severity import SEVERITIES, Severity

FIGURES = (
    "price",
    "move",
    "move_sigmas",
    "volatility",
    "volatility_rank",
    "funding_8h",
    "funding_rank",
    "basis",
    "volume",
    "volume_ratio",
)
"""The numbers of a row, in the order of its JSON."""


class RadarColumn(Protocol):
    """Numbers of all rows, such as an array of numpy; NaN where there is none."""

    def __getitem__(self, row: int, /) -> float: ...


@dataclass(frozen=True, slots=True)
class RadarRow:
    """One perpetual. ``figures``: each of :data:`FIGURES`; its units are in docs/metrics.md."""

    symbol: str
    rank: int
    """Place by danger, from 1."""
    level: Severity
    danger: float
    figures: Mapping[str, Number]
    levels: Mapping[str, Judgement]
    """Of the figures that are judged."""
    age_ms: Number
    """The exchange's time less the event time of the mark price."""
    stale: bool

    def __getitem__(self, name: str) -> Number:
        return self.figures[name]


@dataclass(frozen=True, slots=True)
class RadarState:
    """All rows in columns, by danger, the highest first; times are UTC ms."""

    time_ms: int
    source: Source
    status: ConnectionStatus
    message: Reason | None = None
    symbols: Sequence[str] = ()
    not_trading: Mapping[str, str] = field(default_factory=dict)
    """Listed perpetuals that do not trade → the exchange's word for it, such as SETTLING."""
    columns: Mapping[str, RadarColumn] = field(default_factory=dict)
    """Each of :data:`FIGURES`, and ``mark``, ``index``, ``funding`` (the rate of one interval),
    ``danger``, ``level`` (its number in SEVERITIES), ``age_ms``, ``stale`` (0 or 1), ``days``
    (daily returns known; NaN: not asked for yet) of all rows."""
    rules: Mapping[str, LevelRule] = field(default_factory=dict)
    """Figure → the rule that judges it."""
    weight_used: int = 0
    """Request weight of the last minute."""
    complete: bool = False
    """Whether everything was received that is asked for once."""
    least_days: int = 0
    """Daily returns that a volatility needs."""

    def row(self, place: int) -> RadarRow:
        """The row at ``place``, from 0."""
        columns = self.columns
        figures = {name: self.number(name, place) for name in FIGURES}
        levels = {
            name: rule.judge(value)
            for name, rule in self.rules.items()
            if not isinstance(value := figures[name], Missing)
        }
        age = columns["age_ms"][place]
        return RadarRow(
            self.symbols[place],
            place + 1,
            SEVERITIES[int(columns["level"][place])],
            float(columns["danger"][place]),
            figures,
            levels,
            Missing("radar_awaited") if math.isnan(age) else float(age),
            bool(columns["stale"][place]),
        )

    def values(self, name: str) -> dict[str, Number]:
        """Symbol → the figure ``name``; missing where it is stale, for nobody renews it.

        Raises:
            KeyError: there is no such figure.
        """
        stale = self.columns["stale"] if self.columns else ()
        return {
            symbol: Missing("radar_stale") if stale[place] else self.number(name, place)
            for place, symbol in enumerate(self.symbols)
        }

    def number(self, name: str, place: int) -> Number:
        """The number of the column ``name`` in the row at ``place``."""
        value = float(self.columns[name][place])
        return value if math.isfinite(value) else self._why(name, place)

    def _why(self, name: str, place: int) -> Missing:
        """Why there is no such number."""
        if name in ("move_sigmas", "volatility", "volatility_rank", "volume_ratio"):
            days = float(self.columns["days"][place])
            if math.isnan(days):
                return Missing("radar_bars_awaited")
            if days < self.least_days:
                return Missing("radar_few_days", have=int(days), need=self.least_days)
            if name != "volume_ratio" and not math.isnan(self.columns["price"][place]):
                return Missing("radar_flat")
        if not math.isnan(self.columns["age_ms"][place]):
            if name == "basis":
                return Missing("radar_no_index")
            if name.startswith("funding"):
                return Missing("no_funding_rate")
        return Missing("radar_awaited")
