"""REST of all providers by path, without a socket or a clock."""

from __future__ import annotations

from . import coinglass, flows, options, venues
from .draws import DAY_MS, day_start, implied, sentiment
from .request import Asked, Handler, Told


def fear_greed(asked: Asked) -> Told:
    """alternative.me `/fng/`: newest first, everything as text, seconds."""
    today = day_start(asked.now_ms)
    count = asked.number("limit", 1)
    rows: list[dict[str, str]] = []
    for i in range(max(1, min(count, 400))):
        value = sentiment(asked.seed, today // DAY_MS - i)
        label = "Fear" if value < 46 else "Greed" if value > 54 else "Neutral"
        stamp = str((today - i * DAY_MS) // 1_000)
        rows.append({"value": str(value), "value_classification": label, "timestamp": stamp})
    rows[0]["time_until_update"] = str((today + DAY_MS - asked.now_ms) // 1_000)
    return Told({"name": "Fear and Greed Index", "data": rows, "metadata": {"error": None}})


def index(asked: Asked) -> Told:
    """Some index: a number deep in a document."""
    value = implied(asked.seed, "BTC", asked.now_ms)
    return Told({"data": {"index": value, "timestamp": asked.now_ms}})


ROUTES: dict[str, Handler] = {
    "/api/v2/public/get_volatility_index_data": options.dvol,
    "/eapi/v1/index": options.option_index,
    "/eapi/v1/mark": options.option_marks,
    "/v2/history": options.volmex,
    "/v5/market/tickers": venues.bybit_ticker,
    "/api/v5/public/instruments": venues.okx_instruments,
    "/v4/timeseries/asset-metrics": flows.coinmetrics,
    "/v1/metadata/metric": flows.glassnode_metadata,
    "/v1/metrics/transactions/transfers_volume_exchanges_net_pit": flows.glassnode_flow,
    "/v1/my/discovery/endpoints": flows.cryptoquant_plan,
    "/v1/btc/exchange-flows/netflow": flows.cryptoquant_flow,
    "/v1/eth/exchange-flows/netflow": flows.cryptoquant_flow,
    "/api/user/account/subscription": coinglass.subscription,
    "/api/futures/liquidation/exchange-list": coinglass.liquidations,
    "/api/futures/liquidation/aggregated-history": coinglass.liquidations_by_day,
    "/api/futures/liquidation/aggregated-map": coinglass.liquidation_map,
    "/api/futures/liquidation/max-pain": coinglass.max_pain,
    "/api/futures/open-interest/exchange-list": coinglass.open_interest,
    "/api/futures/funding-rate/exchange-list": coinglass.funding,
    "/api/exchange/balance/chart": coinglass.balance_chart,
    "/api/exchange/balance/list": coinglass.balances,
    "/fng/": fear_greed,
    "/providers/index.json": index,
}
"""Path → handler."""


def answer(asked: Asked) -> Told | None:
    """The answer of whichever provider has the path; None where none has."""
    handler = ROUTES.get(asked.path)
    return handler(asked) if handler is not None else None
