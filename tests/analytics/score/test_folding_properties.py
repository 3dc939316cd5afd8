"""Folded entries against the changes they are made of, and against what the history keeps."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from tuirisk.alerts.new_alerts import new_alerts
from tuirisk.analytics.score.escalation import rank
from tuirisk.analytics.score.log_folding import append
from tuirisk.analytics.score.repetition import acknowledged
from tuirisk.history.database import connect
from tuirisk.history.log import newest_entries
from tuirisk.history.log_store import store
from tuirisk.state import SEVERITIES, Acknowledgement, LogEntry, Severity

LEVELS: tuple[Severity, ...] = ("ok", "caution", "warning", "critical")
BTC, ETH = "BTCUSDT", "ETHUSDT"


@dataclass
class Change:
    """A change of a severity as it happened, and whether somebody has acknowledged it."""

    entry: LogEntry
    seen: bool = False

    @property
    def rises(self) -> bool:
        return _rank(self.entry.after) > _rank(self.entry.before)


@dataclass
class Log:
    """The log of a run, the changes that it was told, and the history beside it."""

    history: sqlite3.Connection
    entries: tuple[LogEntry, ...] = ()
    changes: list[Change] = field(default_factory=list)

    def add(self, entry: LogEntry) -> list[LogEntry]:
        """The alerts that ``entry`` makes."""
        self.changes.append(Change(entry))
        return self.set(append(self.entries, [entry]))

    def acknowledge(self, entry: LogEntry) -> None:
        for change in self.of(entry):
            change.seen = True
        self.set(acknowledged(self.entries, [Acknowledgement.of(entry)]))

    def set(self, entries: tuple[LogEntry, ...]) -> list[LogEntry]:
        before, self.entries = self.entries, entries
        store(self.history, 1, [entry for entry in entries if entry not in before])
        return new_alerts(before, entries)

    def of(self, entry: LogEntry) -> list[Change]:
        """The changes that ``entry`` stands for."""
        return [
            change
            for change in self.changes
            if change.entry.symbol == entry.symbol
            and entry.first_ms <= change.entry.time_ms <= entry.time_ms
        ]

    def check(self) -> None:
        covered = 0
        for entry in self.entries:
            changes = self.of(entry)
            rises = [change for change in changes if change.rises]
            covered += len(changes)
            pair = {entry.before, entry.after}
            assert all({c.entry.before, c.entry.after} == pair for c in changes)
            last = changes[-1].entry
            assert (entry.before, entry.after, entry.time_ms) == (
                last.before,
                last.after,
                last.time_ms,
            )
            assert entry.count == max(1, len(rises))
            assert entry.first_ms == changes[0].entry.time_ms
            if entry.count > 1:
                assert changes[0].rises
            assert entry.escalation == bool(rises)
            assert entry.acknowledged == (bool(rises) and all(change.seen for change in rises))
        assert covered == len(self.changes), "every change is in one entry"
        kept = newest_entries(self.history, 0, 1_000)
        assert set(map(_kept, kept)) == set(map(_kept, self.entries))
        assert len(kept) == len(self.entries)


def _rank(level: str) -> int:
    return SEVERITIES.index(level)


def _kept(entry: LogEntry) -> tuple[object, ...]:
    return (
        entry.symbol, entry.before, entry.after, entry.time_ms, entry.first_ms, entry.alert_ms,
        entry.count, entry.repeats, entry.escalation, entry.acknowledged,
    )  # fmt: skip


@pytest.fixture
def history(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(connect(tmp_path / "history.sqlite3", timeout=1.0)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        yield connection


@pytest.mark.parametrize("seed", range(20))
def test_an_entry_says_what_its_changes_were(seed: int, history: sqlite3.Connection) -> None:
    rng = np.random.default_rng(seed)
    log, level, now = Log(history), {BTC: "ok", ETH: "caution"}, 1_000_000
    for _ in range(60):
        now += int(rng.choice([3_000, 40_000, 250_000, 700_000]))
        symbol = BTC if rng.random() < 0.7 else ETH
        before = level[symbol]
        after = str(rng.choice([one for one in LEVELS if one != before]))
        if rng.random() < 0.7:
            after = "warning" if before == "ok" else "ok"
        level[symbol] = after
        rises = _rank(after) > _rank(before)
        change = LogEntry(now, symbol, "severity", before, after, 50.0, escalation=rises)
        alerts = log.add(change)
        (newest,) = [entry for entry in log.entries if entry.time_ms == now]
        assert newest.after == after
        assert alerts == ([newest] if rises and newest.count == 1 else [])
        log.check()
        rises_logged = [entry for entry in log.entries if entry.escalation]
        if rises_logged and rng.random() < 0.3:
            log.acknowledge(rises_logged[int(rng.integers(len(rises_logged)))])
            log.check()


def test_a_fall_after_a_repetition_is_no_alert(history: sqlite3.Connection) -> None:
    """What was repeated and counted on keeps when it alerted last."""
    log = Log(history)
    for now, before, after in ((1, "ok", "critical"), (2, "critical", "ok"), (3, "ok", "critical")):
        rises = rank(after) > rank(before)  # type: ignore[arg-type]
        log.add(LogEntry(now, BTC, "severity", before, after, 50.0, escalation=rises))
    (folded,) = log.entries
    log.set((replace(folded, alerted_ms=300_003, repeats=1),))
    assert log.add(LogEntry(300_004, BTC, "severity", "critical", "ok", 1.0, False)) == []
    (fallen,) = log.entries
    assert (fallen.after, fallen.repeats, fallen.alert_ms) == ("ok", 1, 300_003)
    log.check()
