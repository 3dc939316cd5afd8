"""Recordings written and read: whole, cut off, corrupt, and of other collectors."""

from __future__ import annotations

import gzip
import hashlib
import os
import random
import re
import zlib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.frames import NS, T0, depth_data, rest, stream

from tuirisk.feed import recording_lines
from tuirisk.feed.frames import Frame, RestFrame, StreamFrame
from tuirisk.feed.recording import BareDepth, parse_line, read
from tuirisk.feed.recording_faults import RecordingError, RecordingFaults
from tuirisk.feed.recording_times import in_time
from tuirisk.feed.recording_writer import RecordingWriter, recordable

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


HOSTILE = "\x1b]0;PWNED\x07\x1b[2J\nBREAK\x9b31m\u202eEVIL\u2066\u200b\u2028\r\x00\x7f\x85"
OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


@pytest.mark.parametrize(
    "data",
    [
        f'{{"stream":"x","data":"{HOSTILE}"}}'.encode(),
        f'{{"stream":"x","data":"{HOSTILE}"}}'.encode()[:-9] + b"\xff\xfe",
        '{"stream":"x","data":"\u202e\u009b2J"}'.encode(),
        '{"stream":"x","data":"\\\u202e"}'.encode(),
        '\ufeff{"stream":"x"}'.encode(),
        b'{"stream":"x",\t"data":"\x7f"\r\n}',
        '{"stream":"x","data":"例 é"}'.encode(),
    ],
)
def test_nothing_in_a_recording_is_obeyed_by_a_terminal_that_shows_it(data: bytes) -> None:
    written = recordable(data)
    assert not OBEYED.search(written.decode())
    try:
        said = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        assert isinstance(msgspec.json.decode(written), str)
    else:
        assert msgspec.json.decode(written) == said


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
    packed = gzip.compress(lines, mtime=0)
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


def packed_lines(first: int, count: int) -> bytes:
    """A gzip member of numbered frames, flushed as the writer does."""
    pack = zlib.compressobj(wbits=31)
    parts = []
    for n in range(first, first + count):
        noise = hashlib.sha256(str(n).encode()).hexdigest()
        line = b'%d {"stream":"a@b","data":{"n":%d,"x":"%b"}}\n' % (T0 * NS + n, n, noise.encode())
        parts.append(pack.compress(line))
        if n % 100 == 99:
            parts.append(pack.flush(zlib.Z_FULL_FLUSH))
    return b"".join([*parts, pack.flush()])


def numbers(path: Path, faults: RecordingFaults) -> list[int]:
    return [frame.received - T0 * NS for frame in read(path, faults)]


@pytest.mark.parametrize("share", [0.001, 0.1, 0.5, 0.9, 0.999])
def test_a_member_that_broke_off_takes_no_line_of_the_next(tmp_path: Path, share: float) -> None:
    path = tmp_path / "a.rec.gz"
    torn, whole = packed_lines(0, 2_000), packed_lines(5_000, 3_000)
    path.write_bytes(torn[: int(len(torn) * share)] + whole)
    faults = RecordingFaults()
    found = numbers(path, faults)
    assert found[-3_000:] == list(range(5_000, 8_000))
    assert found[:-3_000] == list(range(len(found) - 3_000))
    assert any("bytes lost" in name for name in faults.named)


@pytest.mark.parametrize("seed", range(8))
def test_changed_bits_cost_a_flush_and_no_more(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "a.rec.gz"
    data = bytearray(packed_lines(0, 6_000))
    rng = random.Random(seed)
    for _ in range(3):
        data[rng.randrange(20, len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)
    faults = RecordingFaults()
    found = numbers(path, faults)
    assert len(set(found)) > 6_000 - 3 * 220
    assert len(found) < 6_000 + 300
    assert faults.count


def test_zeros_and_rubbish_behind_a_member_are_no_member(tmp_path: Path) -> None:
    path = tmp_path / "a.rec.gz"
    path.write_bytes(packed_lines(0, 10) + bytes(5_000))
    faults = RecordingFaults()
    assert len(numbers(path, faults)) == 10
    assert faults.count == 0
    path.write_bytes(packed_lines(0, 10) + b"rubbish" * 1_000 + packed_lines(50, 10))
    assert len(numbers(path, faults)) == 20
    assert "7000 bytes lost" in faults.named[0]


@pytest.mark.parametrize("name", ["a.rec", "a.rec.gz"])
def test_a_line_beyond_the_bound_is_skipped_and_counted(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_lines, "LONGEST_LINE", 3_000_000)
    good = b'%d {"stream":"a@b","data":{}}\n' % (T0 * NS)
    data = good + b"\n" * 2_000_000 + b"x" * 9_000_000 + b"\n" + good + b"y" * 4_000_000
    path = tmp_path / name
    path.write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    faults = RecordingFaults()
    assert len(list(read(path, faults))) == 2
    assert [name.partition(":")[0] for name in faults.named] == ["line 2000002", "line 2000004"]


def test_reading_ends_in_a_file_of_empty_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_lines, "MOST_SILENCE", 5_000_000)
    path = tmp_path / "a.rec"
    path.write_bytes(b"\n" * 9_000_000 + b'%d {"stream":"a@b","data":{}}\n' % (T0 * NS))
    faults = RecordingFaults()
    assert list(read(path, faults)) == []
    assert "without a line" in faults.named[0]


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "/"])
def test_only_a_regular_file_is_read(path: str) -> None:
    with pytest.raises(RecordingError, match="not a regular file"):
        list(read(Path(path), RecordingFaults()))


SECOND = 1_000_000_000


