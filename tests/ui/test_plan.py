"""Where the watchlist stands as tiles, where as a table."""

from __future__ import annotations

import pytest

from tuirisk.ui.widgets.table import short_name
from tuirisk.ui.widgets.table_columns import COLUMNS, chosen_columns
from tuirisk.ui.widgets.tile import TILE_HEIGHT, TILE_WIDTH
from tuirisk.ui.widgets.watchlist import BELOW, tile_layout


@pytest.mark.parametrize(
    ("width", "height", "count", "columns", "tile_height"),
    [
        (80, 24, 5, 0, TILE_HEIGHT),
        (120, 40, 5, 5, 14),
        (120, 40, 6, 3, TILE_HEIGHT),
        (120, 40, 8, 4, TILE_HEIGHT),
        (120, 40, 11, 0, TILE_HEIGHT),
        (160, 45, 5, 5, 14),
        (200, 60, 5, 5, 16),
        (200, 60, 8, 8, 16),
        (200, 60, 12, 6, 14),
        (200, 60, 24, 8, TILE_HEIGHT),
        (200, 60, 25, 0, TILE_HEIGHT),
    ],
)
def test_tiles_or_table(
    width: int, height: int, count: int, columns: int, tile_height: int
) -> None:
    got = tile_layout(width, height, count)
    assert (got.columns, got.tile_height) == (columns, tile_height)


@pytest.mark.parametrize(
    ("width", "height", "count", "rows"),
    [(80, 24, 5, 6), (80, 24, 50, 9), (120, 40, 12, 13), (120, 40, 50, 16), (200, 60, 30, 31)],
)
def test_a_table_has_a_row_a_symbol_as_far_as_the_panels_have_room(
    width: int, height: int, count: int, rows: int
) -> None:
    assert tile_layout(width, height, count).height == rows


@pytest.mark.parametrize("count", [1, 3, 8, 30])
@pytest.mark.parametrize(("width", "height"), [(60, 16), (80, 24), (120, 40), (160, 50), (300, 90)])
def test_a_plan_leaves_room_and_tiles_are_wide_enough(width: int, height: int, count: int) -> None:
    got = tile_layout(width, height, count)
    assert 0 < got.height <= height
    if got.columns:
        assert got.height + BELOW[got.tile_height] <= height
        assert got.height == -(-count // got.columns) * (got.tile_height + 1) - 1
        assert got.columns * (TILE_WIDTH + 1) - 1 <= width


@pytest.mark.parametrize("width", [4, 10, 30, 55, 69, 110, 150])
def test_columns_fit_and_keep_their_order(width: int) -> None:
    columns = chosen_columns(width)
    assert sum(column.width + 1 for column in columns) <= width
    kept = [column.key for column in columns]
    assert kept == [column.key for column in COLUMNS if column.key in kept]


def test_the_sparkline_is_widened_before_minor_columns_come_in() -> None:
    wide = {column.key: column.width for column in chosen_columns(134)}
    narrow = {column.key: column.width for column in chosen_columns(75)}
    assert wide["spark"] > narrow["spark"]
    assert "regime" in wide
    assert "regime" not in narrow


def test_short_names() -> None:
    assert short_name("1000PEPEUSDT") == "1000PEPE"
    assert short_name("BTCUSD_PERP") == "BTCUSD_PERP"
