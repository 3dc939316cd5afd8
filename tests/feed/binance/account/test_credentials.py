"""Where a key comes from, what is said when it cannot be one, and that it is never shown."""

from __future__ import annotations

import copy
import pickle
import sys
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuirisk.feed.binance.account import credentials
from tuirisk.feed.binance.account.credentials import KEY, SECRET, Keys, KeysError, Secret

A_KEY = "k" * 30 + "K" * 34
A_SECRET = "s" * 30 + "S" * 34


class KeyringError(Exception):
    pass


class NoKeyringError(KeyringError, RuntimeError):
    pass


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A keyring's entries of the service "tuirisk", by user name; empty at first."""
    entries: dict[str, str] = {}

    def get_password(service: str, user: str) -> str | None:
        assert service == "tuirisk"
        if "error" in entries:
            raise {"none": NoKeyringError, "locked": KeyringError}[entries["error"]](A_SECRET)
        return entries.get(user)

    module, errors = ModuleType("keyring"), ModuleType("keyring.errors")
    for name, value in (("get_password", get_password), ("errors", errors)):
        setattr(module, name, value)
    for each in (KeyringError, NoKeyringError):
        setattr(errors, each.__name__, each)
    monkeypatch.setitem(sys.modules, "keyring", module)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    return entries


def found(environ: dict[str, str]) -> tuple[str, str] | None:
    held = credentials.resolve_credentials(credentials.peek_credentials(environ))
    return (held.key.reveal(), held.secret.reveal()) if held else None


@pytest.mark.parametrize(
    ("before", "after"),
    [("", ""), ("  ", "\n"), ('"', '"'), ("'", "'"), (' "', '" \r\n'), ("“", "”"), ("\ufeff", "")],
)
def test_blanks_and_quotes_around_a_key_are_removed(before: str, after: str) -> None:
    environ = {KEY: before + A_KEY + after, SECRET: before + A_SECRET + after}
    assert found(environ) == (A_KEY, A_SECRET)


@pytest.mark.parametrize(("there", "missing"), [(KEY, SECRET), (SECRET, KEY)])
@pytest.mark.parametrize("blank", ["", ' "" '])
def test_one_half_alone_is_named(there: str, missing: str, blank: str) -> None:
    environ = {there: A_KEY, missing: blank}
    with pytest.raises(KeysError, match=f"{missing} is not set: set both"):
        found(environ)


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        (A_SECRET[:-1], "63 characters, Binance"),
        (A_SECRET + "x", "65 characters"),
        (A_SECRET[:20] + " " + A_SECRET[21:], "not all of them letters or digits"),
        (f"{A_SECRET[:40]}=", "41 characters, not all"),
        ("-----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END PRIVATE KEY-----", "HMAC"),
    ],
)
def test_an_invalid_key_is_reported_without_showing_it(secret: str, words: str) -> None:
    with pytest.raises(KeysError, match=words) as caught:
        found({KEY: A_KEY, SECRET: secret})
    line = str(caught.value)
    assert SECRET in line
    assert "\n" not in line
    assert secret[:12] not in line
    assert A_KEY not in line


def complaint(secret: str) -> str:
    try:
        credentials.resolve_credentials({KEY: Secret(A_KEY), SECRET: Secret(secret)})
    except KeysError as error:
        return str(error)
    return ""


@given(st.text(min_size=8, max_size=80))
def test_nothing_of_an_implausible_secret_is_ever_quoted(secret: str) -> None:
    assert secret not in complaint(secret)


def test_without_variables_the_keyring_is_read(keyring: dict[str, str]) -> None:
    keyring |= {"api_key": A_KEY, "api_secret": f"{A_SECRET}\n"}
    assert found({}) == (A_KEY, A_SECRET)
    assert found({KEY: "V" * 64, SECRET: "W" * 64}) == ("V" * 64, "W" * 64)


def test_half_a_key_in_the_keyring_is_named(keyring: dict[str, str]) -> None:
    keyring["api_key"] = A_KEY
    with pytest.raises(KeysError, match="api_secret of the keyring is not set"):
        found({})


def test_a_locked_keyring_is_reported_and_a_missing_one_is_not(keyring: dict[str, str]) -> None:
    keyring["error"] = "none"
    assert found({}) is None
    keyring["error"] = "locked"
    with pytest.raises(KeysError, match="unlock it") as caught:
        found({})
    assert A_SECRET not in repr(caught.value)
    assert caught.value.__suppress_context__


def test_an_empty_or_absent_keyring_is_no_key(
    keyring: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found({}) is None
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert found({}) is None


def test_the_variables_are_removed_so_that_no_command_inherits_them() -> None:
    environ = {KEY: A_KEY, SECRET: A_SECRET, "HOME": "/"}
    given_ones = credentials.pop_credentials(environ)
    assert environ == {"HOME": "/"}
    assert given_ones[SECRET].reveal() == A_SECRET
    assert found(environ) is None


def test_a_secret_does_not_show_itself() -> None:
    held = Keys(Secret(A_KEY), Secret(A_SECRET))
    shown = f"{held} {held!r} {held.secret} {held.secret!r} {[held.key]}"
    assert A_KEY not in shown
    assert A_SECRET not in shown
    assert not hasattr(held.secret, "__dict__")
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            leak(held.secret)
