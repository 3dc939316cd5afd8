"""Every command has a key, a palette entry, a line of the help, a place in the footer and words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input
from ui_driver import FakeMonitor, screen_text, settle
from ui_states import CONFIG, critical, five, state

from tuirisk.state import RiskState
from tuirisk.ui.app import TuiriskApp
from tuirisk.ui.commands import COMMANDS, EVERY, SYMBOL_COMMANDS, Command, Where, working
from tuirisk.ui.keys import remapped
from tuirisk.ui.widgets.footer import Footer
from tuirisk.ui.words import LANGUAGES, Words

MakeApp = Callable[..., TuiriskApp]
PLACES: dict[str, tuple[Where, ...]] = {"dashboard": ("dashboard",), "symbol": ("symbol",)}
PLACES["stress tab"] = ("symbol", "what_if")
KEYS = {"dashboard": (), "symbol": ("enter",), "stress tab": ("6",)}


def eventful() -> RiskState:
    """Alerts, and a chosen symbol (ETHUSDT) without a position."""
    return critical()


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
        for command in working(COMMANDS, *PLACES[place])
        for key in command.keys.split(",")
        if key not in shadowed
    ]
    keys = [key for command in own for key in command.keys.split(",")] + others
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("place", PLACES)
async def test_every_command_is_in_the_palette_and_the_help(make_app: MakeApp, place: str) -> None:
    app = make_app(FakeMonitor(eventful()))
    async with app.run_test(size=(80, 60)) as pilot:
        await reach(pilot, place)
        titles = [command.title for command in app.get_system_commands(app.screen)]
        await pilot.press("question_mark")
        await settle(pilot)
        text = screen_text(app)
        for command in EVERY:
            here = command.where in ("anywhere", *PLACES[place])
            words = app.view.words(f"command.{command.name}")
            if command.name not in ("palette", "open_tab"):
                assert (words.capitalize() in titles) is here, command.name
            assert (words in text) is here, command.name
        assert sum(title.startswith("Tab: ") for title in titles) == 7


@pytest.mark.parametrize("place", PLACES)
async def test_every_command_that_applies_is_in_the_footer_where_there_is_room(
    make_app: MakeApp, place: str
) -> None:
    app = make_app(FakeMonitor(eventful()))
    async with app.run_test(size=(200, 60)) as pilot:
        await reach(pilot, place)
        offered = app.screen.query_one(Footer)._places
        actions = {action for _, _, _, action in offered}
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


@pytest.mark.parametrize("place", ["dashboard", "stress tab"])
async def test_the_palette_runs_every_command(
    make_app: MakeApp, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The title is searched for and taken; the action that it stands for exists and is run."""
    commands = [
        command
        for command in working((*SYMBOL_COMMANDS, *COMMANDS), *PLACES[place])
        if command.name not in ("palette", "open_tab")
    ]
    ran: list[str] = []
    app = make_app(FakeMonitor(eventful()))
    async with app.run_test(size=(80, 24)) as pilot:
        await reach(pilot, place)
        real = TuiriskApp._dispatch_action

        async def dispatch(self: TuiriskApp, namespace: Any, name: str, parameters: Any) -> bool:
            if name in actions:
                assert hasattr(namespace, f"action_{name}")
                ran.append(name)
                return True
            return await real(self, namespace, name, parameters)

        actions = {_name(command) for command in commands}
        monkeypatch.setattr(TuiriskApp, "_dispatch_action", dispatch)
        for command in commands:
            app.action_command_palette()
            await pilot.pause()
            title = app.view.words(f"command.{command.name}").capitalize()
            app.screen.query_one(Input).value = title
            await pilot.pause()
            await app.workers.wait_for_complete()
            await pilot.press("enter")
            await pilot.pause()
            assert ran[-1:] == [_name(command)], command.name
        assert len(ran) == len(commands)


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


# Keys of one's own.


def shown(keys: dict[str, str]) -> dict[str, str]:
    return {command.name: command.keys for command in remapped(keys)[0]}


def test_every_command_but_the_fixed_can_have_another_key() -> None:
    for command in EVERY:
        commands, problems = remapped({command.name: "f9"})
        if command.name in ("leave", "back", "open_tab"):
            assert problems == (
                f"ui.keys.{command.name}: the keys of {command.name} cannot be changed",
            )
            continue
        assert problems == ()
        changed = next(one for one in commands if one.name == command.name)
        assert (changed.keys, changed.shown) == ("f9", "F9")


