"""What an asset is worth and what it counts as margin, by ``GET /fapi/v1/assetIndex``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from tuirisk.feed.binance.account.schema import NOWHERE, Told, decode_rows, told
from tuirisk.feed.binance.rows import Origin

USD = "USD"
MAIN = "USDT"
AT_PAR = frozenset({"USDT", "USDC", "FDUSD", "BFUSD", "BNFCR", "USD1", "RWUSD", "LDUSDT"})
"""Assets made to be worth a dollar: where the exchange gives no price, one is one USDT."""


@dataclass(frozen=True, slots=True)
class AssetRate:
    """USDT for one of an asset: its price; what a balance counts as margin, and what a debt."""

    price: float
    bid: float
    ask: float


class CollateralIndexRow(msgspec.Struct, frozen=True):
    """A row of ``assetIndex``; ``symbol`` is the asset's name and ``USD``."""

    symbol: str
    index: Told = None
    bidBuffer: Told = None
    askBuffer: Told = None
    bidRate: Told = None
    askRate: Told = None


def asset_rates(body: bytes, origin: Origin = NOWHERE) -> dict[str, AssetRate]:
    """Asset → its rates in USDT, the dollar (``USD``) among them.

    A row that cannot be understood takes no other along.

    Raises:
        BadAnswer: the answer is no list of rows.
    """
    in_usd: dict[str, AssetRate] = {}
    for row in decode_rows(CollateralIndexRow, body, origin):
        index = told(row.index)
        if not row.symbol.endswith(USD):
            continue
        if index is None or index <= 0:
            origin.refuse("index", row.symbol)
            continue
        bid = _rate(row.bidRate, index, row.bidBuffer, -1)
        ask = _rate(row.askRate, index, row.askBuffer, 1)
        if bid is None or ask is None:
            # Without its haircut it would count in full.
            origin.refuse("bidRate" if bid is None else "askRate", row.symbol)
            continue
        in_usd[row.symbol.removesuffix(USD)] = AssetRate(index, bid, ask)
    unit = in_usd[MAIN].price if MAIN in in_usd else 1.0
    in_usd[USD] = AssetRate(1.0, 1.0, 1.0)
    return {
        asset: AssetRate(rate.price / unit, rate.bid / unit, rate.ask / unit)
        for asset, rate in in_usd.items()
    }


def rate_of(asset: str, rates: Mapping[str, AssetRate], *, settles: bool) -> AssetRate | None:
    """The rates of ``asset``; None where it has no price, and so counts as nothing.

    An asset made to be worth a dollar is taken at par where the exchange gives no price: one of
    those known, or one that positions settle in (``settles``) and whose name says so.
    """
    known = rates.get(asset)
    if known is not None:
        return known
    dollar = asset in AT_PAR or (settles and USD in asset)
    return AssetRate(1.0, 1.0, 1.0) if dollar else None


def _rate(stated: Told, index: float, buffer: Told, sign: int) -> float | None:
    """A rate as told, or by the index and its buffer; None where neither is told."""
    share = told(buffer)
    return told(stated) or (None if share is None else index * (1 + sign * share))
