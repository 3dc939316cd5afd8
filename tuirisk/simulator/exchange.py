"""The exchange without sockets or clock: markets, frames and REST answers by simulated time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from . import frames, rest_market, rest_statistics, signed_account
from .accounts import Accounts
from .crowd import PAST_DAYS, Crowd, as_premium_body, as_ticker_body, invented
from .exchange_info import listing
from .frames import Payload
from .history import MarketHistory
from .instruments import BY_NAME, Instrument, listed
from .publisher import Frame, SymbolPublisher
from .rest_market import Answer, Body, Markets
from .rest_query import Query, Refusal
from .scenarios import scenario as scenario_named
from .seeding import STEP_MS, MarketFactor
from .streams import CONTRACTS, StreamName, parse_stream
from .symbol_market import SimulatedMarket

_Handler = Callable[[Markets, Query], Answer]

ROUTES: dict[str, _Handler] = {
    "/fapi/v1/ping": rest_market.ping,
    "/fapi/v1/time": rest_market.time,
    "/fapi/v1/exchangeInfo": rest_market.info,
    "/fapi/v1/klines": rest_market.klines,
    "/fapi/v1/markPriceKlines": rest_market.mark_klines,
    "/fapi/v1/depth": rest_market.depth,
    "/fapi/v1/premiumIndex": rest_market.premium_index,
    "/fapi/v1/tradingSchedule": rest_market.schedule,
    "/fapi/v1/openInterest": rest_market.open_interest,
    "/fapi/v1/fundingRate": rest_market.funding_rate,
    "/fapi/v1/fundingInfo": rest_market.funding_info,
    "/fapi/v1/assetIndex": signed_account.asset_index,
    "/fapi/v1/ticker/bookTicker": rest_market.book_ticker,
    "/fapi/v1/ticker/24hr": rest_market.day_ticker,
    "/futures/data/openInterestHist": rest_statistics.open_interest_history,
    "/futures/data/topLongShortPositionRatio": rest_statistics.top_position_ratio,
    "/futures/data/globalLongShortAccountRatio": rest_statistics.account_ratio,
    "/futures/data/takerlongshortRatio": rest_statistics.taker_ratio,
    "/futures/data/basis": rest_statistics.basis,
}
"""Every REST path answered."""


class Exchange:
    """The embedded exchange, advanced by hand.

    `symbols` None lists the whole catalogue; `start_ms` is UTC milliseconds. The same arguments,
    subscriptions and steps give the same frames, and a symbol's do not depend on what else is
    subscribed. A symbol costs nothing until it is first requested. `accounts` holds the accounts,
    of which there is none until one is opened. Of contracts in other quote assets those named in
    `also` are listed too. With a `crowd` so many perpetuals are invented
    beside the others, and the all-market streams and requests begin no market: what has none is
    in them by formula. ValueError for an unknown scenario.
    """

    def __init__(
        self,
        symbols: Iterable[str] | None = None,
        seed: int = 7,
        scenario: str = "calm",
        start_ms: int = 1_795_000_000_000,
        crowd: int = 0,
        also: Iterable[str] = (),
    ) -> None:
        self.seed = seed
        self.scenario = scenario_named(scenario)
        self.instruments: dict[str, Instrument] = {
            symbol: self.scenario.applied_to(instrument)
            for symbol, instrument in listed(symbols).items()
        }
        self.start_ms = self.now_ms = start_ms - start_ms % STEP_MS
        self.crowd: Crowd | None = None
        if crowd:
            self.instruments |= invented(crowd, seed)
            self.crowd = Crowd(self.instruments.values(), seed, self.start_ms)
        self.instruments |= {name: BY_NAME[name] for name in also if name in BY_NAME}
        self.frozen = False
        self._history: MarketHistory | None = None
        self._factor = MarketFactor(seed)
        self._publishers: dict[str, SymbolPublisher] = {}
        self._wanted: Counter[str] = Counter()
        self._all_market: dict[str, StreamName] = {}
        self._announcements: list[Frame] = []
        self.accounts = Accounts(self)

    def change_terms(self, symbol: str, *, announced: bool = True, **terms: Any) -> None:
        """Change fields of a listed contract's `Instrument`; what no longer trades falls silent.

        exchangeInfo tells of it at once, and `!contractInfo` where it is `announced`.
        """
        changed = self.instruments[symbol] = replace(self.instruments[symbol], **terms)
        if symbol in self._publishers:
            self._publishers[symbol].market.instrument = changed
        if announced:
            told = frames.contract_info(listing(changed, self.start_ms), self.now_ms)
            self._announcements.append((CONTRACTS, told))

    def market(self, symbol: str) -> SimulatedMarket:
        """The live market of a listed symbol, begun if need be; KeyError for another."""
        return self._publisher(symbol).market

    def subscribe(self, name: str) -> None:
        """Count one more listener of a stream; names the exchange lacks are ignored."""
        stream = parse_stream(name)
        self._wanted[name] += 1
        if stream is None or self._wanted[name] > 1:
            return
        if stream.symbol is None:
            self._all_market[name] = stream
            if name != CONTRACTS and self.crowd is None:
                for instrument in self.instruments.values():
                    self._publisher(instrument.symbol)
        elif stream.symbol in self.instruments:
            self._publisher(stream.symbol).add(stream)

    def unsubscribe(self, name: str) -> None:
        """Count one listener less."""
        if self._wanted[name] > 1:
            self._wanted[name] -= 1
            return
        del self._wanted[name]
        self._all_market.pop(name, None)
        stream = parse_stream(name)
        if stream is not None and stream.symbol in self._publishers:
            self._publishers[stream.symbol].discard(stream)

    def advance_to(self, now_ms: int) -> list[Frame]:
        """Step to `now_ms` (whole steps of 100 ms); the frames on the way, in order.

        Each is (stream name, payload). Time never goes back: an earlier `now_ms` does nothing.
        """
        frames_out: list[Frame] = []
        while self.now_ms + STEP_MS <= now_ms:
            self.now_ms += STEP_MS
            for publisher in self._publishers.values():
                step = publisher.market.advance(self.now_ms, self.frozen)
                frames_out.extend(publisher.publish(step))
            frames_out.extend(self._announcements)
            self._announcements.clear()
            frames_out.extend(self._all_market_frames())
            frames_out.extend(self.accounts.step(self._wanted.__contains__))
        return frames_out

    def rest(self, path: str, params: Mapping[str, str]) -> tuple[int, Body, int]:
        """Answer `GET path`: (HTTP status, JSON-able body, weight)."""
        handler = ROUTES.get(path)
        if handler is None:
            refusal = Refusal(-5000, f"Path {path}, Method GET is invalid", status=404)
            return refusal.status, refusal.body, 1
        try:
            body, weight = self._crowd_answer(path, params) or handler(self, Query(params))
        except Refusal as refusal:
            return refusal.status, refusal.body, 1
        return 200, body, weight

    def _crowd_answer(self, path: str, params: Mapping[str, str]) -> Answer | None:
        """What the crowd answers; None where it is not asked."""
        crowd, symbol = self.crowd, params.get("symbol", "")
        if crowd is None:
            return None
        without = self._publishers
        live = [one.market for one in without.values() if one.market.instrument.trading]
        if path == "/fapi/v1/ticker/24hr" and not symbol:
            rows = self._rows("!ticker@arr", live)
            return [as_ticker_body(row) for row in rows], 40
        if path == "/fapi/v1/premiumIndex" and not symbol:
            rows = [row for row in self._rows("!markPrice@arr@1s", live) if row["st"] == 1]
            return [as_premium_body(row) for row in rows], 10
        # The radar's short pages; whoever asks for more watches the symbol, whose market begins.
        few = params.get("limit", "").isdigit() and int(params["limit"]) <= PAST_DAYS
        daily = path == "/fapi/v1/klines" and params.get("interval") == "1d" and few
        if daily and symbol in crowd and symbol not in without and "startTime" not in params:
            limit = Query(params).limit(500, 1_500)
            return crowd.daily_bars(symbol, self.now_ms, limit), rest_market.klines_weight(limit)
        return None

    def _publisher(self, symbol: str) -> SymbolPublisher:
        publisher = self._publishers.get(symbol)
        if publisher is None:
            if self._history is None:
                self._history = MarketHistory(self.seed, self.start_ms)
            market = SimulatedMarket(
                self.instruments[symbol], self.scenario, self.seed, self._history, self._factor
            )
            market.catch_up(self.now_ms)
            publisher = self._publishers[symbol] = SymbolPublisher(market)
        return publisher

    def _all_market_frames(self) -> list[Frame]:
        """The all-market streams' frames of a whole second; `!markPrice@arr` every third."""
        if self.now_ms % 1_000:
            return []
        markets = [publisher.market for publisher in self._publishers.values()]
        live = [market for market in markets if market.instrument.trading]
        return [
            (name, self._rows(name, live))
            for name in self._all_market
            if name != CONTRACTS and (name != "!markPrice@arr" or self.now_ms % 3_000 == 0)
        ]

    def _rows(self, name: str, live: list[SimulatedMarket]) -> list[Payload]:
        crowd, without = self.crowd, self._publishers
        if not name.startswith("!markPrice"):
            others = [] if crowd is None else crowd.tickers(self.now_ms, without)
            return others + [
                frames.ticker(market, frames.Notation(market.instrument)) for market in live
            ]
        rows = [] if crowd is None else crowd.marks(self.now_ms, without)
        rows += [frames.mark_price(market) for market in live]
        return rows + [frames.coin_margined_mark(market) for market in live[:2]]
