"""The sentence of a confirmed severity is of a rule that makes that severity."""

from __future__ import annotations

from support.ui_states import symbol

from tuirisk.analytics.score.recommendation import SENTENCES
from tuirisk.analytics.score.rules import SEVERITY_OF
from tuirisk.analytics.score.severity import judge_severity
from tuirisk.config.alert_model import AlertsConfig
from tuirisk.state import NOTHING_CONFIRMED, LogEntry, Recommendation, RuleState
from tuirisk.state.codes import RuleCode


def advised(*holding: RuleCode) -> Recommendation:
    rules = tuple(
        RuleState(code, "holds" if code in holding else "clear", code in holding, (), severity)
        for code, severity in SEVERITY_OF.items()
    )
    first = next((rule for rule in rules if rule.holds), None)
    if first is None:
        return Recommendation("under_control", "ok", SENTENCES["under_control"], (), rules)
    return Recommendation(first.code, first.severity, SENTENCES[first.code], (), rules)


def test_a_fall_in_two_steps_names_the_rule_of_each() -> None:
    """The lower level is confirmed while the one below it is found already."""
    score, tracker = symbol().score, NOTHING_CONFIRMED
    entries: list[LogEntry] = []
    steps: tuple[tuple[int, tuple[RuleCode, ...]], ...] = (
        (0, ("watch_margin",)),
        (1_000, ("reduce_size",)),
        (30_500, ()),
        (31_500, ()),
        (61_500, ()),
    )
    for time_ms, holding in steps:
        advice = advised(*holding)
        severity, tracker, entry = judge_severity(
            "BTCUSDT", score, advice, "ready", tracker, time_ms, AlertsConfig()
        )
        assert (severity.level == "ok") == (severity.rule == "under_control")
        entries += [] if entry is None else [entry]
    assert [(entry.after, entry.cause) for entry in entries] == [
        ("warning", "watch_margin"),
        ("caution", "reduce_size"),
        ("ok", "under_control"),
    ]
