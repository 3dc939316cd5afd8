"""Every command once: its keys, its action, where it works and where it is offered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple, Protocol

from textual.binding import Binding

from tuirisk.state import LogEntry, OrderSize

Where = Literal["anywhere", "dashboard", "symbol", "what_if", "score_history", "account", "radar"]
"""The screen on which a command works; ``what_if`` and ``score_history`` are tabs of the symbol
view."""


class CommandContext(Protocol):
    """The part of a view that decides which commands the footer offers."""

    @property
    def zoomed(self) -> bool: ...
    @property
    def welcoming(self) -> bool: ...
    @property
    def filter(self) -> str: ...
    @property
    def order_size(self) -> OrderSize | None: ...
    @property
    def watched(self) -> Sequence[str]: ...
    @property
    def chosen(self) -> str: ...
    @property
    def undoable(self) -> bool: ...
    @property
    def has_account(self) -> bool: ...
    @property
    def has_messages(self) -> bool: ...
    @property
    def list_name(self) -> str: ...
    @property
    def ascii(self) -> bool: ...
    @property
    def playback(self) -> object | None: ...
    def holds(self, name: str) -> bool: ...
    def unacknowledged(self) -> Sequence[LogEntry]: ...


def _always(view: CommandContext) -> bool:
    return True


def _replays(view: CommandContext) -> bool:
    return view.playback is not None


class Command(NamedTuple):
    """A command; its texts are ``command.NAME`` and ``short.NAME`` in the locale."""

    name: str
    keys: str
    action: str
    shown: str
    """The keys as the footer writes them."""
    rank: int
    """Place in the footer; where room is short the highest ranks are left out."""
    when: Callable[[CommandContext], bool] = _always
    """Whether the footer offers it now; its key and the palette always do."""
    where: Where = "anywhere"
    panel: str = ""
    """The panel it belongs to: while that has the focus, the footer offers it before others."""
    toggle: bool = False
    """Whether pressing its key again undoes it."""
    opens_text: bool = False
    """Whether what is typed after its key goes into a text."""


COMMANDS = (
    Command("choose_next", "j,down", "choose(1)", "j", 4),
    Command("choose_previous", "k,up", "choose(-1)", "k", 5),
    Command("open", "enter", "open", "Enter", 2, where="dashboard"),
    Command("open_tab", "1,2,3,4,5,6,7,8,9", "open(1)", "1-9", 14, where="dashboard"),
    Command("leave", "escape", "leave", "Esc", 1,
            lambda view: (view.welcoming or view.zoomed or bool(view.filter)
                          or view.order_size is not None),
            "dashboard"),
    Command("account", "b", "account", "b", 8, lambda view: view.has_account),
    Command("explain", "e", "explain", "e", 15),
    Command("panel", "tab", "app.focus_next", "Tab", 12, where="dashboard"),
    Command("zoom", "z", "zoom", "z", 8, where="dashboard", toggle=True),
    Command("freeze", "space", "freeze", "Space", 7, toggle=True),
    Command("arrow_on", "right", "arrow(1)", "→", 6, _replays, "dashboard"),
    Command("arrow_back", "left", "arrow(-1)", "←", 7, _replays, "dashboard"),
    Command("step_on", "N", "play('step', 1)", "N", 10, _replays),
    Command("step_back", "B", "play('step', -1)", "B", 11, _replays),
    Command("seek_on", "right_square_bracket", "play('seek_by', 10)", "]", 8, _replays),
    Command("seek_back", "left_square_bracket", "play('seek_by', -10)", "[", 9, _replays),
    Command("minute_on", "right_curly_bracket", "play('seek_by', 60)", "}", 32, _replays),
    Command("minute_back", "left_curly_bracket", "play('seek_by', -60)", "{", 33, _replays),
    Command("faster", "greater_than_sign", "play('speed', 2.0)", ">", 9, _replays),
    Command("slower", "less_than_sign", "play('speed', 0.5)", "<", 10, _replays),
    Command("acknowledge", "x", "acknowledge", "x", 3, lambda view: bool(view.unacknowledged()),
            panel="log"),
    Command("acknowledge_all", "X", "acknowledge_all", "X", 31,
            lambda view: len({entry.symbol for entry in view.unacknowledged()}) > 1, panel="log"),
    Command("mute", "m", "mute", "m", 13, toggle=True),
    Command("filter", "slash", "filter", "/", 6, where="dashboard", opens_text=True),
    Command("sort", "s", "sort", "s", 9, where="dashboard"),
    Command("add", "a", "add", "a", 10, opens_text=True),
    Command("remove", "d", "remove", "d", 16,
            lambda view: len(view.watched) > 1 and not view.holds(view.chosen)),
    Command("undo", "u", "undo", "u", 3, lambda view: view.undoable),
    Command("list", "w", "next_list", "w", 19, lambda view: bool(view.list_name)),
    Command("new_list", "W", "new_list", "W", 26, opens_text=True),
    Command("delete_list", "D", "delete_list", "D", 27, lambda view: bool(view.list_name)),
    Command("size", "p", "size", "p", 17, panel="impact", opens_text=True),
    Command("next_size", "P", "next_size", "P", 28, panel="impact"),
    Command("log_filter", "f", "log_filter", "f", 18, where="dashboard", panel="log"),
    Command("log_older", "pagedown", "scroll_log(1)", "PgDn", 29, where="dashboard", panel="log"),
    Command("log_newer", "pageup", "scroll_log(-1)", "PgUp", 30, where="dashboard", panel="log"),
    Command("conditions", "A", "conditions", "A", 30, opens_text=True),
    Command("position", "O", "position", "O", 33, opens_text=True),
    Command("copy", "y", "copy", "y", 23),
    Command("save", "S", "save", "S", 22),
    Command("messages", "M", "messages", "M", 12, lambda view: view.has_messages, toggle=True),
    Command("theme", "t", "theme", "t", 11),
    Command("language", "l", "language", "l", 20, lambda view: not view.ascii, toggle=True),
    Command("radar", "R", "radar", "R", 32, where="dashboard"),
    Command("reconnect", "r", "reconnect", "r", 21),
    Command("redraw", "ctrl+l", "redraw", "^l", 25),
    Command("palette", "ctrl+p", "command_palette", "^p", 24, opens_text=True),
    Command("help", "question_mark", "help", "?", 1, toggle=True),
    Command("quit", "q,ctrl+c", "quit", "q", 0),
)  # fmt: skip
"""Commands of the application."""
SYMBOL_COMMANDS = (
    Command("back", "escape", "screen.back", "Esc", 1, where="symbol"),
    Command("tabs", "tab,right", "screen.turn(1)", "1-9", 2, where="symbol"),
    Command("type_what_if", "enter", "screen.type", "Enter", 3, where="what_if", opens_text=True),
    Command("field", "n", "screen.field", "n", 3, where="what_if"),
    Command("more", "plus,equals_sign", "screen.change(1)", "+", 4, where="what_if"),
    Command("less", "minus", "screen.change(-1)", "-", 4, where="what_if"),
    Command("reset", "backspace", "screen.reset", "Bksp", 19, where="what_if"),
    Command("shorter", "comma", "screen.turn_span(-1)", ",", 3, where="score_history"),
    Command("longer", "full_stop", "screen.turn_span(1)", ".", 3, where="score_history"),
    Command("older_entry", "v", "screen.turn_entry(1)", "v", 4, where="score_history"),
    Command("newer_entry", "V", "screen.turn_entry(-1)", "V", 4, where="score_history"),
    Command("tab_back", "shift+tab,left", "screen.turn(-1)", "S-Tab", 20, where="symbol"),
    Command("scroll", "down,pagedown", "screen.scroll_rows(1)", "PgDn", 5, where="symbol"),
    Command("scroll_back", "up,pageup", "screen.scroll_rows(-1)", "PgUp", 21, where="symbol"),
)
"""Commands of the symbol view only; those that work anywhere work there too."""
ACCOUNT_COMMANDS = (
    Command("account_back", "escape", "screen.back", "Esc", 1, where="account"),
    Command("account_hedges", "h", "screen.hedges", "h", 2, where="account"),
    Command("account_shorter", "comma", "screen.turn_span(-1)", ",", 3, where="account"),
    Command("account_longer", "full_stop", "screen.turn_span(1)", ".", 3, where="account"),
    Command("account_down", "down,pagedown", "screen.scroll_rows(1)", "PgDn", 5, where="account"),
    Command("account_up", "up,pageup", "screen.scroll_rows(-1)", "PgUp", 21, where="account"),
)
"""Commands of the account's screen only."""
RADAR_COMMANDS = (
    Command("radar_back", "escape", "screen.back", "Esc", 1, where="radar"),
    Command("radar_add", "enter", "screen.add", "Enter", 2, where="radar"),
    Command("radar_next", "j,down", "screen.move(1)", "j", 3, where="radar"),
    Command("radar_previous", "k,up", "screen.move(-1)", "k", 4, where="radar"),
    Command("radar_filter", "slash", "screen.filter", "/", 5, where="radar", opens_text=True),
    Command("radar_level", "f", "screen.level", "f", 6, where="radar"),
    Command("radar_down", "pagedown", "screen.page(1)", "PgDn", 21, where="radar"),
    Command("radar_up", "pageup", "screen.page(-1)", "PgUp", 22, where="radar"),
)
"""Commands of the radar only."""
EVERY = (*COMMANDS, *SYMBOL_COMMANDS, *ACCOUNT_COMMANDS, *RADAR_COMMANDS)
FIXED = ("leave", "back", "account_back", "open_tab")
"""Commands whose keys cannot be changed."""
_ACTIONS = {c.action.partition("(")[0]: c.where for c in COMMANDS if c.where != "anywhere"}


def works_on(action: str, *places: Where) -> bool:
    """Whether an action of the application has an effect on a screen of ``places``."""
    return _ACTIONS.get(action, "anywhere") in ("anywhere", *places)


def commands_on(commands: Iterable[Command], *places: Where) -> tuple[Command, ...]:
    """Those of ``commands`` that work on a screen of ``places``."""
    return tuple(command for command in commands if command.where in ("anywhere", *places))


def keys_of(commands: Iterable[Command]) -> frozenset[str]:
    """All keys of ``commands``."""
    return frozenset(key for command in commands for key in command.keys.split(","))


def bindings(commands: Iterable[Command]) -> list[Binding]:
    """The commands as Textual's bindings, by whose ids their keys can be changed."""
    made = []
    for command in commands:
        if command.name == "open_tab":
            keys = command.keys.split(",")
            made += [Binding(key, f"open({key})", show=False, system=False) for key in keys]
        else:
            made.append(
                Binding(
                    command.keys, command.action, command.name, id=command.name,
                    key_display=command.shown, system=False,
                )
            )  # fmt: skip
    return made
