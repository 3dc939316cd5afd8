"""The command on a real pseudo-terminal, as a person has it before him."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path

PATIENCE = 30.0
"""Real seconds after which a test has failed."""
LEFT = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?2004l", b"\x1b[?1003l", b"\x1b[?1004l", b"\x1b[?7h")
"""What takes back the other screen, the hidden cursor, reports of pastes, mouse and focus."""


class Terminal:
    """A process on a terminal of 120×40 that no other process reads."""

    def __init__(self, words: Sequence[str], home: Path) -> None:
        """``words`` follow the interpreter; ``home`` holds whatever is kept."""
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self.before = termios.tcgetattr(self.slave)
        hushed = ("NO_COLOR", "TEXTUAL_ANIMATIONS", "COLUMNS", "LINES")
        environ = {name: text for name, text in os.environ.items() if name not in hushed}
        environ |= dict.fromkeys(("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"), str(home))
        environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        self.process = subprocess.Popen(
            [sys.executable, *words],
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            env=environ,
            start_new_session=True,
        )
        self.seen = b""

    def read(self) -> None:
        """Take what comes within a moment."""
        if select.select([self.master], [], [], 0.05)[0]:
            self.seen += os.read(self.master, 65_536)

    def until(self, *marks: bytes) -> None:
        """Read until every mark was seen since the last call."""
        begun, start = time.monotonic(), len(self.seen)
        while not all(mark in self.seen[start:] for mark in marks):
            self.read()
            assert time.monotonic() - begun < PATIENCE, self.seen[-2_000:]
            assert self.process.poll() is None or not self._silent(), self.seen[-2_000:]

    def press(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def end(self) -> int:
        """The exit code, once it has one; the terminal must be as it was."""
        begun = time.monotonic()
        while self.process.poll() is None:
            self.read()
            assert time.monotonic() - begun < PATIENCE, self.seen[-2_000:]
        while not self._silent():
            self.read()
        assert termios.tcgetattr(self.slave) == self.before
        os.close(self.slave)
        os.close(self.master)
        return self.process.returncode

    def _silent(self) -> bool:
        return not select.select([self.master], [], [], 0)[0]

    @property
    def afterwards(self) -> bytes:
        """What was written once the other screen was left."""
        return self.seen.rpartition(b"\x1b[?1006l")[2]
