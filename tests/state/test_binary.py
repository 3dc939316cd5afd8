"""States between two tuirisk: nothing is lost, nothing but a state is taken for one."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as some
from support import build, symbol_states, ui_states

from tuirisk.language.reason import Reason
from tuirisk.state import Missing, RiskState
from tuirisk.state.binary import MalformedError, decode_untyped, encode, typed
from tuirisk.state.daily_risk import StandardisedMoves

STATES = (ui_states.ready(), ui_states.loading(), ui_states.critical(), symbol_states.rich())


@pytest.mark.parametrize("state", STATES)
def test_every_field_comes_back(state: RiskState) -> None:
    assert typed(RiskState, decode_untyped(encode(state))) == state


def test_past_moves_come_back_as_an_array() -> None:
    moves = StandardisedMoves(array("d", (0.5, 2.0)), array("d", (1.0, 0.5)))
    assert typed(StandardisedMoves, decode_untyped(encode(moves))) == moves
    with pytest.raises(MalformedError):
        typed(StandardisedMoves, {"values": ["much"]})


def test_a_field_of_a_newer_version_is_skipped_and_one_of_its_own_takes_the_default() -> None:
    values = decode_untyped(encode(ui_states.ready()))
    values["of_tomorrow"] = {"some": [1, 2]}
    del values["danger_order"]
    assert typed(RiskState, values).danger_order == ()


def test_a_reason_of_a_newer_version_is_its_code() -> None:
    data = encode(Reason("not_watched")).replace(b"not_watched", b"not_dreamed")
    assert str(decode_untyped(data)) == "not_dreamed"


def test_a_missing_number_keeps_its_reason_and_kind() -> None:
    missing = Missing("of_cross_margin", symbol="ETHUSDT", reason=Missing("not_watched"))
    back = decode_untyped(encode(missing))
    assert type(back) is Missing
    assert back == missing


@pytest.mark.parametrize(
    ("field", "value"),
    [("time_ms", "now"), ("source", "moon"), ("symbols", []), ("generation", 1.5), ("log", {})],
)
def test_another_kind_of_value_is_refused(field: str, value: object) -> None:
    values = decode_untyped(encode(ui_states.ready())) | {field: value}
    with pytest.raises(MalformedError):
        typed(RiskState, values)


@given(some.binary(max_size=200))
def test_garbage_is_refused_in_a_printable_line(data: bytes) -> None:
    with pytest.raises(MalformedError) as error:
        typed(RiskState, decode_untyped(data))
    assert str(error.value).isprintable()


def test_a_text_with_control_characters_does_not_come_through_as_it_is() -> None:
    reason = Reason("text", text="a")
    data = encode(reason).replace(b"\xa1a", b"\xa1\x1b")
    assert "\x1b" not in str(decode_untyped(data))


def test_columns_of_an_assessed_state_come_back() -> None:
    """Past days of a real market are arrays."""
    state = build.state()
    sent = typed(RiskState, decode_untyped(encode(state)))
    assert len(state.symbols["BTCUSDT"].daily.extremes.day_down.values) > 0
    assert sent == state
