"""Signatures of requests by the three kinds of key that Binance has: HMAC, Ed25519, RSA.

The payload is the query as it is sent. HMAC-SHA-256 is written in hexadecimal; Ed25519 (RFC 8032)
and RSA (PKCS #1 v1.5 with SHA-256) in base64, percent-encoded ("Request Security", Binance).
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Callable
from typing import Literal, TypeAlias
from urllib.parse import quote

KeyKind: TypeAlias = Literal["HMAC", "Ed25519", "RSA"]


class UnusableKeyError(Exception):
    """A private key cannot be read. ``encrypted``: it may be for want of the right password."""

    def __init__(self, encrypted: bool) -> None:
        super().__init__()
        self.encrypted = encrypted


class Signer:
    """Signs; what it signs with is shown nowhere."""

    __slots__ = ("_sign", "kind")

    def __init__(self, kind: KeyKind, sign: Callable[[bytes], str]) -> None:
        self.kind: KeyKind = kind
        self._sign = sign

    def signature(self, payload: str) -> str:
        """The signature of ``payload`` as it stands in the query."""
        return quote(self._sign(payload.encode()), safe="")

    def __repr__(self) -> str:
        return f"Signer({self.kind}, …)"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a key is not copied or stored")


def is_pem(text: str) -> bool:
    """Whether ``text`` is a key in PEM form."""
    return text.lstrip().startswith("-----BEGIN")


def make_signer(secret: str, password: str = "") -> Signer:
    """The signer of an HMAC secret or, in PEM form, of an Ed25519 or RSA private key.

    Raises:
        UnusableKeyError: it is no private key of these kinds, or not with that password.
    """
    if is_pem(secret):
        return _private_key(secret, password or None)
    key = secret.encode()
    return Signer("HMAC", lambda payload: hmac.new(key, payload, hashlib.sha256).hexdigest())


def _private_key(pem: str, password: str | None) -> Signer:
    # Slow to import, and needed with such a key alone.
    from Crypto.Hash import SHA256
    from Crypto.PublicKey import ECC, RSA
    from Crypto.Signature import eddsa, pkcs1_15

    try:
        rsa = RSA.import_key(pem, passphrase=password)
    except (ValueError, IndexError, TypeError):
        pass
    else:
        if rsa.has_private():
            by_rsa = pkcs1_15.new(rsa)
            return Signer("RSA", lambda payload: _base64(by_rsa.sign(SHA256.new(payload))))
    try:
        curve = ECC.import_key(pem, passphrase=password)
        if curve.has_private() and curve.curve == "Ed25519":
            by_curve = eddsa.new(curve, "rfc8032")
            return Signer("Ed25519", lambda payload: _base64(by_curve.sign(payload)))
    except (ValueError, IndexError, TypeError):
        pass
    # Outside the handlers: what they caught may quote the key.
    raise UnusableKeyError("ENCRYPTED" in pem)


def _base64(signature: bytes) -> str:
    return b64encode(signature).decode()
