"""A replay is paused, stepped through and sought in, and its states stay those of playing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.frames import NS, T0, depth_data, exchange_info, rest, stream
from support.ui_states import CONFIG

from tuirisk.events.playback import PlaybackCommand, PlaybackKind
from tuirisk.feed.recording_writer import RecordingWriter
from tuirisk.feed.replay import ReplaySource
from tuirisk.monitor.monitor import Monitor
from tuirisk.monitor.replay_monitor import ReplayMonitor
from tuirisk.state import RiskState


class FreeClock:
    """Time passes only by waiting, and waiting takes none."""

    def __init__(self) -> None:
        self.now = 0

    def now_ns(self) -> int:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += round(seconds * 1e9)
        await asyncio.sleep(0)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "session.rec"
    writer = RecordingWriter(path)
    writer.write(exchange_info("BTCUSDT"))
    body = {"lastUpdateId": 1, "bids": [["99", "1"]], "asks": [["101", "1"]]}
    writer.write(rest("/fapi/v1/depth?symbol=BTCUSDT&limit=1000", body))
    for n in range(40):
        data = depth_data(n + 1, n + 1, n, [["99", str(n + 1)]], time=T0 + n * 100)
        writer.write(stream("btcusdt@depth@100ms", data, (T0 + n * 100) * NS))
    writer.close()
    return path


class Replay:
    """A replay that runs beside the test; ``given`` has its states."""

    def __init__(self, path: Path, speed: float = 1.0) -> None:
        self.clock = FreeClock()
        self.source = ReplaySource(path, clock=self.clock, speed=speed)
        self.player = self.source.player
        self.player.changed = self.count_changes
        self.monitor = ReplayMonitor(
            self.source, CONFIG, lambda config: Monitor(self.source, config), lambda: 0.0
        )
        self.given: list[RiskState] = []
        self.changes = 0
        self.task = asyncio.create_task(self._run())

    def count_changes(self) -> None:
        self.changes += 1

    async def _run(self) -> None:
        async for state in self.monitor.states():
            self.given.append(state)

    async def command(self, kind: PlaybackKind, value: float = 0.0) -> RiskState | None:
        """The state that stands once the command is carried out and nothing happens any more."""
        self.player.command(PlaybackCommand(kind, value))
        for _ in range(300):
            await asyncio.sleep(0)
        return self.monitor.state


@pytest.fixture
async def replay(recording: Path) -> AsyncIterator[Replay]:
    """Paused before its first state."""
    made = Replay(recording)
    made.player.command(PlaybackCommand("pause"))
    yield made
    made.task.cancel()


async def played(path: Path) -> dict[int, RiskState]:
    source = ReplaySource(path, clock=FreeClock())
    return {s.time_ms: s async for s in Monitor(source, CONFIG).states()}


async def test_the_state_at_a_position_is_the_one_of_playing_there(
    recording: Path, replay: Replay
) -> None:
    expected = await played(recording)
    for ms in (3000, 1000, 1249, 250, 3750, 3900, 500):
        state = await replay.command("seek", T0 + ms)
        assert not replay.player.seeking
        assert state == expected[max(time for time in expected if time <= T0 + ms)]


async def test_paused_it_plays_only_the_steps_asked_for(replay: Replay) -> None:
    assert await replay.command("speed", 2.0) is None
    assert replay.given == []
    await replay.command("step", 1)
    await replay.command("step", 2)
    assert [state.time_ms - T0 for state in replay.given] == [250, 500, 750]
    state = await replay.command("step", -1)
    assert state is not None
    assert state.time_ms - T0 == 500
    assert replay.player.playback().paused


async def test_it_goes_on_to_the_end_and_back_from_there(recording: Path, replay: Replay) -> None:
    state = await replay.command("pause")
    assert state == list((await played(recording)).values())[-1]
    assert not replay.task.done()
    state = await replay.command("seek_by", -3)
    assert state == list((await played(recording)).values())[-1], "it plays on from there"
    await replay.command("seek_share", 0.5)
    assert sum(one.time_ms == T0 + 3900 for one in replay.given) == 3


async def test_the_speed_changes_how_long_it_waits(recording: Path, replay: Replay) -> None:
    await replay.command("speed", 4.0)
    await replay.command("pause")
    assert replay.clock.now / 1e9 == pytest.approx(3.75 / 4)
    await replay.command("speed", 1e9)
    assert replay.player.playback().speed == 1024


async def test_every_command_and_arrival_is_told(replay: Replay) -> None:
    before = replay.changes
    await replay.command("seek", T0 + 2000)
    assert replay.changes == before + 2
    playback = replay.player.playback()
    assert (playback.first_ms, playback.last_ms) == (T0, T0 + 3900)
    assert playback.position_ms == (T0 + 2000) // 1000 * 1000
