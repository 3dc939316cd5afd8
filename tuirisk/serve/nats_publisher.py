"""Puts the newest states into a NATS bucket, and alerts on a stream; the newest state wins."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tuirisk.alerts.event import Venue
from tuirisk.remote.nats_link import LinkError, Login, close, connect
from tuirisk.remote.nats_protocol import (
    ACCOUNT,
    ACCOUNT_ALERT_SUBJECTS,
    ACCOUNT_ALERTS,
    ACCOUNT_BUCKET,
    ACCOUNT_HEAD,
    ALERT_SUBJECTS,
    ALERTS,
    BUCKET,
    HEAD,
    LEASE_S,
    LEASES,
    MARKET,
    pack,
)
from tuirisk.remote.protocol import BEAT_S, sent_fields
from tuirisk.serve.lease import Lease
from tuirisk.serve.nats_alerts import NatsAlerts, symbols_with_position
from tuirisk.state import RiskState, SymbolState
from tuirisk.state.binary import encode

if TYPE_CHECKING:
    from nats.js import JetStreamContext
    from nats.js.kv import KeyValue

_log = logging.getLogger(__name__)

DUPLICATES_S = 120.0
"""Within this time the stream takes an alert with the same number once."""
RETRY_S = 1.0
ALERTS_KEPT_S = 7 * 86_400.0
PUT_TIMEOUT_S = 3.0


@dataclass(frozen=True, slots=True)
class Buckets:
    """Where states are put."""

    market: KeyValue
    account: KeyValue


class NatsPublisher:
    """Publishes what a monitor makes. Used in one event loop."""

    def __init__(
        self,
        url: str,
        login: Login,
        name: str,
        part: str,
        monotonic: Callable[[], float],
        *,
        venue: Venue,
        may_lead: Callable[[], bool],
    ) -> None:
        """``name`` tells this process from all others, ``part`` its symbols from the others'.

        ``may_lead`` says whether there is an account to lead with.
        """
        self._url, self._login, self._name = url, login, name
        self._head = HEAD + part
        self._monotonic = monotonic
        self._may_lead = may_lead
        self._put: dict[str, object] = {}
        """Key → the object whose value was put last."""
        self._parts: dict[tuple[str, str], tuple[object, bytes]] = {}
        self._changed = asyncio.Event()
        self._anew = asyncio.Event()
        """Set when the bucket and the stream may be gone."""
        self._state: RiskState | None = None
        self._market: RiskState | None = None
        self._published = monotonic()
        self._alerts = NatsAlerts(venue, monotonic)
        self._lease: Lease | None = None
        self.problem = ""
        """Why nothing gets through; empty while it does."""

    @property
    def leads(self) -> bool:
        return self._lease is not None and self._lease.leads

    def publish(self, state: RiskState, without_account: RiskState | None) -> None:
        """Have both put as soon as the server takes them; see ``serve.hub.Hub.publish``."""
        self._state, self._published = state, self._monotonic()
        if without_account is not None:
            self._market = without_account
            self._alerts.add(without_account, "market")
        self._alerts.add(state, "account")
        self._changed.set()

    async def run(self) -> None:
        """Publish until cancelled; what cannot be sent is sent later, the newest alone.

        Raises:
            LinkError: the first connection cannot be had.
        """
        client = await connect(self._url, self._login, lost=self._lost, back=self._back)
        try:
            stream = client.jetstream(timeout=PUT_TIMEOUT_S)
            while True:
                # A NATS server that was started anew has forgotten what it held in memory.
                self._anew.clear()
                self._put.clear()
                buckets, lease = await self._prepare(stream)
                self._lease = lease
                await _until(
                    self._anew,
                    self._put_states(buckets),
                    self._send_alerts(stream),
                    lease.keep(),
                )
        finally:
            await close(client)

    async def _prepare(self, stream: JetStreamContext) -> tuple[Buckets, Lease]:
        """The buckets and the lease; they and the streams of alerts are made where they are not.

        Raises:
            LinkError: JetStream is off, or what is there is something else.
        """
        from nats.errors import Error
        from nats.js.api import KeyValueConfig, StorageType, StreamConfig

        memory = StorageType.MEMORY
        try:
            made = [
                await stream.create_key_value(
                    KeyValueConfig(bucket=name, history=1, storage=memory)
                )
                for name in (BUCKET, ACCOUNT_BUCKET)
            ]
            for name, subjects in (
                (ALERTS, ALERT_SUBJECTS),
                (ACCOUNT_ALERTS, ACCOUNT_ALERT_SUBJECTS),
            ):
                alerts = StreamConfig(
                    name=name,
                    subjects=[subjects],
                    max_age=ALERTS_KEPT_S,
                    duplicate_window=DUPLICATES_S,
                )
                await stream.add_stream(alerts)
            leases = KeyValueConfig(bucket=LEASES, history=1, ttl=LEASE_S, storage=memory)
            held = await stream.create_key_value(leases)
        except (Error, TimeoutError) as error:
            raise LinkError(f"JetStream refuses the bucket or the stream: {error}") from None
        return Buckets(*made), Lease(held, self._name, self._monotonic, self._may_lead)

    async def _put_states(self, buckets: Buckets) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT_S):
                    await self._changed.wait()
            self._changed.clear()
            await self._put_newest(buckets)

    async def _put_newest(self, buckets: Buckets) -> None:
        from nats.errors import Error

        keys: dict[str, bytes] = {}
        if self._market is not None:
            names = [*self._market.symbols]
            keys |= self._values(self._market, self._head, MARKET, names)
        puts = [buckets.market.put(key, value) for key, value in keys.items()]
        if self._state is not None and self.leads:
            keys = self._values(
                self._state, ACCOUNT_HEAD, ACCOUNT, symbols_with_position(self._state)
            )
            puts += [buckets.account.put(key, value) for key, value in keys.items()]
        results = await asyncio.gather(*puts, return_exceptions=True)
        failures = [one for one in results if isinstance(one, BaseException)]
        for failure in failures:
            if not isinstance(failure, Error | TimeoutError | OSError):
                raise failure
        if failures:
            await self._lost(str(failures[0]) or type(failures[0]).__name__)
            await asyncio.sleep(RETRY_S)
            self._anew.set()
        elif puts:
            self.problem = ""

    def _values(
        self, state: RiskState, head: str, prefix: str, names: list[str]
    ) -> dict[str, bytes]:
        """Key → value, of the head and of each symbol that changed since it was put."""
        now = self._monotonic()
        times = round(now * 1000), round((now - self._published) * 1000)
        values = {head: pack(self._name, *times, self._fields(head, state), names=names)}
        for name in names:
            key = prefix + name
            symbol = state.symbols[name]
            if self._put.get(key) is not symbol:
                values[key] = pack(self._name, *times, self._fields(key, symbol))
                self._put[key] = symbol
        return values

    def _fields(self, key: str, value: RiskState | SymbolState) -> dict[str, bytes]:
        """Every field, encoded; one that is the same object is not encoded anew."""
        kind = RiskState if isinstance(value, RiskState) else SymbolState
        fields = {}
        for name in sent_fields(kind):
            part = getattr(value, name)
            kept = self._parts.get((key, name))
            if kept is None or kept[0] is not part:
                kept = self._parts[key, name] = (part, encode(part))
            fields[name] = kept[1]
        return fields

    async def _send_alerts(self, stream: JetStreamContext) -> None:
        from nats.errors import Error

        while True:
            due = self._alerts.remove_due(leads=self.leads)
            sent = 0
            try:
                for alert in due:
                    await stream.publish(alert.subject, alert.event, headers=alert.headers)
                    sent += 1
            except (Error, TimeoutError, OSError) as error:
                await self._lost(str(error) or type(error).__name__)
            finally:
                self._alerts.put_back(due[sent:])
            await asyncio.sleep(RETRY_S if self.problem else 0.25)

    async def _lost(self, why: str) -> None:
        if why != self.problem:
            _log.warning("NATS: %s", why)
        self.problem = why

    async def _back(self) -> None:
        _log.info("NATS: connected again")
        self.problem = ""
        self._anew.set()
        self._changed.set()


async def _until(ended: asyncio.Event, *jobs: Coroutine[Any, Any, None]) -> None:
    """Do ``jobs`` until ``ended`` is set."""
    tasks = [asyncio.create_task(job) for job in jobs]
    waiting = asyncio.create_task(ended.wait())
    try:
        done, _ = await asyncio.wait((waiting, *tasks), return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in (waiting, *tasks):
            task.cancel()
        await asyncio.gather(waiting, *tasks, return_exceptions=True)
