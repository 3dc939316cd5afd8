"""CoinGlass v4: HTTP 200 always, the truth in the body."""

from __future__ import annotations

import math

from .draws import DAY_MS, MINUTE_MS, net_flow, noise
from .request import PLANS, Asked, Told

_LIMITS = {"hobbyist": 30, "startup": 80, "standard": 300, "professional": 1_200, "ended": 30}
_VENUES = (("Binance", 0.45), ("Bybit", 0.3), ("OKX", 0.25))


def subscription(asked: Asked) -> Told:
    """`/api/user/account/subscription`: the plan of the key."""
    if refused := _refused(asked, "hobbyist"):
        return refused
    plan = _plan(asked) or ""
    ended = plan == "ended"
    level = "HOBBYIST" if ended else plan.upper()
    expires = asked.now_ms + (-1 if ended else 30) * DAY_MS
    return _told(asked, {"level": level, "expire_time": expires, "expired": ended})


def liquidations(asked: Asked) -> Told:
    """`/api/futures/liquidation/exchange-list`: the first row is of all."""
    if refused := _refused(asked, "hobbyist"):
        return refused
    coin = asked.params.get("symbol", "")
    step = asked.now_ms // (5 * MINUTE_MS)
    long = 400_000.0 * (1 + abs(noise(asked.seed, f"long {coin}", step)))
    short = 300_000.0 * (1 + abs(noise(asked.seed, f"short {coin}", step)))
    rows = [
        {
            "exchange": name,
            "liquidation_usd": (long + short) * share,
            "long_liquidation_usd": long * share,
            "short_liquidation_usd": short * share,
        }
        for name, share in (("All", 1.0), *_VENUES)
    ]
    return _told(asked, rows)


def balances(asked: Asked) -> Told:
    """`/api/exchange/balance/list`: coins by exchange."""
    if refused := _refused(asked, "hobbyist"):
        return refused
    coin = asked.params.get("symbol", "")
    today = asked.now_ms // DAY_MS
    day = net_flow(asked.seed, coin, today)
    week = sum(net_flow(asked.seed, coin, today - i) for i in range(7))
    rows = [
        {
            "exchange_name": name,
            "total_balance": 2_400_000.0 * share,
            "balance_change_1d": day * share,
            "balance_change_percent_1d": 0.1,
            "balance_change_7d": week * share,
            "balance_change_percent_7d": 0.4,
            "balance_change_30d": 0.0,
            "balance_change_percent_30d": 0.0,
        }
        for name, share in _VENUES
    ]
    return _told(asked, rows)


def balance_chart(asked: Asked) -> Told:
    """`/api/exchange/balance/chart`: what each exchange held, by day."""
    if refused := _refused(asked, "hobbyist"):
        return refused
    coin = asked.params.get("symbol", "")
    today = asked.now_ms // DAY_MS
    days = range(today - 400, today + 1)
    held, column = 30_000_000.0, []
    for day in days:
        held += net_flow(asked.seed, coin, day)
        column.append(held)
    data_map = {name: [share * coins for coins in column] for name, share in _VENUES}
    times = [day * DAY_MS for day in days]
    return _told(asked, {"time_list": times, "price_list": [], "data_map": data_map})


def open_interest(asked: Asked) -> Told:
    """`/api/futures/open-interest/exchange-list`: the first row is of all."""
    if refused := _refused(asked, "hobbyist"):
        return refused
    coin = asked.params.get("symbol", "")
    price = asked.prices.get(f"{coin}USDT", 1.0)
    rows = [
        {
            "exchange": name,
            "symbol": coin,
            "open_interest_usd": 12e9 * share,
            "open_interest_quantity": 12e9 * share / price,
            "open_interest_change_percent_1h": 0.2,
        }
        for name, share in (("All", 1.0), *_VENUES)
    ]
    return _told(asked, rows)


