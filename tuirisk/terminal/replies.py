"""What a terminal sends: keys and what was asked for pass, answers that nobody asked for do not.

An answer that the screen does not know would take the keys behind it along.
"""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from collections.abc import Callable

LONGEST_UNFINISHED = 4_096
"""Characters of an unfinished sequence that are kept; more are dropped."""
_LONGEST_SEQUENCE = 64
_LONGEST_NUMBER = 7
_CSI = re.compile(r"\x1b\[(?:\[.|[0-?]*[ -/]*[@-~])")
_CSI_BEGUN = re.compile(r"\x1b\[\[?[0-?]*[ -/]*\Z")
_STRING = re.compile(r"\x1b(?:\][\dlL]|P[\d>!]|_G)")
"""How the answers begin that go on until a terminator: colours, titles, versions, pictures."""
_TERMINATOR = re.compile(r"\x07|\x1b\\|\x9c")
_STRING_BEGUN = re.compile(r"\x1b[\]P_]?\Z")
_RESIZE = re.compile(r"\x1b\[48;(\d+)[:;\d]*;(\d+)[:;\d]*;(\d+)[:;\d]*;(\d+)[:;\d]*t")
_MOST_CELLS, _MOST_PIXELS = 2_000, 40_000
_NUMBER = re.compile(r"\d+")


class TerminalInput:
    """Bytes of a terminal as text for the parser of keys.

    ``is_known(sequence)`` is whether the parser knows a whole control sequence (CSI).
    """

    def __init__(self, is_known: Callable[[str], bool]) -> None:
        self._is_known = is_known
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._unfinished = ""

    @property
    def waits(self) -> bool:
        """Whether a sequence is unfinished."""
        return bool(self._unfinished)

    def feed(self, data: bytes, *, final: bool = False) -> str:
        """The text of ``data``: bytes that are no UTF-8 are replaced, unknown answers left out."""
        text, self._unfinished = self._unfinished + self._decode(data, final), ""
        parts: list[str] = []
        at = 0
        while (escape := text.find("\x1b", at)) >= 0:
            parts.append(text[at:escape])
            passed, at = self._sequence(text, escape)
            parts.append(passed)
            if at < 0:
                return "".join(parts)
        parts.append(text[at:])
        return "".join(parts)

    def flush(self) -> str:
        """What was held back and stays unfinished: keys, unless it has begun as an answer."""
        unfinished, self._unfinished = self._unfinished, ""
        return (
            "" if _STRING.match(unfinished) or len(unfinished) > _LONGEST_SEQUENCE else unfinished
        )

    def _sequence(self, text: str, at: int) -> tuple[str, int]:
        """What passes of the sequence at ``at``, and where it ends; -1 where it is unfinished."""
        if match := _CSI.match(text, at):
            return match[0] if self._passes(match[0]) else "", match.end()
        if _STRING.match(text, at):
            end = _TERMINATOR.search(text, at + 2)
            if end is not None:
                return "", end.end()
            return self._hold(text, at)
        if _STRING_BEGUN.match(text, at) or _CSI_BEGUN.match(text, at):
            # A lone Escape is the parser's: it waits for what follows itself.
            return ("\x1b", at + 1) if at == len(text) - 1 else self._hold(text, at)
        if text.startswith("\x1b[", at):
            # Broken off by a character that belongs to no sequence.
            return "", _end_of_broken(text, at)
        return "\x1b", at + 1

    def _hold(self, text: str, at: int) -> tuple[str, int]:
        self._unfinished = text[at:] if len(text) - at <= LONGEST_UNFINISHED else ""
        return "", -1

    def _passes(self, sequence: str) -> bool:
        numbers = _NUMBER.findall(sequence)
        if len(sequence) > _LONGEST_SEQUENCE or any(len(n) > _LONGEST_NUMBER for n in numbers):
            return False
        if sequence[-1] == "u" and any(not _is_character(int(n)) for n in numbers):
            return False
        if match := _RESIZE.fullmatch(sequence):
            rows, columns, height, width = map(int, match.groups())
            cells = all(1 <= each <= _MOST_CELLS for each in (rows, columns))
            return cells and all(1 <= each <= _MOST_PIXELS for each in (height, width))
        return self._is_known(sequence)


def _is_character(number: int) -> bool:
    return number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF


def _end_of_broken(text: str, at: int) -> int:
    end = at + 2
    while end < len(text) and "\x20" <= text[end] <= "\x3f":
        end += 1
    return end
