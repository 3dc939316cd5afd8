"""The configuration as frozen dataclasses: every key, its default and its meaning.

``tuirisk.config.file`` reads ``config.toml`` into these; nothing here touches a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

DEFAULT_SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "BNBUSDT", "XRPUSDT")


@dataclass(frozen=True, slots=True)
class ExchangeConfig:
    environment: Literal["mainnet", "testnet", "demo"] = "mainnet"
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
    equity: float = 10_000.0


@dataclass(frozen=True, slots=True)
class PositionConfig:
    symbol: str
    side: Literal["long", "short"]
    quantity: float
    entry_price: float
    leverage: float = 1.0
    margin_mode: Literal["isolated", "cross"] = "isolated"
    wallet_balance: float = 0.0
    """Cross margin: the wallet that all cross positions share; 0 takes ``account.equity``."""


@dataclass(frozen=True, slots=True)
class ScenarioConfig:
    """A shock to every position at once, beside those named after market history."""

    name: str
    price: float
    """Change of every price, a fraction: -0.2 is a fall of 20 %."""
    volatility: float = 1.0
    """Times the volatility of now."""
    spread: float = 1.0
    """Times the spread of now."""
    depth: float = 1.0
    """The depth of the order book, divided by this."""
    funding: float = 0.0
    """Rate of one funding settlement; positive: longs pay."""


@dataclass(frozen=True, slots=True)
class Weights:
    market: float = 0.3
    liquidity: float = 0.3
    funding: float = 0.2
    correlation: float = 0.2


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Levels of the recommendation's rules (score points; slippage is a fraction)."""

    reduce_or_hedge: float = 80.0
    no_new_positions: float = 60.0
    funding_extreme: float = 80.0
    reduce_size: float = 70.0
    hysteresis: float = 3.0
    liquidation_sigmas: float = 1.0
    liquidation_probability: float = 0.05
    slippage_medium: float = 0.002
    slippage_high: float = 0.005
    minimum_coverage: float = 0.5


@dataclass(frozen=True, slots=True)
class RiskConfig:
    reference_notional: float = 100_000.0
    weights: Weights = field(default_factory=Weights)
    thresholds: Thresholds = field(default_factory=Thresholds)
    windows: tuple[int, ...] = (7, 14, 30, 60)
    """Windows of the volatility cone, bars."""
    impact_ladder: tuple[float, ...] = (10_000.0, 50_000.0, 100_000.0, 500_000.0, 1_000_000.0)
    """Order sizes of the impact curve, quote asset."""
    extreme_rate_8h: float = 0.0005
    neutral_rate_8h: float = 0.0001
    min_carry: float = 0.10
    """Annualised net carry that counts as an opportunity."""
    carry_holding_days: float = 30.0
    perpetual_fee: float = 0.0005
    spot_fee: float = 0.001
    """Taker fees of the two legs of a carry trade, one way, fractions."""
    risk_free_rate: float = 0.0
    var_budget: float = 0.02
    """Share of equity that the one-day 95 % VaR may use."""
    large_trade_notional: float = 100_000.0
    leverage_mix: Mapping[str, float] = field(
        default_factory=lambda: {
            "5": 0.15,
            "10": 0.25,
            "20": 0.25,
            "25": 0.15,
            "50": 0.12,
            "100": 0.08,
        }
    )
    """Assumed share of open interest by leverage, for the liquidation clusters."""
    seed: int = 1


@dataclass(frozen=True, slots=True)
class AlertsConfig:
    bell: bool = True
    confirm_seconds: float = 3.0
    bell_cooldown: float = 60.0
    desktop: bool = True
    """A desktop notification beside the bell, where the terminal has them."""
    on_escalation: tuple[str, ...] = ()
    """A command as a list; the event comes on its standard input as JSON."""
    webhook: str = ""


@dataclass(frozen=True, slots=True)
class UiConfig:
    theme: str = "nord"
    language: Literal["auto", "en", "zh"] = "auto"
    refresh_hz: float = 4.0
    utc: bool = True
    keys: Mapping[str, str] = field(default_factory=dict)
    """Command → its keys in place of the default ones, such as ``zoom = "o,ctrl+o"``."""


@dataclass(frozen=True, slots=True)
class Config:
    symbols: tuple[str, ...] = DEFAULT_SYMBOLS
    exchange: ExchangeConfig = field(default_factory=ExchangeConfig)
    account: AccountConfig = field(default_factory=AccountConfig)
    positions: tuple[PositionConfig, ...] = ()
    scenarios: tuple[ScenarioConfig, ...] = ()
    risk: RiskConfig = field(default_factory=RiskConfig)
    alerts: AlertsConfig = field(default_factory=AlertsConfig)
    ui: UiConfig = field(default_factory=UiConfig)
    providers: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    path: Path | None = None
    """The file this came from; None when all is default."""


class ConfigError(Exception):
    """A person's mistake in the configuration: one line that says what, where, what to do."""
