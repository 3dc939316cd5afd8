"""The command line, as a process of its own and within the test's, for tests."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from unittest.mock import patch

from tuirisk.cli.main import main


def tuirisk(
    *words: object, timeout: float = 60, **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run with no terminal, no configuration of the machine's own, and no network but loopback."""
    return subprocess.run(
        [sys.executable, "-m", "tuirisk", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
        env=environment(**environ),
        check=False,
    )


def tuirisk_in_process(*words: object, **environ: str) -> subprocess.CompletedProcess[str]:
    """The same within the test's process: half a second of imports less.

    What only a process has (its signals, pipes that close, what it imports) needs :func:`tuirisk`.
    """
    arguments = [*map(str, words)]
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2))
    with (
        patch.dict(os.environ, environment(**environ), clear=True),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            code = main(arguments)
        except SystemExit as end:
            code = int(end.code or 0)
    return subprocess.CompletedProcess(arguments, code, _text(out), _text(err))


def environment(**given: str) -> dict[str, str]:
    """The machine's environment without what configures tuirisk, and with ``given``."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TUIRISK", "XDG"))}
    return kept | {"XDG_CONFIG_HOME": "/nonexistent"} | given


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode()
