"""Where the watchlist stands as tiles, where as a table."""

from __future__ import annotations

import pytest

from tuirisk.ui.widgets.table import COLUMNS, chosen_columns
from tuirisk.ui.widgets.tile import TILE_HEIGHT, TILE_WIDTH, short_name
from tuirisk.ui.widgets.watchlist import BELOW, plan


@pytest.mark.parametrize(
    ("width", "height", "count", "columns", "tile_height"),
    [
        (80, 24, 5, 0, TILE_HEIGHT),
        (120, 40, 5, 5, 12),
        (120, 40, 8, 5, TILE_HEIGHT),
        (120, 40, 11, 0, TILE_HEIGHT),
        (200, 60, 5, 5, 16),
        (200, 60, 8, 8, 16),
        (200, 60, 24, 8, TILE_HEIGHT),
        (200, 60, 50, 0, TILE_HEIGHT),
    ],
)
def test_tiles_or_table(
    width: int, height: int, count: int, columns: int, tile_height: int
) -> None:
    got = plan(width, height, count)
    assert (got.columns, got.tile_height) == (columns, tile_height)


@pytest.mark.parametrize("count", [1, 3, 8, 30])
@pytest.mark.parametrize(("width", "height"), [(60, 16), (80, 24), (120, 40), (160, 50), (300, 90)])
def test_a_plan_leaves_room_and_tiles_are_wide_enough(width: int, height: int, count: int) -> None:
    got = plan(width, height, count)
    assert 0 < got.height <= height
    if got.columns:
        assert got.height + BELOW <= height
        assert got.columns * (TILE_WIDTH + 1) - 1 <= width


@pytest.mark.parametrize("width", [4, 10, 30, 55, 69, 110, 150])
def test_columns_fit_and_keep_their_order(width: int) -> None:
    columns = chosen_columns(width)
    assert sum(column.width + 1 for column in columns) <= width
    assert columns == [column for column in COLUMNS if column in columns]


def test_short_names() -> None:
    assert short_name("1000PEPEUSDT") == "1000PEPE"
    assert short_name("BTCUSD_PERP") == "BTCUSD_PERP"
