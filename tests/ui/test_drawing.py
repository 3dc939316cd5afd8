"""Drawing changes nothing, and what is on the screen is of one state and one size."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from support.symbol_states import full, rich
from support.ui_driver import Clock, FakeMonitor, screen_text, settle
from support.ui_states import LOG, TIME, critical, entry, five, many, ready, state
from textual.pilot import Pilot

from tuirisk.state import RiskState
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.render.rows import Line
from tuirisk.ui.screens.tabs import TABS, Body
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.canvas import Canvas, Drawn, Hit, ScrollRange
from tuirisk.ui.widgets.log import Log
from tuirisk.ui.widgets.scrolled import ScrolledCanvas
from tuirisk.ui.widgets.watchlist import SymbolCanvas

MakeApp = Callable[..., TuiriskApp]
DIALOGS = ("question_mark", "a", "t", "b", "R", "M")
"""Keys of the dialogs that have a canvas, of the account, the radar and the messages."""
SCREENS = {"dashboard": "", **{name: str(i) for i, (name, _) in enumerate(TABS, 1)}}
SCREENS |= {f"dialog {key}": key for key in DIALOGS}


def canvas_classes(base: type[Canvas] = Canvas) -> Iterator[type[Canvas]]:
    """Every kind of canvas of the program that is put on a screen."""
    for kind in base.__subclasses__():
        if kind not in (SymbolCanvas, ScrolledCanvas) and kind.__module__.startswith("tuirisk."):
            yield kind
        yield from canvas_classes(kind)


def attributes(canvas: Canvas) -> dict[str, Any]:
    """The attributes; containers are copied, so that a change in place is seen."""
    kept = (list, dict, set)
    return {k: copy.copy(v) if isinstance(v, kept) else v for k, v in vars(canvas).items()}


async def shown(app: TuiriskApp, pilot: Pilot[Any], key: str) -> list[Canvas]:
    """The canvases after ``key`` is pressed, scrolled somewhere where they can be."""
    await settle(pilot)
    if key:
        await pilot.press(key)
        await settle(pilot)
    await pilot.press("pagedown")
    await settle(pilot)
    return [c for screen in app.screen_stack for c in screen.query(Canvas) if c.view is not None]


@pytest.mark.parametrize(
    "size",
    [
        pytest.param((60, 16), marks=pytest.mark.slow),
        (120, 40),
        pytest.param((80, 24), marks=pytest.mark.slow),
        pytest.param((200, 60), marks=pytest.mark.slow),
    ],
)
async def test_drawing_changes_nothing_and_repeats_itself(
    make_app: MakeApp, size: tuple[int, int]
) -> None:
    log = (*LOG, *(entry(600 - i, "ETHUSDT", "caution", "ok", 40.0) for i in range(30)))
    looks = replace(critical(), log=log, listed=("ADAUSDT", "DOGEUSDT"))
    app = make_app(FakeMonitor(looks))
    async with app.run_test(size=size) as pilot:
        for screen, key in SCREENS.items():
            canvases = await shown(app, pilot, key)
            assert canvases, screen
            for canvas in canvases:
                check_that_drawing_repeats_itself(canvas)
            await pilot.press("escape")


async def test_a_panel_is_drawn_for_its_size_alone_when_its_screen_opens(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Textual paints a screen before it tells the widgets their size, and the screen its class."""
    drawn: list[tuple[str, int, int]] = []

    def draw(canvas: Canvas, view: View, width: int, height: int) -> list[Line]:
        drawn.append((type(canvas).__name__, width, height))
        return real(canvas, view, width, height)

    real = Canvas._draw_lines
    app = make_app(FakeMonitor(ready()))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        monkeypatch.setattr(Canvas, "_draw_lines", draw)
        await pilot.press("2")
        await settle(pilot)
    assert drawn.count(("Header", 120, 1)) == 1
    assert {(width, height) for name, width, height in drawn if name == "Body"} == {(120, 35)}


def check_that_drawing_repeats_itself(canvas: Canvas) -> None:
    assert canvas.view is not None
    for width, height in (canvas.size, (31, 3), (90, 17)):
        before = attributes(canvas)
        first = canvas.draw(canvas.view, width, height)
        assert attributes(canvas) == before, canvas
        assert canvas.draw(canvas.view, width, height) == first, canvas


async def test_every_kind_of_canvas_is_on_one_of_these_screens(make_app: MakeApp) -> None:
    seen: set[type] = set()
    app = make_app(FakeMonitor(replace(ready(), listed=("ADAUSDT",))))
    async with app.run_test(size=(120, 40)) as pilot:
        for key in ("", "7", *DIALOGS):
            seen |= {type(canvas) for canvas in await shown(app, pilot, key)}
            if not key:
                seen |= {type(canvas) for canvas in app.query(Canvas)}
            await pilot.press("escape")
    assert seen == set(canvas_classes())


def rows_of_title(app: TuiriskApp) -> str:
    """What the symbol view's title says of the rows that are seen."""
    return next(row for row in screen_text(app).splitlines() if "1 Market" in row)


