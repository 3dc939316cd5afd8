"""One symbol's state, and its parts other than market risk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Literal

from tuirisk.state.depth import NO_PROFILE, NO_SESSION, BookSession, DepthProfile
from tuirisk.state.judgement import Judgements, judged
from tuirisk.state.leverage import NO_BRACKETS, NO_DAILY_RISK, Brackets, DailyRisk, Position, Stress
from tuirisk.state.market_risk import (
    DrawdownWindow,
    Performance,
    Timeframes,
    ValueAtRisk,
    Volatility,
)
from tuirisk.state.number import (
    NOT_YET,
    MaybeByName,
    MaybeCount,
    MaybeText,
    Missing,
    Number,
    Severity,
    SymbolStatus,
    screen_only,
)

DataFamily = Literal["candles", "depth", "mark", "funding", "open_interest", "flow"]


@dataclass(frozen=True, slots=True)
class Price:
    last: Number
    mark: Number
    index: Number
    change_24h: Number


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
    """One input of a component of the score: its value and the points (0–100) it gives."""

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
class Score:
    total: Number
    coverage: float
    components: Components
    weights: Mapping[str, float]
    levels: Judgements = judged()
    terms: Mapping[str, tuple[ScoreInput, ...]] = screen_only({})
    """What each component is made of."""
    worst_drawdown: Number = screen_only(NOT_YET)
    """Points of the worse of the drawdowns, which counts in the component ``market``."""


@dataclass(frozen=True, slots=True)
class RuleMeasure:
    """A number that a rule of the recommendation compares with its threshold."""

    name: Literal["points", "distance_sigmas", "p_liquidation_24h"]
    value: Number
    threshold: float
    """Beyond which the rule holds, in the unit of ``value`` …"""
    release: float
    """… and to which a rule that holds must come back: the hysteresis."""
    position: int | None = None
    """Index in the symbol's ``positions``; None of the score."""


@dataclass(frozen=True, slots=True)
class RuleState:
    """One rule of the recommendation, as it was evaluated."""

    code: str
    state: Literal["decides", "holds", "held_by_hysteresis", "clear", "unknown"]
    """``unknown`` where its measure is missing."""
    holds: bool
    """Also where the measure is missing and the rule held before."""
    measures: tuple[RuleMeasure, ...]


@dataclass(frozen=True, slots=True)
class Recommendation:
    code: str
    severity: Severity
    text: str
    notes: tuple[str, ...]
    rules: tuple[RuleState, ...] = screen_only(())
    """Every rule, in the order in which the first that holds decides."""

    @property
    def held(self) -> tuple[str, ...]:
        """Codes of the rules that hold, in their order; the hysteresis reads them."""
        return tuple(rule.code for rule in self.rules if rule.holds)


@dataclass(frozen=True, slots=True)
class DepthWithin:
    """Notional within a fraction of mid, a side."""

    bid: Number
    ask: Number


@dataclass(frozen=True, slots=True)
class Fill:
    """A walk of the book by one order. Slippages are fractions, positive when they cost."""

    vwap: Number
    slippage: Number
    slippage_touch: Number
    worst: Number
    filled: Number
    unfilled: Number
    exhausted: bool | Missing
    level: MaybeText
    levels: Judgements = judged()


@dataclass(frozen=True, slots=True)
class Impact:
    notional: float
    sell: Fill
    buy: Fill


@dataclass(frozen=True, slots=True)
class OrderSize:
    """An order whose cost somebody asks about."""

    measure: Literal["notional", "quantity", "share"]
    amount: float
    """Quote asset, base asset, or a share of the position (1 is the whole exit)."""
    symbol: str = ""
    """The symbol that a quantity is of; empty asks of every symbol."""


@dataclass(frozen=True, slots=True)
class OrderImpact:
    """An order and its impact on the book of one symbol; ``quantity`` is in the base asset."""

    order: OrderSize
    quantity: Number
    impact: Impact | Missing


