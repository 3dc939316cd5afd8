"""The account as it is known: whole answers of REST, and the user-data stream's changes in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from msgspec.structs import replace

from tuirisk.events import (
    AccountDay,
    AccountMode,
    AccountPosition,
    AccountReport,
    MarginAsset,
    PortfolioMargin,
    PositionIncome,
)
from tuirisk.events.intervals import SECOND_NS
from tuirisk.feed.binance.account.asset_rates import USD, AssetRate, rate_of
from tuirisk.feed.binance.account.confirmation import AccountFacts
from tuirisk.feed.binance.account.open_exits import OpenExits
from tuirisk.feed.binance.account.schema import (
    AccountAnswer,
    AssetBalance,
    RiskRow,
    Side,
    SymbolConfig,
    told,
)
from tuirisk.feed.binance.account.user_events import (
    AccountUpdate,
    BalanceChange,
    ConfigUpdate,
    PositionChange,
)

QUOTE = "USDT"
RECENT_NS = 5 * SECOND_NS
"""An answer asked for so long after a change of the stream is not behind it any more."""

_Leg = tuple[str, Side]


class _Streamed(NamedTuple):
    """A change that the stream reported, with the engine's time (ms) and the receive time (ns)."""

    change: PositionChange
    time: int
    received: int


class _StreamedBalance(NamedTuple):
    """A balance that the stream reported, with the same times."""

    balance: BalanceChange
    time: int
    received: int


@dataclass(frozen=True, slots=True)
class AccountAnswers:
    """What REST told at (about) one moment; ``mode`` None where it cannot be asked."""

    account: AccountAnswer
    risks: tuple[RiskRow, ...]
    config: Mapping[str, SymbolConfig]
    mode: AccountMode | None = "single_asset"
    hedge_mode: bool | None = None
    rates: Mapping[str, AssetRate] = field(default_factory=dict)
    portfolio_margin: PortfolioMargin | None = None
    unreadable: frozenset[str] = frozenset()
    """Symbols of positions whose row could not be read: they stay as they were known."""


