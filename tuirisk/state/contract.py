"""What a symbol is: its kind of contract, its assets, when it ends."""

from __future__ import annotations

from dataclasses import dataclass

from tuirisk.state.number import NOT_YET, MaybeText


@dataclass(frozen=True, slots=True)
class ContractTerms:
    """The terms of a contract, in the exchange's words."""

    type: str = ""
    """``PERPETUAL``, ``TRADIFI_PERPETUAL``, ``CURRENT_QUARTER``, …; ``SPOT`` of spot files."""
    base_asset: MaybeText = NOT_YET
    quote_asset: MaybeText = NOT_YET
    """What prices and notionals are in."""
    margin_asset: MaybeText = NOT_YET
    """What margin, PnL and funding are in."""
    expiry: MaybeText = NOT_YET
    """When it is delivered, or settled because it is delisted: ISO 8601, UTC."""


NO_CONTRACT = ContractTerms()
