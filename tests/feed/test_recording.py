"""Recordings written and read: whole, cut off, corrupt, and of other collectors."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.frames import NS, T0, depth_data, rest, stream

from tuirisk.feed.frames import Frame, RestFrame, StreamFrame
from tuirisk.feed.recording import (
    BareDepth,
    RecordingError,
    RecordingFaults,
    RecordingWriter,
    parse_line,
    read,
)

FRAMES: list[Frame] = [
    rest("/fapi/v1/fundingInfo", []),
    stream("btcusdt@depth@100ms", depth_data(1, 2, 0), T0 * NS + 1),
    RestFrame(T0 * NS + 2, "GET /fapi/v1/depth?symbol=BTCUSDT", 403, b"<html>no</html>"),
]


def write(path: Path) -> None:
    writer = RecordingWriter(path)
    for frame in FRAMES:
        writer.write(frame)
    writer.close()


@pytest.mark.parametrize("name", ["a.rec", "a.rec.gz"])
def test_what_is_written_is_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write(path)
    faults = RecordingFaults()
    frames = list(read(path, faults))
    assert faults.count == 0
    assert frames[:2] == FRAMES[:2]
    html = frames[2]
    assert isinstance(html, RestFrame)
    assert (html.status, html.body) == (403, b'"<html>no</html>"')


def test_a_frame_that_is_not_json_stays_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.rec"
    writer = RecordingWriter(path)
    writer.write(StreamFrame(T0 * NS, b'{"stream":"x",\n"data"'))
    writer.write(FRAMES[1])
    writer.close()
    assert len(path.read_bytes().splitlines()) == 2
    assert list(read(path, RecordingFaults()))[-1] == FRAMES[1]


def test_a_truncated_gzip_plays_to_where_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.rec.gz"
    lines = b"".join(b'%d {"stream":"a@b","data":{}}\n' % (T0 * NS + n * 7919) for n in range(5000))
    packed = gzip.compress(lines)
    path.write_bytes(packed[: len(packed) // 2])
    faults = RecordingFaults()
    frames = list(read(path, faults))
    assert 1000 < len(frames) < 5000
    assert faults.count == 1
    assert "ends or breaks" in faults.named[0]


def test_corrupt_lines_are_counted_and_named_and_the_rest_plays(tmp_path: Path) -> None:
    path = tmp_path / "a.rec"
    good = b'%d {"stream":"a@b","data":{}}' % (T0 * NS)
    path.write_bytes(b"\n".join([good, b"nonsense", good, b"\xff\x00", b"", good[:30] + b"x"]))
    faults = RecordingFaults()
    assert len(list(read(path, faults))) >= 2
    assert faults.count == 2
    assert faults.named[0].startswith("line 2:")


def test_no_such_file_is_one_line() -> None:
    with pytest.raises(RecordingError, match=r"nowhere.rec: cannot read the recording"):
        list(read(Path("nowhere.rec"), RecordingFaults()))
    with pytest.raises(RecordingError, match="cannot write"):
        RecordingWriter(Path("/nowhere/at/all.rec"))


def test_lines_of_other_collectors() -> None:
    bare = parse_line(b'1721347021281597601 {"lastUpdateId":9,"bids":[],"asks":[]}')
    assert isinstance(bare, BareDepth)
    seconds = parse_line(b'1626992741.06217: {"stream":"a@b","data":{}}')
    assert seconds == StreamFrame(1626992741062170000, b'{"stream":"a@b","data":{}}')
    http = parse_line(b"https://h/fapi/v1/depth?symbol=A&limit=1000 -> 1626992741.301402: {}")
    assert http == RestFrame(
        1626992741301402000, "GET /fapi/v1/depth?symbol=A&limit=1000", 200, b"{}"
    )
    other_order = parse_line(b'1721347021281597601 {"data":{},"stream":"a@b"}')
    assert isinstance(other_order, StreamFrame)


@given(st.binary(max_size=120))
def test_any_line_is_a_frame_or_none(line: bytes) -> None:
    parse_line(line)
    parse_line(b"1721347021281597601 " + line)
    parse_line(b'1721347021281597601 {"rest":' + line)
