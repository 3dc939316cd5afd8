"""What a terminal sends: keys pass, answers that nobody asked for do not, nothing raises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuirisk.terminal.replies import LONGEST_PASTE, PASTE_SILENCES, TerminalInput
from tuirisk.ui.render.terminal_driver import is_known

ANSWERS = [
    b"\x1b[?64;1;2c",
    b"\x1b[?64;1;2;6;9;15;16;17;18;21;22;28;29c",
    b"\x1b[>0;276;0c",
    b"\x1b[0n",
    b"\x1b[?1u",
    b"\x1b[8;40;120t",
    b"\x1b]11;rgb:0000/0000/0000\x07",
    b"\x1b]10;rgb:ffff/ffff/ffff\x1b\\",
    b"\x1b]52;c;" + b"QUJD" * 500 + b"\x07",
    b"\x1bP>|XTerm(370)\x1b\\",
    b"\x1bP1$r0m\x1b\\",
    b"\x1b_Gi=31;OK\x1b\\",
    b"\x1b[99999999999u",
    b"\x1b[55296u",
    b"\x1b[48;999999;999999;1;1t",
    b"\x1b[12;",
]
KEYS = [b"j", b"\x1b[A", b"\x1b[1;5C", b"\x1bOP", b"\x1b[15~", b"\x1b[<0;3;4M", b"\x1b[200~",
        b"\x1b[I", b"\x1b[97;5u", b"\x1b[[A", b"\x1bx"]  # fmt: skip


def text(*pieces: bytes) -> str:
    source = TerminalInput(is_known)
    return "".join(source.feed(piece) for piece in pieces) + source.flush()


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_takes_no_key_along(answer: bytes) -> None:
    keys = b"\x1b[B" if answer.endswith(b";") else b"jkq"
    assert text(answer + keys) == keys.decode()
    assert text(b"j" + answer + keys) == "j" + keys.decode()


@pytest.mark.parametrize("answer", ANSWERS[:-1])
def test_an_answer_in_pieces_takes_no_key_along(answer: bytes) -> None:
    for cut in range(2, len(answer), max(1, len(answer) // 20)):
        assert text(answer[:cut], answer[cut:] + b"jkq") == "jkq"


@pytest.mark.parametrize("key", KEYS)
def test_keys_pass(key: bytes) -> None:
    assert text(key + b"j") == key.decode() + "j"
    assert text(key) == key.decode()


def test_bytes_that_are_no_utf_8_are_replaced() -> None:
    assert text(b"\xff\xfej") == "\ufffd\ufffdj"
    assert text("中文".encode("gbk") + b"j").endswith("j")
    assert text("é".encode()[:1], "é".encode()[1:]) == "é"


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_nothing_raises_and_little_is_held(pieces: list[bytes]) -> None:
    text(*pieces)
    source = TerminalInput(is_known)
    for _ in range(50):
        source.feed(b"\x1b]1" + b"x" * 1_000)
    assert len(source._unfinished) <= 4_096


def test_a_paste_without_an_end_is_ended_once_nothing_comes() -> None:
    source = TerminalInput(is_known)
    assert source.feed(b"\x1b[200~abc\x1b[20") == "\x1b[200~abc"
    assert [source.flush() for _ in range(PASTE_SILENCES - 1)] == [""] * (PASTE_SILENCES - 1)
    assert source.flush() == "\x1b[201~"
    assert not source.waits
    assert source.feed(b"q") == "q"


def test_of_a_paste_its_text_alone_passes_and_no_more_than_its_bound() -> None:
    source = TerminalInput(is_known)
    pasted = b"\x1b[31ma\x1b]0;title\x07b\x1b[Ac\x1bd\x1b[20"
    assert source.feed(b"\x1b[200~" + pasted) == "\x1b[200~abcd"
    assert source.feed(b"1~q") == "\x1b[201~q"
    long = source.feed(b"\x1b[200~") + "".join(source.feed(b"x" * 4_096) for _ in range(250))
    assert long == "\x1b[200~" + "x" * LONGEST_PASTE
    assert source.feed(b"x\x1b[201~j") == "\x1b[201~j"
