"""Records as columns: what a list of them would say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuirisk.events.columnar import ColumnarSequence

Pair = tuple[int, float]
ROWS = st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False)))


def pair(time: int, value: float) -> Pair:
    return time, value


@given(ROWS, ROWS, st.integers(-9, 9), st.integers(-9, 9))
def test_they_are_as_a_list(rows: list[Pair], more: list[Pair], first: int, stop: int) -> None:
    made, plain = ColumnarSequence(pair, "qd", rows), list(rows)
    for row in more:
        made.append(row)
        plain.append(row)
    assert len(made) == len(plain)
    assert list(made) == plain
    assert made == plain
    assert made == tuple(plain)
    assert list(made[first:stop]) == plain[first:stop]
    assert [made[i] for i in range(-len(plain), len(plain))] == plain * 2
    assert list(made.column(0)) == [time for time, _ in plain]
    assert list(made.with_rows(more)) == more
    with pytest.raises(IndexError):
        made[len(plain)]


def test_a_part_is_on_its_own() -> None:
    made = ColumnarSequence(pair, "qd", [(1, 1.0), (2, 2.0)])
    part = made[1:]
    made.append((3, 3.0))
    part.append((4, 4.0))
    assert made == [(1, 1.0), (2, 2.0), (3, 3.0)]
    assert part == [(2, 2.0), (4, 4.0)]
    assert made != part
    assert made != [(1, 1.0), (2, 2.0), (3, 9.0)]


def test_rows_are_whole() -> None:
    with pytest.raises(ValueError, match="argument"):
        ColumnarSequence(pair, "qd", [(1, 1.0), (2,)])
    with pytest.raises(TypeError):
        ColumnarSequence(pair, "qd", [(1.5, 1.0)])
