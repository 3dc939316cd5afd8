"""The command line: choose the data source, and the screen or a command without one."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tuirisk import __version__
from tuirisk.cli.exit_codes import BUG, OK, USAGE

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    from tuirisk.config.model import Config
    from tuirisk.history.session import LiveSession
    from tuirisk.monitor.sources import MakeSource
    from tuirisk.watchlist.lists import Watchlists


def main(argv: Sequence[str] | None = None) -> int:
    """Run tuirisk; the exit code (``exit_codes``)."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words in (["--version"], ["-V"]):
        print(f"tuirisk {__version__}")
        return OK
    from tuirisk.cli.arguments import parse

    arguments = parse(words)
    try:
        return _run(arguments, os.environ)
    except KeyboardInterrupt:
        return OK
    except BrokenPipeError:
        # The reader of a pipe went away; python would complain once more while closing stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except Exception as error:
        if arguments.debug:
            raise
        from tuirisk.terminal.errors import UnexpectedError

        _say(str(UnexpectedError(error)))
        return BUG


def _run(arguments: Namespace, environ: Mapping[str, str]) -> int:
    from tuirisk.config.file import load, with_overrides, with_positions
    from tuirisk.config.model import ConfigError
    from tuirisk.feed.recording import RecordingError

    try:
        config = with_overrides(
            load(arguments.config, environ=environ),
            symbols=arguments.symbol or arguments.symbols,
            theme=arguments.theme,
            language=arguments.lang,
        )
        _log_to(arguments.log)
        if arguments.low_bandwidth:
            slow = min(1.0, config.ui.refresh_hz)
            config = replace(config, ui=replace(config.ui, refresh_hz=slow))
        if arguments.command == "doctor":
            from tuirisk.cli.headless import doctor

            return doctor(config, environ)
        if arguments.command == "log":
            return _kept_log(arguments, config, environ)
        if arguments.replay is not None and not (arguments.symbols or arguments.symbol):
            config = replace(config, symbols=())
        else:
            config = with_positions(config)
        watchlists = _watchlists(arguments, config, environ)
        if watchlists is not None:
            # Whichever list is looked at, what is held is watched.
            config = with_positions(replace(config, symbols=watchlists.symbols))
        records = _records(arguments, config, environ)
        make_source = _source(arguments, config, records)
        if arguments.command == "snapshot":
            from tuirisk.cli.headless import snapshot

            return snapshot(make_source, config, arguments.json, arguments.timeout)
        if arguments.command == "explain":
            from tuirisk.cli.headless import explain_symbol

            return explain_symbol(make_source, config, arguments.json, arguments.timeout)
        if arguments.command == "size":
            from tuirisk.cli.size import print_size

            return print_size(make_source, config, arguments)
        if arguments.command == "watch":
            from tuirisk.cli.headless import watch

            return watch(make_source, config, records)
        return _screen(arguments, make_source, config, records, watchlists)
    except (ConfigError, RecordingError) as error:
        _say(str(error))
        return USAGE


def _kept_log(arguments: Namespace, config: Config, environ: Mapping[str, str]) -> int:
    from tuirisk.cli.log import print_log, since
    from tuirisk.feed.clock import WallClock
    from tuirisk.history.database import database_path

    return print_log(
        database_path(environ, config.exchange),
        since(arguments.since, WallClock().now_ns() // 1_000_000),
        config.symbols if arguments.symbols else (),
        arguments.form,
        config.ui.language,
    )


def _watchlists(
    arguments: Namespace, config: Config, environ: Mapping[str, str]
) -> Watchlists | None:
    """The lists of the live screen, kept between runs unless ``--symbols`` names others.

    What runs without a screen watches what the configuration says.
    """
    if arguments.command is not None:
        return None
    from tuirisk.watchlist.lists import Watchlists, watchlists_path

    path = None if arguments.symbols else watchlists_path(environ)
    return Watchlists(path, config.symbols)


def _records(
    arguments: Namespace, config: Config, environ: Mapping[str, str]
) -> LiveSession | None:
    """What a live monitor keeps and tells; a demo, a replay and a single look have none."""
    if arguments.demo or arguments.replay is not None or arguments.command not in (None, "watch"):
        return None
    import random

    from tuirisk.history.session import LiveSession

    return LiveSession(config, environ, random.Random(), screen=arguments.command is None)


def _source(arguments: Namespace, config: Config, records: LiveSession | None) -> MakeSource:
    from tuirisk.monitor import sources

    if arguments.replay is not None:
        from tuirisk.feed.replay import check

        check(arguments.replay, arguments.start)
        paced = arguments.command == "replay"
        words = sources.ReplayOptions(
            arguments.replay, arguments.speed or (1.0 if paced else None), arguments.start
        )
        return sources.replay(config, words, config.symbols or None)
    if arguments.demo:
        demo = sources.DemoOptions(
            arguments.seed, arguments.speed or 1.0, arguments.scenario, arguments.account
        )
        return sources.demo(config, demo, _recording(arguments))
    return sources.live(config, _recording(arguments), records)


def _recording(arguments: Namespace) -> Path | None:
    """The file of ``--record``, known to be writable."""
    if arguments.record is None:
        return None
    from tuirisk.feed.recording import RecordingWriter

    RecordingWriter(arguments.record).close()
    path: Path = arguments.record
    return path


def _screen(
    arguments: Namespace,
    make_source: MakeSource,
    config: Config,
    records: LiveSession | None,
    watchlists: Watchlists | None,
) -> int:
    # Textual paints on stderr: a redirected one would leave the person with a blank screen.
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        _say(
            "the screen needs a terminal; use `tuirisk snapshot --json` for one state "
            "or `tuirisk watch --json` for a stream"
        )
        return USAGE
    # Until the first paint: looking for garbage among what is imported takes a tenth of it.
    gc.disable()
    from tuirisk.cli.screen import run
    from tuirisk.ui.themes.themes import ThemeError

    try:
        return run(
            make_source,
            config,
            records,
            watchlists,
            ascii=arguments.ascii,
            low_bandwidth=arguments.low_bandwidth,
            debug=arguments.debug,
        )
    except ThemeError as error:
        _say(str(error))
        return USAGE


def _log_to(path: Path | None) -> None:
    """Log to ``path``; without one nowhere, least of all over the screen."""
    import logging

    from tuirisk.config.model import ConfigError

    if path is None:
        logging.basicConfig(handlers=[logging.NullHandler()])
        return
    try:
        logging.basicConfig(
            filename=path, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
        )
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot write the log ({error.strerror}); name another file"
        ) from error


def _say(line: str) -> None:
    print(f"tuirisk: {line}", file=sys.stderr)
