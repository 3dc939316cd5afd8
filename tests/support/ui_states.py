"""RiskStates made by hand, for tests of the screen. All times are fixed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal, cast

from tuirisk.analytics.derivatives.funding import holes, limit_used
from tuirisk.analytics.market_risk.timeframes import shortfalls
from tuirisk.analytics.score import levels
from tuirisk.analytics.score.levels import Rules
from tuirisk.analytics.score.rules import RuleInputs, evaluate
from tuirisk.config.model import Config, PositionConfig, RiskConfig, Thresholds
from tuirisk.language.reason import Reason
from tuirisk.state import (
    NOT_APPLICABLE,
    Backtest,
    Carry,
    Components,
    ConeCell,
    ConnectionState,
    ConnectionStatus,
    DataFamily,
    DepthWithin,
    DrawdownWindow,
    Fill,
    Flow,
    Freshness,
    Funding,
    Impact,
    Liquidations,
    Liquidity,
    LogEntry,
    Missing,
    Number,
    OpenInterest,
    Performance,
    Position,
    Price,
    Recommendation,
    Regime,
    RiskState,
    Score,
    Severity,
    StreamState,
    SymbolSeverity,
    SymbolState,
    SymbolStatus,
    Timeframes,
    ValueAtRisk,
    Volatility,
    WatchlistState,
)
from tuirisk.state.codec import iso
from tuirisk.state.codes import AdviceCode, RegimeName, SlippageLevel

TIME = 1_795_348_931_000
"""2026-11-22 12:02:11 UTC."""
FAMILIES: dict[DataFamily, float] = {
    "candles": 30_000.0,
    "depth": 5_000.0,
    "mark": 5_000.0,
    "funding": 28_800_000.0,
    "open_interest": 120_000.0,
    "flow": 60_000.0,
}
WEIGHTS = {"market": 0.3, "liquidity": 0.3, "funding": 0.2, "correlation": 0.2}
SIZES = (10_000.0, 50_000.0, 100_000.0, 500_000.0, 1_000_000.0)
WAITING = Missing.from_text("waiting for data")
RULES = levels.level_rules(RiskConfig())

CODES: dict[Severity, AdviceCode] = {
    "ok": "under_control",
    "caution": "reduce_size",
    "warning": "no_new_positions",
    "critical": "reduce_or_hedge",
}


def _book(mid: float, tick: float, size: float) -> tuple[tuple[tuple[float, float], ...], ...]:
    """Twenty levels a side whose quantities swell and shrink."""
    quantities = [size * (1 + 0.9 * math.sin(1.7 * i + size)) for i in range(20)]
    bids = tuple((mid - tick * (0.5 + 2 * i), q) for i, q in enumerate(quantities))
    asks = tuple((mid + tick * (0.5 + 2 * i), q * 0.8) for i, q in enumerate(quantities))
    return bids, asks


def fill(notional: float, slippage: float, mid: float, filled: float = 1.0) -> Fill:
    level: SlippageLevel = "medium" if slippage > 0.002 else "low"
    if slippage > 0.005 or filled < 1:
        level = "high"
    return Fill(
        vwap=mid * (1 - slippage),
        slippage=slippage,
        slippage_touch=slippage,
        worst=mid * (1 - 1.6 * slippage),
        filled=notional * filled,
        unfilled=notional * (1 - filled),
        exhausted=filled < 1,
        level=level,
    )


def impact(notional: float, cost: float, mid: float, ends: float = math.inf) -> Impact:
    share = min(1.0, ends / notional)
    slippage = cost * (min(notional, ends) / 100_000.0) ** 0.8
    sell = fill(notional, slippage, mid, share)
    buy = replace(fill(notional, slippage * 1.15, mid, share), worst=mid * (1 + 1.8 * slippage))
    return Impact(notional, sell, buy)


def liquidity(mid: float, tick: float, cost: float, ends: float = math.inf) -> Liquidity:
    bids, asks = _book(mid, tick, 4.0)
    return Liquidity(
        bid=bids[0][0],
        ask=asks[0][0],
        mid=mid,
        spread_bps=tick / mid * 1e4,
        imbalance=0.18,
        microprice=mid,
        depth={
            "0.001": DepthWithin(12.4e6, 10.9e6),
            "0.005": DepthWithin(41.2e6, 38.0e6),
            "0.01": DepthWithin(77.0e6, 69.5e6),
        },
        impact=impact(100_000.0, cost, mid, ends),
        bids=bids,
        asks=asks,
        curve=tuple(impact(size, cost, mid, ends) for size in SIZES),
        spread_percentile=40.0,
        depth_percentile=60.0,
        metaorder_cost=cost * 1.4,
    )


def funding(rate: float) -> Funding:
    return Funding(
        rate=rate,
        interval_hours=8.0,
        rate_8h=rate,
        annualised=rate * 1095,
        next_time="2026-11-22T16:00:00.000Z",
        percentile=55.0,
        zscore=0.3,
        cumulative_3d=rate * 9,
        cumulative_3d_annualised=rate * 1095,
        cap=0.02,
        floor=-0.02,
        basis=0.0004,
        signal="overheated_longs" if rate > 0.0005 else "neutral",
        carry=Carry(
            annualised_net=rate * 900 - 0.02,
            opportunity=False,
            side="short_perp_long_spot",
            annualised_expected=rate * 450,
        ),
    )


def volatility(percentile: float) -> Volatility:
    """Seven days of volatility in which every regime occurs, and a hole."""
    shape = tuple(
        0.3 + 0.5 * percentile / 100 * (1 + math.sin(i / 35 + percentile)) for i in range(671)
    )
    state: RegimeName = "normal"
    if not 30 <= percentile <= 80:
        state = "compression" if percentile < 30 else "expansion"
    cell = ConeCell(shape[-1], percentile, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9, 1.4, "normal", 2880)
    regime = Regime(state, percentile, "2026-11-22T08:45:00.000Z", divergence=False)
    spark: tuple[Number, ...] = (*shape[:40], WAITING, *shape[40:])
    past = ("compression",) * 200 + ("normal",) * 200 + ("expansion",) * 100 + ("normal",) * 159
    return Volatility({"15m": {"60": cell}}, {}, regime, spark, (*past, *(state,) * 13))


def fresh(stale: Mapping[DataFamily, float] | None = None) -> dict[DataFamily, Freshness]:
    """Every family young, but for those of ``stale`` (family → age in ms)."""
    stale = stale or {}
    return {
        name: Freshness(stale.get(name, budget / 40), budget, name in stale)
        for name, budget in FAMILIES.items()
    }


def symbol(
    price: float = 67_412.3,
    tick: float = 0.1,
    change: float = 0.0124,
    components: tuple[Number, Number, Number, Number] = (31.0, 12.0, 20.0, 5.0),
    severity: Severity = "ok",
    rate: float = 0.0001,
    cost: float = 0.00004,
    ends: float = math.inf,
) -> SymbolState:
    """A ready symbol."""
    numbers = [
        (value, weight)
        for value, weight in zip(components, WEIGHTS.values(), strict=True)
        if not isinstance(value, Missing)
    ]
    coverage = sum(weight for _, weight in numbers)
    raw: Number = Missing.from_text("coverage below 50%")
    if coverage >= 0.5:
        raw = sum(v * w for v, w in numbers) / coverage
    market = components[0] if not isinstance(components[0], Missing) else 50.0
    return SymbolState(
        status="ready",
        age_ms=120.0,
        price=Price(price, price * 1.0001, price, change),
        score=Score(
            raw,
            coverage,
            Components(*components),
            WEIGHTS,
            raw=raw,
            raw_rank=raw,
            curve=((0.0, 0.0), (100.0, 100.0)),
        ),
        recommendation=Recommendation(CODES[severity], severity, CODES[severity], ()),
        volatility=volatility(market),
        drawdown={
            "1h": DrawdownWindow(-0.021, -0.08, 12),
            "1d": DrawdownWindow(-0.11, -0.34, 40),
        },
        timeframes=Timeframes(("15m", "1h", "1d"), WAITING, WAITING, {}, ()),
        performance=Performance(1.2, 1.9, 0.9, 0.4, -0.34, 0.6, {}, 1500),
        value_at_risk=ValueAtRisk(
            0.042,
            0.07,
            0.04,
            0.06,
            0.043,
            0.038,
            0.055,
            0.08,
            Backtest(12, 250, 0.9, 0.5, "green"),
            blended_95=0.04,
        ),
        liquidity=liquidity(price, tick, cost, ends),
        funding=funding(rate),
        open_interest=OpenInterest(91_000.0, 6.1e9, 0.002, 0.018, 0.4, "new_longs", 0.31, 1.4),
        flow=Flow(3.1e6, 2.4e6, {"1m": 0.1, "5m": 0.127, "15m": -0.02}, 0.7e6, 3),
        liquidations=Liquidations(True, 0.0, 12_000.0, 340_000.0, 1.2e6, False, ()),
        position=None,
        stress=None,
        freshness=fresh(),
        tick_size=tick,
    )


def position(price: float, side: Literal["long", "short"] = "long") -> Position:
    return Position(
        side=side,
        quantity=0.5,
        entry_price=price * 0.98,
        notional=0.5 * price,
        unrealised_pnl=0.01 * price,
        leverage=10.0,
        margin_mode="isolated",
        liquidation_price=price * 0.89,
        distance=-0.11,
        distance_sigmas=3.1,
        distance_atr=2.7,
        margin_ratio=0.08,
        maintenance_margin=150.0,
        bracket_source="table 2024-10-24",
        p_liquidation_24h=0.004,
        p_liquidation_7d=0.09,
        max_size=1.2,
        max_size_limit="exit_slippage",
        p_liquidation_model="simulation_and_extremes",
        p_liquidation_time=iso(TIME - 42_000),
        age_ms=NOT_APPLICABLE,
    )


def waiting(*things: str) -> Reason:
    return Reason("waiting_for", things=things)


def empty(status: SymbolStatus, message: Reason | None) -> SymbolState:
    """A symbol of which nothing is known yet."""
    none = WAITING
    nothing = Fill(none, none, none, none, none, none, none, none)
    base = symbol()
    return replace(
        base,
        status=status,
        age_ms=none,
        message=message,
        price=Price(none, none, none, none),
        score=Score(none, 0.0, Components(none, none, none, none), WEIGHTS),
        recommendation=Recommendation("insufficient_data", "caution", "Insufficient data", ()),
        volatility=Volatility({}, {}, Regime(none, none, none, none)),
        drawdown={},
        performance=Performance(none, none, none, none, none, none, {}, 0),
        value_at_risk=replace(base.value_at_risk, historical_95=none),
        liquidity=replace(
            base.liquidity,
            bid=none,
            ask=none,
            mid=none,
            spread_bps=none,
            imbalance=none,
            bids=(),
            asks=(),
            curve=(),
            depth={},
            impact=Impact(100_000.0, nothing, nothing),
            metaorder_cost=none,
        ),
        funding=Funding(
            none,
            none,
            none,
            none,
            none,
            none,
            none,
            none,
            none,
            none,
            none,
            none,
            none,
            Carry(none, none, none),
        ),
        open_interest=OpenInterest(*[none] * 8),
        flow=Flow(none, none, {}, none, none),
        liquidations=Liquidations(True, none, none, none, none, none, none),
        freshness={},
    )


def connection(status: ConnectionStatus = "live", message: str = "") -> ConnectionState:
    return ConnectionState(
        status=status,
        latency_ms=118.0,
        used_weight_1m=41,
        reconnects=0 if status == "live" else 2,
        resyncs=0,
        dropped_frames=0,
        streams=(StreamState("public", "live", 90.0), StreamState("market", "live", 240.0)),
        message=Reason.from_text(message) if message else None,
    )


def state(
    symbols: Mapping[str, SymbolState],
    link: ConnectionState | None = None,
    log: tuple[LogEntry, ...] = (),
) -> RiskState:
    return RiskState(
        time_ms=TIME,
        source="binance",
        connection=connection() if link is None else link,
        watchlist=WatchlistState(tuple(symbols)),
        account=None,
        symbols={name: judged(one) for name, one in symbols.items()},
        log=log,
        level_rules=RULES,
    )


def standing(symbol: SymbolState) -> SymbolSeverity:
    """The severity of the symbol's recommendation, confirmed; one that a test set stays."""
    advice = symbol.recommendation
    if symbol.severity != SymbolSeverity() or advice.code == "insufficient_data":
        return symbol.severity
    return SymbolSeverity(advice.severity, advice.code, TIME, text=advice.text)


