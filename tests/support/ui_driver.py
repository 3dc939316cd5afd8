"""A monitor under the test's control, and readers of the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from textual.pilot import Pilot

from tuirisk.config.alert_model import ConditionConfig
from tuirisk.config.model import Config
from tuirisk.events.playback import Playback, PlaybackCommand
from tuirisk.state import LogEntry, OrderSize, RiskState, WhatIfAnswer, WhatIfPosition
from tuirisk.state.account_values import AccountHistory
from tuirisk.state.hedges import HedgeTable
from tuirisk.state.history_span import HistorySpan
from tuirisk.state.score_history import ScoreHistory
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.app.state_updates import EDITS


class FakeMonitor:
    """Publishes ``states`` as it is connected, the rest when the test says so."""

    def __init__(self, *states: RiskState) -> None:
        self.states = states
        self.calls: list[str] = []
        self.configs: list[Config] = []
        self.answers = True
        self.wishes: list[tuple[WhatIfPosition, Callable[[WhatIfAnswer], None]]] = []
        self.hedge_answers: list[Callable[[HedgeTable | None], None]] = []
        self.score_histories: dict[str, ScoreHistory] = {}
        """By span what the score was."""
        self.account_histories: dict[str, AccountHistory] = {}
        """By span what the account was worth."""
        self.playback: Playback | None = None
        self.played: list[PlaybackCommand] = []
        self.orders: list[OrderSize | None] = []
        self.conditions: list[tuple[ConditionConfig, ...]] = []
        self.in_view: frozenset[str] = frozenset()
        self.publish: Callable[[RiskState], None]
        self.failed: Callable[[str], None]

    def __call__(
        self, publish: Callable[[RiskState], None], failed: Callable[[str], None]
    ) -> FakeMonitor:
        self.calls.append("connect")
        self.publish, self.failed = publish, failed
        for state in self.states:
            publish(state)
        return self

    def add(self, symbol: str) -> None:
        self.calls.append(f"add {symbol}")

    def remove(self, symbol: str) -> None:
        self.calls.append(f"remove {symbol}")

    def reconnect(self) -> None:
        self.calls.append("reconnect")

    def play(self, command: PlaybackCommand) -> None:
        self.played.append(command)

    def what_if(self, hypothetical: WhatIfPosition, answer: Callable[[WhatIfAnswer], None]) -> bool:
        self.wishes.append((hypothetical, answer))
        return self.answers

    def hedge(self, answer: Callable[[HedgeTable | None], None]) -> bool:
        self.hedge_answers.append(answer)
        return self.answers

    def score_history(
        self, symbol: str, span: HistorySpan, answer: Callable[[ScoreHistory], None]
    ) -> bool:
        history = self.score_histories.get(span)
        if history is not None and history.symbol == symbol:
            answer(history)
        return self.answers

    def account_history(self, span: HistorySpan, answer: Callable[[AccountHistory], None]) -> bool:
        if span in self.account_histories:
            answer(self.account_histories[span])
        return self.answers

    def look_at(self, symbols: frozenset[str]) -> None:
        self.in_view = symbols

    def set_conditions(self, conditions: tuple[ConditionConfig, ...]) -> bool:
        self.conditions.append(conditions)
        return self.answers

    def set_order(self, order: OrderSize | None) -> bool:
        self.orders.append(order)
        return self.answers

    def acknowledge(self, entries: Iterable[LogEntry]) -> bool:
        self.calls += [f"acknowledge {entry.symbol} {entry.time_ms}" for entry in entries]
        return self.answers

    def configure(self, config: Config) -> None:
        self.configs.append(config)

    def stop(self) -> None:
        self.calls.append("stop")


class Clock:
    """A monotonic clock that the test moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


async def settle(pilot: Pilot[Any]) -> None:
    """Until what was posted is painted, edits of the person's lists included."""
    for _ in range(3):
        await pilot.pause()
        edits = [worker for worker in pilot.app.workers if worker.group == EDITS]
        if edits:
            await pilot.app.workers.wait_for_complete(edits)


def screen_text(app: TuiriskApp) -> str:
    """What is on the screen, row by row, without colours."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)
