"""Who may connect to ``tuirisk serve``, and who of them may see positions and account."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tuirisk.foreign.files import open_given
from tuirisk.foreign.text import printable

MOST_BYTES = 64 * 1024
SHORTEST = 16
"""Characters of a token: fewer can be guessed."""
Access = Literal["market", "account"]


class TokenError(Exception):
    """A token file that cannot be used; one line that shows no token."""


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    access: Access

    def __repr__(self) -> str:
        return f"Token(…, {self.access})"


class Tokens:
    """The tokens of a file: a line each, ``TOKEN`` or ``TOKEN account``; # begins a comment."""

    def __init__(self, tokens: tuple[Token, ...]) -> None:
        self._tokens = tokens

    @classmethod
    def read(cls, path: Path) -> Tokens:
        """The tokens in the file ``path``.

        Raises:
            TokenError: it cannot be read, has none, or a line of it is no token.
        """
        tokens = []
        for number, line in enumerate(_lines(path), 1):
            words = line.partition("#")[0].split()
            if not words:
                continue
            if len(words) > 2 or words[1:] not in ([], ["account"], ["market"]):
                raise TokenError(f"{path}: line {number}: write TOKEN or TOKEN account")
            if len(words[0]) < SHORTEST:
                raise TokenError(
                    f"{path}: line {number}: a token has at least {SHORTEST} characters"
                )
            access: Access = "account" if words[1:] == ["account"] else "market"
            tokens.append(Token(words[0], access))
        if not tokens:
            raise TokenError(f"{path}: no token in it; write one a line")
        return cls(tuple(tokens))

    def access(self, authorization: str) -> Access | None:
        """What the bearer of an ``Authorization`` header may see; None: nothing.

        Takes the same time for every wrong token.
        """
        kind, _, given = authorization.partition(" ")
        if kind.lower() != "bearer":
            return None
        offered = given.strip().encode()
        granted: Access | None = None
        for token in self._tokens:
            if hmac.compare_digest(token.text.encode(), offered):
                granted = token.access
        return granted


def first_token(path: Path) -> str:
    """The token that a viewer sends: the first one of the file.

    Raises:
        TokenError: it cannot be read, or has none.
    """
    for line in _lines(path):
        words = line.partition("#")[0].split()
        if words:
            return words[0]
    raise TokenError(f"{path}: no token in it")


def _lines(path: Path) -> list[str]:
    try:
        with open_given(path) as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise TokenError(f"{path}: larger than {MOST_BYTES} bytes")
        return data.decode().splitlines()
    except OSError as error:
        raise TokenError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise TokenError(f"{printable(str(path))}: not a text file (UTF-8)") from None
