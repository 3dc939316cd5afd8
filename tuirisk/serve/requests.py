"""What a viewer may ask of the monitor: computations that change nothing of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

from tuirisk.language.reason import Reason
from tuirisk.monitor.monitor import Monitor
from tuirisk.state import (
    OrderSize,
    RiskState,
    WhatIfAnswer,
    WhatIfPosition,
)
from tuirisk.state.account_values import AccountHistory
from tuirisk.state.binary import MalformedError, typed
from tuirisk.state.history_span import HistorySpan
from tuirisk.state.score_history import ScoreHistory

Ask = Callable[[str, Any], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


def without_account(history: ScoreHistory) -> ScoreHistory:
    """``history`` without what positions had a part in: severities and log."""
    steps = tuple(replace(step, severity=None, held=False) for step in history.steps)
    why = history.why or Reason("scores_without_account")
    return replace(history, steps=steps, entries=(), why=why)


class Asking(Protocol):
    """The viewer that asks."""

    view: Callable[[RiskState], RiskState]


class Requests:
    """Answers viewers by the monitor. Used in its event loop."""

    def __init__(self, monitor: Monitor, ask: Ask | None = None) -> None:
        """``ask`` answers what takes its time: ``size`` and ``hedge``."""
        self._monitor = monitor
        self._ask = ask
        self._sending: set[asyncio.Future[None]] = set()

    def start(
        self, viewer: Asking, what: object, value: Any, send: Send, sees_account: bool
    ) -> None:
        """Begin to answer the request ``what``; ``send`` is called with each answer.

        Raises:
            MalformedError: it is no request.
        """
        match what:
            case "order":
                self._order(viewer, None if value is None else typed(OrderSize, value))
            case "what_if" if sees_account or self._monitor.holds_nothing:
                position = typed(WhatIfPosition, value)
                self._monitor.what_if(position, partial(self._send_what_if, send))
            case "size" | "hedge" if self._ask is not None and (
                sees_account or self._monitor.holds_nothing
            ):
                self._run(self._asked(self._ask, str(what), value, send))
            case "score_history":
                symbol, span = str(value["symbol"]), typed(HistorySpan, value["span"])
                answer = partial(self._send_scores, send, sees_account)
                self._monitor.score_history(symbol, span, answer)
            case "account_values" if sees_account:
                state, after_ms = self._monitor.state, typed(int, value)
                values = () if state is None else state.account_values
                newer = [value for value in values if value.time_ms > after_ms]
                self._send(send, {"value": newer})
            case "account_history" if sees_account:
                answer_account = partial(self._send_account, send)
                self._monitor.account_history(typed(HistorySpan, value), answer_account)
            case "what_if" | "size" | "hedge" | "account_values" | "account_history":
                self._send(send, {"error": "this token may not see positions and account"})
            case _:
                raise MalformedError(f"unknown request {what!r}")

    def _order(self, viewer: Asking, order: OrderSize | None) -> None:
        monitor = self._monitor

        def with_impacts(state: RiskState) -> RiskState:
            return replace(state, order_impacts=monitor.order_impacts(order))

        viewer.view = (lambda state: state) if order is None else with_impacts

    async def _asked(self, ask: Ask, what: str, value: Any, send: Send) -> None:
        await send(await ask(what, value))

    def _send_what_if(self, send: Send, answer: WhatIfAnswer) -> None:
        parts = {"account": answer.account, "scenarios": answer.scenarios}
        self._send(send, {"value": answer.position, **parts})

    def _send_scores(self, send: Send, sees_account: bool, history: ScoreHistory) -> None:
        self._send(send, {"value": history if sees_account else without_account(history)})

    def _send_account(self, send: Send, history: AccountHistory) -> None:
        self._send(send, {"value": history})

    def _send(self, send: Send, answer: Mapping[str, object]) -> None:
        self._run(send(dict(answer)))

    def _run(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._sending.add(task)
        task.add_done_callback(self._sent)

    def _sent(self, task: asyncio.Future[None]) -> None:
        self._sending.discard(task)
        if not task.cancelled():
            task.exception()  # retrieved: the viewer has gone meanwhile