class AccountSnapshot:
    """Merges; absolute values throughout, so that the same change may be applied twice.

    REST answers from copies that may be some time behind the stream. What the stream changed
    just before an answer was asked for stands where the answer's own times are older; then the
    snapshot is ``contradicted`` until the next one.
    """

    def __init__(self) -> None:
        self.hedge_mode = False
        self.mode: AccountMode | None = "single_asset"
        """None where it cannot be asked: then it is taken for single-asset mode, and said."""
        self.unpriced: tuple[str, ...] = ()
        """Assets that the exchange gives no price for: they count as nothing …"""
        self.at_par: tuple[str, ...] = ()
        """… and those that are taken at one USDT for one."""
        self.exits = OpenExits()
        """Open stops and take-profits of what is held …"""
        self.income: Mapping[_Leg, PositionIncome] = {}
        """… and what came in and went out."""
        self.day: AccountDay | None = None
        """The UTC day so far; None where it was not read."""
        self.contradicted = False
        """Whether the last answers of REST were behind the stream: they are to be read again."""
        self._assets: dict[str, MarginAsset] = {}
        self._available: float | None = None
        """The available balance as REST told it; None once the stream changed anything since."""
        self._portfolio_margin: PortfolioMargin | None = None
        self._positions: dict[_Leg, AccountPosition] = {}
        self._row_times: dict[_Leg, int] = {}
        """Leg → when it last changed as REST has it, ms."""
        self._streamed: dict[_Leg, _Streamed] = {}
        self._streamed_balances: dict[str, _StreamedBalance] = {}
        """Asset → its last change."""
        self._config: Mapping[str, SymbolConfig] = {}
        self._rates: Mapping[str, AssetRate] = {}
        self._unreadable: tuple[str, ...] = ()

    @property
    def positions(self) -> dict[_Leg, AccountPosition]:
        """The positions known, by symbol and side."""
        return dict(self._positions)

    @property
    def update_times(self) -> Mapping[_Leg, int]:
        """When each position last changed as REST has it, UTC ms."""
        return self._row_times

    @property
    def portfolio_margin(self) -> PortfolioMargin | None:
        """The figures of the whole account, of portfolio margin alone."""
        return self._portfolio_margin

    @property
    def facts(self) -> AccountFacts:
        """What of it changes by a trade, a transfer or a setting alone."""
        return AccountFacts(
            self.mode,
            self._hedged,
            self.positions,
            dict(self._assets),
            self._portfolio_margin,
            dict(self._row_times),
        )

    def streamed_since(self, since: int) -> tuple[set[_Leg], set[str]]:
        """Legs and assets that the stream changed after ``since`` (ns)."""
        legs = {leg for leg, change in self._streamed.items() if change.received >= since}
        balances = self._streamed_balances.items()
        return legs, {asset for asset, change in balances if change.received >= since}

    def replace(self, answers: AccountAnswers, requested: int = 0) -> None:
        """Take a complete account, asked for at ``requested`` (ns), in the place of the known."""
        self.mode = answers.mode
        if answers.hedge_mode is not None:
            self.hedge_mode = answers.hedge_mode
        self._portfolio_margin = answers.portfolio_margin
        self._available = told(answers.account.availableBalance)
        if answers.mode == "multi_assets" and self._available is not None and USD in answers.rates:
            self._available *= answers.rates[USD].price
        self._config, self._rates = dict(answers.config), answers.rates
        self._set_assets(answers)
        self._positions = {
            leg: position
            for leg, position in self._positions.items()
            if leg[0] in answers.unreadable or "" in answers.unreadable
        }
        self._unreadable = tuple(sorted(answers.unreadable))
        self._row_times = {}
        for row in answers.risks:
            self._row_times[row.symbol, row.positionSide] = row.updateTime
            if row.positionAmt == 0:
                continue
            isolated = self._is_isolated(row)
            self._put(
                row.symbol,
                row.positionSide,
                row.positionAmt,
                row.entry_price,
                "isolated" if isolated else "cross",
                told(row.isolatedWallet) or 0.0,
                row,
            )
        times = {row.asset: row.updateTime for row in answers.account.assets}
        self._reapply_recent_changes(requested, times)

    def _set_assets(self, answers: AccountAnswers) -> None:
        balances = {row.asset: row for row in answers.account.assets}
        settle = {row.margin_asset for row in answers.risks if row.positionAmt} | {QUOTE}
        # With multi-assets margin the total is that of all assets.
        is_quotes = not balances or answers.mode == "single_asset"
        if QUOTE not in balances and answers.portfolio_margin is None and is_quotes:
            total = answers.account.totalCrossWalletBalance
            balances[QUOTE] = AssetBalance(QUOTE, total)
        unpriced, at_par = [], []
        self._assets = {}
        for asset in sorted(balances.keys() | settle):
            row = balances.get(asset, AssetBalance(asset, 0.0))
            if not row.crossWalletBalance and asset not in settle:
                continue
            rate = rate_of(asset, answers.rates, settles=asset in settle)
            if rate is None:
                unpriced.append(asset)
                continue
            if asset != QUOTE and asset not in answers.rates:
                at_par.append(asset)
            available = told(row.availableBalance)
            self._assets[asset] = MarginAsset(
                asset, row.crossWalletBalance, rate.price, rate.bid, rate.ask, available
            )
        self.unpriced, self.at_par = tuple(unpriced), tuple(at_par)

    def price_of(self, asset: str) -> float | None:
        """USDT for one of ``asset``; None where the exchange gives no price."""
        rate = rate_of(asset, self._rates, settles=True)
        return None if rate is None else rate.price

    def update(self, event: AccountUpdate, received: int = 0) -> bool:
        """Take changes in; False when only a new snapshot can tell what they come to.

        What REST has as changed later is not changed back.
        """
        if event.fs == "CM":
            return self._portfolio_margin is None
        # What a change does to a portfolio-margin account as a whole only the exchange knows.
        complete = self._portfolio_margin is None
        self._available = None
        for balance in event.a.B:
            self._streamed_balances[balance.a] = _StreamedBalance(balance, event.T, received)
            complete = self._set_balance(balance) and complete
        for change in event.a.P:
            leg = change.s, change.ps
            if 0 < event.T < self._row_times.get(leg, 0):
                continue
            self._streamed[leg] = _Streamed(change, event.T, received)
            complete = self._change(change) and complete
        return complete

    def configure(self, event: ConfigUpdate) -> bool:
        """Take a changed leverage in; False when only a new snapshot can tell what it means."""
        if event.ac is None or event.ac.s not in self._config:
            return False
        symbol, leverage = event.ac.s, event.ac.l
        self._config = {
            **self._config,
            symbol: replace(self._config[symbol], leverage=leverage),
        }
        for key, position in self._positions.items():
            if position.symbol == symbol:
                self._positions[key] = replace(position, leverage=leverage)
        return True

    def state(self, received: int, read_at: int = 0, account: str = "") -> AccountReport:
        """The complete account, positions by symbol and side; REST was last asked for it at
        ``read_at`` (ns), ``account`` tells it from others."""
        known = [
            replace(position, exits=self.exits.of(position), income=self.income.get(leg))
            for leg, position in self._positions.items()
        ]
        positions = sorted(known, key=lambda p: (p.symbol, p.side))
        return AccountReport(
            "",
            received,
            self._wallet,
            self._hedged,
            tuple(positions),
            self._available,
            read_at or received,
            account,
            self.mode or "single_asset",
            tuple(self._assets.values()),
            self._portfolio_margin,
            self.day,
            self._unreadable,
            self.unpriced,
        )

    @property
    def _wallet(self) -> float:
        """The wallet behind the cross positions, USDT, without their unrealised PnL."""
        whole = self._portfolio_margin
        if whole is not None:
            return whole.equity - whole.unrealised_pnl
        if self.mode == "multi_assets":
            return sum(
                each.cross_wallet * (each.bid_rate if each.cross_wallet > 0 else each.ask_rate)
                for each in self._assets.values()
            )
        return self._assets[QUOTE].cross_wallet if QUOTE in self._assets else 0.0

    @property
    def _hedged(self) -> bool:
        # The mode cannot be changed while there are positions, and those of hedge mode have a side.
        sides = {side for _, side in self._positions}
        return self.hedge_mode if not sides else "BOTH" not in sides

    def _reapply_recent_changes(self, requested: int, times: Mapping[str, int]) -> None:
        """Repeat the recent changes that the answers just taken do not have yet.

        ``times`` tells when each asset last changed as REST has it.
        """
        self.contradicted = False
        self._streamed = {
            leg: streamed
            for leg, streamed in self._streamed.items()
            if requested - streamed.received < RECENT_NS
        }
        for leg, streamed in self._streamed.items():
            row_time = self._row_times.get(leg)
            # A closed position has no row, and neither has one that REST has not seen opened.
            behind = streamed.change.pa != 0 if row_time is None else 0 < row_time < streamed.time
            if behind:
                self._change(streamed.change)
                self.contradicted = True
        for asset, streamed_balance in self._streamed_balances.items():
            balance, time, received = streamed_balance
            if 0 < times.get(asset, 0) < time and requested - received < RECENT_NS:
                self._set_balance(balance)
                self.contradicted = True

    def _set_balance(self, balance: BalanceChange) -> bool:
        """Set an asset's balance; False where it was not known, and so has no price yet."""
        known = self._assets.get(balance.a)
        if known is None:
            return False
        self._assets[balance.a] = replace(known, cross_wallet=balance.cw, available=None)
        return True

    def _change(self, change: PositionChange) -> bool:
        leg = change.s, change.ps
        known, before = change.s in self._config, self._positions.get(leg)
        if change.pa == 0:
            self._positions.pop(leg, None)
        elif known:
            kept = before.entry_price if before is not None else 0.0
            entry, wallet = told(change.ep) or kept, told(change.iw) or 0.0
            self._put(change.s, change.ps, change.pa, entry, change.mt, wallet)
            known = change.is_complete
        return known and (before is not None or change.s.partition("_")[0].endswith(QUOTE))

    def _is_isolated(self, row: RiskRow) -> bool:
        config = self._config.get(row.symbol)
        chosen = None if config is None else config.is_isolated
        return bool(told(row.isolatedWallet)) if chosen is None else chosen

    def _put(
        self,
        symbol: str,
        side: Side,
        amount: float,
        entry_price: float,
        mode: Literal["isolated", "cross"],
        isolated_wallet: float,
        row: RiskRow | None = None,
    ) -> None:
        """Have that position; without a ``row`` of REST, as a change of the known one."""
        config = self._config.get(symbol)
        is_short = side == "SHORT" or (side == "BOTH" and amount < 0)
        leverage = row.implied_leverage if row is not None else 0.0
        position = AccountPosition(
            symbol,
            "short" if is_short else "long",
            abs(amount),
            entry_price,
            config.leverage if config is not None else leverage,
            mode,
            isolated_wallet if mode == "isolated" else 0.0,
        )
        before = self._positions.get((symbol, side))
        if row is not None:
            position = _as_told(position, row)
        elif before is not None and before.side == position.side:
            position = replace(
                position, margin_asset=before.margin_asset, mark_price=before.mark_price,
                adl=before.adl,
            )  # fmt: skip
        else:
            position = replace(position, margin_asset=self._margin_asset(symbol))
        self._positions[symbol, side] = position

    def _margin_asset(self, symbol: str) -> str:
        pair = symbol.partition("_")[0]
        return next((asset for asset in self._assets if pair.endswith(asset)), QUOTE)


def _as_told(position: AccountPosition, row: RiskRow) -> AccountPosition:
    """``position`` with what the exchange tells of it."""
    adl, liquidation = told(row.adl), told(row.liquidationPrice)
    return replace(
        position,
        margin_asset=row.margin_asset,
        mark_price=told(row.markPrice) or None,
        unrealised_pnl=told(row.unRealizedProfit),
        maintenance_margin=told(row.maintMargin),
        liquidation_price=liquidation if liquidation and liquidation > 0 else None,
        adl=None if adl is None else int(adl),
    )
