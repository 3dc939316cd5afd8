"""CoinGlass v4: liquidations, balances, open interest and funding of all exchanges, by plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tuirisk.events.external import ProviderEvent, asset_of
from tuirisk.feed.frames import ProviderFrame
from tuirisk.feed.providers import coinglass_rows as rows_
from tuirisk.feed.providers.adapter import HOUR, Adapter, Poll, ProviderPlan, ProviderRequest
from tuirisk.feed.providers.errors import ProviderError, Trouble, http_error
from tuirisk.feed.providers.reading import document, member
from tuirisk.foreign.text import printable

FLOW_ASSETS = ("BTC", "ETH")
MOST_ASSETS = 10
"""Of the watchlist: the smallest plan has 30 requests a minute."""
MOST_MAPS = 3
"""Of the watchlist: each map is some 100 KB."""
MOST_HISTORY_VENUES = 12
NEEDS = "Professional"
HIGH_PLANS = ("professional", "enterprise")
"""Plans that have maps and max pain."""
_PLAN = "/api/user/account/subscription"


class CoinGlass(Adapter):
    name = "coinglass"
    rest = "https://open-api-v4.coinglass.com"
    key = "needed"
    gap = 2.5

    def __init__(self, symbols: Sequence[str] = ()) -> None:
        super().__init__(symbols)
        self.plan = ProviderPlan("", 10.0, 0.0)
        self._ends: float | None = None
        """When the plan ends, UTC ms; None while not known."""
        self._venues: tuple[str, ...] = ()
        """Exchanges that have liquidations, the largest first."""

    @property
    def assets(self) -> tuple[str, ...]:
        """The first watched assets."""
        return tuple(dict.fromkeys(map(asset_of, self.symbols)))[:MOST_ASSETS]

    @property
    def gives(self) -> tuple[tuple[str, str], ...]:
        liquidations = [("liquidations", asset) for asset in self.assets]
        flows = [("net_flow", asset) for asset in FLOW_ASSETS]
        pain = [(m, a) for a in self.assets for m in ("max_pain_longs", "max_pain_shorts")]
        maps = [("liquidation_map", asset) for asset in self.assets[:MOST_MAPS]]
        return (*liquidations, *flows, *pain, *maps)

    @property
    def beyond_plan(self) -> Mapping[str, str]:
        if not self.plan.name or self._has_maps:
            return {}
        return dict.fromkeys(("max_pain_longs", "max_pain_shorts", "liquidation_map"), NEEDS)

    @property
    def _has_maps(self) -> bool:
        return self.plan.name.lower() in HIGH_PLANS

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
        balances += [
            poll(f"{a} balance days", "/api/exchange/balance/chart", 6 * HOUR, False, symbol=a)
            for a in FLOW_ASSETS
        ]
        interest = [
            poll(f"{a} oi", f"{base}/open-interest/exchange-list", 300.0, False, symbol=a)
            for a in self.assets
        ]
        funding = poll("funding", f"{base}/funding-rate/exchange-list", 300.0, False)
        plan = poll("plan", _PLAN, HOUR, True)
        return (plan, *liquidations, *balances, funding, *interest, *self._days(), *self._maps())

    def _days(self) -> list[Poll]:
        """Liquidations by day, of the exchanges that are known: they have to be named."""
        if not self._venues:
            return []
        path = "/api/futures/liquidation/aggregated-history"
        named = {"exchange_list": ",".join(self._venues), "interval": "1d", "limit": "400"}
        requests = {a: ProviderRequest(path, named | {"symbol": a}) for a in self.assets}
        return [
            Poll(f"{a} days", lambda now, r=r: r, 6 * HOUR, awaited=False)  # type: ignore[misc]
            for a, r in requests.items()
        ]

    def _maps(self) -> list[Poll]:
        """What higher plans have; asked for once the plan is known to be one."""
        if not self._has_maps:
            return []
        base = "/api/futures/liquidation"
        pain = ProviderRequest(f"{base}/max-pain", {"range": "24h"})
        maps = {
            a: ProviderRequest(f"{base}/aggregated-map", {"range": "1d", "symbol": a})
            for a in self.assets[:MOST_MAPS]
        }
        return [
            Poll("max pain", lambda now: pain, 300.0, awaited=False),
            *(
                Poll(f"{a} map", lambda now, r=r: r, 900.0, awaited=False)  # type: ignore[misc]
                for a, r in maps.items()
            ),
        ]

    def decode(self, frame: ProviderFrame) -> list[ProviderEvent]:
        body = document(frame)
        path = frame.request.partition(" ")[2].partition("?")[0]
        try:
            _refuse(body, frame.status, path)
        except ProviderError as error:
            ended = self._ends is not None and self._ends <= frame.received // 1_000_000
            if error.trouble is Trouble.PLAN_TOO_LOW and ended:
                raise ProviderError(Trouble.PLAN_ENDED, self.plan.name) from None
            raise
        data = body.get("data")
        if path == _PLAN:
            self._read_plan(data, frame)
            return []
        asset = frame.request.rpartition("symbol=")[2] if "symbol=" in frame.request else ""
        if path.endswith("/aggregated-map"):
            return rows_.levels(frame, asset, data)
        if path.endswith("/balance/chart"):
            return rows_.balance_days(frame, asset, data)
        if not isinstance(data, list) or not data:
            raise ProviderError(Trouble.BAD_ANSWER, "data is empty")
        return self._rows(frame, path, asset, data)

    def _rows(
        self, frame: ProviderFrame, path: str, asset: str, data: list[Any]
    ) -> list[ProviderEvent]:
        watched = set(self.assets)
        if path.endswith("/liquidation/exchange-list"):
            self._venues = _venues(data) or self._venues
            return [rows_.totals(frame, asset, data)]
        if path.endswith("/balance/list"):
            return rows_.flows(frame, asset, data)
        if path.endswith("/open-interest/exchange-list"):
            return rows_.interest(frame, asset, data)
        if path.endswith("/funding-rate/exchange-list"):
            return rows_.funding(frame, data, watched)
        if path.endswith("/aggregated-history"):
            return rows_.days(frame, asset, data)
        if path.endswith("/max-pain"):
            return rows_.max_pain(frame, data, watched)
        return []

    def _read_plan(self, data: Any, frame: ProviderFrame) -> None:
        self.plan.name = printable(str(member(data, "level", object)), 30).capitalize()
        ends = data.get("expire_time")
        known = isinstance(ends, int | float) and not isinstance(ends, bool) and ends > 0
        self._ends = _ms(ends) if known else None
        past = self._ends is not None and self._ends <= frame.received // 1_000_000
        if data.get("expired") is True or past:
            raise ProviderError(Trouble.PLAN_ENDED, self.plan.name)


def _venues(rows: list[Any]) -> tuple[str, ...]:
    names = [row.get("exchange") for row in rows if isinstance(row, dict)]
    plain = [name for name in names if isinstance(name, str) and name.lower() != "all"]
    sound = [name for name in plain if name and not set(name) & set("&=?#,") and len(name) < 30]
    return tuple(sound[:MOST_HISTORY_VENUES])


def _ms(value: float) -> float:
    return value if value > 1e11 else value * 1_000


def _refuse(body: Any, status: int, path: str) -> None:
    """The truth is in ``msg``: one code stands for several things, and HTTP's status is 200."""
    code = str(body.get("code", "")) if isinstance(body, dict) else ""
    if code == "0" and status < 400:
        return
    text = str(body.get("msg") or body.get("message") or "") if isinstance(body, dict) else ""
    low = text.lower()
    if "upgrade" in low or "plan" in low:
        needs = NEEDS if path.endswith(("/max-pain", "/aggregated-map")) else "Hobbyist"
        raise ProviderError(Trouble.PLAN_TOO_LOW, path.rpartition("/api/")[2], needs=needs)
    if "missing" in low and "key" in low:
        raise ProviderError(Trouble.NO_KEY)
    if "key" in low and any(word in low for word in ("invalid", "wrong", "expired")):
        raise ProviderError(Trouble.BAD_KEY, text)
    if code in ("429", "50001") or status == 429 or "too many" in low or "limit" in low:
        raise ProviderError(Trouble.RATE_LIMITED, text)
    if status >= 500 or code == "500":
        raise ProviderError(Trouble.UNAVAILABLE, text or f"HTTP {status}")
    if wrong := http_error(status, text):
        raise wrong
    if not code:
        raise ProviderError(Trouble.BAD_ANSWER, "code is missing")
    raise ProviderError(Trouble.BAD_ANSWER, f"{text} ({code})")
