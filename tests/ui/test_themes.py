"""Theme files: those shipped are good, bad ones are refused in one clear line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from tuirisk.language.words import LANGUAGES, Words
from tuirisk.ui.themes import themes
from tuirisk.ui.themes.themes import (
    COLORS,
    DEFAULT,
    VARIABLES,
    ThemeError,
    load_themes,
    read_theme,
    theme_folders,
    theme_names,
)

SHIPPED = Path(__file__).resolve().parents[2] / "themes"


def good(name: str = "mine") -> str:
    colors = "\n".join(f'{key} = "#102030"' for key in COLORS)
    variables = "\n".join(f'{key} = "#102030"' for key in VARIABLES)
    return f'name = "{name}"\ndark = true\n[colors]\n{colors}\n[variables]\n{variables}\n'


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_shipped_themes_are_valid_and_named_as_their_file(path: Path) -> None:
    assert read_theme(path).name == path.stem


def test_there_is_one_for_every_need() -> None:
    names = theme_names()
    assert names[0] == DEFAULT
    assert {"nord", "light", "contrast", "okabe-ito", "mono", "ansi", "aurora"} <= set(names)
    assert load_themes([SHIPPED]).problems == ()
    assert theme_folders()[0] == SHIPPED


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.replace("primary =", "primry ="), ["colors.primry", "colors.primary"]),
        (lambda t: t.replace('bid = "#102030"', 'bid = "greenish"'), ["variables.bid", "greenish"]),
        (lambda t: t.replace('stale = "#102030"\n', ""), ["variables.stale is missing"]),
        (
            lambda t: t.replace("dark = true", 'dark = "yes"'),
            ["dark must be true or false, not 'yes'"],
        ),
        (lambda t: t.replace("dark = true\n", ""), ["dark is missing"]),
        (lambda t: "hue = 3\n" + t, ["unknown key hue"]),
        (lambda t: t.replace('name = "mine"', 'name = ""'), ["name = ''", "letters"]),
        (lambda t: t.replace('"mine"', '"\\u001b[2J"'), ["name =", "letters"]),
        (lambda t: t.replace('"mine"', f'"{"m" * 900}"'), ["name = 'mmm", "24"]),
        (lambda t: t.replace('"mine"', "7"), ["name must be a text, not 7"]),
        (
            lambda t: t.replace('up = "#102030"', 'up = "#1230"'),
            ["variables.up = '#1230'", "#rrggbb"],
        ),
        (lambda t: t.replace('up = "#102030"', "up = 3"), ["variables.up = 3", "#rrggbb"]),
        (lambda t: t.replace("[colors]", "[colours]"), ["unknown key colours", "colors"]),
        (
            lambda t: "colors = 1\n" + t.replace("[colors]", "[variables.x]"),
            ["colors must be a table"],
        ),
        (lambda t: t + "[colors", ["line"]),
        (lambda t: t + "a = " + "[" * 20_000, ["is not TOML"]),
        (lambda t: t + "a = 1" + "0" * 5_000, ["is not TOML"]),
        (lambda t: "", ["name is missing", 'name = "mine"']),
    ],
)
def test_a_bad_theme_is_one_line_that_says_where(
    tmp_path: Path, change: Callable[[str], str], words: list[str]
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(change(good()), encoding="utf-8")
    with pytest.raises(ThemeError) as error:
        read_theme(path)
    message = str(error.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    assert all(word in message for word in words), message


def test_what_is_not_text_or_not_there_is_one_line(tmp_path: Path) -> None:
    junk, folder, link = (tmp_path / name for name in ("junk.toml", "dir.toml", "link.toml"))
    junk.write_bytes(bytes(range(256)) * 40)
    folder.mkdir()
    link.symlink_to(tmp_path / "nowhere")
    found = load_themes([tmp_path])
    assert found.files == ()
    assert found.problems == (
        f"{folder}: is not a file",
        f"{junk}: is not UTF-8 text (byte 128)",
        f"{link}: is not a file",
    )


def test_one_that_may_not_be_read_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(good(), encoding="utf-8")

    def refuse(*_: object, **__: object) -> BinaryIO:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(themes, "open_own", refuse)
    assert load_themes([tmp_path]).problems == (f"{path}: cannot be read (Permission denied)",)


def test_of_two_with_one_name_the_first_counts(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(good("same"), encoding="utf-8")
    (tmp_path / "b.toml").write_text(good("same"), encoding="utf-8")
    found = load_themes([tmp_path])
    assert [file.path.name for file in found.files] == ["a.toml"]
    assert found.problems == (
        f"{tmp_path / 'b.toml'}: name = 'same' is also that of a.toml; give it another",
    )


def test_a_broken_file_is_known_by_the_name_in_it(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('name = "dusk"\ndark = maybe', encoding="utf-8")
    themes = load_themes([SHIPPED, tmp_path])
    assert themes.check("dusk") == themes.check("a") == DEFAULT


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_theme_has_a_description(language: str) -> None:
    for name in theme_names():
        assert Words(language)(f"theme.{name}")


def test_a_users_theme_replaces_a_shipped_one_and_a_broken_one_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(good("nord"), encoding="utf-8")
    (tmp_path / "b.toml").write_text("name = 3", encoding="utf-8")
    found = load_themes([SHIPPED, tmp_path])
    assert next(f for f in found.files if f.name == "nord").colors["primary"] == "#102030"
    assert len(found.problems) == 1
    assert "b.toml" in found.problems[0]


def test_an_unknown_name_lists_the_valid_ones() -> None:
    themes = load_themes([SHIPPED])
    with pytest.raises(ThemeError, match=r"unknown theme 'nrod'; did you mean 'nord'.*aurora"):
        themes.check("nrod")
    assert themes.check("mono") == "mono"


def test_next_goes_round() -> None:
    themes = load_themes([SHIPPED])
    seen = [themes.names[0]]
    for _ in themes.names[1:]:
        seen.append(themes.after(seen[-1]))
    assert sorted(seen) == sorted(themes.names)
    assert themes.after(seen[-1]) == seen[0]


def test_no_colour_stands_outside_the_themes() -> None:
    root = SHIPPED.parent / "tuirisk" / "ui"
    for path in [*root.rglob("*.tcss"), *root.rglob("*.py")]:
        lines = path.read_text(encoding="utf-8").splitlines()
        found = [line for line in lines if "#" in line and _hex(line)]
        assert not found, (path, found)


def _hex(line: str) -> bool:
    import re

    return re.search(r"#[0-9a-fA-F]{3}([0-9a-fA-F]{3})?\b", line) is not None
