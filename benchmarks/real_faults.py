"""The faults of ``benchmarks.faults`` over real sockets, the product in a process of its own.

    python -m benchmarks.faults --real --jobs 4

The world of the simulation stands behind a relay on loopback (``benchmarks.simulation.front``), in
real time; what the product publishes comes back through a pipe and is judged against the exchange.
A process is stopped by SIGSTOP and killed by SIGKILL, a disk is full by RLIMIT_FSIZE, a name is not
resolved and the system's time set as the process sees it, TLS is refused by another certificate.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import os
import pickle
import random
import resource
import signal
import ssl
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.faults import ACCOUNT, BEGIN, FAULTS, PROCESS, Fault, Observation, Row
from benchmarks.simulation.faults import DrawnFaults
from benchmarks.simulation.front import Front
from benchmarks.simulation.judge import Judge
from benchmarks.simulation.published import Published
from benchmarks.simulation.run import template
from benchmarks.simulation.truth import Truth
from benchmarks.simulation.world import World

SYMBOL = "BTCUSDT"
CADENCE = 0.25
CALM = 4.0
"""Seconds between the product's first state that is ready and the fault."""
STARTING = 120.0
"""Seconds in which the product must have started."""
ROOM_LEFT = 20_000
"""Bytes that a full disk still takes."""


class RealRun:
    """One fault of one product process."""

    def __init__(self, fault: Fault, folder: Path) -> None:
        self.fault = fault
        self.folder = folder
        self.kinds = {kind for kind, *_ in fault.parts}
        exchange = copy.deepcopy(template((SYMBOL,), fault in ACCOUNT))
        self.truth = Truth(exchange, (SYMBOL,))
        self.judge = Judge(self.truth)
        self.observation = Observation(fault, self.truth)
        self._recording = folder / "full.rec"
        self.process: asyncio.subprocess.Process | None = None
        self._ready = asyncio.Event()
        self._origin = 0.0
        """The loop's time that the seconds of the run are counted from."""

    def run(self) -> Row:
        """Run to the end and judge; to be called in a thread of its own."""
        with asyncio.Runner() as runner:
            runner.run(self._main())
        return self.observation.row(self.fault.name, self.judge)

    @property
    def _now(self) -> float:
        return self._loop.time() - self._origin

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        world = self.world = World(self.truth.exchange, self._loop, self.truth)
        tls = None
        if "tls" in self.kinds:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._use_certificate(tls, "good")
        front = Front(world, tls)
        await front.start()
        self.url = f"http{'s' if tls else ''}://localhost:{front.port}"
        tasks = [asyncio.ensure_future(world.run())]
        try:
            await self._start()
            tasks.append(asyncio.ensure_future(self._disturb(tls)))
            await asyncio.sleep(self.observation.seconds - self._now)
        finally:
            for task in tasks:
                task.cancel()
            await self._kill()
            await front.stop()
        for task in tasks:
            if task.done() and not task.cancelled() and task.exception() is not None:
                raise RuntimeError(self.fault.name) from task.exception()

    async def _start(self) -> None:
        """Start the product; BEGIN counts from its first state that is ready."""
        command = [sys.executable, "-m", "benchmarks.simulation.product", self.url, SYMBOL]
        command += [str(CADENCE), str(self.folder)]
        if "full_disk" in self.kinds:
            command += ["--record", str(self._recording)]
        environment = dict(os.environ, SSL_CERT_FILE=str(self.folder / "ca.pem"))
        account = self.world.account
        if account is not None:
            environment |= {"TUIRISK_API_KEY": account.key, "TUIRISK_API_SECRET": account.secret}
        self.process = await asyncio.create_subprocess_exec(
            *command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
        )
        self._reading = asyncio.ensure_future(self._read(self.process))
        await asyncio.wait_for(self._ready.wait(), STARTING)

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                (length,) = struct.unpack("!I", await process.stdout.readexactly(4))
                published: Published = pickle.loads(await process.stdout.readexactly(length))
                self._judge(published)

    def _judge(self, published: Published) -> None:
        state, market = published.state, published
        symbols = state.symbols.values()
        if not self._ready.is_set() and symbols and all(s.status == "ready" for s in symbols):
            self._ready.set()
            self._origin = self._loop.time() + CALM - BEGIN
        if self._ready.is_set():
            self.judge.judge(state, market)  # type: ignore[arg-type]
            self.observation.on_state(self._now, state, market)  # type: ignore[arg-type]

    async def _disturb(self, tls: ssl.SSLContext | None) -> None:
        # What concerns the process or its host is done to them; the rest by the relay.
        relayed = tuple(
            replace(episode, begin=episode.begin + self._origin, end=episode.end + self._origin)
            for episode in self.fault.episodes()
            if episode.kind not in ("dns", "tls")
        )
        self.world.faults = drawn = DrawnFaults(
            self.world, relayed, random.Random(1), self.judge, self._set_clock, self._stand_still
        )
        faults = asyncio.ensure_future(drawn.run())
        await asyncio.sleep(BEGIN - self._now)
        await self._begin(tls)
        await asyncio.sleep(self.fault.seconds)
        self._end(tls)
        await faults

    async def _begin(self, tls: ssl.SSLContext | None) -> None:
        assert self.process is not None
        if "dns" in self.kinds:
            (self.folder / "dns").touch()
        if tls is not None:
            self._use_certificate(tls, "bad")
        if "full_disk" in self.kinds:
            most = self._recording.stat().st_size + ROOM_LEFT
            limits = most, most
            resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, limits)
        if "kill" in self.kinds:
            await self._kill()
            await self._start()

    def _end(self, tls: ssl.SSLContext | None) -> None:
        (self.folder / "dns").unlink(missing_ok=True)
        if tls is not None:
            self._use_certificate(tls, "good")

    def _use_certificate(self, tls: ssl.SSLContext, name: str) -> None:
        make_certificates(self.folder)
        tls.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}.key")

    def _set_clock(self, seconds: float) -> None:
        (self.folder / "clock").write_text(str(seconds))

    def _stand_still(self, seconds: float) -> None:
        self._signal(signal.SIGSTOP)
        self._loop.call_later(seconds, self._signal, signal.SIGCONT)

    async def _kill(self) -> None:
        self._signal(signal.SIGKILL)
        if self.process is not None:
            await self.process.wait()
            await self._reading

    def _signal(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)


def make_certificates(folder: Path) -> None:
    """``ca.pem``, by it ``good.pem`` for localhost, and ``bad.pem`` by itself; made once."""
    if (folder / "ca.pem").exists():
        return
    name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]

    def openssl(*words: Any) -> None:
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)

    for kind in ("ca", "bad"):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", 2, *name,
                "-keyout", folder / f"{kind}.key", "-out", folder / f"{kind}.pem")  # fmt: skip
    (folder / "good.key").write_bytes((folder / "ca.key").read_bytes())
    (folder / "good.pem").write_bytes((folder / "ca.pem").read_bytes())


def run_fault(name: str) -> Row:
    """The line of the fault of this name."""
    fault = next(fault for fault in (*FAULTS, *PROCESS) if fault.name == name)
    with tempfile.TemporaryDirectory() as folder:
        return RealRun(fault, Path(folder)).run()


def run_faults(names: Sequence[str], jobs: int) -> Iterable[Row]:
    """The lines of the faults of these names, in their order, ``jobs`` at a time."""
    for account in (False, True):
        template((SYMBOL,), account)
    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(run_fault, names)
