"""The bundled brackets against the recorded ones, and the guess for everybody else."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tuirisk.analytics.leverage import brackets as module
from tuirisk.analytics.leverage.brackets import (
    ACCOUNT,
    BUNDLED,
    DEFAULT,
    bracket_at,
    bracket_tiers,
    brackets_of,
    largest_notional,
)
from tuirisk.events.events import Bracket
from tuirisk.state import Brackets, Missing, Tier


@pytest.fixture(scope="module")
def recorded(shared_data: Path) -> dict[str, Any]:
    with gzip.open(shared_data / "reference" / "leverage_tiers_2024-10-24.json.gz") as file:
        tiers: dict[str, Any] = json.load(file)
    return {name: rows for name, rows in tiers.items() if name.endswith("/USDT:USDT")}


@pytest.mark.parametrize("symbol", sorted(module._BUNDLED))
def test_the_bundled_table_is_the_exchanges(symbol: str, recorded: dict[str, Any]) -> None:
    found, source = brackets_of(symbol, ())
    rows = recorded[symbol.removesuffix("USDT") + "/USDT:USDT"]
    assert source == BUNDLED
    assert len(found) == len(rows)
    for bracket, row in zip(found, rows, strict=True):
        assert bracket.notional_floor == row["minNotional"]
        assert bracket.notional_cap == row["maxNotional"]
        assert bracket.maintenance_rate == row["maintenanceMarginRate"]
        assert bracket.max_leverage == row["maxLeverage"]
        assert bracket.cumulative == pytest.approx(float(row["info"]["cum"]), abs=1e-6)


def test_the_default_asks_for_at_least_as_much_as_any_symbol(recorded: dict[str, Any]) -> None:
    default, source = brackets_of("NOBODYUSDT", ())
    assert source == DEFAULT
    assert len(recorded) > 300
    for rows in recorded.values():
        for row in rows:
            for notional in (row["minNotional"] + 1, row["maxNotional"]):
                ours = bracket_at(default, notional)
                assert ours.maintenance_rate >= row["maintenanceMarginRate"]
                assert ours.max_leverage <= row["maxLeverage"]


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
    assert table.source == BUNDLED
    found, _ = brackets_of("BTCUSDT", ())
    assert [tier.cap for tier in table.tiers] == [bracket.notional_cap for bracket in found]
    guess = bracket_tiers("NEWUSDT", ())
    assert guess.source == DEFAULT
    assert isinstance(guess.tiers[-1].cap, Missing)
    assert bracket_tiers("BTCUSDT", ()) is table
