"""What the tools answer: parts of the published JSON, with ages and reasons, without addresses."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from tuirisk.explain import explain
from tuirisk.explain.account import account as account_nodes
from tuirisk.explain.node import plain
from tuirisk.explain.track_record import track_record
from tuirisk.foreign.text import printable
from tuirisk.state import Missing, RiskState, SymbolState, or_none, to_json
from tuirisk.state.codec import iso
from tuirisk.state.track_record import TrackRecord

Answer = dict[str, Any]
OLD_S = 5.0
"""Age of a state from which an answer warns of it."""
MOST_ENTRIES = 200
"""Entries of the log in an answer."""
_ADDRESS = re.compile(
    r"""[a-z][a-z0-9+.-]*://\S+                # a URL
    | \b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b     # IPv4
    | \[[0-9a-f:]*:[0-9a-f:.]*\](?::\d+)?      # IPv6 in brackets
    | (?<![\w:])(?:[0-9a-f]{1,4}:){3,}[0-9a-f:]*(?![\w:])
    | \b(?:[a-z0-9-]+\.)+[a-z]{2,}:\d+\b       # host:port
    | \blocalhost(?::\d+)?\b""",
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest state, and how many seconds ago it was made."""

    state: RiskState
    age_s: float


class NoAnswerError(Exception):
    """There is nothing to answer with; one line that says why."""


def overview(seen: Seen) -> Answer:
    """Every symbol in a few numbers, the account, messages and alerts."""
    body = _published(seen.state)
    names = seen.state.danger_order or tuple(seen.state.symbols)
    return _answer(
        seen,
        connection={
            key: body["connection"][key] for key in ("status", "latency_ms", "dropped_frames")
        },
        messages=body["messages"],
        alerts=body["alerts"][-20:],
        account=body["account"],
        symbols={
            name: _in_short(body["symbols"][name], seen.state.symbols[name])
            for name in names
            if name in body["symbols"]
        },
    )


def symbol(seen: Seen, name: str) -> Answer:
    """Everything that is published of one symbol, and the ages of its data.

    Raises:
        NoAnswerError: it is not watched.
    """
    found = _found(seen, name)
    body = _published(seen.state)["symbols"][name]
    return _answer(seen, symbol=name, ages=_ages(found), **body)


def account(seen: Seen) -> Answer:
    """The account and every position.

    Raises:
        NoAnswerError: there is none, or it may not be seen.
    """
    body = _published(seen.state)
    if body["account"] is None:
        raise NoAnswerError(
            "there is no account and no position in these states; a server shows them to the "
            "bearer of a token that may see the account"
        )
    positions = {
        name: found["positions"] for name, found in body["symbols"].items() if found["positions"]
    }
    return _answer(seen, account=body["account"], positions=positions)


def explanation(seen: Seen, name: str) -> Answer:
    """Where the score, the severity and the recommendation of a symbol come from.

    Raises:
        NoAnswerError: it is not watched.
    """
    found = _found(seen, name)
    tree = explain(seen.state, name)
    whole = plain(replace(tree, children=(*tree.children, *account_nodes(seen.state))))
    return _answer(seen, symbol=name, ages=_ages(found), explanation=msgspec.to_builtins(whole))


def log(seen: Seen, name: str | None, limit: int) -> Answer:
    """The newest entries of the log, newest last; of one symbol where one is named."""
    entries = [
        {
            "time": iso(entry.time_ms),
            "symbol": entry.symbol or None,
            "symbols": list(entry.symbols),
            "kind": entry.kind,
            "before": entry.before,
            "after": entry.after,
            "cause": entry.cause,
            "score": or_none(entry.score),
            "text": entry.text,
            "alert": entry.escalation,
            "acknowledged": entry.acknowledged,
        }
        for entry in seen.state.log
        if name is None or name in (entry.symbol, *entry.symbols)
    ]
    return _answer(seen, entries=entries[-max(1, min(limit, MOST_ENTRIES)) :])


def record(seen: Seen, backtest: TrackRecord | None, name: str | None) -> Answer:
    """How such forecasts and scores have done: of all symbols, or beside those of one.

    Raises:
        NoAnswerError: there is no record, or the symbol is not watched.
    """
    if backtest is None:
        raise NoAnswerError("there is no track record; `tuirisk backtest` makes one")
    whole = _answer(seen, record=msgspec.to_builtins(backtest))
    if name is not None:
        _found(seen, name)
        beside = track_record(replace(seen.state, track_record=backtest), name)
        whole["beside"] = [msgspec.to_builtins(plain(node)) for node in beside]
    return whole


def computed(seen: Seen, value: Any) -> Answer:
    """What was computed of the state, with its time and age."""
    return _answer(seen, answer=value)


def without_addresses(value: Any) -> Any:
    """``value`` with every address in its texts replaced: an answer goes to others."""
    if isinstance(value, str):
        return _ADDRESS.sub("(address)", value)
    if isinstance(value, Mapping):
        return {key: without_addresses(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_addresses(item) for item in value]
    return value


def _answer(seen: Seen, **content: Any) -> Answer:
    answer: Answer = {
        "time": iso(seen.state.time_ms),
        "age_s": round(seen.age_s, 1),
        "source": seen.state.source,
    }
    status = seen.state.connection.status
    if seen.age_s >= OLD_S or status == "offline":
        answer["warning"] = "these data are old: nothing newer comes; do not act on them as current"
    elif status != "live":
        answer["warning"] = f"the connection is {status}: some data are missing or old"
    made: Answer = without_addresses(answer | content)
    return made


def _in_short(body: Answer, state: SymbolState) -> Answer:
    position = body["position"]
    kept = ("side", "quantity", "notional", "unrealised_pnl", "liquidation_price", "distance")
    return {
        "status": body["status"],
        "severity": body["severity"],
        "recommendation": body["recommendation"]["text"],
        "score": body["score"]["total"],
        "price": body["price"],
        "volatility_24h": body["forecast"]["volatility_24h"],
        "funding_rate_8h": body["funding"]["rate_8h"],
        "position": None
        if position is None
        else {key: position[key] for key in (*kept, "p_liquidation_24h", "p_liquidation_7d")},
        "ages": _ages(state),
    }


def _ages(symbol: SymbolState) -> Answer:
    """Family of data → its age in seconds, and whether it is past its limit."""
    return {
        family: {
            "age_s": None if isinstance(one.age_ms, Missing) else round(one.age_ms / 1000, 1),
            "stale": one.stale,
        }
        for family, one in symbol.freshness.items()
    }


def _found(seen: Seen, name: str) -> SymbolState:
    symbol = seen.state.symbols.get(name)
    if symbol is None:
        names = ", ".join(seen.state.symbols)
        raise NoAnswerError(
            f"{printable(name)} is not watched; watched are {names or 'no symbols yet'}"
        )
    return symbol


def _published(state: RiskState) -> Answer:
    body: Answer = json.loads(to_json(state))
    return body
