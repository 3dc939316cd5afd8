"""Seeds of a simulated market under faults.

    python -m benchmarks.simulation --seeds 0-99 --minutes 5
    python -m benchmarks.simulation --seeds 17 --minutes 5      # replays seed 17 to the bit

Ends with 1 where a seed failed.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator

from benchmarks.simulation.run import describe, simulate


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default="0-19", help="a seed, or FIRST-LAST (default: 0-19)")
    parser.add_argument("--minutes", type=float, default=5.0, help="of market a seed")
    parser.add_argument("--symbols", default="BTCUSDT,DOGEUSDT")
    parser.add_argument("--cadence", type=float, default=0.25, help="seconds between states")
    parser.add_argument("--calm", action="store_true", help="without faults")
    arguments = parser.parse_args()
    began, cpu, failed, states, live = time.monotonic(), time.process_time(), [], 0, 0
    for seed in _seeds(arguments.seeds):
        outcome = simulate(
            seed,
            arguments.minutes,
            tuple(arguments.symbols.split(",")),
            cadence=arguments.cadence,
            disturbed=not arguments.calm,
        )
        print(describe(outcome), flush=True)
        states, live = states + outcome.states, live + outcome.ready
        failed += [] if outcome.good else [seed]
    seconds = time.monotonic() - began
    print(
        f"{states} states, {live} shown as live, {len(failed)} seeds failed {failed}; "
        f"{seconds:.0f} s, {time.process_time() - cpu:.0f} s of CPU"
    )
    return 1 if failed else 0


def _seeds(text: str) -> Iterator[int]:
    first, _, last = text.partition("-")
    return iter(range(int(first), int(last or first) + 1))


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":
        # The order of a set of strings is part of a run.
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, "-m", "benchmarks.simulation", *sys.argv[1:]])
    sys.exit(main())
