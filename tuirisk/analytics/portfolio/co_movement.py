"""How the symbols of an account move together, from what the market has of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tuirisk.analytics.portfolio.account_inputs import BITCOIN
from tuirisk.analytics.portfolio.covariance import LEAST_DAYS, betas, daily_correlation
from tuirisk.analytics.portfolio.joint_bars import ADVERSE_SIGMA
from tuirisk.market.candles import Bars, CandleRing
from tuirisk.market.market import Market
from tuirisk.state import CoMovement, DailyRisk, Missing


@dataclass(frozen=True, slots=True)
class AccountMarket:
    """What the account's part reads of the market: daily bars and the forecasts, by symbol."""

    bars_1d: Mapping[str, Bars]
    versions: Mapping[str, object]
    daily: Mapping[str, DailyRisk]
    bitcoin: str
    """The symbol that stands for Bitcoin; empty where it is not watched."""


def account_market(
    market: Market, symbols: Sequence[str], daily: Mapping[str, DailyRisk]
) -> AccountMarket:
    """What there is of ``symbols``, and of Bitcoin."""
    bitcoin = next((name for name in BITCOIN if name in market.symbols), "")
    bars, versions = {}, {}
    for name in sorted({*symbols, *([bitcoin] if bitcoin else [])}):
        symbol = market.symbols.get(name)
        ring = symbol.candles["1d"] if symbol is not None else CandleRing("1d")
        bars[name] = ring.bars()
        versions[name] = (ring.version, symbol.listed.received if symbol is not None else 0)
    return AccountMarket(bars, versions, daily, bitcoin)


def co_movement(
    symbols: Sequence[str],
    known: AccountMarket,
    previous: CoMovement | None,
    exposures: Mapping[str, float],
) -> CoMovement:
    """How ``symbols`` (sorted) move together; ``previous`` itself where nothing changed.

    ``exposures`` are the net notionals: what has no history moves so that its leg is no hedge.
    """
    sigmas = {name: daily_sigma(known.daily.get(name)) for name in symbols}
    short = any(_has_short_history(known, name) for name in symbols)
    versions = (
        known.bitcoin,
        tuple(known.versions.items()),
        tuple(sigmas.items()),
        tuple(exposures.items()) if short else (),
    )
    if previous is not None and (previous.symbols, previous.versions) == (tuple(symbols), versions):
        return previous
    told = [sigma for sigma in sigmas.values() if sigma is not None]
    worst = max([ADVERSE_SIGMA, *told])
    sigma = np.array([worst if sigmas[name] is None else sigmas[name] for name in symbols], float)
    covariance = daily_correlation(symbols, known.bars_1d, exposures) * np.outer(sigma, sigma)
    slopes = betas(symbols, known.bars_1d, known.bars_1d.get(known.bitcoin), exposures)
    return CoMovement(
        tuple(symbols),
        tuple(tuple(row) for row in covariance.tolist()),
        tuple(slopes.tolist()),
        tuple(name for name in symbols if sigmas[name] is None),
        versions,
    )


def daily_sigma(daily: DailyRisk | None) -> float | None:
    """The forecast σ of 24 h, > 0; None where there is none."""
    if daily is None or isinstance(daily.sigma, Missing) or not daily.sigma > 0.0:
        return None
    return daily.sigma


def _has_short_history(known: AccountMarket, name: str) -> bool:
    return len(known.bars_1d[name]) <= LEAST_DAYS
