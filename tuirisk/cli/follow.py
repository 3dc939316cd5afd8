"""``tuirisk log --follow``: the log, and what is added to it, until interrupted."""

from __future__ import annotations

import select
import sys
import time
from collections.abc import Callable, Collection
from contextlib import closing
from pathlib import Path

from tuirisk.cli.errors import print_error
from tuirisk.cli.exit_codes import ExitCode
from tuirisk.cli.log import log_writer, no_log_yet
from tuirisk.history.database import HistoryError
from tuirisk.history.log_follower import LogFollower

PAUSE_S = 0.25


def follow_log(
    path: Path,
    since_ms: int,
    symbols: Collection[str],
    form: str,
    language: str = "auto",
    *,
    pause: Callable[[], bool] | None = None,
) -> int:
    """Print what ``path`` keeps from ``since_ms`` on and what is added; the exit code.

    ``form`` as in :func:`~tuirisk.cli.log.print_log`. A file that is not there yet, is replaced or
    cannot be read for a while is said once on stderr and waited for. ``pause`` waits and says
    whether somebody still reads.
    """
    write = log_writer(form, language)
    pause = pause or _reader_waits
    reported = ""
    with closing(LogFollower(path, since_ms, symbols)) as follower:
        while True:
            trouble = ""
            try:
                write(follower.read())
            except FileNotFoundError:
                trouble = no_log_yet(path)
            except HistoryError as error:
                trouble = f"{path}: {error}"
            sys.stdout.flush()
            if trouble and trouble != reported:
                print_error(trouble)
            reported = trouble
            if not pause():
                return ExitCode.OK


def _reader_waits() -> bool:
    """Wait a moment; False once the reader of the standard output is gone."""
    if not hasattr(select, "poll"):
        time.sleep(PAUSE_S)
        return True
    output = select.poll()
    output.register(sys.stdout, 0)
    return not output.poll(1000 * PAUSE_S)
