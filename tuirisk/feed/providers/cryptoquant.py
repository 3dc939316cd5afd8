"""CryptoQuant: net flow of all exchanges by day, within what the plan of the key has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from tuirisk.feed.providers.reading import DAY_MS, document, member, number, time_ms, within

ASSETS = ("BTC", "ETH")
STALE_MS = 60 * 3_600_000
NEEDS = "Professional or Premium"
_DISCOVERY = "/v1/my/discovery/endpoints"


class CryptoQuant(Adapter):
    name = "cryptoquant"
    rest = "https://api.cryptoquant.com"
    key = "needed"

    def __init__(self, symbols: Sequence[str] = ()) -> None:
        super().__init__(symbols)
        self.plan = ProviderPlan("", DAY, None)

    @property
    def gives(self) -> tuple[tuple[str, str], ...]:
        return tuple(("net_flow", asset) for asset in ASSETS)

    def headers(self, key: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {key}"}

    def gap_now(self, headers: Mapping[str, str]) -> float:
        left = headers.get("X-RateLimit-Remaining", "")
        return 10.0 if left.isdigit() and int(left) < 2 else self.gap

    def polls(self) -> tuple[Poll, ...]:
        flows = [
            Poll(f"{a} flow", lambda now, a=a: _request(a), HOUR)  # type: ignore[misc]
            for a in ASSETS
        ]
        return (Poll("plan", lambda now: ProviderRequest(_DISCOVERY), HOUR), *flows)

    def decode(self, frame: ProviderFrame) -> list[ProviderEvent]:
        discovery = _DISCOVERY in frame.request
        if discovery and frame.status in (403, 500):
            # So it answers to a key of the plan basic.
            self.plan.name = "BASIC"
            return []
        if frame.status in (402, 403):
            raise ProviderError(Trouble.PLAN_TOO_LOW, "exchange flows", needs=NEEDS)
        if frame.status == 401:
            raise ProviderError(Trouble.BAD_KEY, "HTTP 401")
        body = document(frame)
        status = body.get("status") if isinstance(body, dict) else None
        if isinstance(status, dict) and str(status.get("code")) != "200":
            code = int(number(status.get("code"), "code"))
            text = str(status.get("message"))
            if code in (402, 403):
                raise ProviderError(Trouble.PLAN_TOO_LOW, "exchange flows", needs=NEEDS)
            raise http_error(code, text) or ProviderError(Trouble.BAD_ANSWER, text)
        if wrong := http_error(frame.status):
            raise wrong
        if discovery:
            plan = body.get("plan") if isinstance(body, dict) else None
            self.plan.name = str((plan or {}).get("name", "")) if isinstance(plan, dict) else ""
            return []
        return [self._flows(frame, member(member(body, "result", dict), "data", list))]

    def _flows(self, frame: ProviderFrame, rows: list[Any]) -> ProviderSeries:
        """Newest first; a null is a day that is not known yet."""
        if not rows:
            raise ProviderError(Trouble.BAD_ANSWER, "no rows")
        asset = next((a for a in ASSETS if f"/v1/{a.lower()}/" in frame.request), "")
        days = []
        for row in rows:
            value = member(row, "netflow_total", object)
            if value is None:
                continue
            start = time_ms(row.get("date") or row.get("datetime"), frame.received, "date")
            if start + DAY_MS <= frame.received // 1_000_000:
                days.append((start, within(number(value, "netflow_total"), -5e7, 5e7, "net flow")))
        return ProviderSeries(
            "", frame.received, self.name, "net_flow", asset, tuple(sorted(days)), STALE_MS
        )


def _request(asset: str) -> ProviderRequest:
    return ProviderRequest(
        f"/v1/{asset.lower()}/exchange-flows/netflow",
        {"exchange": "all_exchange", "window": "day", "limit": "400"},
    )
