"""The configuration as frozen dataclasses: every key, its default, its range and its meaning.

``tuirisk.config.file`` reads ``config.toml`` into these; nothing here touches a file. Only what
comes from a file is checked against the ranges: code may build whatever it needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from tuirisk.config.alert_model import AlertsConfig, ConditionConfig, NotifyConfig
from tuirisk.config.ranges import (
    Fraction,
    NotNegative,
    Points,
    Positive,
    PositiveFraction,
    PriceChange,
    Seconds,
    SignedFraction,
    Weight,
)

DEFAULT_SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "BNBUSDT", "XRPUSDT")

Language = Literal["auto", "en", "zh"]


@dataclass(frozen=True, slots=True)
class ExchangeConfig:
    """``[exchange]``: which exchange is reached, and by which addresses."""

    environment: Literal["mainnet", "testnet", "demo"] = "mainnet"
    """Binance's environment; demo is its demo trading."""
    rest_url: str = ""
    """Overrides the REST address of the environment, e.g. ``http://127.0.0.1:9000``."""
    stream_url: str = ""
    """Overrides the WebSocket address of the environment, e.g. ``ws://127.0.0.1:9000``."""
    proxy: str = ""
    """``http://host:port`` or ``socks5://host:port``, for REST and WebSockets alike."""

    @property
    def venue(self) -> Literal["mainnet", "testnet", "demo", "own"]:
        """The environment, or ``own`` where an address overrides it."""
        return "own" if self.rest_url or self.stream_url else self.environment


@dataclass(frozen=True, slots=True)
class AccountConfig:
    """``[account]``: what positions of the configuration are measured against."""

    equity: Positive = 10_000.0
    """Quote asset; the VaR budget is a share of it."""


@dataclass(frozen=True, slots=True)
class PositionConfig:
    """``[[positions]]``: an open position that no account reports."""

    symbol: str
    side: Literal["long", "short"]
    quantity: Positive
    """Base asset; positive on both sides."""
    entry_price: Positive
    """Quote asset."""
    leverage: Annotated[float, Meta(ge=1)] = 1.0
    """Notional over initial margin."""
    margin_mode: Literal["isolated", "cross"] = "isolated"
    wallet_balance: NotNegative = 0.0
    """Quote asset. Cross margin: the wallet that all cross positions share; 0 takes
    ``account.equity``. Isolated: the position's margin; 0 takes what its leverage asks for."""


@dataclass(frozen=True, slots=True)
class ScenarioConfig:
    """A shock to every position at once, beside those named after market history."""

    name: str
    price: PriceChange
    """Change of every price, a fraction: -0.2 is a fall of 20 %."""
    volatility: Positive = 1.0
    """Factor on the present volatility."""
    spread: Positive = 1.0
    """Factor on the present spread."""
    depth: Positive = 1.0
    """Divisor of the depth of the order book."""
    funding: SignedFraction = 0.0
    """Rate of one funding settlement, a fraction; positive: longs pay."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the score's components; only their proportions count."""

    market: Weight = 0.3
    liquidity: Weight = 0.3
    funding: Weight = 0.2
    correlation: Weight = 0.2


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Thresholds of the recommendation's rules."""

    reduce_or_hedge: Points = 80.0
    """Total score, points."""
    no_new_positions: Points = 60.0
    """Total score, points; at most ``reduce_or_hedge``."""
    funding_extreme: Points = 80.0
    """Score of the funding component, points."""
    reduce_size: Points = 70.0
    """Score of the liquidity component, points."""
    hysteresis: Points = 3.0
    """Points below a threshold at which its rule is given up again."""
    liquidation_sigmas: NotNegative = 1.0
    """Distance to liquidation, daily standard deviations."""
    liquidation_probability: Fraction = 0.05
    """Probability of liquidation within 24 hours, a fraction."""
    slippage_medium: Fraction = 0.002
    """Slippage above which liquidity is medium, a fraction of the price."""
    slippage_high: Fraction = 0.005
    """Slippage above which liquidity is high risk, a fraction of the price."""
    minimum_coverage: Fraction = 0.5
    """Share of the weights that must have a number, a fraction; below it there is no total."""


