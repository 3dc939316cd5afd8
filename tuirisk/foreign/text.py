"""Text of others, made printable where it enters.

A terminal obeys control characters, and a log file takes a newline for the end of an entry; marks
of direction and characters without width make a text read as another one.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 200
"""Characters of a foreign text that are kept."""
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_CUT = "…"
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Without a glyph, yet printable to ``str.isprintable``: fillers, joiners, variation selectors."""
MOST_MARKS = 4
"""Combining marks on one character: no script writes more, and a heap of them covers the lines
above and below."""
_SPACES = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029")


def printable(text: str, most: int | None = LONGEST) -> str:
    """``text`` on one line, without a character that a terminal obeys or does not show.

    Line ends, tabs and odd spaces become a space. Every other such character, and a mark beyond
    :data:`MOST_MARKS` on one character, become :data:`REPLACEMENT`. Of more than ``most``
    characters the rest is cut off; None cuts nothing.
    """
    if most is not None and len(text) > most:
        text = text[: most - 1] + _CUT
    if text.isprintable() and (text.isascii() or not _INVISIBLE.search(text)):
        return text if text.isascii() else _without_heaps(text)
    return _without_heaps("".join(map(_shown, text)))


def _without_heaps(text: str) -> str:
    """``text`` with what combines beyond :data:`MOST_MARKS` replaced; a first mark has no base."""
    marks, shown = MOST_MARKS, []
    for character in text:
        combines = unicodedata.category(character) in ("Mn", "Me")
        marks = marks + 1 if combines else 0
        shown.append(REPLACEMENT if combines and marks > MOST_MARKS else character)
    return "".join(shown)


def _shown(character: str) -> str:
    if character in _SPACES or (character.isspace() and not character.isprintable()):
        return " "
    if character.isprintable() and not _INVISIBLE.match(character):
        return character
    return REPLACEMENT
