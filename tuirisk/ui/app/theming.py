"""The themes: chosen while they are looked at, and taken in again when they are saved."""

from __future__ import annotations

import time
from collections.abc import Callable

from tuirisk.ui.app.editing import EditingApp
from tuirisk.ui.themes.theme_reload import ThemeReload
from tuirisk.ui.themes.themes import Themes
from tuirisk.ui.view.messages import Connect
from tuirisk.ui.view.view import View
from tuirisk.watchlist.lists import Watchlists

RELOAD_SECONDS = 2.0
"""How often the person's own themes are looked at."""


class ThemedApp(EditingApp):
    """Begins in the theme of its view, one of ``themes``."""

    def __init__(
        self,
        view: View,
        connect: Connect,
        *,
        themes: Themes,
        watchlists: Watchlists | None,
        ansi_color: bool | None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(
            view, connect, watchlists=watchlists, ansi_color=ansi_color, monotonic=monotonic
        )
        self.themes = themes
        for file in themes.files:
            self.register_theme(file.theme())
        self.theme = view.theme
        self.stylesheet.set_variables(self.get_css_variables())
        self._reload = ThemeReload(themes)

    def refresh_css(self, animate: bool = True) -> None:
        """Textual's, but for the first theme: the style sheet is read with it a moment later."""
        if self._panels:
            super().refresh_css(animate=animate)

    def watch_theme_files(self) -> None:
        self.set_interval(RELOAD_SECONDS, self.reload_themes)

    def reload_themes(self) -> None:
        """Take themes saved meanwhile in; a broken one is said once and changes nothing."""
        found = self._reload.changed()
        if found is None:
            return
        gone = self.theme in self.themes.names and self.theme not in found.names
        self.themes = found
        for file in found.files:
            self.register_theme(file.theme())
        if self.theme in found.names:
            self.refresh_css(animate=False)
            self._invalidate_css()
        news = [self.view.words("theme.gone", name=self.theme)] if gone else []
        for problem in [*news, *self._reload.news]:
            self.notify(problem, severity="warning", timeout=15, markup=False)

    def about(self, name: str) -> str:
        """What kind of theme one of ours is."""
        key, words = f"theme.{name}", self.view.words
        return words(key) if words.has(key) else ""

    def watch_theme(self, theme: str) -> None:
        if self.is_running:
            self.look(theme=theme)

    def action_theme(self) -> None:
        """Choose a theme; each is shown as the cursor reaches it."""
        from tuirisk.ui.dialogs.dialogs import ChoiceScreen

        before = self.theme
        names = self.themes.names

        def show(name: str) -> None:
            self.theme = name

        def chosen(name: str | None) -> None:
            self.theme = name or before

        title = self.view.words("theme.title")
        notes = [self.about(name) for name in names]
        self.push_screen(ChoiceScreen(self.view, title, names, before, show, notes), chosen)

    def action_use_theme(self, name: str) -> None:
        self.theme = name
