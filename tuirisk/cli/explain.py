"""``tuirisk explain``: where a symbol's score comes from, as text or JSON."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace

from msgspec import json

from tuirisk.cli.account import print_account
from tuirisk.cli.errors import print_error
from tuirisk.cli.exit_codes import ExitCode
from tuirisk.cli.explain_text import render
from tuirisk.cli.wait import wait_for_state
from tuirisk.config.model import Config
from tuirisk.explain import Node, explain
from tuirisk.explain.account import account as account_nodes
from tuirisk.explain.liquidation_model import liquidation_model
from tuirisk.explain.node import plain
from tuirisk.explain.outside import outside
from tuirisk.explain.track_record import track_record
from tuirisk.monitor.sources import MakeSource
from tuirisk.state.track_record import TrackRecord

Records = tuple[TrackRecord | None, TrackRecord | None]
"""Of a backtest and of live runs."""


def explain_symbol(
    make_source: MakeSource, config: Config, as_json: bool, timeout: float, records: Records
) -> int:
    """Print where the score of the first symbol of ``config`` comes from.

    ``records``: how such forecasts and scores have done, in a backtest and in live runs.
    """
    name = config.symbols[0]
    state = wait_for_state(make_source, config, timeout).state
    symbol = state.symbols.get(name) if state is not None else None
    if state is None or symbol is None:
        why = state.connection.message if state is not None else ""
        print_error(f"{name}: no data received{why and f' ({why})'}; run `tuirisk doctor`")
        return ExitCode.UNREACHABLE
    if symbol.status == "error":
        print_error(f"{name}: {symbol.message}")
        return ExitCode.USAGE
    backtest, live = records
    state = replace(state, track_record=backtest, live_record=live)
    tree = explain(state, name)
    context = (
        *liquidation_model(state, name),
        *outside(state, name),
        *track_record(state, name),
        *account_nodes(state),
    )
    tree = replace(tree, children=(*tree.children, *context))
    sys.stdout.buffer.write(_json(tree) if as_json else render(tree, _width()))
    sys.stdout.flush()
    account = print_account(state)
    if symbol.status == "warming":
        print_error(f"{name}: {symbol.message}")
        return account or ExitCode.NOT_READY
    return account


def _json(tree: Node) -> bytes:
    return json.format(json.encode(plain(tree)), indent=2) + b"\n"


def _width() -> int | None:
    """Columns of the terminal; None where the text goes to a file or another program."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
