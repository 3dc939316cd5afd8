"""Marks, bars and sparklines. Every sign the screen draws that is not a word stands here."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from rich.cells import cell_len

from tuirisk.state import Missing, Number

MARKS = {"ok": "✓", "unknown": "?", "caution": "^", "warning": "!", "critical": "!!"}
STATUS_MARKS = {"warming": "~", "stale": "?", "error": "x"}
POINTER = ">"
STALE = "?"
GAP = "."

_BITMAPS = {
    "0": "### #.# #.# #.# ###",
    "1": "##. .#. .#. .#. ###",
    "2": "### ..# ### #.. ###",
    "3": "### ..# .## ..# ###",
    "4": "#.# #.# ### ..# ..#",
    "5": "### #.. ### ..# ###",
    "6": "### #.. ### #.# ###",
    "7": "### ..# ..# ..# ..#",
    "8": "### #.# ### #.# ###",
    "9": "### #.# ### ..# ###",
    "–": "... ... ### ... ...",
    "?": "### ..# .## ... .#.",
}
"""Three by five halves of a cell: big characters."""

_EIGHTHS = " ▏▎▍▌▋▊▉"
_LEVELS = "▁▂▃▄▅▆▇█"


def bar(share: float, width: int) -> str:
    """A bar of ``share`` (0–1) of ``width`` cells in eighths, without the empty rest.

    What is above zero shows: the shortest bar is one eighth.
    """
    eighths = round(min(1.0, max(0.0, share)) * width * 8)
    if share > 0:
        eighths = max(1, eighths)
    full, rest = divmod(eighths, 8)
    return "█" * full + (_EIGHTHS[rest] if rest else "")


def line(share: float, width: int) -> tuple[str, str]:
    """A thin bar of ``share`` (0–1) of ``width`` cells in halves, and its empty rest."""
    halves = round(min(1.0, max(0.0, share)) * width * 2)
    full, half = divmod(max(1, halves) if share > 0 else halves, 2)
    return "━" * full + "╸" * half, "─" * (width - full - half)


def level(share: float) -> str:
    """One cell, filled from below by ``share`` (0–1)."""
    return _LEVELS[min(7, max(0, int(share * 8)))]


def area(values: Sequence[Number], width: int, height: int, low: float, high: float) -> list[str]:
    """As :func:`sparkline` over ``height`` rows, top row first."""
    newest = values[-width:] if width > 0 else ()
    span = high - low
    rows = []
    for row in range(height - 1, -1, -1):
        cells = ""
        for value in newest:
            if isinstance(value, Missing):
                cells += " " if row else GAP
                continue
            share = (value - low) / span if span > 0 else 0.0
            eighths = min(max(1, round(share * height * 8)), height * 8) - row * 8
            cells += " " if eighths <= 0 else _LEVELS[min(7, eighths - 1)]
        rows.append(cells.rjust(width))
    return rows


def sparkline(values: Sequence[Number], width: int, low: float, high: float) -> str:
    """The newest ``width`` values between fixed limits, right-aligned; gaps are dots.

    Fixed limits, so that a calm series and a wild one do not look alike.
    """
    newest = values[-width:] if width > 0 else ()
    span = high - low
    cells = [
        GAP if isinstance(value, Missing) else level((value - low) / span if span > 0 else 0.0)
        for value in newest
    ]
    return "".join(cells).rjust(width)


@cache
def figure(text: str) -> tuple[str, str, str]:
    """``text`` (digits, ``–`` and ``?``) three rows high, its upper half row blank."""
    bitmaps = [f"... {_BITMAPS[character]}".split() for character in text]
    top, middle, bottom = (
        " ".join(
            "".join(_HALVES[pair] for pair in zip(bits[2 * row], bits[2 * row + 1], strict=True))
            for bits in bitmaps
        )
        for row in range(3)
    )
    return top, middle, bottom


_HALVES = {(".", "."): " ", ("#", "."): "▀", (".", "#"): "▄", ("#", "#"): "█"}


class _Ascii(dict[int, str]):
    """ASCII of about the same look for each character, by its code."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if character.isascii():
            return character
        if 0x2800 <= code <= 0x28FF:
            # Braille: the more dots, the darker.
            return " .:-=+*%#"[(code & 0xFF).bit_count()]
        return "?" * max(1, cell_len(character))


_ASCII = _Ascii(
    {
        ord(character): ascii
        for characters, ascii in (
            ("█▉▊▇▓┃", "#"), ("▔", "'"), ("▋▌▆▐▒", "="), ("▍▎▏░", "-"), ("▀", '"'), ("▄▅", "+"),
            ("▃", "="), ("▂", "-"), ("▁", "_"), ("━╸╺", "="), ("─╌–—", "-"), ("│", "|"), ("✓", "+"),
            ("±", "~"), ("·", "."), ("×", "x"), ("↑▲", "^"), ("↓▼", "v"), ("┌┐└┘├┤┬┴┼╭╮╰╯", "+"),
            ("Δ", "d"), ("σ", "s"), ("≤", "<"), ("≥", ">"), ("•●■", "*"), ("○□", "o"),
            ("Ⓢ", "S"), ("’", "'"),
        )
        for character in characters
    }
)  # fmt: skip


def ascii_text(text: str) -> str:
    """``text`` in ASCII, as many cells wide."""
    return text.translate(_ASCII)