def stamps(*seconds: float) -> list[int]:
    """The whole seconds of the lines that are in time."""
    lines = [
        (n, 50, StreamFrame(T0 * NS + round(at * SECOND), b"")) for n, at in enumerate(seconds, 1)
    ]
    found = in_time(lines, RecordingFaults())
    return [(frame.received - T0 * NS) // SECOND for frame in found]


@pytest.mark.parametrize("off", [120, 3_600, 86_500, 31_536_000, -75, -3_600, -40_000_000])
@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("at", [0, 1, 6])
def test_a_time_that_cannot_be_true_is_left_out(off: int, times: int, at: int) -> None:
    if at < times and off < 0 and off > -86_400:
        # A recording that begins early may as well have a gap.
        return
    good = list(range(12))
    assert stamps(*good[:at], *[good[at] + off] * times, *good[at:]) == good


def test_a_gap_is_no_damage_and_neither_are_lines_out_of_order() -> None:
    week = 7 * 86_400
    times = [0, 1, 2, 3, 4, *(week + n for n in range(5))]
    assert stamps(*times) == times
    assert stamps(0, 50, 10, 60, 20, 70) == [0, 50, 10, 60, 20, 70]
    assert stamps(5) == [5]


def test_lines_of_no_time_and_of_hostile_form_are_none() -> None:
    assert parse_line(b'99999999999999999999 {"stream":"a","data":{}}') is None
    assert parse_line(b'99999999999: {"stream":"a","data":{}}') is None
    start = b"1721347021281597601 "
    assert parse_line(start + b'{"data":{},"status":"x","rest":"GET /fapi/v1/depth"}') is None
    assert parse_line(start + b'{"x":' + b"[" * 200_000) is None
    assert parse_line(start + b'{"rest":' + b"[" * 200_000) is None
    answer = parse_line(start + b'{"rest":"GET /a\\u001b[2J\\n","status":200,"data":{}}')
    assert isinstance(answer, RestFrame)
    assert answer.request.isprintable()


# Writing


def appended(path: Path) -> RecordingWriter:
    writer = RecordingWriter(path)
    writer.write(FRAMES[1])
    writer.close()
    return writer


def test_behind_a_packed_recording_that_broke_off_another_file_begins(tmp_path: Path) -> None:
    path = tmp_path / "a.rec.gz"
    path.write_bytes(packed_lines(0, 2_000)[:-40])
    first = appended(path)
    assert first.path == tmp_path / "a-2.rec.gz"
    assert "broke off" in first.notice
    assert appended(path).path == first.path
    assert len(list(read(first.path, RecordingFaults()))) == 2


def test_a_whole_recording_is_continued(tmp_path: Path) -> None:
    for name in ("a.rec", "a.rec.gz"):
        path = tmp_path / name
        for count in (1, 2, 3):
            assert appended(path).notice == ""
            assert len(list(read(path, RecordingFaults()))) == count


def test_a_torn_line_ends_before_the_next_recording(tmp_path: Path) -> None:
    path = tmp_path / "a.rec"
    path.write_bytes(b'%d {"stream":"a@b","data":{}}\n%d {"stre' % (T0 * NS, T0 * NS))
    appended(path)
    faults = RecordingFaults()
    assert len(list(read(path, faults))) == 2
    assert faults.count == 1


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("notes.txt", b"my notes\n"),
        ("a.rec.gz", b'1721347021281597601 {"stream":"a@b","data":{}}\n'),
        ("a.rec", packed_lines(0, 10)),
        ("a.rec.gz", gzip.compress(b"my notes", mtime=0)),
    ],
)
def test_nothing_is_appended_to_what_is_no_recording(
    tmp_path: Path, name: str, data: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(RecordingError, match="name another file"):
        RecordingWriter(path)
    assert path.read_bytes() == data


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("name", ["a.rec", "a.rec.gz"])
def test_a_disk_that_is_full_from_the_start_is_one_line(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.symlink_to("/dev/full")
    with pytest.raises(RecordingError, match=r"cannot write the recording \(No space left"):
        RecordingWriter(path)


@pytest.mark.parametrize("name", ["a.rec", "a.rec.gz"])
def test_a_disk_that_becomes_full_ends_the_recording_alone(tmp_path: Path, name: str) -> None:
    writer = RecordingWriter(tmp_path / name)
    assert writer._raw is not None
    os.dup2(os.open("/dev/full", os.O_WRONLY), writer._raw.fileno())
    for n in range(3):
        writer.write(StreamFrame((T0 + n * 2_000) * NS, b'{"stream":"x","data":{}}'))
    writer.close()
    assert "No space left" in writer.error


@pytest.mark.parametrize("name", ["a.rec", "a.rec.gz"])
def test_a_file_that_is_removed_ends_the_recording_and_one_that_is_renamed_does_not(
    tmp_path: Path, name: str
) -> None:
    writer = RecordingWriter(tmp_path / name)
    frames = [StreamFrame((T0 + n * 2_000) * NS, b'{"stream":"x","data":{}}') for n in range(4)]
    writer.write(frames[0])
    (tmp_path / name).rename(tmp_path / f"kept-{name}")
    writer.write(frames[1])
    assert writer.error == ""
    (tmp_path / f"kept-{name}").unlink()
    writer.write(frames[2])
    assert writer.error == f"{tmp_path / name} (The file was removed)"
    writer.write(frames[3])
    writer.close()


@pytest.mark.parametrize("name", ["a.rec", "a.rec.gz"])
def test_a_disk_that_is_full_at_the_end_is_reported(tmp_path: Path, name: str) -> None:
    writer = RecordingWriter(tmp_path / name)
    writer.write(FRAMES[1])
    assert writer._raw is not None
    writer.write(FRAMES[1])
    os.dup2(os.open("/dev/full", os.O_WRONLY), writer._raw.fileno())
    writer.close()
    assert "No space left" in writer.error
