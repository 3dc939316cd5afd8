"""Recordings that were put one behind the other are read in a time that grows with their size."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.frames import NS, T0

from tuirisk.feed import recording_lines
from tuirisk.feed.frames import StreamFrame
from tuirisk.feed.recording_faults import RecordingFaults
from tuirisk.feed.recording_order import in_event_order

LINES = [b'%d {"stream":"btcusdt@aggTrade","data":{}}\n' % (T0 + i) for i in range(1_500)]


def read(path: Path) -> tuple[list[bytes], int]:
    faults = RecordingFaults()
    return [line for _, line in recording_lines.lines(path, faults)], faults.count


def test_whole_members_are_read_however_many_they_are(tmp_path: Path) -> None:
    path = tmp_path / "many.rec.gz"
    path.write_bytes(b"".join(gzip.compress(line, 1) for line in LINES))
    assert read(path) == ([line.strip() for line in LINES], 0)


@pytest.mark.parametrize("begin", [b"", LINES[0]])
def test_whole_members_are_not_tried_for_being_broken_off(
    begin: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = b"".join(LINES)
    parts = [text[at : at + 61] for at in range(0, 300 * 61, 61)]
    path = tmp_path / "empty.rec.gz"
    packed = gzip.compress(begin) + gzip.compress(b"") * 300
    path.write_bytes(packed + b"".join(gzip.compress(part, 1) for part in parts))
    monkeypatch.delattr(recording_lines, "_unpacks")
    expected = (begin + b"".join(parts)).splitlines()
    assert read(path) == (expected, 0)


def test_a_recording_behind_itself_does_not_wait_for_the_time_of_the_first() -> None:
    data = b'{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":%d,"a":%d}}'
    taken = 0

    def frames() -> Iterator[StreamFrame]:
        nonlocal taken
        for _ in range(5):
            for i in range(200):
                taken += 1
                time = T0 + i * 100
                yield StreamFrame(time * NS, data % (time, i))

    waiting = [taken - given for given, _ in enumerate(in_event_order(frames()))]
    assert len(waiting) == 1_000
    assert max(waiting) < 20
