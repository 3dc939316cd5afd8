"""The keys of providers: from an environment variable each, or the system keyring."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping

from tuirisk.feed.binance.account.credentials import SERVICE, Secret
from tuirisk.feed.providers.errors import key_variable
from tuirisk.feed.providers.registry import BY_NAME

_AROUND = " \t\r\n\"'`“”‘’\u00a0\u200b\ufeff"


def keyed_providers() -> tuple[str, ...]:
    """Providers that take a key."""
    return tuple(name for name, adapter in BY_NAME.items() if adapter.key != "none")


def pop_keys(environ: MutableMapping[str, str]) -> dict[str, Secret]:
    """Take the keys out of ``environ``, so that no command that is run inherits them."""
    return {name: Secret(environ.pop(key_variable(name), "")) for name in keyed_providers()}


def peek_keys(environ: Mapping[str, str]) -> dict[str, Secret]:
    """The same without taking them out."""
    return {name: Secret(environ.get(key_variable(name), "")) for name in keyed_providers()}


def resolve_keys(from_environment: Mapping[str, Secret], names: Iterable[str]) -> dict[str, Secret]:
    """The keys of ``names``: those of the environment, else those of the keyring
    (``keyring set tuirisk coinglass_key``).

    The keyring may ask a person to unlock it: not in an event loop.
    """
    keys: dict[str, Secret] = {}
    for name in names:
        own = from_environment.get(name, Secret("")).reveal().strip(_AROUND)
        if not own and name in keyed_providers():
            own = _from_keyring(f"{name}_key")
        # A line end within a header would be another header.
        keys[name] = Secret(own if own.isascii() and own.isprintable() else "")
    return keys


def _from_keyring(user: str) -> str:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return ""
    try:
        return (keyring.get_password(SERVICE, user) or "").strip(_AROUND)
    except KeyringError:
        return ""
