"""``tuirisk snapshot``: one state, as text or JSON."""

from __future__ import annotations

import sys

from tuirisk.cli.account import print_account
from tuirisk.cli.errors import print_error
from tuirisk.cli.exit_codes import ExitCode
from tuirisk.cli.summary import summary
from tuirisk.cli.wait import wait_for_state
from tuirisk.config.model import Config
from tuirisk.monitor.sources import MakeSource
from tuirisk.state import RiskState, SymbolState, to_json


def snapshot(make_source: MakeSource, config: Config, as_json: bool, timeout: float) -> int:
    """Print one state: when every symbol is ready, at a recording's end, or after ``timeout``."""
    state = wait_for_state(make_source, config, timeout).state
    if state is None:
        print_error("no data received; run `tuirisk doctor`")
        return ExitCode.UNREACHABLE
    sys.stdout.buffer.write(to_json(state, indent=2) + b"\n" if as_json else summary(state))
    sys.stdout.flush()
    return exit_code(state)


def exit_code(state: RiskState) -> ExitCode:
    """Say on standard error what the state lacks, and how the command ends for it."""
    # A recording or a file ends where it ends: only what never got ready is missing from it.
    ended = state.source in ("recording", "files")
    ready = ("ready", "stale") if ended else ("ready",)
    waiting = {
        name: symbol
        for name, symbol in state.symbols.items()
        if symbol.status not in ready and not _valued_by_exchange(symbol)
    }
    for name, symbol in waiting.items():
        print_error(f"{name}: {symbol.message}")
    account = print_account(state)
    connection = state.connection
    if connection.status in ("connecting", "offline") and len(waiting) == len(state.symbols):
        why = connection.message or "no answer"
        print_error(f"the exchange cannot be reached: {why}; run `tuirisk doctor`")
        return ExitCode.UNREACHABLE
    if account == ExitCode.UNREACHABLE:
        return account
    if not state.symbols:
        for message in state.messages:
            print_error(message.text)
    if waiting or not state.symbols:
        return ExitCode.NOT_READY
    return account or ExitCode.OK


def _valued_by_exchange(symbol: SymbolState) -> bool:
    """Whether the symbol is there for the account's positions alone, which the exchange values."""
    return bool(symbol.positions) and all(p.valued_by_exchange for p in symbol.positions)
