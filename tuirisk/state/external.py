"""Other people's data: implied volatility, exchange flows, liquidations elsewhere, sentiment."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from tuirisk.events.external import asset_of
from tuirisk.language.reason import Reason
from tuirisk.state.number import MaybeText, Missing, Number, published_later, screen_only

NO_PROVIDER = Missing("no_provider")
DAYS_A_YEAR = 365


@dataclass(frozen=True, slots=True)
class ImpliedVolatility:
    """Volatility that options imply for the next 30 days, fractions a year."""

    value: Number
    rank_1y: Number
    """Percentile, 0–100, of ``value`` among the daily closes of a year."""
    premium: Number
    """``value`` less the realised volatility of the last 30 days."""
    time: MaybeText
    """ISO 8601, UTC: of the value itself."""
    age_ms: Number
    source: MaybeText
    term: tuple[tuple[int, float], ...] = screen_only(())
    """(days, volatility) where the provider has more horizons than 30 days."""
    realised: Number = screen_only(NO_PROVIDER)
    """Realised volatility of the last 30 days, a fraction a year."""
    stale: bool = screen_only(False)
    term_source: str = screen_only("")
    """Which provider ``term`` is of."""

    @property
    def next_24h(self) -> Number:
        """σ of the log return of 24 h by which ``value`` is a year's, a fraction."""
        return self.value / math.sqrt(DAYS_A_YEAR)


@dataclass(frozen=True, slots=True)
class ExchangeFlow:
    """Coins that went into exchanges less those that left; above 0 into exchanges."""

    net_1d: Number
    net_7d: Number
    time: MaybeText
    """Start of the newest day, ISO 8601, UTC."""
    age_ms: Number
    """Since the end of that day."""
    source: MaybeText
    rank_1y: Number = screen_only(NO_PROVIDER)
    """Percentile, 0–100, of ``net_1d`` among the days of a year, all as published now."""
    stale: bool = screen_only(False)


@dataclass(frozen=True, slots=True)
class OutsideLiquidations:
    """Liquidated notional (USD) of the last hour at other exchanges than Binance."""

    long_1h: Number
    short_1h: Number
    complete: bool
    """Whether every liquidation of the last hour is in it."""
    time: MaybeText
    """Of the newest liquidation, ISO 8601, UTC."""
    age_ms: Number
    source: MaybeText
    since: MaybeText
    """When listening began, ISO 8601, UTC."""
    day: Number = screen_only(NO_PROVIDER)
    """Both sides of the newest complete day, where a provider adds days up."""
    day_rank_1y: Number = screen_only(NO_PROVIDER)
    """Percentile, 0–100, of ``day`` among the days of a year."""


@dataclass(frozen=True, slots=True)
class OutsideMap:
    """Where positions would be liquidated, as a provider models it."""

    levels: tuple[tuple[float, float], ...]
    """(price in USD, amount in the provider's own measure) near the market, the lowest first."""
    age_ms: Number
    source: str
    stale: bool


@dataclass(frozen=True, slots=True)
class Sentiment:
    """An index of sentiment, 0 (fear) to 100 (greed)."""

    value: Number
    label: MaybeText
    time: MaybeText
    source: MaybeText
    age_ms: Number = published_later(NO_PROVIDER)
    stale: bool = screen_only(False)


@dataclass(frozen=True, slots=True)
class ExternalIndex:
    """A number of a provider that tuirisk does not know; a percentage is a fraction."""

    value: Number
    time: MaybeText
    age_ms: Number
    source: MaybeText
    stale: bool = screen_only(False)


@dataclass(frozen=True, slots=True)
class OutsideValue:
    """One number as its provider gives it, for the tab that lists them all."""

    provider: str
    measure: str
    asset: str
    venue: str
    tenor_days: int
    value: Number
    age_ms: Number
    stale: bool


