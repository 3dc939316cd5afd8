"""A frame of a provider as events: live and replayed frames come through here alike."""

from __future__ import annotations

import logging

import msgspec
from msgspec.structs import replace

from tuirisk.events.external import (
    ProviderEvent,
    ProviderLevels,
    ProviderLiquidationTotals,
    ProviderSeries,
    ProviderValue,
)
from tuirisk.feed.frames import ProviderFrame
from tuirisk.feed.providers.adapter import Adapter
from tuirisk.feed.providers.errors import ProviderError, Trouble
from tuirisk.foreign.decoding import UndecodableError, decode_json
from tuirisk.foreign.text import printable

DISCONNECTED = "disconnected"
"""``failure`` of a frame that says that the WebSocket has ended."""
_AGED = (ProviderValue, ProviderSeries, ProviderLiquidationTotals, ProviderLevels)
_UNFORESEEN = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class _Detail(msgspec.Struct, frozen=True):
    """The body of a frame without an answer."""

    detail: str = ""
    needs: str = ""


_DETAIL = msgspec.json.Decoder(_Detail)
_log = logging.getLogger(__name__)


def decode_frame(
    adapter: Adapter, frame: ProviderFrame
) -> tuple[list[ProviderEvent], ProviderError | None]:
    """The events of ``frame``, and what is wrong with it: rows that are sound count without those
    that are not. Nothing that a provider may send raises.
    """
    problem: ProviderError | None = None
    events: list[ProviderEvent]
    if frame.failure:
        return _without_answer(adapter, frame)
    try:
        events = adapter.decode(frame)
    except ProviderError as error:
        events, problem = list(error.events), _refusal(adapter, error, frame.status)
    except _UNFORESEEN as error:
        _log.info("%s: %s in its decoder", adapter.name, type(error).__name__)
        events, problem = [], ProviderError(Trouble.BAD_ANSWER, "of another shape than documented")
    if frame.stale_after > 0:
        stale_ms = round(frame.stale_after * 1_000)
        events = [
            replace(event, stale_after_ms=stale_ms) if isinstance(event, _AGED) else event
            for event in events
        ]
    return events, problem


def _without_answer(
    adapter: Adapter, frame: ProviderFrame
) -> tuple[list[ProviderEvent], ProviderError | None]:
    if frame.failure == DISCONNECTED:
        event = adapter.disconnected(frame.received)
        return ([] if event is None else [event]), None
    try:
        trouble = Trouble(frame.failure)
    except ValueError:
        trouble = Trouble.UNAVAILABLE
    try:
        told = decode_json(_DETAIL, frame.body)
    except UndecodableError:
        told = _Detail()
    return [], ProviderError(trouble, told.detail, needs=printable(told.needs))


def _refusal(adapter: Adapter, error: ProviderError, status: int) -> ProviderError:
    """``error`` as it is for this provider: where no key is sent, none is wrong."""
    if error.needs or adapter.key == "needed":
        return error
    if error.trouble is Trouble.BAD_KEY and adapter.key == "optional" and not adapter.keyed:
        return ProviderError(Trouble.NO_KEY, error.detail, retry_after=error.retry_after)
    if error.trouble in (Trouble.BAD_KEY, Trouble.PLAN_TOO_LOW) and adapter.key == "none":
        detail = f"HTTP {status}" if status >= 400 else error.detail
        return ProviderError(Trouble.REFUSED, detail, retry_after=error.retry_after)
    return error
