"""Every perpetual that trades, ranked by danger; it is received while this is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tuirisk.state import SEVERITIES, Number, Severity
from tuirisk.state.radar import RadarRow, RadarState
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render import glyphs
from tuirisk.ui.render.rows import Line, Row, Span, fit
from tuirisk.ui.screens import PaintedScreen
from tuirisk.ui.view.commands import COMMANDS, RADAR_COMMANDS, Where, bindings, commands_on
from tuirisk.ui.view.view import DANGERS, SEVERITY_ROLES, View
from tuirisk.ui.widgets import cells
from tuirisk.ui.widgets.canvas import Canvas, Drawn, Hit
from tuirisk.ui.widgets.footer import Footer
from tuirisk.ui.widgets.header import Header, Notice

LEVELS: tuple[Severity, ...] = ("ok", "unknown", *DANGERS)
"""The least level shown; the first shows all."""
NAME = 12


class FigureColumn(NamedTuple):
    """A figure's column: its cells, how it is written, and its place when room is short."""

    name: str
    width: int
    write: Callable[[Number], str]
    rank: int


COLUMNS = (
    FigureColumn("price", 12, fmt.price, 6),
    FigureColumn("move", 9, lambda value: fmt.percent(value, 1, signed=True), 2),
    FigureColumn("move_sigmas", 8, lambda value: fmt.decimal(value, 1, signed=True), 0),
    FigureColumn("funding_8h", 10, lambda value: fmt.percent(value, 4, signed=True), 1),
    FigureColumn("funding_rank", 6, fmt.score, 8),
    FigureColumn("basis", 9, lambda value: fmt.percent(value, 2, signed=True), 3),
    FigureColumn("volume_ratio", 8, fmt.multiple, 4),
    FigureColumn("volatility", 9, lambda value: fmt.percent(value, 0), 5),
    FigureColumn("volatility_rank", 6, fmt.score, 7),
)


