"""Whether an answer that takes watched symbols away can be true: it is, when it is repeated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tuirisk.feed.binance.decode import Listing
from tuirisk.feed.binance.plausibility.implausible import implausible

TRADING = "TRADING"


class ListingChanges:
    """Compares successive answers of ``GET /fapi/v1/exchangeInfo``."""

    def __init__(self) -> None:
        self._doubted: frozenset[str] = frozenset()

    def check(
        self, known: Mapping[str, Listing], new: Mapping[str, Listing], watched: Iterable[str]
    ) -> None:
        """Accept ``new`` where every watched symbol that traded trades on.

        Raises:
            Implausible: some do not, and the answer before did not say so; ask again.
        """
        ended = frozenset(
            symbol for symbol in watched if _trades(known, symbol) and not _trades(new, symbol)
        )
        believed = ended <= self._doubted
        self._doubted = frozenset() if believed else ended
        if not believed:
            raise implausible("listings", "leaps")


def _trades(listings: Mapping[str, Listing], symbol: str) -> bool:
    listing = listings.get(symbol)
    return listing is not None and listing.status == TRADING
