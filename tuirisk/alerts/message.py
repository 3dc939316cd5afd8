"""What an alert says, outside the screen and over a frozen one."""

from __future__ import annotations

from collections.abc import Sequence

from tuirisk.language.words import Words
from tuirisk.state import ACCOUNT_NAME, SEVERITIES, LogEntry, RiskState
from tuirisk.state.account_sentence import account_sentence
from tuirisk.state.condition import condition_sentence
from tuirisk.state.position_text import POSITION_KINDS, forced_by_exchange, position_sentence
from tuirisk.state.sight_text import sight_sentence

NAMED = 3
"""Symbols that one alert names; of the others it says how many."""
_RANKS: dict[str, int] = {severity: rank for rank, severity in enumerate(SEVERITIES)}


def title(state: RiskState, venue: str, words: Words) -> str:
    """The program's name, and what the alert is of unless that is the real market."""
    source = venue if state.source == "binance" else state.source
    return "tuirisk" if source == "mainnet" else f"tuirisk {words(f'source.{source}')}"


def body(entries: Sequence[LogEntry], words: Words) -> str:
    """``BTCUSDT CRITICAL: Reduce or hedge now``; of several symbols the worst come first."""
    if len(entries) == 1 and entries[0].kind in POSITION_KINDS:
        return _short(entries[0], words)
    if len(entries) == 1:
        if entries[0].kind == "condition":
            return _condition(entries[0], words)
        if entries[0].kind != "severity":
            return words.reason(sight_sentence(entries[0])) or entries[0].text
        deadly = words.reason(account_sentence(entries[0]))
        why = ". ".join(filter(None, (words.code("code", entries[0].cause), deadly)))
        return _short(entries[0], words) + (why and f": {why}")
    ranked = sorted(entries, key=_rank, reverse=True)
    named = ", ".join(_short(entry, words) for entry in ranked[:NAMED])
    return named + (f" +{len(entries) - NAMED}" if len(entries) > NAMED else "")


def _rank(entry: LogEntry) -> int:
    """How bad it is: what the exchange forced comes before every severity."""
    if forced_by_exchange(entry):
        return len(_RANKS)
    return _RANKS.get(entry.after, 0)


def _short(entry: LogEntry, words: Words) -> str:
    if entry.kind in POSITION_KINDS:
        return f"{entry.symbol} {words.reason(position_sentence(entry))}"
    if entry.kind == "condition" and not entry.symbols:
        return _condition(entry, words)
    own = "" if entry.symbol == ACCOUNT_NAME else entry.symbol
    names = own or ", ".join(entry.symbols) or words("alert.account")
    severity = entry.kind == "severity"
    code = words.code("severity", entry.after) if severity else words.code("alert", entry.kind)
    return f"{names} {code}"


def _condition(entry: LogEntry, words: Words) -> str:
    """``BTCUSDT price 70,012.5 is above 70,000``."""
    sentence = words.reason(condition_sentence(entry)) or entry.text
    return f"{entry.symbol} {sentence}".strip()
