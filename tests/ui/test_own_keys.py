"""Keys of one's own: read, given, shown, and what is wrong with them said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from support.ui_driver import FakeMonitor, screen_text, settle
from support.ui_states import CONFIG, critical, ready

from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.view.commands import EVERY, FIXED
from tuirisk.ui.view.keys import remap_keys

MakeApp = Callable[..., TuiriskApp]


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"zom": "o"}, "ui.keys.zom: no such command; did you mean zoom?"),
        ({"zoom": "bogus"}, 'ui.keys.zoom: "bogus" is not a key'),
        ({"zoom": "hyper+z"}, 'ui.keys.zoom: "hyper+z" is not a key'),
        ({"zoom": "1"}, 'ui.keys.zoom: "1" is for the symbol view\'s tabs'),
        ({"zoom": "escape"}, 'ui.keys.zoom: "escape" is for going back'),
        ({"zoom": "o", "sort": "o"}, 'ui.keys.sort: "o" is given to zoom already'),
        ({"zoom": "m"}, "ui.keys.zoom: takes its key from mute"),
        ({"zoom": ""}, 'ui.keys.zoom: "" is not a key'),
        ({"zoom": "ctrl+z"}, 'ui.keys.zoom: "ctrl+z" is for suspending the program'),
        ({"zoom": "ctrl+m"}, 'ui.keys.zoom: a terminal sends "ctrl+m" as Enter'),
        ({"tabs": "o", "mute": "o"}, 'ui.keys.mute: "o" is given to tabs already'),
        ({"back": "o"}, "ui.keys.back: the keys of back cannot be changed"),
    ],
)
def test_a_key_that_cannot_be_is_one_clear_line(keys: dict[str, str], problem: str) -> None:
    _, problems = remap_keys(keys)
    assert len(problems) == 1
    assert problems[0].startswith(problem)


def test_keys_are_written_as_a_person_does() -> None:
    commands, problems = remap_keys({"zoom": "ctrl+o,+", "help": "f1", "filter": ","})
    shown = {command.name: (command.keys, command.shown) for command in commands}
    assert problems == ()
    assert shown["zoom"] == ("ctrl+o,plus", "^o")
    assert shown["help"] == ("f1", "F1")
    assert shown["filter"] == ("comma", ",")


async def test_a_configured_key_works_and_is_shown_and_a_wrong_one_is_reported(
    make_app: MakeApp,
) -> None:
    ui = replace(CONFIG.ui, keys={"mute": "o", "zoom": "bogus"})
    app = make_app(FakeMonitor(ready()), config=replace(CONFIG, ui=ui))
    async with app.run_test(size=(160, 40), notifications=True) as pilot:
        await settle(pilot)
        text = screen_text(app)
        assert "o mute" in text
        assert '"bogus" is not a key' in text
        await pilot.press("m")
        assert not app.view.muted
        await pilot.press("o")
        assert app.view.muted


def shown(keys: dict[str, str]) -> dict[str, str]:
    return {command.name: command.keys for command in remap_keys(keys)[0]}


def test_every_command_but_the_fixed_can_have_another_key() -> None:
    for command in EVERY:
        commands, problems = remap_keys({command.name: "f9"})
        if command.name in FIXED:
            assert problems == (
                f"ui.keys.{command.name}: the keys of {command.name} cannot be changed",
            )
            continue
        assert problems == ()
        changed = next(one for one in commands if one.name == command.name)
        assert (changed.keys, changed.shown) == ("f9", "F9")


def test_a_key_of_a_global_command_is_removed_from_the_symbol_view_and_not_the_reverse() -> None:
    keys = shown({"mute": "n"})
    assert (keys["mute"], keys["field"]) == ("n", "")
    assert "ui.keys.mute: takes its key from field" in remap_keys({"mute": "n"})[1]
    keys = shown({"field": "m"})
    assert (keys["field"], keys["mute"]) == ("m", "m"), "there it comes first"
    assert shown({"zoom": "n"})["field"] == "n", "the zoom does not work there"


def test_default_keys_written_out_change_nothing() -> None:
    commands, problems = remap_keys({"choose_next": "j,down"})
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
    commands, problems = remap_keys({"zoom": written})
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


async def test_ctrl_z_suspends_from_a_view_and_never_from_a_field(
    make_app: Callable[..., TuiriskApp],
) -> None:
    app = make_app(FakeMonitor(critical()))
    suspended: list[str] = []
    app.action_suspend_process = lambda: suspended.append(app.screen.id or "")  # type: ignore[method-assign]
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("slash", "x", "ctrl+z")
        assert not suspended
        await pilot.press("escape", "ctrl+z")
        assert len(suspended) == 1
