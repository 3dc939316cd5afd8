"""The monitor behind the screen: its thread posts messages, the screen calls its handle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from textual.message import Message

from tuirisk.config.alert_model import ConditionConfig
from tuirisk.config.model import Config
from tuirisk.events.playback import Playback, PlaybackCommand
from tuirisk.state import LogEntry, OrderSize, RiskState, WhatIfAnswer, WhatIfPosition
from tuirisk.state.account_values import AccountHistory
from tuirisk.state.hedges import HedgeTable
from tuirisk.state.history_span import HistorySpan
from tuirisk.state.score_history import ScoreHistory
from tuirisk.ui.view.messages import (
    AccountHistoryAnswered,
    Connect,
    HedgesAnswered,
    MonitorFailed,
    MonitorHandle,
    ScoreHistoryAnswered,
    StateChanged,
    WhatIfAnswered,
)
from tuirisk.watchlist.lists import difference


class MonitorLink:
    """Starts and stops the monitor's thread and takes what the screen asks of it.

    Before it is started there is nobody to ask: nothing happens, and nothing will be answered.
    """

    def __init__(
        self,
        connect: Connect,
        post: Callable[[Message], object],
        monotonic: Callable[[], float],
    ) -> None:
        """``post`` is called from the monitor's thread; ``monotonic`` is a clock in seconds."""
        self._connect = connect
        self._post = post
        self._monotonic = monotonic
        self._last_state = monotonic()
        self._handle: MonitorHandle | None = None
        self._in_view: frozenset[str] | None = None
        self._conditions: tuple[ConditionConfig, ...] | None = None
        """Those made on the screen, once one was changed there."""

    @property
    def started(self) -> bool:
        return self._handle is not None

    @property
    def silence(self) -> float:
        """Seconds since the last state, or since the start."""
        return self._monotonic() - self._last_state

    def start(self) -> None:
        """Start the monitor's thread."""
        self.state_received()
        self._in_view = None
        self._handle = self._connect(self._state_from_thread, self._failure_from_thread)
        if self._conditions is not None:
            self._handle.set_conditions(self._conditions)

    def state_received(self) -> None:
        """A state has come: the silence begins anew."""
        self._last_state = self._monotonic()

    def reconnect(self) -> None:
        """Have a running monitor connect anew."""
        if self._handle is not None:
            self._handle.reconnect()

    @property
    def playback(self) -> Playback | None:
        """How far the replay is; None where nothing is replayed."""
        return None if self._handle is None else self._handle.playback

    def play(self, command: PlaybackCommand) -> None:
        """Control a replay."""
        if self._handle is not None:
            self._handle.play(command)

    def restart(self, configured: Sequence[str], watched: Sequence[str]) -> None:
        """Start a monitor in the place of one that has ended.

        It begins with the symbols ``configured`` and is brought to those ``watched``.
        """
        self.stop()
        self.start()
        removed, new = difference(configured, watched)
        self.change_symbols(new, removed)

    def change_symbols(self, new: Sequence[str], removed: Sequence[str]) -> None:
        """Begin to watch the symbols ``new`` and stop watching those ``removed``."""
        if self._handle is not None:
            for symbol in new:
                self._handle.add(symbol)
            for symbol in removed:
                self._handle.remove(symbol)

    def configure(self, config: Config) -> None:
        """Have the next state assessed by ``config``."""
        if self._handle is not None:
            self._handle.configure(config)

    def acknowledge(self, entries: Sequence[LogEntry]) -> None:
        """Have alerts acknowledged, in later runs too."""
        if self._handle is not None:
            self._handle.acknowledge(entries)

    def look_at(self, symbols: frozenset[str]) -> None:
        """Have these symbols, which are on the screen, new in every state."""
        if self._handle is not None and symbols != self._in_view:
            self._in_view = symbols
            self._handle.look_at(symbols)

    def set_conditions(self, conditions: tuple[ConditionConfig, ...]) -> bool:
        """Have states alert by ``conditions``, made on the screen; False where that cannot be."""
        self._conditions = conditions
        return self._handle is not None and self._handle.set_conditions(conditions)

    def set_order(self, order: OrderSize | None) -> bool:
        """Have states tell what ``order`` would cost; False where none will come any more."""
        return self._handle is None or self._handle.set_order(order)

    def request_what_if(self, position: WhatIfPosition) -> None:
        """Have :class:`WhatIfAnswered` posted for ``position``, without an answer if need be."""
        answer = partial(self._answer_from_thread, position)
        if self._handle is None or not self._handle.what_if(position, answer):
            self._post(WhatIfAnswered(position, None))

    def request_hedges(self) -> None:
        """Have :class:`HedgesAnswered` posted, without a table if need be."""
        if self._handle is None or not self._handle.hedge(self._hedges_from_thread):
            self._post(HedgesAnswered(None))

    def request_score_history(self, symbol: str, span: HistorySpan) -> None:
        """Have :class:`ScoreHistoryAnswered` posted."""
        if self._handle is not None:
            self._handle.score_history(symbol, span, self._scores_from_thread)

    def request_account_history(self, span: HistorySpan) -> None:
        """Have :class:`AccountHistoryAnswered` posted."""
        if self._handle is not None:
            self._handle.account_history(span, self._account_history_from_thread)

    def stop(self) -> None:
        """End the monitor's thread."""
        if self._handle is not None:
            self._handle.stop()

    # Called from the monitor's thread.

    def _state_from_thread(self, state: RiskState) -> None:
        self._post(StateChanged(state))

    def _failure_from_thread(self, reason: str) -> None:
        self._post(MonitorFailed(reason))

    def _hedges_from_thread(self, table: HedgeTable | None) -> None:
        self._post(HedgesAnswered(table))

    def _scores_from_thread(self, history: ScoreHistory) -> None:
        self._post(ScoreHistoryAnswered(history))

    def _account_history_from_thread(self, history: AccountHistory) -> None:
        self._post(AccountHistoryAnswered(history))

    def _answer_from_thread(self, hypothetical: WhatIfPosition, answer: WhatIfAnswer) -> None:
        self._post(WhatIfAnswered(hypothetical, answer))
