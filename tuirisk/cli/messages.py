"""The messages of a state as lines, each when it is new."""

from __future__ import annotations

from collections.abc import Iterator

from tuirisk.language.reason import Reason
from tuirisk.state import Message, RiskState


def message_codes(state: RiskState) -> tuple[tuple[str | None, str], ...]:
    """(symbol, codes) of each message: what it says, whatever numbers it names."""
    return tuple((message.symbol, _codes(message)) for message in state.messages)


class NewMessages:
    """Tells the messages that the state before did not have; warming up is no message."""

    def __init__(self) -> None:
        self._before: frozenset[tuple[str | None, str]] = frozenset()

    def lines(self, state: RiskState) -> Iterator[str]:
        """A line for each new message of ``state``, a level of ``unknown`` left out."""
        keys = message_codes(state)
        for key, message in zip(keys, state.messages, strict=True):
            if key not in self._before and message.level != "unknown":
                yield message_line(message)
        self._before = frozenset(keys)

    def stands(self, reason: Reason) -> bool:
        """Whether the newest state had a message for ``reason``."""
        return (None, _codes_of(reason)) in self._before


def message_line(message: Message) -> str:
    """The sentence, after the symbol it is about."""
    return message.text if message.symbol is None else f"{message.symbol}: {message.text}"


def _codes(message: Message) -> str:
    return message.code if message.reason is None else _codes_of(message.reason)


def _codes_of(reason: Reason) -> str:
    """The codes of ``reason`` and of the reasons within it."""
    inner: list[str] = []
    for _, value in reason.args:
        parts = value if isinstance(value, tuple) else (value,)
        inner += [_codes_of(part) for part in parts if isinstance(part, Reason)]
    # Of what came as text there is nothing else to tell it apart by.
    own = str(reason) if reason.code == "text" else reason.code
    return own + (f"({','.join(inner)})" if inner else "")
