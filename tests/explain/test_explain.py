"""Every point of the score can be traced: the tree's own arithmetic gives the total."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise

import pytest
from support.build import (
    NOW_NS,
    assess_market,
    close_bar,
    depth_snapshot,
    keep_bars,
    mark_price,
    ready_market,
    state,
    touch_book,
)
from support.explanation import find, nodes

from tuirisk import events as ev
from tuirisk.cli.explain_text import render
from tuirisk.config.model import Config, PositionConfig, RiskConfig, Weights
from tuirisk.explain import Node, explain
from tuirisk.explain.node import Value, plain
from tuirisk.language.reason import Reason
from tuirisk.market.market import Market
from tuirisk.state import Missing, RiskState

BTC = "BTCUSDT"
SECOND = 1_000_000_000


def interpolated(x: float, curve: tuple[tuple[float, float], ...]) -> float:
    """The piecewise linear map of docs/metrics.md, flat outside its knots."""
    if x <= curve[0][0]:
        return curve[0][1]
    for (x0, y0), (x1, y1) in pairwise(curve):
        if x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return curve[-1][1]


def known(node: Node) -> list[tuple[Node, float]]:
    """The parts that have a number."""
    return [
        (child, float(child.value))
        for child in node.children
        if child.part and isinstance(child.value, int | float)
    ]


def weighted_mean(node: Node) -> float:
    parts = [(child.weight, value) for child, value in known(node)]
    return sum(w * v for w, v in parts if w) / sum(w for w, _ in parts if w)


def by_limits(node: Node) -> float:
    percentile, rate = (value for _, value in known(node))
    low, high = node.limits
    assert node.threshold is not None
    unusual = abs(rate) > node.threshold and (percentile > high if rate > 0 else percentile < low)
    return interpolated(float(unusual), node.curve)


def pair(node: Node) -> tuple[float, float]:
    (_, first), (_, second) = known(node)
    return first, second


ARITHMETIC: dict[str, Callable[[Node], float]] = {
    "weighted_mean": weighted_mean,
    "mean": lambda n: sum(v for _, v in known(n)) / len(known(n)),
    "largest": lambda n: max(v for _, v in known(n)),
    "curve": lambda n: interpolated(abs(known(n)[0][1]), n.curve),
    "limits": by_limits,
    "capped_share": lambda n: min(abs(pair(n)[0]) / pair(n)[1], 1.0),
    "weaker_third": lambda n: min(min(abs(v) for v in pair(n)) / 3.0, 1.0),
    "shortfall": lambda n: max(0.0, min(1.0, (pair(n)[1] - pair(n)[0]) / pair(n)[1])),
}


def check(tree: Node) -> int:
    """Redo every sum of the tree from its own children; how many there were."""
    done = 0
    for node in nodes(tree):
        if node.rule == "given" or isinstance(node.value, Missing):
            continue
        assert node.value == pytest.approx(ARITHMETIC[node.rule](node), rel=1e-12, abs=1e-12), node
        done += 1
    return done


def crash_market() -> Market:
    market = ready_market()
    for _ in range(40):
        close_bar(market, BTC, "15m", NOW_NS)
    market.apply(mark_price(BTC, 67_000.0, NOW_NS, rate=0.0021))
    return market


def thin_market() -> Market:
    market = ready_market()
    market.apply(depth_snapshot(BTC, [(66_999.9, 0.1)], [(67_000.1, 0.2)], update_id=9))
    return market


def young_market() -> Market:
    market = ready_market()
    for interval in ("1h", "1d"):
        keep_bars(market, BTC, interval, slice(-20, None))
    return market


MARKETS = {
    "ordinary": ready_market,
    "crash": crash_market,
    "thin": thin_market,
    "young": young_market,
}
CONFIGS = {
    "plain": Config(),
    "long": Config(positions=(PositionConfig(BTC, "long", 0.5, 64_000.0, 10.0),)),
    "weights": Config(risk=RiskConfig(weights=Weights(1.0, 0.0, 0.5, 7.0))),
}


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("kind", MARKETS)
def test_the_tree_adds_up(kind: str, config: str) -> None:
    made = assess_market(MARKETS[kind](), config=CONFIGS[config])
    tree = explain(made, BTC)
    assert check(tree) >= 12
    score = made.symbols[BTC].score
    root, raw = find(tree, "score"), find(tree, "raw")
    assert raw.value == score.raw == weighted_mean(raw)
    assert root.value == score.total == interpolated(weighted_mean(raw), root.curve)
    assert [c.value for c in raw.children] == [
        getattr(score.components, c.code) for c in raw.children
    ]


@pytest.mark.parametrize("late", [6, 40, 60 * 60 * 9])
def test_the_tree_adds_up_when_things_grow_stale(late: int) -> None:
    made = assess_market(ready_market(), NOW_NS + late * SECOND)
    tree = explain(made, BTC)
    check(tree)
    assert find(tree, "liquidity").value == Missing("stale_family", family="depth")
    ages = [n for n in nodes(tree) if n.note == "stale" and n.code != "symbol"]
    assert ages
    for node in ages:
        assert isinstance(node.age_ms, float)
        assert isinstance(node.budget_ms, float)
        assert node.age_ms > node.budget_ms


def test_every_part_of_the_score_has_an_age_above_it() -> None:
    def aged(node: Node, above: bool) -> None:
        above = above or node.age_ms is not None
        assert above or node.children, node
        for child in node.children:
            aged(child, above)

    for component in find(explain(state(), BTC), "raw").children:
        aged(component, False)


def test_an_exhausted_book_is_given_its_points() -> None:
    tree = explain(assess_market(thin_market()), BTC)
    assert find(tree, "slippage_points", "buy").value == 100.0
    assert find(tree, "slippage_points", "buy").note == "exhausted"
    assert find(tree, "slippage", "buy").note == "lower_bound"


def test_a_position_is_left_by_one_side_alone() -> None:
    tree = explain(assess_market(ready_market(), config=CONFIGS["long"]), BTC)
    children = find(tree, "liquidity").children
    assert [c.args for c in children if c.code == "slippage_points"] == [("sell",)]


def test_a_missing_number_shows_its_reason() -> None:
    market = Market()
    market.apply(ev.SymbolRefused("NOPEUSDT", NOW_NS, Reason.from_text("no such symbol")))
    made = assess_market(market)
    tree = explain(made, "NOPEUSDT")
    assert find(tree, "score").value == Missing.from_text("no such symbol")
    with pytest.raises(KeyError):
        explain(made, BTC)


def value_at(tree: Node, code: str, *args: str) -> Value:
    return find(tree, code, *args).value


def test_what_the_json_of_a_snapshot_leaves_out_is_here() -> None:
    market = ready_market()
    for second in range(5, 65, 5):
        touch_book(market, BTC, NOW_NS + second * SECOND, 1.0 + second)
        market.sample(NOW_NS + second * SECOND)
    made = assess_market(market, NOW_NS + 60 * SECOND)
    tree, part = explain(made, BTC), made.symbols[BTC]
    record = find(tree, "var_record", "filtered")
    assert record.value == part.value_at_risk.backtest_filtered_95.light
    assert record.children[1].value == 250
    assert value_at(tree, "sharpe_error") == part.performance.sharpe_error
    assert isinstance(value_at(tree, "spread_percentile"), float)
    assert isinstance(value_at(tree, "depth_percentile"), float)
    sizes = [n.value for n in nodes(tree) if n.code == "order" and n.children]
    assert sizes == list(Config().risk.impact_ladder)


def test_as_json() -> None:
    made = state()
    body = plain(explain(made, BTC))
    text = json.dumps(body, allow_nan=False)
    score = json.loads(text)["children"][0]
    assert score["code"] == "score"
    assert score["value"] == made.symbols[BTC].score.total
    missing = plain(Node("x", Missing.from_text("why"), "points"))
    assert missing == {"code": "x", "value": None, "unit": "points", "rule": "given", "part": True,
                       "reasons": {"value": "why"}}  # fmt: skip


def test_in_plain_lines() -> None:
    lines = render(explain(state(), BTC)).decode().splitlines()
    assert lines[0].startswith("BTCUSDT (ready")
    assert any(line.startswith("  score ") for line in lines)
    assert any("DECIDES" in line or "under control" in line for line in lines)
    assert max(len(line) for line in lines) < 320
    refused = Market()
    refused.apply(ev.SymbolRefused(BTC, NOW_NS, Reason.from_text("no such symbol")))
    assert "[no such symbol]" in render(explain(assess_market(refused), BTC)).decode()


def test_the_state_is_not_changed_and_two_looks_agree() -> None:
    made: RiskState = state()
    assert explain(made, BTC) == explain(made, BTC)


def test_it_needs_nothing_heavy() -> None:
    code = "import sys, tuirisk.explain, tuirisk.cli.explain_text;" + (
        "print([m for m in ('numpy', 'scipy', 'tuirisk.analytics', 'tuirisk.market')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
