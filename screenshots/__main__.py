"""Redraw the README's pictures from the embedded exchange: fixed seed, fixed clock, no terminal.

python -m screenshots
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterable
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

from screenshots.svg import picture
from tuirisk.config.model import AccountConfig, Config, PositionConfig
from tuirisk.feed.clock import WallClock
from tuirisk.feed.replay import ReplaySource
from tuirisk.language.reason import Reason
from tuirisk.monitor.monitor import Monitor
from tuirisk.simulator.recording import recorded_session
from tuirisk.state import RiskState

HERE = Path(__file__).parent
START_MS = 1_795_354_200_000
"""2026-11-22 14:10 UTC."""
SEED = 7
POSITION = PositionConfig("BTCUSDT", "long", 0.15, 78_400.0, leverage=10)
CALM = Config(positions=(POSITION,))
CRASH = Config(
    account=AccountConfig(equity=50_000.0),
    positions=(
        PositionConfig("BTCUSDT", "long", 2.0, 78_400.0, leverage=10),
        PositionConfig("ETHUSDT", "long", 60.0, 2_350.0, leverage=10),
        PositionConfig("SOLUSDT", "short", 300.0, 121.0, leverage=6),
    ),
)
MORE = ("DOGEUSDT", "ADAUSDT", "AVAXUSDT", "LINKUSDT", "LTCUSDT", "DOTUSDT", "TRXUSDT")


@dataclass(frozen=True)
class Picture:
    name: str
    size: tuple[int, int]
    config: Config = CALM
    scenario: str = "calm"
    seconds: float = 45
    theme: str = "nord"
    language: str = "en"
    keys: tuple[str, ...] = ()


PICTURES = (
    Picture("crash-120x40", (120, 40), CRASH, "crash", seconds=120, theme="aurora"),
    Picture("dashboard-80x24", (80, 24)),
    Picture("dashboard-120x40", (120, 40)),
    Picture(
        "crash-200x60",
        (200, 60),
        replace(CRASH, symbols=CRASH.symbols + MORE),
        "crash",
        seconds=120,
    ),
    Picture("market-120x40", (120, 40), keys=("enter",)),
    Picture("leverage-120x40", (120, 40), keys=("5",)),
    Picture("chinese-120x40", (120, 40), theme="light", language="zh"),
)


async def last_state(scenario: str, seconds: float, config: Config) -> RiskState:
    """The state after ``seconds`` of the embedded exchange's time."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{scenario}.rec"
        lines = recorded_session(config.symbols, SEED, scenario, seconds, START_MS)
        path.write_bytes(b"".join(lines))
        source = ReplaySource(path, clock=WallClock())
        async with aclosing(Monitor(source, config).states()) as states:  # type: ignore[type-var]
            latest = await last_before_the_end(states)
    return replace(latest, source="simulator")


async def last_before_the_end(states: AsyncIterable[RiskState]) -> RiskState:
    """The last state before the one that says that the recording ended.

    Raises:
        ValueError: there is none.
    """
    latest: RiskState | None = None
    async for state in states:
        if str(Reason("recording_ended")) in str(state.connection.message):
            break
        latest = state
    if latest is None:
        raise ValueError("the recording ended before its first state")
    return latest


def main() -> None:
    states: dict[tuple[object, ...], RiskState] = {}
    for wanted in PICTURES:
        config, size = wanted.config, wanted.size
        key = (wanted.scenario, wanted.seconds, config.symbols, config.positions)
        if key not in states:
            states[key] = asyncio.run(last_state(wanted.scenario, wanted.seconds, config))
        path = HERE / f"{wanted.name}.svg"
        picture(states[key], config, size, wanted.theme, wanted.language, path, wanted.keys)
        print(path.relative_to(HERE.parent))


if __name__ == "__main__":
    main()
