"""Every fault once: when it is detected, when it has been recovered from, what was shown meanwhile.

    python -m benchmarks.faults                   # the table
    python -m benchmarks.faults --only late       # faults whose name has that in it
    python -m benchmarks.faults --quick           # one in four
    python -m benchmarks.faults --markdown        # as docs/reliability.md has it
    python -m benchmarks.faults --real --jobs 4   # over real sockets, in real time

On virtual time (``benchmarks.simulation``): the seconds are those of the exchange and the feed, and
the machine does not blur them. Detected: from the fault's begin until a symbol is not ``ready``,
the connection not ``live``, or a frame dropped, a book built anew or a connection replaced.
Recovered: from the fault's end until everything is as fresh as without it. Wrong: values shown as
live that the exchange did not have within their budgets, forged ones included. Ends with 1 where
one is beyond them, or a fault was not recovered from.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from benchmarks.simulation.faults import DrawnFaults, Episode, NamedKind
from benchmarks.simulation.judge import Judge, unfresh, wrong_positions
from benchmarks.simulation.mutation import LARGEST
from benchmarks.simulation.run import Simulation
from benchmarks.simulation.truth import Truth
from benchmarks.simulation.world import START_MS, World
from tuirisk.market.market import Market
from tuirisk.monitor.monitor import Monitor
from tuirisk.state import RiskState

BEGIN = 12.1
OBSERVED = 40.0
"""Seconds after a fault's end in which its recovery is awaited."""
Changes = tuple[tuple[str, object], ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """A named fault of ``seconds``: (kind, pattern, share, amount, changes) each."""

    name: str
    seconds: float
    parts: tuple[tuple[NamedKind, str, float, float, Changes], ...]

    def episodes(self) -> tuple[Episode, ...]:
        end = BEGIN + self.seconds
        return tuple(
            Episode(kind, BEGIN, end, pattern, share, amount, changes)
            for kind, pattern, share, amount, changes in self.parts
        )


def _fault(
    name: str,
    seconds: float,
    *kinds: NamedKind,
    pattern: str = "*",
    share: float = 1.0,
    amount: float = 0.0,
) -> Fault:
    return Fault(name, seconds, tuple((kind, pattern, share, amount, ()) for kind in kinds))


def _forged(name: str, stream: str, **changes: object) -> Fault:
    return Fault(
        f"forged: {name}", 0.0, (("inject", f"btcusdt@{stream}", 1.0, 0.0, tuple(changes.items())),)
    )


SOCKETS = (
    _fault("connections cut", 0, "cut"),
    _fault("connections cut, refused for 20 s", 20, "cut", "refuse_sockets"),
    _fault("connections half-open", 0, "half_open"),
    _fault("all streams silent for 30 s", 30, "silence"),
    _fault("book silent for 30 s", 30, "silence", pattern="*@depth*"),
    _fault("mark price silent for 30 s", 30, "silence", pattern="*@markPrice*"),
    _fault("bars silent for 90 s", 90, "silence", pattern="*@kline_*"),
    _fault("one depth frame in ten lost", 20, "drop", pattern="*@depth*", share=0.1),
    _fault("every frame twice", 20, "duplicate"),
    _fault("every second frame swapped", 20, "reorder"),
    _fault("frames up to 2 s out of order", 20, "delay", amount=2.0),
    _fault("every frame 8 s late", 30, "late", amount=8.0),
    _fault("every frame 20 s late", 60, "late", amount=20.0),
    _fault("every frame 60 s late", 120, "late", amount=60.0),
    _fault("lag that grows by half a second a second", 60, "growing", amount=0.5),
    _fault("damaged frames, one in three", 20, "damage", share=0.3),
    _fault("black hole for 60 s", 60, "silence", "refuse_requests", "refuse_sockets"),
)  # fmt: skip
HOST = (
    _fault("serverShutdown announced", 0, "shutdown"),
    _fault("DNS gone for 30 s", 30, "cut", "dns"),
    _fault("TLS refused for 30 s", 30, "cut", "tls"),
    _fault("process stopped for 60 s", 60, "standstill", amount=60.0),
    _fault("machine's clock set back an hour", 0, "clock_back"),
)
STATUSES = (400, 403, 418, 429, 451, 500, 503)
HTTP = (
    *(
        _fault(f"HTTP {status} for 20 s, connections cut", 20, "cut", "status", amount=status)
        for status in STATUSES
    ),
    _fault("answers up to 20 s late, connections cut", 20, "cut", "slow", amount=20.0),
    _fault("requests refused for 30 s, connections cut", 30, "cut", "refuse_requests"),
    _fault("answers damaged for 20 s, connections cut", 20, "cut", "damage_answer"),
    _fault("old snapshots for 20 s, connections cut", 20, "cut", "old_snapshot"),
)
ACCOUNT = (
    Fault("key refused for 180 s, position closed", 180, (
        ("refuse_key", "*", 1.0, 0.0, ()), ("drop", "account", 1.0, 0.0, ()),
        ("close_position", "*", 1.0, 0.0, ()))),
    _fault("private socket lost, position closed", 0, "cut_private", "close_position"),
    Fault("private events lost, position closed", 5, (
        ("drop", "account", 1.0, 0.0, ()), ("close_position", "*", 1.0, 0.0, ()))),
    _fault("listen key expired", 0, "expire_key"),
)  # fmt: skip
HOUR_MS = 3_600_000
FORGED = (
    _forged("update id 2⁶³−1", "depth@100ms", pu=("u", 0), U=("u", 1), u=LARGEST),
    _forged("update id 100 000 too high", "depth@100ms", pu=("u", 0), U=("u", 1), u=("u", 100_000)),
    _forged(
        "crossed book", "depth@100ms", pu=("u", 0), U=("u", 1), u=("u", 9), b=[["999999", "1"]]
    ),
    _forged("depth an hour ahead", "depth@100ms", E=("E", HOUR_MS), T=("E", HOUR_MS)),
    _forged("trade id 2⁶³−1", "aggTrade", a=LARGEST, p="60000"),
    _forged("trade price", "aggTrade", a=("a", 1), p="6"),
    _forged("mark price a hundredfold", "markPrice@1s", p="9000000"),
    _forged("mark an hour ahead", "markPrice@1s", E=("E", HOUR_MS)),
    _forged("mark of 2100", "markPrice@1s", E=4_102_444_799_000),
    _forged("mark of an hour ago", "markPrice@1s", E=("E", -HOUR_MS)),
    _forged("funding rate of 90 %", "markPrice@1s", r="0.9"),
    _forged("bar of 2099", "kline_15m", t=4_102_443_900_000, T=4_102_444_799_999, x=True),
    _forged("hour closed early", "kline_1h", x=True),
    _forged("day closed early", "kline_1d", x=True),
    _forged("bar off its grid", "kline_15m", t=START_MS + 1, T=START_MS + 900_000),
    _forged("bar of a hundredfold", "kline_15m", c="9000000", h="9000000"),
)
PROCESS = (
    _fault("process killed and started again", 0, "kill"),
    _fault("disk of the recording full", 0, "full_disk"),
)
"""With ``--real`` alone."""
GROUPS = (SOCKETS, HOST, HTTP, ACCOUNT, FORGED)
FAULTS = tuple(fault for group in GROUPS for fault in group)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table; seconds, None where it never came to that."""

    name: str
    detected: float | None
    recovered: float | None
    wrong: int
    states: int
    beyond: int
    """Of ``wrong``, those that the budgets do not excuse."""


class Observation:
    """When a fault was detected, and when it had been recovered from, by the published states."""

    def __init__(self, fault: Fault, truth: Truth) -> None:
        self.detected: float | None = None
        self.recovered: float | None = None
        self.end = BEGIN + fault.seconds
        # What is late by so long comes for so long after the fault's end.
        late = max(amount * (amount < 100) for _, _, _, amount, _ in fault.parts)
        self.seconds = self.end + late + OBSERVED
        """How long the run is."""
        self._truth = truth
        self._before = 0

    def on_state(self, now: float, state: RiskState, market: Market) -> None:
        """Take a state published ``now`` (seconds of the run)."""
        connection = state.connection
        counted = connection.dropped_frames + connection.resyncs + connection.reconnects
        if now <= BEGIN:
            self._before = counted
            return
        well = connection.status == "live" and counted == self._before
        well = well and connection.recording is None
        well = well and all(symbol.status == "ready" for symbol in state.symbols.values())
        if not well and self.detected is None:
            self.detected = now - BEGIN
        if now < self.end:
            return
        if unfresh(state, self._truth, market) or wrong_positions(state, self._truth):
            self.recovered = None
        elif self.recovered is None:
            self.recovered = max(0.0, now - self.end)

    def row(self, name: str, judge: Judge) -> Row:
        """The line of the table."""
        beyond = len(judge.findings)
        wrong = beyond + sum(judge.graced.values())
        return Row(name, self.detected, self.recovered, wrong, judge.ready, beyond)


class FaultRun(Simulation):
    """One fault, from an undisturbed start until it has been recovered from."""

    def __init__(self, fault: Fault, symbols: tuple[str, ...], cadence: float) -> None:
        self.fault = fault
        super().__init__(1, 0.0, symbols, account=fault in ACCOUNT, cadence=cadence)
        self.observation = Observation(fault, self.truth)
        self.seconds = self.observation.seconds

    def disturb(self, world: World) -> Coroutine[Any, Any, None]:
        self.episodes = self.fault.episodes()
        world.faults = drawn = DrawnFaults(
            world, self.episodes, random.Random(1), self.judge, self._set_clock, self._stand_still
        )
        return drawn.run()

    def on_state(self, state: RiskState, monitor: Monitor) -> None:
        self.observation.on_state(self.loop.now, state, monitor.market)

    def row(self) -> Row:
        self.run()
        return self.observation.row(self.fault.name, self.judge)


def run_fault(fault: Fault, symbols: tuple[str, ...] = ("BTCUSDT",), cadence: float = 0.25) -> Row:
    """The line of one fault."""
    return FaultRun(fault, symbols, cadence).row()


def run_real(faults: Sequence[Fault], jobs: int) -> Iterable[Row]:
    """The lines of ``faults`` over real sockets, in real time, ``jobs`` at a time."""
    from benchmarks.real_faults import run_faults

    return run_faults([fault.name for fault in faults], jobs)


def table(rows: Iterable[Row], markdown: bool) -> Iterable[str]:
    """The lines of the table, each as soon as its fault has been run."""
    if markdown:
        yield "| fault | detected after | recovered after | wrong shown as live |"
        yield "|---|---|---|---|"
    else:
        yield f"{'fault':<46} {'detected':>9} {'recovered':>10} {'wrong of shown as live':>24}"
    for row in rows:
        detected = "–" if row.detected is None else f"{row.detected:.1f} s"
        recovered = "not" if row.recovered is None else f"{row.recovered:.1f} s"
        wrong = f"{row.wrong} of {row.states}" + (f", {row.beyond} BEYOND" if row.beyond else "")
        if markdown:
            yield f"| {row.name} | {detected} | {recovered} | {wrong} |"
        else:
            yield f"{row.name:<46} {detected:>9} {recovered:>10} {wrong:>24}"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--only", default="", help="faults with this (or one of these) in their name"
    )
    parser.add_argument("--quick", action="store_true", help="one fault in four")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument(
        "--real", action="store_true", help="over real sockets, the product a process of its own"
    )
    parser.add_argument("--jobs", type=int, default=4, help="faults at a time with --real")
    arguments = parser.parse_args()
    words = arguments.only.split(",")
    listed = (*FAULTS, *PROCESS) if arguments.real else FAULTS
    faults = [fault for fault in listed if any(word in fault.name for word in words)]
    if arguments.quick:
        faults = faults[::4]
    rows: list[Row] = []

    def run() -> Iterable[Row]:
        for row in run_real(faults, arguments.jobs) if arguments.real else map(run_fault, faults):
            rows.append(row)
            yield row

    for line in table(run(), arguments.markdown):
        print(line, flush=True)
    if arguments.markdown:
        print(f"\n{datetime.now(UTC):%Y-%m-%d}, {sum(row.states for row in rows)} times live")
    return 1 if any(row.beyond or row.recovered is None for row in rows) else 0


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, "-m", "benchmarks.faults", *sys.argv[1:]])
    sys.exit(main())
