"""RiskStates for the symbol view: every part of one symbol there, by hand and at fixed times."""

from __future__ import annotations

import math
from array import array
from dataclasses import replace
from typing import Any

from support.ui_states import TIME, judged, position, state, symbol
from tuirisk.events.intervals import HOUR_MS
from tuirisk.state import (
    AccountRisk,
    Backtest,
    BookSession,
    Brackets,
    Cluster,
    ConeCell,
    DepthProfile,
    DrawdownWindow,
    Flow,
    Histogram,
    Horizon,
    Liquidations,
    Liquidity,
    Missing,
    ModelRisk,
    Number,
    Performance,
    Position,
    RangeEstimators,
    RiskState,
    ScenarioResult,
    Stress,
    SymbolState,
    Tier,
    Timeframes,
    Volatility,
    WatchlistState,
    WhatIfAnswer,
)
from tuirisk.state.codes import ConeLevel

WINDOWS = ("7", "14", "30", "60")
PRICE = 67_412.3


def cell(middle: float, shift: float) -> ConeCell:
    """A cell whose current volatility lies ``shift`` of the band above its median."""
    low, high = middle * 0.5, middle * 1.7
    current = middle + (high - middle) * shift
    rank = max(0.0, min(100.0, 50 + 45 * shift))
    level: ConeLevel = "high" if rank > 90 else "low" if rank < 10 else "normal"
    return ConeCell(
        current, rank, low * 0.8, low, middle * 0.75, middle, middle * 1.3, high, high * 1.4, level,
        2_900,
    )  # fmt: skip


def volatility() -> Volatility:
    base = symbol().volatility
    cone = {
        timeframe: {
            window: cell(0.4 - 0.03 * i, math.sin(2.0 * i + shift))
            for i, window in enumerate(WINDOWS)
        }
        for timeframe, shift in (("15m", 1.2), ("1h", 0.2), ("1d", -0.8))
    }
    table: dict[str, Number] = {window: 0.41 + 0.01 * i for i, window in enumerate(WINDOWS)}
    estimators = {name: RangeEstimators(table, table, table, table) for name in cone}
    week: tuple[Number, ...] = tuple(
        Missing("hole_in_bars") if 300 <= i < 360 else 0.35 * math.exp(math.sin(i / 90))
        for i in range(672)
    )
    regimes = ("compression",) * 200 + ("normal",) * 272 + ("expansion",) * 200
    return replace(base, cone=cone, estimators=estimators, spark=week, regimes=regimes)


def drawdown() -> dict[str, DrawdownWindow]:
    hourly = array("d", [-0.03 * abs(math.sin(i / 25)) - 0.0002 * i for i in range(168)])
    daily = array("d", [-0.2 * abs(math.sin(i / 60)) for i in range(365)])
    return {
        "1h": DrawdownWindow(hourly[-1], min(hourly), 120, 0.9, 0.07, hourly),
        "1d": DrawdownWindow(daily[-1], min(daily), 40, 0.4, 0.31, daily),
    }


def timeframes() -> Timeframes:
    def matrix(a: float, b: float, c: float) -> tuple[tuple[Number, ...], ...]:
        return ((1.0, a, b), (a, 1.0, c), (b, c, 1.0))

    return Timeframes(
        ("15m", "1h", "1d"),
        matrix(0.51, 0.04, 0.22),
        matrix(0.5, 0.1, 0.2),
        {"15m": -1.2, "1h": -0.2, "1d": 1.4},
        (),
        matrix(0.46, 0.06, 0.12),
        matrix(0.53, 0.15, 0.29),
    )


def answered(account: AccountRisk | None = None, **changes: Any) -> WhatIfAnswer:
    """What a monitor answers to a question: the position that is held, with ``changes``."""
    return WhatIfAnswer(replace(held(), **changes), account)


def held() -> Position:
    return replace(
        position(PRICE),
        distance_sigmas=-3.1,
        distance_atr=-2.7,
        bracket_source="table 2024-10-24",
        max_size_limit="var_budget",
        leverage_setting=10.0,
        max_leverage=125.0,
        margin_balance=3_391.0,
        initial_margin=3_370.0,
        free_collateral=21.0,
        next_funding=11.8,
    )


