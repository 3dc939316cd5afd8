"""The radar from the embedded exchange's sockets to its states, and from a recording."""

import asyncio
import gzip
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import pytest
from support.exchange import TestExchange

from tuirisk.config.model import ExchangeConfig, RiskConfig
from tuirisk.feed.recording_writer import RecordingWriter
from tuirisk.monitor.demo import SimulatedTime
from tuirisk.monitor.radar import radar_states, replayed_radar, settled_radar
from tuirisk.state import Missing
from tuirisk.state.radar import FIGURES, RadarState


def states_of(
    exchange: TestExchange, recorder: RecordingWriter | None = None
) -> AsyncGenerator[RadarState, None]:
    place = ExchangeConfig(rest_url=exchange.rest_url, stream_url=exchange.stream_url)
    clock = SimulatedTime(exchange.clock)
    return radar_states(place, RiskConfig(), clock=clock, rng=random.Random(1), recorder=recorder)


async def test_every_perpetual_is_received_within_the_budget_and_replayed(tmp_path: Path) -> None:
    path = tmp_path / "radar.jsonl"
    recorder = RecordingWriter(path)
    with TestExchange(["BTCUSDT", "AGIXUSDT"], crowd=40) as exchange:
        state = await settled_radar(states_of(exchange, recorder), 60)
        paths = [path for path, _ in exchange.requests]
    recorder.close()
    assert state is not None
    assert state.complete
    assert state.status == "live"
    assert len(state.symbols) == 40  # One of the invented ones and AGIXUSDT do not trade.
    assert state.not_trading == {"AGIXUSDT": "SETTLING", "X004USDT": "SETTLING"}
    rows = [state.row(place) for place in range(40)]
    assert [row.danger for row in rows] == sorted((row.danger for row in rows), reverse=True)
    known = [row for row in rows if not any(isinstance(row[name], Missing) for name in FIGURES)]
    assert len(known) == 39  # All but the one that was listed three days ago.
    assert paths.count("/fapi/v1/klines") == 40
    assert state.weight_used == 40 + 40 + 10 + 2 + 1
    replayed = replayed_radar(path, RiskConfig())
    assert replayed is not None
    assert set(replayed.symbols) == set(state.symbols)
    assert replayed.complete


async def test_nothing_is_asked_before_the_first_state_and_nothing_after_the_end() -> None:
    with TestExchange(["BTCUSDT"], crowd=1) as exchange:
        states = states_of(exchange)
        assert exchange.requests == []
        async with aclosing(states):
            await anext(states)
        assert exchange.handshakes
        await asyncio.sleep(1)
        assert exchange.connections == []


async def test_an_exchange_that_cannot_be_reached() -> None:
    place = ExchangeConfig(rest_url="http://127.0.0.1:9", stream_url="ws://127.0.0.1:9")
    with TestExchange(["BTCUSDT"]) as exchange:
        clock = SimulatedTime(exchange.clock)
        states = radar_states(place, RiskConfig(), clock=clock, rng=random.Random(1))
        state = await settled_radar(states, 60)
    assert state is not None
    assert state.status == "offline"
    assert state.message is not None


def test_a_recording_without_the_whole_market(tmp_path: Path) -> None:
    path = tmp_path / "other.jsonl.gz"
    path.write_bytes(gzip.compress(b'1795000000000000000 {"stream":"a@aggTrade","data":{}}\n'))
    assert replayed_radar(path, RiskConfig()) is None


@pytest.mark.parametrize("crowd", [520])
def test_the_embedded_exchange_has_a_crowd_at_no_cost(crowd: int) -> None:
    from tuirisk.simulator.exchange import Exchange

    exchange = Exchange(None, crowd=crowd)
    exchange.subscribe("!ticker@arr")
    exchange.subscribe("!markPrice@arr@1s")
    sent = exchange.advance_to(exchange.now_ms + 1_000)
    assert len(sent) == 2
    assert all(len(rows) >= 540 for _, rows in sent)
    assert exchange.rest("/fapi/v1/ticker/24hr", {})[2] == 40
    assert exchange._publishers == {}
