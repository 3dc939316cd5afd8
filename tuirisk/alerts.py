"""Which escalations alert, and how a terminal is told. Pure: times come from the log."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Literal

from tuirisk.config import AlertsConfig
from tuirisk.state import LogEntry

Notifier = Literal["osc9", "osc777"]
LONGEST_NOTIFICATION = 200
_BY_PROGRAM: Mapping[str, Notifier] = {
    "iTerm.app": "osc9",
    "WezTerm": "osc9",
    "ghostty": "osc9",
    "WarpTerminal": "osc9",
}
_BY_TERM: Mapping[str, Notifier] = {
    "xterm-kitty": "osc9",
    "xterm-ghostty": "osc9",
    "foot": "osc777",
    "foot-extra": "osc777",
    "rxvt-unicode": "osc777",
    "rxvt-unicode-256color": "osc777",
    "contour": "osc777",
}


class BellGate:
    """At most one alert a symbol per ``bell_cooldown`` seconds."""

    def __init__(self, config: AlertsConfig) -> None:
        self._config = config
        self._rung: dict[str, int] = {}
        """Symbol → time (ms) of the last escalation that alerted."""

    def alerts(
        self, previous_log: Sequence[LogEntry], log: Sequence[LogEntry], muted: bool
    ) -> tuple[LogEntry, ...]:
        """The escalations that ``previous_log`` does not have and that alert now.

        One that does not alert (muted, or in a cooldown) starts no cooldown.
        """
        if muted or previous_log is log:
            return ()
        told = []
        for entry in new_entries(previous_log, log):
            last = self._rung.get(entry.symbol)
            # A time before the last alert means a replay went back: that is no cooldown.
            quiet = last is not None and 0 <= entry.time_ms - last < self._cooldown_ms
            if entry.escalation and not quiet:
                self._rung[entry.symbol] = entry.time_ms
                told.append(entry)
        return tuple(told)

    @property
    def _cooldown_ms(self) -> float:
        return self._config.bell_cooldown * 1000


def new_entries(previous: Sequence[LogEntry], log: Sequence[LogEntry]) -> list[LogEntry]:
    """Entries of ``log`` (oldest first, perhaps shortened at its start) not in ``previous``."""
    if previous is log:
        return []
    known = set(previous)
    return [entry for entry in log if entry not in known]


def notifier(environ: Mapping[str, str]) -> Notifier | None:
    """How the terminal shows a desktop notification; None where it is not known to.

    A multiplexer swallows the sequence, so inside one there is none.
    """
    if environ.get("TMUX") or environ.get("STY"):
        return None
    by_program = _BY_PROGRAM.get(environ.get("TERM_PROGRAM", ""))
    return by_program or _BY_TERM.get(environ.get("TERM", ""))


def notification(kind: Notifier, title: str, body: str) -> str:
    """The escape sequence that shows ``title`` and ``body`` (plain text of any origin).

    OSC 9 (iTerm2) has one text, OSC 777 (rxvt-unicode) a title and a body. Characters that could
    end the sequence early, begin another or turn the text around are left out.
    """
    # A semicolon in the title would part it too early (777), or make "4;" a command (9, ConEmu).
    title, body = _harmless(title).replace(";", ","), _harmless(body)
    if kind == "osc777":
        return f"\x1b]777;notify;{title};{body}\x1b\\"
    return f"\x1b]9;{title}: {body}\x1b\\"


def _harmless(text: str) -> str:
    """``text`` without control, format and unassigned characters, on one line, not too long."""
    spaced = " ".join(text.split())
    kept = "".join(c for c in spaced if not unicodedata.category(c).startswith("C"))
    return kept[:LONGEST_NOTIFICATION]