@dataclass(frozen=True, slots=True)
class Liquidity:
    bid: Number
    ask: Number
    mid: Number
    spread_bps: Number
    imbalance: Number
    microprice: Number
    depth: Mapping[str, DepthWithin]
    impact: Impact
    levels: Judgements = judged()
    bids: tuple[tuple[float, float], ...] = screen_only(())
    asks: tuple[tuple[float, float], ...] = screen_only(())
    """Best levels first, (price, quantity), for the ladder."""
    curve: tuple[Impact, ...] = screen_only(())
    """Impact over a ladder of sizes."""
    spread_percentile: Number = screen_only(NOT_YET)
    depth_percentile: Number = screen_only(NOT_YET)
    metaorder_cost: Number = screen_only(NOT_YET)
    """Square-root law beside the walk, a fraction."""
    curve_metaorder_costs: tuple[Number, ...] = screen_only(())
    """The square-root law for each size of ``curve``."""
    profile: DepthProfile = screen_only(NO_PROFILE)
    session: BookSession = screen_only(NO_SESSION)


@dataclass(frozen=True, slots=True)
class Carry:
    annualised_net: Number
    opportunity: bool | Missing
    side: MaybeText


@dataclass(frozen=True, slots=True)
class Funding:
    rate: Number
    interval_hours: Number
    rate_8h: Number
    annualised: Number
    next_time: MaybeText
    percentile: Number
    zscore: Number
    cumulative_3d: Number
    cumulative_3d_annualised: Number
    cap: Number
    floor: Number
    basis: Number
    signal: MaybeText
    carry: Carry
    levels: Judgements = judged()
    history: tuple[tuple[int, float], ...] = screen_only(())
    """(settlement time ms, rate) of the last 90 days, newest last."""
    holes: tuple[int, ...] = screen_only(())
    """Times (ms) at which a settlement is missing from ``history``, oldest first."""
    limit_used: Number = screen_only(NOT_YET)
    """Share of the cap (of the floor, where the rate is negative) that the rate uses, 0–1."""


@dataclass(frozen=True, slots=True)
class OpenInterest:
    contracts: Number
    value: Number
    change_1h: Number
    change_24h: Number
    zscore: Number
    quadrant: MaybeText
    crowding: Number
    long_short_ratio: Number


@dataclass(frozen=True, slots=True)
class Flow:
    taker_buy: Number
    taker_sell: Number
    imbalance: MaybeByName
    cvd: Number
    large_trades: MaybeCount
    cvd_path: tuple[Number, ...] = screen_only(())
    """``cvd`` at the end of each 15 s of the last 15 min, newest last, the running ones last."""
    largest: tuple[tuple[int, float], ...] = screen_only(())
    """(time ms, signed notional) of the large trades of the last 15 min, newest last."""


@dataclass(frozen=True, slots=True)
class Cluster:
    price: float
    long: float
    short: float


@dataclass(frozen=True, slots=True)
class Liquidations:
    """Notional of the liquidations sampled by the exchange (at most one a second)."""

    sampled: bool
    long_5m: Number
    short_5m: Number
    long_1h: Number
    short_1h: Number
    cascade: bool | Missing
    clusters: tuple[Cluster, ...] | Missing
    hour: tuple[tuple[Number, Number], ...] = screen_only(())
    """(longs, shorts) in each of the clock's last twelve steps of 5 min, the running one last."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """Age of what a family of numbers was computed from, and whether it is past its budget."""

    age_ms: Number
    budget_ms: Number
    stale: bool


@dataclass(frozen=True, slots=True)
class SymbolState:
    status: SymbolStatus
    age_ms: Number
    price: Price
    score: Score
    recommendation: Recommendation
    volatility: Volatility
    drawdown: Mapping[str, DrawdownWindow]
    timeframes: Timeframes
    performance: Performance
    value_at_risk: ValueAtRisk
    liquidity: Liquidity
    funding: Funding
    open_interest: OpenInterest
    flow: Flow
    liquidations: Liquidations
    position: Position | None
    stress: Stress | None
    freshness: Mapping[DataFamily, Freshness] = screen_only({})
    message: str = screen_only("")
    """What is wrong or awaited, in a few words, when the status is not ``ready``."""
    tick_size: float = screen_only(0.0)
    positions: tuple[Position, ...] = screen_only(())
    """Every position of the symbol; ``position`` is the one nearest to its liquidation."""
    brackets: Brackets = screen_only(NO_BRACKETS)
    daily: DailyRisk = screen_only(NO_DAILY_RISK)
    confirmed: Severity | None = screen_only(None)
    """The severity that has held for ``confirm_seconds``; None before the first assessment."""
    rising: Mapping[Severity, int] = screen_only({})
    """Severities above ``confirmed`` → since when (ms) the assessed one has not been below."""
    versions: Mapping[str, int] = screen_only({})
    """Versions of the market data each part was computed from; lets ``assess`` reuse parts."""
