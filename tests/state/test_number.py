"""Numbers that may be missing: what is computed from them is missing for the first one's reason."""

from __future__ import annotations

import pytest

from tuirisk.state import (
    Missing,
    Number,
    element,
    first_missing,
    magnitude,
    mapped,
    maximum,
    or_none,
    present,
    ratio,
)

FIRST, SECOND = Missing("not_computed_yet"), Missing("no_volume")


def test_a_missing_number_is_false_and_absorbs_arithmetic() -> None:
    assert (FIRST or 3.0) == 3.0
    assert FIRST * SECOND is FIRST
    assert 2.0 - FIRST is FIRST
    assert -FIRST is FIRST


def test_a_missing_number_has_no_order() -> None:
    with pytest.raises(TypeError):
        assert FIRST < 1.0  # type: ignore[operator]


def test_present_keeps_zero_and_the_order() -> None:
    assert present([2.0, FIRST, 0.0]) == [2.0, 0.0]


def test_the_first_missing_value_is_found_among_others() -> None:
    assert first_missing(1.0, SECOND, FIRST) is SECOND
    assert first_missing(0.0, "") is None


@pytest.mark.parametrize(
    ("value", "unit", "result"),
    [(3.0, 2.0, 1.5), (FIRST, SECOND, FIRST), (FIRST, 0.0, FIRST), (3.0, FIRST, FIRST),
     (3.0, 0.0, SECOND), (3.0, -1.0, SECOND)],
)  # fmt: skip
def test_a_ratio_needs_a_positive_unit(value: Number, unit: Number, result: Number) -> None:
    assert ratio(value, unit, SECOND) == result


def test_a_maximum_is_missing_where_one_value_is() -> None:
    assert maximum(-1.0, 4.0, 2.0) == 4.0
    assert maximum(5.0, SECOND, FIRST) is SECOND


def test_functions_are_applied_to_present_values_only() -> None:
    assert mapped(str, 2.0) == "2.0"
    assert mapped(str, FIRST) is FIRST
    assert magnitude(-2.0) == 2.0
    assert magnitude(FIRST) is FIRST
    assert or_none(0.0) == 0.0
    assert or_none(FIRST) is None
    assert element(((1.0, FIRST),), 0, 1) is FIRST
    assert element(SECOND, 0, 1) is SECOND
