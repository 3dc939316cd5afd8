"""JSON of rows in pieces: every shape that is read, and bombs that are refused or cost a block."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tuirisk.feed.files import json_rows as module
from tuirisk.feed.files.json_rows import json_rows


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 64)


def read(text: str | bytes) -> list[Any]:
    data = text.encode() if isinstance(text, str) else text
    return [row for rows in json_rows(lambda: io.BytesIO(data)) for row in rows]


ROWS = [[i, f"{i}.5", None, -1e3] for i in range(50)]
OBJECTS = [{"t": i, "p": "1.5"} for i in range(50)]


@pytest.mark.parametrize("rows", [ROWS, OBJECTS])
def test_rows_are_read_from_every_shape(rows: list[Any]) -> None:
    lines = "\n".join(map(json.dumps, rows))
    answer = json.dumps({"code": 0, "data": rows, "more": []})
    for text in (json.dumps(rows), json.dumps(rows, indent=2), answer, lines, f"\n{lines}\n\n"):
        assert read(text) == rows


@pytest.mark.parametrize("text", ["{]", "[[1,2],[3,x]]", '{"a":1}\n{', b"[[1],[\xff]]", "[" * 500])
def test_what_is_not_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"not JSON|without an end"):
        read(text)


def test_a_text_that_ends_early_gives_the_rows_before() -> None:
    rows: list[Any] = []
    pieces = json_rows(lambda: io.BytesIO(json.dumps(ROWS)[:-40].encode()))
    with pytest.raises(EOFError):
        rows.extend(row for piece in pieces for row in piece)
    assert rows == ROWS[: len(rows)]
    assert len(rows) > 40


class Endless(io.RawIOBase):
    """A text of one character for ever; fails where more than some blocks are read of it."""

    def __init__(self, character: bytes) -> None:
        self.character = character
        self.left = 20

    def read(self, size: int = -1) -> bytes:
        self.left -= 1
        assert self.left, "read on"
        return self.character * size


@pytest.mark.parametrize("character", [b"[", b"{", b'"', b"1"])
def test_a_row_without_an_end_is_refused_after_a_block(character: bytes) -> None:
    def rows() -> Iterator[Any]:
        return json_rows(lambda: Endless(character))  # type: ignore[arg-type,return-value]

    with pytest.raises(ValueError, match="without an end"):
        list(rows())
