"""Every command once: its keys, its action and where it is offered."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from textual.binding import Binding

if TYPE_CHECKING:
    from tuirisk.ui.view import View


def _always(view: View) -> bool:
    return True


class Command(NamedTuple):
    """A command; its words are ``command.NAME`` and ``short.NAME`` in the locale."""

    name: str
    keys: str
    action: str
    shown: str
    """The keys as the footer and the help write them."""
    rank: int
    """Place in the footer; where room is short the highest ranks are left out."""
    when: Callable[[View], bool] = _always
    """Whether the footer offers it now; its key and the palette always do."""


COMMANDS = (
    Command("choose_next", "j,down,right", "choose(1)", "j", 4),
    Command("choose_previous", "k,up,left", "choose(-1)", "k", 5),
    Command("open", "enter", "open", "Enter", 2),
    Command("explain", "e", "explain", "e", 15),
    Command("panel", "tab", "app.focus_next", "Tab", 12),
    Command("zoom", "z", "zoom", "z", 8),
    Command("freeze", "space", "freeze", "Space", 7),
    Command("acknowledge", "x", "acknowledge", "x", 3, lambda view: bool(view.unread())),
    Command("mute", "m", "mute", "m", 13),
    Command("filter", "slash", "filter", "/", 6),
    Command("sort", "s", "sort", "s", 9),
    Command("add", "a", "add", "a", 10),
    Command("remove", "d", "remove", "d", 14, lambda view: len(view.watched) > 1),
    Command("undo", "u", "undo", "u", 3, lambda view: bool(view.removed)),
    Command("list", "w", "next_list", "w", 19, lambda view: bool(view.list_name)),
    Command("new_list", "W", "new_list", "W", 25),
    Command("delete_list", "D", "delete_list", "D", 26, lambda view: bool(view.list_name)),
    Command("size", "p", "size", "p", 16),
    Command("log_filter", "f", "log_filter", "f", 17),
    Command("copy", "y", "copy", "y", 22),
    Command("save", "S", "save", "S", 21),
    Command("theme", "t", "theme", "t", 11),
    Command("language", "l", "language", "l", 18, lambda view: not view.ascii),
    Command("reconnect", "r", "reconnect", "r", 20),
    Command("redraw", "ctrl+l", "redraw", "^l", 24),
    Command("palette", "ctrl+p", "command_palette", "^p", 23),
    Command("help", "question_mark", "help", "?", 1),
    Command("quit", "q,ctrl+c", "quit", "q", 0),
)

_SIGNS = {
    "slash": "/", "question_mark": "?", "plus": "+", "minus": "-", "comma": ",", "full_stop": ".",
    "colon": ":", "semicolon": ";", "equals_sign": "=", "asterisk": "*", "exclamation_mark": "!",
    "at": "@", "number_sign": "#", "dollar_sign": "$", "percent_sign": "%", "ampersand": "&",
    "left_square_bracket": "[", "right_square_bracket": "]", "underscore": "_", "tilde": "~",
    "apostrophe": "'", "quotation_mark": '"', "backslash": "\\", "vertical_line": "|",
    "less_than_sign": "<", "greater_than_sign": ">", "circumflex_accent": "^",
    "left_parenthesis": "(", "right_parenthesis": ")", "grave_accent": "`",
}  # fmt: skip
_NAMED = (
    "space", "tab", "enter", "backspace", "delete", "insert", "home", "end", "pageup", "pagedown",
    "up", "down", "left", "right", *(f"f{i}" for i in range(1, 13)),
)  # fmt: skip
_KEPT = {"escape": "leaving a dialog", **{str(i): "the symbol view's tabs" for i in range(1, 8)}}
"""Keys that no command can have, and what they are for."""


def bindings() -> list[Binding]:
    """The commands as Textual's bindings, and 1–7 for the tabs of the symbol view."""
    tabs = [Binding(str(i), f"open({i})", show=False, system=False) for i in range(1, 8)]
    named = [
        Binding(c.keys, c.action, c.name, id=c.name, key_display=c.shown, system=False)
        for c in COMMANDS
    ]
    return [*named, *tabs]


def remapped(keys: Mapping[str, str]) -> tuple[tuple[Command, ...], tuple[str, ...]]:
    """The commands under the keys of ``[ui.keys]``, and a line for each entry that is not used.

    A key given to one command is taken from the command that has it by default.
    """
    wanted: dict[str, list[str]] = {}
    problems: list[str] = []
    taken: dict[str, str] = {}
    for name, text in keys.items():
        wrong = "" if any(c.name == name for c in COMMANDS) else _unknown(name)
        parts = [] if wrong else [_key(part.strip()) for part in _split(text)]
        for part, key in zip(_split(text), parts, strict=False):
            wrong = wrong or _unusable(part.strip(), key, taken)
        if wrong:
            problems.append(f"ui.keys.{name}: {wrong}")
            continue
        wanted[name] = parts
        taken |= dict.fromkeys(parts, name)
    made = []
    for command in COMMANDS:
        own = wanted.get(command.name)
        if own is None:
            kept = [key for key in command.keys.split(",") if key not in taken]
            if kept == command.keys.split(","):
                made.append(command)
                continue
            own = kept
            if not own:
                other = taken[command.keys.split(",")[0]]
                problems.append(f"ui.keys.{other}: takes its key from {command.name}")
        made.append(command._replace(keys=",".join(own), shown=display(own[0]) if own else ""))
    return tuple(made), tuple(problems)


def display(key: str) -> str:
    """A key as a person writes it: ``?`` for ``question_mark``, ``^p`` for ``ctrl+p``."""
    if key.startswith("ctrl+"):
        return "^" + display(key.removeprefix("ctrl+"))
    names = {"pageup": "PgUp", "pagedown": "PgDn"}
    return _SIGNS.get(key) or names.get(key) or (key if len(key) == 1 else key.capitalize())


def _split(text: str) -> list[str]:
    return [text] if text == "," else text.split(",")


def _key(text: str) -> str:
    """Textual's name of a key as a person writes it; empty for one that does not exist."""
    signs = {sign: name for name, sign in _SIGNS.items()}
    *modifiers, plain = text.split("+") if len(text) > 1 else [text]
    if any(modifier not in ("ctrl", "shift", "alt") for modifier in modifiers):
        return ""
    name = signs.get(plain, plain)
    known = name in _SIGNS or name in _NAMED or name in _KEPT
    known = known or (len(name) == 1 and name.isalnum())
    return "+".join([*modifiers, name]) if known else ""


def _unknown(name: str) -> str:
    names = [command.name for command in COMMANDS]
    near = difflib.get_close_matches(name, names, 1)
    return "no such command" + (f"; did you mean {near[0]}?" if near else "; see the help (?)")


def _unusable(written: str, key: str, taken: Mapping[str, str]) -> str:
    if not key:
        return f'"{written}" is not a key; write one such as m, ctrl+m, f5 or space'
    if key in _KEPT:
        return f'"{written}" is for {_KEPT[key]}; choose another key'
    if key in taken:
        return f'"{written}" is given to {taken[key]} already'
    return ""
