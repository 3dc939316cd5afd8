"""Signed requests whose failures are recorded, and the pauses after them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tuirisk.feed.binance.account.signed import CLOCK_OFF
from tuirisk.feed.binance.account.status import AccountStatus, Subject
from tuirisk.feed.binance.rest.errors import ExchangeError
from tuirisk.feed.binance.rest.retry import full_jitter
from tuirisk.feed.binance.rest.server_clock import ServerClock
from tuirisk.feed.binance.task_group import first_of
from tuirisk.feed.clock import Clock
from tuirisk.language.reason import Reason

_T = TypeVar("_T")


class AccountRequests:
    """Records in ``status`` what fails; ``lasting_pause`` is in seconds."""

    def __init__(
        self,
        status: AccountStatus,
        server_clock: ServerClock,
        *,
        clock: Clock,
        rng: random.Random,
        lasting_pause: float,
        on_garbled: Callable[[Reason], None],
    ) -> None:
        """``on_garbled`` is called with each answer that cannot be read."""
        self._status = status
        self._server_clock = server_clock
        self._clock = clock
        self._rng = rng
        self._lasting_pause = lasting_pause
        self._on_garbled = on_garbled
        self._retry = asyncio.Event()

    async def request(self, subject: Subject, send: Callable[[], Awaitable[_T]]) -> _T | None:
        """The answer, None when there is none; a clock that is off is measured anew first."""
        for again in (True, False):
            try:
                answer = await send()
            except ExchangeError as error:
                if again and error.code == CLOCK_OFF:
                    await self._server_clock.measure()
                    continue
                if error.kind == "garbled":
                    self._on_garbled(error.reason)
                self._status.set_error(subject, error)
                return None
            self._status.set_error(subject, None)
            return answer
        return None

    async def pause(self, subject: Subject, failures: int = 1) -> None:
        """Wait before ``subject`` is asked for again, at most until :meth:`retry_now`."""
        error = self._status.errors.get(subject)
        lasting = error is None or error.lasting
        jitter = 1.0 + full_jitter(self._rng, failures)
        seconds = self._lasting_pause if lasting else min(jitter, self._lasting_pause)
        await first_of(self._clock.sleep(seconds), self._retry.wait())

    def retry_now(self) -> None:
        """End every pause."""
        self._retry.set()
        self._retry = asyncio.Event()
