"""What a terminal sends: keys and what was asked for pass, answers that nobody asked for do not.

An answer that the screen does not know would take the keys behind it along.
"""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from collections.abc import Callable

LONGEST_UNFINISHED = 4_096
"""Characters of an unfinished sequence that are kept; more are dropped."""
LONGEST_PASTE = 65_536
"""Characters of one paste that are kept; no text of the screen is as long."""
PASTE_SILENCES = 10
"""Calls of :meth:`TerminalInput.flush` in a row after which a paste without an end is over."""
_PASTE, _PASTE_END = "\x1b[200~", "\x1b[201~"
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
        self._pasted = -1
        """Characters of the paste that is under way; -1 while none is."""
        self._silences = 0

    @property
    def waits(self) -> bool:
        """Whether a sequence or a paste is unfinished."""
        return bool(self._unfinished) or self.pasting

    @property
    def pasting(self) -> bool:
        """Whether a paste is under way."""
        return self._pasted >= 0

    def feed(self, data: bytes, *, final: bool = False) -> str:
        """The text of ``data``: bytes that are no UTF-8 are replaced, unknown answers left out."""
        self._silences = 0
        text, self._unfinished = self._unfinished + self._decode(data, final), ""
        parts: list[str] = []
        at = 0
        while (escape := text.find("\x1b", at)) >= 0:
            parts.append(self._plain(text[at:escape]))
            passed, at = self._sequence(text, escape)
            parts.append(passed)
            if at < 0:
                return "".join(parts)
        parts.append(self._plain(text[at:]))
        return "".join(parts)

    def flush(self) -> str:
        """To be called when nothing comes: what was held back and stays unfinished.

        Of a sequence that is keys, unless it has begun as an answer; of a paste its end, once
        nothing came for :data:`PASTE_SILENCES` calls.
        """
        if self.pasting:
            self._silences += 1
            if self._silences < PASTE_SILENCES:
                return ""
            self._pasted, self._unfinished = -1, ""
            return _PASTE_END
        unfinished, self._unfinished = self._unfinished, ""
        return (
            "" if _STRING.match(unfinished) or len(unfinished) > _LONGEST_SEQUENCE else unfinished
        )

    def _plain(self, text: str) -> str:
        """``text``; of a paste what is within its bound."""
        if not self.pasting:
            return text
        kept = text[: max(0, LONGEST_PASTE - self._pasted)]
        self._pasted += len(text)
        return kept

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
            lone = at == len(text) - 1 and not self.pasting
            return ("\x1b", at + 1) if lone else self._hold(text, at)
        if text.startswith("\x1b[", at):
            # Broken off by a character that belongs to no sequence.
            return "", _end_of_broken(text, at)
        return "" if self.pasting else "\x1b", at + 1

    def _hold(self, text: str, at: int) -> tuple[str, int]:
        self._unfinished = text[at:] if len(text) - at <= LONGEST_UNFINISHED else ""
        return "", -1

    def _passes(self, sequence: str) -> bool:
        if self.pasting or sequence == _PASTE:
            # Within a paste a sequence is text that a terminal obeys, but for its end.
            began, ended = not self.pasting, sequence == _PASTE_END
            self._pasted = -1 if ended else max(0, self._pasted)
            return began or ended
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
