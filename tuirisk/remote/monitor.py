"""A monitor whose states another tuirisk makes: what the screen and the words get them from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from dataclasses import replace
from typing import Any, Literal, Protocol

from tuirisk.analytics.score import blindness, log_folding
from tuirisk.config.alert_model import ConditionConfig
from tuirisk.config.model import Config
from tuirisk.feed.clock import Clock
from tuirisk.language.reason import Reason
from tuirisk.remote.account_values import RemoteAccountValues
from tuirisk.remote.own_positions import OwnPositions
from tuirisk.remote.view import acknowledged, aged, nothing_yet, of_symbols, with_log, with_problem
from tuirisk.state import (
    AccountRisk,
    Acknowledgement,
    LogEntry,
    Number,
    OrderSize,
    Position,
    RiskState,
    ScenarioResult,
    Sight,
    WhatIfAnswer,
    WhatIfPosition,
)
from tuirisk.state.account_values import AccountHistory, last_of_steps, merged_values
from tuirisk.state.binary import MalformedError, typed
from tuirisk.state.hedges import HedgeTable, hedge_table_of
from tuirisk.state.history_keeper import HistoryKeeper
from tuirisk.state.history_span import HISTORY_SPANS, HistorySpan
from tuirisk.state.score_history import ScoreHistory, overlaid

IDLE_S = 1.0
"""After which a state is given although nothing came: its data are older."""
ANSWER_S = 60.0
"""How long a question may take."""
SCORES_S = 3.0
"""How long the history of a score may take, before that of this viewer is shown."""


class Link(Protocol):
    """A viewer's connection: ``remote.connection`` or ``remote.nats_connection``."""

    changed: asyncio.Event
    """Set when there is something new."""
    problem: Reason | None
    """What is wrong with the connection; None while states come."""
    refused: bool
    warning: Reason | None

    @property
    def state(self) -> RiskState | None: ...
    @property
    def silent(self) -> bool: ...
    def age_s(self) -> float: ...
    async def run(self) -> None: ...
    def watch(self, names: tuple[str, ...] | None) -> None: ...
    def look_at(self, names: tuple[str, ...]) -> None: ...
    def order(self, order: object) -> None: ...
    def request(
        self, what: str, value: object, answer: Callable[[dict[str, Any]], None]
    ) -> None: ...


