"""A state as metrics for Prometheus: base units; what is missing or stale is left out.

Names and units follow the conventions of Prometheus: seconds, ratios (1 is 100 %), counters that
end in ``_total``. Money is in the quote asset, which the name says.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from tuirisk import __version__
from tuirisk.serve.hub import Hub, granted_access
from tuirisk.serve.tokens import Tokens
from tuirisk.state import (
    SEVERITIES,
    DataFamily,
    Missing,
    Number,
    Position,
    RiskState,
    SymbolState,
)

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
STALE_S = 5.0
"""Age of a state after which none of its numbers is exported."""
STATUSES = ("connecting", "syncing", "live", "degraded", "offline")
Family = GaugeMetricFamily | CounterMetricFamily | InfoMetricFamily


@dataclass(frozen=True, slots=True)
class Gauge:
    """A number of a symbol: its name, what it is, where it stands, and the data it comes from."""

    name: str
    help: str
    value: Callable[[SymbolState], Number]
    family: DataFamily | None
    """It is left out while this is stale; None: it stands on its own."""
    factor: float = 1.0
    """What turns it into base units."""


GAUGES: tuple[Gauge, ...] = (
    Gauge("mark_price_quote", "Mark price", lambda s: s.price.mark, "mark"),
    Gauge("last_price_quote", "Price of the last trade", lambda s: s.price.last, "flow"),
    Gauge("score_ratio", "Composite score, 1 is 100 points", lambda s: s.score.total, None, 0.01),
    Gauge(
        "score_coverage_ratio",
        "Share of the score's weight that has a number",
        lambda s: s.score.coverage,
        None,
    ),
    Gauge(
        "volatility_24h_ratio",
        "Forecast standard deviation of the log return of 24 hours",
        lambda s: s.forecast.volatility_24h,
        "candles",
    ),
    Gauge(
        "value_at_risk_1d_ratio",
        "Blended one-day value at risk at 95 %, of the price",
        lambda s: s.value_at_risk.blended_95,
        "candles",
    ),
    Gauge("spread_ratio", "Spread over mid", lambda s: s.liquidity.spread_bps, "depth", 1e-4),
    Gauge(
        "funding_rate_8h_ratio",
        "Predicted funding rate as if paid every 8 hours, above 0 longs pay",
        lambda s: s.funding.rate_8h,
        "funding",
    ),
    Gauge("basis_ratio", "Mark price over index price less 1", lambda s: s.funding.basis, "mark"),
    Gauge("open_interest_quote", "Open interest", lambda s: s.open_interest.value, "open_interest"),
    Gauge(
        "data_age_seconds",
        "Age of the older of order book and mark price",
        lambda s: s.age_ms,
        None,
        1e-3,
    ),
)
"""Every number of a symbol that is exported."""


def _position_numbers(position: Position) -> dict[str, Number]:
    return {
        "position_notional_quote": position.notional,
        "position_unrealised_pnl_quote": position.unrealised_pnl,
        "position_liquidation_price_quote": position.liquidation_price,
        "position_liquidation_distance_ratio": position.distance,
        "position_liquidation_24h_probability_ratio": position.p_liquidation_24h,
        "position_liquidation_7d_probability_ratio": position.p_liquidation_7d,
    }


POSITION_HELP = {
    "position_notional_quote": "Size of a position at the mark price",
    "position_unrealised_pnl_quote": "Unrealised profit of a position",
    "position_liquidation_price_quote": "Mark price at which a position is liquidated",
    "position_liquidation_distance_ratio": "Move of the mark price to the liquidation price",
    "position_liquidation_24h_probability_ratio": "Probability of liquidation within 24 hours",
    "position_liquidation_7d_probability_ratio": "Probability of liquidation within 7 days",
}
ACCOUNT_HELP = {
    "equity": "Equity of the account in USDT",
    "margin_balance": "Margin balance of the cross positions in USDT",
    "available_balance": "What may be margin of new positions in USDT",
}


def exposition(state: RiskState | None, age_seconds: float, viewers: int) -> bytes:
    """The text that Prometheus scrapes.

    ``age_seconds``: since ``state`` was made; after :data:`STALE_S` its numbers are left out.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_StateCollector(state, age_seconds, viewers))
    return generate_latest(registry)


