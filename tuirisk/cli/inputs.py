"""From the parsed command line to the configuration, the symbols, the source and the session."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tuirisk.config.model import Config

if TYPE_CHECKING:
    from tuirisk.feed.binance.account.credentials import Secret
    from tuirisk.feed.recording_writer import RecordingWriter
    from tuirisk.history.session import LiveSession
    from tuirisk.monitor.sources import FilesOptions, MakeSource
    from tuirisk.state.track_record import TrackRecord
    from tuirisk.watchlist.lists import Watchlists

ACCOUNT_RECORDED = (
    "--record: keeps the account too, its positions, balances and income, never a key; "
    "`[record] account = false` in the configuration leaves them out"
)


def configuration(arguments: Namespace, environ: Mapping[str, str]) -> Config:
    """The configuration file with the options of the command line over it.

    Raises:
        ConfigError: the file, a value in it or an option is wrong.
    """
    from tuirisk.config.file import load, with_overrides

    config = with_overrides(
        load(arguments.config, environ=environ),
        symbols=arguments.symbol or arguments.symbols,
        theme=arguments.theme,
        language=arguments.lang,
    )
    if not arguments.low_bandwidth:
        return config
    slow = min(1.0, config.ui.refresh_hz)
    return replace(config, ui=replace(config.ui, refresh_hz=slow))


def watched(
    arguments: Namespace, config: Config, environ: Mapping[str, str]
) -> tuple[Config, Watchlists | None]:
    """``config`` with the symbols to watch, and the watchlists where there is a screen.

    Every symbol with a position is watched, whichever list is shown. A replay or a folder of
    files without ``--symbols`` watches what it holds.

    Raises:
        ConfigError: a position of the configuration is wrong.
    """
    from tuirisk.config.file import with_positions

    if has_other_source(arguments) and not (arguments.symbols or arguments.symbol):
        config = replace(config, symbols=())
    else:
        config = with_positions(_shard_of(config, arguments.shard))
    watchlists = _watchlists(arguments, config, environ)
    if watchlists is not None:
        config = with_positions(replace(config, symbols=watchlists.symbols))
    return config, watchlists


def _shard_of(config: Config, shard: tuple[int, int] | None) -> Config:
    """``config`` with the symbols of a server's part, ``shard`` (its number from 1, of how many).

    Raises:
        ConfigError: nothing is left for it.
    """
    if shard is None:
        return config
    from tuirisk.config.model import ConfigError

    number, of = shard
    symbols = config.symbols[number - 1 :: of]
    if not symbols:
        raise ConfigError(f"--shard {number}/{of}: there are only {len(config.symbols)} symbols")
    return replace(config, symbols=symbols)


def live_session(
    arguments: Namespace, config: Config, environ: Mapping[str, str]
) -> LiveSession | None:
    """The history, hooks and notifications of a live monitor; a demo, a replay and one state have
    none.

    Raises:
        ConfigError: a way of notification cannot be used. With a screen that is said on it.
    """
    if not is_live(arguments):
        return None
    import random

    from tuirisk.history.session import LiveSession

    if config.notify and arguments.command is not None:
        from tuirisk.alerts.apprise_service import check_services

        check_services(config.notify, config.path)

    return LiveSession(config, environ, random.Random(), screen=arguments.command is None)


def is_live(arguments: Namespace) -> bool:
    """Whether it runs for as long as somebody wants, on the live exchange."""
    live = not arguments.demo and not has_other_source(arguments)
    return live and arguments.command in (None, "watch", "serve", "web")


def has_other_source(arguments: Namespace) -> bool:
    """Whether the data is no exchange's: of a recording, of files or of another tuirisk."""
    others = (arguments.replay, arguments.klines, arguments.connect)
    return any(source is not None for source in others)


def track_records(
    arguments: Namespace, config: Config, environ: Mapping[str, str]
) -> tuple[TrackRecord | None, TrackRecord | None]:
    """The newest backtest's record, and where the source is live that of live runs."""
    from tuirisk.backtest.kept_record import track_record
    from tuirisk.feed.clock import WallClock
    from tuirisk.history.database import database_path
    from tuirisk.history.live_record import stored_live_record

    path = database_path(environ, config.exchange)
    live = not (arguments.demo or arguments.replay is not None or arguments.klines is not None)
    now_ms = WallClock().now_ns() // 1_000_000
    return track_record(path), stored_live_record(path, now_ms) if live else None


