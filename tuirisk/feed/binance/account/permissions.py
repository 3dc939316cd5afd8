"""The rights of a key, and warnings about those beyond reading."""

from __future__ import annotations

import msgspec


class KeyPermissions(msgspec.Struct, frozen=True):
    """The body of ``GET /sapi/v1/account/apiRestrictions``; an absent right is not granted."""

    ipRestrict: bool = False
    enableReading: bool = False
    enableWithdrawals: bool = False
    enableInternalTransfer: bool = False
    permitsUniversalTransfer: bool = False
    enableMargin: bool = False
    enableSpotAndMarginTrading: bool = False
    enableFutures: bool = False
    enableVanillaOptions: bool = False
    enablePortfolioMarginTrading: bool = False
    enableFixApiTrade: bool = False

    @property
    def refusal(self) -> str:
        """Why the key is not used at all; empty when it may be."""
        if self.enableWithdrawals:
            return "it may withdraw: make a read-only key at Binance, and delete this one"
        if not self.enableReading:
            return 'it may not read: tick "Enable Reading" for it at Binance'
        return ""

    @property
    def excess(self) -> tuple[str, ...]:
        """Rights beyond reading and withdrawing."""
        trading = (
            self.enableFutures
            or self.enableSpotAndMarginTrading
            or self.enableMargin
            or self.enableVanillaOptions
            or self.enablePortfolioMarginTrading
            or self.enableFixApiTrade
        )
        transfer = self.enableInternalTransfer or self.permitsUniversalTransfer
        return (("trade",) if trading else ()) + (("transfer",) if transfer else ())

    @property
    def warnings(self) -> tuple[str, ...]:
        """Rights that should be narrower, each with the remedy."""
        found = []
        if self.excess:
            may = " and ".join(self.excess)
            found.append(f"it may {may}: a read-only key is all that is needed")
        if not self.ipRestrict:
            found.append("it works from any address: restrict it to yours")
        return tuple(found)
