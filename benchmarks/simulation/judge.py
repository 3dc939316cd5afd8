"""Compares every published state with what the exchange had: what is shown as live must be true."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from benchmarks.simulation.truth import LEVELS, Truth
from tuirisk.events.intervals import INTERVAL_MS
from tuirisk.market.market import Market
from tuirisk.state import RiskState, SymbolState

Family: TypeAlias = Literal["book", "mark", "last", "bars", "position"]
BUDGET_MS: dict[Family, int] = {
    "book": 6_000,
    "mark": 7_500,
    "last": 66_000,
    "bars": 66_000,
    "position": 100_000,
}
"""How old a value may be that is shown as live: its budget, and what publishing takes."""
FORGED_GRACE_MS = 15_000
"""For so long after a forged frame a family of its symbol may be wrong."""
FORGED_DAY_MS = 75_000
"""For so long a forged trade price may be the last one of a symbol in which nobody trades."""
FORGED_ACCOUNT_MS = 100_000
"""For so long what a forged event or answer says of the account may be shown: until the next
reading."""
GRACES_MS: dict[Family, int] = {"last": FORGED_DAY_MS, "position": FORGED_ACCOUNT_MS}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong that was shown as live."""

    time_ms: int
    symbol: str
    family: Family
    shown: str

    def __str__(self) -> str:
        return f"{self.time_ms} {self.symbol} {self.family}: {self.shown}"


@dataclass(slots=True)
class Judge:
    """``findings`` are beyond the budgets; ``graced`` counts what a forged frame excuses."""

    truth: Truth
    findings: list[Finding] = field(default_factory=list)
    graced: Counter[Family] = field(default_factory=Counter)
    judged: int = 0
    ready: int = 0
    forged: dict[tuple[str, Family], int] = field(default_factory=dict)
    """(symbol, family) → exchange time of the newest forged frame or answer."""

    def judge(self, state: RiskState, market: Market) -> None:
        """Judge one published state; ``market`` holds the bars it was computed from."""
        self.judged += 1
        for name, symbol in state.symbols.items():
            if symbol.status != "ready":
                continue
            self.ready += 1
            self._judge_book(name, symbol)
            self._judge_prices(name, symbol)
            self._judge_bars(name, symbol, market)
            self._judge_position(name, symbol, state)

    def forge(self, symbol: str, *families: Family) -> None:
        """A frame or answer of these families is about to lie."""
        for family in families:
            self.forged[symbol, family] = self.truth.now_ms

    def _judge_book(self, name: str, symbol: SymbolState) -> None:
        bids, asks = symbol.liquidity.bids[:LEVELS], symbol.liquidity.asks[:LEVELS]
        if not bids or not asks:
            return
        last = self.truth.symbols[name].last_had(bids, asks)
        self._check(name, "book", last, f"{bids[0]} {asks[0]}")

    def _judge_prices(self, name: str, symbol: SymbolState) -> None:
        known = self.truth.symbols[name]
        if isinstance(symbol.price.mark, float):
            last = known.marks.get(symbol.price.mark)
            self._check(name, "mark", last, str(symbol.price.mark))
        if isinstance(symbol.price.index, float):
            last = known.indexes.get(symbol.price.index)
            self._check(name, "mark", last, f"index {symbol.price.index}")
        if isinstance(symbol.price.last, float) and not symbol.freshness["flow"].stale:
            last = known.trades.get(symbol.price.last)
            self._check(name, "last", last, str(symbol.price.last))

    def _judge_bars(self, name: str, symbol: SymbolState, market: Market) -> None:
        if symbol.freshness["candles"].stale:
            return
        for interval, ring in market.symbols[name].candles.items():
            bars = ring.bars()
            due = self.truth.now_ms - BUDGET_MS["bars"]
            newest = bars.open_time[-8:].tolist(), bars.close[-8:].tolist()
            shown = dict(zip(*newest, strict=True))
            for opened, close in self.truth.closed_bars(name, interval, 4):
                if opened + INTERVAL_MS[interval] > due:
                    continue
                if shown.get(opened) != close:
                    self._report(name, "bars", f"{interval} {opened} {shown.get(opened)}")
            if len(bars) and bars.open_time[-1] + INTERVAL_MS[interval] > self.truth.now_ms:
                self._report(name, "bars", f"{interval} {bars.open_time[-1]} of the future")

    def _judge_position(self, name: str, symbol: SymbolState, state: RiskState) -> None:
        if state.account is None or not self.truth.exchange.accounts.by_key:
            return
        account = symbol.freshness.get("account")
        if account is not None and account.stale:
            return
        shown = 0.0 if symbol.position is None else _signed(symbol)
        last = max(
            (at for held, at in self.truth.quantities[name].items() if abs(held - shown) < 1e-9),
            default=None,
        )
        self._check(name, "position", last, str(shown))

    def _check(self, name: str, family: Family, last: int | None, shown: str) -> None:
        if last is None:
            self._report(name, family, f"{shown}, which never was")
        elif self.truth.now_ms - last > BUDGET_MS[family]:
            self._report(name, family, f"{shown}, of {(self.truth.now_ms - last) / 1e3:.1f} s ago")

    def _report(self, name: str, family: Family, shown: str) -> None:
        forged = self.forged.get((name, family))
        grace = GRACES_MS.get(family, FORGED_GRACE_MS)
        if forged is not None and self.truth.now_ms - forged <= grace:
            self.graced[family] += 1
        else:
            self.findings.append(Finding(self.truth.now_ms, name, family, shown))


def _signed(symbol: SymbolState) -> float:
    assert symbol.position is not None
    quantity = symbol.position.quantity
    assert isinstance(quantity, float)
    return quantity if symbol.position.side == "long" else -quantity


def wrong_positions(state: RiskState, truth: Truth) -> list[str]:
    """Symbols whose position is not the account's."""
    return [
        name
        for name, quantities in truth.quantities.items()
        if quantities and name in state.symbols
        for shown in [0.0 if state.symbols[name].position is None else _signed(state.symbols[name])]
        if abs(max(quantities, key=quantities.__getitem__) - shown) > 1e-9
    ]


def unfresh(state: RiskState, truth: Truth, market: Market) -> list[str]:
    """What is not as fresh as in an undisturbed run."""
    found = []
    if state.connection.status != "live":
        found.append(f"connection {state.connection.status}: {state.connection.message}")
    for name in truth.symbols:
        symbol = state.symbols.get(name)
        if symbol is None or symbol.status != "ready":
            found.append(f"{name} {None if symbol is None else symbol.status}")
            continue
        found += [f"{name} {family} stale" for family, f in symbol.freshness.items() if f.stale]
        ladders = symbol.liquidity.bids[:LEVELS], symbol.liquidity.asks[:LEVELS]
        at = truth.symbols[name].books.get((tuple(ladders[0]), tuple(ladders[1])))
        if at is None or truth.now_ms - at > 1_000:
            found.append(f"{name} book")
        for interval, ring in market.symbols[name].candles.items():
            bars = ring.bars()
            shown = list(
                zip(bars.open_time[-100:].tolist(), bars.close[-100:].tolist(), strict=True)
            )
            if shown != truth.closed_bars(name, interval, 100):
                found.append(f"{name} bars of {interval}")
    return found
