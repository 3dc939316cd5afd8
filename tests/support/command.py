"""The command line as a subprocess, for tests."""

from __future__ import annotations

import os
import subprocess
import sys


def tuirisk(
    *words: object, timeout: float = 60, **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run with no terminal, no configuration of the machine's own, and no network but loopback."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TUIRISK", "XDG"))}
    return subprocess.run(
        [sys.executable, "-m", "tuirisk", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
        env=kept | {"XDG_CONFIG_HOME": "/nonexistent"} | environ,
        check=False,
    )
