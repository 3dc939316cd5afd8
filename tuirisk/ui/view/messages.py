"""Messages from the monitor's thread to the screen, and the monitor's handle."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from textual.message import Message

from tuirisk.config.alert_model import ConditionConfig
from tuirisk.config.model import Config
from tuirisk.events.playback import Playback, PlaybackCommand
from tuirisk.state import LogEntry, OrderSize, RiskState, WhatIfAnswer, WhatIfPosition
from tuirisk.state.account_values import AccountHistory
from tuirisk.state.hedges import HedgeTable
from tuirisk.state.history_span import HistorySpan
from tuirisk.state.radar import RadarState
from tuirisk.state.score_history import ScoreHistory


class StateChanged(Message):
    """A newer state; it takes the place of one that was not handled yet."""

    def __init__(self, state: RiskState) -> None:
        super().__init__()
        self.state = state

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, StateChanged)


class MonitorFailed(Message):
    """The monitor has ended; ``reason`` is one line for a person."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class MomentClicked(Message):
    """A moment of a replay was clicked: in the log, with the entry's symbol, or on the bar."""

    def __init__(self, command: PlaybackCommand, symbol: str = "") -> None:
        super().__init__()
        self.command = command
        self.symbol = symbol


class RadarChanged(Message):
    """A newer state of the radar; it takes the place of one that was not handled yet."""

    def __init__(self, state: RadarState) -> None:
        super().__init__()
        self.state = state

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, RadarChanged)


class WhatIfRequested(Message):
    """The user has set another what-if position."""

    def __init__(self, hypothetical: WhatIfPosition) -> None:
        super().__init__()
        self.hypothetical = hypothetical

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, WhatIfRequested)


class WhatIfAnswered(Message):
    """The result for a what-if position."""

    def __init__(self, hypothetical: WhatIfPosition, answer: WhatIfAnswer | None) -> None:
        """``answer`` is None where the monitor cannot answer any more."""
        super().__init__()
        self.hypothetical = hypothetical
        self.answer = answer

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, WhatIfAnswered)


class HedgesRequested(Message):
    """The user asks what would bring the account within its limits."""


class HedgesAnswered(Message):
    """The table of what would; None where the monitor cannot answer."""

    def __init__(self, table: HedgeTable | None) -> None:
        super().__init__()
        self.table = table


class ScoreHistoryRequested(Message):
    """The history of a symbol's score is looked at."""

    def __init__(self, symbol: str, span: HistorySpan) -> None:
        super().__init__()
        self.symbol = symbol
        self.span = span


class ScoreHistoryAnswered(Message):
    """What the score was."""

    def __init__(self, history: ScoreHistory) -> None:
        super().__init__()
        self.history = history


class AccountHistoryRequested(Message):
    """What the account was worth is looked at."""

    def __init__(self, span: HistorySpan) -> None:
        super().__init__()
        self.span = span


class AccountHistoryAnswered(Message):
    """What the account was worth."""

    def __init__(self, history: AccountHistory) -> None:
        super().__init__()
        self.history = history


class MonitorHandle(Protocol):
    """A running monitor, as the screen sees it. No call may block."""

    def add(self, symbol: str) -> None: ...

    def remove(self, symbol: str) -> None: ...

    def reconnect(self) -> None: ...

    @property
    def playback(self) -> Playback | None:
        """How far the replay is; None where nothing is replayed."""

    def play(self, command: PlaybackCommand) -> None:
        """Control a replay; the newest state comes again once that is done."""

    def what_if(self, hypothetical: WhatIfPosition, answer: Callable[[WhatIfAnswer], None]) -> bool:
        """Ask what a position in the place of the one held on that side would be.

        ``answer`` is called from the monitor's thread: at once without the liquidation chances,
        and again when they are simulated. A newer question takes the place of an older one.
        False where nothing will answer.
        """

    def hedge(self, answer: Callable[[HedgeTable | None], None]) -> bool:
        """Ask what would bring the account within its limits.

        ``answer`` is called once, from the monitor's thread. False where nothing will answer.
        """

    def score_history(
        self, symbol: str, span: HistorySpan, answer: Callable[[ScoreHistory], None]
    ) -> bool:
        """Ask what the score of a symbol was in ``span`` until now.

        ``answer`` is called once, from the monitor's thread. False where nothing will answer.
        """

    def account_history(self, span: HistorySpan, answer: Callable[[AccountHistory], None]) -> bool:
        """Ask what the account was worth in ``span`` until now.

        ``answer`` is called once, from the monitor's thread. False where nothing will answer.
        """

    def look_at(self, symbols: frozenset[str]) -> None:
        """These symbols are on the screen: only they and what is held need be new at every state,
        others once a second.
        """

    def set_order(self, order: OrderSize | None) -> bool:
        """From the next state on, have ``RiskState.order_impacts`` give what ``order`` would cost.

        False where no state will come any more.
        """

    def set_conditions(self, conditions: tuple[ConditionConfig, ...]) -> bool:
        """From the next state on, alert by these conditions beside those of the configuration.

        False where that is not possible: the states are another tuirisk's, or none will come.
        """

    def acknowledge(self, entries: Iterable[LogEntry]) -> bool:
        """From the next state on, have these alerts acknowledged, in later runs too.

        False where no state will come any more.
        """

    def configure(self, config: Config) -> None:
        """From the next state on, assess by ``config``."""

    def stop(self) -> None:
        """End the monitor's thread; returns within 0.3 s."""


OpenRadar = Callable[[Callable[[RadarState], None]], Callable[[], None]]
"""Begins to receive the radar and returns at once; the argument is called from the monitor's
thread. What it returns ends it."""
Connect = Callable[[Callable[[RiskState], None], Callable[[str], None]], MonitorHandle]
"""Starts the monitor's thread and returns at once; the arguments are called from that thread."""
