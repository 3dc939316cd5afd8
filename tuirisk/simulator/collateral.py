"""What stands behind positions: the assets of an account, their prices, their haircuts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

AccountMode: TypeAlias = Literal["single_asset", "multi_assets", "portfolio_margin"]
UNI_MMR_LIQUIDATED = 1.05


@dataclass(frozen=True, slots=True)
class AssetTerms:
    """How an asset counts as margin; its index price is `price`, or the mark price of `symbol`."""

    price: float = 1.0
    symbol: str = ""
    bid_buffer: float = 0.0
    ask_buffer: float = 0.0

    def index(self, mark_of: Callable[[str], float]) -> float:
        """The index price in USD."""
        return mark_of(self.symbol) if self.symbol else self.price

    def value(self, amount: float, mark_of: Callable[[str], float]) -> float:
        """What `amount` counts as, USD: less for a balance, more for a debt."""
        buffer = -self.bid_buffer if amount > 0 else self.ask_buffer
        return amount * self.index(mark_of) * (1.0 + buffer)


ASSET_TERMS: Mapping[str, AssetTerms] = {
    "USDT": AssetTerms(1.0, "", 0.0, 0.0),
    "USDC": AssetTerms(1.0002, "", 0.001, 0.001),
    "BNFCR": AssetTerms(1.0, "", 0.0, 0.0),
    "BTC": AssetTerms(0.0, "BTCUSDT", 0.05, 0.05),
    "ETH": AssetTerms(0.0, "ETHUSDT", 0.05, 0.05),
    "BNB": AssetTerms(0.0, "BNBUSDT", 0.1, 0.1),
}
"""The assets that `assetIndex` lists."""


def counted(amounts: Mapping[str, float], mark_of: Callable[[str], float]) -> float:
    """The margin that amounts of assets are together, USD; an unlisted asset counts as nothing."""
    return sum(
        ASSET_TERMS[asset].value(amount, mark_of)
        for asset, amount in amounts.items()
        if asset in ASSET_TERMS and amount
    )
