"""Positions typed or imported: their file, and what a CSV may have wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tuirisk.config.model import ConfigError, PositionConfig
from tuirisk.config.positions_csv import parse_positions, read_positions
from tuirisk.config.typed_positions import TypedPositions, merged
from tuirisk.ui.view.position_parser import parse_position, position_text

LONG = PositionConfig("BTCUSDT", "long", 0.5, 70_000.0, 20.0, "isolated", 500.0)
SHORT = PositionConfig("BTCUSDT", "short", 0.1, 71_000.0)
HEADER = "symbol,side,quantity,entry_price,leverage\n"


def test_positions_last_and_two_programs_keep_each_others(tmp_path: Path) -> None:
    path = tmp_path / "state" / "positions.json"
    one, other = TypedPositions(path), TypedPositions(path)
    assert one.put((LONG,))
    assert other.put((PositionConfig("ETHUSDT", "long", 1.0, 2_000.0),))
    again = TypedPositions(path)
    assert [p.symbol for p in again.positions] == ["BTCUSDT", "ETHUSDT"]
    assert again.remove("BTCUSDT")
    assert not again.remove("BTCUSDT")
    assert [p.symbol for p in TypedPositions(path).positions] == ["ETHUSDT"]


@pytest.mark.parametrize("text", ["", "{", '{"schema":1,"positions":[{"symbol":"BTCUSDT"}]}', "\0"])
def test_a_damaged_file_is_set_aside(tmp_path: Path, text: str) -> None:
    path = tmp_path / "positions.json"
    path.write_text(text)
    own = TypedPositions(path)
    assert own.positions == ()
    assert "kept as positions.json.corrupt" in own.problem


def test_an_own_position_counts_more_than_a_configured_one_of_its_side() -> None:
    assert merged((SHORT, PositionConfig("BTCUSDT", "long", 9.0, 1.0)), (LONG,)) == (SHORT, LONG)


def test_what_is_right_in_a_csv_is_taken() -> None:
    text = (
        HEADER.replace("\n", ",note\n") + 'btcusdt,LONG,0.5,70000,20,x\nETHUSDT,short,"1,000",1,,\n'
    )
    positions, problem = parse_positions(text, "p.csv")
    assert positions == (PositionConfig("BTCUSDT", "long", 0.5, 70_000.0, 20.0),)
    assert problem == 'p.csv: unknown column "note" (and 1 more)'


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (HEADER.replace(",", ";") + "BTCUSDT;long;1;2;3\n", "separated by semicolons"),
        (HEADER.replace(",", "\t"), "separated by tabs"),
        ("symbol,side,quantity\n", "no column entry_price"),
        ("", "no column symbol"),
        (HEADER, "no position below the header"),
        (HEADER + 'BTCUSDT,long,"1,000",2,3\n', 'line 2: quantity: "1,000" has a comma'),
        (HEADER + "BTCUSDT,long,1,000.5,2,3\n", "line 2: more values than columns"),
        (HEADER + "BTCUSDT,lang,1,2,3\n", "line 2: side"),
        (HEADER + "BTCUSDT,long,nan,2,3\n", "line 2: quantity"),
        (HEADER + "BTCUSDT,long,,2,3\n", "quantity"),
    ],
)
def test_what_is_wrong_with_a_csv_is_one_line(text: str, wrong: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_positions(text, "p.csv")
    assert wrong in str(error.value)
    assert "\n" not in str(error.value)


def test_a_csv_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_positions(tmp_path / "no.csv")
    (tmp_path / "p.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8"):
        read_positions(tmp_path / "p.csv")


def test_a_position_is_typed_as_it_is_shown() -> None:
    for position in (LONG, SHORT):
        assert parse_position(position_text(position), "ETHUSDT") == position
    assert parse_position("long 0.5@70000 20X 500", "BTCUSDT") == LONG
    assert parse_position("eth/usdt:usdt short 1 2000 cross", "BTCUSDT").symbol == "ETHUSDT"


@pytest.mark.parametrize(
    "text", ["long", "0.5 @ 7", "long x @ 7", "long 1 2 3 4", "long 1 2 0.5x", "long -1 @ 2"]
)
def test_what_is_typed_wrong_is_said(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_position(text, "BTCUSDT")
