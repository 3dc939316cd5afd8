"""The connections of a running source to the exchange, and their status."""

from __future__ import annotations

import random
from typing import Literal, Protocol, TypeAlias

from tuirisk.config.model import ExchangeConfig
from tuirisk.events import ConnectionReport
from tuirisk.feed.binance.pipeline import Pipeline
from tuirisk.feed.binance.rest.backfill import Backfill
from tuirisk.feed.binance.rest.client import RestClient
from tuirisk.feed.binance.rest.fetcher import Fetcher
from tuirisk.feed.binance.rest.rate_limiter import RateLimiter
from tuirisk.feed.binance.rest.server_clock import ServerClock
from tuirisk.feed.binance.streams.sockets import Listener, Sockets
from tuirisk.feed.binance.streams.stream_connection import StreamTiming
from tuirisk.feed.binance.task_group import TaskGroup
from tuirisk.feed.clock import Clock
from tuirisk.language.reason import Reason, joined

Status: TypeAlias = Literal["connecting", "syncing", "live", "degraded", "offline"]


class SessionListener(Listener, Protocol):
    """Receives besides what the exchange says of symbols."""

    def on_symbol_refused(self, symbol: str) -> None:
        """The exchange refuses a request, for it does not trade ``symbol``."""


class ExchangeSession:
    """REST and WebSockets on one clock, one rate limiter and one set of tasks.

    To be made in the running loop.

    ``listed`` is set when exchangeInfo has come.
    """

    def __init__(
        self,
        config: ExchangeConfig,
        pipeline: Pipeline,
        listener: SessionListener,
        *,
        clock: Clock,
        rng: random.Random,
        timing: StreamTiming,
    ) -> None:
        self.listed = False
        self.tasks = TaskGroup()
        self.rate_limiter = RateLimiter(clock)
        self.rest = RestClient(config, self.rate_limiter, clock)
        self.fetcher = Fetcher(self.rest, pipeline, clock, rng, listener.on_symbol_refused)
        self.server_clock = ServerClock(self.rest, self.fetcher, pipeline, clock)
        self.backfill = Backfill(
            self.fetcher,
            pipeline.clock,
            clock=clock,
            rng=rng,
            tasks=self.tasks,
            book_is_live=pipeline.book_is_live,
        )
        self.sockets = Sockets(
            config,
            listener,
            pipeline.process_frame,
            clock=clock,
            rng=rng,
            tasks=self.tasks,
            timing=timing,
        )
        self._pipeline = pipeline

    async def close(self) -> None:
        await self.tasks.cancel()
        await self.sockets.close()
        await self.rest.close()

    def reconnect(self) -> None:
        """Replace every connection and ask again at once for what had failed."""
        self.sockets.reconnect()
        self.fetcher.retry_now()
        self.server_clock.measure_soon()

    def report(self, now: int) -> ConnectionReport:
        """The connection's health at ``now`` (ns)."""
        status, message = self._state()
        if self.tasks.failure is not None:
            status = "degraded" if status == "live" else status
            message = joined(message, self.tasks.failure, by="lines")
        stopped = self._pipeline.recording_error
        return ConnectionReport(
            status=status,
            latency_ms=self.rest.latency_ms,
            used_weight_1m=self.rate_limiter.reported_weight,
            reconnects=self.sockets.reconnects,
            resyncs=self._pipeline.resyncs,
            dropped_frames=self._pipeline.dropped_frames,
            streams=self.sockets.health.reports(now),
            message=message,
            drops=self._pipeline.dropped.reasons(now),
            recording=Reason("recording_stopped", what=stopped) if stopped else None,
            notes=self._coming(),
        )

    def _coming(self) -> tuple[Reason, ...]:
        """What of the history is still to come."""
        count, total = self.backfill.incomplete, len(self._pipeline.watched)
        return (Reason("history_coming", count=count, total=total),) if count else ()

    def _state(self) -> tuple[Status, Reason | None]:
        sockets, failing = self.sockets, self.fetcher.failing
        problem = self._problem()
        if not self.listed:
            return ("offline", problem) if failing else ("connecting", None)
        if sockets.connections and not sockets.open_connections:
            return ("offline", problem) if sockets.lost or sockets.error else ("connecting", None)
        worst = sockets.health.worst_status()
        if failing or sockets.error or sockets.lost or worst in ("silent", "closed"):
            return "degraded", problem
        if self._pipeline.book_problems:
            return "degraded", problem
        books = all(self._pipeline.book_is_live(symbol) for symbol in self._pipeline.watched)
        if worst == "awaiting" or not self.backfill.settled or not books:
            return (
                ("syncing", None) if sockets.connections else ("live", Reason("no_symbol_to_watch"))
            )
        return "live", None

    def _problem(self) -> Reason | None:
        """The most important thing that is wrong, if anything is."""
        sockets, failing = self.sockets, self.fetcher.failing
        if sockets.error is not None:
            return sockets.error.reason
        if failing:
            (symbol, _), error = next(iter(failing.items()))
            reason = error.reason
            if len(failing) > 1:
                reason = Reason("and_more", reason=reason, count=len(failing) - 1)
            return Reason("of_symbol", symbol=symbol, reason=reason) if symbol else reason
        if sockets.lost:
            return Reason("connection_to_exchange_lost")
        silent = sockets.health.silent()
        if silent:
            if len(silent) > 1:
                return Reason("streams_silent", stream=silent[0], count=len(silent) - 1)
            return Reason("stream_silent", stream=silent[0])
        for symbol, reason in self._pipeline.book_problems.items():
            return Reason("of_symbol", symbol=symbol, reason=reason)
        if sockets.health.worst_status() == "closed":
            return Reason("connection_to_exchange_lost")
        return None
