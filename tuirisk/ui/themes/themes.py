"""Colour themes: TOML files, checked as they are loaded.

A theme file has ``name``, ``dark``, optionally ``ansi`` (the terminal's own sixteen colours), a
table ``[colors]`` with the colours Textual knows and a table ``[variables]`` with ours. All
colours are required: a theme that is silent on one would show some other theme's.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli

from tuirisk.config.paths import config_directory
from tuirisk.foreign.files import open_own
from tuirisk.foreign.text import printable

if TYPE_CHECKING:
    from textual.theme import Theme

COLORS = (
    "primary", "secondary", "accent", "foreground", "background",
    "surface", "panel", "success", "warning", "error",
)  # fmt: skip
VARIABLES = (
    "risk-ok", "risk-caution", "risk-warning", "risk-critical", "on-risk",
    "up", "down", "bid", "ask", "bid-ground", "ask-ground",
    "bar", "spark", "track", "band", "core", "quiet", "faint", "stale", "title", "chosen",
)  # fmt: skip
MOST_BYTES = 256 * 1024
DEFAULT = "nord"
ANSI = "ansi"

_NAME = re.compile(r"\w[\w .-]{0,23}")
_NAMED = re.compile(r"""(?m)^name\s*=\s*["'](.+?)["']""")
_COLOR = re.compile(
    r"#[0-9a-fA-F]{6}|ansi_(default|(bright_)?(black|red|green|yellow|blue|magenta|cyan|white))"
)
_TOP = {"name": str, "dark": bool, "ansi": bool, "colors": dict, "variables": dict}
_KINDS = {str: "a text", bool: "true or false", dict: "a table"}

_ANSI_VARIABLES = {
    "ansi-background": "ansi_default",
    "ansi-foreground": "ansi_default",
    "block-cursor-background": "ansi_cyan",
    "block-cursor-foreground": "ansi_black",
    "input-cursor-background": "ansi_default",
    "input-cursor-foreground": "ansi_default",
    "input-cursor-text-style": "reverse",
}
"""What Textual's stock widgets cannot derive from a palette without numbers."""


class ThemeError(Exception):
    """A theme that cannot be used: one line naming the file, the key and what would be right."""

    def __init__(self, text: str) -> None:
        super().__init__(printable(text, most=None))


@dataclass(frozen=True, slots=True)
class ThemeFile:
    """A theme file that passed every check."""

    name: str
    dark: bool
    ansi: bool
    colors: dict[str, str]
    variables: dict[str, str]
    path: Path

    def theme(self) -> Theme:
        """The Textual theme."""
        from textual.theme import Theme

        return Theme(
            name=self.name,
            dark=self.dark,
            ansi=self.ansi,
            variables=self.variables | (_ANSI_VARIABLES if self.ansi else {}),
            **self.colors,  # type: ignore[arg-type]
        )


@dataclass(frozen=True, slots=True)
class Themes:
    """Every theme found, in the order in which ``t`` goes through them, and the broken ones."""

    files: tuple[ThemeFile, ...]
    problems: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    """What those that have a problem may be called: by their file, and by their own word."""
    folders: tuple[Path, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(file.name for file in self.files)

    def check(self, name: str) -> str:
        """``name`` if there is such a theme; the default in place of one whose file is broken.

        Raises:
            ThemeError: there is none; the message lists those there are.
        """
        if name not in self.names and name in self.broken and self.names:
            return self.names[0]
        if name not in self.names:
            near = difflib.get_close_matches(name, self.names, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ThemeError(f"unknown theme {name!r}{hint} (themes: {', '.join(self.names)})")
        return name

    def after(self, name: str) -> str:
        """The theme after ``name``, round and round."""
        names = self.names
        return names[(names.index(name) + 1) % len(names)] if name in names else names[0]


def theme_folders(config: Path | None = None) -> list[Path]:
    """Where themes are looked for: the package's (or the source tree's), then the user's own,
    beside the configuration file ``config`` or where that is looked for.
    """
    package = Path(__file__).resolve().parents[2]
    shipped = next(
        (f for f in (package / "themes", package.parent / "themes") if f.is_dir()),
        package / "themes",
    )
    directory = config_directory(os.environ) if config is None else config.parent
    return [shipped, directory / "themes"]


def load_themes(folders: Iterable[Path] | None = None) -> Themes:
    """Every theme in ``folders``; a later folder's theme replaces an earlier one of that name.

    Of two with one name in one folder the first in the alphabet counts, the other is a problem.
    """
    loaded: dict[str, ThemeFile] = {}
    problems: list[str] = []
    broken: list[str] = []
    looked = tuple(theme_folders() if folders is None else folders)
    for folder in looked:
        for path in sorted(folder.glob("*.toml")):
            try:
                file = read_theme(path)
                same = loaded.get(file.name)
                if same is not None and same.path.parent == folder:
                    raise ThemeError(
                        f"{path}: name = {file.name!r} is also that of {same.path.name}; "
                        "give it another"
                    )
            except ThemeError as error:
                problems.append(str(error))
                broken += names_in(path)
            else:
                loaded[file.name] = file
    return Themes(in_order(loaded.values()), tuple(problems), tuple(broken), looked)


def in_order(files: Iterable[ThemeFile]) -> tuple[ThemeFile, ...]:
    """The default first, the others by name."""
    return tuple(sorted(files, key=lambda file: (file.name != DEFAULT, file.name)))


def theme_names() -> tuple[str, ...]:
    """Names that ``--theme`` and ``ui.theme`` may take."""
    return load_themes().names


def read_theme(path: Path) -> ThemeFile:
    """One theme file.

    Raises:
        ThemeError: it cannot be read, is not TOML, or a key is unknown, missing or wrong.
    """
    body = _read_toml(path)
    _check_keys(path, "", body, tuple(_TOP), required=("name", "dark", "colors", "variables"))
    for key, value in body.items():
        if not isinstance(value, _TOP[key]):
            raise ThemeError(f"{path}: {key} must be {_KINDS[_TOP[key]]}, not {_short(value)}")
    if not _NAME.fullmatch(body["name"]) or printable(body["name"]) != body["name"]:
        raise ThemeError(
            f"{path}: name = {_short(body['name'])} is not 1 to 24 letters, digits, . or -"
        )
    for section, keys in (("colors", COLORS), ("variables", VARIABLES)):
        _check_keys(path, f"{section}.", body[section], keys, required=keys)
        for key, value in body[section].items():
            if not isinstance(value, str) or not _COLOR.fullmatch(value):
                raise ThemeError(
                    f"{path}: {section}.{key} = {_short(value)} is not a colour "
                    '("#rrggbb", or one of the terminal\'s own such as "ansi_red")'
                )
    return ThemeFile(
        body["name"], body["dark"], body.get("ansi", False), body["colors"], body["variables"], path
    )


def _read_toml(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise ThemeError(f"{path}: is not a file")
    try:
        with open_own(path) as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise ThemeError(f"{path}: has more than {MOST_BYTES >> 10} KiB")
        return tomli.loads(data.decode())
    except OSError as error:
        raise ThemeError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ThemeError(f"{path}: is not UTF-8 text (byte {error.start})") from error
    except (ValueError, RecursionError) as error:
        raise ThemeError(f"{path}: is not TOML: {error}") from error


def names_in(path: Path) -> tuple[str, ...]:
    """What the theme of a broken file may be called."""
    try:
        with open_own(path) as file:
            text = file.read(MOST_BYTES).decode(errors="replace")
    except OSError:
        text = ""
    return (path.stem, *_NAMED.findall(text))


def _short(value: object) -> str:
    """A value as a message may quote it: whatever a person put there, part of one line."""
    try:
        text = repr(value)
    except RecursionError:
        text = "a value nested too deep"
    return text if len(text) <= 40 else text[:38] + ".."


def _check_keys(
    path: Path, prefix: str, body: dict[str, Any], allowed: Sequence[str], required: Sequence[str]
) -> None:
    for key in body:
        if key not in allowed:
            near = difflib.get_close_matches(key, allowed, 1)
            hint = f"; did you mean {prefix}{near[0]}?" if near else ""
            raise ThemeError(f"{path}: unknown key {prefix}{_key(key)}{hint}")
    for key in required:
        if key not in body:
            raise ThemeError(f"{path}: {prefix}{key} is missing{_example(prefix, key)}")


def _key(key: str) -> str:
    return key if key.isprintable() and len(key) <= 40 else _short(key)


def _example(prefix: str, key: str) -> str:
    """How the missing key would be written."""
    if prefix:
        return f' ({key} = "#rrggbb")'
    return {"name": ' (e.g. name = "mine")', "dark": " (true or false)"}.get(key, f" ([{key}])")
