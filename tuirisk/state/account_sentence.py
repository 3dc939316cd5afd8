"""Which move of Bitcoin liquidates the account, as a sentence that every language can say."""

from __future__ import annotations

import re
from typing import Final

from tuirisk.language.reason import Reason
from tuirisk.state.alert import ACCOUNT_NAME, LogEntry

_MOVE: Final = re.compile(r"BTC ([+−][\d.]+ %)")


def liquidated_by(move: float) -> Reason:
    """The sentence of ``move``, a fraction."""
    return Reason("account_liquidated_by", move=f"{move * 100:+.1f} %".replace("-", "−"))


def account_sentence(entry: LogEntry) -> Reason | None:
    """The sentence of a rise of the account's severity; None of another entry, and where no move
    liquidates it. The entry itself has the move in its English text alone.
    """
    if entry.kind != "severity" or entry.symbol != ACCOUNT_NAME:
        return None
    found = _MOVE.search(entry.text)
    return None if found is None else Reason("account_liquidated_by", move=found[1])
