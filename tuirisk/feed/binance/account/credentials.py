"""The API key: from two environment variables or the system keyring, and never shown."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from hashlib import sha256

from tuirisk.language.reason import Reason
from tuirisk.language.reason_codes import ReasonCode

KEY, SECRET = "TUIRISK_API_KEY", "TUIRISK_API_SECRET"
SERVICE = "tuirisk"
IN_KEYRING = {KEY: "api_key", SECRET: "api_secret"}
"""User names under which the keyring has them: ``keyring set tuirisk api_key``."""

_PLAUSIBLE = re.compile(r"[A-Za-z0-9]{64}")
_AROUND = " \t\r\n\"'`“”‘’\u00a0\u200b\ufeff"


class KeysError(Exception):
    """A key that cannot be one: a line that says what to do and shows nothing of it."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class Secret:
    """A text that is shown nowhere by accident: only :meth:`reveal` gives it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __repr__(self) -> str:
        return "Secret(…)"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a secret is not copied or stored")


@dataclass(frozen=True, slots=True)
class Keys:
    """Both halves. With the key alone a listen key can be had, so it is a secret too."""

    key: Secret
    secret: Secret

    @property
    def fingerprint(self) -> str:
        """What tells this key from another, and gives nothing of it away."""
        return sha256(b"tuirisk account " + self.key.reveal().encode()).hexdigest()[:16]


def pop_credentials(environ: MutableMapping[str, str]) -> dict[str, Secret]:
    """Take both variables out of ``environ``, so that no command that is run inherits them."""
    return {name: Secret(environ.pop(name, "")) for name in (KEY, SECRET)}


def peek_credentials(environ: Mapping[str, str]) -> dict[str, Secret]:
    """The same without taking them out."""
    return {name: Secret(environ.get(name, "")) for name in (KEY, SECRET)}


def resolve_credentials(from_environment: Mapping[str, Secret]) -> Keys | None:
    """The keys ``from_environment``, else those of the keyring; None when there are none at all.

    The keyring may ask a person to unlock it, and takes its time: not in an event loop.

    Raises:
        KeysError: one half is missing, or what is there cannot be a key.
    """
    halves = {name: _stripped(secret) for name, secret in from_environment.items()}
    if any(halves.values()):
        return _complete(halves)
    stored = {name: _stripped(secret) for name, secret in _from_keyring().items()}
    return _complete(stored, keyring=True) if any(stored.values()) else None


def _complete(halves: Mapping[str, Secret], *, keyring: bool = False) -> Keys:
    for name, half in halves.items():
        called = Reason("in_keyring", name=IN_KEYRING[name]) if keyring else name
        if not half:
            raise KeysError(Reason("key_half_missing", name=called))
        text = half.reveal()
        if text.startswith("-----BEGIN"):
            raise KeysError(Reason("key_in_pem", name=called))
        if not _PLAUSIBLE.fullmatch(text):
            code: ReasonCode = "key_of_wrong_length" if _alphanumeric(text) else "key_malformed"
            raise KeysError(Reason(code, name=called, have=len(text)))
    return Keys(halves[KEY], halves[SECRET])


def _alphanumeric(text: str) -> bool:
    return text.isascii() and text.isalnum()


def _stripped(secret: Secret) -> Secret:
    """Without the blanks and quotes that copying and shells leave around it."""
    return Secret(secret.reveal().strip(_AROUND))


def _from_keyring() -> dict[str, Secret]:
    try:
        import keyring
        from keyring.errors import KeyringError, NoKeyringError
    except ImportError:
        return {}
    try:
        return {
            name: Secret(keyring.get_password(SERVICE, user) or "")
            for name, user in IN_KEYRING.items()
        }
    except NoKeyringError:
        return {}
    except KeyringError:
        # Its text is not quoted: backends differ in what they put into it.
        raise KeysError(Reason("keyring_unreadable", key=KEY, secret=SECRET)) from None
