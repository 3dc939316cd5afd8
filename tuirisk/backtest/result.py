"""The rows of all symbols into the record of each, and of all together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tuirisk.analytics.forecast.calibration import calibration
from tuirisk.backtest.chance_record import ChanceRecord, chance_record
from tuirisk.backtest.climatology import known_rates
from tuirisk.backtest.implied_record import ImpliedRecord, implied_record
from tuirisk.backtest.liquidation import HORIZON_MS
from tuirisk.backtest.loss_record import LossRecord, loss_records
from tuirisk.backtest.score_record import ScoreRecord, joined, score_record
from tuirisk.backtest.signal_record import SignalRecord, signal_records
from tuirisk.backtest.symbol_rows import Period, SymbolRows
from tuirisk.backtest.volatility_record import VolatilityRecord, volatility_record
from tuirisk.market.candles import Column
from tuirisk.state.codec import iso, milliseconds

POOLED = "pooled"


@dataclass(frozen=True, slots=True)
class BacktestRecord:
    """The track record of one symbol, or of all of them (``pooled``)."""

    name: str
    first_day: str
    """Of the forecasts, UTC; empty where there is none."""
    last_day: str
    days: int
    """Midnights with forecasts."""
    skipped: int
    """Midnights of the period without the history that a forecast needs."""
    brackets: str
    """``table`` with its date, ``none`` where the mildest are assumed; empty of all symbols."""
    liquidation: dict[str, ChanceRecord] = field(default_factory=dict)
    """By horizon, ``24h`` and ``7d``."""
    volatility: VolatilityRecord | None = None
    implied: ImpliedRecord | None = None
    """None where no provider's days of implied volatility are in the history."""
    losses: tuple[LossRecord, ...] = ()
    score: ScoreRecord | None = None
    signals: tuple[SignalRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """The records of all symbols, and what to keep in mind in reading them."""

    symbols: dict[str, BacktestRecord]
    pooled: BacktestRecord
    notes: tuple[str, ...]


def backtest_result(rows: Sequence[SymbolRows], period: Period) -> BacktestResult:
    """The records of ``rows``, forecast within ``period``."""
    pairs = [(symbol.symbol, row) for symbol in rows for row in symbol.chances]
    known = known_rates(pairs, {symbol.symbol: symbol.outcomes for symbol in rows}, period.begin_ms)
    symbols, first = {}, 0
    for symbol in rows:
        last = first + len(symbol.chances)
        symbols[symbol.symbol] = _record(symbol.symbol, [symbol], known[first:last])
        first = last
    return BacktestResult(symbols, _record(POOLED, rows, known), tuple(_notes(rows)))


def _record(name: str, rows: Sequence[SymbolRows], known: Column) -> BacktestRecord:
    chances = [row for symbol in rows for row in symbol.chances]
    losses = [row for symbol in rows for row in symbol.losses]
    times = {row.time_ms for row in chances} | {r.time_ms for s in rows for r in s.volatility}
    hours = joined([symbol.score for symbol in rows if symbol.score is not None])
    liquidation = {horizon: chance_record(horizon, chances, known) for horizon in HORIZON_MS}
    alone = len(rows) == 1
    return BacktestRecord(
        name,
        _day(min(times)) if times else "",
        _day(max(times)) if times else "",
        len(times),
        sum(symbol.skipped for symbol in rows),
        rows[0].brackets if name != POOLED else "",
        {horizon: found for horizon, found in liquidation.items() if found is not None},
        volatility_record([row for symbol in rows for row in symbol.volatility]),
        implied_record(rows),
        loss_records(losses, one_symbol=alone),
        score_record(hours) if hours is not None else None,
        signal_records([row for symbol in rows for row in symbol.signals]),
    )


def _day(time_ms: int) -> str:
    return iso(time_ms)[:10]


def _notes(rows: Sequence[SymbolRows]) -> list[str]:
    """What makes the record less than it seems."""
    shipped = calibration()
    first, last = (
        milliseconds(f"{day}T00:00:00.000Z") for day in (shipped.first_day, shipped.last_day)
    )
    inside = [
        symbol.symbol
        for symbol in rows
        if symbol.symbol in shipped.symbols
        and any(first <= row.time_ms < last for row in symbol.chances)
    ]
    notes = []
    if inside:
        notes.append(
            f"{', '.join(inside)}: the pooled figures that young histories lean on are made of "
            f"{shipped.first_day} to {shipped.last_day}; only later forecasts are out of sample "
            f"(--from {shipped.last_day})"
        )
    assumed = [symbol.symbol for symbol in rows if symbol.brackets == "none"]
    if assumed:
        notes.append(
            f"{', '.join(assumed)}: leverage brackets not known; the mildest of the table assumed"
        )
    last_price = [s.symbol for s in rows if s.chances and all(c.basis == "last" for c in s.chances)]
    if last_price:
        notes.append(f"{', '.join(last_price)}: no mark-price bars; judged by the last price")
    return notes
