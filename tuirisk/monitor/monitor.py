"""The loop: applies a batch of events to the market, assesses it, records the RiskState."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping
from contextlib import aclosing
from copy import copy
from dataclasses import replace
from typing import Protocol

import msgspec

from tuirisk.analytics.assess import NO_EARLIER_RUNS, assess, reconfigured
from tuirisk.analytics.asset_prices import asset_prices
from tuirisk.analytics.conditions import conditions_of
from tuirisk.analytics.leverage.open_positions import open_positions
from tuirisk.analytics.order_impact import order_impacts
from tuirisk.analytics.portfolio.what_if import what_if_request
from tuirisk.analytics.radar_conditions import is_of_radar
from tuirisk.config.alert_model import ConditionConfig
from tuirisk.config.model import Config
from tuirisk.events import Batch, ConnectionReport
from tuirisk.language.reason import Reason
from tuirisk.market.market import Market
from tuirisk.monitor.abilities import RadarSource
from tuirisk.monitor.cadence import Cadence
from tuirisk.monitor.hedging import AnswerHedges, HedgeComputation
from tuirisk.monitor.simulations import StressSimulation, WhatIfSimulation
from tuirisk.state import (
    Acknowledgement,
    EarlierRuns,
    LogEntry,
    OrderImpact,
    OrderSize,
    RiskState,
    Source,
    WhatIfAnswer,
    WhatIfPosition,
)
from tuirisk.state.account_values import AccountHistory
from tuirisk.state.history_keeper import HistoryKeeper
from tuirisk.state.history_span import HistorySpan
from tuirisk.state.score_history import ScoreHistory
from tuirisk.state.track_record import TrackRecord


class EventSource(Protocol):
    """A feed that a monitor reads: live, the embedded exchange, a recording or files.

    Every method is called in the event loop that runs :meth:`batches`.
    """

    @property
    def name(self) -> Source: ...

    def batches(self) -> AsyncIterator[Batch]:
        """Batches of events, a cadence apart; ends when the source does."""
        ...

    def add(self, symbol: str) -> None: ...
    def remove(self, symbol: str) -> None: ...
    def reconnect(self) -> None: ...
    def resync(self, symbol: str, reason: Reason) -> None: ...
    async def close(self) -> None: ...


MOST_ANSWERS = 32
"""Histories of scores that are read at once; who asks for another gets none."""
AnswerScores = Callable[[ScoreHistory], None]
AnswerAccount = Callable[[AccountHistory], None]


class StateSource(Protocol):
    """What the screen and the words read states of: a monitor of this process or another's.

    Every method is called in the event loop that runs :meth:`states`.
    """

    order: OrderSize | None
    """The order whose impact is in the states; None for no order."""

    @property
    def state(self) -> RiskState | None:
        """The newest state; None before the first."""
        ...

    def states(self) -> AsyncIterator[RiskState]:
        """One state after another, each complete in itself."""
        ...

    def look_at(self, symbols: Iterable[str]) -> None:
        """These symbols are looked at: they and what is held need be new in every state."""
        ...

    def acknowledge(self, entries: Iterable[LogEntry]) -> None:
        """Acknowledge alerts of the log: from the next state on."""
        ...

    @property
    def takes_conditions(self) -> bool:
        """Whether conditions made on the screen are evaluated here."""
        ...

    def set_conditions(self, conditions: tuple[ConditionConfig, ...]) -> None:
        """From the next state on, alert by ``conditions``, where they are taken."""
        ...

    def what_if(self, position: WhatIfPosition, answer: Callable[[WhatIfAnswer], None]) -> None:
        """Evaluate ``position``; ``answer`` is called with what is known, more than once."""
        ...

    def hedge(self, answer: AnswerHedges) -> None:
        """Compute what would bring the account within its limits; ``answer`` is called once."""
        ...

    def score_history(self, symbol: str, span: HistorySpan, answer: AnswerScores) -> None:
        """Find what the score of ``symbol`` was in ``span`` until now; ``answer`` is called once,
        or never where nothing is known of the symbol.
        """
        ...

    def account_history(self, span: HistorySpan, answer: AnswerAccount) -> None:
        """Find what the account was worth in ``span`` until now; ``answer`` is called once, or
        never where nothing is kept.
        """
        ...


class Session(HistoryKeeper, Protocol):
    """The parts of a live run that outlast it: its history, and the hooks of its escalations."""

    def earlier_runs(self, now_ms: int) -> EarlierRuns: ...
    def live_record(self) -> TrackRecord | None: ...
    def notices(self) -> tuple[Reason, ...]: ...
    def acknowledgements(self, now_ms: int) -> tuple[Acknowledgement, ...]: ...


class Monitor:
    """Turns the batches of a source into states. Owns the market: it alone writes to it."""

    def __init__(
        self,
        source: EventSource,
        config: Config,
        session: Session | None = None,
        *,
        headless: bool = False,
        track_record: TrackRecord | None = None,
        scores: HistoryKeeper | None = None,
    ) -> None:
        """``session`` records every state; a demo, a replay and a single state have none, but
        ``scores`` may keep theirs.

        ``track_record`` is shown beside the forecasts.

        ``headless``: nobody looks, so a first severity that is critical is an alert.
        """
        self.source = source
        self.config = config
        self._session = session
        self._keeper = scores if session is None else session
        self._answering: set[asyncio.Task[None]] = set()
        self._headless = headless
        self._track_record = track_record
        self._acknowledged: list[Acknowledgement] = []
        self._earlier_runs = NO_EARLIER_RUNS
        self.market = Market()
        self.state: RiskState | None = None
        self.order: OrderSize | None = None
        """The order whose impact is in the states; None for no order."""
        self._cadence = Cadence()
        self._reconfigured = False
        """Whether the next state is the first by another configuration."""
        self.stress = StressSimulation(inline=source.name in ("recording", "files"))
        self._what_if = WhatIfSimulation()
        self._hedging = HedgeComputation()
        self._without_account: RiskState | None = None
        self._connection: ConnectionReport
        """Of the newest batch."""
        self._now = 0
        """Local time of the newest batch, ns."""

    async def states(self) -> AsyncIterator[RiskState]:
        """One state a batch, each complete in itself."""
        self._read_radar()
        try:
            async with aclosing(self.source.batches()) as batches:  # type: ignore[type-var]
                async for batch in batches:
                    state = self._assess(batch)
                    if self._keeper is not None:
                        self._keeper.record(state)
                    yield state
        finally:
            for task in self._answering:
                task.cancel()
            self.stress.close()
            self._what_if.close()

    def _assess(self, batch: Batch) -> RiskState:
        market, self._now, self._connection = self.market, batch.now, batch.connection
        for event in batch.events:
            market.apply(event)
        market.sample(batch.now)
        for symbol, reason in market.distrusted.items():
            self.source.resync(symbol, reason)
        market.distrusted.clear()
        session = self._session
        if self.state is None and session is not None:
            self._earlier_runs = session.earlier_runs(batch.now // 1_000_000)
        positions = open_positions(market.account, self.config, asset_prices(market))
        anew, self._reconfigured = self._reconfigured, False
        before = self.state
        if anew and before is not None:
            before = reconfigured(before, self.config)
        due = self._cadence.due(market.symbols, positions.symbols, batch.now)
        self.state = assess(
            market,
            self.config,
            batch.now,
            before,
            connection=batch.connection,
            source=self.source.name,
            positions=positions,
            stress=self.stress.update(market, positions, self.config, batch.now),
            simulated=self.stress.account,
            order=self.order,
            listed=batch.listed,
            earlier_runs=self._earlier_runs,
            notices=() if session is None else session.notices(),
            acknowledgements=self._acknowledgements(),
            headless=self._headless,
            track_record=self._track_record,
            live_record=None if session is None else session.live_record(),
            due=None if anew else due,
        )
        return self.state

    @property
    def holds_nothing(self) -> bool:
        """Whether its states tell of no account and no position."""
        state = self.state
        return state is None or (state.account is None and state.connection.account is None)

    def state_without_account(self, now: RiskState) -> RiskState:
        """The newest state ``now`` as it would be with no account and no position.

        It has a log and severities of its own, which nothing of the account enters.
        """
        if self.holds_nothing:
            self._without_account = now
            return now
        market = copy(self.market)
        market.account = None
        state = assess(
            market,
            replace(
                self.config,
                positions=(),
                alerts=replace(self.config.alerts, when=()),
                own_conditions=(),
            ),
            self._now,
            self._without_account,
            connection=msgspec.structs.replace(self._connection, account=None),
            source=self.source.name,
            listed=now.listed,
            track_record=self._track_record,
        )
        self._without_account = replace(state, account=None)
        return self._without_account

    def order_impacts(self, order: OrderSize | None) -> Mapping[str, OrderImpact]:
        """What ``order`` would cost now, by symbol; see ``RiskState.order_impacts``."""
        if self.state is None:
            return {}
        nothing = open_positions(None, replace(self.config, positions=()))
        return order_impacts(
            order, self.market, nothing, self.config.risk, self.state.symbols, None
        )

    def _acknowledgements(self) -> tuple[Acknowledgement, ...]:
        """Those of this run since the last state, and those that other runs have stored."""
        own, self._acknowledged = self._acknowledged, []
        stored = () if self._session is None else self._session.acknowledgements(self._now // 10**6)
        return (*own, *stored)

    @property
    def takes_conditions(self) -> bool:
        return True

    def set_conditions(self, conditions: tuple[ConditionConfig, ...]) -> None:
        """From the next state on, ``conditions`` are those made on the screen.

        Call it in the event loop.
        """
        self.config = replace(self.config, own_conditions=conditions)
        self._read_radar()

    def look_at(self, symbols: Iterable[str]) -> None:
        """Assess these and what is held at every batch, other symbols once a second.

        A recording is assessed whole: what is seen of it must not depend on who looks. May be
        called in any thread.
        """
        if self.source.name not in ("recording", "files"):
            self._cadence.look_at(symbols)

    def configure(self, config: Config) -> None:
        """Assess by ``config`` from the next state on, every symbol anew; call it in the event
        loop. Symbols of its positions are watched.
        """
        self.config = replace(config, own_conditions=self.config.own_conditions)
        self._reconfigured = True
        self._read_radar()
        for position in config.positions:
            self.source.add(position.symbol)

    def _read_radar(self) -> None:
        """Have every perpetual received where a condition is on it."""
        if isinstance(self.source, RadarSource):
            on_all = any(map(is_of_radar, conditions_of(self.config)))
            self.source.read_radar("conditions", on_all)

    def acknowledge(self, entries: Iterable[LogEntry]) -> None:
        """Acknowledge alerts of the log: from the next state on, in this run and later ones.

        Call it in the event loop.
        """
        self._acknowledged += map(Acknowledgement.of, entries)

    def what_if(self, position: WhatIfPosition, answer: Callable[[WhatIfAnswer], None]) -> None:
        """Evaluate ``position`` as of the newest state; call it in the event loop.

        ``answer`` is called at once, and again when the position is simulated; not at all where
        its symbol is not watched.
        """
        symbols = self.state.symbols if self.state is not None else {}
        request = what_if_request(self.market, self.config, position, symbols, self._now)
        if request is not None:
            self._what_if.start(request, answer)

    def hedge(self, answer: AnswerHedges) -> None:
        """Compute what would bring the account of the newest state within its limits.

        Call it in the event loop; ``answer`` is called there once, with None where there is no
        state yet.
        """
        if self.state is None:
            answer(None)
        else:
            self._hedging.start(self.market, self.config, self.state, answer)

    def score_history(self, symbol: str, span: HistorySpan, answer: AnswerScores) -> None:
        """Find what the score of ``symbol`` was in ``span`` until the newest state.

        Call it in the event loop; ``answer`` is called there once. Never where no scores are kept.
        """
        keeper, state = self._keeper, self.state
        if keeper is None or state is None or len(self._answering) >= MOST_ANSWERS:
            return

        async def find() -> None:
            answer(await keeper.score_history(symbol, span, state.time_ms))

        self._start_answer(find())

    def account_history(self, span: HistorySpan, answer: AnswerAccount) -> None:
        """Find what the account was worth in ``span`` until the newest state.

        Call it in the event loop; ``answer`` is called there once. Never where nothing is kept.
        """
        keeper, state = self._keeper, self.state
        if keeper is None or state is None or len(self._answering) >= MOST_ANSWERS:
            return

        async def find() -> None:
            answer(await keeper.account_history(state, span))

        self._start_answer(find())

    def _start_answer(self, find: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(find)
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)
