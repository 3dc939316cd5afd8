"""What viewers and assistants ask of a monitor that takes its time: an order's size, hedges."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tuirisk.cli.size import SizeRefusedError, SizeRequest, size_lines
from tuirisk.config.model import Config
from tuirisk.market.market import Market
from tuirisk.monitor.hedging import hedge_table, hedges_of
from tuirisk.monitor.monitor import Monitor
from tuirisk.state import RiskState
from tuirisk.state.hedges import hedge_json

Ask = Callable[[str, Any], Awaitable[dict[str, Any]]]
"""(``size`` or ``hedge``, its arguments) → the answer: ``value``, or ``error`` in a line."""
MOST_LEVERAGE = 1_000.0
WAITING = 8
"""Questions that wait at most; further ones are told to come later."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A monitor at one moment, which goes on meanwhile."""

    market: Market
    config: Config
    state: RiskState


class Questions:
    """Answers one question at a time, in a thread, by a copy of the market."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor
        self._lock = asyncio.Lock()
        self._waiting = 0

    async def ask(self, what: str, value: Any) -> dict[str, Any]:
        """See :data:`Ask`; call it in the monitor's event loop."""
        if self._waiting >= WAITING:
            return {"error": "too many questions at once; ask again later"}
        self._waiting += 1
        try:
            async with self._lock:
                state = self._monitor.state
                if state is None:
                    return {"error": "no data yet"}
                moment = Moment(copy.deepcopy(self._monitor.market), self._monitor.config, state)
                return await asyncio.to_thread(_answer, moment, what, value)
        finally:
            self._waiting -= 1


def _answer(moment: Moment, what: str, value: Any) -> dict[str, Any]:
    if what == "hedge":
        return {"value": hedge_json(hedge_table(hedges_of(moment, moment.state)))}
    try:
        request = _size_request(value)
        lines, _ = size_lines(moment, request)
    except (SizeRefusedError, ValueError) as refused:
        return {"error": str(refused)}
    return {"value": {"lines": lines}}


def _size_request(value: Any) -> SizeRequest:
    """The request of untrusted ``value``.

    Raises:
        ValueError: it is none; the text says what to write.
    """
    wrong = ValueError("write a symbol, the side long or short, and a leverage of at least 1")
    if not isinstance(value, dict):
        raise wrong
    symbol, side, leverage = (value.get(name) for name in ("symbol", "side", "leverage"))
    number = isinstance(leverage, int | float) and not isinstance(leverage, bool)
    if not isinstance(symbol, str) or side not in ("long", "short") or not number:
        raise wrong
    assert isinstance(leverage, int | float)
    if not 1.0 <= leverage <= MOST_LEVERAGE:
        raise wrong
    return SizeRequest(symbol.strip().upper(), side, float(leverage))
