"""The demo's account: three positions in isolated and cross margin."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from .account import ExchangeAccount
from .exchange import Exchange

WALLET = 10_000.0


def open_demo_account(exchange: Exchange, symbols: Sequence[str]) -> ExchangeAccount:
    """An account with a made-up key: the first of `symbols` is held long with isolated margin
    and high leverage, the second short and the third long with cross margin."""
    key, secret = (
        hashlib.sha256(f"{exchange.seed} {half}".encode()).hexdigest() for half in ("key", "secret")
    )
    account = exchange.accounts.open(key, secret, WALLET)
    traded = [s for s in symbols if s in exchange.instruments and exchange.instruments[s].trading]
    for symbol, (notional, entry, leverage, isolated) in zip(traded, _HELD, strict=False):
        mark = account.mark(symbol)
        step = exchange.instruments[symbol].step_size
        quantity = round(notional / mark / step) * step
        wallet = abs(quantity) * mark * entry / leverage if isolated else None
        account.set_position(
            symbol, quantity, entry_price=mark * entry, isolated_wallet=wallet, leverage=leverage
        )
        side = "SELL" if quantity > 0 else "BUY"
        if isolated:
            account.algo_orders.append(_stop(symbol, side, mark * 0.985))
        account.receive("FUNDING_FEE", symbol, -abs(notional) * 0.0001)
    account.events.clear()
    return account


def _stop(symbol: str, side: str, trigger: float) -> dict[str, Any]:
    """The row of a stop that closes the whole position."""
    return {
        "algoId": 1,
        "algoType": "CONDITIONAL",
        "orderType": "STOP_MARKET",
        "symbol": symbol,
        "side": side,
        "positionSide": "BOTH",
        "quantity": "0",
        "triggerPrice": f"{trigger:.8f}",
        "closePosition": True,
        "reduceOnly": False,
    }


_HELD = (
    (40_000.0, 1.004, 25, True),
    (-15_000.0, 1.01, 10, False),
    (6_000.0, 0.98, 5, False),
)
"""(signed notional, entry price over mark price, leverage, whether isolated)."""
