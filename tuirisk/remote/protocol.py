"""What ``tuirisk serve`` and its viewers say to each other: MessagePack maps over a WebSocket.

From the server, each map with the key ``kind``:

- ``hello``: ``protocol``, ``version`` and ``sees_account``, once and first;
- ``state``: ``root`` has the fields of ``RiskState`` that changed, ``symbols`` those of each
  ``SymbolState``; ``names`` are all symbols in their order, where that changed. The first one is
  whole;
- ``beat``: where nothing changed for :data:`BEAT_S`;
- both of these: ``clock_ms``, the server's time now by a clock of its own that never steps, and
  ``age_ms``, how long ago the newest state was made (:data:`Times`);
- ``answer``: ``id`` of the request, and ``value`` or ``error`` (one line); of ``what_if`` the
  ``account`` and the ``scenarios`` beside the position.

From a viewer:

- ``watch``: ``symbols``, the only ones it wants from now on; null for all;
- ``look_at``: ``symbols``, those on its screen: the others may come once a second;
- ``request``: ``id``, ``what`` (a :data:`RequestKind`) and ``value``; of ``score_history`` the
  ``symbol`` and the ``span``. To those who may not see the account it is answered without
  severities and log; of ``account_values`` a time, ms: the answer is those after it, and of
  ``account_history`` the span, both for who may see the account.
"""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any, Final, Literal, TypeAlias

from tuirisk.state.binary import Convert, MalformedError, converter, hints_of
from tuirisk.state.risk import RiskState
from tuirisk.state.symbol import SymbolState

PROTOCOL: Final = 1
BEAT_S = 1.0
"""Seconds after which a server says that it is there although nothing changed."""
SILENCE_S = 4.0
"""Seconds without a frame, or of age of the state, after which a viewer calls it offline."""
MOST_REQUEST_BYTES = 64 * 1024
"""Of a viewer's message; a longer one ends its connection."""
MOST_FRAME_BYTES = 64 * 1024 * 1024
"""Of a server's message."""

Times: TypeAlias = dict[str, int]
"""``clock_ms`` and ``age_ms`` of a frame."""
RequestKind: TypeAlias = Literal[
    "what_if", "order", "size", "hedge", "score_history", "account_values", "account_history"
]

_KEPT_BACK = {"tracker", "score_memory", "versions", "position_ledger", "radar", "symbols",
              "account_values"}  # fmt: skip
"""Fields of a state that only its monitor needs, and the one that is sent symbol by symbol."""


@cache
def sent_fields(kind: type) -> tuple[str, ...]:
    """Names of the fields of ``RiskState`` or ``SymbolState`` that are sent."""
    return tuple(f.name for f in dataclasses.fields(kind) if f.name not in _KEPT_BACK)


@cache
def field_converters(kind: type) -> dict[str, Convert]:
    """Field → what makes its value of untyped data."""
    hints = hints_of(kind)
    return {name: converter(hints[name]) for name in sent_fields(kind)}


class StateAssembler:
    """The newest state of a server, of the frames that came."""

    def __init__(self) -> None:
        self._root: dict[str, Any] = {}
        self._fields: dict[str, dict[str, Any]] = {}
        self._symbols: dict[str, SymbolState] = {}

    def update(self, frame: dict[str, Any]) -> None:
        """Take over what a ``state`` frame changes: all of it, or nothing.

        Raises:
            MalformedError: it is no such frame, or of another version that differs here.
        """
        try:
            root = _converted(RiskState, frame.get("root", {}))
            changes = {
                str(name): _converted(SymbolState, fields)
                for name, fields in frame.get("symbols", {}).items()
            }
            names = [str(name) for name in frame.get("names", self._symbols)]
            fields = {name: self._fields.get(name, {}) | new for name, new in changes.items()}
            symbols = {name: SymbolState(**values) for name, values in fields.items()}
            if not self._root:
                RiskState(**root, symbols={})
            if not all(name in symbols or name in self._symbols for name in names):
                raise MalformedError("a symbol has no state")
        except (TypeError, AttributeError) as error:
            raise MalformedError(f"not a state of this version: {error}") from None
        self._root |= root
        self._fields |= fields
        known = self._symbols | symbols
        self._symbols = {name: known[name] for name in names}
        self._fields = {name: self._fields[name] for name in names}

    @property
    def state(self) -> RiskState | None:
        """The newest state; None before the first frame."""
        if not self._root:
            return None
        return RiskState(**self._root, symbols=self._symbols)


def _converted(kind: type, values: dict[str, Any]) -> dict[str, Any]:
    converters = field_converters(kind)
    result = {}
    for name, value in values.items():
        convert = converters.get(name)
        if convert is not None:  # else a field of a newer version
            try:
                result[name] = convert(value)
            except (TypeError, KeyError, ValueError, AttributeError, RecursionError) as error:
                raise MalformedError(f"{name}: {error}") from None
    return result