class RemoteMonitor:
    """The states that come over a link; see ``monitor.monitor.StateSource``.

    It reads only: what is acknowledged here is acknowledged here alone.
    """

    name: Literal["remote"] = "remote"

    def __init__(self, link: Link, config: Config, clock: Clock) -> None:
        """Of the symbols of ``config``, or of all that the server has where it names none."""
        self._scores: HistoryKeeper | None = None
        self._answering: set[asyncio.Task[None]] = set()
        self._config = config
        self._clock = clock
        self._names = list(config.symbols) or None
        """The symbols that are shown; None: all that the server has."""
        self._connection = link
        self._connection.watch(config.symbols or None)
        self._order: OrderSize | None = None
        self._account_values = RemoteAccountValues(link.request)
        self._own_positions = OwnPositions(config)
        self._acknowledged: list[Acknowledgement] = []
        self._sights: dict[str, Sight] = {}
        self._own_log: tuple[LogEntry, ...] = ()
        """Alerts that this viewer saw nothing, which the server knows nothing of."""
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.state: RiskState | None = None

    async def states(self) -> AsyncGenerator[RiskState, None]:
        """One state at a time, the newest: at most ``refresh_hz`` a second."""
        connection, self._loop = self._connection, asyncio.get_running_loop()
        self._task = asyncio.create_task(connection.run())
        try:
            while True:
                try:
                    async with asyncio.timeout(IDLE_S):
                        await connection.changed.wait()
                except TimeoutError:
                    pass
                connection.changed.clear()
                if self._task.done():
                    self._task.result()
                self.state = self._present()
                if self._scores is not None:
                    self._scores.record(self.state)
                yield self.state
                await asyncio.sleep(1 / self._config.ui.refresh_hz)
        finally:
            await self.close()

    def _present(self) -> RiskState:
        connection = self._connection
        state, why = connection.state, connection.problem
        if state is None:
            now_ms = self._clock.now_ns() // 1_000_000
            return nothing_yet(now_ms, why, refused=connection.refused)
        if why is None and connection.silent:
            why = Reason("server_silent")
        names = state.symbols if self._names is None else self._names
        names = [*names, *(held for held in self._own_positions.symbols if held not in names)]
        state = of_symbols(replace(state, source="remote"), names, self._config)
        elapsed_ms = round(connection.age_s() * 1000)
        if why is not None:
            state = aged(state, elapsed_ms, why)
        state = self._account_values.shown(state, connected=why is None)
        state = self._own_positions.judged(state)
        state = self._with_own_alerts(state, elapsed_ms if why is not None else 0)
        state = acknowledged(state, self._acknowledged)
        return with_problem(state, why or connection.warning)

    def _with_own_alerts(self, state: RiskState, silent_ms: int) -> RiskState:
        """``state`` with the alerts that its data stopped reaching this viewer."""
        held = [name for name, symbol in state.symbols.items() if symbol.legs]
        ages: dict[str, Number] = {name: float(silent_ms) for name in held}
        blind_ms = self._config.alerts.blind_seconds * 1000
        self._sights, entries = blindness.advance_sights(
            self._sights, ages, state.time_ms, blind_ms
        )
        self._own_log = log_folding.append(self._own_log, entries)
        own = (*self._own_log, *self._own_positions.log)
        return with_log(state, own) if own else state

    def add(self, symbol: str) -> None:
        if symbol not in self._shown():
            self._change([*self._shown(), symbol])

    def remove(self, symbol: str) -> None:
        self._change([name for name in self._shown() if name != symbol])

    def _shown(self) -> list[str]:
        if self._names is not None:
            return self._names
        state = self._connection.state
        return [] if state is None else list(state.symbols)

    def _change(self, names: list[str]) -> None:
        self._names = names
        self._connection.watch(tuple(names))

    def look_at(self, symbols: Iterable[str]) -> None:
        """See ``Monitor.look_at``: the server is told. May be called in any thread."""
        names = tuple(sorted(symbols))
        if self._loop is None:
            self._connection.look_at(names)
        else:
            self._loop.call_soon_threadsafe(self._connection.look_at, names)

    def reconnect(self) -> None:
        if self._task is not None and not self._task.done():
            self._task.cancel()
            self._task = asyncio.create_task(self._connection.run())

    async def close(self) -> None:
        for task in (self._task, *self._answering):
            if task is not None:
                task.cancel()

    @property
    def order(self) -> OrderSize | None:
        return self._order

    @order.setter
    def order(self, order: OrderSize | None) -> None:
        self._order = order
        self._connection.order(order)

    def acknowledge(self, entries: Iterable[LogEntry]) -> None:
        """See ``Monitor.acknowledge``; for this viewer alone."""
        self._acknowledged += map(Acknowledgement.of, entries)

    @property
    def takes_conditions(self) -> bool:
        """No: the server evaluates its own."""
        return False

    def set_conditions(self, conditions: tuple[ConditionConfig, ...]) -> None:
        """Nothing: see :attr:`takes_conditions`."""

    async def ask(self, what: str, value: Any, seconds: float = ANSWER_S) -> dict[str, Any]:
        """The server's answer to a request: ``value``, or ``error`` in a line, also where none
        comes within ``seconds``.
        """
        answered: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()

        def take(frame: dict[str, Any]) -> None:
            if not answered.done():
                answered.set_result(frame)

        self._connection.request(what, value, take)
        try:
            async with asyncio.timeout(seconds):
                return await answered
        except TimeoutError:
            return {"error": "the other tuirisk does not answer"}

    def what_if(self, position: WhatIfPosition, answer: Callable[[WhatIfAnswer], None]) -> None:
        """See ``Monitor.what_if``: the server evaluates it."""

        def take(frame: dict[str, Any]) -> None:
            try:
                position = typed(Position, frame["value"])
                account = typed(AccountRisk | None, frame.get("account"))
                scenarios = typed(tuple[ScenarioResult, ...], frame.get("scenarios", []))
            except (KeyError, MalformedError):
                return
            answer(WhatIfAnswer(position, account, scenarios))

        self._connection.request("what_if", position, take)

    def keep_scores(self, keeper: HistoryKeeper) -> None:
        """Have ``keeper`` keep the scores that come from now on."""
        self._scores = keeper

    def score_history(
        self, symbol: str, span: HistorySpan, answer: Callable[[ScoreHistory], None]
    ) -> None:
        """See ``Monitor.score_history``: what the server knows, and what came since this viewer
        began; that alone where the server does not answer.
        """
        state, scores = self.state, self._scores
        if state is None or scores is None:
            return

        async def find() -> None:
            own = await scores.score_history(symbol, span, state.time_ms)
            try:
                question = {"symbol": symbol, "span": span}
                frame = await self.ask("score_history", question, SCORES_S)
                server = typed(ScoreHistory, frame["value"])
            except (KeyError, MalformedError):
                answer(own)
                return
            since = server.since_ms or (own.since_ms if server.why else 0)
            answer(replace(server, steps=overlaid(server.steps, own.steps), since_ms=since))

        self._run(find())

    def account_history(self, span: HistorySpan, answer: Callable[[AccountHistory], None]) -> None:
        """See ``Monitor.account_history``: what the server knows, and what came since this viewer
        began; that alone where the server does not answer.
        """
        state, keeper = self.state, self._scores
        if state is None or keeper is None:
            return

        async def find() -> None:
            own = await keeper.account_history(state, span)
            try:
                frame = await self.ask("account_history", span, SCORES_S)
                server = typed(AccountHistory, frame["value"])
            except (KeyError, MalformedError):
                answer(own)
                return
            since = server.since_ms or (own.since_ms if server.why else 0)
            values = merged_values(server.values, own.values)
            step_ms = HISTORY_SPANS[span].step_ms
            answer(replace(server, values=last_of_steps(values, step_ms), since_ms=since))

        self._run(find())

    def _run(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    def hedge(self, answer: Callable[[HedgeTable | None], None]) -> None:
        """See ``Monitor.hedge``: the server computes it."""

        def take(frame: dict[str, Any]) -> None:
            try:
                table = hedge_table_of(frame["value"])
            except (KeyError, TypeError, ValueError, AttributeError):
                answer(None)
                return
            answer(table)

        self._connection.request("hedge", None, take)
