"""The bundled brackets against the recorded ones, and what is said of a symbol without any."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tuirisk.analytics.leverage.bracket_table import (
    mildest_brackets,
    strictest_brackets,
    table_brackets,
    table_date,
    table_symbols,
)
from tuirisk.analytics.leverage.brackets import (
    ACCOUNT,
    NONE,
    bracket_at,
    bracket_tiers,
    brackets_of,
    largest_notional,
)
from tuirisk.analytics.leverage.margin import maintenance_margin
from tuirisk.events import Bracket
from tuirisk.state import Brackets, Missing, Tier

ROOT = Path(__file__).parents[3]
FILE = "leverage_tiers_2024-10-24.json.gz"


@pytest.fixture(scope="module")
def recorded(shared_data: Path) -> dict[str, Any]:
    """Symbol → its recorded tiers."""
    with gzip.open(shared_data / "reference" / FILE) as file:
        tiers: dict[str, Any] = json.load(file)
    named = {}
    for market, rows in tiers.items():
        pair, _, settle = market.partition(":")
        date = settle.partition("-")[2]
        named[pair.replace("/", "") + (f"_{date}" if date else "")] = rows
    return named


def test_the_table_has_every_recorded_symbol_row_by_row(recorded: dict[str, Any]) -> None:
    assert len(recorded) == 349
    assert set(table_symbols()) == set(recorded)
    for symbol, rows in recorded.items():
        found, source = brackets_of(symbol, ())
        assert source == f"table {table_date()}" == "table 2024-10-24"
        assert len(found) == len(rows)
        for bracket, row in zip(found, rows, strict=True):
            assert bracket.notional_floor == row["minNotional"]
            assert bracket.notional_cap == row["maxNotional"] or row["maxNotional"] > 1e18
            assert bracket.maintenance_rate == row["maintenanceMarginRate"]
            assert bracket.max_leverage == row["maxLeverage"]
            assert bracket.cumulative == pytest.approx(float(row["info"]["cum"]), abs=1e-6)


@pytest.mark.parametrize("symbol", ["BTCUSDT", "TRXUSDT", "1000PEPEUSDT", "BTCSTUSDT", "ETHBTC"])
def test_the_maintenance_margin_does_not_jump_between_brackets(symbol: str) -> None:
    brackets = table_brackets(symbol)
    for bracket in brackets[:-1]:
        edge = bracket.notional_cap
        beyond = maintenance_margin(brackets, edge * (1 + 1e-12))
        assert beyond == pytest.approx(maintenance_margin(brackets, edge), rel=1e-9)


def test_the_table_is_what_its_generator_makes(shared_data: Path) -> None:
    made = subprocess.run(
        [sys.executable, ROOT / ".ci" / "bracket_table.py", shared_data / "reference" / FILE,
         "2024-10-24"],
        capture_output=True, check=True,
    ).stdout  # fmt: skip
    bundled = ROOT / "tuirisk" / "analytics" / "leverage" / "bracket_table.json"
    assert made == bundled.read_bytes()


def test_the_extremes_of_the_table_bound_every_symbol_that_allows_the_notional(
    recorded: dict[str, Any],
) -> None:
    strict, mild = strictest_brackets(), mildest_brackets()
    for symbol, rows in recorded.items():
        if symbol.endswith("BTC"):
            continue
        own = table_brackets(symbol)
        for row in rows:
            for notional in (row["minNotional"] + 1, min(row["maxNotional"], 1e12)):
                least, most = bracket_at(mild, notional), bracket_at(strict, notional)
                here = bracket_at(own, notional)
                assert least.maintenance_rate <= here.maintenance_rate <= most.maintenance_rate
                assert least.max_leverage >= here.max_leverage >= most.max_leverage
                amount = maintenance_margin(own, notional) * (1 + 1e-12)
                assert maintenance_margin(mild, notional) <= amount
                assert amount <= maintenance_margin(strict, notional) * (1 + 1e-11)


def test_a_symbol_in_neither_place_has_no_brackets_of_its_own() -> None:
    assert brackets_of("NOBODYUSDT", ()) == (mildest_brackets(), NONE)
    assert bracket_tiers("NOBODYUSDT", ()) == Brackets((), NONE)


def test_the_accounts_own_brackets_win() -> None:
    told = (Bracket(0, 1e6, 0.01, 0, 30),)
    assert brackets_of("BTCUSDT", told) == (told, ACCOUNT)


def test_a_bracket_holds_up_to_its_cap_and_the_last_beyond() -> None:
    found, _ = brackets_of("BTCUSDT", ())
    assert bracket_at(found, 50_000.0) is found[0]
    assert bracket_at(found, 50_000.01) is found[1]
    assert bracket_at(found, 0.0) is found[0]
    assert bracket_at(found, 1e12) is found[-1]


def test_the_largest_notional_at_a_leverage() -> None:
    found, _ = brackets_of("BTCUSDT", ())
    assert largest_notional(found, 125.0) == 50_000.0
    assert largest_notional(found, 60.0) == 3_000_000.0
    assert largest_notional(found, 1.0) == 1.8e9
    assert largest_notional(found, 126.0) == 0.0


def test_the_screen_gets_every_bracket_with_its_source() -> None:
    told = (Bracket(0.0, 1e4, 0.01, 0.0, 50.0),)
    assert bracket_tiers("BTCUSDT", told) == Brackets((Tier(0.0, 1e4, 50.0, 0.01, 0.0),), "account")
    table = bracket_tiers("BTCUSDT", ())
    assert table.source == "table 2024-10-24"
    found, _ = brackets_of("BTCUSDT", ())
    assert [tier.cap for tier in table.tiers] == [bracket.notional_cap for bracket in found]
    assert isinstance(bracket_tiers("BTCSTUSDT", ()).tiers[-1].cap, Missing)
    assert bracket_tiers("BTCUSDT", ()) is table