def source_of(
    arguments: Namespace,
    config: Config,
    session: LiveSession | None,
    recorder: RecordingWriter | None,
    environ: Mapping[str, str],
) -> MakeSource:
    """The source that the options name: a recording, files, the embedded exchange or the live
    feed. Of files it prints on standard error what is assumed of them.

    Raises:
        FolderError: the folder of files cannot be used.
        RecordingError: the recording cannot be read.
        ConfigError: ``--from`` is not a time within the recording.
    """
    from tuirisk.monitor import sources

    if arguments.connect is not None:
        return sources.remote(config, arguments.connect, _token(arguments, environ))
    if arguments.replay is not None:
        from tuirisk.feed.recording_contents import check_replayable

        check_replayable(arguments.replay, arguments.start)
        paced = arguments.command == "replay"
        options = sources.ReplayOptions(
            arguments.replay, arguments.speed or (1.0 if paced else None), arguments.start
        )
        return sources.replay(config, options, config.symbols or None)
    if arguments.klines is not None:
        return sources.files(_files(arguments, config, environ), config.symbols or None)
    if arguments.demo:
        from tuirisk.monitor.demo import DemoOptions

        demo = DemoOptions(
            arguments.seed,
            arguments.speed or 1.0,
            arguments.scenario,
            arguments.account,
            arguments.providers,
        )
        return sources.demo(config, demo, recorder)
    return sources.live(config, recorder, session, stays=is_live(arguments))


def _token(arguments: Namespace, environ: Mapping[str, str]) -> Secret:
    """What a viewer shows to its server; empty for none.

    Raises:
        ConfigError: the token file cannot be read.
    """
    from tuirisk.config.model import ConfigError
    from tuirisk.feed.binance.account.credentials import Secret
    from tuirisk.serve.tokens import TokenError, first_token

    if arguments.token_file is None:
        return Secret(environ.get("TUIRISK_TOKEN", ""))
    try:
        return Secret(first_token(arguments.token_file))
    except TokenError as error:
        raise ConfigError(str(error)) from None


def _files(arguments: Namespace, config: Config, environ: Mapping[str, str]) -> FilesOptions:
    from tuirisk.cli.errors import print_error
    from tuirisk.config.paths import data_directory
    from tuirisk.feed.files.folder import silent_files
    from tuirisk.feed.files.source import assumed
    from tuirisk.monitor.sources import FilesOptions

    path, market = arguments.klines, config.klines.market or None
    screen = arguments.command is None
    silent = silent_files(path, config.symbols or None)
    # A command that prints a state prints what was assumed once that is known.
    if silent and screen:
        print_error(str(assumed(market)))
    return FilesOptions(path, market, screen, data_directory(environ) / "klines")


def recorder_of(
    arguments: Namespace, config: Config, environ: Mapping[str, str]
) -> RecordingWriter | None:
    """The recorder of ``--record``, its file open; None without one, for a replay and for files.

    Where keys are in the environment, it prints on standard error that the account is recorded.

    Raises:
        RecordingError: the file cannot be written, or holds something else.
    """
    if arguments.record is None:
        return None
    from tuirisk.cli.errors import print_error

    if has_other_source(arguments):
        print_error("--record: a replay, files and a server's states are not recorded; left out")
        return None
    from tuirisk.feed.binance.account.credentials import VARIABLES
    from tuirisk.feed.recording_writer import RecordingWriter

    keeps_account = config.record.account
    recorder = RecordingWriter(arguments.record, account=keeps_account)
    if keeps_account and not arguments.demo and any(environ.get(name) for name in VARIABLES):
        print_error(ACCOUNT_RECORDED)
    if recorder.notice:
        print_error(recorder.notice)
    return recorder


def start_log(path: Path | None) -> None:
    """Log to ``path``; nowhere without one, so that nothing is written over the screen.

    Raises:
        ConfigError: ``path`` cannot be written.
    """
    import errno
    import logging

    from tuirisk.config.model import ConfigError

    if path is None:
        logging.basicConfig(handlers=[logging.NullHandler()])
        return
    from tuirisk.cli.log_file import LogFile

    try:
        if path.is_fifo():
            raise OSError(errno.EINVAL, "Not a regular file")
        logging.basicConfig(handlers=[LogFile(path)], level=logging.INFO)
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot write the log ({error.strerror}); name another file"
        ) from error


def _watchlists(
    arguments: Namespace, config: Config, environ: Mapping[str, str]
) -> Watchlists | None:
    """The lists of the screen, stored between runs unless ``--symbols`` names others.

    None for files, and for a command without a screen: it watches the symbols of the configuration.
    """
    if arguments.command is not None or arguments.klines is not None:
        return None
    if arguments.connect is not None:
        return None
    from tuirisk.watchlist.lists import Watchlists, watchlists_path

    path = None if arguments.symbols else watchlists_path(environ)
    return Watchlists(path, config.symbols)
