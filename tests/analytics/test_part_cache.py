"""What did not change is not computed again: the parts of the previous state, by identity."""

from __future__ import annotations

import json
from typing import Literal

import numpy as np
import pytest
from support.build import (
    NOW_NS,
    assess_market,
    close_bar,
    listed,
    mark_price,
    ready_market,
    touch_book,
)

from tuirisk import events as ev
from tuirisk.analytics.liquidity import depth
from tuirisk.market.market import Market
from tuirisk.state import RiskState, to_json

BTC = "BTCUSDT"
SECOND = 1_000_000_000
BAR_PARTS = ("volatility", "drawdown", "timeframes", "performance", "value_at_risk")
PARTS = (
    *BAR_PARTS,
    "price",
    "score",
    "recommendation",
    "liquidity",
    "funding",
    "open_interest",
    "flow",
    "liquidations",
)


def changed(before: RiskState, after: RiskState, name: str = BTC) -> set[str]:
    old, new = before.symbols[name], after.symbols[name]
    return {part for part in PARTS if getattr(new, part) is not getattr(old, part)}


def test_nothing_new_changes_no_part() -> None:
    market = ready_market((BTC, "ETHUSDT"))
    before = assess_market(market)
    after = assess_market(market, previous=before)
    assert changed(before, after) == changed(before, after, "ETHUSDT") == set()
    assert after.watchlist is before.watchlist
    assert after.log is before.log


def test_a_book_event_changes_what_rests_on_the_book() -> None:
    market = ready_market((BTC, "ETHUSDT"))
    before = assess_market(market)
    touch_book(market, BTC, NOW_NS + 1_000_000)
    after = assess_market(market, NOW_NS + 1_000_000, previous=before)
    assert changed(before, after) == {"liquidity", "score"}
    assert changed(before, after, "ETHUSDT") == set()


