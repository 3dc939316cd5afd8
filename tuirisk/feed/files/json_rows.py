"""Rows of a JSON text, read in pieces: an array of them, alone or in an answer, or one a line.

A row is flat: an array of cells, or an object whose keys are those of the first one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import IO, Any

import msgspec

BLOCK = 256 * 1024
"""Bytes that are read at a time; a row is no longer."""
_BEGIN = re.compile(rb"\[\s*([\[{])")
_BETWEEN = b" \t\r\n,"
_FAILURES = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def json_rows(opened: Callable[[], IO[bytes]]) -> Iterator[list[Any]]:
    """The values of the text in blocks, in their order; of an answer those of its first list.

    Raises:
        ValueError: it is not JSON, or a row of it has no end.
        EOFError: the text ends before its list does; the rows before were given.
    """
    with opened() as stream:
        head = stream.read(BLOCK)
        begin = _BEGIN.search(head)
        if begin is None:
            yield from _lines(head, stream)
        else:
            closing = b"]" if begin[1] == b"[" else b"}"
            yield from _array(head[begin.start() + 1 :], closing, stream)


def _array(data: bytes, closing: bytes, stream: IO[bytes]) -> Iterator[list[Any]]:
    end = re.compile(re.escape(closing) + rb"\s*\]")
    while True:
        data = data.lstrip(_BETWEEN)
        if data.startswith(b"]"):
            return
        last = end.search(data)
        cut = data.rfind(closing) + 1 if last is None else last.start() + 1
        if cut:
            yield _decoded(b"[" + data[:cut].rstrip(_BETWEEN) + b"]")
            data = data[cut:]
        elif len(data) > BLOCK:
            raise ValueError("a row without an end")
        if last is None:
            more = stream.read(BLOCK)
            if not more and not data.lstrip(_BETWEEN).startswith(b"]"):
                raise EOFError
            data += more


def _lines(data: bytes, stream: IO[bytes]) -> Iterator[list[Any]]:
    while data:
        more = stream.read(BLOCK)
        cut = data.rfind(b"\n") + 1 if more else len(data)
        if not cut and len(data) > BLOCK and data.strip():
            raise ValueError("a row without an end")
        block = data[:cut].strip()
        if block:
            yield _decoded_lines(block)
        data = (data[cut:] if cut or data.strip() else b"") + more


def _decoded_lines(block: bytes) -> list[Any]:
    return [_decoded(line) for line in block.split(b"\n") if line.strip()]


def _decoded(data: bytes) -> Any:
    try:
        return msgspec.json.decode(data)
    except _FAILURES as error:
        raise ValueError(f"not JSON: {error}") from None