@pytest.mark.parametrize("frozen", [True, False])
async def test_a_resize_gives_the_right_number_of_rows_at_once(
    make_app: MakeApp, frozen: bool
) -> None:
    app = make_app(FakeMonitor(rich() if frozen else replace(rich(), source="recording")))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("1", *(("space",) if frozen else ()))
        for size in ((120, 24), (120, 33), (100, 28), (120, 31), (120, 40)):
            await pilot.resize_terminal(*size)
            await settle(pilot)
            body = app.screen.query_one(Body)
            assert body.view is not None
            due = body.draw(body.view, *body.size).scroll_range
            assert due is not None
            whole = f"rows {due.first}-{due.last} of {due.rows}"
            title = rows_of_title(app)
            assert whole in title or f"{due.last}/{due.rows}" in title, size


async def test_scrolling_goes_on_from_what_is_seen(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(rich()))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("1", "end")
        await settle(pilot)
        seen = app.screen.query_one(Body).drawn.scroll_range
        assert seen is not None
        assert seen.last == seen.rows
        await pilot.press("pageup")
        await settle(pilot)
        assert app.screen.query_one(Body).drawn.top < seen.first - 1


@pytest.mark.parametrize("step", [-100, -1, 0, 1, 100])
def test_no_scrolling_leaves_the_rows(step: int) -> None:
    assert Drawn([]).top_after(step) == 0
    assert 0 <= ScrollRange(4, 8, 20).top_after(step) <= 15


def test_a_click_is_for_the_hit_under_it() -> None:
    drawn = Drawn([], (Hit(0, 2, 5, "quit"), Hit(1, 0, 3, "help")))
    found = [drawn.target_at(x, y) for x, y in ((1, 0), (2, 0), (4, 0), (5, 0), (0, 1), (0, 2))]
    assert found == [None, "quit", "quit", None, "help", None]


# The end of a recording.


def at_price(price: float, milliseconds: int) -> RiskState:
    """A recording's state in which BTCUSDT trades at ``price`` and its book is there too."""
    symbols = five()
    one = {**symbols, "BTCUSDT": full()}["BTCUSDT"]
    one = replace(
        one,
        price=replace(one.price, last=price, mark=price),
        liquidity=replace(one.liquidity, mid=price),
    )
    shown = state({**symbols, "BTCUSDT": one}, log=LOG)
    return replace(shown, time_ms=TIME + milliseconds, source="recording")


@pytest.mark.parametrize("key", ["", "2"])
async def test_at_a_recordings_end_every_panel_shows_the_last_state(
    make_app: MakeApp, key: str
) -> None:
    clock, monitor = Clock(), FakeMonitor(at_price(60_000.0, 0))
    app = make_app(monitor, clock=clock)
    async with app.run_test(size=(160, 50)) as pilot:
        await settle(pilot)
        if key:
            await pilot.press(key)
        for count in range(1, 4):
            monitor.publish(at_price(60_000.0 + count, 250 * count))
            await settle(pilot)
        shown = list(app.screen.query(Canvas))
        paced = [canvas for canvas in shown if canvas.pace_ms]
        assert any(stands_behind(canvas) for canvas in paced), "the pace has skipped the last one"
        clock.seconds += 1.0
        app.every_second()
        await settle(pilot)
        assert not any(stands_behind(canvas) for canvas in paced)
        assert "60,003.0" in screen_text(app)
        assert "60,002.0" not in screen_text(app)


def stands_behind(canvas: Canvas) -> bool:
    """Whether the canvas shows something else than its newest view would draw."""
    assert canvas.view is not None
    return canvas.drawn != canvas.draw(canvas.view, *canvas.size)


async def test_skipped_panels_are_not_painted_between_two_states(make_app: MakeApp) -> None:
    clock, monitor = Clock(), FakeMonitor(at_price(60_000.0, 0))
    app = make_app(monitor, clock=clock)
    async with app.run_test(size=(160, 50)) as pilot:
        await settle(pilot)
        monitor.publish(at_price(60_001.0, 250))
        await settle(pilot)
        clock.seconds += 0.2
        app.every_second()
        assert any(stands_behind(canvas) for canvas in app.query(Canvas) if canvas.pace_ms)


async def test_the_log_keeps_its_rows_while_newer_entries_come(make_app: MakeApp) -> None:
    log = tuple(entry(600 - i, "ETHUSDT", "caution", "ok", 40.0) for i in range(30))
    monitor = FakeMonitor(replace(many(40), log=log))
    app = make_app(monitor)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        panel = app.query_one(Log)
        panel.scroll_rows(5)
        before = panel.drawn.lines[1:]
        newer = (*log, entry(1, "BTCUSDT", "ok", "caution", 55.0), entry(0, "X", "", "ok", 1.0))
        monitor.publish(replace(many(40), log=newer, time_ms=TIME + 1000))
        await settle(pilot)
        assert panel.drawn.top == 7
        assert [hit.target for hit in panel.drawn.hits] == ["ETHUSDT"] * len(before)
