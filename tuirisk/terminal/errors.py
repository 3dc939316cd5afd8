"""Formats an unexpected exception as one line for the user."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text


LONGEST = 200
"""Characters kept of the exception's text, which may quote its whole input."""


class UnexpectedError(Exception):
    """``error`` in one line; Rich prints it as that line."""

    def __init__(self, error: BaseException) -> None:
        text = " ".join(str(error).split())[:LONGEST]
        cause = f"{type(error).__name__}: {text}" if text else type(error).__name__
        super().__init__(f"a bug in tuirisk (--debug shows where): {cause}")

    def __rich__(self) -> Text:
        from rich.text import Text

        return Text(f"tuirisk: {self}")