def judged(symbol: SymbolState, rules: Rules = RULES) -> SymbolState:
    """``symbol`` with what analytics derives from its numbers, levels above all."""
    position, part, frames = symbol.position, symbol.funding, symbol.timeframes
    used = limit_used(part.rate, part.cap, part.floor)
    paid = replace(part, holes=holes(part.history), limit_used=used)
    short = shortfalls(frames.correlation, frames.interval_low)
    advice = symbol.recommendation
    inputs = RuleInputs(symbol.score, symbol.positions)
    states = evaluate(inputs, Thresholds(), advice.rules)
    decided = tuple(replace(r, state="decides") if r.code == advice.code else r for r in states)
    return replace(
        symbol,
        recommendation=replace(advice, rules=decided),
        severity=standing(symbol),
        timeframes=replace(frames, shortfall=short),
        score=levels.judge_score(symbol.score, rules),
        liquidity=levels.judge_liquidity(symbol.liquidity, rules),
        funding=levels.judge_funding(paid, rules),
        position=None if position is None else levels.judge_position(position, rules),
        positions=tuple(levels.judge_position(one, rules) for one in symbol.positions),
    )


def entry(
    seconds_ago: int, name: str, before: str, after: str, score: Number, escalation: bool = False
) -> LogEntry:
    rule = CODES[cast(Severity, after)]
    part = "market" if after in ("warning", "critical") else ""
    time_ms = TIME - seconds_ago * 1000
    return LogEntry(time_ms, name, "severity", before, after, score, escalation, rule, part)


