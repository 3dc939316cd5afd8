"""Columns that stand on the zero line, or hang from it where the value is below."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from tuirisk.state import Missing, Number, present
from tuirisk.ui.charts.raster import Raster
from tuirisk.ui.charts.scale import Scale, linear_scale
from tuirisk.ui.render.rows import Line

GAP = "."
_UP = "▁▂▃▄▅▆▇█"
_UP_PLAIN = "..:::###"
_DOWN = "▔▔▀▀▀▀██"
"""What hangs: Unicode has an eighth and a half of these and nothing between."""
_DOWN_PLAIN = "''''####"

RoleOf = Callable[[int, float], str]
"""(index of the value, value) → role."""


class Rule(NamedTuple):
    """A value that a chart has a line at, and the line's role."""

    value: float
    role: str


def columns(
    values: Sequence[Number | None],
    rows: int,
    scale: Scale,
    role_of: RoleOf,
    *,
    fill: str = "",
    thickness: int = 1,
    rules: Sequence[Rule] = (),
    plain: bool = False,
) -> list[Line]:
    """One column a value, ``thickness`` cells wide; a missing value is a dot on the zero line, and
    None is nothing at all.

    ``rules`` are lines behind the columns, each through the row that holds its value; of a value
    between two rows, that is the upper one.

    Columns begin at zero, or at the edge of the scale that is next to it. Every value shows: at
    least an eighth. With ``fill`` only the end of a column has its own role, the rest has that.
    """
    raster = Raster(len(values) * thickness, rows)
    base = min(max(0.0, scale.low), scale.high)
    above = round(rows * (1 - scale.share(base)))
    row = (scale.high - scale.low) / rows if rows else 0.0
    for index, value in enumerate(values):
        if value is None:
            continue
        for x in range(index * thickness, (index + 1) * thickness):
            if isinstance(value, Missing):
                raster.put(x, above - 1 if above else 0, GAP, "faint")
                continue
            eighths = max(1, round(abs(value - base) / row * 8)) if row > 0 else 1
            role = role_of(index, value)
            down = value < base or not above
            levels = (_DOWN_PLAIN if plain else _DOWN) if down else _UP_PLAIN if plain else _UP
            room = rows - above if down else above
            for i in range(min(room, -(-eighths // 8))):
                y = above + i if down else above - 1 - i
                left = min(8, eighths - i * 8)
                end = (i + 1) * 8 >= eighths or i == room - 1
                raster.put(x, y, levels[left - 1], role if end or not fill else fill)
    for value, role in rules:
        y = math.ceil(rows * (1 - scale.share(value)) - 1e-9) - 1
        raster.rule(max(0, y), "-" if plain else "╌", role)
    return raster.lines()


def mirrored(
    up: Sequence[Number],
    down: Sequence[Number],
    rows: int,
    top: float,
    roles: tuple[str, str],
    *,
    thickness: int = 1,
    plain: bool = False,
) -> tuple[list[Line], Scale]:
    """Columns of ``up`` standing on those of ``down``, both from 0 to ``top``, and their scale.

    Zero is nothing here: what is missing is a dot.
    """
    half = linear_scale(0.0, top, max(1, rows // 2))
    hanging = Scale(-half.high, 0.0)
    lines = []
    for values, scale, role in ((up, half, roles[0]), (_negative(down), hanging, roles[1])):
        there = [None if value == 0.0 else value for value in values]
        role_of = partial(_always, role=role)
        lines += columns(there, rows // 2, scale, role_of, thickness=thickness, plain=plain)
    marks = sorted({-mark for mark in half.marks} | set(half.marks))
    return lines, Scale(-half.high, half.high, tuple(marks), half.step)


def _negative(values: Sequence[Number]) -> list[Number]:
    return [-value for value in values]


def extremes(values: Sequence[Number], width: int) -> tuple[Number, ...]:
    """``values`` in at most ``width`` groups, each the value farthest from zero in it.

    A group without a number is missing.
    """
    count = len(values)
    if count <= width or width <= 0:
        return tuple(values)
    groups = (values[i * count // width : (i + 1) * count // width] for i in range(width))
    return tuple(_farthest(group) for group in groups)


def _farthest(group: Sequence[Number]) -> Number:
    numbers = present(group)
    return max(numbers, key=abs) if numbers else group[0]


def _always(index: int, value: float, role: str) -> str:
    return role
