"""Depth messages without their stream's name: the best levels whole, or changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tuirisk.feed.frames import RestFrame, StreamFrame, stream_name
from tuirisk.feed.recording import read
from tuirisk.feed.recording_captures import BareDepth
from tuirisk.feed.recording_faults import RecordingFaults

T = 1_760_000_000_000


def message(n: int, *, levels: int = 5, zero: bool = False, asks: int | None = None) -> str:
    bids = [[f"{99.9 - i / 10:.1f}", "5"] for i in range(levels)]
    offers = [[f"{100 + i / 10:.1f}", "5"] for i in range(levels if asks is None else asks)]
    if zero:
        bids[-1][1] = "0.000"
    return json.dumps({"e": "depthUpdate", "E": T + n, "T": T + n, "s": "BTCUSDT", "U": n + 1,
                       "u": n + 1, "pu": n, "b": bids, "a": offers})  # fmt: skip


def names(path: Path, *lines: str) -> set[str]:
    path.write_text("".join(f"{T + n} {line}\n" for n, line in enumerate(lines)), encoding="utf-8")
    frames = list(read(path, RecordingFaults()))
    assert len(frames) == len(lines)
    return {stream_name(f.data) or "" for f in frames if isinstance(f, StreamFrame)}


@pytest.mark.parametrize("levels", [5, 10, 20])
def test_messages_with_as_many_levels_each_are_the_book(tmp_path: Path, levels: int) -> None:
    lines = [message(n, levels=levels) for n in range(4)]
    assert names(tmp_path / "a.rec", *lines) == {f"btcusdt@depth{levels}"}


@pytest.mark.parametrize(
    "odd",
    [message(9, zero=True), message(9, levels=4), message(9, asks=3), message(9, levels=10)],
    ids=["removal", "four levels", "sides unlike", "another number"],
)
def test_one_message_that_is_none_of_them_makes_all_of_them_changes(
    tmp_path: Path, odd: str
) -> None:
    assert names(tmp_path / "a.rec", *(message(n) for n in range(4)), odd) == {"btcusdt@depth"}


def test_two_messages_are_too_few_and_a_stream_that_is_named_decides(tmp_path: Path) -> None:
    assert names(tmp_path / "a.rec", message(1), message(2)) == {"btcusdt@depth"}
    wrapped = [f'{{"stream":"btcusdt@depth","data":{message(n)}}}' for n in range(5)]
    assert names(tmp_path / "b.rec", *wrapped) == {"btcusdt@depth"}


def test_a_message_under_data_alone_and_the_mark_of_an_editor(tmp_path: Path) -> None:
    body = '{"lastUpdateId":10,"bids":[["99","1"]],"asks":[["100","1"]]}'
    path = tmp_path / "a.jsonl"
    path.write_bytes(
        b"\xef\xbb\xbf" + f'{{"ts":{T},"data":{body}}}\r\n{{"ts":{T},"data":{message(1)}}}'.encode()
    )
    first, second = read(path, RecordingFaults())
    assert isinstance(first, BareDepth)
    assert isinstance(second, StreamFrame)
    named = body.replace('{"last', '{"symbol":"BTCUSDT","last')
    path.write_text(f'{{"ts":{T},"data":{named}}}\n', encoding="utf-8")
    (answer,) = read(path, RecordingFaults())
    assert isinstance(answer, RestFrame)
