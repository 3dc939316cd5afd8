"""The view: one RiskState and the user's display settings; every panel draws from it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from tuirisk.config.model import Config
from tuirisk.events.playback import Playback
from tuirisk.language.words import Words
from tuirisk.state import (
    SEVERITIES,
    DataFamily,
    Judgement,
    LevelRule,
    LogEntry,
    Message,
    OrderSize,
    RiskState,
    Severity,
    SymbolState,
    rise_of,
)
from tuirisk.ui.render import glyphs
from tuirisk.ui.view.commands import EVERY, Command

SEVERITY_ROLES: dict[str, str] = {severity: severity for severity in SEVERITIES}
"""The role of each severity."""
DANGERS: tuple[Severity, ...] = ("caution", "warning", "critical")
"""Severities that stay on the screen while a symbol's data are missing."""
FILLED = ("warning", "critical", "unknown", "error")
"""Roles of a badge that are shown on a ground of their colour."""
LOG_FILTERS = ("all", "alerts", "chosen", "this_run")


@dataclass(frozen=True, slots=True)
class View:
    """The state on the screen and its display settings; immutable, replaced on every change."""

    config: Config
    words: Words
    theme: str
    state: RiskState | None = None
    chosen: str = ""
    follow_chosen: bool = True
    """Whether the table scrolls with the chosen symbol; its top stays in view otherwise."""
    frozen: bool = False
    playback: Playback | None = None
    """How far the replay is; None where nothing is replayed."""
    muted: bool = False
    acknowledged: Mapping[str, int] = field(default_factory=dict)
    """Symbol → time (ms) up to which its alerts are acknowledged."""
    order: tuple[str, ...] | None = None
    """The symbols to show, filtered and sorted; None shows the whole watchlist in its order."""
    filter: str = ""
    sort: str = "list"
    listing: tuple[str, ...] = ()
    """The watchlist in the user's order; symbols that are not in it come last."""
    list_name: str = ""
    """Of the current watchlist; empty where there is only one."""
    removed: tuple[str, ...] = ()
    """Symbols removed from the current watchlist: hidden, though the state may still have them."""
    undoable: bool = False
    """Whether there is a removal to undo."""
    order_size: OrderSize | None = None
    """Order size of the impact panel; None is the user's exit, or the reference order."""
    zoomed: bool = False
    welcoming: bool = False
    """Whether the lines of the first start are shown."""
    behind_ms: int = 0
    """How much older than the newest state the frozen one is, whole seconds."""
    log_filter: str = "all"
    ascii: bool = False
    colourless: bool = False
    """Whether the terminal shows no colours: signs replace them."""
    commands: tuple[Command, ...] = EVERY
    """Every command under the keys it has now."""
    failure: str = ""
    silent_ms: float = 0.0
    """Milliseconds since the monitor's last state once that is too long; else 0."""

    @property
    def signed(self) -> bool:
        """Whether lines must be told apart by their signs rather than their colours."""
        return self.ascii or self.colourless

    @property
    def watched(self) -> tuple[str, ...]:
        """The whole watchlist; before the exchange has listed anything, what was asked for."""
        listed = () if self.state is None else self.state.watchlist.symbols
        unlisted = self.connection in ("connecting", "offline", "failed")
        if not listed:
            return self.listing or self.config.symbols if unlisted else ()
        return tuple(name for name in listed if name not in self.removed or self.holds(name))

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols shown, in their order on the screen."""
        return self.watched if self.order is None else self.order

    def hidden(self, shown: Collection[str]) -> tuple[str, ...]:
        """The symbols of the watchlist that are not ``shown``, the most dangerous first."""
        order = () if self.state is None else self.state.danger_order
        rest = set(self.watched).difference(shown)
        return tuple(name for name in dict.fromkeys((*order, *self.watched)) if name in rest)

    def symbol(self, name: str) -> SymbolState | None:
        return None if self.state is None else self.state.symbols.get(name)

    def holds(self, name: str) -> bool:
        """Whether there is a position in the symbol."""
        symbol = self.symbol(name)
        return symbol is not None and symbol.position is not None

    @property
    def has_account(self) -> bool:
        """Whether the state has an account: by a key, or positions of the configuration."""
        return self.state is not None and self.state.account is not None

    @property
    def pressing_messages(self) -> tuple[Message, ...]:
        """Those of the state's messages that tell of more than what is still awaited."""
        state = self.state
        return () if state is None else tuple(m for m in state.messages if m.level != "unknown")

    @property
    def has_messages(self) -> bool:
        return bool(self.pressing_messages)

    @property
    def time_ms(self) -> int:
        return 0 if self.state is None else self.state.time_ms

    @property
    def connection(self) -> str:
        """The status to show: the state's own, unless nothing vouches for it any more."""
        if self.failure:
            return "failed"
        if self.silent_ms:
            return "silent"
        return "connecting" if self.state is None else self.state.connection.status

    @property
    def lost(self) -> bool:
        """Whether no number shown can still be current."""
        return self.connection in ("failed", "silent", "offline")

    def stale(self, symbol: SymbolState, *families: DataFamily) -> bool:
        """Whether numbers made from ``families`` are past their age limit; without a family,
        whether the symbol as a whole is.
        """
        late = {name for name, fresh in symbol.freshness.items() if fresh.stale}
        if self.lost or (symbol.status == "stale" and not (families and late)):
            return True
        return not late.isdisjoint(families)

    def badge(self, symbol: SymbolState | None) -> tuple[str, str, str]:
        """(mark, word, role) of a symbol: its severity, or why it has none that counts.

        A severity that stands without all its inputs has ``?`` after its word, and is never green.
        """
        if symbol is None:
            return glyphs.STATUS_MARKS["warming"], self.words("status.connecting"), "warming"
        if not self.judged(symbol):
            status = "stale" if symbol.status == "ready" else symbol.status
            return glyphs.STATUS_MARKS[status], self.words(f"status.{status}"), status
        level, uncertain = symbol.severity.level, self.uncertain(symbol)
        word = self.words(f"severity.{level}")
        if uncertain and level != "unknown":
            word += glyphs.STALE
        dimmed = level == "ok" and uncertain
        return glyphs.MARKS[level], word, "stale" if dimmed else SEVERITY_ROLES[level]

    def judged(self, symbol: SymbolState) -> bool:
        """Whether a severity is shown; a danger stays while data are missing, a calm does not."""
        current = symbol.status == "ready" and not self.lost
        return current or symbol.severity.level in DANGERS

    def uncertain(self, symbol: SymbolState) -> bool:
        """Whether the severity shown stands without all that it rests on, or is not known."""
        return self.judged(symbol) and (self.lost or symbol.severity_uncertain)

    def role_of(self, score: object, usual: str = "bar") -> str:
        """The role of a score of 0–100, ``usual`` where it is ok."""
        if not isinstance(score, float | int):
            return "quiet"
        return level_role(self.rule("score").judge(score), usual)

    def rule(self, code: str) -> LevelRule:
        """The rule ``code`` by which the state was judged."""
        assert self.state is not None
        return self.state.level_rules[code]

    @property
    def visible_entries(self) -> int:
        """Number of entries at the log's beginning that an earlier run has already shown."""
        state = self.state
        return (
            0
            if state is None
            else state.history_entries - (state.absence.entries if state.absence else 0)
        )

    def unacknowledged(self) -> tuple[LogEntry, ...]:
        """Alerts that nobody acknowledged, of this run and while nobody looked, oldest first."""
        if self.state is None:
            return ()
        log = self.state.log[self.visible_entries :]
        return tuple(entry for entry in log if self.is_unacknowledged(entry))

    def unacknowledged_of(self, symbol: str) -> tuple[LogEntry, ...]:
        """Those of ``symbol``: its own, and its part in an alert of several symbols."""
        alerts = self.unacknowledged()
        if self.state is None:
            return ()
        own = [entry for entry in alerts if entry.symbol == symbol]
        for shared in alerts:
            part = rise_of(self.state.log, shared, symbol) if symbol in shared.symbols else None
            if part is not None and not part.acknowledged:
                own.append(part)
        return tuple(own)

    def is_unacknowledged(self, entry: LogEntry) -> bool:
        if entry.acknowledged:
            return False
        return entry.escalation and entry.time_ms > self.acknowledged.get(entry.symbol, -1)


def level_role(judgement: Judgement | None, usual: str = "text") -> str:
    """The role of a number judged: its level, ``usual`` where that is ok or there is none."""
    if judgement is None or judgement.level == "ok":
        return usual
    return judgement.level
