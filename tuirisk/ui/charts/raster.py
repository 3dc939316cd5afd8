"""A raster of character cells that becomes rows of spans."""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

from tuirisk.ui.render.rows import Line, Span


class RasterCell(NamedTuple):
    """A character cell of a chart: its character, style class and background."""

    character: str = " "
    role: str = "text"
    ground: str = ""


BLANK = RasterCell()


class Raster:
    """``height`` rows of ``width`` cells, row 0 on top."""

    def __init__(self, width: int, height: int) -> None:
        self.width = max(0, width)
        self.height = max(0, height)
        self._rows = [[BLANK] * self.width for _ in range(self.height)]

    def put(self, x: int, y: int, character: str, role: str = "text") -> None:
        """Set a cell, keeping its ground; outside the raster nothing happens."""
        if 0 <= x < self.width and 0 <= y < self.height:
            self._rows[y][x] = RasterCell(character, role, self._rows[y][x].ground)

    def fill(self, x: int, y: int, cell: RasterCell) -> None:
        if 0 <= x < self.width and 0 <= y < self.height:
            self._rows[y][x] = cell

    def rule(self, y: int, character: str, role: str) -> None:
        """A line across row ``y``, behind what is drawn there."""
        if 0 <= y < self.height:
            row = self._rows[y]
            self._rows[y] = [RasterCell(character, role) if cell == BLANK else cell for cell in row]

    def lines(self) -> list[Line]:
        """The rows, neighbours of one look joined."""
        return [
            tuple(
                Span("".join(cell.character for cell in run), role, ground)
                for (role, ground), run in groupby(row, key=lambda cell: (cell.role, cell.ground))
            )
            for row in self._rows
        ]
