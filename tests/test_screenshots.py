"""The core of ``python -m screenshots``: the state that is drawn, and its picture."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from support import build

from screenshots.__main__ import CALM, last_before_the_end, last_state
from tuirisk.language.reason import Reason, joined
from tuirisk.state import RiskState


def saying(message: Reason | None) -> RiskState:
    state = build.state(("BTCUSDT",))
    return replace(state, connection=replace(state.connection, message=message))


async def given(*states: RiskState) -> AsyncIterator[RiskState]:
    for state in states:
        yield state


async def test_a_message_is_part_of_the_picture_and_the_end_is_not() -> None:
    lost = Reason("lines_unreadable", count=1, what="line 3")
    first, later = saying(lost), saying(None)
    ended = saying(joined(Reason("recording_ended"), lost, by="reasons"))
    assert await last_before_the_end(given(first, ended)) is first
    assert await last_before_the_end(given(first, later, ended)) is later
    with pytest.raises(ValueError, match="before its first state"):
        await last_before_the_end(given(ended))


async def test_the_state_of_a_picture_is_of_the_embedded_exchange() -> None:
    state = await last_state("calm", 0.5, CALM)
    assert state.source == "simulator"
    assert state.connection.message is None
