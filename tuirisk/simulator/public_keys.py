"""Signatures by an Ed25519 or RSA key, as the exchange checks them."""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import Any


def verified(public_key: Any, payload: bytes, signature: str) -> bool:
    """Whether `signature` (base64) is that of `payload` by the private half of `public_key`."""
    # Only with such a key: the package is slow to import.
    from Crypto.Hash import SHA256
    from Crypto.PublicKey.RSA import RsaKey
    from Crypto.Signature import eddsa, pkcs1_15

    try:
        given = b64decode(signature, validate=True)
        if isinstance(public_key, RsaKey):
            pkcs1_15.new(public_key).verify(SHA256.new(payload), given)
        else:
            eddsa.new(public_key, "rfc8032").verify(payload, given)
    except (ValueError, binascii.Error):
        return False
    return True
