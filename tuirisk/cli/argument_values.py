"""Words of the command line as values.

Each function raises ``argparse.ArgumentTypeError``, which says what it expects.
"""

from __future__ import annotations

import argparse
import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tuirisk.config.rules import symbol_error
from tuirisk.config.symbol_names import exchange_symbol

if TYPE_CHECKING:
    from tuirisk.serve.address import Address


def count(text: str) -> int:
    """A number of accounts."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 1_000_000):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of accounts, such as 500")
    return int(text)


def day(text: str) -> int:
    """Midnight UTC of a date such as ``2024-01-01``, milliseconds."""
    try:
        moment = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2024-01-01") from None
    return round(moment.timestamp() * 1000)


def address(text: str) -> Address:
    """The address to listen at, such as ``127.0.0.1:8765``."""
    from tuirisk.serve import address as addresses

    try:
        return addresses.address(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def nats_server(text: str) -> str:
    """The URL of a NATS server."""
    from tuirisk.remote.nats_protocol import server_url

    try:
        return server_url(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def shard(text: str) -> tuple[int, int]:
    """``2/4`` as (2, 4)."""
    number, slash, of = text.partition("/")
    parts = number.isdecimal() and of.isdecimal()
    if not slash or not parts or not 1 <= int(number) <= int(of) <= 1_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no part of the symbols, such as 2/4")
    return int(number), int(of)


def server(text: str) -> str:
    """The URL of a server of states."""
    from urllib.parse import urlsplit

    if text.startswith(("nats:", "tls:")):
        return nats_server(text)
    try:
        url = urlsplit(text)
        wrong = url.scheme not in ("ws", "wss") or not url.hostname or url.port == 0
    except ValueError:
        wrong = True
    if wrong:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no server of states; write ws://, wss:// or nats://HOST:PORT"
        )
    if url.username or url.password:
        raise argparse.ArgumentTypeError("a token does not belong in the URL; use --token-file")
    return text


def leverage(text: str) -> float:
    """``10`` or ``10x``: a leverage of at least 1."""
    value = positive(text.lower().removesuffix("x"))
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is less than 1; write a leverage such as 10")
    return value


def symbol(text: str) -> str:
    """A symbol as the exchange writes it."""
    name = exchange_symbol(text)
    if wrong := symbol_error(name):
        raise argparse.ArgumentTypeError(wrong)
    return name


def positive(text: str) -> float:
    """A number above zero."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return value
