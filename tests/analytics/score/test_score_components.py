"""The four components of the score: what each is made of."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.build import state

from tuirisk.analytics.derivatives.funding import limit_used
from tuirisk.analytics.market_risk.timeframes import shortfalls
from tuirisk.analytics.score import components as made
from tuirisk.config.model import RiskConfig
from tuirisk.state import (
    Divergence,
    DrawdownWindow,
    Fill,
    Funding,
    Impact,
    Liquidity,
    Missing,
    Number,
    SymbolState,
    Timeframes,
    Volatility,
)

RISK = RiskConfig()
GONE = Missing.from_text("gone")
STATE: SymbolState = state().symbols["BTCUSDT"]


def cone(percentiles: list[Number]) -> Volatility:
    cell = STATE.volatility.cone["1d"]["7"]
    cells = {str(i): dataclasses.replace(cell, percentile=p) for i, p in enumerate(percentiles)}
    return dataclasses.replace(STATE.volatility, cone={"1d": cells})


def fallen(*severities: Number) -> dict[str, DrawdownWindow]:
    return {
        name: DrawdownWindow(-0.1, -0.2, 3, severity)
        for name, severity in zip(("1h", "1d"), severities, strict=True)
    }


def test_market() -> None:
    value, terms = made.market(cone([20.0, 60.0, GONE]), fallen(0.3, 0.5), 80.0)
    assert value == pytest.approx(0.5 * 80 + 0.425 * 40 + 0.075 * 50)
    assert [(t.name, t.points) for t in terms] == [
        ("volatility_percentile", 40.0),
        ("drawdown_1h", 30.0),
        ("drawdown_1d", 50.0),
        ("forecast_rank", 80.0),
    ]
    assert isinstance(made.market(cone([GONE]), fallen(0.3, 0.5), 80.0)[0], Missing)


@pytest.mark.parametrize(
    ("severity", "rank", "points"),
    [
        (0.5, GONE, 0.85 * 40 + 0.15 * 50),
        (GONE, 80.0, 0.5 * 80 + 0.5 * 40),
        (GONE, GONE, 40.0),
    ],
)
def test_what_the_market_lacks_leaves_its_weight(
    severity: Number, rank: Number, points: float
) -> None:
    value, terms = made.market(cone([20.0, 60.0]), fallen(severity, GONE), rank)
    assert value == pytest.approx(points)
    there = {t.name: t for t in terms if not isinstance(t.points, Missing)}
    assert sum(t.weight or 0.0 for t in there.values()) == pytest.approx(1.0)


@given(st.lists(st.floats(0.0, 100.0), min_size=1, max_size=12), st.data())
def test_a_higher_percentile_never_lowers_the_market(
    percentiles: list[float], data: st.DataObject
) -> None:
    row = data.draw(st.integers(0, len(percentiles) - 1))
    higher = [*percentiles]
    higher[row] = data.draw(st.floats(percentiles[row], 100.0))
    before, after = (
        made.market(cone(list(values)), fallen(0.3, 0.5), 50.0)[0]
        for values in (percentiles, higher)
    )
    assert isinstance(before, float)
    assert isinstance(after, float)
    assert after >= before - 1e-12


def fill(slippage: Number, exhausted: bool | Missing = False, whole: bool = True) -> Fill:
    return Fill(1.0, slippage, 0.0, 1.0, 1.0, 0.0, exhausted, "low", whole_side=whole)


def walked(sell: Fill, buy: Fill, spread: Number = GONE, depth: Number = GONE) -> Liquidity:
    impact = Impact(1.0, sell=sell, buy=buy)
    part = STATE.liquidity
    return dataclasses.replace(
        part, impact=impact, spread_percentile=spread, depth_percentile=depth
    )


def test_liquidity_takes_the_exit_or_else_the_worse_side() -> None:
    book = walked(fill(0.001), fill(0.005))
    assert made.liquidity(book, None)[0] == pytest.approx(80.0)
    assert made.liquidity(book, "long")[0] == pytest.approx(25.0)
    assert made.liquidity(book, "short")[0] == pytest.approx(80.0)
    half = walked(fill(GONE, GONE), fill(0.001), 99.0, 1.0)
    assert made.liquidity(half, None)[0] == GONE
    assert made.liquidity(half, "short")[0] == pytest.approx(0.6 * 99)


def test_an_order_that_nothing_fills_has_all_points() -> None:
    dry = walked(fill(0.0001, True), fill(0.001))
    assert made.liquidity(dry, None)[0] == 100.0
    cut = walked(fill(0.0001, True, whole=False), fill(0.001))
    assert made.liquidity(cut, None)[0] == pytest.approx(25.0)


@pytest.mark.parametrize(
    ("spread", "depth", "points"),
    [(90.0, 50.0, 54.0), (50.0, 0.0, 60.0), (10.0, 95.0, 25.0), (90.0, GONE, 54.0)],
)
def test_liquidity_knows_an_unusual_spread_and_depth(
    spread: Number, depth: Number, points: float
) -> None:
    book = walked(fill(0.001), fill(0.0), spread, depth)
    value, terms = made.liquidity(book, None)
    assert value == pytest.approx(points)
    assert value == max(t.points for t in terms if not isinstance(t.points, Missing))


def rated(**changes: object) -> Funding:
    calm = {
        "rate": 0.0,
        "rate_8h": 0.0,
        "cumulative_3d_annualised": 0.0,
        "percentile": 50.0,
        "signal": "neutral",
        "cap": 0.003,
        "floor": -0.003,
    }
    part = dataclasses.replace(STATE.funding, **(calm | changes))  # type: ignore[arg-type]
    used = limit_used(part.rate, part.cap, part.floor)
    return dataclasses.replace(part, limit_used=used)


@pytest.mark.parametrize(
    ("changes", "points"),
    [
        ({}, 0.0),
        ({"rate_8h": 0.0003}, 50.0),
        ({"cumulative_3d_annualised": -0.1095}, 20.0),
        ({"cumulative_3d_annualised": -0.2}, 50.0),
        ({"cumulative_3d_annualised": 0.32}, 80.0),
        ({"cumulative_3d_annualised": 0.4}, 80.0),
        ({"cumulative_3d_annualised": 0.4, "signal": "overheated_longs"}, 100.0),
        ({"rate_8h": 0.001}, 80.0),
        ({"rate_8h": 0.001, "signal": "overheated_longs"}, 100.0),
        ({"rate": 0.0027, "rate_8h": 0.0002}, 80.0),
        ({"rate": 0.0027, "rate_8h": 0.0002, "signal": "overheated_longs"}, 90.0),
        ({"rate": -0.0027, "rate_8h": -0.0002, "signal": "overheated_shorts"}, 90.0),
        ({"rate_8h": 0.00011, "percentile": 96.0}, 70.0),
        ({"rate_8h": 0.0001, "percentile": 96.0}, 20.0),
        ({"rate_8h": 0.0003, "cap": GONE, "percentile": GONE}, 50.0),
        ({"rate_8h": GONE}, GONE),
    ],
)
def test_funding(changes: dict[str, object], points: Number) -> None:
    value, _ = made.funding(rated(**changes), RISK)
    assert value == (points if isinstance(points, Missing) else pytest.approx(points))


def frames(
    correlation: float | Missing, low: float | Missing, strength: float | None = None
) -> Timeframes:
    def matrix(value: float | Missing) -> tuple[tuple[Number, ...], ...] | Missing:
        return value if isinstance(value, Missing) else ((1.0, value), (value, 1.0))

    divergence = () if strength is None else (Divergence(("15m", "1d"), strength),)
    return Timeframes(
        labels=("15m", "1d"),
        correlation=matrix(correlation),
        random_walk=matrix(0.5),
        trend={"15m": 1.0, "1d": -1.0},
        divergence=divergence,
        interval_low=matrix(low),
        shortfall=shortfalls(matrix(correlation), matrix(low)),
        interval_high=matrix(0.9),
    )


@pytest.mark.parametrize(
    ("part", "points"),
    [
        (frames(0.5, 0.4), 0.0),
        (frames(0.3, 0.4), 25.0),
        (frames(0.0, 0.4), 100.0),
        (frames(-0.9, 0.4), 100.0),
        (frames(-0.9, -0.1), 0.0),
        (frames(0.5, 0.4, 0.6), 60.0),
        (frames(0.1, 0.4, 0.6), 75.0),
        (frames(GONE, GONE, 0.6), 60.0),
    ],
)
def test_correlation(part: Timeframes, points: float) -> None:
    assert made.correlation(part)[0] == pytest.approx(points)


def test_correlation_without_any_timeframe_is_missing() -> None:
    part = dataclasses.replace(frames(GONE, GONE), trend={"15m": GONE, "1d": 0.3})
    assert isinstance(made.correlation(part)[0], Missing)