def stress() -> Stress:
    quantiles: dict[str, Number] = {"0.05": -1_161.0, "0.5": 3.0, "0.95": 1_593.0}
    day = Horizon(1_161.0, 1_395.0, quantiles, 1_199.0, 1_432.0)
    counts = tuple(round(600 * math.exp(-(((i - 16) / 7) ** 2))) for i in range(40))
    edges = tuple(-1_875.0 + 113.0 * i for i in range(41))
    return Stress(
        paths=10_000,
        horizons={"24h": day, "7d": replace(day, var_95=3_537.0)},
        scenarios=(
            ScenarioResult("2020-03-12", -3_537.0, True, -0.444, 0.0),
            ScenarioResult("2024-08-05", -2_100.0, False, -0.157, 55.0),
            ScenarioResult("mine", 1_200.0, False, 0.08, 20.0),
        ),
        models={
            "bootstrap": ModelRisk(0.0, 0.0534, 1_161.0, 3_537.0),
            "gaussian": ModelRisk(0.0, 0.0581, 1_183.0, 3_537.0),
            "student_t": ModelRisk(0.00012, 0.0539, 1_182.0, 3_537.0),
        },
        histogram=Histogram(edges, counts),
        exit_slippage=0.001,
        block=113.0,
        degrees_of_freedom=4.4,
        bars=2_998,
        time_ms=TIME - 8_000,
    )


def clusters() -> tuple[Cluster, ...]:
    return tuple(
        Cluster(
            PRICE * 1.005**i,
            5e6 * (2 + math.sin(i)) if i < 0 else 0.0,
            4e6 * (2 + math.cos(i)) if i > 0 else 0.0,
        )
        for i in range(-30, 31)
    )


def liquidity(base: Liquidity) -> Liquidity:
    """Depth by distance known to 1 % below mid and to 0.6 % above it, and 40 min of samples."""
    distances = tuple(0.0005 * (i + 1) for i in range(20))
    unknown = Missing("outside_known_book", share=0.006)
    hole = Missing("no_book_sample")
    minutes = range(40)
    return replace(
        base,
        curve_metaorder_costs=tuple(0.0002 * (i + 1) for i in range(len(base.curve))),
        profile=DepthProfile(
            distances,
            tuple(9e7 * d**0.5 for d in distances),
            tuple(8e7 * d**0.6 if d <= 0.006 else unknown for d in distances),
        ),
        session=BookSession(
            60_000,
            tuple(hole if 20 <= i < 23 else 0.02 + 0.005 * math.sin(i / 4) for i in minutes),
            tuple(hole if 20 <= i < 23 else 2.1e7 + 3e6 * math.sin(i / 6) for i in minutes),
        ),
    )


def brackets() -> Brackets:
    tiers = (
        Tier(0.0, 5e4, 125.0, 0.004, 0.0),
        Tier(5e4, 6e5, 100.0, 0.005, 50.0),
        Tier(6e5, Missing("no_cap"), 75.0, 0.0065, 950.0),
    )
    return Brackets(tiers, "table 2024-10-24")


def full() -> SymbolState:
    """A symbol with a position and every picture."""
    base, own = symbol(), held()
    path = tuple(
        Missing.from_text("not yet") if i < 8 else 2e6 * math.sin(i / 9) + 4e4 * i
        for i in range(60)
    )
    history = tuple(
        (TIME - (270 - i) * 8 * HOUR_MS, 0.0001 + 0.0006 * math.sin(i / 9) ** 7) for i in range(270)
    )
    watched = Missing("liquidations_not_watched")
    hour: tuple[tuple[Number, Number], ...] = (
        *((watched, watched),) * 3,
        *((4e4 * (i % 3), 1e5 if i == 7 else 2e4 * (i % 2)) for i in range(3, 12)),
    )
    cap, floor = 0.003, -0.003
    made = replace(
        base,
        volatility=volatility(),
        drawdown=drawdown(),
        timeframes=timeframes(),
        performance=Performance(
            1.2, 3.9, 0.9, 0.4, -0.34, 0.6,
            {"sharpe": "fair", "sortino": "excellent", "calmar": "poor"}, 1_498, 0.49,
        ),
        value_at_risk=replace(
            base.value_at_risk,
            cornish_fisher_95=Missing.from_text("outside its monotone domain"),
            backtest_filtered_95=Backtest(21, 250, 0.03, 0.2, "yellow"),
        ),
        funding=replace(base.funding, rate=0.00035, history=history, cap=cap, floor=floor),
        flow=Flow(
            3.1e6, 2.4e6, {"1m": 0.1, "5m": -0.427, "15m": Missing("no_trades")}, 7e5, 2, path,
            ((TIME - 90_000, 145_000.0), (TIME - 12_000, -310_000.0)),
        ),
        liquidity=liquidity(base.liquidity),
        liquidations=Liquidations(True, 0.0, 12_000.0, 340_000.0, 1.2e6, True, clusters(), hour),
        brackets=brackets(),
        position=own,
        positions=(own,),
        stress=stress(),
    )  # fmt: skip
    return judged(made)


def rich() -> RiskState:
    """Two symbols: one with everything, one without a position."""
    other = symbol(3_521.7, 0.01, -0.0042, cost=0.00006)
    made = state({"BTCUSDT": full(), "ETHUSDT": other})
    return replace(
        made,
        watchlist=WatchlistState(("BTCUSDT", "ETHUSDT"), ((1.0, 0.82), (0.82, 1.0)), 0.82, 1.2, 2),
    )
