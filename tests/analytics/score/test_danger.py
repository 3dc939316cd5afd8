"""The order of danger: severity, then distance, then total."""

from __future__ import annotations

from dataclasses import replace

from support.ui_states import position, symbol

from tuirisk.analytics.score.danger import danger_order
from tuirisk.state import Missing, Number, Severity, SymbolSeverity, SymbolState


def made(level: Severity, total: Number = 10.0, *sigmas: Number, due: bool = False) -> SymbolState:
    base = symbol()
    return replace(
        base,
        severity=SymbolSeverity(level),
        score=replace(base.score, total=total),
        positions=tuple(
            replace(position(100.0), distance_sigmas=s, liquidation_due=due) for s in sigmas
        ),
    )


def test_the_severity_comes_before_the_score() -> None:
    symbols = {
        "A": made("ok", 79.0),
        "B": made("critical", 20.0),
        "C": made("unknown", 0.0),
        "D": made("caution", 0.0),
    }
    assert danger_order(symbols) == ("B", "D", "C", "A")


def test_of_one_severity_the_nearest_to_liquidation_comes_first() -> None:
    symbols = {
        "A": made("critical", 99.0),
        "B": made("critical", 1.0, -0.5),
        "C": made("critical", 1.0, 3.0, 0.2),
        "D": made("critical", 1.0, Missing("no_liquidation_price"), due=True),
    }
    assert danger_order(symbols) == ("D", "C", "B", "A")


def test_of_one_distance_the_higher_total_comes_first_and_a_missing_one_last() -> None:
    symbols = {"A": made("ok", Missing("stale")), "B": made("ok", 1.0), "C": made("ok", 2.0)}
    assert danger_order(symbols) == ("C", "B", "A")