class _StateCollector(Collector):
    def __init__(self, state: RiskState | None, age_seconds: float, viewers: int) -> None:
        self._state, self._age, self._viewers = state, age_seconds, viewers

    def collect(self) -> Iterator[Family]:
        yield InfoMetricFamily("tuirisk", "Version of tuirisk", {"version": __version__})
        yield _single("viewers", "Viewers that are connected", float(self._viewers))
        state = self._state
        if state is None:
            return
        yield _single("state_age_seconds", "Since the newest state was made", self._age)
        yield from _connection(state, stale=self._age > STALE_S)
        if self._age > STALE_S:
            return
        yield from _symbols(state)
        yield from _positions(state)
        yield from _account(state)
        unseen = sum(not entry.acknowledged for entry in state.alerts)
        yield _single("alerts_unacknowledged", "Alerts that nobody has acknowledged", float(unseen))


def _connection(state: RiskState, *, stale: bool) -> Iterator[Family]:
    connection = state.connection
    family = _gauge("connection_status", "1 of the status that the connection has", ["status"])
    for status in STATUSES:
        real = "offline" if stale else connection.status
        family.add_metric([status], float(status == real))
    yield family
    if not isinstance(connection.latency_ms, Missing) and not stale:
        yield _single(
            "rest_latency_seconds", "Round trip of a request", connection.latency_ms / 1000
        )
    for name, text, value in (
        ("reconnects", "Connections that were opened anew", connection.reconnects),
        ("resyncs", "Order books that were fetched anew", connection.resyncs),
        ("dropped_frames", "Frames that were dropped", connection.dropped_frames),
    ):
        yield CounterMetricFamily(f"tuirisk_{name}", text, value=float(value))


def _symbols(state: RiskState) -> Iterator[Family]:
    ready = _gauge("symbol_ready", "1 while all data of a symbol are there and fresh", ["symbol"])
    severity = _gauge("severity", "1 of the severity that stands", ["symbol", "level"])
    for name, symbol in state.symbols.items():
        ready.add_metric([name], float(symbol.status == "ready"))
        for level in SEVERITIES:
            severity.add_metric([name, level], float(symbol.severity.level == level))
    yield ready
    yield severity
    for gauge in GAUGES:
        family = _gauge(gauge.name, gauge.help, ["symbol"])
        for name, symbol in state.symbols.items():
            value = gauge.value(symbol)
            fresh = symbol.freshness.get(gauge.family) if gauge.family is not None else None
            if isinstance(value, Missing) or (fresh is not None and fresh.stale):
                continue
            family.add_metric([name], value * gauge.factor)
        yield family
    yield _depth(state)


def _depth(state: RiskState) -> Family:
    family = _gauge("depth_quote", "Notional within a part of mid", ["symbol", "side", "within"])
    for name, symbol in state.symbols.items():
        if "depth" in symbol.freshness and symbol.freshness["depth"].stale:
            continue
        for within, depth in symbol.liquidity.depth.items():
            for side, value in (("bid", depth.bid), ("ask", depth.ask)):
                if not isinstance(value, Missing):
                    family.add_metric([name, side, within], value)
    return family


def _positions(state: RiskState) -> Iterator[Family]:
    for wanted, text in POSITION_HELP.items():
        family = _gauge(wanted, text, ["symbol", "side"])
        for name, symbol in state.symbols.items():
            for position in symbol.legs:
                value = _position_numbers(position)[wanted]
                if not isinstance(value, Missing) and not position.stale:
                    family.add_metric([name, position.side], value)
        yield family


def _account(state: RiskState) -> Iterator[Family]:
    account = state.account
    if account is None or account.stale:
        return
    numbers: dict[str, tuple[str, Number]] = {
        f"account_{name}_usdt": (text, getattr(account, name))
        for name, text in ACCOUNT_HELP.items()
    }
    numbers["account_margin_ratio"] = (
        "Maintenance margin over margin balance, liquidated at 1",
        account.margin_ratio,
    )
    numbers["account_value_at_risk_1d_usdt"] = (
        "One-day value at risk of all positions at 95 %",
        account.var_1d_95,
    )
    for name, (text, value) in numbers.items():
        if not isinstance(value, Missing):
            yield _single(name, text, value)


def _single(name: str, text: str, value: float) -> Family:
    family = _gauge(name, text, [])
    family.add_metric([], value)
    return family


def _gauge(name: str, text: str, labels: list[str]) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"tuirisk_{name}", text, labels=labels)


def metrics_answer(
    hub: Hub, tokens: Tokens | None
) -> Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]:
    """What answers ``GET /metrics``; with ``tokens`` only to the bearer of one."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        access = granted_access(tokens, request)
        if request.path != "/metrics":
            raise web.HTTPNotFound(text="tuirisk: metrics are at /metrics\n")
        state, age = hub.newest(access)
        body = exposition(state, age, hub.viewers)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})

    return answer
