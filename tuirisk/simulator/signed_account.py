"""Signed answers about the account: balances, positions, orders, trades, incomes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .account import ASSET, ExchangeAccount
from .collateral import ASSET_TERMS, counted
from .margin_engine import ExchangePosition, maintenance_margin
from .rest_market import Answer, Markets
from .rest_query import Query


def account_config(exchange: Markets, account: ExchangeAccount, query: Query) -> Answer:
    body = {
        "feeTier": 0,
        "canTrade": True,
        "canDeposit": True,
        "canWithdraw": False,
        "dualSidePosition": account.hedge_mode,
        "updateTime": 0,
        "multiAssetsMargin": account.mode == "multi_assets",
        "tradeGroupId": -1,
    }
    return body, 5


def multi_assets(exchange: Markets, account: ExchangeAccount, query: Query) -> Answer:
    return {"multiAssetsMargin": account.mode == "multi_assets"}, 30


def account(exchange: Markets, account: ExchangeAccount, query: Query) -> Answer:
    if account.mode == "portfolio_margin":
        zeros = {"totalWalletBalance": "0", "totalCrossWalletBalance": "0", "availableBalance": "0"}
        return {**zeros, "assets": [], "positions": []}, 5
    wallets = account.standing.wallets
    rows = [_asset_row(exchange, account, asset, amount) for asset, amount in wallets.items()]
    if account.mode == "multi_assets":
        total, available = counted(wallets, account.mark), _available(account, "")
    else:
        total, available = account.cross_wallet, _available(account, ASSET)
    body = {
        "totalWalletBalance": f"{account.wallet_balance:.8f}",
        "totalUnrealizedProfit": f"{sum(_profits(account).values()):.8f}",
        "totalMarginBalance": f"{account.wallet_balance + sum(_profits(account).values()):.8f}",
        "totalCrossWalletBalance": f"{total:.8f}",
        "totalCrossUnPnl": f"{sum(_profits(account, cross=True).values()):.8f}",
        "availableBalance": f"{available:.8f}",
        "assets": rows if "BNB" in wallets else [*rows, {**_EMPTY, "asset": "BNB"}],
        "positions": [],
    }
    return body, 5


_EMPTY = {"walletBalance": "0", "crossWalletBalance": "0"}


def _asset_row(
    exchange: Markets, account: ExchangeAccount, asset: str, amount: float
) -> dict[str, Any]:
    profit = _profits(account).get(asset, 0.0)
    cross_profit = _profits(account, cross=True).get(asset, 0.0)
    wallet = account.wallet_balance if asset == ASSET else amount
    return {
        "asset": asset,
        "walletBalance": f"{wallet:.8f}",
        "unrealizedProfit": f"{profit:.8f}",
        "marginBalance": f"{wallet + profit:.8f}",
        "crossWalletBalance": f"{amount:.8f}",
        "crossUnPnl": f"{cross_profit:.8f}",
        "availableBalance": f"{_available(account, asset):.8f}",
        "updateTime": exchange.now_ms,
    }


def _profits(account: ExchangeAccount, cross: bool = False) -> dict[str, float]:
    """Unrealised profit by margin asset."""
    found: dict[str, float] = {}
    for position in account.positions.values():
        if cross and position.isolated_wallet is not None:
            continue
        asset = account.margin_asset(position.symbol)
        profit = position.profit(account.mark(position.symbol))
        found[asset] = found.get(asset, 0.0) + profit
    return found


def _available(account: ExchangeAccount, asset: str) -> float:
    """What may be margin of new positions: of one asset, or with none of all of them together."""
    held = [p for p in account.positions.values() if p.isolated_wallet is None]
    if asset:
        held = [p for p in held if account.margin_asset(p.symbol) == asset]
    margin = sum(
        p.notional(account.mark(p.symbol)) / account.leverage_of(p.symbol) for p in held
    ) + sum(float(order.get("initialMargin", 0.0)) for order in account.open_orders)
    profits = _profits(account, cross=True)
    if asset:
        wallet = account.standing.wallets.get(asset, 0.0) + profits.get(asset, 0.0)
        return max(0.0, wallet - margin)
    amounts = dict(account.standing.wallets)
    for name, profit in profits.items():
        amounts[name] = amounts.get(name, 0.0) + profit
    return max(0.0, counted(amounts, account.mark) - margin)


def position_risk(exchange: Markets, account: ExchangeAccount, query: Query) -> Answer:
    if account.mode == "portfolio_margin":
        return [], 5
    return [risk_row(account, position) for position in account.positions.values()], 5


def risk_row(account: ExchangeAccount, position: ExchangePosition) -> dict[str, Any]:
    """The row of `positionRisk` of a position."""
    mark = account.mark(position.symbol)
    notional = position.quantity * mark
    wallet = position.isolated_wallet or 0.0
    margin = abs(notional) / account.leverage_of(position.symbol)
    isolated = position.isolated_wallet is not None
    maintenance = maintenance_margin(abs(notional), account.tiers(position.symbol))
    whole = account.mode == "portfolio_margin"
    liquidation = account.liquidation_price(position) if whole else 0.0
    return {
        "symbol": position.symbol,
        "positionSide": position.side,
        "positionAmt": f"{position.quantity:.8f}",
        "entryPrice": f"{position.entry_price:.8f}",
        "breakEvenPrice": f"{position.entry_price:.8f}",
        "markPrice": f"{mark:.8f}",
        "unRealizedProfit": f"{position.profit(mark):.8f}",
        "liquidationPrice": f"{liquidation:.8f}",
        "isolatedMargin": f"{wallet + position.profit(mark):.8f}" if isolated else "0",
        "notional": f"{notional:.8f}",
        "marginAsset": account.margin_asset(position.symbol),
        "isolatedWallet": f"{wallet:.8f}",
        "initialMargin": f"{margin:.8f}",
        "maintMargin": f"{maintenance:.8f}",
        "positionInitialMargin": f"{margin:.8f}",
        "openOrderInitialMargin": "0",
        "adl": 2,
        "bidNotional": "0",
        "askNotional": "0",
        "updateTime": position.updated,
    }


def open_orders(exchange: Markets, account: ExchangeAccount, query: Query) -> Answer:
    return _of_symbol(account.open_orders, query), 1


def algo_orders(exchange: Markets, account: ExchangeAccount, query: Query) -> Answer:
    return _of_symbol(account.algo_orders, query), 1


def trades(exchange: Markets, account: ExchangeAccount, query: Query) -> Answer:
    rows = _between(_of_symbol(account.orders.trades, query), query)
    return rows[-(query.integer("limit") or 500) :], 5


def incomes(exchange: Markets, account: ExchangeAccount, query: Query) -> Answer:
    kind = query.text("incomeType")
    rows = [r for r in account.incomes if kind in (None, r["incomeType"])]
    rows = _between(_of_symbol(rows, query), query)
    return rows[: query.integer("limit") or 100], 30


def asset_index(exchange: Markets, query: Query) -> Answer:
    """The public `assetIndex`."""
    rows = []
    for asset, terms in ASSET_TERMS.items():
        if terms.symbol and terms.symbol not in exchange.instruments:
            continue
        index = terms.index(lambda symbol: round(exchange.market(symbol).price.mark_price, 8))
        rows.append(
            {
                "symbol": f"{asset}USD",
                "time": exchange.now_ms,
                "index": f"{index:.8f}",
                "bidBuffer": f"{terms.bid_buffer:.8f}",
                "askBuffer": f"{terms.ask_buffer:.8f}",
                "bidRate": f"{index * (1 - terms.bid_buffer):.8f}",
                "askRate": f"{index * (1 + terms.ask_buffer):.8f}",
            }
        )
    return rows, 10


def _of_symbol(rows: list[Any], query: Query) -> list[Any]:
    named = query.text("symbol")
    return [row for row in rows if named in (None, row["symbol"])]


def _between(rows: list[Any], query: Query) -> list[Any]:
    start, end = query.integer("startTime") or 0, query.integer("endTime") or 2**62
    return [row for row in rows if start <= row["time"] <= end]


Handler = Callable[[Markets, ExchangeAccount, Query], Answer]
ROUTES: dict[str, Handler] = {
    "/fapi/v1/accountConfig": account_config,
    "/fapi/v1/multiAssetsMargin": multi_assets,
    "/fapi/v3/account": account,
    "/fapi/v3/positionRisk": position_risk,
    "/fapi/v1/openOrders": open_orders,
    "/fapi/v1/openAlgoOrders": algo_orders,
    "/fapi/v1/userTrades": trades,
    "/fapi/v1/income": incomes,
}
