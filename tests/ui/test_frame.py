"""What is sent brings a terminal to what the screen is, and is no more than it needs."""

from __future__ import annotations

import re
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from support.examples import examples
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from tuirisk.ui.render.terminal_diff import TerminalDiff

WIDTH, HEIGHT = 16, 4
CONSOLE = Console(color_system="truecolor", force_terminal=True)
_PIECE = re.compile(r"\x1b\[([0-9;]*)([HCm])|([^\x1b])")
STYLES = (Style(), Style(bold=True), Style.parse("#ff0000 on #00ff00"), Style.parse("#ff0000"))


class Paper:
    """A terminal of its own: cells of (character, SGR codes)."""

    def __init__(self) -> None:
        self.cells = [[(" ", "")] * WIDTH for _ in range(HEIGHT)]
        self.x = self.y = 0
        self.codes = ""

    def take(self, sequence: str) -> None:
        assert _PIECE.sub("", sequence) == ""
        for numbers, letter, character in _PIECE.findall(sequence):
            if letter == "H":
                self.y, self.x = (int(n) - 1 for n in numbers.split(";"))
            elif letter == "C":
                self.x += int(numbers or 1)
            elif letter == "m":
                self.codes = numbers.removeprefix("0").removeprefix(";")
            else:
                wide = cell_len(character)
                row = self.cells[self.y]
                row[self.x : self.x + wide] = [(character, self.codes), ("", self.codes)][:wide]
                self.x += wide

    def text(self) -> list[str]:
        return ["".join(character for character, _ in row) for row in self.cells]


def whole(rows: list[Strip]) -> LayoutUpdate:
    return LayoutUpdate([[row] for row in rows], Region(0, 0, WIDTH, HEIGHT))


def partly(y: int, row: Strip, start: int = 0, end: int = WIDTH) -> ChopsUpdate:
    chops: list[dict[int, Strip | None]] = [{0: None} for _ in range(HEIGHT)]
    chops[y] = {0: row}
    return ChopsUpdate(chops, [(y, start, end)], [[WIDTH]] * HEIGHT)


def send(frame: TerminalDiff, update: CompositorUpdate) -> str:
    reduced = frame.reduced(update)
    assert isinstance(reduced, CompositorUpdate)
    sent = reduced.render_segments(CONSOLE)
    assert frame.works
    return sent


@st.composite
def strips(draw: st.DrawFn) -> Strip:
    """A row of styled text, wide characters among it, that fills the width."""
    segments: list[Segment] = []
    room = WIDTH
    while room:
        character = draw(st.sampled_from("ab 1–━正"))
        if cell_len(character) > room:
            character = "x"
        segments.append(Segment(character, draw(st.sampled_from(STYLES))))
        room -= cell_len(character)
    return Strip(segments, WIDTH)


@examples(35)
@given(st.lists(strips(), min_size=HEIGHT, max_size=HEIGHT), st.data())
def test_after_every_update_the_terminal_shows_what_was_drawn(
    rows: list[Strip], data: st.DataObject
) -> None:
    frame, paper = TerminalDiff(), Paper()
    paper.take(send(frame, whole(rows)))
    for _ in range(4):
        y = data.draw(st.integers(0, HEIGHT - 1))
        rows[y] = data.draw(strips())
        paper.take(send(frame, partly(y, rows[y])))
        expected = Paper()
        expected.take(send(TerminalDiff(), whole(rows)))
        assert paper.cells == expected.cells
        assert paper.text() == [row.text for row in rows]


def test_only_the_cells_that_differ_are_sent() -> None:
    frame = TerminalDiff()
    send(frame, whole([Strip([Segment("price 3521.70   ")], WIDTH)] * HEIGHT))
    sent = send(frame, partly(1, Strip([Segment("price 3521.99   ")], WIDTH)))
    assert sent == "\x1b[0m\x1b[2;12H99\x1b[0m"
    assert send(frame, partly(1, Strip([Segment("price 3521.99   ")], WIDTH))) == ""


def test_each_style_is_named_once() -> None:
    red, bold = STYLES[3], STYLES[1]
    frame = TerminalDiff()
    send(frame, whole([Strip([Segment(" " * WIDTH)], WIDTH)] * HEIGHT))
    row = [Segment("1", red), Segment("2", bold), Segment(" " * 9), Segment("3", red)]
    sent = send(frame, partly(0, Strip([*row, Segment("    ")], WIDTH)))
    assert sent.count("38;2;255;0;0") == 1
    assert sent.count("\x1b[0;1m") == 1


def test_a_full_update_is_sent_like_any_other_until_the_terminal_is_forgotten() -> None:
    rows = [Strip([Segment("same".ljust(WIDTH))], WIDTH)] * HEIGHT
    frame = TerminalDiff()
    send(frame, whole(rows))
    assert send(frame, whole(rows)) == ""
    frame.forget()
    assert send(frame, whole(rows)).count("same") == HEIGHT
    frame.forget()
    assert send(frame, partly(2, rows[2])).count("same") == 1


def test_in_ascii_nothing_else_is_sent() -> None:
    frame = TerminalDiff(ascii=True)
    sent = send(frame, whole([Strip([Segment("…█━ 正".ljust(WIDTH - 1))], WIDTH)] * HEIGHT))
    assert sent.isascii()


def test_an_update_of_another_kind_passes_as_it_is() -> None:
    other = CompositorUpdate()
    assert TerminalDiff().reduced(other) is other


class Changed(ChopsUpdate):
    """An update of a Textual to come: what is read of it today is not there."""

    def __init__(self) -> None:
        pass

    def render_segments(self, console: Console) -> str:
        return "as Textual paints"


def test_where_textual_is_another_it_paints_by_itself() -> None:
    frame = TerminalDiff()
    first = frame.reduced(Changed())
    assert isinstance(first, CompositorUpdate)
    assert first.render_segments(CONSOLE) == "as Textual paints"
    known = whole([Strip([Segment("same".ljust(WIDTH))], WIDTH)] * HEIGHT)
    assert frame.reduced(known) is known


def test_without_textuals_updates_the_screen_still_starts() -> None:
    code = (
        "import sys, types, textual.app\n"
        "sys.modules['textual._compositor'] = types.ModuleType('textual._compositor')\n"
        "from tuirisk.ui.render.terminal_diff import TerminalDiff\n"
        "from tuirisk.ui.app import app\n"
        "update = object(); print(TerminalDiff().reduced(update) is update)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
