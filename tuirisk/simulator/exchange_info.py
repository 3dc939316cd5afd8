"""The body of `GET /fapi/v1/exchangeInfo`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tuirisk.events.contract_names import delivery_time

from .history import listing_time
from .instruments import Instrument

_PERPETUAL_DELIVERY = 4_133_404_800_000
_DAY_MS = 86_400_000
WEIGHT_LIMIT = 2_400

RATE_LIMITS: list[dict[str, Any]] = [
    {
        "rateLimitType": "REQUEST_WEIGHT",
        "interval": "MINUTE",
        "intervalNum": 1,
        "limit": WEIGHT_LIMIT,
    },
    {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1, "limit": 1_200},
    {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 300},
]


def exchange_info(instruments: Iterable[Instrument], now_ms: int, start_ms: int) -> dict[str, Any]:
    """The whole body: rate limits, assets and one row per contract."""
    return {
        "timezone": "UTC",
        "serverTime": now_ms,
        "futuresType": "U_MARGINED",
        "rateLimits": RATE_LIMITS,
        "exchangeFilters": [],
        "assets": [
            {"asset": "USDT", "marginAvailable": True, "autoAssetExchange": "-10000"},
            {"asset": "BTC", "marginAvailable": True, "autoAssetExchange": "-0.10000000"},
            {"asset": "USDC", "marginAvailable": True, "autoAssetExchange": "-10000"},
        ],
        "symbols": [listing(instrument, start_ms) for instrument in instruments],
    }


def listing(instrument: Instrument, start_ms: int) -> dict[str, Any]:
    """The row of one contract."""
    quarterly = instrument.contract_type == "CURRENT_QUARTER"
    delivery = instrument.ends_ms or _PERPETUAL_DELIVERY
    if quarterly and not instrument.ends_ms:
        delivery = max(delivery_time(instrument.symbol), start_ms + _DAY_MS)
    tradfi = instrument.contract_type == "TRADIFI_PERPETUAL"
    return {
        "symbol": instrument.symbol,
        "pair": instrument.symbol.partition("_")[0],
        "contractType": instrument.contract_type,
        "deliveryDate": delivery if instrument.trading or instrument.ends_ms else start_ms,
        "onboardDate": listing_time(instrument, start_ms),
        "status": instrument.status,
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": instrument.base_asset,
        "quoteAsset": instrument.margin_asset,
        "marginAsset": instrument.margin_asset,
        "pricePrecision": max(2, instrument.price_decimals),
        "quantityPrecision": instrument.quantity_decimals,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COMMODITY" if tradfi else "COIN",
        "underlyingSubType": ["TradFi"] if tradfi else ["Crypto"],
        "triggerProtect": "0.0500",
        "liquidationFee": "0.012500",
        "marketTakeBound": "0.05",
        "maxMoveOrderLimit": 10_000,
        "filters": _filters(instrument),
        "orderTypes": ["LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT"],
        "timeInForce": ["GTC", "IOC", "FOK", "GTX", "GTD"],
        "permissionSets": ["GRID", "COPY", "DCA", "PSB"],
    }


def _filters(instrument: Instrument) -> list[dict[str, Any]]:
    tick, step = instrument.tick, instrument.step
    largest = f"{max(1.0, round(3e7 / instrument.price)):.0f}"
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": tick,
            "maxPrice": f"{instrument.price * 60:.0f}",
            "tickSize": tick,
        },
        {"filterType": "LOT_SIZE", "minQty": step, "stepSize": step, "maxQty": largest},
        {"stepSize": step, "filterType": "MARKET_LOT_SIZE", "minQty": step, "maxQty": largest},
        {"limit": 200, "filterType": "MAX_NUM_ORDERS"},
        {"filterType": "MIN_NOTIONAL", "notional": "5"},
        {
            "multiplierUp": "1.0500",
            "multiplierDecimal": "4",
            "filterType": "PERCENT_PRICE",
            "multiplierDown": "0.9500",
        },
        {"positionControlSide": "NONE", "filterType": "POSITION_RISK_CONTROL"},
    ]
