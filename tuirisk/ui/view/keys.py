"""Key names as the user writes them, and the key bindings of ``[ui.keys]``."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from tuirisk.ui.view.commands import EVERY, FIXED, Command

_SIGNS = {
    "slash": "/", "question_mark": "?", "plus": "+", "minus": "-", "comma": ",", "full_stop": ".",
    "colon": ":", "semicolon": ";", "equals_sign": "=", "asterisk": "*", "exclamation_mark": "!",
    "at": "@", "number_sign": "#", "dollar_sign": "$", "percent_sign": "%", "ampersand": "&",
    "left_square_bracket": "[", "right_square_bracket": "]", "underscore": "_", "tilde": "~",
    "apostrophe": "'", "quotation_mark": '"', "backslash": "\\", "vertical_line": "|",
    "left_curly_bracket": "{", "right_curly_bracket": "}",
    "less_than_sign": "<", "greater_than_sign": ">", "circumflex_accent": "^",
    "left_parenthesis": "(", "right_parenthesis": ")", "grave_accent": "`",
}  # fmt: skip
_NAMED = (
    "space", "tab", "enter", "backspace", "delete", "insert", "home", "end", "pageup", "pagedown",
    "up", "down", "left", "right", *(f"f{i}" for i in range(1, 13)),
)  # fmt: skip
_RESERVED = {
    "escape": "going back",
    "ctrl+z": "suspending the program",
    **{str(i): "the symbol view's tabs" for i in range(1, 10)},
}
"""Reserved keys and their use."""
_SAME = {"ctrl+m": "Enter", "ctrl+j": "Enter", "ctrl+i": "Tab", "ctrl+h": "Backspace"}
"""Keys that a terminal sends as others."""


_TABS = {"what_if", "score_history"}
"""Places that are tabs of the symbol view: never both at once."""


def remap_keys(keys: Mapping[str, str]) -> tuple[tuple[Command, ...], tuple[str, ...]]:
    """All commands under the keys of ``[ui.keys]``, and a line for each entry that is not used.

    A key given to one command is taken from those that have it by default where it works, too. A
    command of the symbol view has its key there alone.
    """
    configured: dict[str, list[str]] = {}
    problems: list[str] = []
    for name, text in keys.items():
        parts = [(part.strip(), _key(part.strip())) for part in _split(text)]
        asking = next((command for command in EVERY if command.name == name), None)
        wrong = _unknown(name) if asking is None else ""
        if name in FIXED:
            wrong = f"the keys of {name} cannot be changed"
        for written, key in parts:
            rivals = [
                command.name
                for command in EVERY
                if asking and key in configured.get(command.name, ()) and _clash(asking, command)
            ]
            wrong = wrong or _unusable(written, key, rivals)
        if wrong:
            problems.append(f"ui.keys.{name}: {wrong}")
        else:
            configured[name] = list(dict.fromkeys(key for _, key in parts))
    made = []
    for command in EVERY:
        own = command.keys.split(",")
        takers = _takers(command, configured)
        own_keys = configured.get(command.name, [key for key in own if key not in takers])
        if not own_keys:
            problems.append(f"ui.keys.{takers[own[0]]}: takes its key from {command.name}")
        if own_keys != own:
            shown = display(own_keys[0]) if own_keys else ""
            command = command._replace(keys=",".join(own_keys), shown=shown)
        made.append(command)
    return tuple(made), tuple(problems)


def _takers(command: Command, configured: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Key → command, of those given a key that is not theirs by default and may be this one's."""
    return {
        key: taker.name
        for taker in EVERY
        for key in configured.get(taker.name, ())
        if key not in taker.keys.split(",")
        and _clash(taker, command)
        and (_inside(command) or not _inside(taker))
    }


def _clash(one: Command, other: Command) -> bool:
    """Whether there is a screen on which both work."""
    places = {one.where, other.where}
    if ("radar" in places and places & {*_TABS, "symbol", "account"}) or places == _TABS:
        return False
    return _inside(one) == _inside(other) or "anywhere" in places


def _inside(command: Command) -> bool:
    """Whether it is the own one of a screen over the dashboard: there its key comes first."""
    return command.where in ("symbol", *_TABS, "account", "radar")


def display(key: str) -> str:
    """A key as a person writes it: ``?`` for ``question_mark``, ``^p`` for ``ctrl+p``."""
    if key.startswith("ctrl+"):
        return "^" + display(key.removeprefix("ctrl+"))
    if key.startswith("shift+"):
        return "S-" + display(key.removeprefix("shift+"))
    return _SIGNS.get(key) or _SHORT.get(key) or (key if len(key) == 1 else key.capitalize())


_SHORT = {"pageup": "PgUp", "pagedown": "PgDn", "escape": "Esc", "backspace": "Bksp"}
_LONG = {short.lower(): key for key, short in _SHORT.items()}


def _split(text: str) -> list[str]:
    return [text] if text == "," else text.split(",")


def _key(text: str) -> str:
    """Textual's name of a key as a person or the help writes it; empty for one that is none."""
    if len(text) > 1:
        text = text.replace("^", "ctrl+").replace("S-", "shift+") if text[0] in "^S" else text
    signs = {sign: name for name, sign in _SIGNS.items()}
    *modifiers, plain = text.split("+") if len(text) > 1 else [text]
    if any(modifier not in ("ctrl", "shift", "alt") for modifier in modifiers):
        return ""
    if len(plain) == 1 and plain.isalnum():
        if modifiers == ["shift"] and plain.isalpha():
            return plain.upper()
        return "+".join([*modifiers, plain.lower() if "ctrl" in modifiers else plain])
    name = signs.get(plain) or _LONG.get(plain.lower(), plain.lower())
    return "+".join([*modifiers, name]) if name in (*_SIGNS, *_NAMED, "escape") else ""


def _unknown(name: str) -> str:
    names = [command.name for command in EVERY]
    near = difflib.get_close_matches(name, names, 1)
    return "no such command" + (f"; did you mean {near[0]}?" if near else "; see the help (?)")


def _unusable(written: str, key: str, rivals: Sequence[str]) -> str:
    if not key:
        return f'"{written}" is not a key; write one such as m, ctrl+o, f5 or space'
    if key in _SAME:
        return f'a terminal sends "{written}" as {_SAME[key]}; choose another key'
    if key in _RESERVED:
        return f'"{written}" is for {_RESERVED[key]}; choose another key'
    if rivals:
        return f'"{written}" is given to {rivals[0]} already'
    return ""
