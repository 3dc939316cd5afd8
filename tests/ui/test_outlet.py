"""A terminal that does not read is not painted for; once it reads again, it is."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import select
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager

from tuirisk.terminal.backpressure import BackPressure

PATIENCE = 20.0


@contextmanager
def full() -> Iterator[tuple[int, int]]:
    """A terminal whose program waits to write more: (its reader's end, its program's end)."""
    master, slave = pty.openpty()
    tty.setraw(slave)

    def write() -> None:
        with contextlib.suppress(OSError):
            os.write(slave, b"x" * 200_000)

    writer = threading.Thread(target=write)
    writer.start()
    terminal = select.poll()
    terminal.register(slave, select.POLLOUT)
    while terminal.poll(0):
        pass
    try:
        yield master, slave
    finally:
        os.close(master)
        writer.join(PATIENCE)
        os.close(slave)


async def test_a_full_terminal_takes_nothing_until_it_is_read() -> None:
    with full() as (master, slave):
        resumed = asyncio.Event()
        outlet = BackPressure(slave, resumed.set)
        assert not outlet.takes()
        assert not outlet.takes()
        assert not resumed.is_set()
        os.set_blocking(master, False)
        async with asyncio.timeout(PATIENCE):
            while not resumed.is_set():
                with contextlib.suppress(BlockingIOError):
                    os.read(master, 65_536)
                await asyncio.sleep(0)
        assert outlet.takes()
        outlet.close()


async def test_an_idle_terminal_takes_at_once() -> None:
    master, slave = pty.openpty()
    outlet = BackPressure(slave, lambda: None)
    assert outlet.takes()
    outlet.close()
    os.close(slave)
    os.close(master)


async def test_back_pressure_calls_nothing_after_close() -> None:
    with full() as (master, slave):
        told: list[str] = []
        outlet = BackPressure(slave, lambda: told.append("resumed"))
        assert not outlet.takes()
        outlet.close()
        left = 200_000
        while left:
            left -= len(os.read(master, 65_536))
        for _ in range(50):
            await asyncio.sleep(0.002)
        assert told == []
