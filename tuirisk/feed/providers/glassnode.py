"""Glassnode: net flow of exchanges by day, as first published (point in time)."""

from __future__ import annotations

from collections.abc import Sequence
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
from tuirisk.feed.providers.reading import DAY_MS, document, number, time_ms, within

ASSETS = ("BTC", "ETH")
STALE_MS = 60 * 3_600_000
METRIC = "/transactions/transfers_volume_exchanges_net_pit"
NEEDS = "Professional with the API add-on"


class Glassnode(Adapter):
    name = "glassnode"
    rest = "https://api.glassnode.com"
    key = "needed"

    def __init__(self, symbols: Sequence[str] = ()) -> None:
        super().__init__(symbols)
        self.plan = ProviderPlan("", DAY, None)

    @property
    def gives(self) -> tuple[tuple[str, str], ...]:
        return tuple(("net_flow", asset) for asset in ASSETS)

    def headers(self, key: str) -> dict[str, str]:
        return {"X-Api-Key": key}

    def polls(self) -> tuple[Poll, ...]:
        metadata = ProviderRequest("/v1/metadata/metric", {"path": METRIC, "a": "BTC"})
        flows = [
            Poll(f"{a} flow", lambda now, a=a: _request(a, now), HOUR)  # type: ignore[misc]
            for a in ASSETS
        ]
        return (Poll("plan", lambda now: metadata, 6 * HOUR), *flows)

    def decode(self, frame: ProviderFrame) -> list[ProviderEvent]:
        if frame.status in (401, 403):
            if frame.status == 401:
                raise ProviderError(Trouble.BAD_KEY, _text(frame) or "HTTP 401")
            raise ProviderError(Trouble.PLAN_TOO_LOW, METRIC, needs=NEEDS)
        body = document(frame)
        if isinstance(body, dict) and ("error" in body or "message" in body):
            text = str(body.get("error") or body.get("message"))
            raise http_error(frame.status, text) or ProviderError(Trouble.BAD_ANSWER, text)
        if wrong := http_error(frame.status, _text(frame)):
            raise wrong
        if "/metadata/" in frame.request:
            self._metadata(body)
            return []
        if not isinstance(body, list) or not body:
            raise ProviderError(Trouble.BAD_ANSWER, "no rows")
        asset = next((a for a in ASSETS if f"a={a}" in frame.request), "")
        rows = tuple(
            (
                time_ms(row.get("t"), frame.received),
                within(number(row.get("v"), "v"), -5e7, 5e7, "v"),
            )
            for row in body
            if isinstance(row, dict) and row.get("v", 0) is not None
        )
        whole = tuple(row for row in sorted(rows) if row[0] + DAY_MS <= frame.received // 10**6)
        return [ProviderSeries("", frame.received, self.name, "net_flow", asset, whole, STALE_MS)]

    def _metadata(self, body: Any) -> None:
        if not isinstance(body, dict):
            raise ProviderError(Trouble.BAD_ANSWER, "no object")
        if isinstance(body.get("tier"), int):
            self.plan.name = f"tier {body['tier']}"
        last = (
            body.get("timerange", {}).get("max") if isinstance(body.get("timerange"), dict) else 0
        )
        if isinstance(last, int) and isinstance(body.get("modified"), int) and last:
            self.plan.lag_s = float(max(0, body["modified"] - last))


def _text(frame: ProviderFrame) -> str:
    """The error's text: JSON with ``error`` or ``message``, or plain."""
    try:
        body = document(frame)
    except ProviderError:
        body = frame.body[:80].decode("utf-8", "replace")
        return "" if body.lstrip().startswith("<") else body
    return str(body.get("error") or body.get("message") or "") if isinstance(body, dict) else ""


def _request(asset: str, now: int) -> ProviderRequest:
    since = str((now - 400 * DAY_MS) // 1_000)
    return ProviderRequest(f"/v1/metrics{METRIC}", {"a": asset, "i": "24h", "s": since})
