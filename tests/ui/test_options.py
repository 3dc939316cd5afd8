"""Themes that change while they are looked at, and what a terminal can show."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from support.ui_driver import FakeMonitor, screen_text, settle
from support.ui_states import critical, ready

from tuirisk.state import OrderSize
from tuirisk.terminal.capabilities import Terminal, terminal
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.themes.theme_reload import ThemeReload
from tuirisk.ui.themes.themes import load_themes, theme_folders
from tuirisk.ui.widgets.header import Header

MakeApp = Callable[..., TuiriskApp]
NORD = Path(__file__).resolve().parents[2] / "themes" / "nord.toml"


def theme_file(folder: Path, name: str, accent: str) -> Path:
    """A theme of one's own: nord with another accent."""
    lines = NORD.read_text(encoding="utf-8").splitlines()
    lines = [f'accent = "{accent}"' if line.startswith("accent") else line for line in lines]
    text = "\n".join(lines).replace('name = "nord"', f'name = "{name}"')
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    # A later time than any before, however coarse the file system's clock is.
    stamp = max((f.stat().st_mtime_ns for f in folder.iterdir()), default=0) + 10_000_000_000
    os.utime(path, ns=(stamp, stamp))
    return path


# Themes.


async def test_a_theme_is_shown_as_the_cursor_reaches_it_and_escape_goes_back(
    make_app: MakeApp,
) -> None:
    app = make_app(FakeMonitor(ready()))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("t", "j", "j")
        await settle(pilot)
        assert app.theme == app.themes.names[2]
        await pilot.press("escape")
        await settle(pilot)
        assert app.theme == "nord"
        await pilot.press("t", "k", "enter")
        await settle(pilot)
        assert app.theme == app.themes.names[-1]


def test_saved_made_and_removed_themes_are_noticed_and_nothing_else(tmp_path: Path) -> None:
    path = theme_file(tmp_path, "mine", "#102030")
    reload = ThemeReload(load_themes([tmp_path]))
    assert reload.changed() is None
    theme_file(tmp_path, "mine", "#405060")
    found = reload.changed()
    assert found is not None
    assert found.files[0].colors["accent"] == "#405060"
    assert reload.changed() is None
    path.write_text("name = 3\n", encoding="utf-8")
    found = reload.changed()
    assert found is not None
    assert "mine.toml: " in reload.news[0]
    assert found.files[0].colors["accent"] == "#405060", "the last good one stays"
    other = theme_file(tmp_path, "other", "#708090")
    other.rename(path)
    found = reload.changed()
    assert found is not None
    assert [file.name for file in found.files] == ["other"], "saved by renaming over it"
    assert reload.news == ()
    path.unlink()
    found = reload.changed()
    assert found is not None
    assert found.names == ()


def test_a_broken_user_theme_is_not_replaced_by_the_shipped_one(
    tmp_path: Path,
) -> None:
    path = theme_file(tmp_path, "nord", "#102030")
    reload = ThemeReload(load_themes([NORD.parent, tmp_path]))
    path.write_text("name = ", encoding="utf-8")
    broken = reload.changed()
    path.unlink()
    gone = reload.changed()
    assert broken is not None
    assert gone is not None
    accents = [themes.files[0].colors["accent"] for themes in (broken, gone)]
    assert accents[0] == "#102030"
    assert accents[1] != "#102030"


async def test_a_deleted_current_theme_stays_and_is_reported(
    make_app: MakeApp, tmp_path: Path
) -> None:
    path = theme_file(tmp_path, "mine", "#102030")
    themes = load_themes([NORD.parent, tmp_path])
    app = make_app(FakeMonitor(ready()), theme="mine", themes=themes)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settle(pilot)
        path.unlink()
        app.themes.reload()
        await settle(pilot)
        assert "theme mine was removed" in " ".join(screen_text(app).split())
        assert app.get_css_variables()["accent"] == "#102030"
        await pilot.press("t", "j", "enter")
        await settle(pilot)
        assert app.theme in app.themes.names


async def test_a_saved_theme_is_loaded_and_a_broken_one_reported(
    make_app: MakeApp, tmp_path: Path
) -> None:
    theme_file(tmp_path, "mine", "#102030")
    themes = load_themes([NORD.parent, tmp_path])
    app = make_app(FakeMonitor(ready()), theme="mine", themes=themes)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settle(pilot)
        assert app.get_css_variables()["accent"] == "#102030"
        path = theme_file(tmp_path, "mine", "#405060")
        app.themes.reload()
        await settle(pilot)
        assert app.get_css_variables()["accent"] == "#405060"
        accent = app.query_one(Header).style_of("accent", "").color
        assert accent is not None
        assert accent.name == "#405060"
        path.write_text('name = "mine"\nhue = [', encoding="utf-8")
        app.themes.reload()
        await settle(pilot)
        assert "mine.toml" in "".join(screen_text(app).split())
        assert app.get_css_variables()["accent"] == "#405060", "the last good one stays"


