"""One symbol's state, and its parts other than market risk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Literal

from tuirisk.language.reason import Reason
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
    SymbolStatus,
    published_later,
    screen_only,
)
from tuirisk.state.severity import (
    NOTHING_CONFIRMED,
    Severity,
    SeverityTracker,
    SymbolSeverity,
)

DataFamily = Literal["candles", "depth", "mark", "funding", "open_interest", "flow", "account"]
"""``account``: the positions, as the account was read."""


@dataclass(frozen=True, slots=True)
class Price:
    """Prices in the quote asset."""

    last: Number
    """Of the last trade, else the newest bar's close."""
    mark: Number
    """Mark price, which margin and liquidation are computed at."""
    index: Number
    change_24h: Number
    """Of ``last`` in 24 hours, a fraction."""
    move_5m: Number = screen_only(NOT_YET)
    """Of the last price, else the mark price, in 5 minutes, a fraction."""
    move_5m_sigmas: Number = screen_only(NOT_YET)
    """``move_5m`` as a log return, over the σ of that time; below 0 for a fall."""


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
class ScoreMemory:
    """What the next score needs of those before it; times are UTC milliseconds."""

    components: Mapping[str, tuple[float, int]]
    """Component → its last points of its own, and when it had them."""
    liquidity: tuple[tuple[int, float], ...]
    """(time, points of liquidity) of the last 5 s, oldest first."""


NO_SCORE_MEMORY = ScoreMemory({}, ())


@dataclass(frozen=True, slots=True)
class Score:
    """The composite score, 0–100; higher is more dangerous (docs/metrics.md)."""

    total: Number
    coverage: float
    """Share of the weight that has a number, 0–1."""
    components: Components
    weights: Mapping[str, float]
    """Weight of each component, summing to 1."""
    carried: tuple[str, ...] = published_later(())
    """Components whose data are missing: each keeps its last points, after 5 min at least 50."""
    levels: Judgements = judged()
    terms: Mapping[str, tuple[ScoreInput, ...]] = screen_only({})
    """What each component is made of."""
    worst_drawdown: Number = screen_only(NOT_YET)
    """Points of the worse of the drawdowns, which counts in the component ``market``."""


@dataclass(frozen=True, slots=True)
class RuleMeasure:
    """A number that a rule of the recommendation compares with its threshold."""

    name: Literal[
        "points",
        "distance_sigmas",
        "p_liquidation_24h",
        "p_liquidation_7d",
        "move_5m_sigmas",
        "var_1d_95",
    ]
    value: Number
    threshold: float
    """Beyond which the rule holds, in the unit of ``value`` …"""
    release: float
    """… and to which a rule that holds must come back: the hysteresis."""
    position: int | None = None
    """Index in the symbol's ``positions``; None of the symbol as a whole."""


VerdictState = Literal["decides", "holds", "held_by_hysteresis", "held", "clear", "unknown"]
"""``held``: its measure is missing and it held before; ``unknown``: missing, and it did not."""


@dataclass(frozen=True, slots=True)
class RuleState:
    """One rule of the recommendation, as it was evaluated."""

    code: str
    state: VerdictState
    holds: bool
    """Also where the measure is missing and the rule held before."""
    measures: tuple[RuleMeasure, ...]
    severity: Severity
    """What the rule means where it decides."""
    known: bool = True
    """Whether every measure is known now: none missing, carried or from a late mark price."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The advice on a symbol: its code, severity and English text."""

    code: str
    severity: Severity
    text: str
    notes: tuple[str, ...]
    """Codes of what else deserves attention."""
    rules: tuple[RuleState, ...] = screen_only(())
    """Every rule, in the order in which the first that holds decides."""

    @property
    def holding(self) -> tuple[str, ...]:
        """Codes of the rules that hold, in their order."""
        return tuple(rule.code for rule in self.rules if rule.holds)

    @property
    def known(self) -> frozenset[str]:
        """Codes of the rules whose inputs are all known."""
        return frozenset(rule.code for rule in self.rules if rule.known)

    @property
    def complete(self) -> bool:
        """Whether all that the rules read is known."""
        return all(rule.known for rule in self.rules)


