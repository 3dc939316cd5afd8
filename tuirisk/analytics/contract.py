"""A symbol's contract: its terms, and what is to be said of them."""

from __future__ import annotations

from collections.abc import Iterator

from tuirisk.events.contract_names import base_and_quote, minute
from tuirisk.events.intervals import DAY_MS, HOUR_MS
from tuirisk.language.reason import Reason
from tuirisk.market.market import SymbolMarket
from tuirisk.state import ContractTerms, MaybeText, Missing
from tuirisk.state.codec import iso

QUOTE_UNKNOWN = Missing("quote_asset_unknown")
NO_EXPIRY = Missing("no_expiry")
CHANGE_TOLD_MS = HOUR_MS
"""How long a change of the terms is told."""
DELIVERY_TOLD_MS = DAY_MS
"""How long before it the delivery of a contract is told; a delisting is told from when it is
known."""


def contract(name: str, symbol: SymbolMarket) -> ContractTerms:
    """The terms of ``symbol``, its assets by its name where the exchange does not tell them."""
    listed = symbol.listed
    base, quote = base_and_quote(name)
    quote_asset: MaybeText = listed.quote_asset or quote or QUOTE_UNKNOWN
    return ContractTerms(
        listed.contract_type,
        listed.base_asset or base,
        quote_asset,
        listed.margin_asset or quote_asset,
        iso(listed.ends_at) if listed.ends_at else NO_EXPIRY,
    )


def contract_notices(symbol: SymbolMarket, exchange_ms: float) -> Iterator[Reason]:
    """What a person should know of the contract at ``exchange_ms`` (UTC)."""
    listed = symbol.listed
    far = not listed.is_perpetual and listed.ends_at - exchange_ms > DELIVERY_TOLD_MS
    if listed.ends_at and not far:
        yield Reason("contract_ends", time=minute(listed.ends_at))
    for received_ms, changes in symbol.contract_changes:
        told = [reason for reason in changes if reason.code == "contract_term_changed"]
        if told and exchange_ms - received_ms <= CHANGE_TOLD_MS:
            yield Reason("contract_changed", reasons=tuple(told))
