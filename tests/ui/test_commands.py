"""Every command has a key, a palette entry, a line of the help, a place in the footer and words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest
from support.ui_driver import FakeMonitor, screen_text, settle
from support.ui_states import critical, five, state
from textual.pilot import Pilot
from textual.widgets import Input

from tuirisk.events.playback import Playback
from tuirisk.language.words import LANGUAGES, Words
from tuirisk.state import AccountState, Message, RiskState
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.view.commands import COMMANDS, EVERY, SYMBOL_COMMANDS, Command, Where, commands_on
from tuirisk.ui.widgets.footer import Footer

MakeApp = Callable[..., TuiriskApp]
PLACES: dict[str, tuple[Where, ...]] = {"dashboard": ("dashboard",), "symbol": ("symbol",)}
PLACES["stress tab"] = ("symbol", "what_if")
PLACES["history tab"] = ("symbol", "score_history")
KEYS = {"dashboard": (), "symbol": ("enter",), "stress tab": ("6",), "history tab": ("9",)}


def eventful() -> RiskState:
    """Alerts, an account, a message, and a chosen symbol (ETHUSDT) without a position."""
    account = AccountState(50_000.0, 234.0, 1_000.0, within_budget=True)
    message = Message("margin_call", "margin call", None, "critical")
    return replace(critical(), account=account, messages=(message,))


async def reach(pilot: Pilot[Any], place: str) -> None:
    """All that commands can ask for: a removal to undo, a second list, a filter, an order."""
    await settle(pilot)
    await pilot.press("W", *"mine", "enter", "j", "d", "P")
    await pilot.press(*KEYS[place])
    await settle(pilot)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("command", EVERY, ids=lambda command: command.name)
def test_a_command_has_a_key_and_words(command: Command, language: str) -> None:
    words = Words(language)
    assert all(command.keys.split(","))
    assert command.shown
    assert words(f"command.{command.name}")
    assert words(f"short.{command.name}")


@pytest.mark.parametrize("place", PLACES)
def test_no_two_commands_that_work_on_one_screen_share_a_key(place: str) -> None:
    own = [c for c in SYMBOL_COMMANDS if c.where in PLACES[place]]
    shadowed = {key for command in own for key in command.keys.split(",")}
    others = [
        key
        for command in commands_on(COMMANDS, *PLACES[place])
        for key in command.keys.split(",")
        if key not in shadowed
    ]
    keys = [key for command in own for key in command.keys.split(",")] + others
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("place", PLACES)
async def test_every_command_is_in_the_palette_and_the_help(make_app: MakeApp, place: str) -> None:
    app = make_app(FakeMonitor(eventful()))
    async with app.run_test(size=(80, 80)) as pilot:
        await reach(pilot, place)
        titles = [command.title for command in app.get_system_commands(app.screen)]
        await pilot.press("question_mark")
        await settle(pilot)
        await pilot.press("tab")
        await settle(pilot)
        text = screen_text(app)
        for command in EVERY:
            here = command.where in ("anywhere", *PLACES[place])
            words = app.view.words(f"command.{command.name}")
            if command.name not in ("palette", "open_tab"):
                assert (words.capitalize() in titles) is here, command.name
            assert (words in text) is here, command.name
        assert sum(title.startswith("Tab: ") for title in titles) == 9


@pytest.mark.parametrize("place", PLACES)
async def test_every_command_that_applies_is_in_the_footer_where_there_is_room(
    make_app: MakeApp, place: str
) -> None:
    monitor = FakeMonitor(eventful())
    monitor.playback = Playback(0, 600_000, 60_000, 2.0)
    app = make_app(monitor)
    async with app.run_test(size=(280, 60)) as pilot:
        await reach(pilot, place)
        actions = {hit.target for hit in app.screen.query_one(Footer).drawn.hits}
        for command in EVERY:
            here = command.where in ("anywhere", *PLACES[place])
            if here and command.when(app.view):
                assert command.action in actions, command.name
        assert all(c.when(app.view) for c in COMMANDS), "this test has all of them apply"


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (120, 40)])
async def test_the_footer_offers_what_belongs_to_the_focused_panel(
    make_app: MakeApp, size: tuple[int, int]
) -> None:
    app = make_app(FakeMonitor(critical()))
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        for panel, expected in (
            ("impact", ("p size", "P next size")),
            ("log", ("x ack", "f log", "PgDn older", "PgUp newer")),
        ):
            app.query_one(f"#{panel}").focus()
            await settle(pilot)
            row = screen_text(app).splitlines()[-1]
            for entry in (*expected, "? help", "q quit"):
                assert entry in row


class Dispatched:
    """The actions that the application is to run, which do nothing but the palette's own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, commands: Iterable[Command]) -> None:
        self.names: list[str] = []
        real = TuiriskApp._dispatch_action
        actions = {_name(command) for command in commands}

        async def dispatch(app: TuiriskApp, namespace: Any, name: str, parameters: Any) -> bool:
            if name in actions:
                assert hasattr(namespace, f"action_{name}")
                self.names.append(name)
                return True
            return await real(app, namespace, name, parameters)

        monkeypatch.setattr(TuiriskApp, "_dispatch_action", dispatch)


