"""Coin Metrics community: coins into and out of exchanges by day (CC BY-NC 4.0)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tuirisk.events.external import ProviderEvent, ProviderSeries
from tuirisk.feed.frames import ProviderFrame
from tuirisk.feed.providers.adapter import (
    DAY,
    HOUR,
    Adapter,
    Poll,
    ProviderPlan,
    ProviderRequest,
)
from tuirisk.feed.providers.errors import ProviderError, Trouble, http_error
from tuirisk.feed.providers.reading import document, iso_day, member, number, time_ms, within

ASSETS = ("BTC", "ETH")
STALE_MS = 60 * 3_600_000
MOST_COINS = 5e7
LONGEST_TOKEN = 300


class CoinMetrics(Adapter):
    name = "coinmetrics"
    rest = "https://community-api.coinmetrics.io"

    def __init__(self, symbols: Sequence[str] = ()) -> None:
        super().__init__(symbols)
        self.plan = ProviderPlan("community, CC BY-NC", DAY, 36 * HOUR)
        self._days: dict[str, dict[int, float]] = {}
        self._token = ""
        """Of the next page; empty where there is none."""

    @property
    def gives(self) -> tuple[tuple[str, str], ...]:
        return tuple(("net_flow", asset) for asset in ASSETS)

    def polls(self) -> tuple[Poll, ...]:
        return (Poll("flows", self._first_page, HOUR),)

    def _first_page(self, now: int) -> ProviderRequest:
        self._asked = _request(now)
        return self._asked

    def decode(self, frame: ProviderFrame) -> list[ProviderEvent]:
        body = document(frame)
        error = body.get("error") if isinstance(body, dict) else None
        if isinstance(error, dict):
            kind = str(error.get("type"))
            if kind == "forbidden" or frame.status == 403:
                raise ProviderError(
                    Trouble.PLAN_TOO_LOW, str(error.get("message")), needs="Coin Metrics Pro"
                )
            raise ProviderError(Trouble.BAD_ANSWER, f"{kind}: {error.get('message')}")
        if wrong := http_error(frame.status):
            raise wrong
        rows = member(body, "data", list)
        if not rows:
            raise ProviderError(Trouble.BAD_ANSWER, "no rows")
        # A page after the first one adds to what came before.
        days = self._days if "next_page_token" in frame.request else {}
        for row in rows:
            if row.get("FlowInExNtv") is None or row.get("FlowOutExNtv") is None:
                if "FlowInExNtv" not in row or "FlowOutExNtv" not in row:
                    raise ProviderError(Trouble.BAD_ANSWER, "FlowInExNtv is missing")
                continue
            asset = member(row, "asset", str).upper()
            net = number(row["FlowInExNtv"], "FlowInExNtv")
            net -= number(row["FlowOutExNtv"], "FlowOutExNtv")
            net = within(net, -MOST_COINS, MOST_COINS, "net flow")
            days.setdefault(asset, {})[time_ms(row.get("time"), frame.received)] = net
        self._days = days
        token = body.get("next_page_token")
        self._token = token if isinstance(token, str) and len(token) < LONGEST_TOKEN else ""
        return [
            ProviderSeries(
                "",
                frame.received,
                self.name,
                "net_flow",
                asset,
                tuple(sorted(one.items())),
                STALE_MS,
            )
            for asset, one in days.items()
        ]

    def next_page(self) -> ProviderRequest | None:
        """By its token: the address that the answer names is not this provider's to choose."""
        if not self._token:
            return None
        return replace(self._asked, params={**self._asked.params, "next_page_token": self._token})


def _request(now: int) -> ProviderRequest:
    params: dict[str, Any] = {
        "assets": "btc,eth",
        "metrics": "FlowInExNtv,FlowOutExNtv",
        "frequency": "1d",
        "start_time": iso_day(now, -400),
        "page_size": "1000",
    }
    return ProviderRequest("/v4/timeseries/asset-metrics", params)
