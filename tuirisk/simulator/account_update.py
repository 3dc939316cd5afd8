"""`ACCOUNT_UPDATE` of the user-data stream: balances and positions after a change."""

from __future__ import annotations

from collections.abc import Mapping

from .account_orders import amount
from .frames import Payload
from .margin_engine import ExchangePosition


def account_update(
    reason: str,
    wallets: Mapping[str, tuple[float, float]],
    positions: list[Payload],
    now_ms: int,
    *,
    unified: bool,
) -> Payload:
    """The event; `wallets` has an asset's wallet balance and cross wallet, `unified` tells that
    the account is of portfolio margin."""
    balances = [
        {"a": asset, "wb": f"{whole:.8f}", "cw": f"{cross:.8f}", "bc": "0"}
        for asset, (whole, cross) in wallets.items()
    ]
    update = {"m": reason, "B": balances, "P": positions}
    event: Payload = {"e": "ACCOUNT_UPDATE", "E": now_ms, "T": now_ms, "a": update}
    return event | {"fs": "UM"} if unified else event


def position_row(position: ExchangePosition, mark: float) -> Payload:
    """A position in the event, at that mark price."""
    profit = position.profit(mark) if position.quantity else 0.0
    return {
        "s": position.symbol,
        "pa": amount(position.quantity),
        "ep": f"{position.entry_price:.8f}",
        "bep": f"{position.entry_price:.8f}",
        "cr": "0",
        "up": f"{profit:.8f}",
        "mt": "isolated" if position.isolated_wallet is not None else "cross",
        "iw": f"{position.isolated_wallet or 0.0:.8f}",
        "ps": position.side,
    }
