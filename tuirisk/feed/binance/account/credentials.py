"""The API key: from environment variables, a file they name or the keyring, and never shown."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

from tuirisk.feed.binance.account.key_file import KeyFileError, read_key_file
from tuirisk.feed.binance.account.signing import Signer, UnusableKeyError, is_pem, make_signer
from tuirisk.language.reason import Reason
from tuirisk.language.reason_codes import ReasonCode

KEY, SECRET = "TUIRISK_API_KEY", "TUIRISK_API_SECRET"
SECRET_FILE = "TUIRISK_API_SECRET_FILE"
"""Names the file of an Ed25519 or RSA private key (PEM), or of an HMAC secret."""
PASSWORD = "TUIRISK_API_SECRET_PASSWORD"
"""Opens a private key that is encrypted."""
VARIABLES = (KEY, SECRET, SECRET_FILE, PASSWORD)
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


@dataclass(frozen=True)
class Keys:
    """Both halves. With the key alone a listen key can be had, so it is a secret too.

    ``secret`` is that of an HMAC key, or a private key in PEM form, opened by ``password``.
    """

    key: Secret
    secret: Secret
    password: Secret = field(default_factory=lambda: Secret(""))

    @cached_property
    def signer(self) -> Signer:
        """What signs with the secret half.

        Raises:
            UnusableKeyError: it is no private key, or not with that password.
        """
        return make_signer(self.secret.reveal(), self.password.reveal())

    @property
    def fingerprint(self) -> str:
        """What tells this key from another, and gives nothing of it away."""
        return sha256(b"tuirisk account " + self.key.reveal().encode()).hexdigest()[:16]


def pop_credentials(environ: MutableMapping[str, str]) -> dict[str, Secret]:
    """Take the variables out of ``environ``, so that no command that is run inherits them."""
    return {name: Secret(environ.pop(name, "")) for name in VARIABLES}


def peek_credentials(environ: Mapping[str, str]) -> dict[str, Secret]:
    """The same without taking them out."""
    return {name: Secret(environ.get(name, "")) for name in VARIABLES}


def resolve_credentials(from_environment: Mapping[str, Secret]) -> Keys | None:
    """The keys ``from_environment``, else those of the keyring; None when there are none at all.

    The keyring may ask a person to unlock it, and takes its time: not in an event loop.

    Raises:
        KeysError: one half is missing, or what is there cannot be a key.
    """
    given = {name: _stripped(secret) for name, secret in from_environment.items()}
    password = from_environment.get(PASSWORD, Secret(""))
    path = given.get(SECRET_FILE, Secret("")) or _as_path(given[SECRET])
    halves = {KEY: given[KEY], SECRET: given[SECRET]}
    if path:
        return _with_file(halves[KEY], path.reveal(), password)
    if any(halves.values()):
        return _complete(halves)
    stored = {name: _stripped(secret) for name, secret in _from_keyring().items()}
    return _complete(stored, keyring=True) if any(stored.values()) else None


def _as_path(secret: Secret) -> Secret:
    """A secret that is a path instead, as no secret can be one; else nothing."""
    return secret if secret.reveal().startswith(("/", "~/", "./")) else Secret("")


def _with_file(key: Secret, path: str, password: Secret) -> Keys:
    """The keys whose secret half is in the file at ``path``."""
    if not key:
        raise KeysError(Reason("key_half_missing", name=KEY))
    reason: Reason | None = None
    try:
        text = Secret(read_key_file(path))
    except KeyFileError as error:
        reason = error.reason
    if reason is not None:
        raise KeysError(reason)
    if not is_pem(text.reveal()):
        return _complete({KEY: key, SECRET: _stripped(text)})
    _check_shape(key, KEY)
    keys = Keys(key, text, password)
    try:
        keys.signer  # noqa: B018 - it is read now, so that what is wrong with it is said now
    except UnusableKeyError as error:
        locked = error.encrypted
        code: ReasonCode = "key_file_locked" if locked else "key_file_no_private_key"
        reason = Reason(code, path=path, name=PASSWORD) if locked else Reason(code, path=path)
    if reason is not None:
        raise KeysError(reason)
    return keys


def _check_shape(half: Secret, called: str | Reason) -> None:
    text = half.reveal()
    if not _PLAUSIBLE.fullmatch(text):
        code: ReasonCode = "key_of_wrong_length" if _alphanumeric(text) else "key_malformed"
        raise KeysError(Reason(code, name=called, have=len(text)))


def _complete(halves: Mapping[str, Secret], *, keyring: bool = False) -> Keys:
    for name, half in halves.items():
        called = Reason("in_keyring", name=IN_KEYRING[name]) if keyring else name
        if not half:
            raise KeysError(Reason("key_half_missing", name=called))
        text = half.reveal()
        if is_pem(text):
            raise KeysError(Reason("key_in_pem", name=called, file=SECRET_FILE))
        _check_shape(half, called)
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