@dataclass(frozen=True, slots=True)
class ProviderState:
    """How a provider fares."""

    name: str
    phase: str
    """``waiting``, ``live`` or ``failing``."""
    plan: str
    resolution_s: Number
    lag_s: Number
    answer_age_ms: Number
    """Since its last good answer."""
    refused: int
    """Values that were refused."""
    problem: Reason | None


@dataclass(frozen=True, slots=True)
class External:
    """What the enabled providers say; assets without a number say why."""

    implied_volatility: Mapping[str, ImpliedVolatility]
    exchange_flow: Mapping[str, ExchangeFlow]
    liquidations: Mapping[str, OutsideLiquidations]
    sentiment: Sentiment
    indices: Mapping[str, ExternalIndex]
    providers: tuple[ProviderState, ...] = screen_only(())
    values: tuple[OutsideValue, ...] = screen_only(())
    maps: Mapping[str, OutsideMap] = screen_only({})
    """By asset."""

    def implied_of(self, symbol: str) -> ImpliedVolatility | None:
        """That of the asset of ``symbol``; None where no provider has it."""
        return self.implied_volatility.get(asset_of(symbol))

    def flow_of(self, symbol: str) -> ExchangeFlow | None:
        """That of the asset of ``symbol``; None where no provider has it."""
        return self.exchange_flow.get(asset_of(symbol))

    def liquidations_of(self, symbol: str) -> OutsideLiquidations | None:
        """Those of the asset of ``symbol``; None where no provider has them."""
        return self.liquidations.get(asset_of(symbol))

    def map_of(self, symbol: str) -> OutsideMap | None:
        """That of the asset of ``symbol``; None where no provider has it."""
        return self.maps.get(asset_of(symbol))

    def venues_of(self, symbol: str, measure: str) -> tuple[OutsideValue, ...]:
        """``measure`` of the asset of ``symbol`` at each exchange that has one."""
        asset = asset_of(symbol)
        return tuple(v for v in self.values if (v.measure, v.asset) == (measure, asset) and v.venue)

    @property
    def waiting(self) -> bool:
        """Whether a provider has neither answered nor failed."""
        return any(provider.phase == "waiting" for provider in self.providers)


NO_SENTIMENT = Sentiment(NO_PROVIDER, NO_PROVIDER, NO_PROVIDER, NO_PROVIDER)
NO_EXTERNAL = External({}, {}, {}, NO_SENTIMENT, {})


def named_value(external: External, symbol: str, name: str) -> Number:
    """The number that conditions call ``name``, of ``symbol``'s asset or of the whole market.

    ``implied_volatility``, ``implied_premium``, ``implied_rank``, ``net_flow_1d``,
    ``net_flow_7d``, ``outside_long_1h``, ``outside_short_1h``, ``sentiment``, and the name of a
    JSON document. A stale one is missing: a condition on it would hold by what was.

    Raises:
        KeyError: no number has that name.
    """
    asset = asset_of(symbol)
    if name in _IMPLIED:
        implied = external.implied_volatility.get(asset)
        return _fresh(implied, _IMPLIED[name])
    if name in ("net_flow_1d", "net_flow_7d"):
        return _fresh(external.exchange_flow.get(asset), name.removeprefix("net_flow_"), "net_")
    if name in ("outside_long_1h", "outside_short_1h"):
        liquidations = external.liquidations.get(asset)
        field = name.removeprefix("outside_")
        return NO_PROVIDER if liquidations is None else getattr(liquidations, field)
    if name == "sentiment":
        return _fresh(external.sentiment, "value")
    return _fresh(external.indices[name], "value")


_IMPLIED = {
    "implied_volatility": "value",
    "implied_premium": "premium",
    "implied_rank": "rank_1y",
}


def _fresh(
    part: ImpliedVolatility | ExchangeFlow | Sentiment | ExternalIndex | None,
    field: str,
    prefix: str = "",
) -> Number:
    if part is None:
        return NO_PROVIDER
    if part.stale:
        return Missing("provider_stale", name=str(part.source))
    number: Number = getattr(part, prefix + field)
    return number
