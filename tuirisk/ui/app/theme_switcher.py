"""The themes: chosen while they are shown, and read again when they are saved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from textual.screen import Screen
from textual.theme import Theme

from tuirisk.ui.themes.theme_reload import ThemeReload
from tuirisk.ui.themes.themes import Themes
from tuirisk.ui.view.view import View

T = TypeVar("T")

RELOAD_SECONDS = 2.0
"""How often the person's own themes are looked at."""


class ThemeHost(Protocol):
    """What switching themes needs of the application."""

    theme: str

    @property
    def view(self) -> View: ...

    def register_theme(self, theme: Theme) -> None: ...

    def apply_changed_colours(self) -> None: ...

    def warn(self, text: str) -> None: ...

    def when_keys_are_done(self, name: str, work: Callable[[], object]) -> None: ...

    def open_dialog(self, screen: Screen[T], answered: Callable[[T | None], None]) -> None: ...


class ThemeSwitcher:
    """The themes of the program and the person's own."""

    def __init__(self, host: ThemeHost, themes: Themes) -> None:
        self._host = host
        self._themes = themes
        self._pending = ""
        """The theme that will be shown once the keys that wait are done; empty for none."""
        self._reload = ThemeReload(themes)
        for file in themes.files:
            host.register_theme(file.theme())

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._themes.names)

    @property
    def problems(self) -> tuple[str, ...]:
        """One line on each theme that could not be read."""
        return tuple(self._themes.problems)

    def reload(self) -> None:
        """Read themes that were saved meanwhile; a broken one changes nothing and is told once."""
        themes = self._reload.changed()
        if themes is None:
            return
        host = self._host
        deleted = host.theme in self._themes.names and host.theme not in themes.names
        self._themes = themes
        for file in themes.files:
            host.register_theme(file.theme())
        if host.theme in themes.names:
            host.apply_changed_colours()
        news = [host.view.words("theme.gone", name=host.theme)] if deleted else []
        for problem in [*news, *self._reload.news]:
            host.warn(problem)

    def description(self, name: str) -> str:
        """What kind of theme one of the program's own is; empty for others."""
        key, words = f"theme.{name}", self._host.view.words
        return words(key) if words.has(key) else ""

    def choose(self) -> None:
        """Ask for a theme; each is shown as the cursor reaches it."""
        from tuirisk.ui.dialogs.choice import ChoiceScreen

        before, names, view = self._pending or self._host.theme, self.names, self._host.view
        descriptions = [self.description(name) for name in names]
        title = view.words("theme.title")
        dialog = ChoiceScreen(view, title, names, before, self.use, descriptions)
        self._host.open_dialog(dialog, lambda name: self.use(name or before))

    def use(self, name: str) -> None:
        """Show the theme ``name``; of the themes that a bunch of keys chooses the last alone."""
        self._pending = name
        self._host.when_keys_are_done("theme", self._show_pending)

    def _show_pending(self) -> None:
        self._host.theme, self._pending = self._pending, ""
