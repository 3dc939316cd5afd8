"""One state of everything: what is reused, what is refused, and that time alone decides."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator

import pytest
from support.build import (
    LIVE,
    NOW_NS,
    assess_market,
    depth_snapshot,
    events_of,
    listed,
    mark_price,
    ready_market,
    touch_book,
)

from tuirisk import events as ev
from tuirisk.analytics.assess import assess
from tuirisk.config.model import AccountConfig, Config, PositionConfig
from tuirisk.events.intervals import HOUR_MS
from tuirisk.language.reason import Reason
from tuirisk.market.market import Market
from tuirisk.state import Missing, RiskState, SymbolState, from_json, to_json

BTC = "BTCUSDT"
SECOND = 1_000_000_000


def numbers(value: object) -> Iterator[float]:
    if isinstance(value, float):
        yield value
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from numbers(getattr(value, field.name))
    elif isinstance(value, dict):
        for item in value.values():
            yield from numbers(item)
    elif isinstance(value, tuple):
        for item in value:
            yield from numbers(item)


def test_a_ready_market_has_every_number() -> None:
    made = assess_market(ready_market((BTC, "ETHUSDT")))
    for symbol in made.symbols.values():
        assert (symbol.status, symbol.message, symbol.score.coverage) == ("ready", None, 1.0)
        assert not isinstance(symbol.score.total, Missing)
    assert made.watchlist.symbols == (BTC, "ETHUSDT")
    assert made.account is None
    assert made.time_ms == NOW_NS // 1_000_000
    assert all(math.isfinite(number) for number in numbers(made))


def test_the_same_market_twice_is_the_same_bytes() -> None:
    one, other = (assess_market(ready_market((BTC, "ETHUSDT"))) for _ in range(2))
    assert to_json(one) == to_json(other)
    assert to_json(from_json(to_json(one))) == to_json(one)


def test_a_refused_symbol_is_an_error_with_a_reason() -> None:
    market = ready_market()
    market.apply(ev.SymbolRefused("NOPEUSDT", NOW_NS, Reason.from_text("no such symbol")))
    made = assess_market(market)
    refused = made.symbols["NOPEUSDT"]
    assert (refused.status, str(refused.message)) == ("error", "no such symbol")
    assert refused.recommendation.code == "insufficient_data"
    assert refused.score.coverage == 0.0
    assert refused.score.total == refused.liquidity.mid == Missing.from_text("no such symbol")
    assert refused.liquidity.impact.sell.exhausted == Missing.from_text("no such symbol")
    assert made.watchlist.symbols == (BTC, "NOPEUSDT")
    again = assess_market(market, NOW_NS + SECOND, previous=made)
    assert again.symbols["NOPEUSDT"] is refused
    assert set(refused.volatility.cone) == set(made.symbols[BTC].volatility.cone)
    from_json(to_json(made))


def test_a_symbol_of_which_nothing_is_known_is_warming() -> None:
    market = Market()
    market.apply(listed(BTC))
    symbol = assess_market(market).symbols[BTC]
    assert symbol.status == "warming"
    assert str(symbol.message) == "waiting for candles, order book, mark price, funding history"
    assert symbol.score.coverage == 0.0
    assert isinstance(symbol.score.total, Missing)
    assert all(math.isfinite(number) for number in numbers(symbol))


def test_an_empty_market_is_a_state() -> None:
    made = assess_market(Market())
    assert made.symbols == {}
    from_json(to_json(made))


def test_symbols_stand_in_the_configurations_order() -> None:
    market = ready_market(("XRPUSDT", "SOLUSDT", BTC))
    config = Config(symbols=(BTC, "SOLUSDT"))
    assert list(assess_market(market, config=config).symbols) == [BTC, "SOLUSDT", "XRPUSDT"]


def test_a_stale_book_leaves_the_score_and_comes_back() -> None:
    market = ready_market()
    before = assess_market(market)
    now = NOW_NS + 6 * SECOND
    market.apply(mark_price(BTC, 67_000.0, now))
    stale = assess_market(market, now, previous=before).symbols[BTC]
    assert stale.status == "stale"
    assert stale.liquidity.mid == Missing("stale", reason=Missing("order_book_late"))
    assert stale.score.carried == ("liquidity",)
    assert stale.score.total == before.symbols[BTC].score.total
    assert (stale.recommendation.code, stale.recommendation.severity) == (
        "insufficient_data",
        "unknown",
    )
    touch_book(market, BTC, now)
    back = assess_market(market, now).symbols[BTC]
    assert (back.status, back.score.coverage) == ("ready", 1.0)


@pytest.mark.parametrize(
    ("bids", "asks"),
    [
        ([], [(67_000.0, 1.0)]),
        ([(67_000.0, 1.0)], []),
        ([(67_001.0, 1.0)], [(67_000.0, 1.0)]),
        ([(67_000.0, 1.0)], [(67_001.0, 1.0)]),
    ],
    ids=["no bids", "no asks", "crossed", "one level"],
)
def test_edges_of_the_book(bids: list[ev.Level], asks: list[ev.Level]) -> None:
    market = ready_market()
    market.apply(depth_snapshot(BTC, bids, asks))
    symbol = assess_market(market).symbols[BTC]
    usable = bool(bids and asks and bids[0] < asks[0])
    assert isinstance(symbol.liquidity.mid, float) is usable
    if usable:
        assert symbol.score.components.liquidity == 100.0
        assert "book_exhausted" in symbol.recommendation.notes
    else:
        assert isinstance(symbol.score.components.liquidity, Missing)
        assert symbol.score.coverage == pytest.approx(0.7)


def lived(market: Market, config: Config, steps: int, dry_from: int) -> list[RiskState]:
    """States half a second apart; from step ``dry_from`` on the book holds one small level."""
    states: list[RiskState] = []
    for step in range(steps):
        now = NOW_NS + step * SECOND // 2
        if step == dry_from:
            levels = ([(67_000.0, 0.001)], [(67_000.1, 0.001)])
            market.apply(depth_snapshot(BTC, *levels, now_ns=now, update_id=step))
        touch_book(market, BTC, now, 0.001 if step >= dry_from else 1.0)
        market.apply(mark_price(BTC, 67_000.0, now))
        states.append(assess_market(market, now, config, states[-1] if states else None))
    return states


def test_an_escalation_is_logged_when_it_has_held() -> None:
    states = lived(ready_market(), Config(), steps=14, dry_from=2)
    (line,) = states[-1].log
    assert (line.before, line.after, line.escalation) == ("ok", "caution", True)
    assert (line.cause, line.component) == ("reduce_size", "liquidity")
    assert isinstance(line.component_before, float)
    assert line.component_before < 10.0
    assert line.component_after == 100.0
    levels = [s.symbols[BTC].severity.level for s in states]
    assert levels == ["ok"] * 10 + ["caution"] * 4
    assert line.time_ms == states[10].time_ms
    assert line.text == (
        "BTCUSDT ok > caution: Reduce size, enter and exit in parts (liquidity 1 > 100)"
    )


def test_what_an_earlier_run_ended_with_is_no_news_and_what_differs_is() -> None:
    market = ready_market()
    assert assess_market(market, known={BTC: "ok"}).log == ()
    (fall,) = assess_market(market, known={BTC: "critical"}).log
    assert (fall.before, fall.after, fall.escalation) == ("critical", "ok", False)


def test_a_warming_symbol_is_not_logged() -> None:
    market, late = Market(), []
    for event in events_of(BTC):
        if isinstance(event, ev.FundingHistory):
            late.append(event)
        else:
            market.apply(event)
    warming = assess_market(market)
    assert warming.symbols[BTC].status == "warming"
    assert isinstance(warming.symbols[BTC].score.total, float)
    assert warming.log == ()
    market.apply(late[0])
    levels = ([(67_000.0, 0.001)], [(67_000.1, 0.001)])
    market.apply(depth_snapshot(BTC, *levels))
    ready = assess_market(market, previous=warming)
    assert [(e.before, e.after, e.escalation) for e in ready.log] == [("", "caution", False)]


def test_a_loss_of_data_is_no_escalation() -> None:
    market = ready_market()
    before = assess_market(market)
    late = NOW_NS + 3 * HOUR_MS * 1_000_000
    after = assess_market(market, late, previous=before)
    late_again = assess_market(market, late + 10 * SECOND, previous=after)
    assert late_again.symbols[BTC].recommendation.code == "insufficient_data"
    assert late_again.symbols[BTC].severity.level == "unknown"
    assert late_again.log is before.log


def test_a_position_is_walked_and_marked() -> None:
    held = PositionConfig(BTC, "short", quantity=0.5, entry_price=70_000.0, leverage=10.0)
    config = Config(account=AccountConfig(equity=20_000.0), positions=(held,))
    made = assess_market(ready_market(), config=config)
    symbol: SymbolState = made.symbols[BTC]
    assert symbol.position is not None
    assert symbol.position.notional == pytest.approx(33_500.0)
    assert symbol.position.unrealised_pnl == pytest.approx(1_500.0)
    assert isinstance(symbol.position.liquidation_price, float)
    assert symbol.liquidity.impact.notional == pytest.approx(0.5 * 67_000.05)
    names = [t.name for t in symbol.score.terms["liquidity"]]
    assert names == ["buy_slippage", "spread_percentile", "depth_percentile"]
    assert made.account is not None
    assert made.account.var_budget == pytest.approx(400.0)


def test_the_state_of_the_connection_is_shown() -> None:
    report = ev.ConnectionReport(
        status="degraded", streams=(ev.StreamReport("btcusdt@depth", "awaiting", None),), resyncs=2
    )
    made = assess(Market(), Config(), NOW_NS, connection=report, source="recording")
    assert (made.source, made.connection.status, made.connection.resyncs) == (
        "recording",
        "degraded",
        2,
    )
    assert isinstance(made.connection.latency_ms, Missing)
    assert made.connection.streams[0].age_ms == Missing("no_frame")
    live = assess(Market(), Config(), NOW_NS, connection=LIVE, source="binance")
    assert live.connection.latency_ms == 40.0


def test_an_unusual_contract_is_noted() -> None:
    market = ready_market()
    market.apply(listed(BTC, NOW_NS, "TRADIFI_PERPETUAL"))
    assert "tradifi_perpetual" in assess_market(market).symbols[BTC].recommendation.notes
