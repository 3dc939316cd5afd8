"""The screen, the explanation, the alerts and the command line judge nothing themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import pytest
from support.ui_states import judged, position, symbol

import tuirisk
from tuirisk.analytics.score.levels import level_rules
from tuirisk.config.model import RiskConfig, Thresholds
from tuirisk.ui.screens.leverage import distance_role
from tuirisk.ui.widgets.positions import nearness

ROOT = Path(tuirisk.__file__).parent
ROOMS = ("ui", "explain", "alerts", "cli")
LIMITS = {*(field.name for field in fields(Thresholds)), "thresholds", "extreme_rate_8h",
          "neutral_rate_8h", "min_carry"}  # fmt: skip
"""Names in the configuration that say where a number becomes dangerous."""
DRAWING = ("ui/charts", "ui/render")
"""Rooms of layout and of writing numbers: they know no state."""
SHAPE = {
    "cell_len", "columns", "count", "depth", "end", "height", "index", "len", "measure", "room",
    "rows", "side", "size", "spare", "thickness", "width", "x", "y",
}  # fmt: skip
"""Words of layout: what is measured in cells, rows and places."""


def modules(*rooms: str) -> Iterator[tuple[str, ast.Module]]:
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith(DRAWING):
                yield name, ast.parse(path.read_text(encoding="utf-8"))


def constants(tree: ast.Module) -> dict[str, float]:
    """The numbers that the module gives names to."""
    found = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = number(node.value, {})
            if value is not None:
                found[node.targets[0].id] = value
    return found


def number(node: ast.expr, names: dict[str, float]) -> float | None:
    if isinstance(node, ast.Name):
        return names.get(node.id)
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def judgements(tree: ast.Module) -> Iterator[str]:
    """Comparisons by size with a number other than 0 that are not of the layout."""
    names = constants(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Compare):
            continue
        if not all(isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE) for op in node.ops):
            continue
        sides = (node.left, *node.comparators)
        numbers = [value for side in sides if (value := number(side, names)) is not None]
        words = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        words |= {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
        if any(numbers) and not words & SHAPE:
            yield ast.unparse(node)


ALLOWED = {
    "cli/summary.py": "how many digits a probability has",
    "ui/app/": "how long nothing arrived",
    "ui/screens/symbol.py": "when to ask again",
    "ui/screens/funding.py": "from which share of the cap on the chart reaches to it",
    "ui/screens/leverage.py": "how many digits a probability has",
    "ui/screens/ladder_picture.py": "how wide a picture is",
    "ui/screens/outside_map.py": "how many rows a picture has",
    "ui/screens/what_if_form.py": "how coarse a step is",
    "ui/screens/why.py": "how many digits a fraction has",
    "ui/view/order_parser.py": "a typed size out of range",
    "ui/widgets/detail.py": "how many notes are left",
    "ui/widgets/footer.py": "the rank of a command",
    "ui/widgets/impact.py": "where a logarithmic bar begins",
    "ui/widgets/impact_curve.py": "how far labels are apart",
    "ui/widgets/log_items.py": "how long nobody looked",
    "ui/widgets/positions.py": "how many digits an amount has",
    "ui/widgets/table_columns.py": "the rank of a column",
    "alerts/bell.py": "how long ago the bell rang",
    "alerts/apprise_service.py": "the status of an answer",
    "alerts/heartbeat.py": "how long ago it was called",
    "alerts/http.py": "the status of an answer",
    "alerts/own_conditions.py": "the version of a file",
    "alerts/outbox.py": "how long ago a message was sent",
    "cli/argument_values.py": "an option out of range",
    "cli/backtest.py": "how many symbols there are",
    "cli/explain_text.py": "the unit of an age",
    "cli/questions.py": "an argument out of range",
    "cli/serve_states.py": "how long ago a state was made",
    "cli/wait.py": "how long the exchange was offline",
    "cli/watch.py": "how long nothing was printed",
}
"""Modules and rooms that compare with a number, and what: nothing of it is a judgement."""


def test_no_number_is_compared_with_a_threshold_outside_analytics() -> None:
    found = {name for name, tree in modules(*ROOMS) if any(judgements(tree))}
    assert {name for name in found if not name.startswith(tuple(ALLOWED))} == set()


@pytest.mark.parametrize(
    ("source", "caught"),
    [
        ("role = 'critical' if ratio > 0.8 else 'text'", True),
        ("EXPENSIVE = 0.2\nhot = abs(yearly) > EXPENSIVE", True),
        ("near = away < 2", True),
        ("held = x.value > 0", False),
        ("wide = width >= 100", False),
    ],
)
def test_a_threshold_would_be_found(source: str, caught: bool) -> None:
    assert any(judgements(ast.parse(source))) == caught


def test_no_threshold_of_the_configuration_is_read_outside_analytics() -> None:
    read = {
        f"{name}: {node.attr}"
        for name, tree in modules(*ROOMS)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in LIMITS
    }
    assert read == set()


@pytest.mark.parametrize("own", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("sigmas", [0.7, 1.5, 2.5, 3.5, 4.5])
def test_two_panels_colour_one_position_alike(own: float, sigmas: float) -> None:
    rules = level_rules(RiskConfig(thresholds=Thresholds(liquidation_sigmas=own)))
    held = replace(position(67_000.0), distance_sigmas=sigmas, p_liquidation_24h=0.0)
    shown = judged(replace(symbol(), position=held), rules).position
    assert shown is not None
    expected = "critical" if sigmas < own else "warning" if sigmas < 2 * own else "ok"
    assert nearness(shown)[1] == distance_role(shown) == expected
