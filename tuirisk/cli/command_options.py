"""The options of each command."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tuirisk.cli import argument_values as values
from tuirisk.events.intervals import DAY_MS

SCENARIOS = ("calm", "crash", "squeeze", "illiquid")
"""Scenarios of the embedded exchange (``simulator.scenarios``)."""
LAST_MS = 4_102_444_800_000
"""2100-01-01: after every forecast that can be judged."""


def add_backtest(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``tuirisk backtest``."""
    add = parser.add_argument
    parser.epilog = "Every figure and the columns of the CSV are described in docs/backtest.md."
    add("wanted", metavar="SYMBOL", nargs="*", help="judge these alone (all that there are)")
    add_klines(parser)
    add(
        "--from",
        dest="begin",
        type=values.day,
        default=0,
        metavar="D",
        help="judge forecasts from this day on (UTC), such as 2024-01-01; earlier days are history",
    )
    add(
        "--to",
        dest="end",
        type=lambda text: values.day(text) + DAY_MS,
        default=LAST_MS,
        metavar="D",
        help="judge forecasts up to this day, itself included",
    )
    add("--live", action="store_true", help="the forecasts of live runs, kept in the history")
    add(
        "--portfolios",
        type=values.count,
        default=0,
        metavar="N",
        help="judge the forecasts of N random cross accounts of the symbols too",
    )
    add("--seed", type=int, metavar="S", default=argparse.SUPPRESS, help="of the accounts (7)")
    add("--json", action="store_true", help="as JSON")
    add("--csv", type=Path, metavar="FILE", help="write every forecast and its outcome to a file")


def add_timeout(parser: argparse.ArgumentParser, seconds: float = 60.0) -> None:
    """Add how long a command without a screen waits."""
    parser.add_argument(
        "--timeout",
        type=values.positive,
        default=seconds,
        metavar="S",
        help=f"seconds to wait ({seconds:g})",
    )


def add_explain(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``tuirisk explain``."""
    parser.epilog = "Every number is described in docs/metrics.md."
    parser.add_argument("symbol", metavar="SYMBOL", type=values.symbol, help="such as BTCUSDT")
    parser.add_argument("--json", action="store_true", help="the tree as JSON")
    add_timeout(parser)


def add_size(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``tuirisk size``."""
    parser.add_argument("symbol", metavar="SYMBOL", type=values.symbol, help="such as BTCUSDT")
    parser.add_argument("--side", choices=("long", "short"), required=True)
    parser.add_argument(
        "--leverage",
        type=values.leverage,
        required=True,
        metavar="X",
        help="at least 1, such as 10",
    )
    add_timeout(parser)


def add_watch(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``tuirisk watch``."""
    parser.epilog = "Events are described in docs/alerts.md."
    _add_forms(
        parser,
        json="a whole state as JSON on every change and once a minute",
        events="each alert as JSON, as the hooks get it",
    )


def add_log(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``tuirisk log``."""
    parser.epilog = "Columns and keys are described in docs/alerts.md."
    parser.add_argument(
        "--since", metavar="T", help="start time: 24h or 7d (ago), 2026-03-01, 2026-03-01T12:00:00Z"
    )
    _add_forms(parser, csv="as CSV with a header row", json="as JSON lines")
    parser.add_argument("--follow", action="store_true", help="go on with what is added, until ^C")


def _add_forms(parser: argparse.ArgumentParser, **forms: str) -> None:
    """Options of which one at most chooses the form of the output; without one it is text."""
    group = parser.add_mutually_exclusive_group()
    for name, text in forms.items():
        group.add_argument(
            f"--{name}", dest="form", action="store_const", const=name, default="text", help=text
        )


def add_demo(parser: argparse.ArgumentParser) -> None:
    """Add the options of the embedded exchange."""
    add = _suppressed(parser)
    add("--seed", type=int, metavar="N", help="seed of the simulated market (7)")
    add("--scenario", choices=SCENARIOS, help="market scenario (calm)")
    add("--account", action="store_true", help="with an account that holds positions")
    add("--providers", action="store_true", help="with other people's data, invented too")
    add("--speed", type=values.positive, metavar="X", help="speed, multiple of real time (1)")


def add_replay(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``tuirisk replay``."""
    add = _suppressed(parser)
    add(
        "--speed",
        type=values.positive,
        metavar="X",
        help="speed, multiple of the recorded pace (1)",
    )
    add(
        "--from",
        dest="start",
        metavar="T",
        help="skip ahead to T: 2024-07-18T23:58:00Z, 23:58:00, or +90 seconds from the start",
    )


def add_source(parser: argparse.ArgumentParser) -> None:
    """Add where the data come from."""
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--demo",
        action="store_true",
        default=argparse.SUPPRESS,
        help="data from the embedded exchange",
    )
    source.add_argument(
        "--replay",
        type=Path,
        metavar="FILE",
        default=argparse.SUPPRESS,
        help="data from a recording",
    )
    add_klines(source)
    add_connect(source)
    add_demo(parser)


def add_klines(parser: Any) -> None:
    """Add candle files as a source."""
    parser.add_argument(
        "--klines",
        type=Path,
        metavar="DIR",
        default=argparse.SUPPRESS,
        help="data from the candle files below a folder",
    )


def add_connect(parser: Any) -> None:
    """Add a server of states as a source."""
    parser.add_argument(
        "--connect",
        type=values.server,
        metavar="URL",
        default=argparse.SUPPRESS,
        help="states of another tuirisk that serves them, such as ws://127.0.0.1:8765",
    )


def add_token_file(parser: argparse.ArgumentParser, text: str) -> None:
    """Add the file of the tokens; ``text`` is its help."""
    parser.add_argument(
        "--token-file", type=Path, metavar="F", default=argparse.SUPPRESS, help=text
    )


def add_serve(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``tuirisk serve``."""
    parser.epilog = "Tokens, TLS and viewers are described in docs/serving.md."
    add = parser.add_argument
    add(
        "--listen",
        type=values.address,
        metavar="HOST:PORT",
        default="127.0.0.1:8765",
        help="127.0.0.1:8765",
    )
    add_token_file(parser, "tokens, one a line; needed where others than this machine connect")
    add(
        "--nats",
        type=values.nats_server,
        metavar="URL",
        help="put states into this NATS server too",
    )
    add(
        "--shard", type=values.shard, metavar="N/M", help="watch the N-th of M parts of the symbols"
    )
    add(
        "--metrics",
        type=values.address,
        metavar="HOST:PORT",
        help="metrics for Prometheus, at /metrics",
    )
    add("--tls-cert", type=Path, metavar="F", help="certificate chain (PEM), for wss://")
    add("--tls-key", type=Path, metavar="F", help="key of the certificate (PEM)")


def add_web(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``tuirisk web``."""
    parser.epilog = "Tokens, TLS and what a browser shows are described in docs/serving.md."
    add = parser.add_argument
    add(
        "--listen",
        type=values.address,
        metavar="HOST:PORT",
        default="127.0.0.1:8000",
        help="127.0.0.1:8000",
    )
    add_token_file(parser, "tokens, one a line; needed where others than this machine connect")
    add("--tls-cert", type=Path, metavar="F", help="certificate chain (PEM), for https://")
    add("--tls-key", type=Path, metavar="F", help="key of the certificate (PEM)")


def _suppressed(parser: argparse.ArgumentParser) -> Any:
    def add(*names: str, **options: Any) -> None:
        parser.add_argument(*names, default=argparse.SUPPRESS, **options)

    return add
