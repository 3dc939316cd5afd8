"""A state drawn without a terminal, as SVG: for the README, and for looking at a snapshot."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tuirisk.config.alert_model import ConditionConfig
from tuirisk.config.model import Config
from tuirisk.events.playback import Playback, PlaybackCommand
from tuirisk.state import LogEntry, OrderSize, RiskState, WhatIfAnswer, WhatIfPosition
from tuirisk.state.account_values import AccountHistory
from tuirisk.state.hedges import HedgeTable
from tuirisk.state.history_span import HistorySpan
from tuirisk.state.score_history import ScoreHistory
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.themes.themes import load_themes
from tuirisk.ui.view.messages import MonitorHandle


class StillScreen:
    """A monitor that says one thing and is silent."""

    def __init__(
        self, state: RiskState, score_histories: Mapping[HistorySpan, ScoreHistory] | None = None
    ) -> None:
        """``score_histories``: by span what the score was."""
        self.state = state
        self.score_histories = score_histories or {}

    def __call__(
        self, publish: Callable[[RiskState], None], failed: Callable[[str], None]
    ) -> MonitorHandle:
        publish(self.state)
        return self

    def add(self, symbol: str) -> None:
        pass

    def remove(self, symbol: str) -> None:
        pass

    def reconnect(self) -> None:
        pass

    def what_if(self, wish: WhatIfPosition, answer: Callable[[WhatIfAnswer], None]) -> bool:
        return False

    def score_history(
        self, symbol: str, span: HistorySpan, answer: Callable[[ScoreHistory], None]
    ) -> bool:
        history = self.score_histories.get(span)
        if history is not None and history.symbol == symbol:
            answer(history)
        return False

    def account_history(self, span: HistorySpan, answer: Callable[[AccountHistory], None]) -> bool:
        return False

    def hedge(self, answer: Callable[[HedgeTable | None], None]) -> bool:
        del answer
        return False

    def look_at(self, symbols: frozenset[str]) -> None:
        pass

    def set_conditions(self, conditions: tuple[ConditionConfig, ...]) -> bool:
        return True

    def set_order(self, order: OrderSize | None) -> bool:
        return False

    def acknowledge(self, entries: Iterable[LogEntry]) -> bool:
        return False

    def configure(self, config: Config) -> None:
        pass

    @property
    def playback(self) -> Playback | None:
        return None

    def play(self, command: PlaybackCommand) -> None: ...

    def stop(self) -> None:
        pass


def picture(
    state: RiskState,
    config: Config,
    size: tuple[int, int],
    theme: str,
    language: str,
    path: Path,
    keys: Sequence[str] = (),
) -> None:
    """Draw ``state`` at ``size`` (columns, rows) and write it to ``path`` as SVG.

    ``keys`` are pressed first, e.g. to open the symbol view.

    Raises:
        ThemeError: there is no such theme.
    """
    themed = replace(config, ui=replace(config.ui, theme=theme))
    app = TuiriskApp(
        themed, StillScreen(state), themes=load_themes(), language=language, monotonic=lambda: 0.0
    )
    path.write_text(asyncio.run(_draw(app, size, keys)), encoding="utf-8")


async def _draw(app: TuiriskApp, size: tuple[int, int], keys: Sequence[str]) -> str:
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()
        return app.export_screenshot()
