"""Replay: batches by the recording's own time, and the real session of 2024-07-18."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from support.frames import NS, T0, depth_data, exchange_info, rest, stream

from tuirisk.events import Batch, BestQuote, SymbolRefused
from tuirisk.feed.recording_contents import MOST_SYMBOLS, start_time
from tuirisk.feed.recording_faults import RecordingError
from tuirisk.feed.recording_writer import RecordingWriter
from tuirisk.feed.replay import FINE_STEPS, MOST_FRAMES, MOST_SHOWN, ReplaySource
from tuirisk.market.market import Market


class FakeClock:
    """Time passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 0
        self.slept: list[float] = []

    def now_ns(self) -> int:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += round(seconds * 1e9)


async def batches(
    path: Path,
    symbols: Sequence[str] | None = None,
    speed: float | None = None,
    clock: FakeClock | None = None,
    start: str = "",
) -> list[Batch]:
    source = ReplaySource(path, symbols, clock=clock or FakeClock(), speed=speed, start=start)
    return [batch async for batch in source.batches()]


@pytest.fixture
def session(tmp_path: Path) -> Path:
    path = tmp_path / "session.rec.gz"
    writer = RecordingWriter(path)
    writer.write(exchange_info("BTCUSDT"))
    body = {"lastUpdateId": 1, "bids": [["99", "1"]], "asks": [["101", "1"]]}
    writer.write(rest("/fapi/v1/depth?symbol=BTCUSDT&limit=1000", body))
    for n in range(40):
        data = depth_data(n + 1, n + 1, n, [["99", str(n + 1)]], time=T0 + n * 100)
        writer.write(stream("btcusdt@depth@100ms", data, (T0 + n * 100) * NS))
    writer.close()
    return path


async def test_time_is_the_recordings(session: Path) -> None:
    played = await batches(session)
    assert [b.now for b in played[:3]] == [(T0 + ms) * NS for ms in (250, 500, 750)]
    assert played[-1].last
    assert played[-1].now == (T0 + 3900) * NS
    assert sum(b.last for b in played) == 1


async def test_pace(session: Path) -> None:
    clock = FakeClock()
    await batches(session, speed=2.0, clock=clock)
    assert sum(clock.slept) == pytest.approx(3.75 / 2)
    idle = FakeClock()
    await batches(session, clock=idle)
    assert idle.slept == []
    late = FakeClock()
    await batches(session, speed=1.0, clock=late, start="+3")
    assert sum(late.slept) == pytest.approx(0.75)


def test_from_is_a_time_an_hour_of_the_day_or_an_offset() -> None:
    first = 1_721_347_020_000_000_000  # 2024-07-18T23:57:00Z
    minute = 60_000_000_000
    assert start_time("", first) == first
    assert start_time("+60", first) == first + minute
    assert start_time("2024-07-18T23:58:00Z", first) == first + minute
    assert start_time("2024-07-18 23:58", first) == first + minute
    assert start_time("23:58", first) == first + minute
    assert start_time("00:00:00", first) == first + 3 * minute, "past midnight"
    with pytest.raises(RecordingError, match="--from noon: not a time"):
        start_time("noon", first)


async def test_a_symbol_that_is_not_in_the_recording_is_named(session: Path) -> None:
    played = await batches(session, ["BTCUSDT", "DOGEUSDT"])
    (refused,) = [e for b in played for e in b.events if isinstance(e, SymbolRefused)]
    assert refused.symbol == "DOGEUSDT"
    assert "not in the recording" in str(refused.reason)


def unpacked(path: Path) -> list[bytes]:
    return gzip.decompress(path.read_bytes()).splitlines()


async def test_faults_are_counted_and_named(session: Path, tmp_path: Path) -> None:
    lines = unpacked(session)
    lines.insert(10, b"rubbish")
    lines.insert(20, lines[20][:40])
    path = tmp_path / "bad.rec"
    path.write_bytes(b"\n".join(lines))
    last = (await batches(path))[-1]
    assert last.connection.dropped_frames == 2
    assert "line 11" in str(last.connection.message)


def test_nothing_to_play_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "empty.rec"
    path.write_bytes(b"hello\nworld\n")
    with pytest.raises(RecordingError, match="no frames in it"):
        ReplaySource(path, clock=FakeClock())


async def test_a_long_silence_is_not_assessed_at_full_cadence(tmp_path: Path) -> None:
    path = tmp_path / "pause.rec"
    writer = RecordingWriter(path)
    for at in (0, 3_600_000):
        writer.write(stream("btcusdt@depth", depth_data(1, 2, 0), (T0 + at) * NS))
    writer.close()
    played = await batches(path)
    assert len(played) < 300
    assert played[-1].now == (T0 + 3_600_000) * NS
    clock = FakeClock()
    await batches(path, speed=1.0, clock=clock)
    assert sum(clock.slept) < 200, "a gap is not waited out"


