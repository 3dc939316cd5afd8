"""The screen as an SVG picture in a file."""

from __future__ import annotations

import re
from html import unescape
from itertools import count
from pathlib import Path

from rich.cells import cell_len

_TEXT = re.compile(r'(<text [^>]*textLength=")([0-9.]+)("[^>]*>)([^<]*)</text>')


def with_cell_widths(svg: str) -> str:
    """``svg`` of rich with each text as wide as its cells: rich counts characters, and Chinese ones
    take two cells each.
    """

    def widened(match: re.Match[str]) -> str:
        before, length, after, escaped = match.groups()
        text = unescape(escaped)
        if not text or cell_len(text) == len(text):
            return match[0]
        width = float(length) / len(text) * cell_len(text)
        return f"{before}{width:g}{after}{escaped}</text>"

    return _TEXT.sub(widened, svg)


def save_picture(svg: str, folder: Path, stem: str) -> Path:
    """Write ``svg`` to ``STEM.svg`` in ``folder``, or ``STEM-2.svg`` … where that exists; its path.

    Raises:
        OSError: it cannot be written.
    """
    data = with_cell_widths(svg).encode()
    for number in count(1):
        path = folder / (f"{stem}.svg" if number == 1 else f"{stem}-{number}.svg")
        try:
            with path.open("xb") as file:
                file.write(data)
        except FileExistsError:
            continue
        return path
    raise AssertionError
