"""The maps of the composite score, its components, and its coverage."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Mapping
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.build import state

from tuirisk.analytics.curve import Curve, interpolate
from tuirisk.analytics.derivatives.funding import limit_used
from tuirisk.analytics.liquidity.slippage_points import SLIPPAGE_CURVE, liquidity_points
from tuirisk.analytics.score import components
from tuirisk.analytics.score import composite as made
from tuirisk.analytics.score.components import (
    CUMULATIVE_CURVE,
    RATE_CURVE,
    drawdown_points,
    ending_at,
)
from tuirisk.analytics.score.composite import ScoreInputs, combine
from tuirisk.analytics.score.rules import RuleInputs, evaluate
from tuirisk.analytics.score.scale import InputSet, raw_rank, scale, total_curve
from tuirisk.config.model import RiskConfig, Thresholds, Weights
from tuirisk.state import DataFamily, Freshness, Missing, Number, Score, ScoreMemory, SymbolState

RISK = RiskConfig()
GONE = Missing.from_text("gone")
NAMES = ("market", "liquidity", "funding", "correlation")
WEIGHTS = {"market": 0.3, "liquidity": 0.3, "funding": 0.2, "correlation": 0.2}
STATE: SymbolState = state().symbols["BTCUSDT"]


def score(inputs: ScoreInputs, risk: RiskConfig) -> Score:
    return made.score(inputs, risk)[0]


def inputs(**changes: object) -> ScoreInputs:
    base = ScoreInputs(
        market=components.market(STATE.volatility, STATE.drawdown, STATE.daily.rank_1y),
        funding=components.funding(STATE.funding, RISK),
        correlation=components.correlation(STATE.timeframes),
        drawdown=STATE.drawdown,
        liquidity=STATE.liquidity,
        side=None,
        fresh=STATE.freshness,
    )
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


def curve_of(curve: Curve) -> Callable[[float], float]:
    return lambda value: interpolate(abs(value), curve)


@pytest.mark.parametrize(
    ("points", "at"),
    [
        (
            liquidity_points,
            {0: 0, 0.001: 25, 0.002: 50, 0.0035: 65, 0.005: 80, 0.01: 100, 1: 100},
        ),
        (
            curve_of(RATE_CURVE),
            {
                0: 0,
                0.0001: 20,
                -0.0001: 20,
                0.0002: 35,
                0.0003: 50,
                0.0005: 80,
                -0.001: 100,
                1: 100,
            },
        ),
        (
            curve_of(CUMULATIVE_CURVE),
            {0: 0, 0.1095: 20, -0.2: 50, 0.3: 75, 0.4: 100, 5: 100},
        ),
        (drawdown_points, {0: 0, 0.5: 50, 1: 100, 2: 100}),
    ],
)
def test_maps(points: Callable[[float], float], at: Mapping[float, float]) -> None:
    for x, y in at.items():
        assert points(x) == pytest.approx(y)


@given(st.floats(0, 1), st.floats(0, 1))
def test_maps_never_fall(one: float, other: float) -> None:
    low, high = sorted((one, other))
    for curve in (SLIPPAGE_CURVE, RATE_CURVE, CUMULATIVE_CURVE):
        for most in (80.0, 100.0):
            points = curve_of(ending_at(curve, most))
            assert 0 <= points(low) <= points(high) <= most
            assert points(high) == pytest.approx(min(curve_of(curve)(high), most))


@pytest.mark.parametrize(
    ("rate", "limit", "points"),
    [(0.0015, 0.003, 50), (0.004, 0.003, 100), (-0.001, -0.002, 50), (0.001, 0.0, 0)],
)
def test_share_of_the_limit(rate: float, limit: float, points: float) -> None:
    used = limit_used(rate, limit, limit)
    assert isinstance(used, float)
    assert 100 * used == pytest.approx(points)


def test_the_raw_score_is_the_weighted_mean() -> None:
    values: dict[str, Number] = {"market": 10.0, "liquidity": 20, "funding": 30, "correlation": 40}
    total, coverage = combine(values, WEIGHTS, 0.5)
    assert total == pytest.approx(23.0)
    assert coverage == 1.0
    values["market"] = GONE
    total, coverage = combine(values, WEIGHTS, 0.5)
    assert total == pytest.approx(20 / 0.7)
    assert coverage == pytest.approx(0.7)


def test_coverage_above_one_half_is_enough_and_one_half_is_not() -> None:
    values: dict[str, Number] = {"market": 10.0, "liquidity": 35.0, "funding": GONE}
    values["correlation"] = GONE
    total, coverage = combine(values, WEIGHTS, 0.5)
    assert total == pytest.approx(22.5)
    assert coverage == pytest.approx(0.6)
    values |= {"liquidity": GONE, "funding": 30.0}
    assert combine(values, WEIGHTS, 0.5) == (Missing("low_coverage", have=0.5, need=0.5), 0.5)


CANDLES = frozenset({"candles"})
MINUTE = 60_000
LOST: dict[DataFamily, Freshness] = {
    **STATE.freshness,
    "candles": Freshness(9e9, 1.0, True),
    "depth": Freshness(9e9, 1.0, True),
}


def test_a_lost_component_keeps_its_points_for_five_minutes_and_counts_half_after_that() -> None:
    before, memory = made.score(inputs(), RISK, ScoreMemory({}, ()), 0)
    fresh = dict(STATE.freshness) | {"depth": LOST["depth"]}
    for time_ms, least in ((1_000, 0.0), (5 * MINUTE - 1, 0.0), (5 * MINUTE, 50.0)):
        lost, after = made.score(inputs(fresh=fresh), RISK, memory, time_ms)
        assert lost.carried == ("liquidity",)
        assert after.components == dict(memory.components) | {
            name: (points, time_ms)
            for name, (points, _) in memory.components.items()
            if name != "liquidity"
        }
        old = before.components.liquidity
        assert isinstance(old, float)
        assert lost.components.liquidity == max(old, least)
        assert lost.total >= before.total  # type: ignore[operator]
        assert lost.coverage == pytest.approx(0.7 if least else 1.0)


def test_too_much_lost_for_too_long_leaves_no_total() -> None:
    _, memory = made.score(inputs(), RISK, ScoreMemory({}, ()), 0)
    soon, _ = made.score(inputs(fresh=LOST), RISK, memory, 5 * MINUTE - 1)
    late, _ = made.score(inputs(fresh=LOST), RISK, memory, 5 * MINUTE)
    assert isinstance(soon.total, float)
    assert isinstance(late.total, Missing)


@given(st.sets(st.sampled_from(sorted(STATE.freshness))), st.integers(0, 20 * MINUTE))
def test_lost_data_never_lower_the_total(lost: set[DataFamily], time_ms: int) -> None:
    before, memory = made.score(inputs(), RISK, ScoreMemory({}, ()), 0)
    stale = Freshness(9e9, 1.0, True)
    fresh = {name: stale if name in lost else f for name, f in STATE.freshness.items()}
    after, _ = made.score(inputs(fresh=fresh), RISK, memory, time_ms)
    assert isinstance(before.total, float)
    assert isinstance(after.total, Missing) or after.total >= before.total - 1e-9


def test_liquidity_is_the_median_of_its_last_five_seconds() -> None:
    worse = dataclasses.replace(STATE.liquidity.impact.sell, slippage=0.02)
    impact = dataclasses.replace(STATE.liquidity.impact, sell=worse)
    bad = dataclasses.replace(STATE.liquidity, impact=impact)
    first, memory = made.score(inputs(), RISK, ScoreMemory({}, ()), 0)
    _, memory = made.score(inputs(), RISK, memory, 1_000)
    flicker, memory = made.score(inputs(liquidity=bad), RISK, memory, 2_000)
    assert flicker.components.liquidity == first.components.liquidity
    for time_ms in (3_000, 4_000, 5_000):
        lasting, memory = made.score(inputs(liquidity=bad), RISK, memory, time_ms)
    assert lasting.components.liquidity == 100.0


def test_weights_of_zero_make_no_total() -> None:
    total, coverage = combine(dict.fromkeys(NAMES, 1.0), dict.fromkeys(NAMES, 0.0), 0.5)
    assert isinstance(total, Missing)
    assert coverage == 0.0


numbers = st.one_of(st.floats(0, 100), st.just(GONE))


@given(st.tuples(numbers, numbers, numbers, numbers), st.integers(0, 3))
def test_removing_a_component_never_raises_coverage(
    values: tuple[Number, Number, Number, Number], gone: int
) -> None:
    before = dict(zip(NAMES, values, strict=True))
    after = before | {NAMES[gone]: GONE}
    assert combine(after, WEIGHTS, 0.5)[1] <= combine(before, WEIGHTS, 0.5)[1]


@given(st.tuples(numbers, numbers, numbers, numbers), st.floats(0.01, 100))
def test_only_the_proportion_of_weights_counts(
    values: tuple[Number, Number, Number, Number], factor: float
) -> None:
    given_values = dict(zip(NAMES, values, strict=True))
    scaled = {name: weight * factor for name, weight in WEIGHTS.items()}
    one, other = combine(given_values, WEIGHTS, 0.5), combine(given_values, scaled, 0.5)
    assert other[1] == pytest.approx(one[1])
    if not isinstance(one[0], Missing):
        assert other[0] == pytest.approx(one[0])


def test_the_raw_score_is_within_its_components() -> None:
    result = score(inputs(), RISK)
    values = [getattr(result.components, name) for name in NAMES]
    assert result.coverage == 1.0
    assert not isinstance(result.total, Missing)
    assert not isinstance(result.raw, Missing)
    assert min(values) <= result.raw <= max(values)


@pytest.mark.parametrize(
    ("family", "component"),
    [
        ("candles", "market"),
        ("candles", "correlation"),
        ("depth", "liquidity"),
        ("mark", "funding"),
        ("funding", "funding"),
    ],
)
def test_what_is_stale_leaves_the_score(family: DataFamily, component: str) -> None:
    fresh = dict(STATE.freshness) | {family: Freshness(9e9, 1.0, True)}
    result = score(inputs(fresh=fresh), RISK)
    assert getattr(result.components, component) == Missing("stale_family", family=family)
    assert result.coverage < 1.0


@pytest.mark.parametrize("family", ["open_interest", "flow"])
def test_other_families_do_not_matter(family: DataFamily) -> None:
    fresh = dict(STATE.freshness) | {family: Freshness(9e9, 1.0, True)}
    assert score(inputs(fresh=fresh), RISK) == score(inputs(), RISK)


def test_any_family_lost_never_raises_coverage() -> None:
    families = list(STATE.freshness)
    stale = Freshness(9e9, 1.0, True)
    coverage = {}
    for n in range(len(families) + 1):
        for lost in itertools.combinations(families, n):
            fresh = {f: stale if f in lost else STATE.freshness[f] for f in families}
            coverage[lost] = score(inputs(fresh=fresh), RISK).coverage
    for lost, share in coverage.items():
        for family in set(families) - set(lost):
            more = tuple(f for f in families if f in lost or f == family)
            assert coverage[more] <= share


def test_every_component_is_traced_by_its_terms() -> None:
    result = score(inputs(), RISK)
    assert set(result.terms) == set(NAMES)
    for name in ("liquidity", "funding", "correlation"):
        points = [t.points for t in result.terms[name] if not isinstance(t.points, Missing)]
        assert max(points) == getattr(result.components, name)


def test_weights_and_minimum_coverage_are_the_configurations() -> None:
    risk = RiskConfig(
        weights=Weights(1.0, 0.0, 0.0, 0.0), thresholds=Thresholds(minimum_coverage=0.9)
    )
    result = score(inputs(), risk)
    assert result.raw == result.components.market
    assert result.weights["market"] == 1.0


@pytest.mark.parametrize("offered", [None, CANDLES, CANDLES | {"mark", "funding"}])
def test_the_total_is_the_raw_score_on_the_scale_of_the_source(
    offered: frozenset[str] | None,
) -> None:
    found = score(inputs(offered=offered), RISK)
    names = {None: "all", CANDLES: "candles"}
    knots = scale().raw[names.get(offered, "candles_and_funding")]  # type: ignore[index]
    for raw, total in zip((0.0, *knots, 100.0), (0, 20, 40, 60, 80, 100), strict=True):
        assert interpolate(raw, found.curve) == total
    assert isinstance(found.raw, float)
    assert found.total == interpolate(found.raw, found.curve)


@given(st.floats(0, 100), st.floats(0, 100), st.sampled_from(get_args(InputSet)))
def test_the_total_keeps_the_order_of_the_raw_score(
    one: float, other: float, inputs_there: InputSet
) -> None:
    low, high = sorted((one, other))
    curve = total_curve(inputs_there)
    assert 0.0 <= interpolate(low, curve) <= interpolate(high, curve) <= 100.0


def test_the_rank_of_a_total_is_a_share_of_hours() -> None:
    assert [raw_rank(total) for total in (0.0, 20.0, 74.0, 80.0, 100.0)] == pytest.approx(
        [0.0, 35.0, 95.6, 98.0, 100.0]
    )


def test_what_a_source_can_never_have_leaves_the_weights() -> None:
    files = score(inputs(offered=CANDLES | {"mark", "funding"}), RISK)
    assert files.candles_only
    assert files.coverage == pytest.approx(1.0)
    assert files.weights == pytest.approx(
        {"market": 3 / 7, "liquidity": 0.0, "funding": 2 / 7, "correlation": 2 / 7}
    )
    own = files.components
    expected = (3 * (own.market or 0) + 2 * (own.funding or 0) + 2 * (own.correlation or 0)) / 7
    assert files.raw == pytest.approx(expected)
    assert not score(inputs(), RISK).candles_only


def test_coverage_counts_what_the_source_can_have() -> None:
    """Of candles alone, market has 0.6 of the weight; without it too little is left."""
    assert score(inputs(offered=CANDLES), RISK).coverage == pytest.approx(1.0)
    timeframes = dataclasses.replace(STATE.timeframes, trend={}, shortfall=GONE)
    lacking = score(inputs(offered=CANDLES, correlation=components.correlation(timeframes)), RISK)
    assert lacking.coverage == pytest.approx(0.6)
    assert lacking.raw == lacking.components.market
    unknown = score(inputs(offered=frozenset({"open_interest"})), RISK)
    assert (unknown.coverage, isinstance(unknown.total, Missing)) == (0.0, True)


def test_a_source_without_a_book_can_be_under_control() -> None:
    files = score(inputs(offered=CANDLES | {"mark", "funding"}), RISK)
    rules = {rule.code: rule for rule in evaluate(RuleInputs(files), Thresholds())}
    assert (rules["reduce_size"].state, rules["reduce_size"].known) == ("clear", True)
    gone = dataclasses.replace(
        files, components=dataclasses.replace(files.components, funding=GONE)
    )
    rules = {rule.code: rule for rule in evaluate(RuleInputs(gone), Thresholds())}
    assert not rules["funding_extreme"].known
