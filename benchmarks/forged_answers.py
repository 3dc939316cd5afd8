"""One false answer of every endpoint, of every kind, against a run without any.

    python -m benchmarks.forged_answers                            # the table
    python -m benchmarks.forged_answers --only /fapi/v3/account    # endpoints with that in the path
    python -m benchmarks.forged_answers --forgery "amounts*"

On virtual time (``benchmarks.simulation``). The first or the second answer of a path is replaced by
one of ``benchmarks.simulation.forgeries``; every published state is compared with that of the
undisturbed run at the same moment. Wrong: a number shown for a symbol that is ``ready``, or of the
account, that differs by more than 5 %. Ends with 1 where one is wrong for longer than 15 s.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections import defaultdict
from collections.abc import Collection, Coroutine, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, TypeAlias
from unittest import mock

import msgspec
from yarl import URL

from benchmarks.simulation.forgeries import FORGERIES, forged_answer
from benchmarks.simulation.memory_session import HttpAnswer
from benchmarks.simulation.run import Outcome, Simulation
from benchmarks.simulation.world import NoFaults, World
from tuirisk.monitor.monitor import Monitor
from tuirisk.state import RiskState
from tuirisk.state.codec import to_json

PUBLIC = (
    "/fapi/v1/exchangeInfo", "/fapi/v1/fundingInfo", "/fapi/v1/fundingRate", "/fapi/v1/time",
    "/fapi/v1/premiumIndex", "/fapi/v1/openInterest", "/futures/data/openInterestHist",
    "/futures/data/globalLongShortAccountRatio", "/futures/data/topLongShortPositionRatio",
    "/fapi/v1/depth", "/fapi/v1/klines",
)  # fmt: skip
SIGNED = (
    "/fapi/v3/account", "/fapi/v3/positionRisk", "/fapi/v1/symbolConfig", "/fapi/v1/accountConfig",
    "/fapi/v1/leverageBracket", "/fapi/v1/openOrders", "/fapi/v1/openAlgoOrders",
    "/fapi/v1/income", "/fapi/v1/userTrades", "/fapi/v1/listenKey",
)  # fmt: skip
PATHS = (*PUBLIC, *SIGNED)
SYMBOL = "BTCUSDT"
MOST_WRONG_S = 15
SECONDS = 50.0
TOLERANCE = 0.05
SOONER = {
    "tuirisk.feed.binance.rest.derivatives_polls.STATISTICS_POLL": 20.0,
    "tuirisk.feed.binance.rest.derivatives_polls.OPEN_INTEREST_POLL": 20.0,
    "tuirisk.feed.binance.rest.derivatives_polls.FUNDING_POLL": 20.0,
    "tuirisk.feed.binance.live.LISTINGS_POLL": 20.0,
}
"""Seconds between two polls: as many answers come in a minute as else in an hour."""
_NO_NUMBERS = ("age_ms", "freshness", "messages", "notes", "as_of", "time")
"""Parts of a state that tell how the run fares, not what the market or the account is."""
Place: TypeAlias = tuple[str, ...]
Facts: TypeAlias = Mapping[Place, Any]


class ForgedAnswers(NoFaults):
    """Replaces one answer of each of ``paths``: the first where ``nth`` is 0."""

    def __init__(self, paths: Collection[str], forgery: str, nth: int) -> None:
        self.forged_at: dict[str, float] = {}
        """Path → when its answer was replaced, seconds of the run."""
        self._paths = paths
        self._forgery = forgery
        self._nth = nth
        self._answers: dict[str, int] = defaultdict(int)

    def answer(self, url: URL, answer: HttpAnswer) -> HttpAnswer:
        path = url.path
        if path not in self._paths or answer.status != 200:
            return answer
        self._answers[path] += 1
        if self._answers[path] != self._nth + 1:
            return answer
        self.forged_at[path] = asyncio.get_running_loop().time()
        return HttpAnswer(200, forged_answer(self._forgery, answer.body), answer.headers)


class ForgedRun(Simulation):
    """A run in which answers of ``paths`` are false; of no path it is the undisturbed one."""

    def __init__(
        self, paths: Collection[str], forgery: str, nth: int, seconds: float, *, account: bool
    ) -> None:
        super().__init__(1, seconds, (SYMBOL,), account=account, cadence=1.0)
        self.faults = ForgedAnswers(paths, forgery, nth)
        self.facts: dict[int, Facts] = {}
        """Second → what the state then said."""

    def disturb(self, world: World) -> Coroutine[Any, Any, None]:
        world.faults = self.faults
        return asyncio.sleep(0.0)

    def on_state(self, state: RiskState, monitor: Monitor) -> None:
        self.facts[round(self.loop.now)] = facts_of(state)

    def run(self) -> Outcome:
        with ExitStack() as patches:
            for name, seconds in SOONER.items():
                patches.enter_context(mock.patch(name, seconds))
            return super().run()


def facts_of(state: RiskState) -> Facts:
    """Every number and word of what ``state`` says of the market and the account, by its place;
    nothing of a symbol that is not ready."""
    told = msgspec.json.decode(to_json(state))
    ready = {name: part for name, part in told["symbols"].items() if part["status"] == "ready"}
    return dict(_leaves({"symbols": ready, "account": told["account"]}, ()))


def _leaves(value: Any, place: Place) -> Iterator[tuple[Place, Any]]:
    if isinstance(value, dict):
        for name, part in value.items():
            if name not in _NO_NUMBERS:
                yield from _leaves(part, (*place, name))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _leaves(part, (*place, str(number)))
    else:
        yield place, value


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one false answer came to."""

    forgery: str
    paths: tuple[str, ...]
    forged: int
    """How many answers were replaced."""
    wrong: Mapping[Place, int]
    """Place in the state → for how many seconds it was wrong at most without a break."""
    dropped: int
    failure: str

    @property
    def longest(self) -> int:
        return max(self.wrong.values(), default=0)

    @property
    def good(self) -> bool:
        return self.longest <= MOST_WRONG_S and not self.failure


