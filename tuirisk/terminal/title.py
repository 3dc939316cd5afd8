"""Escape sequences of the terminal's title: set it, and give back what was there before."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tuirisk.foreign.text import printable

LONGEST = 80
KEEP = "\x1b[22;2t"
"""Have the terminal remember its title (xterm's stack of titles) …"""
RESTORE = "\x1b]2;\x07\x1b[23;2t"
"""… and show it again; a terminal without such a stack shows its own default."""
_WITHOUT = re.compile(r"|dumb|unknown|linux|cons25|vt\d+.*")


def has_title(environ: Mapping[str, str]) -> bool:
    """Whether the terminal that ``environ`` describes has a title."""
    return _WITHOUT.fullmatch(environ.get("TERM", "")) is None


def set_title(text: str) -> str:
    """The sequence (OSC 2) that makes ``text`` the title, without what a terminal obeys."""
    return f"\x1b]2;{printable(text, LONGEST)}\x07"
