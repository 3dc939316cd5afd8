"""What ``x`` acknowledges: the chosen symbol's alerts, and its part in those that it shares."""

from __future__ import annotations

from dataclasses import replace

from support import build

from tuirisk.analytics.score.log_folding import append
from tuirisk.config.model import Config
from tuirisk.language.words import Words
from tuirisk.state import LogEntry
from tuirisk.ui.view.view import View


def rise(symbol: str) -> LogEntry:
    return LogEntry(1_000, symbol, "severity", "ok", "warning", 65.0, escalation=True)


def view_of(log: tuple[LogEntry, ...]) -> View:
    return View(Config(), Words("en"), "nord", state=replace(build.state(()), log=log))


def test_a_shared_alert_is_open_for_each_of_its_symbols_by_its_own_part() -> None:
    log = append((), [rise(f"S{n}") for n in range(5)])
    view = view_of(log)
    (shared,) = view.unacknowledged()
    assert len(shared.symbols) == 5
    assert [entry.symbol for entry in view.unacknowledged_of("S3")] == ["S3"]
    assert view.unacknowledged_of("BTCUSDT") == ()
    log = tuple(replace(e, acknowledged=e.symbol == "S3") for e in log)
    view = view_of(log)
    assert view.unacknowledged() == (shared,)
    assert view.unacknowledged_of("S3") == ()
