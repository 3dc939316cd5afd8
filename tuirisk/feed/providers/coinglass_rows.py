"""The rows of CoinGlass's answers as events, each in the unit that its measure has."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from tuirisk.events.external import (
    Measure,
    ProviderEvent,
    ProviderLevels,
    ProviderLiquidationTotals,
    ProviderSeries,
    ProviderValue,
)
from tuirisk.feed.frames import ProviderFrame
from tuirisk.feed.providers.errors import ProviderError, Trouble
from tuirisk.feed.providers.reading import DAY_MS, each_row, member, number, time_ms, within
from tuirisk.foreign.text import printable

LIQUIDATIONS_STALE_MS = 300_000
EXCHANGES_STALE_MS = 900_000
BALANCE_STALE_MS = 2 * 3_600_000
DAYS_STALE_MS = 60 * 3_600_000
MOST_VENUES = 8
MOST_LEVELS = 10_000
MAP_BUCKET = 0.005
"""Width of a price bucket of the map, a fraction: that of the model's clusters."""
MOST_PRICE = 1e9
MOST_USD = 1e13
_NAME = "coinglass"


def row_of_all(rows: list[Any], key: str) -> dict[str, Any] | None:
    """The row of all exchanges together, where there is one."""
    for row in rows:
        if isinstance(row, dict) and str(row.get(key, "")).lower() == "all":
            return row
    return None


def totals(frame: ProviderFrame, asset: str, rows: list[Any]) -> ProviderEvent:
    row = row_of_all(rows, "exchange")
    chosen = [row] if row is not None else rows
    long, short = (
        float(sum(within(number(member(r, key, object), key), 0, 1e11, key) for r in chosen))
        for key in ("long_liquidation_usd", "short_liquidation_usd")
    )
    moment = frame.received // 1_000_000
    return ProviderLiquidationTotals(
        "", frame.received, _NAME, asset, moment, long, short, LIQUIDATIONS_STALE_MS
    )


def flows(frame: ProviderFrame, asset: str, rows: list[Any]) -> list[ProviderEvent]:
    """The change of what exchanges hold: what went in less what went out."""
    measures: dict[Measure, str] = {
        "net_flow": "balance_change_1d",
        "net_flow_7d": "balance_change_7d",
        "exchange_balance": "total_balance",
    }
    row = row_of_all(rows, "exchange_name")
    chosen = [row] if row is not None else rows
    return [
        _value(
            frame,
            measure,
            asset,
            sum(within(number(member(r, key, object), key), -1e9, 1e9, key) for r in chosen),
            BALANCE_STALE_MS,
        )
        for measure, key in measures.items()
    ]


def interest(frame: ProviderFrame, asset: str, rows: list[Any]) -> list[ProviderEvent]:
    """Open interest of all exchanges and of the first ones, USD."""

    def decode(row: dict[str, Any]) -> list[ProviderEvent]:
        usd = number(row.get("open_interest_usd"), "open_interest_usd")
        venue = printable(member(row, "exchange", str), 20)
        usd = within(usd, 0, MOST_USD, "open interest")
        return [_value(frame, "open_interest", asset, usd, EXCHANGES_STALE_MS, venue)]

    return each_row(rows[: MOST_VENUES + 1], decode)


def funding(frame: ProviderFrame, rows: list[Any], assets: set[str]) -> list[ProviderEvent]:
    """Funding of ``assets`` at the first exchanges: percent an interval of its own hours."""

    def of_venue(asset: str, row: dict[str, Any]) -> list[ProviderEvent]:
        hours = row.get("funding_rate_interval")
        if not hours or row.get("funding_rate") is None:
            return []
        span = within(number(hours, "interval"), 1, 24, "interval")
        rate = number(row["funding_rate"], "funding_rate") / 100 * 8 / span
        rate = within(rate, -0.05, 0.05, "funding per 8 h")
        venue = printable(member(row, "exchange", str), 20)
        return [_value(frame, "funding_rate_8h", asset, rate, EXCHANGES_STALE_MS, venue)]

    def of_asset(row: dict[str, Any]) -> list[ProviderEvent]:
        asset = row.get("symbol")
        if not isinstance(asset, str) or asset not in assets:
            return []
        venues = member(row, "stablecoin_margin_list", list)[:MOST_VENUES]
        return each_row(venues, partial(of_venue, asset))

    return each_row(rows, of_asset)