def liquidations_by_day(asked: Asked) -> Told:
    """`/api/futures/liquidation/aggregated-history`: the exchanges have to be named."""
    if refused := _refused(asked, "hobbyist"):
        return refused
    coin = asked.params.get("symbol", "")
    if not asked.params.get("exchange_list"):
        return Told({"code": "400", "msg": "Required parameter 'exchange_list' is not present"})
    if asked.params.get("interval") != "1d" and _plan(asked) == "hobbyist":
        return Told({"code": "401", "msg": "Upgrade plan"})
    today = asked.now_ms // DAY_MS
    rows = [
        {
            "time": day * DAY_MS,
            "aggregated_long_liquidation_usd": 4e7 * math.exp(noise(asked.seed, f"l {coin}", day)),
            "aggregated_short_liquidation_usd": 3e7 * math.exp(noise(asked.seed, f"s {coin}", day)),
        }
        for day in range(today - min(asked.number("limit", 10), 400) + 1, today + 1)
    ]
    return _told(asked, rows)


def max_pain(asked: Asked) -> Told:
    """`/api/futures/liquidation/max-pain`: of the high plans."""
    if refused := _refused(asked, "professional"):
        return refused
    rows = [
        {
            "symbol": symbol.removesuffix("USDT"),
            "price": price,
            "long_max_pain_liq_level": 7e7,
            "long_max_pain_liq_price": price * 1.021,
            "short_max_pain_liq_level": 4e7,
            "short_max_pain_liq_price": price * 0.984,
        }
        for symbol, price in asked.prices.items()
        if symbol.endswith("USDT")
    ]
    return _told(asked, rows)


def liquidation_map(asked: Asked) -> Told:
    """`/api/futures/liquidation/aggregated-map`: of the high plans; prices as text."""
    if refused := _refused(asked, "professional"):
        return refused
    coin = asked.params.get("symbol", "")
    price = asked.prices.get(f"{coin}USDT", 1.0)
    rows: dict[str, list[list[float | None]]] = {}
    for step in (*range(-40, 0), *range(1, 41)):
        level = round(price * (1 + step / 400), 6)
        amount = 1e6 * math.exp(noise(asked.seed, f"map {coin} {step}", asked.now_ms // DAY_MS))
        rows[f"{level:g}" if level < 1 else f"{level:.6f}"] = [[level, round(amount, 2), 25, None]]
    return _told(asked, {"data": rows})


def funding(asked: Asked) -> Told:
    """`/api/futures/funding-rate/exchange-list`: percent an interval."""
    if refused := _refused(asked, "hobbyist"):
        return refused
    rows = [
        {
            "symbol": symbol.removesuffix("USDT"),
            "stablecoin_margin_list": [
                {
                    "exchange": name,
                    "funding_rate_interval": 8,
                    "funding_rate": round(
                        0.01 + 0.004 * noise(asked.seed, f"{symbol} {name}", 1), 6
                    ),
                    "next_funding_time": asked.now_ms + 3_600_000,
                }
                for name, _ in _VENUES
            ],
            "token_margin_list": [],
        }
        for symbol in asked.prices
        if symbol.endswith("USDT")
    ]
    return _told(asked, rows)


def _plan(asked: Asked) -> str | None:
    return asked.plan(asked.headers.get("cg-api-key", ""))


def _refused(asked: Asked, least: str) -> Told | None:
    if not asked.headers.get("cg-api-key"):
        return Told({"code": "401", "msg": "API key missing."})
    plan = _plan(asked)
    if plan is None:
        return Told({"code": "400", "msg": "Invalid API key provided"})
    if plan == "ended":
        is_plan = asked.path.endswith("/subscription")
        return None if is_plan else Told({"code": "401", "msg": "Upgrade plan"})
    if PLANS.index(plan) < PLANS.index(least):
        return Told({"code": "401", "msg": "Upgrade plan"})
    return None


def _told(asked: Asked, data: object) -> Told:
    limit = _LIMITS[_plan(asked) or "hobbyist"]
    headers = {"API-KEY-MAX-LIMIT": str(limit), "API-KEY-USE-LIMIT": "1"}
    return Told({"code": "0", "msg": "success", "data": data}, headers=headers)
