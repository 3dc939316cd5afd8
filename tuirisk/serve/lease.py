"""Which of several servers leads: a key that expires, held by whoever renews it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from tuirisk.remote.nats_protocol import LEADER, LEASE_S, RENEWAL_S

if TYPE_CHECKING:
    from nats.js.kv import KeyValue

_log = logging.getLogger(__name__)


class Lease:
    """Tries to lead, and goes on leading while it can renew in time.

    A server that cannot renew stops leading before its lease is free for others, by its own
    monotonic clock: two may lead at once only where a renewal arrived and its answer did not.
    """

    def __init__(
        self,
        bucket: KeyValue,
        name: str,
        monotonic: Callable[[], float],
        wanted: Callable[[], bool],
    ) -> None:
        """``wanted`` says whether this server has something to lead with."""
        self._wanted = wanted
        self._bucket, self._name, self._monotonic = bucket, name, monotonic
        self._revision: int | None = None
        self._renewed = -LEASE_S

    @property
    def leads(self) -> bool:
        since = self._monotonic() - self._renewed
        return self._revision is not None and since < LEASE_S - RENEWAL_S

    async def keep(self) -> None:
        """Try to lead until cancelled; then give the lease back."""
        try:
            while True:
                if self._wanted() or self._revision is not None:
                    await self._renew()
                await asyncio.sleep(RENEWAL_S)
        finally:
            await self._give_back()

    async def _renew(self) -> None:
        from nats.errors import Error

        asked = self._monotonic()
        value = self._name.encode()
        try:
            if self._revision is None:
                self._revision = await self._bucket.create(LEADER, value)
                _log.info("leads")
            else:
                self._revision = await self._bucket.update(LEADER, value, last=self._revision)
            self._renewed = asked
        except (Error, TimeoutError, OSError) as error:
            if self._revision is not None and not self.leads:
                _log.warning("leads no more: %s", error)
            if _another_holds(error):
                self._revision = None

    async def _give_back(self) -> None:
        if self._revision is not None:
            from nats.errors import Error

            with suppress(Error, TimeoutError, OSError, asyncio.CancelledError):
                await self._bucket.delete(LEADER, last=self._revision)
            self._revision = None


def _another_holds(error: Exception) -> bool:
    from nats.js.errors import KeyWrongLastSequenceError

    return isinstance(error, KeyWrongLastSequenceError) or "wrong last sequence" in str(error)
