"""The composite score of a symbol, the rules of its recommendation, and what they rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Literal

from tuirisk.state.codes import AdviceCode, NoteCode, RuleCode
from tuirisk.state.judgement import Judgements, judged
from tuirisk.state.number import (
    NOT_YET,
    Number,
    published_later,
    screen_only,
)
from tuirisk.state.severity import (
    Severity,
)


@dataclass(frozen=True, slots=True)
class Components:
    """Scores 0–100 of the four components; higher is more dangerous."""

    market: Number
    liquidity: Number
    funding: Number
    correlation: Number
    _: KW_ONLY
    levels: Judgements = judged()


@dataclass(frozen=True, slots=True)
class ScoreInput:
    """One input of a component of the score: its value, in its own unit, and its points, 0–100."""

    name: str
    value: Number
    points: Number
    curve: tuple[tuple[float, float], ...] = ()
    """(|value|, points): the map, linear between its knots and flat outside; empty for none."""
    limits: tuple[float, ...] = ()
    """What the value is judged by where there is no map."""
    weight: float | None = None
    """Its share in a component that is a sum; None where the largest points count."""


@dataclass(frozen=True, slots=True)
class ScoreMemory:
    """What the next score needs of those before it; times are UTC milliseconds."""

    components: Mapping[str, tuple[float, int]]
    """Component → its last points of its own, and when it had them."""
    liquidity: tuple[tuple[int, float], ...]
    """(time, points of liquidity) of the last 5 s, oldest first."""
    made: Mapping[str, tuple[Number, tuple[ScoreInput, ...]]] = screen_only({})
    """Component → the points that its data alone make, and what they are made of."""


NO_SCORE_MEMORY = ScoreMemory({}, ())


@dataclass(frozen=True, slots=True)
class Score:
    """The composite score, 0–100; higher is more dangerous (docs/metrics.md)."""

    total: Number
    """``raw`` on a scale of past hours: 60 is reached in a tenth of them, 80 in a fiftieth."""
    coverage: float
    """Share of the weight that has a number, 0–1."""
    components: Components
    weights: Mapping[str, float]
    """Weight of each component, summing to 1."""
    carried: tuple[str, ...] = published_later(())
    """Components whose data are missing: each keeps its last points, after 5 min at least 50."""
    candles_only: bool = published_later(False)
    """Whether the source can never have an order book, so that liquidity is not in the score."""
    raw: Number = published_later(NOT_YET)
    """The components' mean by weight, 0–100."""
    levels: Judgements = judged()
    raw_rank: Number = screen_only(NOT_YET)
    """Share of the hours of the scale, in percent, that had a lower ``raw``."""
    curve: tuple[tuple[float, float], ...] = screen_only(())
    """(raw, total): the map from one to the other, linear between its knots."""
    terms: Mapping[str, tuple[ScoreInput, ...]] = screen_only({})
    """What each component is made of."""
    worst_drawdown: Number = screen_only(NOT_YET)
    """Points of the worse of the drawdowns, which counts in the component ``market``."""


@dataclass(frozen=True, slots=True)
class RuleMeasure:
    """A number that a rule of the recommendation compares with its threshold."""

    name: Literal[
        "points",
        "distance_sigmas",
        "p_liquidation_24h",
        "p_liquidation_7d",
        "move_5m_sigmas",
        "var_1d_95",
    ]
    value: Number
    threshold: float
    """Beyond which the rule holds, in the unit of ``value`` …"""
    release: float
    """… and to which a rule that holds must come back: the hysteresis."""
    position: int | None = None
    """Index in the symbol's ``positions``; None of the symbol as a whole."""


VerdictState = Literal["decides", "holds", "held_by_hysteresis", "held", "clear", "unknown"]
"""``held``: its measure is missing and it held before; ``unknown``: missing, and it did not."""


@dataclass(frozen=True, slots=True)
class RuleState:
    """One rule of the recommendation, as it was evaluated."""

    code: RuleCode
    state: VerdictState
    holds: bool
    """Also where the measure is missing and the rule held before."""
    measures: tuple[RuleMeasure, ...]
    severity: Severity
    """What the rule means where it decides."""
    known: bool = True
    """Whether every measure is known now: none missing, carried or from a late mark price."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The advice on a symbol: its code, severity and English text."""

    code: AdviceCode
    severity: Severity
    text: str
    notes: tuple[NoteCode, ...]
    """Codes of what else deserves attention."""
    rules: tuple[RuleState, ...] = screen_only(())
    """Every rule, in the order in which the first that holds decides."""

    @property
    def holding(self) -> tuple[RuleCode, ...]:
        """Codes of the rules that hold, in their order."""
        return tuple(rule.code for rule in self.rules if rule.holds)

    @property
    def known(self) -> frozenset[RuleCode]:
        """Codes of the rules whose inputs are all known."""
        return frozenset(rule.code for rule in self.rules if rule.known)

    @property
    def complete(self) -> bool:
        """Whether all that the rules read is known."""
        return all(rule.known for rule in self.rules)
