"""An error nobody foresaw, as a person is told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text


LONGEST = 200
"""Characters of the error's own text: it may hold all that it choked on."""


class UnexpectedError(Exception):
    """``error`` in one line; Rich prints it as that line."""

    def __init__(self, error: BaseException) -> None:
        said = " ".join(str(error).split())[:LONGEST]
        cause = f"{type(error).__name__}: {said}" if said else type(error).__name__
        super().__init__(f"a bug in tuirisk (--debug shows where): {cause}")

    def __rich__(self) -> Text:
        from rich.text import Text

        return Text(f"tuirisk: {self}")