@dataclass(frozen=True, slots=True)
class DepthWithin:
    """Notional (quote asset) within a fraction of mid, for each side of the book."""

    bid: Number
    ask: Number


@dataclass(frozen=True, slots=True)
class Fill:
    """A walk of the book by one order. Slippages are fractions, positive when they cost."""

    vwap: Number
    """Mean price paid, quote asset."""
    slippage: Number
    """Against mid."""
    slippage_touch: Number
    """Against the best price of the side."""
    worst: Number
    """Price of the last level used, quote asset."""
    filled: Number
    """Notional, quote asset."""
    unfilled: Number
    """Notional that the known book cannot fill, quote asset."""
    exhausted: bool | Missing
    """Whether the known book ended before the order: slippage is then a lower bound."""
    level: MaybeText
    """``low``, ``medium`` or ``high``."""
    levels: Judgements = judged()


@dataclass(frozen=True, slots=True)
class Impact:
    """Market orders of ``notional`` (quote asset) on either side of the book."""

    notional: float
    sell: Fill
    """Consumes bids."""
    buy: Fill
    """Consumes asks."""


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
    """The order book of a symbol: spread, depth, and the cost of an exit."""

    bid: Number
    ask: Number
    mid: Number
    """Mean of best bid and best ask; prices are in the quote asset."""
    spread_bps: Number
    """Basis points of mid."""
    imbalance: Number
    """(bid − ask) / (bid + ask) of the first ten levels' quantities, −1 to 1."""
    microprice: Number
    """Best bid and ask, each weighted by the other's quantity; quote asset."""
    depth: Mapping[str, DepthWithin]
    """Name of the band (a fraction of mid) → notional within it."""
    impact: Impact
    """The exit of the larger position, else an order of the reference notional."""
    levels: Judgements = judged()
    bids: tuple[tuple[float, float], ...] = screen_only(())
    asks: tuple[tuple[float, float], ...] = screen_only(())
    """Best levels first, (price, quantity), for the ladder."""
    curve: tuple[Impact, ...] = screen_only(())
    """Impact over a ladder of sizes."""
    spread_percentile: Number = screen_only(NOT_YET)
    """Rank of the spread among the day's samples, 0–100."""
    depth_percentile: Number = screen_only(NOT_YET)
    """Rank of the depth within ±0.1 % among the day's samples, 0–100."""
    metaorder_cost: Number = screen_only(NOT_YET)
    """Square-root law beside the walk, a fraction."""
    curve_metaorder_costs: tuple[Number, ...] = screen_only(())
    """The square-root law for each size of ``curve``."""
    profile: DepthProfile = screen_only(NO_PROFILE)
    session: BookSession = screen_only(NO_SESSION)


@dataclass(frozen=True, slots=True)
class Carry:
    """Cash-and-carry at the funding of the last 3 days, net of fees."""

    annualised_net: Number
    """A fraction a year."""
    opportunity: bool | Missing
    side: MaybeText
    """``short_perp_long_spot`` or ``long_perp_short_spot``."""
    annualised_expected: Number = published_later(NOT_YET)
    """What 30 days are expected to pay ``side``, net of the same fees, a fraction a year."""