def test_a_book_event_does_not_recompute_the_square_root_law(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    market = ready_market()
    before = assess_market(market)
    sizes: list[float] = []

    def cost(notional: float, *_: object) -> float:
        sizes.append(notional)
        return 0.01

    monkeypatch.setattr(depth, "metaorder_cost", cost)
    touch_book(market, BTC, NOW_NS + 1_000_000)
    same_bars = assess_market(market, NOW_NS + 1_000_000, previous=before)
    assert same_bars.symbols[BTC].liquidity is not before.symbols[BTC].liquidity
    assert sizes == []
    close_bar(market, BTC, "15m", NOW_NS)
    assess_market(market, NOW_NS + 1_000_000, previous=same_bars)
    assert len(sizes) == 1 + len(before.symbols[BTC].liquidity.curve)


def test_a_mark_price_changes_price_and_funding() -> None:
    market = ready_market()
    before = assess_market(market)
    market.apply(mark_price(BTC, 67_100.0, NOW_NS + 1_000_000, rate=0.00012))
    after = assess_market(market, NOW_NS + 1_000_000, previous=before)
    assert changed(before, after) == {"price", "funding", "score", "recommendation"}
    assert after.symbols[BTC].funding.history is before.symbols[BTC].funding.history


def test_a_second_later_open_interest_follows_the_mark() -> None:
    market = ready_market()
    before = assess_market(market)
    market.apply(mark_price(BTC, 67_100.0, NOW_NS + SECOND))
    after = assess_market(market, NOW_NS + SECOND, previous=before)
    old, new = before.symbols[BTC].open_interest, after.symbols[BTC].open_interest
    assert isinstance(old.value, float)
    assert new.value == pytest.approx(old.value * 67_100 / 67_000)
    assert (new.zscore, new.change_1h) == (old.zscore, old.change_1h)


def test_flow_is_computed_once_a_second() -> None:
    market = ready_market()
    before = assess_market(market)
    trade_id = market.symbols[BTC].tape.last_id + 1
    now = NOW_NS + 400_000_000
    market.apply(ev.Trade(BTC, now, trade_id, now // 10**6, 67_000.0, 9.0, False))
    soon = assess_market(market, now, previous=before)
    assert soon.symbols[BTC].flow is before.symbols[BTC].flow
    later = assess_market(market, NOW_NS + SECOND, previous=soon)
    assert later.symbols[BTC].flow != before.symbols[BTC].flow


def test_a_closed_bar_changes_what_rests_on_its_timeframe() -> None:
    market = ready_market((BTC, "ETHUSDT"))
    before = assess_market(market)
    close_bar(market, BTC, "15m", NOW_NS)
    after = assess_market(market, previous=before)
    assert changed(before, after) & set(BAR_PARTS) == {"volatility", "timeframes"}
    assert after.watchlist is before.watchlist
    close_bar(market, BTC, "1h", NOW_NS)
    hourly = assess_market(market, previous=after)
    assert hourly.watchlist is not after.watchlist
    assert changed(after, hourly) & set(BAR_PARTS) == {"volatility", "drawdown", "timeframes"}


def test_a_sample_of_the_book_is_news() -> None:
    market = ready_market()
    for second in range(0, 60, 5):
        touch_book(market, BTC, NOW_NS + second * SECOND, 1.0)
        market.sample(NOW_NS + second * SECOND)
    now = NOW_NS + 58 * SECOND
    touch_book(market, BTC, now, 900.0)
    market.apply(mark_price(BTC, 67_000.0, now))
    before = assess_market(market, now)
    market.sample(now + 2 * SECOND)
    after = assess_market(market, now + 2 * SECOND, previous=before)
    assert before.symbols[BTC].liquidity.depth_percentile != 100.0
    assert after.symbols[BTC].liquidity.depth_percentile == pytest.approx(100 * 12.5 / 13)


def test_growing_stale_is_news_without_any_event() -> None:
    market = ready_market()
    late = assess_market(market, NOW_NS + 10 * SECOND)
    overdue = NOW_NS + 30 * 60 * SECOND
    after = assess_market(market, overdue, previous=late).symbols[BTC]
    assert after.volatility is late.symbols[BTC].volatility
    assert late.symbols[BTC].score.carried == ()
    assert after.score.carried == ("market", "correlation")


def test_a_point_of_open_interest_changes_the_clusters() -> None:
    market = ready_market()
    before = assess_market(market)
    history = market.symbols[BTC].derivatives.open_interest_history
    newest, contracts, value = history.time[-1], history.contracts[-1], history.value[-1]
    row = (int(newest) + 300_000, 1.2 * float(contracts), 1.2 * float(value))
    market.apply(ev.OpenInterestHistory(BTC, NOW_NS, "5m", (row,)))
    after = assess_market(market, previous=before)
    assert changed(before, after) == {"open_interest", "liquidations"}
    assert after.symbols[BTC].liquidations.clusters != before.symbols[BTC].liquidations.clusters


def without_memory(state: RiskState) -> object:
    """The JSON but what remembers: the score smooths liquidity, the severity waits."""
    body = json.loads(to_json(state))
    for symbol in body["symbols"].values():
        for name in ("score", "recommendation", "severity"):
            del symbol[name]
    return body


def random_events(rng: np.random.Generator, market: Market, step: int, now: int) -> None:
    """Some of the events that a second brings, or none."""
    time_ms = now // 1_000_000
    for _ in range(int(rng.integers(0, 4))):
        touch_book(market, BTC, now, float(rng.uniform(0.1, 20.0)))
    if rng.random() < 0.5:
        rate = 1e-4 if rng.random() < 0.5 else float(rng.normal(1e-4, 1e-5))
        market.apply(mark_price(BTC, 67_000.0 + step, now, rate=rate))
    if rng.random() < 0.3:
        trade_id = market.symbols[BTC].tape.last_id + 1
        quantity = float(rng.exponential(3.0))
        market.apply(ev.Trade(BTC, now, trade_id, time_ms, 67_000.0, quantity, step % 2 == 0))
    if rng.random() < 0.2:
        side: Literal["BUY", "SELL"] = "BUY" if rng.random() < 0.5 else "SELL"
        market.apply(ev.Liquidation(BTC, now, time_ms, side, 67_000.0, 0.5))
    if rng.random() < 0.2:
        newest = max(market.symbols[BTC].derivatives.settlements) + 8 * 3_600_000
        row = (newest, float(rng.normal(1e-4, 1e-5)), True)
        market.apply(ev.FundingHistory(BTC, now, (row,)))


def test_reuse_gives_what_computing_anew_gives() -> None:
    market = ready_market()
    rng = np.random.default_rng(11)
    state = assess_market(market)
    now = NOW_NS
    for step in range(1, 25):
        now += SECOND
        random_events(rng, market, step, now)
        if step == 12:
            close_bar(market, BTC, "15m", now)
        market.sample(now)
        state = assess_market(market, now, previous=state)
        anew = assess_market(market, now)
        assert without_memory(state) == without_memory(anew)
        points = (one.symbols[BTC].score_memory.made for one in (state, anew))
        assert next(points) == next(points)


def test_another_symbol_of_the_same_name_reuses_nothing() -> None:
    market = ready_market()
    before = assess_market(market)
    market.apply(ev.SymbolRemoved(BTC, NOW_NS))
    assert assess_market(market, previous=before).symbols == {}
    market.apply(listed(BTC, NOW_NS + 1))
    after = assess_market(market, NOW_NS + 1, previous=before)
    assert changed(before, after) == set(PARTS)
    assert after.symbols[BTC].status == "warming"
    assert after.symbols[BTC].tracker.confirmed is None
    assert after.log == before.log
