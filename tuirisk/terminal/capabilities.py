"""The terminal's capabilities, from the environment and the command line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_MANY_COLOURS = ("256color", "direct", "kitty", "ghostty", "alacritty", "foot", "wezterm")
_COLOURLESS = re.compile(r"|dumb|unknown|vt\d+.*|.*-m(ono)?")
_FEW_GLYPHS = ("linux", "cons25", "vt52", "vt100", "vt102", "vt220")
"""Terminals whose font has neither eighths of a block nor braille, nor Chinese."""
_COERCED = ("c.utf8", "utf8")
"""The LC_CTYPE that Python sets itself in a locale that is C or does not exist (PEP 538)."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """What the terminal can show."""

    ascii: bool = False
    """Only ASCII characters are shown."""
    colourless: bool = False
    few_colours: bool = False
    """Sixteen at most."""

    def needs_own_colours(self, theme_chosen: bool) -> bool:
        """Whether to begin in the terminal's own 16 colours: always without colour, and with few
        colours unless the user chose a theme (``theme_chosen``)."""
        return self.colourless or (self.few_colours and not theme_chosen)


def terminal(environ: Mapping[str, str], ascii: bool = False) -> Terminal:
    """The terminal that ``environ`` describes; ``ascii`` is the option of the command line.

    A ``NO_COLOR`` that is empty counts as unset (no-color.org).
    """
    name = environ.get("TERM", "")
    colourless = _COLOURLESS.fullmatch(name) is not None
    few_glyphs = name in _FEW_GLYPHS or name in ("", "dumb", "unknown")
    return Terminal(
        ascii=ascii or few_glyphs or not is_unicode(environ),
        colourless=colourless or bool(environ.get("NO_COLOR")),
        few_colours=_few_colours(environ),
    )


def is_unicode(environ: Mapping[str, str]) -> bool:
    """Whether the locale is UTF-8. Without any locale it counts as such: that is how containers
    are, and their terminals are not."""
    names = ("LC_ALL", "LC_CTYPE", "LANG")
    codesets = [_codeset(environ[name]) for name in names if environ.get(name)]
    if len(codesets) > 1 and not environ.get("LC_ALL") and codesets[0] in _COERCED:
        codesets.pop(0)
    return not codesets or "utf8" in codesets[0]


def _codeset(locale: str) -> str:
    return locale.lower().replace("-", "")


def _few_colours(environ: Mapping[str, str]) -> bool:
    system = environ.get("TEXTUAL_COLOR_SYSTEM", "auto")
    if system != "auto":
        return system == "standard"
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return False
    return not environ.get("TERM", "").endswith(_MANY_COLOURS)
