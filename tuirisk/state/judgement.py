"""How a number was judged: its level, and the rule and the threshold that decided it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from tuirisk.state.codes import JudgedBy, LevelCode
from tuirisk.state.number import published_later
from tuirisk.state.severity import Severity


@dataclass(frozen=True, slots=True)
class Judgement:
    """A number judged: ``level`` by ``rule``.

    ``threshold`` is in the unit of the number that the rule judges: the one passed, or where the
    level is ``ok`` the next to pass.
    """

    level: Severity
    rule: JudgedBy
    threshold: float


Judgements: TypeAlias = Mapping[str, Judgement]
"""Field of the object that carries it → how that number was judged; absent: not judged."""


@dataclass(frozen=True, slots=True)
class LevelRule:
    """Thresholds of one kind of number, the severest first; magnitudes are compared.

    A number passes a threshold when it is ``above`` it, at it or above (``from``), or ``below``.
    """

    code: LevelCode
    steps: tuple[tuple[Severity, float], ...]
    side: Literal["above", "from", "below"] = "above"

    def judge(self, value: float) -> Judgement:
        """The severest level whose threshold ``value`` passes; ``ok`` where it passes none."""
        size = abs(value)
        for level, threshold in self.steps:
            if self._passes(size, threshold):
                return Judgement(level, self.code, threshold)
        return Judgement("ok", self.code, self.steps[-1][1])

    def threshold(self, level: Severity) -> float:
        """The threshold of ``level``.

        Raises:
            KeyError: the rule has no such level.
        """
        return dict(self.steps)[level]

    def _passes(self, size: float, threshold: float) -> bool:
        if self.side == "below":
            return size < threshold
        return size > threshold or (self.side == "from" and size == threshold)


def judged() -> Any:
    """The field ``levels``: published, and absent from what earlier versions published."""
    return published_later({})
