"""The rights of a key, and warnings about those beyond reading."""

from __future__ import annotations

import msgspec

from tuirisk.language.reason import Reason


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
    def refusal(self) -> Reason | None:
        """Why the key is not used at all; None when it may be."""
        if self.enableWithdrawals:
            return Reason("key_may_withdraw")
        if not self.enableReading:
            return Reason("key_may_not_read")
        return None

    @property
    def warnings(self) -> tuple[Reason, ...]:
        """Rights that should be narrower, each with the remedy."""
        trading = (
            self.enableFutures
            or self.enableSpotAndMarginTrading
            or self.enableMargin
            or self.enableVanillaOptions
            or self.enablePortfolioMarginTrading
            or self.enableFixApiTrade
        )
        transfer = self.enableInternalTransfer or self.permitsUniversalTransfer
        reasons = []
        if trading and transfer:
            reasons.append(Reason("key_may_trade_and_transfer"))
        elif trading:
            reasons.append(Reason("key_may_trade"))
        elif transfer:
            reasons.append(Reason("key_may_transfer"))
        if not self.ipRestrict:
            reasons.append(Reason("key_from_any_address"))
        return tuple(reasons)
