"""Themes that a person edits while the program runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tuirisk.ui.themes.themes import ThemeFile, Themes, in_order, load_themes

Stamp = tuple[int, int, int]
"""(time of change, size, inode): editors write anew in place or rename another file over it."""


class ThemeReload:
    """Looks at the theme folders' files; cheap enough to ask every few seconds."""

    def __init__(self, themes: Themes) -> None:
        self._folders = themes.folders
        self._themes = themes
        self._read_stamps = self._stamps()
        self._problems = set(themes.problems)
        self.news: tuple[str, ...] = ()
        """Problems that were not there before the last :meth:`changed`."""

    def changed(self) -> Themes | None:
        """The themes anew where a file was saved, made or removed since the last call.

        Of a file that is broken now, what it was before stays.
        """
        stamps = self._stamps()
        if stamps == self._read_stamps:
            return None
        self._read_stamps = stamps
        themes = load_themes(self._folders)
        self.news = tuple(p for p in themes.problems if p not in self._problems)
        self._problems = set(themes.problems)
        read = {file.path for file in themes.files}
        broken = [f for f in self._themes.files if f.path in stamps and f.path not in read]
        self._themes = _with(themes, broken)
        return self._themes

    def _stamps(self) -> dict[Path, Stamp]:
        stamps = {}
        for folder in self._folders:
            for path in folder.glob("*.toml"):
                try:
                    status = path.stat()
                except OSError:
                    continue
                stamps[path] = (status.st_mtime_ns, status.st_size, status.st_ino)
        return stamps


def _with(themes: Themes, broken: list[ThemeFile]) -> Themes:
    """``themes`` and those of ``broken`` that no theme of a later folder replaces."""
    by_name = {file.name: file for file in themes.files}
    order = {folder: place for place, folder in enumerate(themes.folders)}
    for file in broken:
        now = by_name.get(file.name)
        if now is None or order[now.path.parent] < order[file.path.parent]:
            by_name[file.name] = file
    return replace(themes, files=in_order(by_name.values()))
