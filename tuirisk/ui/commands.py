"""Every command once: its keys, its action and where it is offered."""

from __future__ import annotations

from typing import NamedTuple

from textual.binding import Binding


class Command(NamedTuple):
    """A command; its words are ``command.NAME`` and ``short.NAME`` in the locale."""

    name: str
    keys: str
    action: str
    shown: str
    """The keys as the footer and the help write them."""
    rank: int
    """Place in the footer; where room is short the highest ranks are left out."""


COMMANDS = (
    Command("choose_next", "j,down,right", "choose(1)", "j", 3),
    Command("choose_previous", "k,up,left", "choose(-1)", "k", 4),
    Command("panel", "tab", "app.focus_next", "Tab", 11),
    Command("zoom", "z,enter", "zoom", "z", 6),
    Command("freeze", "space", "freeze", "Space", 5),
    Command("mute", "m", "mute", "m", 7),
    Command("acknowledge", "x", "acknowledge", "x", 2),
    Command("theme", "t", "theme", "t", 8),
    Command("language", "l", "language", "l", 9),
    Command("add", "a", "add", "a", 10),
    Command("remove", "d", "remove", "d", 12),
    Command("reconnect", "r", "reconnect", "r", 13),
    Command("palette", "ctrl+p", "command_palette", "^p", 14),
    Command("help", "question_mark", "help", "?", 1),
    Command("quit", "q", "quit", "q", 0),
)


def bindings() -> list[Binding]:
    """The commands as Textual's bindings."""
    return [
        Binding(c.keys, c.action, c.name, id=c.name, key_display=c.shown, system=False)
        for c in COMMANDS
    ]
