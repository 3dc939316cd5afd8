"""Everything needed to value one symbol's positions: positions, marks, brackets, stress."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

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
    """The cross positions' maintenance margin, unrealised PnL and initial margin, summed."""

    maintenance: float = 0.0
    profit: float = 0.0
    initial: float = 0.0

    def __add__(self, other: CrossMargin) -> CrossMargin:
        return CrossMargin(
            self.maintenance + other.maintenance,
            self.profit + other.profit,
            self.initial + other.initial,
        )


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
    reading: Freshness | None = None
    """How old the account's positions are; None of those of the configuration."""

    @property
    def read_age_ms(self) -> Number:
        """Milliseconds since the account was read; missing of positions of the configuration."""
        return NOT_APPLICABLE if self.reading is None else self.reading.age_ms

    def cross(self, without: str = "") -> CrossMargin | Missing:
        """Sums over the cross positions, but those of the symbol ``without``."""
        total = CrossMargin()
        for position in self.open_positions.cross:
            if position.symbol == without:
                continue
            part = self._margin(position)
            if isinstance(part, Missing):
                return of_cross(position.symbol, part)
            total += part
        return total

    def marks_known(self, symbol: str) -> bool:
        """Whether the mark prices that the margin of ``symbol``'s positions rests on are fresh."""
        sharing = self.open_positions.sharing_margin(symbol)
        return not any(position.symbol in self.late_marks for position in sharing)

    def version(self, symbol: str) -> int:
        """Tells whether the symbol's positions changed."""
        return hash(self.open_positions.of(symbol))

    def _margin(self, position: OpenPosition) -> CrossMargin | Missing:
        contract = self.contracts[position.symbol]
        if isinstance(contract.mark, Missing):
            return contract.mark
        if not position.entry_price > 0:
            return NO_ENTRY
        notional = position.quantity * contract.mark
        return CrossMargin(
            maintenance_margin(contract.brackets, notional),
            position.profit(contract.mark),
            position.initial_margin(contract.mark),
        )


def of_cross(symbol: str, reason: Missing) -> Missing:
    """Why the cross margin cannot be had: what is missing of ``symbol``."""
    return Missing("of_cross_margin", symbol=symbol, reason=reason)


def portfolio_of(
    market: Market, positions: OpenPositions, stress: StressResult | None = None
) -> Portfolio:
    """The portfolio at the newest mark prices of ``market``."""
    return Portfolio(
        positions,
        {name: contract_of(market, name) for name in positions.symbols},
        stress,
        daily_bars={name: _daily_bars(market, name) for name in positions.symbols},
    )


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
