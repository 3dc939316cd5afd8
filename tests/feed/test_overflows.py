"""Every queue and store with a bound: what does not fit is counted, named and shown."""

from __future__ import annotations

import random
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from support.build import NOW_NS, assess_market, ready_market
from support.frames import T0, depth_data, exchange_info, stream
from support.hooks import entry
from support.stream_server import LeapingTime
from support.ui_states import ready

from tuirisk.alerts.delivery import DeliveryQueue, DeliveryTiming
from tuirisk.config.model import Config, ExchangeConfig
from tuirisk.events.external import (
    ProviderLiquidation,
    ProviderListening,
    ProviderStatus,
    ProviderValue,
)
from tuirisk.feed.binance import depth_buffer
from tuirisk.feed.binance.pipeline import Pipeline
from tuirisk.feed.providers import group
from tuirisk.feed.providers.group import Providers
from tuirisk.history import writer
from tuirisk.history.session import NOTICES, LiveSession
from tuirisk.history.writer import Writer
from tuirisk.language.reason import Reason
from tuirisk.market import external
from tuirisk.remote.connection import Connection
from tuirisk.serve import nats_alerts
from tuirisk.serve.nats_alerts import NatsAlerts
from tuirisk.state import RiskState

HOUR_MS = 3_600_000
NOW_MS = NOW_NS // 1_000_000


def test_diffs_of_the_book_that_wait_for_a_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(depth_buffer, "MOST_DIFFS", 3)
    pipeline = Pipeline()
    pipeline.process_frame(exchange_info("BTCUSDT"))
    pipeline.add_symbol("BTCUSDT", T0 * 1_000_000)
    for n in range(5):
        data = depth_data(2 * n + 1, 2 * n + 2, 2 * n, bids=[["99", "1"]])
        pipeline.process_frame(stream("btcusdt@depth@100ms", data))
    assert pipeline.dropped_frames == 2
    (said,) = pipeline.dropped.reasons(T0 * 1_000_000)
    assert str(said).startswith("dropped 2: BTCUSDT: changes of the order book")


def test_events_of_a_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group, "MOST_QUEUED", 2)
    providers = Providers(
        {}, ExchangeConfig(), (), lambda frame: None, dict, clock=LeapingTime(),
        rng=random.Random(1),
    )  # fmt: skip
    for n in range(5):
        providers._put("bybit", ProviderListening("", n, "bybit", (), complete=True))
    assert [event.received for event in providers.drain()] == [3, 4]
    assert providers.dropped.count == 3
    (said,) = providers.dropped.reasons(0)
    assert str(said) == "dropped 3: events of bybit, more than were taken from the queue"


def liquidation(age_ms: int) -> ProviderLiquidation:
    return ProviderLiquidation(
        "", NOW_NS, "bybit", "BTC", NOW_MS - age_ms, "long", 100.0 + age_ms, 5.0
    )


def with_liquidations(*ages: int) -> RiskState:
    market = ready_market()
    market.apply(ProviderStatus("", NOW_NS, "bybit", "live"))
    since = NOW_NS - 2 * HOUR_MS * 1_000_000
    market.apply(ProviderListening("", since, "bybit", ("BTC",), complete=True))
    for age in ages:
        market.apply(liquidation(age))
    return assess_market(market)


def test_liquidations_beyond_the_bound_make_the_hour_incomplete(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(external, "MOST_LIQUIDATIONS", 3)
    whole = with_liquidations(3_000, 2_000, 1_000)
    assert whole.external.liquidations["BTC"].complete
    assert not any(m.code == "liquidations_dropped" for m in whole.messages)
    cut = with_liquidations(5_000, 4_000, 3_000, 2_000, 1_000)
    assert not cut.external.liquidations["BTC"].complete
    (said,) = (m.text for m in cut.messages if m.code == "liquidations_dropped")
    assert "bybit: 2 liquidations of BTC" in said
    old = with_liquidations(2 * HOUR_MS, 3_000, 2_000, 1_000)
    assert old.external.liquidations["BTC"].complete


def test_what_a_provider_has_no_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(external, "MOST_KEPT", 2)
    market = ready_market()
    market.apply(ProviderStatus("", NOW_NS, "x", "live"))
    for n in range(5):
        value = ProviderValue("", NOW_NS, "x", "index", f"A{n}", NOW_MS, 1.0, HOUR_MS)
        market.apply(value)
        market.apply(value)
    (said,) = (m.text for m in assess_market(market).messages if m.code == "provider_left_out")
    assert said.startswith("x: 6 values")


def test_rows_of_the_history_while_the_disk_is_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "QUEUE", 2)
    monkeypatch.setattr(threading.Thread, "start", lambda thread: None)
    dropped: list[int] = []
    made = Writer(tmp_path / "h.db", lambda error: None, 0.1, lambda: dropped.append(1))
    for _ in range(5):
        made.put(lambda connection: None)
    assert len(dropped) == 3


def test_a_notice_that_comes_often_is_one_line_and_leaves_the_others() -> None:
    session = LiveSession(Config(), {}, random.Random(1))
    session._add_notice(Reason("hook_failed", what="x"))
    for _ in range(3 * NOTICES):
        session._add_notice(Reason("history_too_slow", what="h.db"))
    first, second = session.notices()
    assert first == Reason("hook_failed", what="x")
    assert str(second).endswith("(60 times by now)")


def test_alerts_of_a_hook_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading.Thread, "start", lambda thread: None)
    said: list[Reason] = []
    timing = DeliveryTiming(queue=2)
    line = DeliveryQueue[int]("webhook", lambda n: None, said.append, random.Random(1), timing)
    for n in range(5):
        line.put(n)
    assert said == [Reason("hook_too_slow", what="webhook")] * 3


def test_a_burst_is_passed_on_whole_but_none_that_waited_long() -> None:
    said: list[Reason] = []
    passed: list[int] = []
    now = [0.0]

    def attempt(item: int) -> None:
        passed.append(item)
        now[0] += 0.3

    line = DeliveryQueue[int](
        "webhook", attempt, said.append, random.Random(1), DeliveryTiming(), lambda: now[0]
    )
    line._thread = threading.current_thread()
    for n in range(500):
        line.put(n)
    line._queue.put_nowait(None)
    line._run()
    assert passed == list(range(401))
    assert said == [Reason("hook_too_slow", what="webhook")] * 99


def test_alerts_that_nats_does_not_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nats_alerts, "MOST_WAITING_ALERTS", 2)
    alerts, state = NatsAlerts("mainnet", lambda: 0.0), ready()
    entries = [entry(state.time_ms + 60_000 * n) for n in range(5)]
    reader = SimpleNamespace(read=lambda state: entries)
    alerts._readers["market"] = cast(Any, reader)
    alerts.add(state, "market")
    assert alerts.dropped == 3
    assert len(alerts.remove_due(leads=True)) == 2


def test_requests_to_a_server_that_takes_none() -> None:
    link = Connection("ws://x", "", lambda: 0.0, random.Random(1))
    link._socket = cast(Any, object())
    for _ in range(260):
        link.look_at(("BTCUSDT",))
    assert link.warning == Reason("requests_unsent", count=4)
