"""CoinGlass v4: liquidations, balances, open interest and funding of all exchanges, by plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tuirisk.events.external import (
    Measure,
    ProviderEvent,
    ProviderLiquidationTotals,
    ProviderValue,
    asset_of,
)
from tuirisk.feed.frames import ProviderFrame
from tuirisk.feed.providers.adapter import HOUR, Adapter, Poll, ProviderPlan, ProviderRequest
from tuirisk.feed.providers.errors import ProviderError, Trouble
from tuirisk.feed.providers.reading import document, member, number, time_ms, within
from tuirisk.foreign.text import printable

FLOW_ASSETS = ("BTC", "ETH")
MOST_ASSETS = 10
"""Of the watchlist: the smallest plan has 30 requests a minute."""
LIQUIDATIONS_STALE_MS = 300_000
EXCHANGES_STALE_MS = 900_000
BALANCE_STALE_MS = 2 * 3_600_000
MOST_VENUES = 8
_PLAN = "/api/user/account/subscription"


class CoinGlass(Adapter):
    name = "coinglass"
    rest = "https://open-api-v4.coinglass.com"
    key = "needed"
    gap = 2.5

    def __init__(self, symbols: Sequence[str] = ()) -> None:
        super().__init__(symbols)
        self.plan = ProviderPlan("", 10.0, 0.0)

    @property
    def assets(self) -> tuple[str, ...]:
        """The first watched assets."""
        return tuple(dict.fromkeys(map(asset_of, self.symbols)))[:MOST_ASSETS]

    @property
    def gives(self) -> tuple[tuple[str, str], ...]:
        liquidations = [("liquidations", asset) for asset in self.assets]
        return (*liquidations, *(("net_flow", asset) for asset in FLOW_ASSETS))

    def headers(self, key: str) -> dict[str, str]:
        return {"CG-API-KEY": key}

    def gap_now(self, headers: Mapping[str, str]) -> float:
        """A little less than the requests a minute that the plan has."""
        limit = headers.get("API-KEY-MAX-LIMIT", "")
        if not limit.isdigit() or not 0 < int(limit) < 100_000:
            return self.gap
        return max(0.1, 60.0 / int(limit) * 1.25)

    def polls(self) -> tuple[Poll, ...]:
        def poll(name: str, path: str, every: float, awaited: bool, **params: str) -> Poll:
            request = ProviderRequest(path, params)
            return Poll(name, lambda now: request, every, awaited=awaited)

        base = "/api/futures"
        pace = max(60.0, 6.0 * len(self.assets))
        liquidations = [
            poll(f"{a} liq", f"{base}/liquidation/exchange-list", pace, i < 2, range="1h", symbol=a)
            for i, a in enumerate(self.assets)
        ]
        balances = [
            poll(f"{a} balance", "/api/exchange/balance/list", HOUR, i < 1, symbol=a)
            for i, a in enumerate(FLOW_ASSETS)
        ]
        interest = [
            poll(f"{a} oi", f"{base}/open-interest/exchange-list", 300.0, False, symbol=a)
            for a in self.assets
        ]
        funding = poll("funding", f"{base}/funding-rate/exchange-list", 300.0, False)
        plan = poll("plan", _PLAN, HOUR, True)
        return (plan, *liquidations, *balances, funding, *interest)

    def decode(self, frame: ProviderFrame) -> list[ProviderEvent]:
        body = document(frame)
        _refuse(body, frame.status)
        data = body.get("data")
        path = frame.request.partition(" ")[2].partition("?")[0]
        asset = frame.request.rpartition("symbol=")[2] if "symbol=" in frame.request else ""
        if path == _PLAN:
            self._plan(data, frame)
            return []
        if not isinstance(data, list) or not data:
            raise ProviderError(Trouble.BAD_ANSWER, "data is empty")
        if path.endswith("/liquidation/exchange-list"):
            return [_totals(frame, asset, data)]
        if path.endswith("/balance/list"):
            return _flows(frame, asset, data)
        if path.endswith("/open-interest/exchange-list"):
            return _interest(frame, asset, data)
        if path.endswith("/funding-rate/exchange-list"):
            watched = set(self.assets)
            return [e for row in data for e in _funding(frame, row, watched)]
        return []

    def _plan(self, data: Any, frame: ProviderFrame) -> None:
        self.plan.name = printable(str(member(data, "level", object)), 30).capitalize()
        ends = data.get("expire_time")
        past = isinstance(ends, int | float) and 0 < _ms(ends) <= frame.received // 1_000_000
        if data.get("expired") is True or past:
            raise ProviderError(Trouble.PLAN_ENDED, self.plan.name)


def _ms(value: float) -> float:
    return value if value > 1e11 else value * 1_000


def _refuse(body: Any, status: int) -> None:
    """The truth is in ``msg``: one code stands for several things, and HTTP's status is 200."""
    code = str(body.get("code", "")) if isinstance(body, dict) else ""
    if code == "0" and status < 400:
        return
    text = str(body.get("msg") or body.get("message") or "") if isinstance(body, dict) else ""
    low = text.lower()
    if "upgrade" in low or "plan" in low:
        raise ProviderError(Trouble.PLAN_TOO_LOW, "this", needs="a plan that has it (Hobbyist up)")
    if "missing" in low and "key" in low:
        raise ProviderError(Trouble.NO_KEY)
    if "key" in low and any(word in low for word in ("invalid", "wrong", "expired")):
        raise ProviderError(Trouble.BAD_KEY, text)
    if code in ("429", "50001") or status == 429 or "too many" in low or "limit" in low:
        raise ProviderError(Trouble.RATE_LIMITED, text)
    if status >= 500 or code == "500":
        raise ProviderError(Trouble.UNAVAILABLE, text or f"HTTP {status}")
    if not code:
        raise ProviderError(Trouble.BAD_ANSWER, "code is missing")
    raise ProviderError(Trouble.BAD_ANSWER, f"{text} ({code})")


