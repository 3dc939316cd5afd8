"""The text of ``snapshot``: the most dangerous symbol first, with its positions."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.positions import BTC, ETH, LONG, SHORT, state

from tuirisk.cli.summary import chance_text, summary
from tuirisk.state import Message, Severity


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
    assert "cross  P&L -" in lines[3]
    assert lines[4].startswith("   BTCUSDT ")
    assert lines[5].startswith("   long 0.5 at 66000, ")
    assert lines[6].startswith("account  equity 2")
    assert lines[7:] == ["webhook: no answer"]


@pytest.mark.parametrize(
    ("chance", "text"), [(0.0, "< 0.1%"), (0.0009, "< 0.1%"), (0.001, "0.1%"), (0.2, "20.0%")]
)
def test_a_chance_is_never_printed_as_zero(chance: float, text: str) -> None:
    assert chance_text(chance, ".1%") == text