@dataclass(frozen=True, slots=True)
class RiskConfig:
    """``[risk]``: weights, thresholds and parameters of the analytics."""

    reference_notional: Positive = 100_000.0
    """Order whose impact is shown where a symbol has no position, quote asset."""
    weights: Weights = field(default_factory=Weights)
    thresholds: Thresholds = field(default_factory=Thresholds)
    windows: tuple[Annotated[int, Meta(ge=2, le=1500)], ...] = (7, 14, 30, 60)
    """Windows of the volatility cone, bars, ascending."""
    impact_ladder: tuple[Positive, ...] = (10_000.0, 50_000.0, 100_000.0, 500_000.0, 1_000_000.0)
    """Order sizes of the impact curve, quote asset, ascending."""
    extreme_rate_8h: PositiveFraction = 0.0005
    """Funding per 8 hours beyond which it is overheated, a fraction."""
    neutral_rate_8h: Fraction = 0.0001
    """Funding per 8 hours up to which it is neutral, a fraction."""
    min_carry: NotNegative = 0.10
    """Annualised net carry that counts as an opportunity, a fraction."""
    carry_holding_days: Positive = 30.0
    """Days over which the costs of a carry trade are spread."""
    perpetual_fee: Fraction = 0.0005
    """Taker fee of the perpetual leg of a carry trade, one way, a fraction."""
    spot_fee: Fraction = 0.001
    """Taker fee of the spot leg of a carry trade, one way, a fraction."""
    risk_free_rate: SignedFraction = 0.0
    """Annual, a fraction; for Sharpe and Sortino."""
    var_budget: PositiveFraction = 0.02
    """Share of equity that the one-day 95 % VaR may use, a fraction."""
    large_trade_notional: Positive = 100_000.0
    """Least size of a large trade, quote asset (or the 99th percentile, if that is more)."""
    leverage_mix: Mapping[str, NotNegative] = field(
        default_factory=lambda: {
            "5": 0.15,
            "10": 0.25,
            "20": 0.25,
            "25": 0.15,
            "50": 0.12,
            "100": 0.08,
        }
    )
    """Assumed share of open interest by leverage, for the liquidation clusters; sums to 1."""
    seed: Annotated[int, Meta(ge=0)] = 1
    """Seed of the Monte Carlo simulation."""


@dataclass(frozen=True, slots=True)
class KlinesConfig:
    """Candle files of one's own (``--klines DIR``)."""

    market: Literal["", "perpetual", "spot"] = ""
    """What files are of whose path does not say it; a folder ``um``, ``futures`` or ``spot``
    does. Empty: perpetuals are assumed, and a message says so."""


@dataclass(frozen=True, slots=True)
class RecordConfig:
    """``[record]``: what ``--record`` keeps."""

    account: bool = True
    """The account's positions, balances and income too, so that a replay shows them."""


@dataclass(frozen=True, slots=True)
class UiConfig:
    """``[ui]``: theme, language and keys of the screen."""

    theme: str = "nord"
    language: Language = "auto"
    refresh_hz: Annotated[float, Meta(ge=0.2, le=20)] = 4.0
    """Paints per second at most."""
    utc: bool = True
    """Times in UTC; False shows local ones."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Command → its keys in place of the default ones, such as ``zoom = "o,ctrl+o"``."""


@dataclass(frozen=True, slots=True)
class ProviderConfig:
    """``[providers.NAME]``: other people's data. A table turns its provider on."""

    enabled: bool = True
    """False: nothing is asked of it."""
    url: str = ""
    """Of a provider that tuirisk knows the origin alone (``https://host:port``) in place of its
    own; of any other name the whole address of a JSON document."""
    stream_url: str = ""
    """Origin of its WebSocket, ``wss://host:port``. Empty: its own, or that of ``url``."""
    path: str = ""
    """Of a JSON document: where its number is, keys and indices with dots: ``data.0.index``."""
    unit: Literal["", "percent", "fraction"] = ""
    """Of a JSON document: ``percent`` is divided by 100."""
    every: Seconds = 0.0
    """Seconds between two requests; 0 is the provider's own, of a JSON document 300."""
    stale_after: Seconds = 0.0
    """Seconds after which a number is stale; 0 is the provider's own, of a JSON document 900."""


KNOWN_PROVIDERS = (
    "deribit",
    "binance_options",
    "bybit",
    "okx",
    "coinmetrics",
    "fear_greed",
    "coinglass",
    "glassnode",
    "cryptoquant",
    "volmex",
)
"""Providers that tuirisk knows; any other name is that of a JSON document."""


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration; the defaults are those of an absent file."""

    symbols: tuple[str, ...] = DEFAULT_SYMBOLS
    """The watchlist, in the order it is shown."""
    exchange: ExchangeConfig = field(default_factory=ExchangeConfig)
    account: AccountConfig = field(default_factory=AccountConfig)
    positions: tuple[PositionConfig, ...] = ()
    scenarios: tuple[ScenarioConfig, ...] = ()
    risk: RiskConfig = field(default_factory=RiskConfig)
    alerts: AlertsConfig = field(default_factory=AlertsConfig)
    notify: tuple[NotifyConfig, ...] = ()
    ui: UiConfig = field(default_factory=UiConfig)
    klines: KlinesConfig = field(default_factory=KlinesConfig)
    record: RecordConfig = field(default_factory=RecordConfig)
    providers: Mapping[str, ProviderConfig] = field(default_factory=dict)
    """Provider → its table; without one nothing is asked of it."""
    own_conditions: tuple[ConditionConfig, ...] = ()
    """Conditions made on the screen; not a key of the file."""
    path: Path | None = None
    """The file this came from, not a key of it; None when all is default."""


class ConfigError(Exception):
    """A person's mistake in the configuration: one line that says what, where, what to do."""
