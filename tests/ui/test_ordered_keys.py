"""Keys that arrive in one piece are handled in their order, and painted once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from support.ui_driver import FakeMonitor, settle
from support.ui_states import ready
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from tuirisk.ui.app import ordered_keys
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.screens.tabs import Body

MakeApp = Callable[..., TuiriskApp]


async def handled(pilot: Pilot[Any]) -> None:
    """Until no key waits, however busy the machine is."""
    await settle(pilot)
    while pilot.app.is_running and pilot.app.keys_wait:  # type: ignore[attr-defined]
        await settle(pilot)
    await settle(pilot)


def type_at_once(app: TuiriskApp, keys: str) -> None:
    names = {
        "/": "slash",
        "?": "question_mark",
        "\r": "enter",
        "\x1b": "escape",
        "\t": "tab",
        " ": "space",
    }
    for key in keys:
        app.post_message(events.Key(names.get(key, key), key))


async def test_what_follows_the_key_that_opens_a_dialog_is_typed_into_it(
    make_app: MakeApp,
) -> None:
    app = make_app(FakeMonitor(ready()))
    async with app.run_test(size=(80, 24)) as pilot:
        await handled(pilot)
        type_at_once(app, "Wfizz")
        app.post_message(events.Paste("tt"))
        await handled(pilot)
        assert app.screen.query_one(Input).value == "fizztt"
        type_at_once(app, "\rj")
        await handled(pilot)
        assert len(app.screen_stack) == 1
        assert app.view.list_name == "fizztt"
        assert app.view.chosen == "ETHUSDT", "the key after them is the dashboard's"


async def test_of_sixty_themes_the_last_is_shown(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(FakeMonitor(ready()))
    shown: list[str] = []
    usual = TuiriskApp.watch_theme

    def watch(app: TuiriskApp, name: str) -> None:
        shown.append(name)
        usual(app, name)

    monkeypatch.setattr(TuiriskApp, "watch_theme", watch)
    async with app.run_test(size=(80, 24)) as pilot:
        await handled(pilot)
        shown.clear()
        names = app.themes.names
        at = names.index("nord")
        type_at_once(app, "t" * 60)
        await handled(pilot)
        assert shown == [names[(at + 59) % len(names)]]
        type_at_once(app, "\rttt\x1b")
        await handled(pilot)
        assert app.theme == names[(at + 59) % len(names)], (
            "Escape goes back to the one chosen before"
        )


def count_paints(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The theme of each time that the panels are painted from now on."""
    painted: list[str] = []
    usual = TuiriskApp._paint_panels

    def paint(app: TuiriskApp) -> None:
        painted.append(app.theme)
        usual(app)

    monkeypatch.setattr(TuiriskApp, "_paint_panels", paint)
    return painted


@pytest.mark.parametrize("key", "sljm fzP")
async def test_a_key_that_is_held_does_not_paint_each_time(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    app = make_app(FakeMonitor(ready()))
    async with app.run_test(size=(80, 24)) as pilot:
        await handled(pilot)
        painted = count_paints(monkeypatch)
        app.key_clock = lambda: 0.0
        type_at_once(app, key * 41)
        await handled(pilot)
        assert 1 <= len(painted) <= 4


async def test_keys_that_go_on_for_long_are_painted_every_half_second(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(FakeMonitor(ready()))
    async with app.run_test(size=(80, 24)) as pilot:
        await handled(pilot)
        painted = count_paints(monkeypatch)
        app.key_clock = count(step=0.1).__next__
        type_at_once(app, "s" * 41)
        await handled(pilot)
        assert 5 <= len(painted) <= 12


@pytest.mark.parametrize("key", ["\t", "12345"])
async def test_of_the_tabs_passed_through_only_the_last_is_drawn(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    app = make_app(FakeMonitor(ready()))
    async with app.run_test(size=(80, 24)) as pilot:
        await handled(pilot)
        type_at_once(app, "\r")
        await handled(pilot)
        drawn: list[int] = []
        usual = Body.redraw

        def redraw(body: Body) -> None:
            drawn.append(body.tab)
            usual(body)

        monkeypatch.setattr(Body, "redraw", redraw)
        type_at_once(app, key * 8)
        await handled(pilot)
        assert 1 <= len(drawn) <= 3
        monkeypatch.setattr(Body, "redraw", usual)


async def test_a_toggle_pressed_twice_is_as_before_and_letters_are_no_toggles(
    make_app: MakeApp,
) -> None:
    app = make_app(FakeMonitor(ready()))
    async with app.run_test(size=(80, 24)) as pilot:
        await handled(pilot)
        for count in (1, 2, 3):
            muted = app.view.muted
            type_at_once(app, "m" * count)
            await handled(pilot)
            assert app.view.muted == (muted if count == 2 else not muted)
        type_at_once(app, "/mmzz")
        await handled(pilot)
        assert app.view.filter == "mmzz"


async def test_quit_works_behind_a_held_key(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(ready()))
    async with app.run_test(size=(80, 24)) as pilot:
        await handled(pilot)
        type_at_once(app, "?" * 31 + "qq")
        await handled(pilot)
    assert app.return_value == 0


@pytest.mark.parametrize(
    ("before", "quits"),
    [
        ("e\x1b" * 400, True),
        ("/abc\rz" * 100, True),
        ("e\x1b" * 400 + "/abc", False),
        ("/abc\x1bW", False),
    ],
)
async def test_quit_does_not_wait_for_keys_that_take_long_unless_they_open_a_text(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, before: str, quits: bool
) -> None:
    async def forever(app: TuiriskApp) -> None:
        return None

    app = make_app(FakeMonitor(ready()))
    async with app.run_test(size=(80, 24)) as pilot:
        await handled(pilot)
        monkeypatch.setattr(TuiriskApp, "_handle_next", forever)
        monkeypatch.setattr(ordered_keys, "HEARD_S", 0.0)
        type_at_once(app, before + "q")
        for _ in range(5):
            await pilot._wait_for_screen()
            await asyncio.sleep(0)
        assert app.return_value == (0 if quits else None)


async def test_keys_beyond_those_that_may_wait_are_left_out_but_for_one_that_quits(
    make_app: MakeApp,
) -> None:
    app = make_app(FakeMonitor(ready()))
    async with app.run_test(size=(80, 24)):
        letter, quit_ = events.Key("j", "j"), events.Key("q", "q")
        waiting = app._waiting
        waiting.extend([letter] * (ordered_keys.MOST_WAITING - app.message_queue_size - 1))
        assert app.admits(letter)
        waiting.extend([letter] * 2)
        assert not app.admits(letter)
        assert app.admits(quit_)
        waiting.extend([letter] * ordered_keys.MOST_WAITING)
        assert not app.admits(quit_)
        waiting.clear()
