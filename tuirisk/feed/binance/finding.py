"""What ``tuirisk doctor`` finds: one thing looked at, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tuirisk.feed.binance.rest.errors import ErrorKind, ExchangeError

_REMEDIES: dict[ErrorKind, str] = {
    "unreachable": "check the network, and proxy, rest_url and stream_url in [exchange]",
    "country": "set proxy in [exchange], or go through another network",
    "firewall": "wait some minutes, or go through another network or proxy",
    "limited": "wait; other programs on this address use up the budget",
    "banned": "wait; stop other programs that ask too much from this address",
    "server": "wait; https://www.binance.com/en/support tells of maintenance",
    "refused": "check environment, rest_url and stream_url in [exchange]",
    "garbled": "log in to the network, or check the proxy",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; ``remedy`` is what to do about it, empty when nothing is wrong."""

    what: str
    status: Literal["ok", "warning", "error"]
    detail: str
    remedy: str = ""


def failed(what: str, error: ExchangeError) -> Finding:
    return Finding(what, "error", str(error), _REMEDIES[error.kind])
