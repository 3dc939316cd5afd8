"""The terminal's title: the worst severity, so that a tab tells it without being looked at."""

from __future__ import annotations

from collections.abc import Callable

from tuirisk.alerts.message import title
from tuirisk.language.words import Words
from tuirisk.state import SEVERITIES, RiskState
from tuirisk.terminal.title import set_title

MARK = "*"
"""Before the severity while an alert is not acknowledged."""


def title_text(
    state: RiskState | None, venue: str, words: Words, *, blind: bool = False, ascii: bool = False
) -> str:
    """``* WARNING BTCUSDT · tuirisk``; ``WARNING?`` where it stands without its inputs.

    ``blind``: no states come any more, so that no severity is known.
    """
    if state is None:
        return "tuirisk"
    name = title(state, venue, words)
    worst = words("title.no_data") if blind else _worst(state, words)
    mark = f"{MARK} " if any(not alert.acknowledged for alert in state.alerts) else ""
    text = f"{mark}{worst} · {name}" if worst else f"{mark}{name}"
    return text.replace("·", "-") if ascii else text


def _worst(state: RiskState, words: Words) -> str:
    """The worst severity of a symbol or of the account, and whose it is unless that is ok."""
    known = [(name, state.symbols[name].severity) for name in state.danger_order]
    if state.account is not None and state.account.recommendation is not None:
        known.append((words("alert.account"), state.account.severity))
    if not known:
        return ""
    name, severity = max(known, key=lambda one: SEVERITIES.index(one[1].level))
    word = words.code("severity", severity.level) + ("?" if severity.held else "")
    return word if severity.level == "ok" and not severity.held else f"{word} {name}"


class TerminalTitle:
    """Sends the title when it changes."""

    def __init__(self, write: Callable[[str], None], shown: bool) -> None:
        """``shown``: whether the terminal has a title at all."""
        self._write = write
        self._shown = shown
        self._text: str | None = None

    def show(self, text: str) -> None:
        """Make ``text`` the title, unless it is."""
        if self._shown and text != self._text:
            self._text = text
            self._write(set_title(text))

    def forget(self) -> None:
        """The terminal may show another title: the next one is sent in any case."""
        self._text = None
