"""Redraw the README's pictures from the embedded exchange: fixed seed, fixed clock, no terminal.

python -m screenshots
"""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

from tuirisk.config import Config, PositionConfig
from tuirisk.feed.clock import WallClock
from tuirisk.feed.replay import ReplaySource
from tuirisk.monitor import Monitor
from tuirisk.simulator.recording import session
from tuirisk.state import RiskState
from tuirisk.ui.picture import picture

HERE = Path(__file__).parent
START_MS = 1_795_354_200_000
"""2026-11-22 14:10 UTC."""
SEED = 7
POSITION = PositionConfig("BTCUSDT", "long", 0.15, 78_400.0, leverage=10)


@dataclass(frozen=True)
class Picture:
    name: str
    size: tuple[int, int]
    scenario: str = "calm"
    seconds: float = 45
    theme: str = "nord"
    language: str = "en"
    keys: tuple[str, ...] = ()


PICTURES = (
    Picture("dashboard-80x24", (80, 24)),
    Picture("dashboard-120x40", (120, 40)),
    Picture("dashboard-200x60", (200, 60)),
    Picture("crash-120x40", (120, 40), scenario="crash", seconds=90, theme="aurora"),
    Picture("market-120x40", (120, 40), keys=("enter",)),
    Picture("leverage-120x40", (120, 40), keys=("5",)),
    Picture("chinese-120x40", (120, 40), theme="light", language="zh"),
)


async def last_state(scenario: str, seconds: float, config: Config) -> RiskState:
    """The state after ``seconds`` of the embedded exchange's time."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{scenario}.rec"
        lines = session(config.symbols, SEED, scenario, seconds, START_MS)
        path.write_bytes(b"".join(lines))
        source = ReplaySource(path, clock=WallClock())
        async with aclosing(Monitor(source, config).states()) as states:  # type: ignore[type-var]
            async for state in states:
                if state.connection.message:  # "recording ended" is no part of the picture
                    break
                latest = state
    return replace(latest, source="simulator")


def main() -> None:
    config = Config(positions=(POSITION,))
    for wanted in PICTURES:
        state = asyncio.run(last_state(wanted.scenario, wanted.seconds, config))
        path = HERE / f"{wanted.name}.svg"
        picture(state, config, wanted.size, wanted.theme, wanted.language, path, wanted.keys)
        print(path.relative_to(HERE.parent))


if __name__ == "__main__":
    main()