def in_palette(place: str) -> list[Command]:
    return [
        command
        for command in commands_on((*SYMBOL_COMMANDS, *COMMANDS), *PLACES[place])
        if command.name not in ("palette", "open_tab")
    ]


@pytest.mark.parametrize("place", ["dashboard", "stress tab"])
async def test_an_entry_of_the_palette_runs_its_command(
    make_app: MakeApp, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every entry; the action that it stands for exists."""
    app = make_app(FakeMonitor(eventful()))
    async with app.run_test(size=(80, 24)) as pilot:
        await reach(pilot, place)
        entries = {entry.title: entry.callback for entry in app.get_system_commands(app.screen)}
        dispatched = Dispatched(monkeypatch, in_palette(place))
        for command in in_palette(place):
            await entries[app.view.words(f"command.{command.name}").capitalize()]()
            assert dispatched.names[-1] == _name(command), command.name
        assert len(dispatched.names) == len(in_palette(place))


@pytest.mark.parametrize(
    ("place", "step"),
    [
        ("dashboard", 12),
        *(pytest.param(place, 1, marks=pytest.mark.slow) for place in ("dashboard", "stress tab")),
    ],
)
async def test_the_palette_runs_what_is_searched_for_and_taken(
    make_app: MakeApp, place: str, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every ``step``-th command, by its title."""
    app = make_app(FakeMonitor(eventful()))
    async with app.run_test(size=(80, 24)) as pilot:
        await reach(pilot, place)
        dispatched = Dispatched(monkeypatch, in_palette(place))
        for command in in_palette(place)[::step]:
            app.action_command_palette()
            await pilot.pause()
            title = app.view.words(f"command.{command.name}").capitalize()
            app.screen.query_one(Input).value = title
            await pilot.pause()
            await app.workers.wait_for_complete()
            await pilot.press("enter")
            await pilot.pause()
            assert dispatched.names[-1:] == [_name(command)], command.name


def _name(command: Command) -> str:
    return command.action.partition("(")[0].rpartition(".")[2]


async def test_commands_of_the_dashboard_do_nothing_in_the_symbol_view(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(critical()))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        before = app.view
        await pilot.press("z", "s", "slash", "f", "enter")
        await settle(pilot)
        assert app.view == before
        assert len(app.screen_stack) == 2, "no symbol view over the symbol view"


def test_what_is_held_is_offered_for_no_removal(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor())
    remove = next(command for command in COMMANDS if command.name == "remove")
    view = replace(app.view, state=state(five()))
    assert not remove.when(replace(view, chosen="BTCUSDT"))
    assert remove.when(replace(view, chosen="ETHUSDT"))


# Help.


@pytest.mark.parametrize("size", [(40, 10), pytest.param((80, 24), marks=pytest.mark.slow)])
async def test_the_help_scrolls_to_its_end_on_a_small_window(
    make_app: MakeApp, size: tuple[int, int]
) -> None:
    app = make_app(FakeMonitor(critical()))
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press("question_mark", "tab")
        await settle(pilot)
        seen = screen_text(app)
        assert "Esc closes" in seen
        assert "command palette" not in seen or size[0] == 80
        for _ in range(60):
            await pilot.press("down")
            await settle(pilot)
            seen += screen_text(app)
        for command in commands_on(EVERY, "dashboard"):
            assert app.view.words(f"command.{command.name}") in seen, command.name
        assert "wheel scrolls" in screen_text(app)
        await pilot.press("home")
        await settle(pilot)
        assert "RISK 85" in screen_text(app)


async def test_the_help_of_the_symbol_view_names_only_keys_that_work_there(
    make_app: MakeApp,
) -> None:
    app = make_app(FakeMonitor(critical()))
    async with app.run_test(size=(80, 60)) as pilot:
        await settle(pilot)
        await pilot.press("6", "question_mark", "tab")
        await settle(pilot)
        text = screen_text(app)
        assert " j             next symbol" in text
        assert " n             what if: next field" in text
        assert "zoom panel" not in text