@dataclass(frozen=True, slots=True)
class Funding:
    """Funding rates, as fractions of the notional; above 0 longs pay shorts."""

    rate: Number
    """Predicted for the next settlement, per funding interval."""
    interval_hours: Number
    rate_8h: Number
    """``rate`` as if paid every 8 hours."""
    annualised: Number
    """A fraction a year."""
    next_time: MaybeText
    """ISO 8601, UTC."""
    percentile: Number
    """Rank of ``rate_8h`` among the settlements of 90 days, each per 8 h, 0–100."""
    zscore: Number
    """Of ``rate_8h`` among the settlements of 90 days, each per 8 h, standard deviations."""
    cumulative_3d: Number
    """Sum of the rates settled in 72 hours."""
    cumulative_3d_annualised: Number
    """A fraction a year."""
    cap: Number
    """Highest rate that the exchange sets, per interval."""
    floor: Number
    """Lowest rate that the exchange sets, per interval."""
    basis: Number
    """(mark − index) / index."""
    signal: MaybeText
    """``neutral``, ``overheated_longs`` or ``overheated_shorts``."""
    carry: Carry
    levels: Judgements = judged()
    history: tuple[tuple[int, float], ...] = screen_only(())
    """(settlement time ms, rate) of the last 90 days, newest last."""
    settled_8h: tuple[float, ...] = screen_only(())
    """Each rate of ``history`` as if paid every 8 hours, by its own interval."""
    holes: tuple[int, ...] = screen_only(())
    """Times (ms) at which a settlement is missing from ``history``, oldest first."""
    limit_used: Number = screen_only(NOT_YET)
    """Share of the cap (of the floor, where the rate is negative) that the rate uses, 0–1."""


@dataclass(frozen=True, slots=True)
class OpenInterest:
    """Open interest and its changes."""

    contracts: Number
    """Base asset."""
    value: Number
    """Quote asset."""
    change_1h: Number
    """A fraction of the contracts."""
    change_24h: Number
    """A fraction of the contracts."""
    zscore: Number
    """Of the newest 1 h change among those of 30 days, standard deviations."""
    quadrant: MaybeText
    """``new_longs``, ``short_covering``, ``new_shorts`` or ``long_liquidation``."""
    crowding: Number
    """``value`` in days of trading volume."""
    long_short_ratio: Number
    """Accounts net long over accounts net short."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Taker trades of the last 15 minutes."""

    taker_buy: Number
    """Notional that crossed the spread to buy, quote asset."""
    taker_sell: Number
    """Notional that crossed the spread to sell, quote asset."""
    imbalance: MaybeByName
    """Window → (buy − sell) / (buy + sell), −1 to 1."""
    cvd: Number
    """Cumulative volume delta: buy less sell notional since the symbol was added, quote asset."""
    large_trades: MaybeCount
    """Trades of at least the configured notional and the 99th percentile."""
    cvd_path: tuple[Number, ...] = screen_only(())
    """``cvd`` at the end of each 15 s of the last 15 min, newest last, the running ones last."""
    largest: tuple[tuple[int, float], ...] = screen_only(())
    """(time ms, signed notional) of the large trades of the last 15 min, newest last."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Estimated liquidations near one price."""

    price: float
    """Quote asset."""
    long: float
    """Notional of longs, quote asset."""
    short: float
    """Notional of shorts, quote asset."""


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
    """Everything that is known of one symbol."""

    status: SymbolStatus
    age_ms: Number
    """Of the older of order book and mark price, milliseconds."""
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
    severity: SymbolSeverity = published_later(SymbolSeverity())
    positions: tuple[Position, ...] = published_later(())
    """Every position of the symbol; ``position`` is the one nearest to its liquidation."""
    freshness: Mapping[DataFamily, Freshness] = screen_only({})
    message: Reason | None = screen_only(None)
    """What is wrong or awaited, when the status is not ``ready``."""
    tick_size: float = screen_only(0.0)
    """Smallest step of the price, quote asset; 0 where it is not known."""
    brackets: Brackets = screen_only(NO_BRACKETS)
    daily: DailyRisk = screen_only(NO_DAILY_RISK)
    tracker: SeverityTracker = screen_only(NOTHING_CONFIRMED)
    score_memory: ScoreMemory = screen_only(NO_SCORE_MEMORY)
    versions: Mapping[str, int] = screen_only({})
    """Versions of the market data each part was computed from; lets ``assess`` reuse parts."""

    @property
    def legs(self) -> tuple[Position, ...]:
        """Every position of the symbol, the one nearest to its liquidation first."""
        if self.position is None:
            return self.positions
        return (self.position, *(leg for leg in self.positions if leg != self.position))

    @property
    def unrealised_pnl(self) -> Number:
        """Unrealised P&L of all legs together, quote asset; missing where that of any leg is."""
        total: Number = 0.0
        for leg in self.legs:
            total = total + leg.unrealised_pnl
        return total
