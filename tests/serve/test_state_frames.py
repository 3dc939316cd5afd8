"""What a viewer has after every frame is the state that the server has."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from support import symbol_states, ui_states

from tuirisk.remote.protocol import StateAssembler
from tuirisk.serve import state_frames
from tuirisk.serve.state_frames import StateFrames
from tuirisk.state import NO_SCORE_MEMORY, NOTHING_CONFIRMED, RiskState
from tuirisk.state.binary import MalformedError, decode_untyped

NOW = {"clock_ms": 5, "age_ms": 7}
STATES = (
    ui_states.ready(),
    ui_states.critical(),
    ui_states.offline(),
    symbol_states.rich(),
    ui_states.loading(),
)


def sent(state: RiskState) -> RiskState:
    """``state`` without what only its own monitor needs."""
    return replace(
        state,
        position_ledger=None,
        symbols={
            name: replace(
                symbol, tracker=NOTHING_CONFIRMED, score_memory=NO_SCORE_MEMORY, versions={}
            )
            for name, symbol in state.symbols.items()
        },
    )


@settings(max_examples=25)
@given(some.lists(some.sampled_from(STATES), min_size=1, max_size=6))
def test_a_viewer_has_the_newest_state_whichever_ones_it_saw_before(
    states: list[RiskState],
) -> None:
    frames, assembler = StateFrames(), StateAssembler()
    before = None
    for state in states:
        frame = frames.frame(before, state, state.symbols, NOW)
        assembler.update(decode_untyped(frame))
        before = state
    made = assembler.state
    assert made == sent(states[-1])
    assert made is not None
    assert list(made.symbols) == list(states[-1].symbols)


def test_a_frame_holds_what_changed_alone() -> None:
    first = ui_states.ready()
    name, symbol = next(iter(first.symbols.items()))
    price = replace(symbol.price, last=1.0)
    second = replace(first, symbols={**first.symbols, name: replace(symbol, price=price)})
    frame = decode_untyped(StateFrames().frame(first, second, second.symbols, NOW))
    assert frame == {
        "kind": "state",
        **NOW,
        "root": {},
        "symbols": {name: {"price": frame["symbols"][name]["price"]}},
    }


def test_viewers_at_the_same_state_share_one_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    frames, (first, second) = StateFrames(), STATES[:2]
    frames.frame(first, second, second.symbols, NOW)
    encoded: list[object] = []

    def count(value: object) -> bytes:
        encoded.append(value)
        return b"\x80"

    monkeypatch.setattr(state_frames, "encode", count)
    for _ in range(50):
        frames.frame(first, second, second.symbols, NOW)
    assert len(encoded) == 50  # the frame itself, none of its parts


def test_a_frame_that_is_wrong_changes_nothing() -> None:
    state = ui_states.ready()
    assembler = StateAssembler()
    assembler.update(decode_untyped(StateFrames().frame(None, state, state.symbols, NOW)))
    before = assembler.state
    name = next(iter(state.symbols))
    for frame in (
        {"root": {"time_ms": 1}, "symbols": {name: {"price": 3}}},
        {"root": {"time_ms": 1}, "symbols": {"NEWUSDT": {}}},
        {"root": {"time_ms": 1}, "symbols": []},
        {"root": {"time_ms": 1}, "names": ["NEWUSDT"]},
    ):
        with pytest.raises(MalformedError):
            assembler.update(frame)
        assert assembler.state == before
