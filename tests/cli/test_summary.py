"""The text of ``snapshot``: the most dangerous symbol first, with its positions."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.cells import cell_len
from support.positions import BTC, ETH, LONG, SHORT, state

from tuirisk.cli.log_line import padded
from tuirisk.cli.summary import chance_text, summary
from tuirisk.state import Message, Missing, Severity


def test_danger_comes_first_with_its_mark_position_and_account() -> None:
    made = state(LONG, SHORT)
    levels: dict[str, Severity] = {BTC: "ok", ETH: "critical"}
    symbols = {
        name: replace(one, severity=replace(one.severity, level=levels[name], text="said"))
        for name, one in made.symbols.items()
    }
    gone = Message("hook_failed", "webhook: no answer", None, "caution")
    waiting = Message("waiting_for", "waiting for trades", BTC, "unknown")
    made = replace(made, symbols=symbols, danger_order=(ETH, BTC), messages=(waiting, gone))
    lines = summary(made).decode().splitlines()
    assert lines[2].startswith("!! ETHUSDT ")
    assert lines[2].endswith("critical: said")
    assert lines[3].startswith("   short 20 at 3400, ")
    assert "cross  mark 3500  P&L -" in lines[3]
    assert lines[4].startswith("   BTCUSDT ")
    assert lines[5].startswith("   long 0.5 at 66000, ")
    assert lines[6].startswith("account  equity 2")
    assert lines[7].startswith("         P&L today -  (the configuration does not tell")
    assert lines[8].startswith("         available ")
    assert "  P(liquidation) cross 24h " in lines[8]
    assert lines[9:] == ["webhook: no answer"]


@pytest.mark.parametrize(
    ("chance", "text"), [(0.0, "< 0.1%"), (0.0009, "< 0.1%"), (0.001, "0.1%"), (0.2, "20.0%")]
)
def test_a_chance_is_never_printed_as_zero(chance: float, text: str) -> None:
    assert chance_text(chance, ".1%") == text


def test_a_position_line_has_both_chances_and_what_to_do_about_that_leg() -> None:
    made = state(LONG, SHORT)
    advised = {
        name: replace(
            symbol,
            positions=tuple(
                replace(p, p_liquidation_7d=0.33, margin_to_add=118.0, quantity_left=0.02)
                for p in symbol.positions
            ),
        )
        for name, symbol in made.symbols.items()
    }
    lines = summary(replace(made, symbols=advised)).decode().splitlines()
    legs = [line for line in lines if line.startswith(("   long", "   short"))]
    assert len(legs) == 2
    for leg in legs:
        assert ", 7d 33.0%" in leg
        assert leg.endswith("  (add 118, or cut to 0.02)")


def test_a_position_that_no_price_liquidates_has_none() -> None:
    made = state(LONG)
    (position,) = made.symbols[BTC].positions
    safe = replace(
        position,
        liquidation_price=Missing("no_liquidation_price"),
        distance=Missing("no_liquidation_price"),
        distance_sigmas=Missing("no_liquidation_price"),
    )
    symbols = {BTC: replace(made.symbols[BTC], positions=(safe,))}
    text = summary(replace(made, symbols=symbols, danger_order=())).decode()
    assert "  liquidation none  P(liquidation) 24h " in text


def test_a_wide_name_keeps_its_column() -> None:
    assert {cell_len(padded(name, 14)) for name in ("币安人生USDT", "BTCUSDT")} == {14}
