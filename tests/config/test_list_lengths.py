"""Lists of a configuration have at most a thousand items."""

from __future__ import annotations

import pytest

from tuirisk.config.convert import convert
from tuirisk.config.model import ConfigError
from tuirisk.config.positions_csv import parse_positions


def test_more_than_a_thousand_symbols_are_refused_at_once() -> None:
    names = [f"A{i}USDT" for i in range(50_000)]
    with pytest.raises(ConfigError, match="there are 50000; list at most 1000"):
        convert({"symbols": names}, "")


def test_more_than_a_thousand_positions_of_a_csv_are_refused_at_once() -> None:
    rows = "\n".join(f"A{i}USDT,long,1,1" for i in range(20_000))
    with pytest.raises(ConfigError, match="more than 1000 positions"):
        parse_positions("symbol,side,quantity,entry_price\n" + rows, "p.csv")
