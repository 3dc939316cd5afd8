"""What the terminal shows, cell by cell, so that only what differs is sent.

Textual sends whole regions, and every piece of text with its full style. Here an update is
compared with the cells on the terminal; those that differ are sent grouped by style, each style
named once, each run of cells after one move of the cursor. The moves are absolute or along the
row, so that a terminal that draws a character wider than it counts cannot shift the rest.

This reads Textual's own updates, which no other program is promised: where they are not as known,
Textual paints by itself, at the cost of more bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import COLOR_SYSTEMS, Console
from textual.strip import Strip

from tuirisk.ui.render.glyphs import ascii_text
from tuirisk.ui.render.textual_hooks import ChopsUpdate, CompositorUpdate, LayoutUpdate

if TYPE_CHECKING:
    from rich.style import Style

Cell = tuple[str, str]
"""(character, SGR codes of its style); the second cell of a wide character is empty."""
NOTHING: Cell = ("", "?")
"""A cell of which it is not known what the terminal shows."""
GAP = 4
"""Up to this many unchanged cells between two runs are sent again: a move costs as much."""


class Run(NamedTuple):
    """Cells side by side that have one style: where they begin, their text, its SGR codes."""

    y: int
    x: int
    text: str
    codes: str


class TerminalDiff:
    """The cells that the terminal was sent last."""

    def __init__(self, ascii: bool = False) -> None:
        """``ascii``: whatever is drawn, no other character is sent."""
        self.works = True
        """Whether Textual's updates are as they are known here."""
        self._ascii = ascii
        self._rows: list[list[Cell]] = []
        self._codes: dict[Style | None, str] = {}
        self._system: str | None = None

    def reduced(self, update: object) -> object:
        """``update`` without the cells that the terminal shows already.

        One of a kind that is not known is given back as it is.
        """
        if self.works and isinstance(update, LayoutUpdate | ChopsUpdate):
            return _ReducedUpdate(self, update)
        return update

    def forget(self) -> None:
        """The terminal may show anything."""
        self._rows = []

    def sequence(self, update: LayoutUpdate | ChopsUpdate, console: Console) -> str:
        """The terminal's sequences that bring the terminal from what it shows to ``update``."""
        if console.color_system != self._system:
            self._system = console.color_system
            self._codes.clear()
        system = COLOR_SYSTEMS.get(self._system or "", ColorSystem.TRUECOLOR)
        parts = _whole(update) if isinstance(update, LayoutUpdate) else _parts(update)
        runs: list[Run] = []
        for y, x, strip in parts:
            row = self._row(y, x + strip.cell_length)
            runs += _replace(row, y, x, self._cells(strip, system))
        return _emit(runs)

    def _row(self, y: int, width: int) -> list[Cell]:
        while len(self._rows) <= y:
            self._rows.append([])
        row = self._rows[y]
        row.extend([NOTHING] * (width - len(row)))
        return row

    def _cells(self, strip: Strip, system: ColorSystem) -> list[Cell]:
        cells: list[Cell] = []
        codes_of = self._codes
        for text, style, control in strip:
            if control:
                continue
            if self._ascii and not text.isascii():
                text = ascii_text(text)
            codes = codes_of.get(style)
            if codes is None:
                codes = "" if style is None else Strip.render_ansi(style, system)
                codes_of[style] = codes
            if text.isprintable() and (text.isascii() or cell_len(text) == len(text)):
                cells += [(character, codes) for character in text]
                continue
            for character in text:
                width = cell_len(character)
                if width:
                    cells += [(character, codes), ("", codes)][:width]
                elif cells and character.isprintable():
                    cells[-1] = (cells[-1][0] + character, codes)
        return cells


class _ReducedUpdate(CompositorUpdate):
    def __init__(self, frame: TerminalDiff, update: LayoutUpdate | ChopsUpdate) -> None:
        self._frame = frame
        self._update = update

    def render_segments(self, console: Console) -> str:
        try:
            return self._frame.sequence(self._update, console)
        except (AttributeError, LookupError, TypeError, ValueError):
            # Another Textual: its own painting is longer and as right.
            self._frame.works = False
            return self._update.render_segments(console)


def _whole(update: LayoutUpdate) -> Iterable[tuple[int, int, Strip]]:
    """(row, column, strip) of an update of everything."""
    for y, line in enumerate(update.strips, update.region.y):
        x = update.region.x
        for strip in line:
            yield y, x, strip
            x += strip.cell_length


def _parts(update: ChopsUpdate) -> Iterable[tuple[int, int, Strip]]:
    """(row, column, strip) of an update of some regions."""
    for y, x1, x2 in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is None or x > x2 or end <= x1:
                continue
            yield y, x, strip if end <= x2 else strip.crop(0, x2 - x)


def _replace(row: list[Cell], y: int, x: int, cells: Sequence[Cell]) -> list[Run]:
    """Put ``cells`` into ``row`` at ``x``: the runs of one style in which something differs."""
    runs: list[Run] = []
    start = last = -1
    for i, cell in enumerate(cells):
        at = x + i
        if start >= 0 and (at - last > GAP or cell[1] != cells[start - x][1]):
            runs.append(_run(cells, y, x, start, last))
            start = -1
        if row[at] != cell:
            row[at] = cell
            if not cell[0] and i:
                # Half a wide character cannot be sent: the whole of it is.
                at -= 1
            start, last = at if start < 0 else start, x + i
    if start >= 0:
        runs.append(_run(cells, y, x, start, last))
    return runs


def _run(cells: Sequence[Cell], y: int, x: int, start: int, last: int) -> Run:
    text = "".join(character for character, _ in cells[start - x : last + 1 - x])
    return Run(y, start, text, cells[start - x][1])


def _emit(runs: list[Run]) -> str:
    """The runs, grouped by style, from the top left."""
    by_style: dict[str, list[Run]] = {}
    for run in runs:
        by_style.setdefault(run.codes, []).append(run)
    out: list[str] = []
    at = (-1, -1)
    for codes, group in by_style.items():
        out.append(f"\x1b[0;{codes}m" if codes else "\x1b[0m")
        for run in sorted(group):
            if run.y == at[0] and run.x > at[1]:
                ahead = run.x - at[1]
                out.append(f"\x1b[{ahead}C" if ahead > 1 else "\x1b[C")
            elif (run.y, run.x) != at:
                out.append(f"\x1b[{run.y + 1};{run.x + 1}H")
            out.append(run.text)
            # After a character of unsure width the column is not relied upon.
            at = (run.y, run.x + len(run.text)) if run.text.isascii() else (-1, -1)
    if out:
        out.append("\x1b[0m")
    return "".join(out)
