"""Signed answers of the host of portfolio-margin accounts (`/papi`)."""

from __future__ import annotations

from . import signed_account
from .account import ExchangeAccount
from .collateral import ASSET_TERMS, counted
from .margin_engine import maintenance_margin
from .rest_market import Answer, Markets
from .rest_query import Query


def account(exchange: Markets, account: ExchangeAccount, query: Query) -> Answer:
    """The account as a whole, USD."""
    amounts, needed, initial = dict(account.standing.wallets), account.loans, account.loans
    for position in account.positions.values():
        mark, asset = account.mark(position.symbol), account.margin_asset(position.symbol)
        amounts[asset] = amounts.get(asset, 0.0) + position.profit(mark)
        notional, index = position.notional(mark), ASSET_TERMS[asset].index(account.mark)
        needed += index * maintenance_margin(notional, account.tiers(position.symbol))
        initial += index * notional / account.leverage_of(position.symbol)
    equity = counted(amounts, account.mark)
    body = {
        "uniMMR": f"{equity / needed if needed else 99_999_999:.8f}",
        "accountEquity": f"{equity:.8f}",
        "actualEquity": f"{equity:.8f}",
        "accountInitialMargin": f"{initial:.8f}",
        "accountMaintMargin": f"{needed:.8f}",
        "accountStatus": "NORMAL",
        "virtualMaxWithdrawAmount": f"{max(0.0, equity - initial):.8f}",
        "totalAvailableBalance": "",
        "totalMarginOpenLoss": "0",
        "updateTime": exchange.now_ms,
    }
    return body, 20


def balance(exchange: Markets, account: ExchangeAccount, query: Query) -> Answer:
    rows = [
        {
            "asset": asset,
            "totalWalletBalance": f"{amount:.8f}",
            "crossMarginAsset": f"{amount:.8f}",
            "crossMarginBorrowed": "0",
            "crossMarginFree": f"{amount:.8f}",
            "crossMarginInterest": "0",
            "crossMarginLocked": "0",
            "umWalletBalance": "0",
            "umUnrealizedPNL": "0",
            "cmWalletBalance": "0",
            "cmUnrealizedPNL": "0",
            "negativeBalance": "0",
            "updateTime": exchange.now_ms,
        }
        for asset, amount in account.standing.wallets.items()
    ]
    return rows, 20


def position_risk(exchange: Markets, account: ExchangeAccount, query: Query) -> Answer:
    names = (
        "symbol", "positionAmt", "entryPrice", "markPrice", "unRealizedProfit", "liquidationPrice",
        "positionSide", "notional", "updateTime",
    )  # fmt: skip
    rows = []
    for position in account.positions.values():
        row = signed_account.risk_row(account, position)
        kept = {name: row[name] for name in names}
        leverage = str(account.leverage_of(position.symbol))
        rows.append({**kept, "leverage": leverage, "maxNotionalValue": "20000000"})
    return rows, 5


def adl(exchange: Markets, account: ExchangeAccount, query: Query) -> Answer:
    rows = [{"symbol": symbol, "adlQuantile": {side: 2}} for symbol, side in account.positions]
    return rows, 5


def dual(exchange: Markets, account: ExchangeAccount, query: Query) -> Answer:
    return {"dualSidePosition": account.hedge_mode}, 30


ROUTES: dict[str, signed_account.Handler] = {
    "/papi/v1/account": account,
    "/papi/v1/balance": balance,
    "/papi/v1/um/positionRisk": position_risk,
    "/papi/v1/um/positionSide/dual": dual,
    "/papi/v1/um/adlQuantile": adl,
    "/papi/v1/um/openOrders": signed_account.open_orders,
    "/papi/v1/um/conditional/openOrders": signed_account.algo_orders,
    "/papi/v1/um/userTrades": signed_account.trades,
    "/papi/v1/um/income": signed_account.incomes,
}
