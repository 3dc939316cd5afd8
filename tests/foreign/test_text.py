"""Text of others: one line, nothing that a terminal obeys or does not show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuirisk.foreign.text import LONGEST, printable
from tuirisk.language.reason import Reason


@given(st.text(st.characters(), max_size=400))
def test_what_comes_out_is_printable_short_and_stays_as_it_is(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert len(shown) <= LONGEST
    assert printable(shown) == shown
    shown.encode()


@pytest.mark.parametrize(
    "text",
    ["\x1b]0;x\x07", "\x9b2J", "\u202eabc", "\u2066", "\u200b", "\ufeff", "\u2028", "\ud800",
     "\u034f", "\u3164", "\ufe0f", "\x7f", "\xad", "a\r\nb", "\u2029"],
)  # fmt: skip
def test_no_character_that_moves_hides_or_reverses_is_left(text: str) -> None:
    shown = printable(text)
    assert shown != text
    assert shown.isprintable()
    assert len(shown) == len(text)


def test_letters_of_any_script_stay() -> None:
    assert printable("币安人生USDT é ¼ →") == "币安人生USDT é ¼ →"
    assert printable("a\u3000b\tc\nd") == "a b c d"


def test_a_heap_of_combining_marks_is_cut_down() -> None:
    assert printable("Z" + "\u0301" * 9) == "Z" + "\u0301" * 4 + "\ufffd" * 5
    assert printable("\u0301a") == "\ufffda"
    vietnamese = "Vie\u0323\u0302t"
    assert printable(vietnamese) == vietnamese


def test_a_reason_is_one_printable_line_whatever_fills_it() -> None:
    reason = Reason("not_trading", status="\x1b[2J\nBREAK")
    assert str(reason).isprintable()
    assert str(Reason.from_text("a\u202eb")).isprintable()
