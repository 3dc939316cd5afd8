"""The lines that say what is wrong or incomplete."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tuirisk.events import ConnectionReport
from tuirisk.language.reason import Reason
from tuirisk.state import NO_EXTERNAL, External, Message, Severity, SymbolState

LEVELS: Mapping[str, Severity] = {
    "files_reading": "unknown",
    "history_coming": "unknown",
    "margin_call": "critical",
    "portfolio_margin_status": "critical",
    "assets_at_par": "caution",
    "key_warnings": "caution",
}
"""Of the messages whose level is not ``warning``."""


def messages(
    connection: ConnectionReport,
    symbols: Mapping[str, SymbolState],
    notices: Sequence[Reason],
    external: External = NO_EXTERNAL,
) -> tuple[Message, ...]:
    """Those of the connection, the recording, the account, of what was dropped and of the source,
    then of the symbols, of the providers, and of the session (history, hooks).
    """
    account = connection.account.messages if connection.account is not None else ()
    conditions = [
        _message(reason, None, LEVELS.get(reason.code, "warning"))
        for reason in (connection.message, connection.recording, *account)
        if reason is not None
    ]
    conditions += [
        _message(reason, None, LEVELS.get(reason.code, "caution"))
        for reason in (*connection.drops, *connection.notes)
    ]
    for name, symbol in symbols.items():
        if symbol.message is not None:
            level: Severity = "warning" if symbol.status in ("stale", "error") else "unknown"
            conditions.append(_message(symbol.message, name, level))
        conditions += [_message(notice, name, "caution") for notice in symbol.notices]
    conditions += [_message(reason, None, "caution") for reason in _of_providers(external)]
    conditions += [_message(notice, None, "caution") for notice in notices]
    return tuple(conditions)


def _of_providers(external: External) -> Iterator[Reason]:
    """One line of each provider with a problem, or all whose values are stale."""
    for provider in external.providers:
        values = [v for v in external.values if v.provider == provider.name]
        if provider.problem is not None:
            yield provider.problem
        elif values and all(value.stale for value in values):
            yield Reason("provider_stale", name=provider.name)


def _message(reason: Reason, symbol: str | None, level: Severity) -> Message:
    return Message(reason.code, str(reason), symbol, level, reason)
