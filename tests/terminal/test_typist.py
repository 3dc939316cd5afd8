"""A typist who hits any key, in bunches, in every view and dialog: the monitor lives."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from support.terminal import Terminal

KEYS = [
    *(bytes([code]) for code in range(0x20, 0x7F) if code not in b"q"),
    *(b"\r", b"\t", b"\x7f", b"\x1b", b"\x0b", b"\x15", b"\x10", b"\r\r", b"\x1b\x1b"),
    *(b"\x1b[A", b"\x1b[B", b"\x1b[C", b"\x1b[D", b"\x1b[H", b"\x1b[F", b"\x1b[5~", b"\x1b[6~"),
    *(b"\x1b[Z", b"\x1bOP", b"\x1b[15~", b"\x1b[1;5C", b"\x1b[3~"),
    *(b"\x1b[<0;30;9M", b"\x1b[<0;30;9m"),
    *(b"\x1b[200~paste\x1b[201~", "币".encode(), "é".encode()),
]  # fmt: skip
ODD = [
    b"\xff",
    b"\xff\xfe",
    "中文".encode("gbk"),
    b"\xe9",
    b"\x1b[?64;1;2c",
    b"\x1b]11;rgb:0000/0000/0000\x07",
    b"\x1bP>|XTerm(370)\x1b\\",
    b"\x1b[99999999u",
    b"\x1b[55296u",
    b"\x1b[12",
    b"\x1b[200~",
    b"\x1b[<0;99999;99999M",
    b"\x1b[<35;-5;0M",
    b"\x1b[I\x1b[O",
    b"\x00",
]
OPENERS = [b"W", b"a", b"?", b"/", b":", b"\x10", b"o", b"w", b"e", b"l", b"\r", b"c", b"t"]
A_KEY_S = 0.01
"""Seconds given to the screen for a key; what it is behind by is handled before it is left."""
CATCH_UP_S = 120.0


def type_at_random(terminal: Terminal, rng: random.Random, keys: int) -> int:
    """Type until ``keys`` are typed or the monitor is quit by the palette; how many were."""
    typed = 0
    while typed < keys and terminal.process.poll() is None:
        size = min(rng.choice((1, 2, 5, 20, 50, 200)), keys - typed)
        bunch = [rng.choice(ODD if rng.random() < 0.05 else KEYS) for _ in range(size)]
        if rng.random() < 0.5:
            bunch.insert(0, rng.choice(OPENERS))
        if rng.random() < 0.5:
            bunch.append(b"\x1b" if rng.random() < 0.5 else b"\r\r")
        terminal.press(b"".join(bunch))
        typed += size
        until = time.monotonic() + A_KEY_S * size
        while time.monotonic() < until:
            terminal.read()
    return typed


def live_through(seed: int, language: str, keys: int, home: Path) -> None:
    rng = random.Random(seed)
    left = keys
    while left > 0:
        words = ["-m", "tuirisk", "demo", "--account", "--lang", language, "--symbols", "BTCUSDT"]
        terminal = Terminal(words, home)
        terminal.until(b"BTCUSDT")
        left -= type_at_random(terminal, rng, left)
        assert b"Traceback" not in terminal.seen, terminal.seen[-3_000:]
        assert b"a bug" not in terminal.seen, terminal.seen[-3_000:]
        if terminal.process.poll() is None:
            for _ in range(4):
                terminal.press(b"\x1b")
                time.sleep(0.25)
                terminal.read()
            terminal.press(b"q")
        begun = time.monotonic()
        while terminal.process.poll() is None and time.monotonic() - begun < CATCH_UP_S:
            terminal.read()
        assert terminal.end() == 0, terminal.afterwards


def test_a_bunch_of_random_keys_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The palette keeps pictures where it is started.
    monkeypatch.chdir(tmp_path)
    live_through(5, "en", 150, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("seed", range(5))
def test_thousands_of_random_keys_end_nothing(
    tmp_path: Path, seed: int, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    live_through(seed, language, 1_000, tmp_path)
