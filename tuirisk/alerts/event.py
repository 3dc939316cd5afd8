"""An alert as JSON, for the hooks and ``tuirisk watch --events`` (docs/alerts.md)."""

from __future__ import annotations

from typing import Literal

from tuirisk.state import LogEntry, Message, RiskState, or_none
from tuirisk.state.codec import iso

SCHEMA = 1
Venue = Literal["mainnet", "testnet", "demo", "own"]


def alert_event(entry: LogEntry, state: RiskState, venue: Venue) -> dict[str, object]:
    """``entry`` of the log of ``state``, whose live data come from ``venue``.

    The keys up to ``text`` are those of schema 1; ``event`` is the kind of the alert, and
    ``escalation`` for a rise of the severity.
    """
    symbol = state.symbols.get(entry.symbol)
    advice = symbol.recommendation if symbol else None
    return {
        "schema": SCHEMA,
        "event": "escalation" if entry.kind == "severity" else entry.kind,
        "time": iso(entry.alert_ms),
        "source": _source(state, venue),
        "symbol": entry.symbol,
        "before": entry.before,
        "after": entry.after,
        "score": or_none(entry.score),
        "mark": or_none(symbol.price.mark) if symbol else None,
        "recommendation": {"code": advice.code, "text": advice.text} if advice else None,
        "rule": entry.cause if entry.kind == "severity" else "",
        "component": entry.component,
        "text": alert_text(entry, state),
        "kind": entry.kind,
        "cause": entry.cause,
        "symbols": list(entry.symbols or (entry.symbol,) if entry.symbol or entry.symbols else ()),
        "pnl": or_none(entry.pnl),
        "quantity": or_none(entry.quantity),
        "price": or_none(entry.price),
        "count": entry.count,
        "repeat": entry.repeats,
        "messages": [_message(message) for message in state.messages],
    }


def _message(message: Message) -> dict[str, object]:
    """``message`` as ``messages`` of the state's JSON has it."""
    return {
        "code": message.code,
        "text": message.text,
        "symbol": message.symbol,
        "level": message.level,
    }


def trial_event(time_ms: int, text: str, venue: Venue) -> dict[str, object]:
    """The event of ``tuirisk alert-test``: every key of an alert, ``event`` and ``kind`` being
    ``test``.
    """
    nothing = dict.fromkeys(("score", "mark", "recommendation", "pnl", "quantity", "price"))
    empty = dict.fromkeys(("symbol", "before", "after", "rule", "component", "cause"), "")
    return {
        "schema": SCHEMA,
        "event": "test",
        "time": iso(time_ms),
        "source": "binance" if venue == "mainnet" else venue,
        **empty,
        **nothing,
        "text": text,
        "kind": "test",
        "symbols": [],
        "count": 1,
        "repeat": 0,
        "messages": [],
    }


def alert_text(entry: LogEntry, state: RiskState) -> str:
    """One English line that can stand alone: the symbols, what changed, and why."""
    if entry.kind != "severity":
        named = not entry.symbol or entry.symbol in entry.text
        return entry.text if named else f"{entry.symbol} {entry.text}"
    symbol = state.symbols.get(entry.symbol)
    score = or_none(entry.score)
    scored = "" if score is None else f" (score {score:.0f})"
    why = entry.text or entry.cause.replace("_", " ")
    if symbol is not None and entry.cause in ("", symbol.recommendation.code):
        why = symbol.recommendation.text
    if not entry.symbol:
        return entry.text
    return f"{entry.symbol} {entry.before} > {entry.after}{scored}{why and f': {why}'}"


def _source(state: RiskState, venue: Venue) -> str:
    """Who sent the data: an own server or a test environment is not Binance."""
    return venue if state.source == "binance" and venue != "mainnet" else state.source
