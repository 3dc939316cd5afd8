"""Small tables of numbers are read without pandas: an archive may have thousands of them."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.candle_files import TWELVE, klines, six, twelve

from tuirisk.feed.files import text
from tuirisk.feed.files.text import TextTable

ROWS = klines(40)


def rows_of(data: str) -> tuple[list[list[float]], int]:
    """The cells as floats, absent ones -1, and the lines that are no rows."""
    table = TextTable(lambda: io.BytesIO(data.encode()), None)
    assert not table.problem
    pieces = list(table.pieces(table.labels))
    cells = np.concatenate([piece.to_numpy(np.float64, na_value=-1.0) for piece in pieces])
    return np.nan_to_num(cells, nan=-1.0).tolist(), table.lost


@pytest.mark.parametrize(
    "data",
    [
        twelve(ROWS),
        TWELVE + "\n" + twelve(ROWS, unit=1000),
        "# a comment\r\n" + six(ROWS).replace(",", ";").replace("\n", "\r\n"),
        six(ROWS).rstrip("\n"),
    ],
)
def test_a_small_table_of_numbers_needs_no_parser_of_pandas(
    data: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as by_pandas:
        by_pandas.setattr(text, "_SMALL", 0)
        expected = rows_of(data)
    monkeypatch.delattr(pd, "read_csv")
    assert rows_of(data) == expected


CELLS = st.sampled_from(["1", "2.5", " 3", "-4e2", "nan", "", "x", '"5"', "1700000000000000001"])
LINES = st.lists(CELLS, min_size=1, max_size=4).map(",".join)


def said(data: str) -> object:
    """What is read of two columns, every number as a float; the error where that cannot be."""
    table = TextTable(lambda: io.BytesIO(data.encode()), None)
    try:
        pieces = list(table.pieces([0, 2]))
    except ValueError as error:
        return type(error)
    cells = [row for piece in pieces for row in piece.itertuples(index=False, name=None)]
    small = [[str(float(c)) if _is_small(c) else str(c) for c in row] for row in cells]
    return small, table.lost


def _is_small(cell: object) -> bool:
    return isinstance(cell, int | float) and not abs(cell) >= 1e17


@settings(max_examples=40)
@given(st.lists(LINES, max_size=6))
def test_what_a_small_table_says_does_not_depend_on_who_reads_it(lines: list[str]) -> None:
    data = "1700000000000,1,2\n" + "\n".join(lines)
    with pytest.MonkeyPatch.context() as by_pandas:
        by_pandas.setattr(text, "_SMALL", 0)
        expected = said(data)
    assert said(data) == expected
