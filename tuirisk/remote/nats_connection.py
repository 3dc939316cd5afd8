"""A viewer's watch on the bucket of ``tuirisk serve --nats``: states of one or several servers."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tuirisk.foreign.text import printable
from tuirisk.language.reason import Reason
from tuirisk.remote.connection import LONGEST_PAUSE_S, SHORTEST_PAUSE_S
from tuirisk.remote.nats_link import LinkError, Login, close, connect
from tuirisk.remote.nats_protocol import (
    ACCOUNT_BUCKET,
    ACCOUNT_HEAD,
    BUCKET,
    HEAD,
    BucketEntry,
    Parts,
    unpack,
)
from tuirisk.remote.of_servers import Head, Heard, OneSymbol, composed
from tuirisk.remote.protocol import SILENCE_S
from tuirisk.state import RiskState
from tuirisk.state.binary import MalformedError
from tuirisk.state.symbol import SymbolState

if TYPE_CHECKING:
    from nats.js import JetStreamContext
    from nats.js.kv import KeyValue

_log = logging.getLogger(__name__)

ACCOUNT_RETRY_S = 15.0
"""Between two tries to see the account: without permission, NATS leaves the question unanswered."""


class NatsConnection:
    """Holds the newest state that the servers of a bucket make; see ``remote.connection``."""

    def __init__(
        self, url: str, login: Login, monotonic: Callable[[], float], rng: random.Random
    ) -> None:
        self.url = url
        self.changed = asyncio.Event()
        self.problem: Reason | None = Reason("server_awaited")
        self.refused = False
        self.warning: Reason | None = None
        self._login = login
        self._monotonic = monotonic
        self._rng = rng
        self._servers: dict[str, Heard] = {}
        """Server → when it was heard, and its clock."""
        self._heads: dict[str, Head] = {}
        """By their keys, as :attr:`_symbols`."""
        self._symbols: dict[str, OneSymbol] = {}

    @property
    def state(self) -> RiskState | None:
        """The newest state; what comes of a silent server is as old as it is."""
        return composed(self._heads, self._symbols, self._servers, self._monotonic())

    def age_s(self) -> float:
        """Seconds since the newest state of any server was made."""
        now = self._monotonic()
        return min((now - one.made for one in self._servers.values()), default=0.0)

    @property
    def silent(self) -> bool:
        """Whether no server makes states any more."""
        now = self._monotonic()
        return all(one.silent(now) for one in self._servers.values())

    async def run(self) -> None:
        """Watch, and begin anew whenever that ends, until cancelled."""
        pause = SHORTEST_PAUSE_S
        while True:
            try:
                await self._watch()
            except LinkError as error:
                self.refused = "refuses" in str(error)
                self._lost(Reason("server_away", what=str(error)))
            except MalformedError as error:
                self._lost(Reason("server_malformed", what=str(error)))
            except (OSError, TimeoutError) as error:
                text = printable(str(error)) or type(error).__name__
                self._lost(Reason("server_away", what=text))
            if self.problem is None:
                pause = SHORTEST_PAUSE_S
            await asyncio.sleep(pause * self._rng.uniform(0.75, 1.0))
            pause = min(LONGEST_PAUSE_S, pause * 2)

    def look_at(self, names: tuple[str, ...]) -> None:
        """Nothing: a bucket has what its servers put."""

    def watch(self, names: tuple[str, ...] | None) -> None:
        """Every symbol of the bucket is watched: the viewer chooses."""

    def order(self, order: object) -> None:
        """No order: a bucket answers nobody."""

    def request(self, what: str, value: object, answer: Callable[[dict[str, Any]], None]) -> None:
        """No answer: a bucket answers nobody."""

    async def _watch(self) -> None:
        """Watch until the connection ends or entries come too late.

        Raises:
            LinkError, MalformedError, OSError, TimeoutError: it cannot go on.
        """
        from nats.errors import Error
        from nats.js.errors import BucketNotFoundError

        ended: asyncio.Queue[str] = asyncio.Queue()

        async def lost(why: str) -> None:
            ended.put_nowait(why)

        async def back() -> None:
            ended.put_nowait("connected again")  # a watch begun anew has every key

        client = await connect(self.url, self._login, lost=lost, back=back)
        try:
            stream = client.jetstream(timeout=SILENCE_S)
            bucket = await stream.key_value(BUCKET)
            watching = [
                asyncio.create_task(self._take(bucket, ">")),
                asyncio.create_task(self._take_account(stream)),
            ]
            waiting = asyncio.create_task(ended.get())
            tasks = (waiting, *watching)
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
            if waiting in done:
                self._lost(Reason("server_away", what=printable(waiting.result())))
            for task in done:
                task.result()
        except BucketNotFoundError:
            raise LinkError("no tuirisk of this version serves there") from None
        except Error as error:
            raise OSError(printable(str(error)) or type(error).__name__) from None
        finally:
            await close(client)

    async def _take(self, bucket: KeyValue, pattern: str) -> None:
        """Take over the entries of keys like ``pattern``, for as long as they come."""
        watcher: Any = await bucket.watch(pattern)
        initial = True
        async for update in watcher:
            if update is None:  # every key that was there has been read
                initial = False
                continue
            if update.operation in ("DEL", "PURGE") or update.value is None:
                self._symbols.pop(update.key, None)
                self._heads.pop(update.key, None)
                continue
            self._entry(update.key, unpack(update.value), initial=initial)

    async def _take_account(self, stream: JetStreamContext) -> None:
        """The same of the account, once it may be seen.

        Raises:
            BucketNotFoundError: a server is about to make it.
        """
        from nats.errors import Error
        from nats.js.errors import BucketNotFoundError

        while True:
            try:
                bucket = await stream.key_value(ACCOUNT_BUCKET)
                break
            except BucketNotFoundError:
                raise
            except (Error, TimeoutError):  # no permission, or a server that is slow now
                _log.info("the account may not be seen here")
            await asyncio.sleep(ACCOUNT_RETRY_S)
        await self._take(bucket, ">")

    def _entry(self, key: str, entry: BucketEntry, *, initial: bool) -> None:
        """Take over an entry; ``initial``: it was put some time before the watch began.

        Raises:
            MalformedError: it is none of this version.
        """
        now = self._monotonic()
        heard = self._servers.setdefault(entry.server, Heard.never(now))
        if key.startswith(HEAD) or key == ACCOUNT_HEAD:
            parts = self._heads[key].parts if key in self._heads else Parts(RiskState)
            parts.update(entry.fields)
            self._heads[key] = Head(entry.server, parts, entry.names)
            if (
                not initial
                and heard.hear(now, entry.clock_ms / 1000, entry.age_ms / 1000) > SILENCE_S
            ):
                raise OSError("entries come too late")  # a watch begun anew has the newest at once
        else:
            parts = self._symbols[key].parts if key in self._symbols else Parts(SymbolState)
            parts.update(entry.fields)
            self._symbols[key] = OneSymbol(entry.server, parts, _symbol(parts))
        self.problem, self.refused = None, False
        self.changed.set()

    def _lost(self, why: Reason) -> None:
        if why != self.problem:
            _log.warning("%s: %s", self.url, why)
        self.problem = why
        self.changed.set()


def _symbol(parts: Parts) -> SymbolState:
    try:
        return SymbolState(**parts.values)
    except TypeError as error:
        raise MalformedError(f"not a symbol of this version: {error}") from None