class RadarTable(Canvas, can_focus=True):
    """The rows around the marked one. A hit's target is its symbol."""

    DEFAULT_CLASSES = "panel"
    panel_title = "radar.title"
    help_topic = "radar"

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.state: RadarState | None = None
        self.marked = ""
        self.filter = ""
        self.level: Severity = LEVELS[0]

    def places(self) -> list[int]:
        """The rows that pass the filter, by danger."""
        state = self.state
        if state is None or not state.columns:
            return []
        least = 0 if self.level == LEVELS[0] else SEVERITIES.index(self.level)
        level = state.columns["level"]
        return [
            place
            for place, name in enumerate(state.symbols)
            if level[place] >= least and self.filter in name
        ]

    def help_texts(self) -> Mapping[str, str]:
        """The figures of the marked row."""
        state = self.state
        if state is None or self.marked not in state.symbols:
            return {}
        row = state.row(list(state.symbols).index(self.marked))
        mark = glyphs.STALE if row.stale else ""
        texts = {
            column.name: f"{self.marked} {column.write(row[column.name])}{mark}"
            for column in COLUMNS
        }
        return {**texts, "age": fmt.age(row.age_ms) + mark}

    def draw(self, view: View, width: int, height: int) -> Drawn:
        """A heading, what is received so far, the columns, and as many rows as fit."""
        places = self.places()
        top = self._heading(view, width, len(places))
        columns = _columns(width)
        labels = Row(width, "title").add("   ").cell(view.words("radar.symbol"), NAME, "quiet", "<")
        for column in columns:
            labels.cell(view.words(f"radar.{column.name}"), column.width, "quiet")
        labels.cell(view.words("radar.age"), 5, "quiet")
        lines = [*top, labels.line()]
        state = self.state
        if state is None or not places:
            text = "radar.none" if state is not None and state.symbols else "radar.awaiting"
            lines.append(Row(width).add(f" {fit(view.words(text), width - 2)}", "quiet").line())
            return Drawn(lines[:height])
        room = max(1, height - len(lines))
        at = self._at(places)
        first = max(0, min(at - room // 2, len(places) - room))
        hits = []
        for place in places[first : first + room]:
            row = state.row(place)
            hits.append(Hit(len(lines), 0, width, row.symbol))
            lines.append(_row_line(row, columns, width, row.symbol == self.marked))
        return Drawn(lines, tuple(hits))

    def move(self, step: int) -> None:
        """Mark another row."""
        places = self.places()
        if self.state is not None and places:
            at = max(0, min(len(places) - 1, self._at(places) + step))
            self.marked = self.state.symbols[places[at]]
            self.redraw()

    def _at(self, places: Sequence[int]) -> int:
        """Place of the marked row among ``places``; the first where it is not there."""
        assert self.state is not None
        names = (self.state.symbols[place] for place in places)
        return next((at for at, name in enumerate(names) if name == self.marked), 0)

    def _heading(self, view: View, width: int, shown: int) -> list[Line]:
        state, words = self.state, view.words
        if state is None:
            return [self.heading(view, width)]
        every = len(state.symbols)
        spans = [Span(words("radar.of", shown=shown, all=every), "quiet")]
        if self.filter:
            spans.insert(0, Span(f"/{self.filter}  ", "accent"))
        if self.level != LEVELS[0]:
            level = words(f"severity.{self.level}")
            spans.insert(0, Span(f"{words('radar.at_least', level=level)}  ", "accent"))
        if state.status != "live":
            spans.insert(0, Span(f"{words(f'connection.{state.status}')}  ", "warning"))
        lines = [self.heading(view, width, *spans)]
        texts = []
        if state.message is not None:
            texts.append((words.reason(state.message), "warning"))
        have = sum(state.columns["days"][i] >= 0 for i in range(every)) if every else 0
        if have < every:
            texts.append((words("radar.bars", have=have, all=every), "quiet"))
        if state.not_trading:
            names = ", ".join(f"{name} {word}" for name, word in state.not_trading.items())
            texts.append((words("radar.halted", symbols=names), "quiet"))
        row = Row(width)
        for text, role in texts:
            row.add(f" {fit(text, row.room - 2)} ", role)
        return [*lines, row.line()] if texts else lines


def _columns(width: int) -> list[FigureColumn]:
    """As many columns as fit, the most telling first, in their order."""
    room = width - 3 - NAME - 5
    kept = []
    for column in sorted(COLUMNS, key=lambda column: column.rank):
        if column.width > room:
            break
        kept.append(column)
        room -= column.width
    return [column for column in COLUMNS if column in kept]


def _row_line(row: RadarRow, columns: Sequence[FigureColumn], width: int, marked: bool) -> Line:
    role = "stale" if row.stale else SEVERITY_ROLES[row.level]
    line = Row(width, "chosen" if marked else "")
    line.cell(glyphs.MARKS[row.level], 3, role, "<")
    line.cell(row.symbol[:NAME], NAME, "strong" if marked else "text", "<")
    for column in columns:
        judged = row.levels.get(column.name)
        level = judged.level if judged is not None and judged.level in DANGERS else "text"
        shown = cells.value_cell(row[column.name], column.write(row[column.name]), row.stale, level)
        line.cell(shown.text, column.width, shown.role)
    line.cell(fmt.age(row.age_ms), 5, "stale" if row.stale else "faint")
    return line.line()


class RadarFooter(Footer):
    """The keys that apply here."""

    commands = tuple(
        command
        for command in commands_on((*RADAR_COMMANDS, *COMMANDS), "radar")
        if command.name not in ("choose_next", "choose_previous")
    )


class RadarScreen(PaintedScreen):
    """The radar. ``receive`` begins to receive it and returns what ends that, None where there is
    no radar; ``add`` puts symbols on the watchlist; ``ask`` asks for a filter,
    beginning with the one that is there.
    """

    AUTO_FOCUS = "#radar"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(RADAR_COMMANDS),
        Binding("home", "screen.move(-10000)", show=False),
        Binding("end", "screen.move(10000)", show=False),
    ]

    def __init__(
        self,
        view: View,
        receive: Callable[[], Callable[[], None] | None],
        add: Callable[[tuple[str, ...]], None],
        ask: Callable[[str, Callable[[str], None]], None],
    ) -> None:
        super().__init__(view)
        self._receive = receive
        self._add = add
        self._ask = ask
        self._end: Callable[[], None] | None = None

    def compose(self) -> ComposeResult:
        yield Header(id="header")
        yield Notice(id="notice")
        yield RadarTable(id="radar")
        yield RadarFooter(id="footer")

    @property
    def command_scopes(self) -> tuple[Where, ...]:
        return ("radar",)

    def on_mount(self) -> None:
        self._canvases = list(self.query(Canvas))
        self._table = self.query_one(RadarTable)
        self.show(self._view)
        self._end = self._receive()

    def on_unmount(self) -> None:
        if self._end is not None:
            self._end()

    def show_radar(self, state: RadarState) -> None:
        if self._canvases and not self._view.frozen:
            self._table.state = state
            self._table.marked = self._table.marked or next(iter(state.symbols), "")
            self._table.redraw()

    def action_back(self) -> None:
        self.dismiss()

    def action_move(self, step: int) -> None:
        self._table.move(step)

    def action_page(self, step: int) -> None:
        self._table.move(step * max(1, self._table.size.height - 3))

    def action_add(self) -> None:
        """The marked symbol onto the watchlist."""
        state, marked = self._table.state, self._table.marked
        if state is not None and marked in state.symbols:
            self._add((marked,))

    def action_level(self) -> None:
        """Show only rows of the next level and above."""
        self._table.level = LEVELS[(LEVELS.index(self._table.level) + 1) % len(LEVELS)]
        self._table.redraw()

    def action_filter(self) -> None:
        self._ask(self._table.filter, self._use_filter)

    def _use_filter(self, text: str) -> None:
        self._table.filter = text.strip().upper()
        self._table.redraw()

    def on_click(self, event: events.Click) -> None:
        region = self._table.region
        name = self._table.drawn.target_at(event.screen_x - region.x, event.screen_y - region.y)
        if name is not None:
            self._table.marked = name
            self._table.redraw()

    def on_mouse_scroll_down(self) -> None:
        self._table.move(3)

    def on_mouse_scroll_up(self) -> None:
        self._table.move(-3)
