"""The command line: which command runs, and with what."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tuirisk import __version__
from tuirisk.cli.errors import print_error
from tuirisk.cli.exit_codes import ExitCode
from tuirisk.cli.output import abandon_output, ensure_streams, flush_output, is_output_error

if TYPE_CHECKING:
    from argparse import Namespace

    from tuirisk.alerts.own_conditions import OwnConditions
    from tuirisk.config.model import Config
    from tuirisk.config.typed_positions import TypedPositions
    from tuirisk.feed.recording_writer import RecordingWriter
    from tuirisk.history.session import LiveSession
    from tuirisk.monitor.sources import MakeSource
    from tuirisk.watchlist.lists import Watchlists

_ONE_STATE = ("snapshot", "explain", "size", "hedge")


def main(argv: Sequence[str] | None = None) -> int:
    """Run tuirisk with the arguments ``argv`` (default: those of the process); the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    ensure_streams()
    try:
        try:
            code = _parse_and_run(words)
        except SystemExit:
            flush_output()
            raise
        flush_output()
        _print_log_problem()
        return code
    except KeyboardInterrupt:
        return ExitCode.OK
    except BrokenPipeError:
        # The reader of a pipe went away.
        abandon_output()
        return ExitCode.OK
    except Exception as error:
        if is_output_error(error):
            abandon_output()
            print_error(f"cannot write the output ({os.strerror(error.errno)})")  # type: ignore[attr-defined]
            return ExitCode.USAGE
        if "--debug" in words:
            raise
        from tuirisk.terminal.errors import UnexpectedError

        print_error(str(UnexpectedError(error)))
        return ExitCode.BUG


def _print_log_problem() -> None:
    """Print why the file of ``--log`` has not all entries, if it has not."""
    if "tuirisk.cli.log_file" not in sys.modules:
        return
    from tuirisk.cli.log_file import log_problem

    problem = log_problem()
    if problem:
        print_error(problem)


def _parse_and_run(argv: Sequence[str]) -> int:
    if argv in (["--version"], ["-V"]):
        print(f"tuirisk {__version__}")
        return ExitCode.OK
    from tuirisk.cli.arguments import parse

    return _run(parse(argv), os.environ)


def _run(arguments: Namespace, environ: Mapping[str, str]) -> int:
    from tuirisk.cli import inputs, screen_inputs
    from tuirisk.config.model import ConfigError
    from tuirisk.feed.files.folder_error import FolderError
    from tuirisk.feed.recording_faults import RecordingError

    try:
        config = inputs.configuration(arguments, environ)
        inputs.start_log(arguments.log)
        if arguments.command == "doctor":
            if arguments.klines is not None:
                from tuirisk.cli.files_report import print_files

                return print_files(arguments.klines, config)
            from tuirisk.cli.doctor import doctor

            return doctor(config, environ)
        if arguments.command == "alert-test":
            from tuirisk.cli.alert_test import alert_test

            return alert_test(config, environ)
        if arguments.command == "log":
            return _log(arguments, config, environ)
        if arguments.command == "backtest":
            from tuirisk.cli.backtest import backtest

            return backtest(arguments, config, environ)
        own_positions = screen_inputs.own_positions(arguments, environ)
        if own_positions is not None:
            config = screen_inputs.with_own_positions(config, own_positions)
        config, watchlists = inputs.watched(arguments, config, environ)
        own, problem = screen_inputs.own_conditions(arguments, environ)
        if problem:
            print_error(problem)
        if own is not None:
            config = replace(config, own_conditions=own.conditions)
        session = inputs.live_session(arguments, config, environ)
        recorder = inputs.recorder_of(arguments, config, environ)
        if arguments.command == "radar":
            from tuirisk.cli.radar import print_radar

            code = print_radar(arguments, config, recorder)
            return code if recorder is None else _recording_ended(recorder, code)
        make_source = inputs.source_of(arguments, config, session, recorder, environ)
        if arguments.command in _ONE_STATE:
            code = _print_one_state(arguments, make_source, config, environ)
            return code if recorder is None else _recording_ended(recorder, code)
        if arguments.command == "mcp":
            from tuirisk.cli.mcp import serve_tools

            record, _ = inputs.track_records(arguments, config, environ)
            return serve_tools(make_source, config, record)
        following = screen_inputs.config_following(arguments, own_positions, environ)
        if arguments.command == "web":
            from tuirisk.cli.web import WebOptions, serve_pages

            viewer = screen_inputs.viewer_options(arguments)
            web_options = WebOptions(
                arguments.listen,
                arguments.token_file,
                arguments.tls_cert,
                arguments.tls_key,
                viewer,
            )
            return serve_pages(make_source, config, web_options, session, following)
        if arguments.command == "serve":
            from tuirisk.cli.serve import ServeOptions, serve

            options = ServeOptions(
                arguments.listen,
                arguments.token_file,
                arguments.tls_cert,
                arguments.tls_key,
                arguments.metrics,
                arguments.nats,
                arguments.shard,
            )
            return serve(make_source, config, options, session, following)
        if arguments.command == "watch":
            from tuirisk.cli.watch import watch

            return watch(make_source, config, arguments.form, session, recorder, following)
        return _screen(
            arguments, make_source, config, session, watchlists, own, own_positions, environ
        )
    except (ConfigError, FolderError, RecordingError) as error:
        print_error(str(error))
        return ExitCode.USAGE


