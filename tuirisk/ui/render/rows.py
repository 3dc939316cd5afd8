"""Rows of text before they are painted: spans with a role, measured in terminal cells."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rich.cells import cell_len

from tuirisk.ui.render.glyphs import ascii_text

CUT = ".."
OPAQUE = ("warning-fill", "critical-fill", "error-fill", "unknown-fill", "title-focus", "notice")
"""Roles that are seen even on a blank."""


class Span(NamedTuple):
    """Some text, what it means (its role chooses colour and weight), and what is behind it."""

    text: str
    role: str = "text"
    ground: str = ""


Line = tuple[Span, ...]


class Row:
    """One row under construction, filled from the left.

    What does not fit is left out as a whole: half a number looks like a number.
    """

    def __init__(self, width: int, ground: str = "") -> None:
        self.width = width
        self.ground = ground
        self.used = 0
        self._spans: list[Span] = []

    @property
    def room(self) -> int:
        return self.width - self.used

    def add(self, text: str, role: str = "text", ground: str | None = None) -> Row:
        """Append ``text`` if it fits."""
        size = cell_len(text)
        if text and size <= self.room:
            self._spans.append(Span(text, role, self.ground if ground is None else ground))
            self.used += size
        return self

    def extend(self, spans: Iterable[Span]) -> Row:
        """Append spans, all or none of them; a span without a ground takes the row's."""
        spans = tuple(spans)
        if measure(spans) <= self.room:
            for text, role, ground in spans:
                self.add(text, role, ground or self.ground)
        return self

    def pad_to(self, column: int) -> Row:
        """Blanks up to ``column``."""
        return self.add(" " * max(0, min(column, self.width) - self.used))

    def cell(self, text: str, width: int, role: str = "text", align: str = ">") -> Row:
        """``text`` in a column of ``width`` cells; blank where it would not fit."""
        gap = width - cell_len(text)
        if gap < 0 or width > self.room:
            return self.add(" " * min(width, self.room))
        blank = " " * gap
        return self.add(blank + text if align == ">" else text + blank, role)

    def right(self, *spans: Span, margin: int = 0) -> Row:
        """Spans flush with the right edge, if at least one blank stays before them."""
        size = measure(spans)
        if size + margin < self.room or (not self.used and size + margin == self.room):
            self.pad_to(self.width - size - margin).extend(spans)
        return self

    def line(self) -> Line:
        """The finished row, padded to its width, neighbours of one look joined.

        Blanks look like whatever text is before them, if that has no ground or line of its own.
        """
        self.pad_to(self.width)
        joined: list[Span] = []
        for span in self._spans:
            before = joined[-1] if joined else None
            if (
                before is not None
                and before.ground == span.ground
                and (
                    before.role == span.role or (span.text.isspace() and before.role not in OPAQUE)
                )
            ):
                joined[-1] = before._replace(text=before.text + span.text)
            else:
                joined.append(span)
        return tuple(joined)


def measure(spans: Iterable[Span]) -> int:
    """Cells that ``spans`` take."""
    return sum(cell_len(span.text) for span in spans)


def blank(width: int, ground: str = "") -> Line:
    """An empty row."""
    return (Span(" " * width, "text", ground),) if width > 0 else ()


def to_ascii(line: Line) -> Line:
    """The row in ASCII, cell for cell."""
    return tuple(
        span if span.text.isascii() else span._replace(text=ascii_text(span.text)) for span in line
    )


def fit(text: str, width: int) -> str:
    """``text``, or as many whole words of it as fit with ``..`` after them."""
    if cell_len(text) <= width:
        return text
    shown = ""
    for word in breakable_pieces(text):
        if cell_len((shown + word).rstrip()) + len(CUT) > width:
            break
        shown += word
    shown = shown.rstrip()
    return shown + CUT if shown else ""


def wrap(text: str, width: int, limit: int) -> list[str]:
    """``text`` broken between words into at most ``limit`` rows; the last one may end in ``..``."""
    rows: list[str] = []
    pieces = breakable_pieces(text)
    while pieces and len(rows) < limit:
        if len(rows) == limit - 1:
            rows.append(fit("".join(pieces).rstrip(), width))
            break
        row = ""
        while pieces and cell_len((row + pieces[0]).rstrip()) <= width:
            row += pieces.pop(0)
        if not row:
            break
        rows.append(row.rstrip())
    return [row for row in rows if row]


def breakable_pieces(text: str) -> list[str]:
    """Pieces between which a row may break: words with their blank, and each wide character."""
    pieces: list[str] = []
    piece = ""
    for character in text:
        wide = cell_len(character) == 2
        if wide and piece:
            pieces.append(piece)
            piece = ""
        piece += character
        if wide or character == " ":
            pieces.append(piece)
            piece = ""
    return [*pieces, piece] if piece else pieces