def days(frame: ProviderFrame, asset: str, rows: list[Any]) -> list[ProviderEvent]:
    """Liquidated notional (USD) of each complete day, all exchanges together."""
    keys: dict[Measure, str] = {
        "liquidated_long_1d": "aggregated_long_liquidation_usd",
        "liquidated_short_1d": "aggregated_short_liquidation_usd",
    }
    now = frame.received // 1_000_000
    series: list[ProviderEvent] = []
    for measure, key in keys.items():
        found = {
            time_ms(member(row, "time", object), frame.received): within(
                number(member(row, key, object), key), 0, MOST_USD, key
            )
            for row in rows
        }
        whole = tuple(day for day in sorted(found.items()) if day[0] + DAY_MS <= now)
        series.append(
            ProviderSeries("", frame.received, _NAME, measure, asset, whole, DAYS_STALE_MS)
        )
    return series


def balance_days(frame: ProviderFrame, asset: str, data: Any) -> list[ProviderEvent]:
    """The change of what exchanges hold from day to day, of each where both days are known."""
    starts = [time_ms(t, frame.received) for t in member(data, "time_list", list)]
    flows: dict[int, float] = {}
    for venue, column in member(data, "data_map", dict).items():
        if not isinstance(column, list) or len(column) != len(starts):
            raise ProviderError(Trouble.BAD_ANSWER, f"{printable(venue, 20)} has other times")
        held: dict[int, float] = {}
        for start, coins in zip(starts, column, strict=True):
            if coins is not None:
                held[start - start % DAY_MS] = within(number(coins, "balance"), 0, 1e12, "balance")
        for day, coins in held.items():
            if day - DAY_MS in held:
                flows[day] = flows.get(day, 0.0) + coins - held[day - DAY_MS]
    if not flows:
        raise ProviderError(Trouble.BAD_ANSWER, "no days")
    now = frame.received // 1_000_000
    whole = tuple(day for day in sorted(flows.items()) if day[0] + DAY_MS <= now)
    return [
        ProviderSeries("", frame.received, _NAME, "net_flow", asset, whole[-400:], DAYS_STALE_MS)
    ]


def max_pain(frame: ProviderFrame, rows: list[Any], assets: set[str]) -> list[ProviderEvent]:
    """The prices, below and above the market, at which most would be liquidated.

    Which side is hit is told by the price itself: longs below the market, shorts above.
    """
    keys = ("long_max_pain_liq_price", "short_max_pain_liq_price")

    def decode(row: dict[str, Any]) -> list[ProviderEvent]:
        asset = row.get("symbol")
        if not isinstance(asset, str) or asset not in assets:
            return []
        now = within(number(row.get("price"), "price"), 1e-12, MOST_PRICE, "price")
        events: list[ProviderEvent] = []
        for key in keys:
            price = within(number(row.get(key), key), now / 10, now * 10, key)
            measure: Measure = "max_pain_longs" if price < now else "max_pain_shorts"
            events.append(_value(frame, measure, asset, price, EXCHANGES_STALE_MS))
        return events

    return each_row(rows, decode)


def _middle(price: float) -> float:
    """Of the bucket of ``price`` on a grid that is the same for every price."""
    step = math.log1p(MAP_BUCKET)
    return math.exp((math.floor(math.log(price) / step) + 0.5) * step)


def levels(frame: ProviderFrame, asset: str, data: Any) -> list[ProviderEvent]:
    """The map of where positions would be liquidated: price → amount as CoinGlass counts it, by
    buckets.
    """
    inner = data.get("data", data) if isinstance(data, dict) else None
    if not isinstance(inner, dict) or not inner:
        raise ProviderError(Trouble.BAD_ANSWER, "the map is empty")
    found: dict[float, float] = {}
    for price, rows in list(inner.items())[:MOST_LEVELS]:
        if not isinstance(rows, list):
            raise ProviderError(Trouble.BAD_ANSWER, "a level is no list")
        level = _middle(within(number(price, "price"), 1e-12, MOST_PRICE, "price"))
        for row in rows:
            if not isinstance(row, list) or len(row) < 2:
                raise ProviderError(Trouble.BAD_ANSWER, "a level is cut off")
            amount = within(number(row[1], "level"), 0, MOST_USD, "level")
            found[level] = found.get(level, 0.0) + amount
    rows_of_map = tuple(sorted(found.items()))
    moment = frame.received // 1_000_000
    return [
        ProviderLevels(
            "", frame.received, _NAME, asset, moment, rows_of_map, 2 * EXCHANGES_STALE_MS
        )
    ]


def _value(
    frame: ProviderFrame,
    measure: Measure,
    asset: str,
    value: float,
    stale_ms: int,
    venue: str = "",
) -> ProviderValue:
    """Of the moment of its receipt: CoinGlass states no other."""
    moment = frame.received // 1_000_000
    return ProviderValue(
        "", frame.received, _NAME, measure, asset, moment, value, stale_ms, venue=venue
    )
