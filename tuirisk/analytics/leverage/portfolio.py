"""Everything needed to value one symbol's positions: positions, marks, brackets, stress."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from tuirisk.analytics.derivatives.funding import predicted_rate
from tuirisk.analytics.leverage.brackets import NONE, TABLE, brackets_of
from tuirisk.analytics.leverage.margin import maintenance_margin
from tuirisk.analytics.leverage.open_positions import OpenPosition, OpenPositions
from tuirisk.analytics.leverage.stress_result import StressResult
from tuirisk.events import Bracket
from tuirisk.market.candles import Bars, CandleRing
from tuirisk.market.market import Market
from tuirisk.state import NOT_APPLICABLE, AccountState, Freshness, Missing, Number

NOT_WATCHED = Missing("not_watched")
NO_MARK = Missing("not_received_yet", thing="mark_price")
NO_ENTRY = Missing("no_entry_price")
POSITION_UNREAD = Missing("position_unreadable")


@dataclass(frozen=True, slots=True)
class Contract:
    """A symbol's mark price and leverage brackets, lowest notional first, with their source, and
    the rate of the next funding.

    Where the brackets are not known (see ``brackets_known``) they are the mildest there are.
    """

    mark: Number
    brackets: tuple[Bracket, ...]
    source: str
    funding_rate: Number = NO_MARK
    by_exchange: bool = False
    """Whether mark price, margin and PnL are those that the exchange told with the account, for no
    stream values the symbol."""
    maintenance_told: float | None = None
    """Then the maintenance margin of all its positions together, margin asset."""
    unpriced: bool = False
    """Whether nothing tells what its margin asset is worth: no amount can be told in USDT."""

    @property
    def margin_known(self) -> bool:
        """Whether the maintenance margin is known: by the brackets, or as the exchange told it."""
        return self.brackets_known or self.maintenance_told is not None

    @property
    def brackets_known(self) -> bool:
        """Whether the brackets are the symbol's own, as they are or once were."""
        return self.source != NONE

    @property
    def dated(self) -> bool:
        """Whether the brackets are those of a table, which may be out of date."""
        return self.source.startswith(TABLE)


@dataclass(frozen=True, slots=True)
class CrossMargin:
    """Maintenance margin, unrealised PnL and initial margin of positions, summed."""

    maintenance: float = 0.0
    profit: float = 0.0
    initial: float = 0.0

    def __add__(self, other: CrossMargin) -> CrossMargin:
        return CrossMargin(
            self.maintenance + other.maintenance,
            self.profit + other.profit,
            self.initial + other.initial,
        )

    def scaled(self, rate: float) -> CrossMargin:
        """The same in another unit, of which one of this is ``rate``."""
        return CrossMargin(self.maintenance * rate, self.profit * rate, self.initial * rate)


@dataclass(frozen=True, slots=True)
class Portfolio:
    """``contracts`` has every symbol with a position; ``stress`` the newest simulation."""

    open_positions: OpenPositions
    contracts: Mapping[str, Contract]
    stress: StressResult | None
    over_budget: bool = False
    """Whether the account's one-day VaR exceeds its budget."""
    daily_bars: Mapping[str, Bars] = field(default_factory=dict)
    """The 1d bars of every symbol with a position; empty ones of a symbol not watched."""
    account: AccountState | None = None
    liquidated: Collection[str] = ()
    """Symbols with a position that was liquidated a short while ago."""
    substituted: Collection[str] = ()
    """Symbols whose mark price is late, and valued by another price."""
    late_marks: Collection[str] = ()
    """Symbols with a position whose mark price is late, or not there."""
    account_late: bool = False
    """Whether the account was not read within its budget: its positions may be others."""
    other_maintenance: float = 0.0
    """Of portfolio margin: what else than the positions asks for maintenance margin, USDT."""
    reading: Freshness | None = None
    """How old the account's positions are; None of those of the configuration."""

    @property
    def read_age_ms(self) -> Number:
        """Milliseconds since the account was read; missing of positions of the configuration."""
        return NOT_APPLICABLE if self.reading is None else self.reading.age_ms

    def cross(self, without: str = "", group: str = "") -> CrossMargin | Missing:
        """Sums over the cross positions that share the wallet of ``group``, in its unit.

        Those of the symbol ``without`` are left out.
        """
        unread = self.open_positions.unread
        if unread:
            return of_cross(unread[0], POSITION_UNREAD)
        total = CrossMargin()
        for position in self.open_positions.cross_of(group):
            if position.symbol == without:
                continue
            part = self.margin(position)
            if isinstance(part, Missing):
                return of_cross(position.symbol, part)
            total += part.scaled(1.0 if group else position.rate)
        return total

    def marks_known(self, symbol: str) -> bool:
        """Whether the mark prices that the margin of ``symbol``'s positions rests on are fresh."""
        sharing = self.open_positions.sharing_margin(symbol)
        return not any(position.symbol in self.late_marks for position in sharing)

    def version(self, symbol: str) -> int:
        """Tells whether the symbol's positions changed."""
        own = self.open_positions.of(symbol)
        return hash((own, tuple(position.told for position in own)))

    def profit(self, position: OpenPosition) -> Number:
        """Unrealised PnL of ``position`` at its mark price, in its margin asset."""
        mark = self.contracts[position.symbol].mark
        if isinstance(mark, Missing):
            return mark
        return position.profit(mark) if position.entry_price > 0 else NO_ENTRY

    def margin(self, position: OpenPosition) -> CrossMargin | Missing:
        """What ``position`` alone asks for and brings, in its margin asset."""
        contract, profit = self.contracts[position.symbol], self.profit(position)
        if isinstance(contract.mark, Missing) or isinstance(profit, Missing):
            return contract.mark if isinstance(contract.mark, Missing) else NO_ENTRY
        notional = position.quantity * contract.mark
        row = position.told
        told = row.maintenance_margin if contract.by_exchange and row is not None else None
        return CrossMargin(
            maintenance_margin(contract.brackets, notional) if told is None else told,
            profit,
            position.initial_margin(contract.mark),
        )


