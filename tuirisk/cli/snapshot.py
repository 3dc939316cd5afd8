"""``tuirisk snapshot``: one state, as text or JSON."""

from __future__ import annotations

import sys

from tuirisk.cli.errors import print_error
from tuirisk.cli.exit_codes import ExitCode
from tuirisk.cli.summary import summary
from tuirisk.cli.wait import wait_for_state
from tuirisk.config.model import Config
from tuirisk.monitor.sources import MakeSource
from tuirisk.state import to_json


def snapshot(make_source: MakeSource, config: Config, as_json: bool, timeout: float) -> int:
    """Print one state: when every symbol is ready, at a recording's end, or after ``timeout``."""
    state = wait_for_state(make_source, config, timeout).state
    if state is None:
        print_error("no data received; run `tuirisk doctor`")
        return ExitCode.UNREACHABLE
    sys.stdout.buffer.write(to_json(state, indent=2) + b"\n" if as_json else summary(state))
    sys.stdout.flush()
    waiting = {n: s for n, s in state.symbols.items() if s.status in ("warming", "error")}
    for name, symbol in waiting.items():
        print_error(f"{name}: {symbol.message}")
    if state.symbols and not waiting:
        return ExitCode.OK
    connection = state.connection
    if connection.status in ("connecting", "offline") and len(waiting) == len(state.symbols):
        why = connection.message or "no answer"
        print_error(f"the exchange cannot be reached: {why}; run `tuirisk doctor`")
        return ExitCode.UNREACHABLE
    return ExitCode.NOT_READY
