"""What one of an asset is worth in USDT, and the settings' amounts of money in another asset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tuirisk.config.model import RiskConfig
from tuirisk.events.contract_names import DOLLARS, QUOTES
from tuirisk.market.market import Market

MAIN_ASSET = "USDT"
"""The asset that totals of an account, and amounts of the settings, are in."""


def asset_prices(market: Market) -> Mapping[str, float]:
    """USDT for one of each asset with a price: by the exchange's index prices, else by the mark
    price of its contract in USDT.
    """
    prices = dict(market.asset_prices)
    for asset in QUOTES:
        symbol = market.symbols.get(f"{asset}{MAIN_ASSET}")
        if asset not in prices and symbol is not None and symbol.derivatives.mark is not None:
            prices[asset] = symbol.derivatives.mark.mark
    return prices


def price_of(asset: str, prices: Mapping[str, float]) -> float | None:
    """USDT for one of ``asset``: at par where it is made to be worth a dollar and has no price;
    None where nothing tells it.
    """
    if asset == MAIN_ASSET:
        return 1.0
    return prices.get(asset, 1.0 if asset in DOLLARS else None)


def in_quote_asset(risk: RiskConfig, price: float) -> RiskConfig:
    """``risk`` with its amounts of money in an asset of which one is worth ``price`` USDT."""
    if price == 1.0:
        return risk
    return replace(
        risk,
        reference_notional=risk.reference_notional / price,
        impact_ladder=tuple(size / price for size in risk.impact_ladder),
        large_trade_notional=risk.large_trade_notional / price,
    )
