"""The watchlist: tiles where there is room for them, else one row a symbol."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

from tuirisk.ui.view.changes import symbol_key, view_key
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.account_space import account_space
from tuirisk.ui.widgets.canvas import Canvas, Drawn, Hit
from tuirisk.ui.widgets.table import draw_table, symbols_shown
from tuirisk.ui.widgets.tile import (
    TILE_HEIGHT,
    TILE_HEIGHTS,
    TILE_WIDTH,
    draw_tile,
    position_rows,
)

BELOW = {16: 37, 14: 26, 12: 24, TILE_HEIGHT: 19}
"""Rows of the screen that tiles of a height leave to everything else."""
TABLE_SHARE = 0.4
"""Share of the screen's height that a long table may take …"""
TABLE_BELOW = 28
"""… and it may take more where this much is left to everything else."""


@dataclass(frozen=True, slots=True)
class TileLayout:
    """How ``count`` symbols stand: in ``columns`` tiles a row, or (0) in a table."""

    columns: int
    height: int
    tile_height: int = TILE_HEIGHT


def tile_layout(width: int, screen_height: int, count: int) -> TileLayout:
    """Tiles if all symbols fit as tiles and leave :data:`BELOW` rows, else a table; rows of tiles
    are as even as can be.
    """
    most = min(count, (width + 1) // (TILE_WIDTH + 1))
    if width >= 100 and most:
        rows = -(-count // most)
        for tile_height in TILE_HEIGHTS:
            height = rows * (tile_height + 1) - 1
            if height + BELOW[tile_height] <= screen_height:
                return TileLayout(-(-count // rows), height, tile_height)
    limit = max(4, int(screen_height * TABLE_SHARE), screen_height - TABLE_BELOW)
    return TileLayout(0, min(max(count, 1) + 1, limit))


class SymbolClicked(Message):
    """A symbol was clicked."""

    def __init__(self, symbol: str) -> None:
        super().__init__()
        self.symbol = symbol


class SymbolCanvas(Canvas):
    """A canvas whose hits are symbols: a click posts :class:`SymbolClicked`."""

    def on_click(self, event: events.Click) -> None:
        symbol = self.drawn.target_at(event.x, event.y)
        if symbol is not None:
            self.post_message(SymbolClicked(symbol))


class Tile(SymbolCanvas):
    """One symbol; a widget of its own, for Textual sends rows from a widget's left edge."""

    def __init__(self, index: int) -> None:
        super().__init__()
        self.index = index
        self._drawn: tuple[object, ...] = ()

    def show(self, view: View) -> None:
        name = view.symbols[self.index] if self.index < len(view.symbols) else ""
        due = (*view_key(view), position_rows(view, TILE_HEIGHTS[0]), symbol_key(view.symbol(name)))
        if due != self._drawn:
            self._drawn = due
            super().show(view)

    def draw(self, view: View, width: int, height: int) -> Drawn:
        """The tile; all of it is a hit whose target is the symbol."""
        if self.index >= len(view.symbols):
            return Drawn([])
        symbol = view.symbols[self.index]
        hits = tuple(Hit(y, 0, width, symbol) for y in range(height))
        return Drawn(draw_tile(view, symbol, width, height), hits)


class Table(SymbolCanvas):
    """One row a symbol."""

    def draw(self, view: View, width: int, height: int) -> Drawn:
        """The table; each row below the heading is a hit whose target is its symbol."""
        shown = symbols_shown(view, height)
        hits = tuple(Hit(y, 0, width, symbol) for y, symbol in enumerate(shown, 1))
        small = ("-tiny", "-flat")
        headed = self.is_attached and not any(map(self.screen.has_class, small))
        return Drawn(draw_table(view, width, height, headed=headed), hits)


class WatchlistPanel(Widget, can_focus=True):
    """All symbols, in the form that the room allows."""

    def __init__(self, count: int, *, id: str) -> None:
        """``count``: how many tiles to begin with."""
        super().__init__(id=id)
        self.view: View | None = None
        self._count = count
        self._tiles = [Tile(place) for place in range(count)]
        self._table = Table()
        self._plan: TileLayout | None = None
        self._taken = 0
        """Rows that the account takes."""

    def compose(self) -> ComposeResult:
        yield self._table
        yield from self._tiles

    @property
    def in_view(self) -> tuple[str, ...]:
        """The symbols that have a tile or a row."""
        if self.view is None:
            return ()
        tiles = self._plan is not None and self._plan.columns
        return self.view.symbols if tiles else symbols_shown(self.view, self._table.size.height)

    def paint_skipped(self) -> None:
        """Nothing: neither tiles nor table are paced."""

    def show(self, view: View) -> None:
        self.view = view
        if len(view.symbols) != self._count:
            self._count = len(view.symbols)
            new = [Tile(place) for place in range(len(self._tiles), self._count)]
            self._tiles += new
            self.mount_all(new)
            self.refresh(layout=True)
        taken = account_space(view, *self.screen.size).with_margin
        if taken != self._taken:
            self._taken = taken
            self.refresh(layout=True)
        self._arrange()
        for canvas in self._shown():
            canvas.show(view)

    async def on_mouse_scroll_down(self) -> None:
        await self.run_action("app.choose(1)")

    async def on_mouse_scroll_up(self) -> None:
        await self.run_action("app.choose(-1)")

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return tile_layout(width, viewport.height - self._taken, self._count).height

    def on_resize(self) -> None:
        if self.view is not None:
            self.show(self.view)

    def _shown(self) -> list[Canvas]:
        if self._plan is None or not self._plan.columns:
            return [self._table]
        return list(self._tiles[: self._count])

    def _arrange(self) -> None:
        """Bring tiles and table into the form that is due."""
        width, height = self.size
        if not width or not height:
            return
        due = tile_layout(width, self.screen.size.height - self._taken, self._count)
        if self.has_class("zoomed") or height < due.height:
            due = TileLayout(0, height)
        if due == self._plan and all(canvas.display for canvas in self._shown()):
            return
        self._plan = due
        shown = self._shown()
        for canvas in (self._table, *self._tiles):
            canvas.display = canvas in shown
        self.styles.grid_size_columns = due.columns or 1
        self.styles.grid_rows = str(due.tile_height if due.columns else "1fr")
