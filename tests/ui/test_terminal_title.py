"""The terminal's title: what it says, and when it is sent."""

from __future__ import annotations

from dataclasses import replace

from support.ui_states import state, symbol

from tuirisk.language.words import Words
from tuirisk.state import LogEntry, RiskState, Severity, SymbolSeverity
from tuirisk.terminal.title import has_title, set_title
from tuirisk.ui.app.terminal_title import TerminalTitle, title_text

EN = Words("en")


def of(*levels: Severity, held: bool = False, alert: LogEntry | None = None) -> RiskState:
    names = ("BTCUSDT", "ETHUSDT")[: len(levels)]
    symbols = {
        name: replace(symbol(), severity=SymbolSeverity(level, held=held))
        for name, level in zip(names, levels, strict=True)
    }
    order = tuple(sorted(names, key=lambda name: symbols[name].severity.level != "critical"))
    made = replace(
        state(symbols), symbols=symbols, danger_order=order, account=None, source="binance"
    )
    return replace(made, alerts=() if alert is None else (alert,))


def text(what: RiskState | None, **options: bool) -> str:
    return title_text(what, "mainnet", EN, **options)


def test_it_is_the_worst_severity_and_its_symbol() -> None:
    assert text(of("ok", "critical")) == "CRITICAL ETHUSDT · tuirisk"
    assert text(of("warning", "caution")) == "WARNING BTCUSDT · tuirisk"
    assert text(of("ok", "ok")) == "OK · tuirisk"
    assert text(of("warning"), ascii=True) == "WARNING BTCUSDT - tuirisk"


def test_what_is_not_known_is_not_calm() -> None:
    assert text(None) == "tuirisk"
    assert text(of("unknown")) == "UNKNOWN BTCUSDT · tuirisk"
    assert text(of("ok", held=True)) == "OK? BTCUSDT · tuirisk"
    assert text(of("ok"), blind=True) == "NO DATA · tuirisk"


def test_a_mark_stands_before_it_while_something_is_unacknowledged() -> None:
    alert = LogEntry(1, "BTCUSDT", "severity", "ok", "warning")
    assert text(of("warning", alert=alert)) == "* WARNING BTCUSDT · tuirisk"
    seen = replace(alert, acknowledged=True)
    assert text(of("warning", alert=seen)) == "WARNING BTCUSDT · tuirisk"


def test_another_source_than_the_market_is_named() -> None:
    demo = replace(of("ok"), source="simulator")
    assert title_text(demo, "mainnet", EN) == f"OK · tuirisk {EN('source.simulator')}"


def test_it_is_sent_when_it_changes_and_is_printable() -> None:
    sent: list[str] = []
    title = TerminalTitle(sent.append, shown=True)
    for one in ("a", "a", "b"):
        title.show(one)
    title.forget()
    title.show("b")
    assert sent == [set_title("a"), set_title("b"), set_title("b")]
    assert "\x1b" not in set_title("a\x1b]2;b\x07\n")[4:]
    TerminalTitle(sent.append, shown=False).show("c")
    assert len(sent) == 3


def test_terminals_without_a_title_are_left_alone() -> None:
    assert has_title({"TERM": "xterm-256color"})
    assert has_title({"TERM": "tmux-256color"})
    for name in ("", "dumb", "linux", "vt100"):
        assert not has_title({"TERM": name})
