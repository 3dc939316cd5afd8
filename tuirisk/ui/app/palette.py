"""The palette's entries: every command that works on a screen, every tab and theme by name."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from functools import partial
from typing import Any, ClassVar, Protocol

from textual.app import SystemCommand
from textual.binding import BindingType

from tuirisk.ui.app.theme_switcher import ThemeSwitcher
from tuirisk.ui.render.textual_hooks import HookedPalette
from tuirisk.ui.screens.tabs import TABS
from tuirisk.ui.view.commands import Where, commands_on
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.closing import QUITS, ClosesOnce


class Palette(ClosesOnce, HookedPalette):
    """Textual's palette, which closes once."""

    BINDINGS: ClassVar[list[BindingType]] = [QUITS]


class PaletteHost(Protocol):
    """What the palette needs of the application."""

    themes: ThemeSwitcher

    @property
    def view(self) -> View: ...

    @property
    def command_scopes(self) -> tuple[Where, ...]: ...

    def run_action(self, action: str) -> Coroutine[Any, Any, bool]: ...


def palette_entries(host: PaletteHost, in_symbol_view: bool) -> Iterator[SystemCommand]:
    """The entries while the dashboard or the symbol view is shown."""
    words = host.view.words

    def entry(title: str, description: str, action: str) -> SystemCommand:
        return SystemCommand(title.capitalize(), description, partial(host.run_action, action))

    for command in commands_on(host.view.commands, *host.command_scopes):
        if command.name not in ("palette", "open_tab"):
            yield entry(words(f"command.{command.name}"), command.shown, command.action)
    for number, (name, _) in enumerate(TABS, 1):
        title = words("command.use_tab", name=words(f"tab.{name}"))
        action = f"screen.tab({number})" if in_symbol_view else f"open({number})"
        yield entry(title, str(number), action)
    for name in host.themes.names:
        title = words("command.use_theme", name=name)
        about = host.themes.description(name)
        yield SystemCommand(title.capitalize(), about, partial(host.themes.use, name))