async def test_a_broken_theme_gives_way_to_the_default(make_app: MakeApp, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("name = 3", encoding="utf-8")
    themes = load_themes([NORD.parent, tmp_path])
    app = make_app(FakeMonitor(ready()), theme="mine", themes=themes)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settle(pilot)
        assert app.theme == "nord"
        assert "mine.toml" in "".join(screen_text(app).split())


def test_themes_are_found_in_the_folder_of_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert theme_folders(tmp_path / "my.toml")[1] == tmp_path / "themes"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert theme_folders()[1] == tmp_path / "tuirisk" / "themes"


# Terminals.


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"TERM": "xterm-256color", "LANG": "en_US.UTF-8"}, Terminal()),
        ({"TERM": "xterm-256color"}, Terminal()),
        ({"TERM": "xterm-256color", "LC_ALL": "C"}, Terminal(ascii=True)),
        ({"TERM": "xterm-256color", "LANG": "C", "LC_CTYPE": "C.UTF-8"}, Terminal(ascii=True)),
        ({"TERM": "xterm-256color", "LANG": "zh_CN.GB18030"}, Terminal(ascii=True)),
        ({"TERM": "xterm-256color", "LANG": "xx_YY"}, Terminal(ascii=True)),
        ({"TERM": "xterm-256color", "LC_ALL": "xx_YY.utf8"}, Terminal()),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, Terminal(colourless=True)),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, Terminal()),
        ({"TERM": "xterm", "LANG": "en_US.UTF-8"}, Terminal(few_colours=True)),
        ({"TERM": "foobar"}, Terminal(few_colours=True)),
        ({"TERM": "linux"}, Terminal(ascii=True, few_colours=True)),
        ({"TERM": "vt100"}, Terminal(ascii=True, colourless=True, few_colours=True)),
        ({"TERM": "xterm-mono"}, Terminal(colourless=True, few_colours=True)),
        (
            {"TERM": "xterm-256color", "LANG": "zh_CN.GB18030", "LC_CTYPE": "C.UTF-8"},
            Terminal(ascii=True),
        ),
        ({"TERM": "xterm-256color", "LC_CTYPE": "UTF-8"}, Terminal()),
        ({"TERM": "xterm-256color", "LANG": "en_US.UTF-8", "LC_CTYPE": "C.UTF-8"}, Terminal()),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, Terminal()),
        ({"TERM": "dumb"}, Terminal(ascii=True, colourless=True, few_colours=True)),
        ({}, Terminal(ascii=True, colourless=True, few_colours=True)),
    ],
)
def test_what_a_terminal_can_show(environ: dict[str, str], expected: Terminal) -> None:
    assert terminal(environ) == expected


def test_few_colours_begin_in_the_terminals_own_unless_a_theme_is_chosen(
    make_app: MakeApp,
) -> None:
    few = Terminal(few_colours=True)
    assert make_app(FakeMonitor(), terminal=few).theme == "ansi"
    assert make_app(FakeMonitor(), terminal=few, theme="mono").theme == "mono"


# What a person takes away.


async def test_y_copies_the_row(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(ready()))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("y")
        row = app.clipboard.split("\t")
    assert row[0] == "BTCUSDT"
    assert "67,412.3" in row
    assert "long -11.0%" in row
    assert not any("  " in cell for cell in row)


async def test_s_saves_a_picture_or_says_why_not(
    make_app: MakeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    app = make_app(FakeMonitor(ready()))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("S")
        await settle(pilot)
        assert "ORDER" in (tmp_path / "tuirisk-20261122-120211.svg").read_text(encoding="utf-8")
        gone = tmp_path / "gone"
        gone.mkdir()
        monkeypatch.setattr(Path, "cwd", lambda: gone / "nowhere")
        await pilot.press("S")
        await settle(pilot)
        assert "Screenshot not saved" in screen_text(app)


async def test_shift_p_goes_through_the_orders_of_the_impact_panel(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(critical()))
    async with app.run_test(size=(200, 60)) as pilot:
        await settle(pilot)
        assert "100k your exit" in screen_text(app)
        await pilot.press("P")
        await settle(pilot)
        assert app.view.order_size == OrderSize("notional", 10_000.0)
        assert ">   10k" in screen_text(app)
        await pilot.press(*"PPPP")
        await settle(pilot)
        assert "1M" in screen_text(app).split("unfilled")[0]
        await pilot.press("P")
        assert app.view.order_size is None
