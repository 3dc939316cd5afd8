"""A gap in a recording, and a live source that never connects: positions are blind."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

import pytest
from support.build import NOW_NS, assess_market
from support.frames import NS, T0, depth_data, exchange_info, rest, stream

from tuirisk.config.model import AccountConfig, Config, PositionConfig
from tuirisk.events import ConnectionReport
from tuirisk.feed.recording_writer import RecordingWriter
from tuirisk.feed.replay import ReplaySource
from tuirisk.market.market import Market
from tuirisk.monitor.monitor import Monitor
from tuirisk.state import LogEntry, RiskState

BTC = "BTCUSDT"
HELD = Config(
    symbols=(BTC,),
    account=AccountConfig(equity=1_000.0),
    positions=(PositionConfig(BTC, "long", 0.1, 100.0, 5.0),),
)


class StillClock:
    def now_ns(self) -> int:
        return 0

    async def sleep(self, seconds: float) -> None:
        return None


def said(log: tuple[LogEntry, ...]) -> list[tuple[str, str, str]]:
    return [(entry.kind, entry.symbol, entry.cause) for entry in log if entry.kind != "severity"]


@pytest.mark.parametrize(("gap_s", "kinds"), [(29, []), (45, ["blind", "sighted"])])
async def test_a_gap_in_a_recording_is_blindness_and_its_end(
    tmp_path: Path, gap_s: int, kinds: list[str]
) -> None:
    path = tmp_path / "gap.rec"
    writer = RecordingWriter(path)
    writer.write(exchange_info(BTC))
    body = {"lastUpdateId": 1, "bids": [["99", "1"]], "asks": [["101", "1"]]}
    writer.write(rest(f"/fapi/v1/depth?symbol={BTC}&limit=1000", body))
    for n in range(100):
        time = T0 + n * 100 + (gap_s * 1_000 if n >= 50 else 0)
        data = depth_data(n + 1, n + 1, n, [["99", str(n + 1)]], time=time)
        writer.write(stream("btcusdt@depth@100ms", data, time * NS))
    writer.close()
    states: list[RiskState] = []
    monitor = Monitor(ReplaySource(path, (BTC,), clock=StillClock()), HELD)
    async with aclosing(monitor.states()) as running:  # type: ignore[type-var]
        states = [state async for state in running]
    log = states[-1].log
    assert said(log) == [(kind, BTC, "no_data") for kind in kinds]
    times = [(entry.time_ms - T0) / 1000 for entry in log if entry.kind != "severity"]
    if times:
        assert times == pytest.approx([4.9 + 30, 5 + gap_s + 3], abs=0.6)
    assert all(state.symbols[BTC].severity.level != "ok" for state in states)


def test_a_source_that_never_connects_is_blindness_of_what_is_held() -> None:
    offline = ConnectionReport(status="offline")
    market, state = Market(), None
    for second in range(0, 60, 5):
        now = NOW_NS + second * 1_000_000_000
        state = assess_market(market, now, HELD, state, connection=offline)
    assert state is not None
    assert state.connection.status == "offline"
    assert said(state.log) == [("blind", BTC, "no_data")]
    assert [alert.kind for alert in state.alerts] == ["blind"]