LOG = (
    entry(8_400, "BTCUSDT", "ok", "caution", 52.0, escalation=True),
    entry(7_200, "BTCUSDT", "caution", "ok", 44.0),
    entry(1_260, "SOLUSDT", "ok", "caution", 57.0, escalation=True),
    entry(64, "XRPUSDT", "caution", "warning", 66.0, escalation=True),
)


def five() -> dict[str, SymbolState]:
    """The default watchlist, of every price scale and severity but critical."""
    return {
        "BTCUSDT": replace(symbol(), position=position(67_412.3)),
        "ETHUSDT": symbol(3_521.7, 0.01, -0.0042, (38.0, 18.0, 22.0, 9.0), cost=0.00006),
        "SOLUSDT": symbol(
            171.24, 0.01, 0.049, (61.0, 72.0, 41.0, 30.0), "caution", 0.00021, 0.0011
        ),
        "BNBUSDT": symbol(612.44, 0.01, 0.0033, (22.0, 25.0, 18.0, 12.0), cost=0.0002),
        "XRPUSDT": symbol(
            0.5213,
            0.0001,
            -0.0611,
            (88.0, 76.0, 55.0, 40.0),
            "warning",
            -0.00035,
            0.0035,
            700_000.0,
        ),
    }


def ready() -> RiskState:
    return state(five(), log=LOG)


