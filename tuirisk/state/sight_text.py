"""The log entry of data that stopped or came again, as a sentence that every language can say."""

from __future__ import annotations

import re
from typing import Final

from tuirisk.language.reason import Reason
from tuirisk.language.reason_codes import ReasonCode
from tuirisk.state.alert import LogEntry

_SECONDS: Final = re.compile(r"(\d+) s\b")
_CODES: Final[dict[tuple[str, bool], ReasonCode]] = {
    ("blind", False): "symbols_blind",
    ("blind", True): "account_blind",
    ("sighted", False): "symbols_sighted",
    ("sighted", True): "account_sighted",
}
"""(kind, whether it is the account) → the sentence."""


def sight_sentence(entry: LogEntry) -> Reason | None:
    """``no data of BTCUSDT for 30 s``; None of another kind, and where the text has no seconds.

    The entry itself has the seconds in its English text alone.
    """
    code = _CODES.get((entry.kind, entry.cause == "account_late"))
    seconds = _SECONDS.search(entry.text)
    if code is None or seconds is None:
        return None
    symbols = entry.symbols or ((entry.symbol,) if entry.symbol else ())
    if symbols:
        return Reason(code, symbol=", ".join(symbols), count=int(seconds[1]))
    return Reason(code, count=int(seconds[1]))