def _row_of_all(rows: list[Any], key: str) -> dict[str, Any] | None:
    """The row of all exchanges together, where there is one."""
    for row in rows:
        if isinstance(row, dict) and str(row.get(key, "")).lower() == "all":
            return row
    return None


def _totals(frame: ProviderFrame, asset: str, rows: list[Any]) -> ProviderEvent:
    row = _row_of_all(rows, "exchange")
    chosen = [row] if row is not None else rows
    long, short = (
        float(sum(within(number(member(r, key, object), key), 0, 1e11, key) for r in chosen))
        for key in ("long_liquidation_usd", "short_liquidation_usd")
    )
    moment = frame.received // 1_000_000
    return ProviderLiquidationTotals(
        "", frame.received, "coinglass", asset, moment, long, short, LIQUIDATIONS_STALE_MS
    )


def _flows(frame: ProviderFrame, asset: str, rows: list[Any]) -> list[ProviderEvent]:
    """The change of what exchanges hold: what went in less what went out."""
    measures: dict[Measure, str] = {
        "net_flow": "balance_change_1d",
        "net_flow_7d": "balance_change_7d",
        "exchange_balance": "total_balance",
    }
    row = _row_of_all(rows, "exchange_name")
    chosen = [row] if row is not None else rows
    moment = frame.received // 1_000_000
    return [
        ProviderValue(
            "",
            frame.received,
            "coinglass",
            measure,
            asset,
            moment,
            sum(within(number(member(r, key, object), key), -1e9, 1e9, key) for r in chosen),
            BALANCE_STALE_MS,
        )
        for measure, key in measures.items()
    ]


def _interest(frame: ProviderFrame, asset: str, rows: list[Any]) -> list[ProviderEvent]:
    moment = frame.received // 1_000_000
    return [
        ProviderValue(
            "",
            frame.received,
            "coinglass",
            "open_interest",
            asset,
            moment,
            within(number(row.get("open_interest_usd"), "open_interest_usd"), 0, 1e13, "OI"),
            EXCHANGES_STALE_MS,
            venue=printable(member(row, "exchange", str), 20),
        )
        for row in rows[: MOST_VENUES + 1]
    ]


def _funding(frame: ProviderFrame, row: Any, assets: set[str]) -> list[ProviderEvent]:
    """Rates come in percent."""
    asset = str(member(row, "symbol", object))
    if asset not in assets:
        return []
    moment = frame.received // 1_000_000
    events: list[ProviderEvent] = []
    for venue in member(row, "stablecoin_margin_list", list)[:MOST_VENUES]:
        hours = venue.get("funding_rate_interval")
        if not hours or venue.get("funding_rate") is None:
            continue
        rate = number(venue["funding_rate"], "funding_rate") / 100
        rate = within(rate * 8 / number(hours, "interval"), -0.05, 0.05, "funding per 8 h")
        time_ms(moment, frame.received)
        events.append(
            ProviderValue(
                "",
                frame.received,
                "coinglass",
                "funding_rate_8h",
                asset,
                moment,
                rate,
                EXCHANGES_STALE_MS,
                venue=printable(member(venue, "exchange", str), 20),
            )
        )
    return events
