"""What the hours of an underlying's market mean for a TradFi perpetual, which trades on without it.

While that market is closed the exchange's index stands still and the mark price follows the
perpetual alone; when it opens, the index comes with all that happened meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tuirisk.events import SymbolListed
from tuirisk.events.contract_names import TRADFI, minute
from tuirisk.events.intervals import HOUR_MS
from tuirisk.events.market_sessions import CLOSED, MarketSession
from tuirisk.language.reason import Reason

TOLD_BEFORE_MS = 3 * HOUR_MS
"""How long before it a long closure is told."""
LONG_MS = 12 * HOUR_MS
"""A closure of so long may bring a gap that a night does not."""


def hours_notices(
    sessions: Mapping[str, Sequence[MarketSession]], listed: SymbolListed, exchange_ms: float
) -> Iterator[Reason]:
    """What is to be said of the underlying's market at ``exchange_ms`` (UTC); nothing of contracts
    that have none, or whose sessions are not known."""
    if listed.contract_type != TRADFI:
        return
    for begins, ends in _closures(sessions.get(listed.underlying, ())):
        if begins <= exchange_ms < ends:
            yield Reason("underlying_closed", time=minute(ends))
        elif 0 < begins - exchange_ms <= TOLD_BEFORE_MS and ends - begins >= LONG_MS:
            hours = round((ends - begins) / HOUR_MS)
            yield Reason("underlying_closes", time=minute(begins), hours=hours)


def _closures(sessions: Sequence[MarketSession]) -> Iterator[tuple[int, int]]:
    """(begin, end) of each time without trading; sessions that follow each other are one."""
    begin = end = 0
    for session in sorted(sessions, key=lambda one: one.begins):
        if session.kind != CLOSED:
            continue
        if end and session.begins <= end:
            end = max(end, session.ends)
            continue
        if end:
            yield begin, end
        begin, end = session.begins, session.ends
    if end:
        yield begin, end