def test_a_key_that_works_anywhere_is_taken_from_the_symbol_view_too_and_not_the_other_way() -> (
    None
):
    keys = shown({"mute": "n"})
    assert (keys["mute"], keys["field"]) == ("n", "")
    assert "ui.keys.mute: takes its key from field" in remapped({"mute": "n"})[1]
    keys = shown({"field": "m"})
    assert (keys["field"], keys["mute"]) == ("m", "m"), "there it comes first"
    assert shown({"zoom": "n"})["field"] == "n", "the zoom does not work there"


def test_default_keys_written_out_take_nothing() -> None:
    commands, problems = remapped({"choose_next": "j,down"})
    assert problems == ()
    keys = {command.name: command.keys for command in commands}
    assert keys["scroll"] == "down,pagedown"
    assert keys["choose_next"] == "j,down"


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("PgDn", "pagedown"), ("Space", "space"), ("^o", "ctrl+o"), ("ctrl+O", "ctrl+o"),
        ("S-Tab", "shift+tab"), ("shift+z", "Z"), ("F5", "f5"), ("Bksp", "backspace"),
        ("S", "S"), ("?", "question_mark"), ("ctrl+left", "ctrl+left"), ("é", "é"),
    ],
)  # fmt: skip
def test_keys_are_read_as_the_help_writes_them(written: str, key: str) -> None:
    commands, problems = remapped({"zoom": written})
    assert all("takes its key from" in problem for problem in problems)
    assert next(command.keys for command in commands if command.name == "zoom") == key


async def test_changed_keys_stand_in_footer_help_and_palette(make_app: MakeApp) -> None:
    ui = replace(CONFIG.ui, keys={"zoom": "o", "tabs": "ctrl+t", "nonsense": "q"})
    app = make_app(FakeMonitor(critical()), config=replace(CONFIG, ui=ui))
    async with app.run_test(size=(160, 48), notifications=True) as pilot:
        await settle(pilot)
        text = screen_text(app)
        assert "o zoom" in text
        assert "ui.keys.nonsense: no such command" in text
        helps = {c.title: c.help for c in app.get_system_commands(app.screen)}
        assert helps["Zoom panel"] == "o"
        await pilot.press("question_mark")
        await settle(pilot)
        assert " o             zoom panel" in screen_text(app)
        await pilot.press("escape", "enter", "ctrl+t")
        await settle(pilot)
        assert "IMPACT" in screen_text(app), "the second tab"
        assert "^t tabs" in screen_text(app)
        await pilot.press("tab")
        await settle(pilot)
        assert "IMPACT" in screen_text(app), "the old key does nothing"


async def test_a_command_without_a_key_is_run_from_the_palette(make_app: MakeApp) -> None:
    ui = replace(CONFIG.ui, keys={"zoom": "m"})
    app = make_app(FakeMonitor(critical()), config=replace(CONFIG, ui=ui))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert "mute" not in screen_text(app).splitlines()[-1]
        mute = next(c for c in app.get_system_commands(app.screen) if c.title == "Mute bell")
        assert mute.help == ""
        await mute.callback()
        assert app.view.muted


# Help.


@pytest.mark.parametrize("size", [(40, 10), (60, 16), (80, 24)])
async def test_the_help_scrolls_to_its_end_on_a_small_window(
    make_app: MakeApp, size: tuple[int, int]
) -> None:
    app = make_app(FakeMonitor(critical()))
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press("question_mark")
        await settle(pilot)
        seen = screen_text(app)
        assert "Esc closes" in seen
        assert "command palette" not in seen or size[0] == 80
        for _ in range(60):
            await pilot.press("down")
            await settle(pilot)
            seen += screen_text(app)
        for command in working(EVERY, "dashboard"):
            assert app.view.words(f"command.{command.name}") in seen, command.name
        assert "wheel: through" in screen_text(app)
        await pilot.press("home")
        await settle(pilot)
        assert "next symbol" in screen_text(app)


async def test_the_help_of_the_symbol_view_names_only_keys_that_work_there(
    make_app: MakeApp,
) -> None:
    app = make_app(FakeMonitor(critical()))
    async with app.run_test(size=(80, 60)) as pilot:
        await settle(pilot)
        await pilot.press("6", "question_mark")
        await settle(pilot)
        text = screen_text(app)
        assert " j             next symbol" in text
        assert " n             what if: next part" in text
        assert "zoom panel" not in text
