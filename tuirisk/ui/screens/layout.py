"""What the tabs are laid out with: titled blocks of rows, beside and below each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from rich.cells import cell_len

from tuirisk.events.contract_names import base_and_quote
from tuirisk.state import DataFamily, SymbolState, first_missing, present
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Line, Row, Span, blank, fit, measure, wrap
from tuirisk.ui.screens.score_form import ScoreForm
from tuirisk.ui.screens.what_if_form import WhatIfForm
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.cells import ValueCell

GAP = 2
"""Columns between blocks that stand beside each other."""


class Page(NamedTuple):
    """What every block is drawn from: the view, the symbol, and the columns it has."""

    view: View
    symbol: SymbolState
    width: int
    what_if: WhatIfForm | None = None
    scores: ScoreForm | None = None

    def with_width(self, width: int) -> Page:
        return self._replace(width=width)

    @property
    def plain(self) -> bool:
        """Whether ASCII alone is to be used."""
        return self.view.ascii

    @property
    def quote(self) -> str:
        """The asset that money is in, as far as the symbol's name tells."""
        return base_and_quote(self.view.chosen)[1] or self.words("quote_asset")

    def stale(self, *families: DataFamily) -> bool:
        return self.view.stale(self.symbol, *families)

    def words(self, key: str, **values: object) -> str:
        return self.view.words(f"symbol.{key}", **values)

    def code(self, family: str, code: str) -> str:
        """The word for a code that data carry; the code itself where there is none."""
        key = f"symbol.{family}_{code}"
        return self.view.words(key) if self.view.words.has(key) else code.replace("_", " ")


Block = Callable[[Page], list[Line]]


def heading(page: Page, title: str, *spans: Span) -> Line:
    """A block's title, ``spans`` flush right; the first of them gives way to lack of room."""
    row = Row(page.width, "title").add(f" {fit(title, page.width - 2)}", "title")
    shown = [span for span in spans if span.text]
    while shown and measure(shown) + 2 * len(shown) > row.room:
        shown.pop(0)
    apart = [part for span in shown for part in (Span("  "), span)][1:]
    return (row.right(*apart, margin=1) if shown else row).line()


def age_label(page: Page, *families: DataFamily) -> Span:
    """How old what a block shows is, if it is past its budget; the oldest of its families."""
    if not page.stale(*families):
        return Span("")
    freshness = (page.symbol.freshness.get(family) for family in families)
    ages = [one.age_ms for one in freshness if one is not None and one.stale]
    measured = present(ages)
    words = page.view.words
    if not measured:
        return Span(words("status.stale"), "stale")
    return Span(page.words("age", value=fmt.age(max(measured))), "stale")


def side_by_side(page: Page, *blocks: Block) -> list[Line]:
    """Blocks side by side, equally wide, the lower ones padded."""
    count = len(blocks)
    room = page.width - GAP * (count - 1)
    widths = [room // count] * (count - 1) + [room - room // count * (count - 1)]
    drawn = [block(page.with_width(width)) for block, width in zip(blocks, widths, strict=True)]
    height = max(len(rows) for rows in drawn)
    lines: list[Line] = []
    for y in range(height):
        line: list[Span] = []
        for rows, width in zip(drawn, widths, strict=True):
            if line:
                line.append(Span(" " * GAP))
            line += rows[y] if y < len(rows) else blank(width)
        lines.append(tuple(line))
    return lines


def in_columns(page: Page, least: int, *blocks: Block) -> list[Line]:
    """As many blocks side by side as have ``least`` columns each, the others in rows below."""
    if not blocks:
        return []
    count = max(1, min(len(blocks), (page.width + GAP) // (least + GAP)))
    count = -(-len(blocks) // -(-len(blocks) // count))
    lines: list[Line] = []
    for start in range(0, len(blocks), count):
        group = list(blocks[start : start + count])
        if lines:
            lines.append(blank(page.width))
        padded = [*group, *[empty_block] * (count - len(group))]
        lines += side_by_side(page, *padded)
    return lines


def stacked(*blocks: Block) -> Block:
    """Blocks below each other as one."""

    def draw(page: Page) -> list[Line]:
        lines: list[Line] = []
        for block in blocks:
            lines += [blank(page.width)] if lines else []
            lines += block(page)
        return lines

    return draw


def empty_block(page: Page) -> list[Line]:
    """No rows: the place of a block that is not shown."""
    return []


def paragraph(page: Page, words: str, role: str = "quiet", limit: int = 3) -> list[Line]:
    """A sentence, broken between words."""
    rows = wrap(words, page.width - 2, limit)
    return [Row(page.width).add(f" {part}", role).line() for part in rows]


def fact_rows(page: Page, rows: Iterable[tuple[str, Sequence[ValueCell]]]) -> list[Line]:
    """Labels in one column, what they are about after them."""
    rows = list(rows)
    label = max((cell_len(name) for name, _ in rows), default=0)
    lines = []
    for name, cells in rows:
        row = Row(page.width).add(" ").cell(name, label, "quiet", "<").add(" ")
        for part, role in cells:
            row.add(" ").add(part, role)
        lines.append(row.line())
    return lines


def table(
    page: Page, head: Sequence[str], rows: Iterable[tuple[str, Sequence[ValueCell]]]
) -> list[Line]:
    """A table of numbers: its first column as wide as its labels, the others alike.

    Columns that do not fit are left out from the right.
    """
    rows = list(rows)
    label = max(cell_len(name) for name in (head[0], *(name for name, _ in rows)))
    widths = [
        max(cell_len(one) for one in (name, *(c[i].text for _, c in rows if i < len(c))))
        for i, name in enumerate(head[1:])
    ]
    count = len(widths)
    while count and label + 1 + sum(2 + w for w in widths[:count]) > page.width:
        count -= 1
    spare = page.width - label - 2 - sum(2 + w for w in widths[:count])
    grow = min(4, spare // count) if count and spare > 0 else 0
    row = Row(page.width).add(" ").cell(head[0], label, "faint", "<")
    for name, width in zip(head[1 : count + 1], widths, strict=False):
        row.add("  " + " " * grow).cell(name, width, "faint")
    lines = [row.line()]
    for name, cells in rows:
        row = Row(page.width).add(" ").cell(name, label, "quiet", "<")
        for (part, role), width in zip(cells[:count], widths, strict=False):
            row.add("  " + " " * grow).cell(part, width, role)
        lines.append(row.line())
    return lines


def missing_reason(page: Page, *values: object, limit: int = 2) -> list[Line]:
    """The reason of the first of ``values`` that is missing."""
    reason = first_missing(*values)
    return (
        paragraph(page, f"{fmt.DASH} {page.view.words.reason(reason)}", limit=limit)
        if reason is not None
        else []
    )


def legend(page: Page, entries: Iterable[tuple[Span, str]]) -> Line:
    """What each sign of a chart means, as many entries as fit whole."""
    row = Row(page.width).add(" ")
    for sign, meaning in entries:
        row.extend((sign, Span(f" {meaning}  ", "quiet")))
    return row.line()
