"""Textual still has what no other program is promised; each test fails first where it has not."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

import pytest
from rich.segment import Segment
from textual import _compositor
from textual.app import App
from textual.command import CommandList
from textual.geometry import Region
from textual.notifications import Notification, Notify
from textual.strip import Strip
from textual.theme import Theme
from textual.widgets import Static

from tuirisk.ui.render.textual_hooks import HookedApp, HookedPalette


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("_display", ["self", "screen", "renderable"]),
        ("_handle_exception", ["self", "error"]),
        ("_unnotify", ["self", "notification", "refresh"]),
        ("_invalidate_css", ["self"]),
    ],
)
def test_the_application_has_its_private_methods(method: str, parameters: list[str]) -> None:
    assert list(inspect.signature(getattr(App, method)).parameters) == parameters


async def test_a_page_in_a_palette_that_is_not_laid_out_is_no_error() -> None:
    app = HookedApp()
    async with app.run_test() as pilot:
        palette = HookedPalette()
        await app.push_screen(palette)
        commands = palette.query_one(CommandList)
        commands.add_options(["one", "two"])
        await pilot.pause()
        commands._index_to_line.clear()
        palette._action_command_list("page_down")


def test_the_compositor_has_its_updates() -> None:
    strips: list[Iterable[Strip]] = [[Strip([Segment("x")], 1)]]
    whole = _compositor.LayoutUpdate(strips, Region(0, 0, 1, 1))
    assert (whole.strips, whole.region) == (strips, Region(0, 0, 1, 1))
    parts = _compositor.ChopsUpdate([{0: None}], [(0, 0, 1)], [[1]])
    assert (parts.chops, parts.spans, parts.chop_ends) == ([{0: None}], [(0, 0, 1)], [[1]])
    assert isinstance(whole, _compositor.CompositorUpdate)


class Recorder(HookedApp):
    """Keeps what passes the hooks."""

    def __init__(self) -> None:
        super().__init__()
        self.updates: list[object] = []

    def output_for(self, update: object) -> object | None:
        self.updates.append(update)
        return update

    def error_to_show(self, error: Exception) -> Exception | None:
        return KeyError("shown in its place")


async def test_every_paint_passes_the_hook() -> None:
    app = Recorder()
    async with app.run_test() as pilot:
        await app.mount(Static("text"))
        await pilot.pause()
    assert any(isinstance(update, _compositor.CompositorUpdate) for update in app.updates)


async def test_another_error_is_shown_in_the_place_of_one() -> None:
    app = Recorder()

    async def run() -> None:
        async with app.run_test() as pilot:
            app.call_later(lambda: 1 / 0)
            await pilot.pause()

    with pytest.raises(KeyError, match="shown in its place"):
        await run()


async def test_a_notification_is_withdrawn() -> None:
    app = HookedApp()
    async with app.run_test(notifications=True) as pilot:
        notification = Notification("text")
        app.post_message(Notify(notification))
        await pilot.pause()
        assert list(app._notifications) == [notification]
        app.withdraw(notification)
        assert not list(app._notifications)


async def test_a_sequence_reaches_the_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    app, written = HookedApp(), list[str]()
    async with app.run_test():
        monkeypatch.setattr(app._driver, "write", written.append)
        app.write_to_terminal("\x1b]9;text\x07")
        assert written == ["\x1b]9;text\x07"]


async def test_a_theme_registered_again_changes_the_colours() -> None:
    class Coloured(HookedApp):
        CSS = "Static { color: $accent; }"

        def compose(self) -> Any:
            yield Static("text")

    app = Coloured()
    app.register_theme(Theme("own", primary="#000001", accent="#102030"))
    app.theme = "own"
    async with app.run_test() as pilot:
        app.register_theme(Theme("own", primary="#000001", accent="#405060"))
        app.apply_changed_colours()
        await pilot.pause()
        assert app.query_one(Static).styles.color.hex == "#405060"
