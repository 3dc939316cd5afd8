"""User-data streams: `/private/ws?listenKey=…&events=…` and what goes out on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from .account import ExchangeAccount
from .accounts import Accounts
from .connection import ClientConnection
from .frames import Payload

EVENTS = (
    "ACCOUNT_UPDATE",
    "ORDER_TRADE_UPDATE",
    "MARGIN_CALL",
    "ACCOUNT_CONFIG_UPDATE",
    "riskLevelChange",
    "ALGO_UPDATE",
    "listenKeyExpired",
)


@dataclass(frozen=True, slots=True)
class _Listener:
    connection: ClientConnection
    listen_key: str
    events: frozenset[str]


class UserData:
    """The sockets on the private address. One with a listen key that is none stays mute."""

    def __init__(self, accounts: Accounts, allows: Callable[[str], bool]) -> None:
        self._accounts = accounts
        self._allows = allows
        self._listeners: list[_Listener] = []

    def attach(self, connection: ClientConnection, query: Mapping[str, str]) -> None:
        """Send that socket what its query asks for; without `events`, all there is."""
        named = query.get("events", "")
        events = frozenset(named.split("/")) if named else frozenset(EVENTS)
        self._listeners.append(_Listener(connection, query.get("listenKey", ""), events))

    def detach(self, connection: ClientConnection) -> None:
        """Send that socket nothing more."""
        self._listeners = [each for each in self._listeners if each.connection is not connection]

    def publish(self, now_ms: int) -> None:
        """Send what has happened to the accounts, and end the listen keys whose hour is over."""
        for account in self._accounts.by_key.values():
            if account.listen_key.value and account.listen_key.ends <= now_ms:
                self._expire(account, now_ms)
            for event in account.events:
                self._send(account.listen_key.value, event)
            account.events.clear()

    def _expire(self, account: ExchangeAccount, now_ms: int) -> None:
        ended = account.listen_key.delete()
        self._send(ended, {"e": "listenKeyExpired", "E": now_ms, "listenKey": ended})

    def _send(self, listen_key: str, event: Payload) -> None:
        name = event["e"]
        if not listen_key or not self._allows(name):
            return
        text = msgspec.json.encode(event).decode()
        for listener in self._listeners:
            if listener.listen_key == listen_key and name in listener.events:
                listener.connection.send(text)