async def test_symbols_beyond_the_bound_are_left_out_and_said(tmp_path: Path) -> None:
    path = tmp_path / "many.rec"
    writer = RecordingWriter(path)
    for n in range(MOST_SYMBOLS + 50):
        name = f"s{n}usdt@depth"
        writer.write(stream(name, depth_data(1, 2, 0), T0 * NS + n))
    writer.write(stream("\u202eevil@depth", depth_data(1, 2, 0), T0 * NS))
    writer.close()
    source = ReplaySource(path, clock=FakeClock())
    assert len(source.contents.symbols) == MOST_SYMBOLS
    assert len(source.symbols) == MOST_SHOWN
    assert len(source.faults.named) == 2
    named = ReplaySource(path, ["S900USDT"], clock=FakeClock())
    assert named.symbols == ("S900USDT",)


async def test_many_frames_of_one_time_are_assessed_in_between(tmp_path: Path) -> None:
    path = tmp_path / "dense.rec"
    line = b'%d {"stream":"btcusdt@none","data":{}}\n' % (T0 * NS)
    path.write_bytes(line * (2 * MOST_FRAMES + 10))
    played = await batches(path)
    assert len(played) == 3
    assert all(batch.now == T0 * NS for batch in played)


async def test_an_outage_is_assessed_twice_a_second_at_its_beginning(tmp_path: Path) -> None:
    """So that what alerts live while nothing comes alerts in the replay at the same time."""
    path = tmp_path / "outage.rec"
    writer = RecordingWriter(path)
    for at in (0, 90_000, 3_600_000):
        writer.write(stream("btcusdt@depth", depth_data(1, 2, 0), (T0 + at) * NS))
    writer.close()
    times = [(batch.now // NS - T0) / 1000 for batch in await batches(path)]
    near = [t for t in times if t < 210]
    assert max(b - a for a, b in pairwise(near)) <= 0.5
    assert len(times) < 450


CAPTURES = {
    "recordings/btc-eth-2024-07-18.rec.gz": 17,
    "depth/ethusdt_depth0ms_2024-08-08T2354.raw.gz": 80,
    "depth/alts4_depth100ms_2021-07-22T2225.ws.raw.gz": 0,
}
"""Captures, and in how many quotes of each the update id is the one of a depth event."""
LONG = {"depth/btcusdt_depth0ms_2024-07-18T2357.raw.gz": 106}
"""One more of a kind that is among the others."""
SHORT = 4
"""Quotes after which a long capture is left."""


@pytest.mark.parametrize(
    ("name", "quotes"),
    [
        *((name, min(quotes, SHORT)) for name, quotes in CAPTURES.items()),
        *(
            pytest.param(*one, marks=pytest.mark.slow)
            for one in (CAPTURES | LONG).items()
            if one[1] > SHORT
        ),
    ],
)
async def test_real_books_equal_the_captured_best_quotes(
    shared_data: Path, name: str, quotes: int
) -> None:
    market = Market()
    compared = 0
    source = ReplaySource(shared_data / name, clock=FakeClock())
    async for batch in source.batches():
        for event in batch.events:
            market.apply(event)
            if isinstance(event, BestQuote):
                book = market.symbols[event.symbol].book
                if book.live and book.last_update_id == event.update_id:
                    quote = (event.bid, event.ask)
                    assert (book.bids.best(), book.asks.best()) == quote
                    compared += 1
        assert not market.distrusted
        if quotes == SHORT and compared >= quotes:
            break
    report = batch.connection
    assert report.resyncs == report.dropped_frames == 0
    assert source.faults.count == 0
    assert all(symbol.book.live for symbol in market.symbols.values())
    assert compared == quotes or compared > quotes == SHORT


async def test_two_replays_are_the_same(shared_data: Path) -> None:
    path = shared_data / list(CAPTURES)[-1]
    first, second = await batches(path), await batches(path)
    encode = msgspec.msgpack.Encoder(enc_hook=str).encode
    assert encode(first) == encode(second)


async def test_many_gaps_cost_no_more_assessments_than_there_are_frames_and_a_few_gaps(
    tmp_path: Path,
) -> None:
    path = tmp_path / "gaps.rec"
    writer = RecordingWriter(path)
    frames = 100
    for n in range(frames):
        time = T0 + n * 600_000
        data = depth_data(n + 1, n + 1, n, [["99", "1"]], time=time)
        writer.write(stream("btcusdt@depth@100ms", data, time * NS))
    writer.close()
    played = await batches(path)
    assert len(played) <= FINE_STEPS + 3 * frames
    assert played[-1].now == (T0 + (frames - 1) * 600_000) * NS
