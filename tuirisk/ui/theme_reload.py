"""Themes that a person edits while the program runs."""

from __future__ import annotations

from pathlib import Path

from tuirisk.ui.themes import Themes, load_themes


class ThemeReload:
    """Looks at the theme folders' files; cheap enough to ask every few seconds."""

    def __init__(self, themes: Themes) -> None:
        self._folders = themes.folders
        self._known = self._stamps()
        self._problems = set(themes.problems)
        self.news: tuple[str, ...] = ()
        """Problems that were not there before the last :meth:`changed`."""

    def changed(self) -> Themes | None:
        """The themes anew where a file was saved, made or removed since the last call."""
        stamps = self._stamps()
        if stamps == self._known:
            return None
        self._known = stamps
        found = load_themes(self._folders)
        self.news = tuple(p for p in found.problems if p not in self._problems)
        self._problems = set(found.problems)
        return found

    def _stamps(self) -> dict[Path, tuple[int, int]]:
        """File → (time of change, size)."""
        stamps = {}
        for folder in self._folders:
            for path in folder.glob("*.toml"):
                try:
                    status = path.stat()
                except OSError:
                    continue
                stamps[path] = (status.st_mtime_ns, status.st_size)
        return stamps
