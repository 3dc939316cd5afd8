"""What keeps the scores of a run, and what the account was worth."""

from __future__ import annotations

from typing import Protocol

from tuirisk.state.account_values import AccountHistory
from tuirisk.state.history_span import HistorySpan
from tuirisk.state.risk import RiskState
from tuirisk.state.score_history import ScoreHistory


class HistoryKeeper(Protocol):
    """Keeps the states of a run, as far as they are shown over a time."""

    def record(self, state: RiskState) -> None:
        """Keep what is to be kept of ``state``. Call it with every state, in their order."""
        ...

    async def score_history(self, symbol: str, span: HistorySpan, now_ms: int) -> ScoreHistory:
        """The scores of ``symbol`` in ``span`` until ``now_ms``."""
        ...

    async def account_history(self, state: RiskState, span: HistorySpan) -> AccountHistory:
        """What the account of ``state``, the newest one, was worth in ``span`` until then."""
        ...
