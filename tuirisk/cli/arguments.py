"""The command line's grammar."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from tuirisk import __version__
from tuirisk.config.rules import symbol_error
from tuirisk.config.symbol_names import exchange_symbol
from tuirisk.events.intervals import DAY_MS
from tuirisk.foreign.text import printable

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

    from tuirisk.serve.address import Address

SCENARIOS = ("calm", "crash", "squeeze", "illiquid")
"""Scenarios of the embedded exchange (``simulator.scenarios``)."""
LAST_MS = 4_102_444_800_000
"""2100-01-01: after every forecast that can be judged."""
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
    _add_klines(parser)
    _add_connect(parser)
    _add_token_file(parser, "the token of the server that --connect names")
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
    _add_demo_options(demo)
    replay = command("replay", "run the monitor on a recording")
    replay.add_argument("replay", metavar="FILE", type=Path, help="recording file, gzip or plain")
    _add_replay_options(replay)
    snapshot = command("snapshot", "print one state once every symbol is ready")
    snapshot.add_argument("--json", action="store_true", help="as JSON (schema 2)")
    _add_timeout(snapshot)
    explain = command("explain", "print the breakdown of a symbol's score down to its inputs")
    _add_explain_options(explain)
    size = command("size", "print the largest position within every limit")
    _add_size_options(size)
    hedge = command("hedge", "print the cheapest ways to bring the account within its limits")
    hedge.add_argument("--json", action="store_true", help="as JSON")
    _add_timeout(hedge)
    radar = command("radar", "print every perpetual that trades, ranked by danger")
    radar.add_argument("--json", action="store_true", help="as JSON (docs/metrics.md, Radar)")
    _add_timeout(radar, 180.0)
    _add_source_options(radar)
    watch = command("watch", "print a line on every change of a severity or a position")
    _add_watch_options(watch)
    for headless in (snapshot, explain, size, hedge, watch):
        _add_source_options(headless)
        if headless in (snapshot, explain, watch):
            _add_token_file(headless, "the token of the server that --connect names")
    serve = command("serve", "run the monitor without a screen and give its states to viewers")
    _add_serve_options(serve)
    _add_source_options(serve)
    pages = command("web", "show the screen in a browser, read-only")
    _add_web_options(pages)
    _add_source_options(pages)
    mcp = command("mcp", "give the state to an assistant over stdio (Model Context Protocol)")
    mcp.epilog = "Tools are described in docs/mcp.md."
    _add_source_options(mcp)
    _add_token_file(mcp, "the token of the server that --connect names")
    _add_log_options(command("log", "print the logged severity changes, oldest first"))
    _add_backtest(command("backtest", "print the track record of the forecasts and of the score"))
    trial = command("alert-test", "send one test alert through every way that is configured")
    trial.epilog = "Ways are described in docs/alerts.md. Exit code 3 where one did not take it."
    doctor = command("doctor", "check configuration, connectivity, clock and API key permissions")
    _add_klines(doctor)
    return parser


def _add_backtest(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    parser.epilog = "Every figure and the columns of the CSV are described in docs/backtest.md."
    add("wanted", metavar="SYMBOL", nargs="*", help="judge these alone (all that there are)")
    _add_klines(parser)
    add(
        "--from",
        dest="begin",
        type=_day,
        default=0,
        metavar="D",
        help="judge forecasts from this day on (UTC), such as 2024-01-01; earlier days are history",
    )
    add(
        "--to",
        dest="end",
        type=lambda text: _day(text) + DAY_MS,
        default=LAST_MS,
        metavar="D",
        help="judge forecasts up to this day, itself included",
    )
    add("--live", action="store_true", help="the forecasts of live runs, kept in the history")
    add(
        "--portfolios",
        type=_count,
        default=0,
        metavar="N",
        help="judge the forecasts of N random cross accounts of the symbols too",
    )
    add("--seed", type=int, metavar="S", default=argparse.SUPPRESS, help="of the accounts (7)")
    add("--json", action="store_true", help="as JSON")
    add("--csv", type=Path, metavar="FILE", help="write every forecast and its outcome to a file")


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 1_000_000):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of accounts, such as 500")
    return int(text)


def _day(text: str) -> int:
    """Midnight UTC of a date such as ``2024-01-01``, milliseconds."""
    try:
        moment = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2024-01-01") from None
    return round(moment.timestamp() * 1000)


def _add_timeout(parser: argparse.ArgumentParser, seconds: float = 60.0) -> None:
    parser.add_argument(
        "--timeout",
        type=_positive,
        default=seconds,
        metavar="S",
        help=f"seconds to wait ({seconds:g})",
    )


def _add_explain_options(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Every number is described in docs/metrics.md."
    parser.add_argument("symbol", metavar="SYMBOL", type=_symbol, help="such as BTCUSDT")
    parser.add_argument("--json", action="store_true", help="the tree as JSON")
    _add_timeout(parser)


def _add_size_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("symbol", metavar="SYMBOL", type=_symbol, help="such as BTCUSDT")
    parser.add_argument("--side", choices=("long", "short"), required=True)
    parser.add_argument(
        "--leverage", type=_leverage, required=True, metavar="X", help="at least 1, such as 10"
    )
    _add_timeout(parser)


def _add_watch_options(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Events are described in docs/alerts.md."
    _add_forms(
        parser,
        json="a whole state as JSON on every change and once a minute",
        events="each alert as JSON, as the hooks get it",
    )


def _add_log_options(parser: argparse.ArgumentParser) -> None:
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
    options = Parser(add_help=False, argument_default=argparse.SUPPRESS)

    def add(name: str, *, help: str, **rest: Any) -> None:
        options.add_argument(name, help=help if name in used else argparse.SUPPRESS, **rest)

    add("--config", type=Path, metavar="F", help="configuration file")
    add("--symbols", metavar="A,B", help="watch these instead of the configured symbols")
    add("--theme", metavar="T", help="colour theme")
    add("--lang", choices=("auto", "en", "zh"), help="language of the screen")
    add("--record", type=Path, metavar="F", help="record the received data to a file")
    add("--log", type=Path, metavar="F", help="write a log file")
    add("--ascii", action="store_true", help="use ASCII characters only")
    add("--low-bandwidth", action="store_true", help="one paint per second, 256 colours")
    add("--debug", action="store_true", help="show tracebacks")
    return options


def _add_demo_options(parser: argparse.ArgumentParser) -> None:
    add = _suppressed(parser)
    add("--seed", type=int, metavar="N", help="seed of the simulated market (7)")
    add("--scenario", choices=SCENARIOS, help="market scenario (calm)")
    add("--account", action="store_true", help="with an account that holds positions")
    add("--providers", action="store_true", help="with other people's data, invented too")
    add("--speed", type=_positive, metavar="X", help="speed, multiple of real time (1)")


def _add_replay_options(parser: argparse.ArgumentParser) -> None:
    add = _suppressed(parser)
    add("--speed", type=_positive, metavar="X", help="speed, multiple of the recorded pace (1)")
    add(
        "--from",
        dest="start",
        metavar="T",
        help="skip ahead to T: 2024-07-18T23:58:00Z, 23:58:00, or +90 seconds from the start",
    )


def _add_source_options(parser: argparse.ArgumentParser) -> None:
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
    _add_klines(source)
    _add_connect(source)
    _add_demo_options(parser)


def _add_klines(parser: Any) -> None:
    parser.add_argument(
        "--klines",
        type=Path,
        metavar="DIR",
        default=argparse.SUPPRESS,
        help="data from the candle files below a folder",
    )


def _add_connect(parser: Any) -> None:
    parser.add_argument(
        "--connect",
        type=_server,
        metavar="URL",
        default=argparse.SUPPRESS,
        help="states of another tuirisk that serves them, such as ws://127.0.0.1:8765",
    )


def _add_token_file(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument(
        "--token-file", type=Path, metavar="F", default=argparse.SUPPRESS, help=text
    )


def _add_serve_options(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Tokens, TLS and viewers are described in docs/serving.md."
    add = parser.add_argument
    add(
        "--listen",
        type=_address,
        metavar="HOST:PORT",
        default="127.0.0.1:8765",
        help="127.0.0.1:8765",
    )
    _add_token_file(parser, "tokens, one a line; needed where others than this machine connect")
    add("--nats", type=_nats, metavar="URL", help="put states into this NATS server too")
    add("--shard", type=_shard, metavar="N/M", help="watch the N-th of M parts of the symbols")
    add("--metrics", type=_address, metavar="HOST:PORT", help="metrics for Prometheus, at /metrics")
    add("--tls-cert", type=Path, metavar="F", help="certificate chain (PEM), for wss://")
    add("--tls-key", type=Path, metavar="F", help="key of the certificate (PEM)")


def _add_web_options(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Tokens, TLS and what a browser shows are described in docs/serving.md."
    add = parser.add_argument
    add(
        "--listen",
        type=_address,
        metavar="HOST:PORT",
        default="127.0.0.1:8000",
        help="127.0.0.1:8000",
    )
    _add_token_file(parser, "tokens, one a line; needed where others than this machine connect")
    add("--tls-cert", type=Path, metavar="F", help="certificate chain (PEM), for https://")
    add("--tls-key", type=Path, metavar="F", help="key of the certificate (PEM)")


def _address(text: str) -> Address:
    from tuirisk.serve.address import address

    try:
        return address(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _nats(text: str) -> str:
    from tuirisk.remote.nats_protocol import server_url

    try:
        return server_url(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _shard(text: str) -> tuple[int, int]:
    """``2/4`` as (2, 4)."""
    number, slash, of = text.partition("/")
    parts = number.isdecimal() and of.isdecimal()
    if not slash or not parts or not 1 <= int(number) <= int(of) <= 1_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no part of the symbols, such as 2/4")
    return int(number), int(of)


def _server(text: str) -> str:
    """The URL of a server of states."""
    from urllib.parse import urlsplit

    if text.startswith(("nats:", "tls:")):
        return _nats(text)
    try:
        url = urlsplit(text)
        wrong = url.scheme not in ("ws", "wss") or not url.hostname or url.port == 0
    except ValueError:
        wrong = True
    if wrong:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no server of states; write ws://, wss:// or nats://HOST:PORT"
        )
    if url.username or url.password:
        raise argparse.ArgumentTypeError("a token does not belong in the URL; use --token-file")
    return text


def _suppressed(parser: argparse.ArgumentParser) -> Any:
    def add(*names: str, **options: Any) -> None:
        parser.add_argument(*names, default=argparse.SUPPRESS, **options)

    return add


def _leverage(text: str) -> float:
    value = _positive(text.lower().removesuffix("x"))
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is less than 1; write a leverage such as 10")
    return value


def _symbol(text: str) -> str:
    name = exchange_symbol(text)
    if wrong := symbol_error(name):
        raise argparse.ArgumentTypeError(wrong)
    return name


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return value
