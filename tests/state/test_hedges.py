"""The table of what would save an account: its published form says all that is shown of it."""

from __future__ import annotations

import json

import pytest

from tuirisk.state import Missing
from tuirisk.state.hedges import HedgeFigures, HedgeRow, HedgeTable, hedge_json, hedge_table_of

FIGURES = HedgeFigures(0.03, 0.3, Missing.from_text("12 of 100 common returns"), 0.4)
TABLE = HedgeTable(
    FIGURES,
    (
        HedgeRow("add_margin", "", "", 100.0, 100.0, 0.0, FIGURES, True),
        HedgeRow("cut", "BTCUSDT", "long", 0.1, 6e3, Missing.from_text("no book"), FIGURES, False),
    ),
)  # fmt: skip


def test_a_viewer_gets_what_the_server_shows() -> None:
    body = json.loads(json.dumps(hedge_json(TABLE)))
    assert hedge_table_of(body) == TABLE
    assert set(body["candidates"][0]) == {
        *("action", "symbol", "side", "quantity", "notional", "cost", "after", "ok")
    }
    assert body["before"]["var_1d_95"] is None
    assert body["before"]["reasons"] == {"var_1d_95": "12 of 100 common returns"}
    assert hedge_table_of(hedge_json(HedgeTable(None, ()))) == HedgeTable(None, ())


@pytest.mark.parametrize("body", [{}, {"before": None, "candidates": [{"action": "sell"}]}])
def test_what_is_no_table_is_refused(body: dict[str, object]) -> None:
    with pytest.raises((KeyError, ValueError)):
        hedge_table_of(body)
