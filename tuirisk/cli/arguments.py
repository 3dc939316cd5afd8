"""The command line's grammar."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from tuirisk import __version__
from tuirisk.cli import command_options as options
from tuirisk.foreign.text import printable

if TYPE_CHECKING:
    from _typeshed import SupportsWrite


LIVE = {
    "demo": False, "replay": None, "klines": None, "seed": 7, "scenario": "calm", "speed": None,
    "start": "", "account": False, "providers": False, "connect": None, "token_file": None,
    "shard": None, "nats": None,
}  # fmt: skip
GENERAL = {
    "config": None, "symbols": None, "theme": None, "lang": None, "record": None, "log": None,
    "debug": False, "ascii": False, "low_bandwidth": False,
}  # fmt: skip


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line and exit code 2."""

    def print_help(self, file: SupportsWrite[str] | None = None) -> None:
        """Print the help.

        Raises:
            OSError: it cannot be written; argparse's own method says nothing then.
        """
        (file or sys.stdout).write(self.format_help())

    def error(self, message: str) -> NoReturn:
        line = printable(f"{message}; see `{self.prog} --help`", most=None)
        self.exit(2, f"tuirisk: {line}\n")


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Parse ``argv``; every option has a value in the result.

    Raises:
        SystemExit: 2 for a usage error, 0 after ``--help``.
    """
    namespace = argparse.Namespace(**LIVE, **GENERAL, command=None, symbol=None)
    parser = _parser()
    arguments = parser.parse_args(argv, namespace)
    other = arguments.demo or arguments.replay is not None or arguments.command == "log"
    if arguments.klines is not None and other:
        parser.error("--klines is a source of its own: it goes without demo, replay and log")
    if arguments.klines is not None and arguments.command == "radar":
        parser.error("radar needs the whole market: it goes without --klines")
    if arguments.connect is not None:
        if other or arguments.klines is not None:
            parser.error("--connect is a source of its own: it goes without any other, and log")
        if arguments.command in ("size", "hedge", "serve", "web", "radar"):
            parser.error(f"{arguments.command} needs a feed of its own: it goes without --connect")
    return arguments


def _parser() -> Parser:
    general = _options_of_all(SCREEN)
    parser = Parser(
        prog="tuirisk",
        description="A terminal risk monitor for Binance USDⓈ-M perpetuals. Without a command: "
        "the monitor, live.",
        parents=[general],
    )
    options.add_klines(parser)
    options.add_connect(parser)
    options.add_token_file(parser, "the token of the server that --connect names")
    parser.add_argument("-V", "--version", action="version", version=f"tuirisk {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)

    def command(name: str, text: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = commands.add_parser(
            name,
            help=text,
            description=text.capitalize() + ".",
            parents=[_options_of_all(USED_BY.get(name, SCREEN))],
        )
        return made

    demo = command("demo", "run the monitor on the embedded exchange: no network, no API key")
    demo.set_defaults(demo=True)
    options.add_demo(demo)
    replay = command("replay", "run the monitor on a recording")
    replay.add_argument("replay", metavar="FILE", type=Path, help="recording file, gzip or plain")
    options.add_replay(replay)
    snapshot = command("snapshot", "print one state once every symbol is ready")
    snapshot.add_argument("--json", action="store_true", help="as JSON (schema 2)")
    options.add_timeout(snapshot)
    explain = command("explain", "print the breakdown of a symbol's score down to its inputs")
    options.add_explain(explain)
    size = command("size", "print the largest position within every limit")
    options.add_size(size)
    hedge = command("hedge", "print the cheapest ways to bring the account within its limits")
    hedge.add_argument("--json", action="store_true", help="as JSON")
    options.add_timeout(hedge)
    radar = command("radar", "print every perpetual that trades, ranked by danger")
    radar.add_argument("--json", action="store_true", help="as JSON (docs/metrics.md, Radar)")
    options.add_timeout(radar, 180.0)
    options.add_source(radar)
    watch = command("watch", "print a line on every change of a severity or a position")
    options.add_watch(watch)
    for headless in (snapshot, explain, size, hedge, watch):
        options.add_source(headless)
        if headless in (snapshot, explain, watch):
            options.add_token_file(headless, "the token of the server that --connect names")
    serve = command("serve", "run the monitor without a screen and give its states to viewers")
    options.add_serve(serve)
    options.add_source(serve)
    pages = command("web", "show the screen in a browser, read-only")
    options.add_web(pages)
    options.add_source(pages)
    mcp = command("mcp", "give the state to an assistant over stdio (Model Context Protocol)")
    mcp.epilog = "Tools are described in docs/mcp.md."
    options.add_source(mcp)
    options.add_token_file(mcp, "the token of the server that --connect names")
    options.add_log(command("log", "print the logged severity changes, oldest first"))
    options.add_backtest(
        command("backtest", "print the track record of the forecasts and of the score")
    )
    trial = command("alert-test", "send one test alert through every way that is configured")
    trial.epilog = "Ways are described in docs/alerts.md. Exit code 3 where one did not take it."
    doctor = command("doctor", "check configuration, connectivity, clock and API key permissions")
    options.add_klines(doctor)
    return parser


ALWAYS = frozenset({"--config", "--log", "--debug"})
RECORDS = ALWAYS | {"--symbols", "--record"}
SCREEN = RECORDS | {"--theme", "--lang", "--ascii", "--low-bandwidth"}
USED_BY = {
    "replay": SCREEN - {"--record"},
    "snapshot": RECORDS | {"--lang"},
    "explain": RECORDS - {"--symbols"},
    "size": RECORDS - {"--symbols"},
    "hedge": RECORDS,
    "watch": RECORDS | {"--lang"},
    "serve": RECORDS,
    "web": RECORDS | {"--theme", "--lang"},
    "mcp": RECORDS,
    "log": ALWAYS | {"--symbols", "--lang"},
    "backtest": ALWAYS,
    "alert-test": ALWAYS,
    "doctor": ALWAYS | {"--symbols", "--theme"},
}
"""The general options that do something at a command; its help lists these alone."""


def _options_of_all(used: Collection[str]) -> Parser:
    """The options that every command takes; the help lists those ``used``."""
    parent = Parser(add_help=False, argument_default=argparse.SUPPRESS)

    def add(name: str, *, help: str, **rest: Any) -> None:
        parent.add_argument(name, help=help if name in used else argparse.SUPPRESS, **rest)

    add("--config", type=Path, metavar="F", help="configuration file")
    add("--symbols", metavar="A,B", help="watch these instead of the configured symbols")
    add("--theme", metavar="T", help="colour theme")
    add("--lang", choices=("auto", "en", "zh"), help="language of the screen")
    add("--record", type=Path, metavar="F", help="record the received data to a file")
    add("--log", type=Path, metavar="F", help="write a log file")
    add("--ascii", action="store_true", help="use ASCII characters only")
    add("--low-bandwidth", action="store_true", help="one paint per second, 256 colours")
    add("--debug", action="store_true", help="show tracebacks")
    return parent
