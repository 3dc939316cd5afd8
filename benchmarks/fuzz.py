"""Mutated frames and answers through decoder, pipeline, market and assessment.

    python -m benchmarks.fuzz --frames 1000000 --answers 100000 --seed 0

In chunks, each a simulated minute (``benchmarks.simulation``): the exchange goes on and is true,
between its frames and answers come copies of them with other bytes, leaves, ids, times, extremes
and types. A chunk fails where a task dies, where something wrong is shown as live 15 s after the
last mutated frame, and where 30 s after it not everything is as fresh as without any. A chunk is
repeated to the bit by its seed alone. Ends with 1 where a chunk failed.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import msgspec
from yarl import URL

from benchmarks.simulation.faults import FAMILIES
from benchmarks.simulation.judge import Judge
from benchmarks.simulation.memory_session import HttpAnswer
from benchmarks.simulation.mutation import mutated
from benchmarks.simulation.run import CALM, RECOVERY, Outcome, Simulation, describe
from benchmarks.simulation.world import NoFaults, World
from tuirisk.feed.binance.bad_frame import BadFrame
from tuirisk.feed.frames import RestFrame

CHUNK_FRAMES = 10_000
CHUNK_ANSWERS = 1_000
FUZZED = 30.0
"""Seconds of market in which the mutated frames of a chunk come."""
STEP = 0.1


class _Collector(NoFaults):
    """Keeps true frames and answers to make others from. Mutates some of the true answers."""

    def __init__(self, rng: random.Random, judge: Judge) -> None:
        self.newest: dict[str, bytes] = {}
        self.share = 0.0
        self._rng = rng
        self._judge = judge

    def frames(self, stream: str, data: bytes) -> list[tuple[float, bytes]]:
        self.newest[stream] = data
        return [(0.0, data)]

    def answer(self, url: URL, answer: HttpAnswer) -> HttpAnswer:
        path = url.path
        if answer.status != 200 or self._rng.random() >= self.share:
            return answer
        if path.startswith("/fapi/v3"):
            # What the account says cannot be checked against anything else.
            for symbol in self._judge.truth.symbols:
                self._judge.forge(symbol, "position")
        return HttpAnswer(200, mutated(answer.body, self._rng), answer.headers)


class Fuzz(Simulation):
    """One chunk."""

    def __init__(self, seed: int, frames: int, answers: int, symbols: tuple[str, ...]) -> None:
        seconds = CALM + FUZZED + RECOVERY
        super().__init__(seed, seconds, symbols, account=seed % 2 == 1, cadence=0.5)
        self.frames = frames
        self.answers = answers

    def disturb(self, world: World) -> Coroutine[Any, Any, None]:
        rng = random.Random(self.seed)
        world.faults = collector = _Collector(rng, self.judge)
        return self._fuzz(world, collector, rng)

    async def _fuzz(self, world: World, collector: _Collector, rng: random.Random) -> None:
        await asyncio.sleep(CALM)
        requests = self._requests()
        steps = round(FUZZED / STEP)
        collector.share = 0.3
        for step in range(steps):
            for _ in range(_part(self.frames, step, steps)):
                self._send_frame(world, collector, rng)
            for _ in range(_part(self.answers, step, steps)):
                self._send_answer(rng.choice(requests), rng)
            await asyncio.sleep(STEP)
        collector.share = 0.0

    def _send_frame(self, world: World, collector: _Collector, rng: random.Random) -> None:
        streams = sorted(collector.newest)
        stream = rng.choice(streams)
        lines = [line for line in world.lines if stream in line.streams or line.private]
        if not lines:
            return
        if stream == "account":
            for symbol in self.symbols:
                self.judge.forge(symbol, "position")
        else:
            symbol = stream.partition("@")[0].upper()
            for part, families in FAMILIES:
                if part in stream:
                    self.judge.forge(symbol, *families)
        for line in lines:
            if line.private == (stream == "account"):
                line.client.put(mutated(collector.newest[stream], rng))

    def _requests(self) -> list[str]:
        """What the feed asks of the exchange without a key."""
        found = ["/fapi/v1/time", "/fapi/v1/exchangeInfo", "/fapi/v1/fundingInfo"]
        for symbol in self.symbols:
            found += [f"/fapi/v1/klines?symbol={symbol}&interval={i}&limit=21" for i in _INTERVALS]
            found += [f"{path}?symbol={symbol}" for path in _PATHS]
            found += [f"{path}?symbol={symbol}&period=5m&limit=30" for path in _STATISTICS]
        return found

    def _send_answer(self, request: str, rng: random.Random) -> None:
        url = URL("http://simulation" + request)
        if url.path == "/fapi/v1/time":
            body = b'{"serverTime":%d}' % self.exchange.now_ms
        else:
            _, content, _ = self.exchange.rest(url.path, dict(url.query))
            body = msgspec.json.encode(content)
        for symbol in self.symbols:
            self.judge.forge(symbol, "book", "mark", "last", "bars")
        received = self.source.clock.now_ns()
        pipeline = self.source.pipeline
        try:
            generation = pipeline.generation(url.query["symbol"]) if url.query else None
            frame = RestFrame(received, f"GET {request}", 200, mutated(body, rng))
            pipeline.process_answer(frame, generation)
        except BadFrame:
            pass


_INTERVALS = ("15m", "1h", "4h", "1d")
_PATHS = (
    "/fapi/v1/depth", "/fapi/v1/premiumIndex", "/fapi/v1/openInterest", "/fapi/v1/fundingRate",
)  # fmt: skip
_STATISTICS = (
    "/futures/data/openInterestHist",
    "/futures/data/topLongShortPositionRatio",
    "/futures/data/globalLongShortAccountRatio",
)


def _part(total: int, step: int, steps: int) -> int:
    return total * (step + 1) // steps - total * step // steps


def fuzz(
    seed: int, frames: int, answers: int, symbols: tuple[str, ...] = ("BTCUSDT", "DOGEUSDT")
) -> Outcome:
    """One chunk of mutated frames and answers."""
    return Fuzz(seed, frames, answers, symbols).run()


def resident_mb() -> float:
    """Resident memory of this process, MB."""
    fields = Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=100_000)
    parser.add_argument("--answers", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0, help="of the first chunk")
    arguments = parser.parse_args()
    chunks = max(1, -(-arguments.frames // CHUNK_FRAMES))
    failed, frames, answers, began = [], 0, 0, time.monotonic()
    memory = []
    for number in range(chunks):
        some = _part(arguments.frames, number, chunks), _part(arguments.answers, number, chunks)
        outcome = fuzz(arguments.seed + number, *some)
        frames, answers = frames + some[0], answers + some[1]
        memory.append(resident_mb())
        print(f"{describe(outcome)}, {memory[-1]:.0f} MB", flush=True)
        failed += [] if outcome.good else [outcome.seed]
    print(
        f"{frames} frames, {answers} answers, {len(failed)} of {chunks} chunks failed {failed}; "
        f"memory {min(memory):.0f}–{max(memory):.0f} MB, {time.monotonic() - began:.0f} s"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, "-m", "benchmarks.fuzz", *sys.argv[1:]])
    sys.exit(main())
