"""What the explanation says beside its JSON: carried, held, smoothed, and the remedy."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.cells import cell_len
from support.build import assess_market, ready_market, state
from support.explanation import find, nodes
from support.ui_states import CONFIG

from tuirisk.cli.explain_text import render
from tuirisk.config.model import Config, PositionConfig
from tuirisk.explain import explain
from tuirisk.explain.node import plain
from tuirisk.language.words import Words
from tuirisk.state import Missing, RiskState, ScoreMemory, SymbolState
from tuirisk.ui.screens import why
from tuirisk.ui.screens.layout import Page
from tuirisk.ui.view.view import View

BTC = "BTCUSDT"
LONG = Config(positions=(PositionConfig(BTC, "long", 5.0, 66_000.0, 25.0),))


@pytest.fixture(scope="module")
def held() -> RiskState:
    return assess_market(ready_market(), config=LONG)


def changed(made: RiskState, **changes: object) -> RiskState:
    risk: SymbolState = replace(made.symbols[BTC], **changes)  # type: ignore[arg-type]
    return replace(made, symbols={BTC: risk})


def lines(made: RiskState, language: str, width: int) -> list[str]:
    view = View(CONFIG, Words(language), "nord", state=made, chosen=BTC)
    drawn = why.draw(Page(view, made.symbols[BTC], width), 40)
    return ["".join(span.text for span in line) for line in drawn]


def test_a_component_that_is_carried_says_so_with_its_age() -> None:
    base = state()
    risk = base.symbols[BTC]
    memory = ScoreMemory({"liquidity": (12.0, base.time_ms - 90_000)}, ())
    score = replace(
        risk.score,
        carried=("liquidity",),
        components=replace(risk.score.components, liquidity=12.0),
    )
    made = changed(base, score=score, score_memory=memory)
    text = render(explain(made, BTC)).decode()
    assert (
        "liquidity 12.00 (carried: its data are missing; weight 0.3); last known (90 s old)" in text
    )
    assert "沿用旧值" in "".join(lines(made, "zh", 120))
    assert "carried" not in str(plain(find(explain(made, BTC), "liquidity")))


def test_liquidity_of_several_samples_is_not_called_the_largest_of_now() -> None:
    base = state()
    risk = base.symbols[BTC]
    score = replace(risk.score, components=replace(risk.score.components, liquidity=77.0))
    node = find(explain(changed(base, score=score), BTC), "liquidity")
    assert (node.value, node.remark) == (77.0, "smoothed")
    assert find(explain(base, BTC), "liquidity").remark == ""


def test_a_severity_that_is_held_comes_with_its_rule_and_what_is_missing(held: RiskState) -> None:
    risk = held.symbols[BTC]
    rules = list(risk.recommendation.rules)
    at = next(i for i, rule in enumerate(rules) if rule.code == "watch_margin")
    measures = tuple(replace(m, value=Missing("being_simulated")) for m in rules[at].measures)
    rules[at] = replace(rules[at], state="held", known=False, measures=measures)
    made = changed(
        held,
        recommendation=replace(risk.recommendation, rules=tuple(rules)),
        severity=replace(risk.severity, level="warning", rule="watch_margin", held=True),
        tracker=replace(risk.tracker, confirmed="warning"),
    )
    tree = explain(made, BTC)
    node = find(tree, "confirmed_severity")
    assert (node.value, node.remark) == ("warning", "held")
    assert find(tree, "decided_by").value == "watch_margin"
    assert find(tree, "missing_input", "watch_margin").value == Missing("being_simulated")
    text = render(tree).decode()
    assert "confirmed severity WARNING (held: an input is missing)" in text
    assert "decided by Liquidation is near: watch the margin" in text


def test_a_severity_that_stands_is_the_one_of_the_screen() -> None:
    base = state()
    risk = base.symbols[BTC]
    made = changed(
        base,
        severity=replace(risk.severity, level="unknown", held=True),
        tracker=replace(risk.tracker, confirmed="ok"),
    )
    assert find(explain(made, BTC), "confirmed_severity").value == "unknown"


def test_the_remedy_is_in_money(held: RiskState) -> None:
    place = replace(held.symbols[BTC].positions[0], margin_to_add=1234.5, notional_to_cut=9876.5)
    made = changed(held, positions=(place,))
    text = render(explain(made, BTC)).decode()
    assert "to end the rules on leverage long; add margin 1,234, or close 9,876" in text
    assert "追加保证金" in "".join(lines(made, "zh", 120))
    bare = replace(place, margin_to_add=None, notional_to_cut=None)
    assert "remedy" not in {n.code for n in nodes(explain(changed(held, positions=(bare,)), BTC))}


def test_the_rule_that_decides_is_read_first_and_the_json_keeps_the_order(held: RiskState) -> None:
    tree = explain(held, BTC)
    text = render(tree).decode()
    advice = text[text.index("\n  recommendation") :]
    assert "DECIDES" in advice.splitlines()[2]
    codes = [n.args[0] for n in find(tree, "recommendation").children if n.code == "rule"]
    assert codes[0] == "liquidated"


@pytest.mark.parametrize("width", [40, 60, 79, 80, 99, 100, 120, 200])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_line_of_the_tab_is_cut(held: RiskState, language: str, width: int) -> None:
    drawn = lines(held, language, width)
    assert {cell_len(line) for line in drawn} == {width}
    assert not [line for line in drawn if ".." in line]


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_text_is_broken_at_the_width_of_the_terminal(held: RiskState, width: int) -> None:
    whole = render(explain(held, BTC)).decode()
    broken = render(explain(held, BTC), width).decode()
    assert max(map(len, broken.splitlines())) <= width
    assert broken.split() == whole.split()