def loading() -> RiskState:
    """One symbol there, one refused, the others on their way."""
    symbols = {
        "BTCUSDT": symbol(),
        "ETHUSDT": empty("warming", waiting("candles", "funding_history")),
        "SOLUSDT": empty("warming", waiting("order_book")),
        "BNBUSDT": empty(
            "warming", waiting("candles", "order_book", "mark_price", "funding_history")
        ),
        "XRPUSDT": empty("error", Reason.from_text("not listed on USD-M futures")),
    }
    return state(symbols, connection("syncing", "order books 1 of 4"))


def degraded() -> RiskState:
    """The depth stream of one symbol and every stream of another are silent."""
    symbols = five()
    late = symbols["ETHUSDT"]
    symbols["ETHUSDT"] = replace(
        late,
        freshness=fresh({"depth": 12_400.0}),
        score=replace(late.score, coverage=0.7),
    )
    symbols["SOLUSDT"] = replace(
        symbols["SOLUSDT"],
        status="stale",
        message=Reason.from_text("no data for 48 s"),
        freshness=fresh({name: max(48_000.0, b + 1) for name, b in FAMILIES.items()}),
    )
    return state(symbols, connection("degraded", "2 of 12 streams are silent"), LOG)


def offline() -> RiskState:
    symbols = {
        name: replace(
            one,
            status="stale",
            message=Reason("connection_lost"),
            freshness=fresh({n: b + 31_000.0 for n, b in FAMILIES.items()}),
        )
        for name, one in five().items()
    }
    return state(symbols, connection("offline", "next attempt in 8 s: connection refused"), LOG)


def critical() -> RiskState:
    """A crash: thin book, extreme scores, alerts not acknowledged."""
    symbols = five()
    symbols["BTCUSDT"] = replace(
        symbol(
            61_240.0,
            0.1,
            -0.1312,
            (97.0, 88.0, 64.0, 83.0),
            "critical",
            -0.0012,
            0.004,
            420_000.0,
        ),
        position=replace(
            position(61_240.0),
            unrealised_pnl=-3_050.0,
            distance=-0.021,
            distance_sigmas=0.6,
            p_liquidation_24h=0.31,
        ),
        recommendation=Recommendation(
            "add_margin_or_reduce",
            "critical",
            "add_margin_or_reduce",
            ("regime_expansion", "book_exhausted"),
        ),
    )
    log = (
        *LOG,
        entry(20, "BTCUSDT", "ok", "warning", 71.0, escalation=True),
        entry(5, "BTCUSDT", "warning", "critical", 86.0, escalation=True),
    )
    return state(symbols, log=log)


def many(count: int) -> RiskState:
    """More symbols than tiles have room for, long names among them."""
    names = [f"{'1000' if i % 5 == 4 else ''}COIN{i:02d}USDT" for i in range(count)]
    kinds: list[Callable[[], SymbolState]] = [
        symbol,
        lambda: symbol(0.00000012, 1e-8, -0.3, (70.0, 66.0, 10.0, 4.0), "warning"),
        lambda: symbol(123_456.78, 0.01, 0.02, (20.0, 75.0, 10.0, 4.0), "caution"),
        lambda: empty("warming", waiting("order_book")),
    ]
    return state({name: kinds[i % len(kinds)]() for i, name in enumerate(names)})


CONFIG = Config(
    symbols=("BTCUSDT", "ETHUSDT", "SOLUSDT", "BNBUSDT", "XRPUSDT"),
    positions=(PositionConfig("BTCUSDT", "long", 0.5, 66_064.0, 10.0),),
)
