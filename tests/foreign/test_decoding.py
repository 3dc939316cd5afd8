"""Bytes of others: a value within bounds, or one named failure."""

from __future__ import annotations

import msgspec
import pytest

from tuirisk.foreign.decoding import UndecodableError, any_json, decimal, decode_json

NESTED = b"[" * 200_000
HOSTILE = [
    b"",
    b"\xff\xfe",
    b'{"a":"\xff"}',
    NESTED,
    b'{"a":' * 200_000,
    b"[" + b"1," * 1_100_000 + b"1]",
    b"[" + b"[]," * 250_000 + b"1]",
    b"1" * 5_000,
    b'{"e":"\\u001b[2J"',
]


class Tagged(msgspec.Struct, tag_field="e", tag="a"):
    pass


class Other(msgspec.Struct, tag_field="e", tag="b"):
    pass


@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("kind", [None, int, list[int], dict[str, str]], ids=str)
def test_every_failure_is_the_one_exception(data: bytes, kind: object) -> None:
    decoder = any_json() if kind is None else msgspec.json.Decoder(kind, strict=False)
    with pytest.raises(UndecodableError) as caught:
        decode_json(decoder, data)
    assert str(caught.value).isprintable()


def test_what_an_error_quotes_is_printable() -> None:
    decoder = msgspec.json.Decoder(Tagged | Other)
    with pytest.raises(UndecodableError) as caught:
        decode_json(decoder, b'{"e":"\\u001b]0;x\\u0007\\u202e"}')
    assert str(caught.value).isprintable()


def test_a_number_of_thousands_of_digits_in_a_text_is_no_number() -> None:
    with pytest.raises(UndecodableError):
        decode_json(msgspec.json.Decoder(int, strict=False), b'"' + b"9" * 5_000 + b'"')


@pytest.mark.parametrize("text", ["", "²", "٣", "-1", "+1", "1.5", " 1", "9" * 400, "1e3", "0x1"])
def test_only_a_few_ascii_digits_are_a_number(text: str) -> None:
    assert decimal(text, 100) is None


def test_a_number_is_at_most_its_bound() -> None:
    assert decimal("0", 5) == 0
    assert decimal("1000000000", 3_600) == 3_600
