"""A monitor of a recording whose playing is controlled: paused, stepped through, sought in."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import aclosing

from tuirisk.config.alert_model import ConditionConfig
from tuirisk.config.model import Config
from tuirisk.feed.replay import ReplaySource
from tuirisk.monitor.hedging import AnswerHedges
from tuirisk.monitor.monitor import AnswerAccount, AnswerScores, Monitor
from tuirisk.state import LogEntry, OrderSize, RiskState, WhatIfAnswer, WhatIfPosition
from tuirisk.state.history_span import HistorySpan

PROGRESS_S = 0.25
"""A state is given so often on the way to another position."""


class ReplayMonitor:
    """See ``monitor.StateSource``. An earlier position is reached from the beginning, by a new
    monitor over the same batches, so its state is the one that playing there gives.
    """

    def __init__(
        self,
        source: ReplaySource,
        config: Config,
        make_monitor: Callable[[Config], Monitor],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """``monotonic`` (seconds) only spaces out the states that are given while seeking."""
        self._source = source
        self._make_monitor = make_monitor
        self._monotonic = monotonic
        self._monitor = make_monitor(config)

    @property
    def state(self) -> RiskState | None:
        return self._monitor.state

    async def states(self) -> AsyncIterator[RiskState]:
        """The states of the recording; after its end it waits for another position."""
        player, given = self._source.player, 0.0
        while True:
            async with aclosing(self._monitor.states()) as states:  # type: ignore[type-var]
                async for state in states:
                    now = self._monotonic()
                    if not player.seeking or now - given >= PROGRESS_S:
                        given = now
                        yield state
            await player.wait_for_rewind()
            before = self._monitor
            self._source.rewind()
            self._monitor = self._make_monitor(before.config)
            self._monitor.order = before.order

    @property
    def order(self) -> OrderSize | None:
        return self._monitor.order

    @order.setter
    def order(self, order: OrderSize | None) -> None:
        self._monitor.order = order

    def look_at(self, symbols: Iterable[str]) -> None:
        """See ``Monitor.look_at``: a recording is assessed whole."""

    def acknowledge(self, entries: Iterable[LogEntry]) -> None:
        """See ``Monitor.acknowledge``; forgotten when an earlier position is sought."""
        self._monitor.acknowledge(entries)

    def what_if(self, position: WhatIfPosition, answer: Callable[[WhatIfAnswer], None]) -> None:
        """See ``Monitor.what_if``."""
        self._monitor.what_if(position, answer)

    def hedge(self, answer: AnswerHedges) -> None:
        """See ``Monitor.hedge``."""
        self._monitor.hedge(answer)

    def score_history(self, symbol: str, span: HistorySpan, answer: AnswerScores) -> None:
        """See ``Monitor.score_history``: of the states up to the position."""
        self._monitor.score_history(symbol, span, answer)

    def account_history(self, span: HistorySpan, answer: AnswerAccount) -> None:
        """See ``Monitor.account_history``: of the states up to the position."""
        self._monitor.account_history(span, answer)

    @property
    def takes_conditions(self) -> bool:
        return self._monitor.takes_conditions

    def set_conditions(self, conditions: tuple[ConditionConfig, ...]) -> None:
        """See ``Monitor.set_conditions``; kept when an earlier position is sought."""
        self._monitor.set_conditions(conditions)

    def configure(self, config: Config) -> None:
        """See ``Monitor.configure``; kept when an earlier position is sought."""
        self._monitor.configure(config)
