"""Volmex: 30-day implied volatility of BTC and ETH by the hour, where Deribit's is not had."""

from __future__ import annotations

from collections.abc import Sequence

from tuirisk.events.external import ProviderEvent, ProviderSeries, ProviderValue
from tuirisk.feed.frames import ProviderFrame
from tuirisk.feed.providers.adapter import HOUR, Adapter, Poll, ProviderPlan, ProviderRequest
from tuirisk.feed.providers.errors import ProviderError, Trouble, http_error
from tuirisk.feed.providers.reading import DAY_MS, document, member, number, time_ms, within

INDICES = {"BTC": "BVIV", "ETH": "EVIV"}
STALE_MS = 2 * 3_600_000
LOWEST, HIGHEST = 10.0, 300.0


class Volmex(Adapter):
    name = "volmex"
    rest = "https://rest-v1.volmex.finance"
    key = "optional"
    gap = 0.5

    def __init__(self, symbols: Sequence[str] = ()) -> None:
        super().__init__(symbols)
        self.plan = ProviderPlan("free", HOUR, 0.0)

    @property
    def gives(self) -> tuple[tuple[str, str], ...]:
        return tuple(("implied_volatility", asset) for asset in INDICES)

    def secret_params(self, key: str) -> dict[str, str]:
        return {"apikey": key}

    def polls(self) -> tuple[Poll, ...]:
        now = [
            Poll(f"{i} hour", lambda now, i=i: _request(i, "60", now, 2), 300.0)  # type: ignore[misc]
            for i in INDICES.values()
        ]
        year = [
            Poll(f"{i} year", lambda now, i=i: _request(i, "D", now, 366), HOUR)  # type: ignore[misc]
            for i in INDICES.values()
        ]
        return (*now, *year)

    def decode(self, frame: ProviderFrame) -> list[ProviderEvent]:
        body = document(frame)
        if wrong := http_error(frame.status):
            raise wrong
        state = member(body, "s", str)
        if state != "ok":
            raise ProviderError(Trouble.BAD_ANSWER, str(body.get("errmsg", state)))
        times, closes = member(body, "t", list), member(body, "c", list)
        if not times or len(times) != len(closes):
            raise ProviderError(Trouble.BAD_ANSWER, "no rows")
        asset = next((a for a, i in INDICES.items() if f"symbol={i}&" in frame.request), "")
        rows = sorted(
            (
                time_ms(time, frame.received),
                within(number(value, "c"), LOWEST, HIGHEST, "volatility in percent") / 100,
            )
            for time, value in zip(times, closes, strict=True)
        )
        now = frame.received // 1_000_000
        if "resolution=D" in frame.request:
            whole = tuple(row for row in rows if row[0] + DAY_MS <= now)
            return [
                ProviderSeries(
                    "", frame.received, self.name, "implied_volatility", asset, whole, 2 * DAY_MS
                )
            ]
        start, value = rows[-1]
        moment = min(start + 3_600_000, now)
        return [
            ProviderValue(
                "",
                frame.received,
                self.name,
                "implied_volatility",
                asset,
                moment,
                value,
                STALE_MS,
                tenor_days=30,
            )
        ]


def _request(index: str, resolution: str, now: int, days: int) -> ProviderRequest:
    since, until = (now - days * DAY_MS) // 1_000, now // 1_000
    return ProviderRequest(
        "/v2/history",
        {"symbol": index, "resolution": resolution, "from": str(since), "to": str(until)},
    )
