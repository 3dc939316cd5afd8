"""What the terminal can show, from the environment and the words of the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tuirisk.ui.themes import DEFAULT

_MANY_COLOURS = ("256color", "direct", "kitty", "ghostty", "alacritty", "foot", "wezterm")


@dataclass(frozen=True, slots=True)
class Terminal:
    ascii: bool = False
    """No character outside ASCII is shown."""
    colourless: bool = False
    few_colours: bool = False
    """Sixteen at most."""

    def basic(self, theme: str) -> bool:
        """Whether to begin in the terminal's own colours rather than in ``theme``: always
        without colour, and with few of them where nobody asked for another theme."""
        return self.colourless or (self.few_colours and theme == DEFAULT)


def terminal(environ: Mapping[str, str], ascii: bool = False) -> Terminal:
    """The terminal that ``environ`` describes; ``ascii`` is the person's own word."""
    dumb = environ.get("TERM", "dumb") in ("dumb", "unknown", "")
    return Terminal(
        ascii=ascii or dumb or not is_unicode(environ),
        colourless=dumb or bool(environ.get("NO_COLOR")),
        few_colours=_few_colours(environ),
    )


def is_unicode(environ: Mapping[str, str]) -> bool:
    """Whether the locale is UTF-8. Without any locale it counts as such: that is how containers
    are, and their terminals are not."""
    asked = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or ""
    # In the C locale Python sets LC_CTYPE to a UTF-8 one for itself; the person said LANG=C.
    if not environ.get("LC_ALL") and environ.get("LANG") in ("C", "POSIX"):
        asked = environ["LANG"]
    return not asked or "utf8" in asked.lower().replace("-", "")


def _few_colours(environ: Mapping[str, str]) -> bool:
    asked = environ.get("TEXTUAL_COLOR_SYSTEM", "auto")
    if asked != "auto":
        return asked == "standard"
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return False
    return not environ.get("TERM", "").endswith(_MANY_COLOURS)
