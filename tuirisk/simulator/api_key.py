"""The API key of an account: its rights, and the listen key made with it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from .rest_market import Markets

LISTEN_KEY_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class ApiKeyPermissions:
    """The rights of a key."""

    reading: bool = True
    futures: bool = False
    withdrawals: bool = False
    ip_restricted: bool = True


class ListenKey:
    """The listen key of one account's user-data stream; `value` is empty while there is none."""

    def __init__(self, api_key: str, exchange: Markets) -> None:
        self.value = ""
        self.ends = 0
        """When it ends, ms of the exchange's time."""
        self._api_key = api_key
        self._exchange = exchange
        self._made = 0

    def create(self) -> str:
        """The key, made anew when there is none; good for an hour from now."""
        if not self.value:
            self._made += 1
            self.value = hashlib.sha256(f"{self._api_key}/{self._made}".encode()).hexdigest()
        self.ends = self._exchange.now_ms + LISTEN_KEY_MS
        return self.value

    def expire(self) -> None:
        """Let it end now."""
        self.ends = 0

    def delete(self) -> str:
        """Forget it; what it was."""
        ended, self.value = self.value, ""
        return ended
