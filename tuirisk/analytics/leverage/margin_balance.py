"""The margin balance behind a position: its own if isolated, else that of all cross ones.

In single-asset mode each margin asset has its own wallet. With multi-assets margin all assets stand
behind every cross position, each counted by the exchange's rate, which is lower than its price for
a balance and higher for a debt. A portfolio-margin account is liquidated as a whole, once its
equity is :data:`UNI_MMR_LIQUIDATED` times its maintenance margin (Binance, "uniMMR").
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tuirisk.analytics.leverage.brackets import UNKNOWN
from tuirisk.analytics.leverage.margin import ONE_FOR_ONE, MarginTerms
from tuirisk.analytics.leverage.open_positions import OpenPosition
from tuirisk.analytics.leverage.portfolio import Portfolio, of_cross
from tuirisk.events import MarginAsset
from tuirisk.state import Missing, Number, maximum, ratio

NO_BALANCE = Missing("margin_used")
UNI_MMR_LIQUIDATED = 1.05
DOLLARS = frozenset({"USDT", "USDC", "USD1", "FDUSD"})
"""Quote assets in which a price is one in dollars."""


@dataclass(frozen=True, slots=True)
class Margin:
    """A margin balance at the mark prices of now, in the margin asset of the position.

    ``outside`` is what other symbols leave of the wallet, WB − TMM + UPNL, as far as it does not
    depend on the symbol's price by ``terms``.
    """

    balance: Number
    maintenance: Number
    initial: Number
    outside: Number
    terms: MarginTerms = ONE_FOR_ONE

    @property
    def ratio(self) -> Number:
        """Maintenance margin over margin balance; at 1 the positions are liquidated."""
        return margin_ratio(self.maintenance, self.balance)

    def scaled(self, rate: float) -> Margin:
        """The same in another unit, of which one of this is ``rate``."""
        terms = self.terms
        return Margin(
            self.balance * rate,
            self.maintenance * rate,
            self.initial * rate,
            self.outside * rate,
            replace(
                terms,
                bid=terms.bid * rate,
                ask=terms.ask * rate,
                per_price=terms.per_price * rate,
            ),
        )


def margin_ratio(maintenance: Number, balance: Number) -> Number:
    """Maintenance margin over margin balance; Missing where nothing is left of the latter."""
    return ratio(maintenance, balance, NO_BALANCE)


def margin_of(position: OpenPosition, portfolio: Portfolio) -> Margin:
    """The margin balance behind ``position``: its own, or that of all cross positions with it."""
    if not position.isolated:
        return cross_margin(portfolio, position)
    own = portfolio.margin(position)
    if isinstance(own, Missing):
        return Margin(own, own, own, own)
    known = portfolio.contracts[position.symbol].margin_known
    return Margin(
        position.wallet + own.profit,
        own.maintenance if known else UNKNOWN,
        own.initial,
        position.wallet,
    )


def cross_margin(portfolio: Portfolio, position: OpenPosition) -> Margin:
    """The margin behind ``position``, held or not, in its margin asset.

    Where the brackets of a symbol are not known, nor is the maintenance margin; ``outside`` then
    leaves the least that the symbol can ask for.
    """
    group = portfolio.open_positions.group_of(position)
    margin = group_margin(portfolio, group, position)
    return margin if group or position.rate == 1.0 else margin.scaled(1.0 / position.rate)


def group_margin(
    portfolio: Portfolio, group: str = "", position: OpenPosition | None = None
) -> Margin:
    """The margin of all cross positions on the wallet of ``group``, in its unit.

    ``outside`` leaves the positions in the symbol of ``position`` out.
    """
    positions = portfolio.open_positions
    symbol = position.symbol if position is not None else ""
    total, others = portfolio.cross(group=group), portfolio.cross(symbol, group)
    if isinstance(total, Missing):
        return Margin(total, total, total, total)
    assert not isinstance(others, Missing)
    names = (held.symbol for held in positions.cross_of(group))
    unknown = next((name for name in names if not portfolio.contracts[name].margin_known), None)
    maintenance = total.maintenance + portfolio.other_maintenance
    margin = Margin(
        balance=positions.wallets.get(group, 0.0) + total.profit,
        maintenance=maintenance if unknown is None else of_cross(unknown, UNKNOWN),
        initial=total.initial,
        outside=positions.wallets.get(group, 0.0) - others.maintenance + others.profit,
    )
    if positions.portfolio_margin is not None:
        factor = UNI_MMR_LIQUIDATED
        needed = others.maintenance + portfolio.other_maintenance
        outside = positions.wallet + others.profit - factor * needed
        return replace(margin, outside=outside, terms=MarginTerms(maintenance_factor=factor))
    if positions.mode == "multi_assets" and positions.assets:
        return _of_all_assets(portfolio, margin, others.maintenance, position)
    if position is not None and not group and position.rate != 1.0:
        # Its profit, in another asset, comes into the wallet at that asset's price.
        return replace(margin, terms=MarginTerms(bid=position.rate, ask=position.rate))
    return margin


def _of_all_assets(
    portfolio: Portfolio, margin: Margin, maintenance: float, position: OpenPosition | None
) -> Margin:
    """``margin`` of multi-assets mode; ``maintenance`` is that of the other symbols, USDT."""
    positions = portfolio.open_positions
    profits: dict[str, float] = {}
    elsewhere: dict[str, float] = {}
    for held in positions.cross:
        profit = portfolio.profit(held)
        assert not isinstance(profit, Missing)
        profits[held.margin_asset] = profits.get(held.margin_asset, 0.0) + profit
        if position is None or held.symbol != position.symbol:
            elsewhere[held.margin_asset] = elsewhere.get(held.margin_asset, 0.0) + profit
    by_name = {each.asset: each for each in positions.assets}
    for asset in profits.keys() - by_name.keys():
        by_name[asset] = MarginAsset(asset, 0.0)
    balance = sum(counted(a, a.cross_wallet + profits.get(a.asset, 0.0)) for a in by_name.values())
    if position is None:
        return replace(margin, balance=balance, outside=balance - maintenance)
    settles = by_name.get(position.margin_asset, MarginAsset(position.margin_asset, 0.0))
    base = next((a for a in by_name.values() if _is_base(a.asset, position.symbol)), None)
    outside, per_price = -maintenance, 0.0
    for each in by_name.values():
        value = counted(each, each.cross_wallet + elsewhere.get(each.asset, 0.0))
        if each is base and each.price > 0:
            per_price = value / each.price
        elif each is not settles:
            outside += value
    settled = settles.cross_wallet + elsewhere.get(settles.asset, 0.0)
    terms = MarginTerms(settled, settles.bid_rate, settles.ask_rate, per_price)
    return replace(margin, balance=balance, outside=outside, terms=terms)


def _is_base(asset: str, symbol: str) -> bool:
    """Whether the price of ``symbol`` is that of ``asset`` in dollars, whatever it settles in."""
    pair = symbol.partition("_")[0]
    return pair.startswith(asset) and pair[len(asset) :] in DOLLARS


def counted(asset: MarginAsset, amount: float) -> float:
    """What ``amount`` of ``asset`` is as margin, USDT."""
    return amount * (asset.bid_rate if amount > 0 else asset.ask_rate)


def account_margin(portfolio: Portfolio) -> Margin:
    """The margin of all cross positions together, USDT.

    Its ratio says nothing where several wallets are liquidated each by itself.
    """
    positions = portfolio.open_positions
    total = group_margin(portfolio)
    for group in positions.wallets:
        if group:
            part = group_margin(portfolio, group).scaled(positions.rate_of(group))
            total = Margin(
                total.balance + part.balance,
                total.maintenance + part.maintenance,
                total.initial + part.initial,
                total.outside + part.outside,
            )
    return total


def worst_margin_ratio(portfolio: Portfolio) -> Number:
    """The highest margin ratio of the wallets that are liquidated each by itself."""
    positions = portfolio.open_positions
    if not positions.positions and not positions.wallet:
        return Missing("no_positions")
    return maximum(*(group_margin(portfolio, group).ratio for group in positions.wallets))


def free_collateral(margin: Margin) -> Number:
    """Margin balance above the initial margin, at least 0."""
    if isinstance(margin.balance, Missing):
        return margin.balance
    if isinstance(margin.initial, Missing):
        return margin.initial
    return max(0.0, margin.balance - margin.initial)
