"""Markets in which little happens: every face of every number, no NaN, the right words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import pytest
from msgspec import structs
from support.bars import leaves
from support.build import (
    BARS,
    NOW_NS,
    assess_market,
    candles_from,
    depth_snapshot,
    events_of,
    listed,
)
from support.odd_symbol import NOW_MS, OTHER, Events, market_of, sound, without
from support.tab_driver import said

from tuirisk import events as ev
from tuirisk.cli.size import SizeRefusedError, SizeRequest, size_lines
from tuirisk.cli.summary import summary
from tuirisk.config.model import Config, PositionConfig
from tuirisk.events.intervals import DAY_MS, HOUR_MS
from tuirisk.explain import explain
from tuirisk.explain.node import plain
from tuirisk.language.words import Words
from tuirisk.market.market import Market
from tuirisk.monitor.hedging import hedge_table, hedges_of
from tuirisk.state import Missing, RiskState, to_json
from tuirisk.ui.screens.tabs import TABS
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.tile import draw_tile

ODD, PRICE = "SOLUSDT", 170.0
HELD = PositionConfig(ODD, "long", 10.0, PRICE, 10.0, "isolated")


def book(bids: list[ev.Level], asks: list[ev.Level]) -> Callable[[Events], Events]:
    def change(events: Events) -> Events:
        return [*without(events, ev.DepthSnapshot), depth_snapshot(ODD, bids, asks)]

    return change


def no_book(events: Events) -> Events:
    return without(events, ev.DepthSnapshot)


def no_trades(events: Events) -> Events:
    return without(events, ev.Trade)


def no_volume(events: Events) -> Events:
    """Flat bars for a day, as the exchange gives them of a coin nobody trades."""
    made: Events = []
    for event in without(events, ev.Trade):
        if isinstance(event, ev.CandleHistory):
            still = [
                structs.replace(bar, open=PRICE, high=PRICE, low=PRICE, close=PRICE, volume=0.0,
                                quote_volume=0.0, trades=0, taker_buy_base=0.0,
                                taker_buy_quote=0.0)
                if NOW_MS - bar.open_time < DAY_MS
                else bar
                for bar in event.candles
            ]  # fmt: skip
            event = ev.CandleHistory(ODD, NOW_NS, event.interval, tuple(still))
        made.append(event)
    return made


def three_candles(events: Events) -> Events:
    made = without(
        events, ev.CandleHistory, ev.FundingHistory, ev.OpenInterestHistory, ev.LongShortRatio
    )
    for interval in BARS:
        bars = candles_from([168.0, 172.0, PRICE], interval, NOW_MS)
        made.append(ev.CandleHistory(ODD, NOW_NS, interval, bars))
    return [
        *made,
        ev.FundingHistory(ODD, NOW_NS, ()),
        ev.OpenInterestHistory(ODD, NOW_NS, "5m", ()),
    ]


def last_day_of_a_delivery_contract(events: Events) -> Events:
    kind = structs.replace(
        listed(ODD, contract_type="CURRENT_QUARTER"), ends_at=NOW_MS + 3 * HOUR_MS
    )
    (mark,) = (event for event in events if isinstance(event, ev.MarkPrice))
    bare = structs.replace(mark, funding_rate=None, next_funding_time=0)
    kept = without(events, ev.SymbolListed, ev.FundingHistory, ev.FundingSchedule, ev.MarkPrice)
    return [kind, *kept, bare]


def no_index(events: Events) -> Events:
    (mark,) = (event for event in events if isinstance(event, ev.MarkPrice))
    return [*without(events, ev.MarkPrice), structs.replace(mark, index=0.0)]


CASES: dict[str, Callable[[Events], Events]] = {
    "no bids": book([], [(170.1, 5.0), (170.2, 5.0)]),
    "no asks": book([(169.9, 5.0), (169.8, 5.0)], []),
    "empty book": book([], []),
    "wide spread": book([(150.0, 5.0)], [(190.0, 5.0)]),
    "no book": no_book,
    "no trades": no_trades,
    "no volume": no_volume,
    "three candles": three_candles,
    "last day": last_day_of_a_delivery_contract,
    "no index": no_index,
}


@dataclass
class Seen:
    market: Market
    config: Config
    state: RiskState


@cache
def seen(case: str) -> Seen:
    config = Config(positions=(HELD,))
    market = market_of([*CASES[case](events_of(ODD)), *events_of(OTHER)])
    state = assess_market(market, config=config)
    first = replace(state.watchlist, symbols=(ODD, OTHER))
    return Seen(market, config, replace(state, watchlist=first))


def faces(it: Seen) -> dict[str, str]:
    """Everything that is said of the odd symbol, by where it is said."""
    state = it.state
    texts = {"json": to_json(state).decode(), "summary": summary(state).decode()}
    texts["explain"] = str(plain(explain(state, ODD)))
    for language in ("en", "zh"):
        for tab in range(1, len(TABS) + 1):
            texts[f"tab {tab} {language}"] = said(state, tab, language=language)
        view = View(it.config, Words(language), "nord", state=state, chosen=ODD)
        rows = draw_tile(view, ODD, 50)
        texts[f"tile {language}"] = "\n".join("".join(s.text for s in row) for row in rows)
    texts["hedge"] = str(hedge_table(hedges_of(it, state)))
    return texts


NOT_A_NUMBER = re.compile(r"\b(nan|inf|infinity)\b|∞")


QUICK = ("no bids", "three candles")


@pytest.mark.parametrize(
    "case", [c if c in QUICK else pytest.param(c, marks=pytest.mark.slow) for c in CASES]
)
def test_every_face(case: str) -> None:
    it = seen(case)
    sound(it.state.symbols[ODD])
    for where, text in faces(it).items():
        assert not NOT_A_NUMBER.search(text.lower()), (where, text)


@pytest.mark.parametrize(
    "case",
    [c if c == "three candles" else pytest.param(c, marks=pytest.mark.slow) for c in CASES],
)
def test_a_size_is_a_number_or_says_why_not(case: str) -> None:
    it = seen(case)
    try:
        lines, sized = size_lines(it, SizeRequest(ODD, "long", 10.0))
    except SizeRefusedError as refused:
        lines, sized = [str(refused)], False
    text = "\n".join(lines)
    assert not NOT_A_NUMBER.search(text.lower())
    assert sized or "(" in text or "waiting" in text


@pytest.mark.parametrize(
    ("case", "level", "words"),
    [
        ("no bids", "unknown", "no bids in the order book"),
        pytest.param("no asks", "unknown", "no asks in the order book", marks=pytest.mark.slow),
        pytest.param("empty book", "unknown", "order book", marks=pytest.mark.slow),
        ("wide spread", "warning", ""),
        ("no trades", "ok", "no trades in 15 min"),
        ("three candles", "unknown", "few_bars"),
        ("last day", "ok", "ends at 2026-11-22"),
        pytest.param("no index", "ok", "index", marks=pytest.mark.slow),
    ],
)
def test_what_is_not_known_is_said_and_not_calm(case: str, level: str, words: str) -> None:
    one = seen(case).state.symbols[ODD]
    assert one.severity.level == level
    assert one.status in ("ready", "warming")
    told = [*(str(v) for _, v in leaves(one) if isinstance(v, Missing)), *map(str, one.notices)]
    told += [v.code for _, v in leaves(one) if isinstance(v, Missing)]
    assert any(words in text for text in told)
