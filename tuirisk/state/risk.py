"""RiskState: the one immutable model that the screen, the alerts and the snapshot read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tuirisk.events import AccountReading, StreamStatus
from tuirisk.language.reason import Reason
from tuirisk.state.account_values import AccountValue
from tuirisk.state.alert import LogEntry, Message, Sight
from tuirisk.state.condition import ConditionState
from tuirisk.state.external import NO_EXTERNAL, External
from tuirisk.state.judgement import LevelRule
from tuirisk.state.leverage import AccountState
from tuirisk.state.liquidity import OrderImpact
from tuirisk.state.number import (
    MOMENT,
    NOT_APPLICABLE,
    NOT_YET,
    ConnectionStatus,
    MaybeCount,
    MaybeMatrix,
    Missing,
    Number,
    Source,
    published_later,
    screen_only,
)
from tuirisk.state.position_ledger import PositionLedger
from tuirisk.state.radar import RadarState
from tuirisk.state.severity import Severity
from tuirisk.state.symbol import SymbolState
from tuirisk.state.track_record import TrackRecord


@dataclass(frozen=True, slots=True)
class StreamState:
    """One stream of the connection."""

    name: str
    status: StreamStatus
    age_ms: Number
    """Since its last frame, milliseconds."""


@dataclass(frozen=True, slots=True)
class ConnectionState:
    """The connection to the source."""

    status: ConnectionStatus
    latency_ms: Number
    """Round trip of the last REST call, milliseconds."""
    used_weight_1m: MaybeCount
    """REST request weight of the last minute, as the exchange counts it."""
    reconnects: int
    resyncs: int
    """Order books that were fetched anew."""
    dropped_frames: int
    streams: tuple[StreamState, ...]
    message: Reason | None = screen_only(None)
    """Everything that is wrong with it, the recording and the account; None while all is well."""
    lag_s: int = screen_only(0)
    """By how many seconds frames come too late; 0 while none is past its budget."""
    account: AccountReading | None = screen_only(None)
    """None without a key."""
    recording: Reason | None = screen_only(None)
    """Why the recording stopped."""


@dataclass(frozen=True, slots=True)
class WatchlistState:
    """Correlation of the symbols' 1h log returns."""

    symbols: tuple[str, ...]
    correlation: MaybeMatrix = NOT_YET
    """Pearson's, −1 to 1, rows and columns in the order of ``symbols``."""
    mean_correlation: Number = NOT_YET
    """Mean over all pairs, −1 to 1."""
    effective_bets: Number = NOT_YET
    """Number of independent bets, 1 to ``bets_symbols``."""
    bets_symbols: int = screen_only(0)
    """Number of symbols whose pairs all have a number, which the bets are of."""


@dataclass(frozen=True, slots=True)
class ScorePeak:
    """The highest score (0–100) of a symbol in some time, and when: its minute (UTC ms)."""

    symbol: str
    score: float
    time_ms: int


@dataclass(frozen=True, slots=True)
class AbsenceSummary:
    """What was kept while nobody had the screen open."""

    since_ms: int
    """When it was last open."""
    until_ms: int
    entries: int
    """How many of the log's earlier entries are of that time: the last ones."""
    peaks: tuple[ScorePeak, ...]
    """The highest first; empty where nothing was watched."""


@dataclass(frozen=True, slots=True)
class EarlierRuns:
    """What a run takes over from those before it."""

    severities: Mapping[str, Severity] = field(default_factory=dict)
    """Symbol → its last severity: only what differs from it is news."""
    log: tuple[LogEntry, ...] = ()
    """Entries that the log begins with, oldest first."""
    absence: AbsenceSummary | None = None
    """None where it is not known when the screen was last open."""
    ledgers: Mapping[str, PositionLedger] = field(default_factory=dict)
    """Account → its positions as they were known last."""
    account_values: Mapping[str, tuple[AccountValue, ...]] = field(default_factory=dict)
    """Account → what it was worth in the last day, oldest first."""


@dataclass(frozen=True, slots=True)
class RiskState:
    """Everything that is known at ``time_ms`` (UTC, milliseconds)."""

    time_ms: int = field(metadata=MOMENT)
    source: Source
    connection: ConnectionState
    watchlist: WatchlistState
    account: AccountState | None
    symbols: Mapping[str, SymbolState]
    alerts: tuple[LogEntry, ...] = published_later(())
    """Entries of the log that somebody must know, newest last, at most 200."""
    messages: tuple[Message, ...] = published_later(())
    """What is wrong or incomplete, in the order in which it is shown."""
    external: External = published_later(NO_EXTERNAL)
    """Other people's data, of the providers that are enabled."""
    danger_order: tuple[str, ...] = screen_only(())
    """The symbols, the most dangerous first: by severity, then by the smaller distance to
    liquidation in σ, then by total score."""
    log: tuple[LogEntry, ...] = screen_only(())
    conditions: tuple[ConditionState, ...] = screen_only(())
    """The user's own conditions, each on every symbol that it is on."""
    position_ledger: PositionLedger | None = screen_only(None)
    """The positions as the log has told them; None in a state that was not assessed."""
    account_values: tuple[AccountValue, ...] = screen_only(())
    """What the account was worth in the last day, a value a minute, oldest first."""
    history_entries: int = screen_only(0)
    """How many entries, at the log's beginning, are of earlier runs."""
    sights: Mapping[str, Sight] = screen_only({})
    """Whether data come, by symbol with a position; under ``""`` those of the account."""
    absence: AbsenceSummary | None = screen_only(None)
    """None where it is not known when the screen was last open."""
    notices: tuple[Reason, ...] = screen_only(())
    """What became of the history and the hooks where that is not well; newest last."""
    generation: int = screen_only(0)
    level_rules: Mapping[str, LevelRule] = screen_only({})
    """Code → the rule by which numbers are judged: for scales, legends and histories."""
    order_impacts: Mapping[str, OrderImpact] = screen_only({})
    """The order that somebody asks about, by symbol."""
    radar: RadarState | None = field(default=None, compare=False, metadata={"published": False})
    """Every perpetual that trades; None while nobody reads it."""
    listed: tuple[str, ...] = screen_only(())
    """Every perpetual that trades; empty while the exchange has not said."""
    track_record: TrackRecord | None = screen_only(None)
    """How such forecasts and scores did in a backtest; None where none was read."""
    live_record: TrackRecord | None = screen_only(None)
    """How the forecasts of live runs did; None where nothing is kept."""

    @property
    def account_leverage(self) -> Number:
        """Notional of all positions over the equity, a multiple; missing where any of it is."""
        if self.account is None:
            return NOT_APPLICABLE
        total: Number = 0.0
        for symbol in self.symbols.values():
            for leg in symbol.legs:
                total = total + leg.notional
        equity = self.account.equity
        if isinstance(equity, Missing):
            return equity
        return total / equity if equity > 0 else NOT_APPLICABLE
