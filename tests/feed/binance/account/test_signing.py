"""The three kinds of key: what they sign, which file holds them, and that none is shown."""

from __future__ import annotations

import pickle
from base64 import b64decode
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from Crypto.PublicKey import ECC, RSA

from tuirisk.config.model import ExchangeConfig
from tuirisk.feed.binance.account import credentials
from tuirisk.feed.binance.account.credentials import KEY, PASSWORD, SECRET, SECRET_FILE, KeysError
from tuirisk.feed.binance.account.signing import UnusableKeyError, make_signer
from tuirisk.feed.binance.rest.client import make_client
from tuirisk.simulator.public_keys import verified

A_KEY = "k" * 64
PAYLOAD = "symbol=BTCUSDT&timestamp=1"
ED25519 = ECC.generate(curve="Ed25519")
RSA_KEY = RSA.generate(1024)


def pem(key: Any, **options: Any) -> str:
    text = key.export_key(format="PEM", **options)
    return text if isinstance(text, str) else text.decode()


def kept(folder: Path, text: str, mode: int = 0o600) -> str:
    path = folder / "key.pem"
    path.write_text(text)
    path.chmod(mode)
    return str(path)


def resolved(environ: dict[str, str]) -> credentials.Keys:
    keys = credentials.resolve_credentials(credentials.peek_credentials(environ))
    assert keys is not None
    return keys


def test_an_hmac_signature_is_the_one_of_binances_documents() -> None:
    secret = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
    payload = (
        "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1"
        "&recvWindow=5000&timestamp=1499827319559"
    )
    assert make_signer(secret).signature(payload) == (
        "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
    )


@pytest.mark.parametrize(
    ("key", "kind"), [(ED25519, "Ed25519"), (RSA_KEY, "RSA")], ids=["Ed25519", "RSA"]
)
def test_a_private_key_signs_what_its_public_half_verifies(key: Any, kind: str) -> None:
    signer = make_signer(pem(key))
    assert signer.kind == kind
    written = signer.signature(PAYLOAD)
    assert not set(written) & set("+/=")
    signature = unquote(written)
    assert verified(key.public_key(), PAYLOAD.encode(), signature)
    assert not verified(key.public_key(), b"another", signature)
    assert len(b64decode(signature)) in (64, 128)


@pytest.mark.parametrize("variable", [SECRET_FILE, SECRET])
@pytest.mark.parametrize("key", [ED25519, RSA_KEY], ids=["Ed25519", "RSA"])
def test_a_key_file_is_named_by_a_variable(tmp_path: Path, variable: str, key: Any) -> None:
    path = kept(tmp_path, pem(key))
    keys = resolved({KEY: A_KEY, variable: path})
    assert verified(key.public_key(), PAYLOAD.encode(), unquote(keys.signer.signature(PAYLOAD)))


def test_a_file_may_hold_an_hmac_secret(tmp_path: Path) -> None:
    assert resolved({KEY: A_KEY, SECRET_FILE: kept(tmp_path, "s" * 64 + "\n")}).signer.kind == (
        "HMAC"
    )


def test_an_encrypted_key_needs_its_password(tmp_path: Path) -> None:
    locked = pem(ED25519, passphrase="pass w0rd", use_pkcs8=True,
                 protection="PBKDF2WithHMAC-SHA512AndAES256-CBC",
                 prot_params={"iteration_count": 100})  # fmt: skip
    path = kept(tmp_path, locked)
    assert resolved({KEY: A_KEY, SECRET_FILE: path, PASSWORD: "pass w0rd"}).signer.kind == (
        "Ed25519"
    )
    for wrong in ("", "other"):
        with pytest.raises(KeysError, match=f"is encrypted: set {PASSWORD}") as caught:
            resolved({KEY: A_KEY, SECRET_FILE: path, PASSWORD: wrong})
        assert "pass" not in str(caught.value).replace("password", "")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = kept(tmp_path, pem(ED25519), mode)
    with pytest.raises(KeysError, match="others can read the key file") as caught:
        resolved({KEY: A_KEY, SECRET_FILE: path})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (pem(ED25519.public_key()), "no Ed25519 or RSA private key"),
        (pem(ECC.generate(curve="P-256")), "no Ed25519 or RSA private key"),
        ("-----BEGIN PRIVATE KEY-----\nMC4\n-----END PRIVATE KEY-----", "no Ed25519 or RSA"),
        ("nonsense", "8 characters"),
        ("", "not set"),
    ],
    ids=["public", "another curve", "broken", "no key", "empty"],
)
def test_a_file_without_a_private_key_is_one_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(KeysError, match=words) as caught:
        resolved({KEY: A_KEY, SECRET_FILE: kept(tmp_path, text)})
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(KeysError, match="there is no key file"):
        resolved({KEY: A_KEY, SECRET_FILE: str(tmp_path / "none")})
    with pytest.raises(KeysError, match="cannot be read"):
        resolved({KEY: A_KEY, SECRET_FILE: str(tmp_path)})
    with pytest.raises(KeysError, match=f"{KEY} is not set"):
        resolved({SECRET_FILE: str(tmp_path / "none")})


def test_a_signer_shows_nothing_and_is_not_stored() -> None:
    for secret in ("s" * 64, pem(ED25519), pem(RSA_KEY)):
        signer = make_signer(secret)
        assert repr(signer) == f"Signer({signer.kind}, …)"
        with pytest.raises(TypeError):
            pickle.dumps(signer)
    with pytest.raises(UnusableKeyError) as caught:
        make_signer("-----BEGIN PRIVATE KEY-----\nQUJD\n-----END PRIVATE KEY-----")
    assert "QUJD" not in f"{caught.value!r} {caught.value.__context__!r}"


async def test_a_symbol_of_any_script_is_signed_as_it_is_sent() -> None:
    async def answered(request: web.Request) -> web.Response:
        signed, _, signature = request.raw_path.partition("?")[2].partition("&signature=")
        assert signature == make_signer("secret").signature(signed)
        return web.json_response([])

    app = web.Application()
    app.router.add_get("/fapi/v1/openOrders", answered)
    async with TestServer(app) as server:
        config = ExchangeConfig(rest_url=str(server.make_url("")).rstrip("/"))
        client = make_client(config, A_KEY, make_signer("secret").signature)
        try:
            answer = await client._request_futures_api(
                "get", "openOrders", signed=True, data={"symbol": "币安人生USDT"}
            )
        finally:
            await client.close_connection()
    assert answer.status == 200