def of_cross(symbol: str, reason: Missing) -> Missing:
    """Why the cross margin cannot be had: what is missing of ``symbol``."""
    return Missing("of_cross_margin", symbol=symbol, reason=reason)


def portfolio_of(
    market: Market, positions: OpenPositions, stress: StressResult | None = None
) -> Portfolio:
    """The portfolio at the newest mark prices of ``market``."""
    contracts = {
        name: _as_told(contract_of(market, name), positions.of(name)) for name in positions.symbols
    }
    contracts = {name: in_usdt(contract, name, positions) for name, contract in contracts.items()}
    return Portfolio(
        positions,
        contracts,
        stress,
        daily_bars={name: _daily_bars(market, name) for name in positions.symbols},
        other_maintenance=_other_maintenance(positions, contracts),
    )


def in_usdt(contract: Contract, name: str, positions: OpenPositions) -> Contract:
    """``contract``; without its mark price where nothing tells what its margin asset is worth."""
    asset = positions.margin_asset_of(name)
    if positions.price_of(asset) is not None:
        return contract
    return replace(contract, mark=Missing("asset_without_price", name=asset), unpriced=True)


def _as_told(contract: Contract, positions: tuple[OpenPosition, ...]) -> Contract:
    """``contract`` by what the exchange told of ``positions``, where no stream gives its mark."""
    rows = [position.told for position in positions if position.told is not None]
    mark = next((row.mark_price for row in rows if row.mark_price), None)
    if mark is None or not isinstance(contract.mark, Missing):
        return contract
    told = [row.maintenance_margin for row in rows if row.maintenance_margin is not None]
    maintenance = sum(told) if len(told) == len(positions) else None
    return replace(contract, mark=mark, by_exchange=True, maintenance_told=maintenance)


def _other_maintenance(positions: OpenPositions, contracts: Mapping[str, Contract]) -> float:
    """What the exchange asks of a portfolio-margin account beyond its positions here, USDT."""
    whole = positions.portfolio_margin
    if whole is None:
        return 0.0
    own = sum(
        position.rate
        * maintenance_margin(contracts[position.symbol].brackets, row.quantity * row.mark_price)
        for position in positions.positions
        if (row := position.told) is not None and row.mark_price
    )
    return max(0.0, whole.maintenance_margin - own)


def _daily_bars(market: Market, name: str) -> Bars:
    symbol = market.symbols.get(name)
    return (symbol.candles["1d"] if symbol is not None else CandleRing("1d")).bars()


def contract_of(market: Market, name: str) -> Contract:
    """Mark price and brackets of a symbol, watched or not."""
    symbol = market.symbols.get(name)
    if symbol is None:
        brackets, source = brackets_of(name, ())
        return Contract(Missing.because(market.refused.get(name, NOT_WATCHED)), brackets, source)
    brackets, source = brackets_of(name, symbol.derivatives.brackets)
    mark = symbol.derivatives.mark
    if mark is None:
        return Contract(NO_MARK, brackets, source)
    return Contract(mark.mark, brackets, source, predicted_rate(mark))