@lru_cache(maxsize=2)
def _undisturbed(account: bool, seconds: float) -> dict[int, Facts]:
    run = ForgedRun((), "", 0, seconds, account=account)
    run.run()
    return run.facts


def judge(paths: tuple[str, ...], forgery: str, nth: int, seconds: float = SECONDS) -> Verdict:
    """Run with one false answer of each of ``paths`` and compare."""
    account = not set(paths) <= set(PUBLIC)
    run = ForgedRun(paths, forgery, nth, seconds, account=account)
    outcome = run.run()
    wrong: dict[Place, int] = defaultdict(int)
    lasting: dict[Place, int] = {}
    true_facts = _undisturbed(account, seconds)
    for second, shown in run.facts.items():
        true = true_facts.get(second, {})
        differing = _differences(shown, true)
        lasting = {place: lasting.get(place, 0) + 1 for place in differing}
        for place, count in lasting.items():
            wrong[place] = max(wrong[place], count)
    return Verdict(
        forgery, paths, len(run.faults.forged_at), wrong, outcome.dropped, outcome.failure
    )


def _differences(shown: Facts, true: Facts) -> set[Place]:
    """Places of numbers that are not true, and of positions that are there and not shown.

    What is missing with a reason is not shown as live.
    """
    found = {
        place
        for place, value in shown.items()
        if value is not None and place in true and not _alike(value, true[place])
    }
    held = (place for place in true if place[2:] == ("position", "quantity"))
    return found | {p for p in held if p not in shown and (*p[:2], "status") in shown}


def _alike(one: Any, other: Any) -> bool:
    numbers = (int, float)
    if isinstance(one, numbers) and isinstance(other, numbers) and not isinstance(one, bool):
        return abs(one - other) <= TOLERANCE * max(abs(one), abs(other)) + 1e-6
    return not isinstance(one, numbers) or isinstance(one, bool) or one == other


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="endpoints with that in their path")
    parser.add_argument("--forgery", default="*", help="a shell pattern")
    parser.add_argument("--nth", default="0,1", help="answers that are replaced, from 0 on")
    arguments = parser.parse_args()
    failed = runs = 0
    for path in [path for path in PATHS if arguments.only in path]:
        for nth in map(int, arguments.nth.split(",")):
            for forgery in [name for name in FORGERIES if fnmatchcase(name, arguments.forgery)]:
                verdict = judge((path,), forgery, nth)
                runs += 1
                failed += not verdict.good
                print(describe(verdict, nth), flush=True)
    print(f"{failed} of {runs} wrong for longer than {MOST_WRONG_S} s")
    return 1 if failed else 0


def describe(verdict: Verdict, nth: int) -> str:
    """One line, and where something is wrong for long what it is."""
    word = "ok" if verdict.good else "FAILED"
    asked = "" if verdict.forged else ", never asked for"
    line = (
        f"{word:<7}{verdict.longest:>4} s  {verdict.dropped:>4} dropped  "
        f"{', '.join(verdict.paths)} #{nth} {verdict.forgery}{asked} {verdict.failure}"
    )
    long = [p for p, seconds in verdict.wrong.items() if seconds > MOST_WRONG_S]
    return "\n".join([line, *(f"          {'.'.join(place)}" for place in long[:5])])


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, "-m", "benchmarks.forged_answers", *sys.argv[1:]])
    sys.exit(main())
