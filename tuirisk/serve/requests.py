"""What a viewer may ask of the monitor: computations that change nothing of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from tuirisk.monitor.monitor import Monitor
from tuirisk.state import OrderSize, Position, RiskState, WhatIfPosition
from tuirisk.state.binary import MalformedError, typed

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Asking(Protocol):
    """The viewer that asks."""

    view: Callable[[RiskState], RiskState]


class Requests:
    """Answers viewers by the monitor. Used in its event loop."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor
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
                self._monitor.what_if(position, lambda made: self._send(send, {"value": made}))
            case "what_if":
                self._send(send, {"error": "this token may not see positions and account"})
            case _:
                raise MalformedError(f"unknown request {what!r}")

    def _order(self, viewer: Asking, order: OrderSize | None) -> None:
        monitor = self._monitor

        def with_impacts(state: RiskState) -> RiskState:
            return replace(state, order_impacts=monitor.order_impacts(order))

        viewer.view = (lambda state: state) if order is None else with_impacts

    def _send(self, send: Send, answer: Mapping[str, Position | str]) -> None:
        task = asyncio.ensure_future(send(dict(answer)))
        self._sending.add(task)
        task.add_done_callback(self._sent)

    def _sent(self, task: asyncio.Future[None]) -> None:
        self._sending.discard(task)
        if not task.cancelled():
            task.exception()  # retrieved: the viewer has gone meanwhile
