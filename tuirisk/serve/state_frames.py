"""The frames that bring a viewer from one state to another, each part encoded once for all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from tuirisk.remote.protocol import Times, sent_fields
from tuirisk.state.binary import encode
from tuirisk.state.risk import RiskState
from tuirisk.state.symbol import SymbolState


class StateFrames:
    """Encodes what changed between two states.

    Viewers mostly come from the same earlier state, so what was encoded last is kept: a part that
    fifty viewers need is encoded once.
    """

    def __init__(self) -> None:
        self._parts: dict[tuple[str, str], tuple[object, msgspec.Raw]] = {}
        """(symbol or empty, field) → its newest value that was encoded, and its bytes."""
        self._root: tuple[RiskState | None, RiskState, msgspec.Raw] | None = None
        """Earlier state, later state, and what changed beside the symbols."""
        self._changes: dict[str, tuple[SymbolState | None, SymbolState, msgspec.Raw | None]] = {}
        """Symbol → earlier state, later state, and what is between them."""

    def frame(
        self, before: RiskState | None, state: RiskState, names: Iterable[str], times: Times
    ) -> bytes:
        """The frame after which a viewer that has ``before`` has ``state``; None: it has nothing.

        ``names`` are the symbols of ``state`` that it wants; it has those of ``before``.
        """
        wanted = [name for name in names if name in state.symbols]
        frame: dict[str, Any] = {"kind": "state"} | times
        frame["root"] = self._root_change(before, state)
        symbols = {}
        for name in wanted:
            earlier = before.symbols.get(name) if before is not None else None
            change = self._change(name, earlier, state.symbols[name])
            if change is not None:
                symbols[name] = change
        frame["symbols"] = symbols
        if before is None or list(before.symbols) != wanted:
            frame["names"] = wanted
        return encode(frame)

    def forget(self, names: Iterable[str]) -> None:
        """Forget what is kept of all symbols but ``names``."""
        kept = {"", *names}
        self._parts = {key: part for key, part in self._parts.items() if key[0] in kept}
        self._changes = {name: c for name, c in self._changes.items() if name in kept}

    def _root_change(self, before: RiskState | None, state: RiskState) -> msgspec.Raw:
        kept = self._root
        if kept is None or kept[0] is not before or kept[1] is not state:
            changed = msgspec.Raw(encode(self._changed_fields("", before, state)))
            kept = self._root = (before, state, changed)
        return kept[2]

    def _change(
        self, name: str, before: SymbolState | None, state: SymbolState
    ) -> msgspec.Raw | None:
        kept = self._changes.get(name)
        if kept is not None and kept[0] is before and kept[1] is state:
            return kept[2]
        fields = {} if before is state else self._changed_fields(name, before, state)
        change = msgspec.Raw(encode(fields)) if fields else None
        self._changes[name] = (before, state, change)
        return change

    def _changed_fields(
        self, name: str, before: RiskState | SymbolState | None, state: RiskState | SymbolState
    ) -> Mapping[str, msgspec.Raw]:
        changed = {}
        kind = RiskState if isinstance(state, RiskState) else SymbolState
        for field in sent_fields(kind):
            value = getattr(state, field)
            if before is not None:
                old = getattr(before, field)
                if old is value or old == value:
                    continue
            changed[field] = self._encoded(name, field, value)
        return changed

    def _encoded(self, name: str, field: str, value: object) -> msgspec.Raw:
        key = (name, field)
        kept = self._parts.get(key)
        if kept is None or kept[0] is not value:
            kept = self._parts[key] = (value, msgspec.Raw(encode(value)))
        return kept[1]
