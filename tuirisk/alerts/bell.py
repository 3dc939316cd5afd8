"""Which alerts ring, and how a terminal is told. Pure: times come from the log."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Literal

from tuirisk.alerts.new_alerts import new_alerts
from tuirisk.config.alert_model import AlertsConfig
from tuirisk.state import LogEntry
from tuirisk.state.position_text import forced_by_exchange

Notifier = Literal["osc9", "osc777"]
LONGEST_NOTIFICATION = 200
PACE = 3.0
"""Least seconds between two bells, however many alerts there are."""
_BY_PROGRAM: Mapping[str, Notifier] = {
    "iTerm.app": "osc9",
    "WezTerm": "osc9",
    "ghostty": "osc9",
    "WarpTerminal": "osc9",
}
_BY_LOGIN: Mapping[str, Notifier] = {"iTerm2": "osc9"}
"""By LC_TERMINAL, which ssh takes along where TERM_PROGRAM stays behind."""
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
    """At most one alert a symbol per ``bell_cooldown`` seconds, and one in three seconds for all.

    A liquidation, or what else the exchange did to a position, rings in a cooldown too.

    The cooldown is by the log's time; the three seconds are a person's, for a replay may be quick.
    """

    def __init__(self, config: AlertsConfig) -> None:
        self._config = config
        self._rung: dict[str | tuple[str, tuple[str, ...]], int] = {}
        """Symbol → time (ms) of its last alert that rang. Several symbols are one of their own, and
        so is each condition of the user's."""
        self._waiting: list[LogEntry] = []
        self._rang_at = -PACE

    def configure(self, config: AlertsConfig) -> None:
        """Go by ``config`` from now on."""
        self._config = config

    def alerts(
        self,
        previous_log: Sequence[LogEntry],
        log: Sequence[LogEntry],
        *,
        muted: bool,
        now: float,
    ) -> tuple[LogEntry, ...]:
        """The alerts to tell of at ``now`` (seconds of a monotonic clock).

        Those that ``previous_log`` does not have, and those that waited for the last alert to be
        over; call it again for them. One that does not alert (muted, or in a cooldown) starts no
        cooldown.
        """
        if muted:
            self._waiting.clear()
            return ()
        for entry in new_alerts(previous_log, log):
            subject: str | tuple[str, tuple[str, ...]]
            subject = entry.symbol or (entry.kind, entry.symbols)
            if entry.kind == "condition":
                subject = (entry.after, entry.symbols or (entry.symbol,))
            last = self._rung.get(subject)
            # A time before the last alert means a replay went back: that is no cooldown.
            in_cooldown = last is not None and 0 <= entry.alert_ms - last < self._cooldown_ms
            if not in_cooldown or forced_by_exchange(entry):
                self._rung[subject] = entry.alert_ms
                self._waiting.append(entry)
        if not self._waiting or now - self._rang_at < PACE:
            return ()
        ringing, self._waiting, self._rang_at = tuple(self._waiting), [], now
        return ringing

    @property
    def _cooldown_ms(self) -> float:
        return self._config.bell_cooldown * 1000


def notifier(environ: Mapping[str, str]) -> Notifier | None:
    """How the terminal shows a desktop notification; None where it is not known to.

    Inside a multiplexer there is none: it swallows the sequence, or hands it to a terminal that
    its environment, as old as its first window, may not describe. The bell it passes on.
    """
    term = environ.get("TERM", "")
    if any(environ.get(name) for name in ("TMUX", "STY", "ZELLIJ")):
        return None
    # Behind ssh the multiplexer shows in TERM alone.
    if term.startswith(("screen", "tmux")) or term in ("", "dumb", "linux"):
        return None
    program = environ.get("TERM_PROGRAM", "")
    by_login = None if program else _BY_LOGIN.get(environ.get("LC_TERMINAL", ""))
    return _BY_PROGRAM.get(program) or by_login or _BY_TERM.get(term)


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
    printable = "".join(c for c in spaced if not unicodedata.category(c).startswith("C"))
    return printable[:LONGEST_NOTIFICATION]
