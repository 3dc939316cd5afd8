"""``q`` soon after the first paint, on a busy machine: the exit code is 0, never a signal."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.terminal import Terminal

QUITS = 60
FIRST_S, LAST_S = 0.5, 4.0
"""Seconds from the first paint to ``q``."""
BUSY_PROCESSES = 4
PAINTED = b"tuirisk"


@pytest.fixture
def busy_machine() -> Iterator[None]:
    """Processes that never rest, as long as the test runs."""
    processes = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(BUSY_PROCESSES)
    ]
    yield
    for process in processes:
        process.kill()
        process.wait()


@pytest.mark.slow
@pytest.mark.usefixtures("busy_machine")
def test_sixty_early_quits_end_with_code_zero(tmp_path: Path) -> None:
    step = (LAST_S - FIRST_S) / (QUITS - 1)
    codes = Counter(quit_after(FIRST_S + step * number, tmp_path) for number in range(QUITS))
    assert codes == {0: QUITS}


def quit_after(seconds: float, home: Path) -> int:
    """The exit code of the demo with an account, ``q`` being pressed that long after its paint."""
    terminal = Terminal(["-X", "faulthandler", "-m", "tuirisk", "demo", "--account"], home)
    terminal.until(PAINTED)
    painted = time.monotonic()
    while time.monotonic() - painted < seconds:
        terminal.read()
    terminal.press(b"q")
    code = terminal.end()
    if code:
        print(f"{code} after {seconds:.2f} s:", terminal.seen[-2_000:])
    return code
