"""Random histories of a market, with streams that are lost, for properties of what is judged.

A history is a list of steps a random time apart; each step has the events that every stream
brings. A :class:`Loss` takes events out. Nothing here reads the code under test: what is missing
when is computed from the events that were left out.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

import numpy as np
from msgspec.structs import replace as replace_struct

from support.build import (
    LIVE,
    assess_market,
    candle,
    depth_snapshot,
    keep_bars,
    mark_price,
    ready_market,
)
from tuirisk import events as ev
from tuirisk.config.model import AccountConfig, Config, PositionConfig
from tuirisk.events.intervals import INTERVAL_MS, INTERVALS
from tuirisk.market.book import OrderBook
from tuirisk.market.market import Market
from tuirisk.market.tape import Tape
from tuirisk.state import EarlierRuns, LogEntry, RiskState

BTC, ETH = "BTCUSDT", "ETHUSDT"
START_NS = 1_795_391_850_000_000_000
"""2026-11-22T23:57:30Z: bars of every interval close and funding settles soon after."""
MIDNIGHT_MS = START_NS // 1_000_000 + 150_000
PRICES = {BTC: 67_000.0, ETH: 3_500.0}
STREAMS = (
    "mark", "depth", "trades", "15m", "1h", "1d", "funding", "open_interest", "forced_orders",
    "account", "other_mark",
)  # fmt: skip
UNREAD = frozenset({"open_interest", "forced_orders"})
"""Streams that no rule reads."""
BUDGET_MS = {"mark": 5_000, "other_mark": 5_000, "depth": 5_000, "account": 90_000}
OVERDUE_MS = {"15m": 60_000, "1h": 60_000, "1d": 60_000, "funding": 600_000}
"""How long after midnight what is due then is missed."""
Kind = Literal["none", "isolated", "cross", "account"]
KINDS: tuple[Kind, ...] = ("none", "isolated", "cross", "account")


@dataclass(frozen=True)
class Step:
    """What every stream brings at ``now`` (ns)."""

    now: int
    events: dict[str, tuple[ev.Event, ...]]


@dataclass(frozen=True)
class Loss:
    """Which events do not come: by stream, the steps left out."""

    steps: dict[str, frozenset[int]] = field(default_factory=dict)

    def takes(self, stream: str, step: int) -> bool:
        return step in self.steps.get(stream, ())


@dataclass(frozen=True)
class History:
    """``restart`` is the step before which a new run begins; None for one run."""

    seed: int
    kind: Kind
    config: Config
    steps: tuple[Step, ...]
    loss: Loss
    restart: int | None

    def missing(self, loss: Loss, index: int) -> set[str]:
        """Streams that the rules on BTC read and that are past their budget at step ``index``."""
        found = set()
        begun = self.restart if self.restart is not None and index >= self.restart else 0
        now_ms = self.steps[index].now // 1_000_000
        for stream, budget in BUDGET_MS.items():
            if stream == "account" and self.kind != "account":
                continue
            if stream == "other_mark" and self.kind != "cross":
                continue
            came = [
                step.now // 1_000_000
                for number, step in enumerate(self.steps[: index + 1])
                if step.events.get(stream) and not loss.takes(stream, number)
            ]
            forgotten = begun and loss.takes(stream, begun)
            since = [n for n in range(begun, index + 1) if not loss.takes(stream, n)]
            if forgotten and not since:
                found.add(stream)
            if now_ms - max(came, default=START_NS // 1_000_000) > budget:
                found.add(stream)
        for stream, overdue in OVERDUE_MS.items():
            came = [
                number
                for number, step in enumerate(self.steps[: index + 1])
                if step.now // 1_000_000 >= MIDNIGHT_MS
                and step.events.get(stream)
                and not loss.takes(stream, number)
            ]
            if not came and now_ms - MIDNIGHT_MS > overdue:
                found.add(stream)
        return found


def random_history(seed: int, length: int = 24) -> History:
    """A history of ``length`` steps, what is lost in it, and perhaps a restart."""
    rng = np.random.default_rng(seed)
    kind = KINDS[rng.integers(len(KINDS))]
    pace = [1, 1, 2, 4, 7] if rng.random() < 0.5 else [1, 3, 6, 15, 40, 90]
    now, price, size, rate, steps = START_NS, PRICES[BTC], 50.0, 0.0001, []
    held, after_midnight = 0.1, 0
    for _ in range(length):
        now += int(rng.choice(pace)) * 1_000_000_000
        after_midnight += now // 1_000_000 >= MIDNIGHT_MS
        if rng.random() < 0.12:
            price = float(rng.choice([67_000, 66_500, 63_000, 60_500, 59_300, 58_000, 71_000]))
        if rng.random() < 0.15:
            size = float(rng.choice([50.0, 0.001]))
        if rng.random() < 0.15:
            rate = float(rng.choice([0.0001, 0.0006, 0.002]))
        if rng.random() < 0.05:
            held = float(rng.choice([0.1, 0.2, 0.0]))
        near = price * float(1 + rng.normal(0, 2e-5))
        steps.append(_step(now, near, size, rate, held, after_midnight in (1, 2), rng))
    loss = _loss(rng, length, kind)
    restart = int(rng.integers(5, length - 5)) if rng.random() < 0.4 else None
    return History(seed, kind, _config(kind), tuple(steps), loss, restart)


def _config(kind: Kind) -> Config:
    positions: tuple[PositionConfig, ...] = ()
    if kind == "isolated":
        positions = (PositionConfig(BTC, "long", 0.1, 67_000.0, 8.0),)
    if kind == "cross":
        positions = (
            PositionConfig(BTC, "long", 0.1, 67_000.0, 8.0, "cross"),
            PositionConfig(ETH, "short", 1.0, 3_500.0, 8.0, "cross"),
        )
    return Config(account=AccountConfig(equity=20_000.0), positions=positions)


def _loss(rng: np.random.Generator, length: int, kind: Kind) -> Loss:
    count = int(rng.integers(1, 4))
    streams = rng.choice([s for s in STREAMS if s != "account" or kind == "account"], count, False)
    steps = {}
    for stream in streams:
        shape, begun = int(rng.integers(3)), int(rng.integers(3, length - 3))
        if shape == 0:
            lost = range(begun, length)
        elif shape == 1:
            lost = range(begun, min(length, begun + int(rng.integers(1, 15))))
        else:
            lost = [i for i in range(length) if rng.random() < 0.5]  # type: ignore[assignment]
        steps[str(stream)] = frozenset(lost)
    return Loss(steps)


def _step(
    now: int,
    price: float,
    size: float,
    rate: float,
    held: float,
    closes: bool,
    rng: np.random.Generator,
) -> Step:
    """``closes``: the bars and the settlement of midnight come."""
    now_ms = now // 1_000_000
    bids = [(price - 0.5 - i, size) for i in range(12)]
    asks = [(price + 0.5 + i, size) for i in range(12)]
    events: dict[str, tuple[ev.Event, ...]] = {
        "mark": (mark_price(BTC, price, now, rate),),
        "depth": (depth_snapshot(BTC, bids, asks, now, now),),
        "trades": (ev.Trade(BTC, now, now, now_ms, price, 0.1, True),),
        "open_interest": (ev.OpenInterestReading(BTC, now, now_ms, 7_000.0 + price / 100),),
        "other_mark": (mark_price(ETH, 3_500.0 * (price / 67_000.0) ** 0.5, now),),
        "account": (_report(now, held),),
    }
    if rng.random() < 0.2:
        events["forced_orders"] = (ev.Liquidation(BTC, now, now_ms, "SELL", price, 40.0),)
    for interval in INTERVALS:
        length_ms = INTERVAL_MS[interval]
        opened = now_ms // length_ms * length_ms
        forming = ev.CandleForming(
            BTC, now, interval, candle(opened, interval, price, price, closed=False)
        )
        events[interval] = (forming,)
        if closes:
            bar = candle(MIDNIGHT_MS - length_ms, interval, price, price)
            events[interval] = (ev.CandleHistory(BTC, now, interval, (bar,)), forming)
    if closes:
        events["funding"] = (ev.FundingHistory(BTC, now, ((MIDNIGHT_MS, rate, True),)),)
    return Step(now, events)


def _report(now: int, held: float) -> ev.AccountReport:
    positions = (
        ev.AccountPosition(BTC, "long", held, 67_000.0, 8.0, "isolated", 838.0 * held / 0.1),
    )
    return ev.AccountReport("", now, 20_000.0, False, positions if held else (), 1_000.0)


@cache
def _beginning(kind: Kind) -> tuple[Market, RiskState]:
    """The market at the start of every history, and its first state."""
    symbols = (BTC, ETH) if kind == "cross" else (BTC,)
    market = ready_market(symbols, now_ns=START_NS)
    for symbol in symbols:
        for interval in INTERVALS:
            keep_bars(market, symbol, interval, slice(-500, None))
    if kind == "account":
        market.apply(_report(START_NS, 0.1))
    return market, assess_market(market, START_NS, _config(kind))


def run(history: History, loss: Loss) -> list[RiskState]:
    """Assess ``history`` without what ``loss`` takes; the state before the first step is left
    out."""
    base, state = _beginning(history.kind)
    market = deepcopy(base)
    earlier = EarlierRuns({})
    states: list[RiskState] = []
    previous: RiskState | None = state
    for index, step in enumerate(history.steps):
        if index == history.restart:
            previous, earlier = None, _earlier(states[-1])
            _forget(market, history, loss, index)
        for stream, events in step.events.items():
            if stream == "account" and history.kind != "account":
                continue
            if not loss.takes(stream, index):
                for event in events:
                    market.apply(event)
        previous = assess_market(
            market,
            step.now,
            history.config,
            previous,
            earlier=earlier,
            connection=replace_struct(
                LIVE, account=ev.AccountReading("read") if history.kind == "account" else None
            ),
        )
        states.append(previous)
    return states


def _earlier(state: RiskState) -> EarlierRuns:
    """What the history database has after a run whose last state was ``state``."""
    log = tuple(entry for entry in state.log if not _is_pending(entry))
    severities = {entry.symbol: entry.after for entry in log if entry.kind == "severity"}
    return EarlierRuns(severities, log)  # type: ignore[arg-type]


def _is_pending(entry: LogEntry) -> bool:
    return entry.kind == "severity" and not entry.symbol


def _forget(market: Market, history: History, loss: Loss, index: int) -> None:
    """What a new process has not: the streams that are lost now, which no REST answer gives."""
    symbol = market.symbols[BTC]
    if loss.takes("mark", index):
        symbol.derivatives.mark = None
    if loss.takes("depth", index):
        symbol.book = OrderBook()
    if loss.takes("trades", index):
        symbol.tape = Tape()
    if loss.takes("other_mark", index) and ETH in market.symbols:
        market.symbols[ETH].derivatives.mark = None
    if loss.takes("account", index):
        market.account = None
    for one in market.symbols.values():
        one.was_ready = not one.missing
