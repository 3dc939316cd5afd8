"""Implied volatility from the marks of Binance's options: at the money, by total variance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from tuirisk.events.external import ProviderEvent, ProviderValue, asset_of
from tuirisk.feed.frames import ProviderFrame
from tuirisk.feed.providers.adapter import MINUTE, Adapter, Poll, ProviderPlan, ProviderRequest
from tuirisk.feed.providers.errors import ProviderError, Trouble, http_error
from tuirisk.feed.providers.reading import (
    DAY_MS,
    document,
    each_row,
    member,
    number,
    time_ms,
    within,
)

STALE_MS = 900_000
EVERY = 5 * MINUTE
OPTION_ASSETS = ("BTC", "ETH", "BNB", "SOL", "XRP", "DOGE")
TENORS = (7, 30, 60, 90)
NEAR = 0.1
"""Of the index: an expiry without a strike so near has nothing at the money."""
LOWEST, HIGHEST = 0.03, 5.0
EXPIRY_HOUR = 8
"""UTC, of every expiry."""


class BinanceOptions(Adapter):
    name = "binance_options"
    rest = "https://eapi.binance.com"
    gap = 0.2

    def __init__(self, symbols: Sequence[str] = ()) -> None:
        super().__init__(symbols)
        self.plan = ProviderPlan("free", EVERY, 0.0)
        self._index: dict[str, float] = {}

    @property
    def assets(self) -> tuple[str, ...]:
        """Watched assets that have options."""
        watched = dict.fromkeys(map(asset_of, self.symbols))
        return tuple(asset for asset in watched if asset in OPTION_ASSETS)

    @property
    def gives(self) -> tuple[tuple[str, str], ...]:
        return tuple(("implied_volatility", asset) for asset in self.assets)

    def polls(self) -> tuple[Poll, ...]:
        if not self.assets:
            return ()
        index = tuple(
            Poll(
                f"{asset} index",
                lambda now, asset=asset: ProviderRequest(  # type: ignore[misc]
                    "/eapi/v1/index", {"underlying": f"{asset}USDT"}
                ),
                EVERY,
            )
            for asset in self.assets
        )
        return (*index, Poll("marks", lambda now: ProviderRequest("/eapi/v1/mark"), EVERY))

    def decode(self, frame: ProviderFrame) -> list[ProviderEvent]:
        body = document(frame)
        if isinstance(body, dict) and "code" in body:
            limited = body["code"] == -1003
            trouble = Trouble.RATE_LIMITED if limited else Trouble.BAD_ANSWER
            raise ProviderError(trouble, f"{body.get('msg')} ({body['code']})")
        if wrong := http_error(frame.status):
            raise wrong
        if "/index" in frame.request:
            asset = asset_of(frame.request.rpartition("underlying=")[2])
            price = number(member(body, "indexPrice", object), "indexPrice")
            self._index[asset] = within(price, 1e-12, 1e12, "indexPrice")
            time_ms(body.get("time", frame.received // 10**6), frame.received)
            return []
        if not isinstance(body, list) or not body:
            raise ProviderError(Trouble.BAD_ANSWER, "no marks")
        return self._volatilities(frame, body)

    def _volatilities(self, frame: ProviderFrame, rows: list[Any]) -> list[ProviderEvent]:
        smiles = _smiles(rows)
        now = frame.received // 1_000_000
        tenors = [
            {"asset": asset, "days": days, "value": value}
            for asset, index in self._index.items()
            for curve in (at_the_money(smiles.get(asset, {}), index, now),)
            for days in TENORS
            if (value := interpolated(curve, days)) is not None
        ]
        if not tenors and self._index:
            raise ProviderError(Trouble.BAD_ANSWER, "no two expiries around 30 days")
        return each_row(tenors, partial(self._volatility, frame))

    def _volatility(self, frame: ProviderFrame, row: dict[str, Any]) -> list[ProviderEvent]:
        value = within(row["value"], LOWEST, HIGHEST, f"{row['asset']} implied volatility")
        return [
            ProviderValue(
                "",
                frame.received,
                self.name,
                "implied_volatility",
                row["asset"],
                frame.received // 1_000_000,
                value,
                STALE_MS,
                tenor_days=row["days"],
            )
        ]


Smile = dict[float, list[float]]
"""Strike → mark volatilities (call, put)."""


def _smiles(rows: list[Any]) -> dict[str, dict[int, Smile]]:
    """Asset → expiry (ms) → smile.

    Rows without quotes on both sides, and rows that cannot be read, are left out.

    Raises:
        ProviderError: that of the first row, where none can be read.
    """
    smiles: dict[str, dict[int, Smile]] = {}
    refusal: ProviderError | None = None
    for row in rows:
        try:
            option = _option(row)
        except ProviderError as error:
            refusal = refusal or error
            continue
        if option is not None:
            asset, expiry, strike, volatility = option
            smile = smiles.setdefault(asset, {}).setdefault(expiry, {})
            smile.setdefault(strike, []).append(volatility)
    if not smiles and refusal is not None:
        raise refusal
    return smiles


def _option(row: Any) -> tuple[str, int, float, float] | None:
    """(asset, expiry in ms, strike, volatility) of a row; None of one that does not count."""
    parts = member(row, "symbol", str).split("-")
    if len(parts) != 4 or not parts[1].isdigit() or len(parts[1]) != 6:
        return None
    volatility = number(row.get("markIV"), "markIV")
    quotes = [number(row.get(key, 1), key) for key in ("bidIV", "askIV")]
    if volatility <= 0 or min(quotes) <= 0:
        return None
    try:
        day = datetime.strptime(parts[1], "%y%m%d").replace(hour=EXPIRY_HOUR, tzinfo=UTC)
    except ValueError:
        return None
    expiry = round(day.timestamp() * 1_000)
    return asset_of(parts[0]), expiry, number(parts[2], "strike"), volatility


def at_the_money(smiles: Mapping[int, Smile], index: float, now: int) -> list[tuple[float, float]]:
    """(days, volatility) by expiry: at the strike nearest the index, call and put averaged."""
    curve = []
    for expiry, smile in sorted(smiles.items()):
        days = (expiry - now) / DAY_MS
        nearest = min(smile, key=lambda strike: abs(strike - index))
        if days > 0 and abs(nearest - index) <= NEAR * index:
            curve.append((days, sum(smile[nearest]) / len(smile[nearest])))
    return curve


def interpolated(curve: Sequence[tuple[float, float]], days: float) -> float | None:
    """Volatility at ``days``, linear in total variance σ²·t between the expiries around it.

    None where there is none on one of its sides.
    """
    before = [point for point in curve if point[0] <= days]
    after = [point for point in curve if point[0] >= days]
    if not before or not after:
        return None
    (t0, s0), (t1, s1) = before[-1], after[0]
    if t0 == t1:
        return s0
    weight = (days - t0) / (t1 - t0)
    variance = (1 - weight) * s0**2 * t0 + weight * s1**2 * t1
    return math.sqrt(variance / days)