def _print_one_state(
    arguments: Namespace, make_source: MakeSource, config: Config, environ: Mapping[str, str]
) -> int:
    match arguments.command:
        case "explain":
            from tuirisk.cli import inputs
            from tuirisk.cli.explain import explain_symbol

            records = inputs.track_records(arguments, config, environ)
            return explain_symbol(make_source, config, arguments.json, arguments.timeout, records)
        case "hedge":
            from tuirisk.cli.hedge import print_hedges

            return print_hedges(make_source, config, arguments.json, arguments.timeout)
        case "size":
            from tuirisk.cli.size import SizeRequest, print_size

            request = SizeRequest(arguments.symbol, arguments.side, arguments.leverage)
            return print_size(make_source, config, request, arguments.timeout)
        case _:
            from tuirisk.cli.snapshot import snapshot

            return snapshot(make_source, config, arguments.json, arguments.timeout)


def _recording_ended(recorder: RecordingWriter, code: int) -> int:
    """The exit code of a command that ended with ``code`` and recorded meanwhile.

    What stopped the recording, be it its end, is printed here.
    """
    recorder.close()
    if not recorder.error:
        return code
    from tuirisk.language.reason import Reason

    print_error(str(Reason("recording_stopped", what=recorder.error)))
    return code or ExitCode.USAGE


def _log(arguments: Namespace, config: Config, environ: Mapping[str, str]) -> int:
    from tuirisk.cli.follow import follow_log
    from tuirisk.cli.log import print_log, since
    from tuirisk.feed.clock import WallClock
    from tuirisk.history.database import database_path

    return (follow_log if arguments.follow else print_log)(
        database_path(environ, config.exchange),
        since(arguments.since, WallClock().now_ns() // 1_000_000),
        config.symbols if arguments.symbols else (),
        arguments.form,
        config.ui.language,
    )


def _screen(
    arguments: Namespace,
    make_source: MakeSource,
    config: Config,
    session: LiveSession | None,
    watchlists: Watchlists | None,
    own: OwnConditions | None,
    own_positions: TypedPositions | None,
    environ: Mapping[str, str],
) -> int:
    # Textual paints on stderr: a redirected one would leave the person with a blank screen.
    in_browser = "TEXTUAL_DRIVER" in environ and "TUIRISK_READ_ONLY" in environ
    streams = (sys.stdin, sys.stdout, sys.stderr)
    if not in_browser and not all(stream.isatty() for stream in streams):
        print_error(
            "the screen needs a terminal; use `tuirisk snapshot --json` for one state "
            "or `tuirisk watch` for a line a change"
        )
        return ExitCode.USAGE
    # Until the first paint: looking for garbage among what is imported takes a tenth of it.
    gc.disable()
    from tuirisk.cli import screen_inputs
    from tuirisk.cli.screen import run
    from tuirisk.ui.themes.themes import ThemeError

    try:
        return run(
            make_source,
            config,
            session,
            watchlists,
            screen_inputs.display_settings(arguments, config, environ),
            own,
            screen_inputs.config_file_watch(arguments, environ),
            own_positions,
            environ=environ,
            ascii=arguments.ascii,
            low_bandwidth=arguments.low_bandwidth,
            debug=arguments.debug,
        )
    except ThemeError as error:
        print_error(str(error))
        return ExitCode.USAGE
