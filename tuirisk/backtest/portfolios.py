"""Random cross accounts of the past: P(liquidation) as the monitor would have said, and what came.

An account has one to five of the symbols, long or short, with a gross leverage of 2 to 20, opened
at the last closes of a random hour. What became of it is judged twice: by the closes of the 15m
bars, and as if the worst price of each leg within a bar came at the same moment. The truth lies
between.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tuirisk.analytics.forecast.daily_extremes import daily_extremes
from tuirisk.analytics.forecast.volatility_forecast import volatility_forecast
from tuirisk.analytics.leverage.brackets import brackets_of
from tuirisk.analytics.leverage.open_positions import OpenPositions, Side
from tuirisk.analytics.portfolio.account_chance import Knowledge, account_chances
from tuirisk.analytics.portfolio.account_inputs import BITCOIN, AccountInputs, BarHistory
from tuirisk.analytics.portfolio.co_movement import AccountMarket, co_movement
from tuirisk.analytics.portfolio.excess import PoolExcess
from tuirisk.analytics.portfolio.legs import CROSS, Leg, MarginPool, exposures_of, pool
from tuirisk.analytics.portfolio.path_outcomes import FundingTerms
from tuirisk.analytics.portfolio.simulation import AccountPaths, account_paths, day_chance, outcomes
from tuirisk.backtest.known_bars import empty_bars, is_current, known_bars
from tuirisk.backtest.liquidation import UNUSED, funding_ahead
from tuirisk.backtest.symbol_rows import Period
from tuirisk.events.intervals import DAY_MS, HOUR_MS
from tuirisk.feed.files.model import SymbolHistory
from tuirisk.market.candles import Bars, Column
from tuirisk.state import DailyRisk, Missing

PATHS = 2_000
WALLET = 10_000.0
MOST_LEGS = 5
GROSS = (2.0, 20.0)
"""Range of the gross leverage."""
TRIES = 20
"""Hours that are tried before an account is given up: the symbols need bars around it."""
HORIZONS = {"24h": DAY_MS, "7d": 7 * DAY_MS}


class PortfolioRow(NamedTuple):
    """One forecast of an account and what became of it; ``worst`` by simultaneous extremes."""

    time_ms: int
    horizon: str
    parameter: str
    gross: float
    """Leverage of all legs together."""
    net: float
    """|net notional| over gross notional, 0–1."""
    forecast: float
    independent: float
    """What the legs alone say, each behind the whole wallet, as if they were independent."""
    outcome: float
    worst: float


def portfolio_rows(
    histories: Sequence[SymbolHistory],
    period: Period,
    count: int,
    seed: int,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> list[PortfolioRow]:
    """The forecasts of ``count`` accounts within ``period``, drawn by ``seed``.

    Account N is the same whatever their number.
    """
    rows: list[PortfolioRow] = []
    usable = [one for one in histories if len(one.bars.get("15m", empty_bars("15m")))]
    for number in range(count if usable else 0):
        rows += _account(usable, period, seed, number)
        progress(number + 1, count)
    return rows


def _account(
    histories: Sequence[SymbolHistory], period: Period, seed: int, number: int
) -> list[PortfolioRow]:
    rng = np.random.default_rng([seed, number])
    most = min(MOST_LEGS, len(histories))
    picked = rng.choice(len(histories), size=int(rng.integers(1, most + 1)), replace=False)
    chosen = [histories[place] for place in sorted(picked.tolist())]
    sides: list[Side] = ["long" if rng.random() < 0.5 else "short" for _ in chosen]
    shares = rng.dirichlet(np.ones(len(chosen)))
    gross = float(rng.uniform(*GROSS))
    first, last = _hours(chosen, period)
    for _ in range(TRIES if last > first else 0):
        now_ms = int(rng.integers(first // HOUR_MS, last // HOUR_MS)) * HOUR_MS
        found = _judged(chosen, sides, gross * shares, now_ms, f"{seed}.{number}", seed)
        if found:
            return found
    return []


def _hours(chosen: Sequence[SymbolHistory], period: Period) -> tuple[int, int]:
    """The time in which every one of ``chosen`` has 15m bars and a day after."""
    bars = [one.bars["15m"] for one in chosen]
    first = max(int(one.open_time[0]) for one in bars)
    last = min(int(one.open_time[-1]) for one in bars) - DAY_MS
    return max(first, period.begin_ms), min(last, period.end_ms)


def _judged(
    chosen: Sequence[SymbolHistory],
    sides: Sequence[Side],
    leverages: Column,
    now_ms: int,
    name: str,
    seed: int,
) -> list[PortfolioRow]:
    """The forecasts at ``now_ms``; none where bars are missing before or after."""
    known = {
        one.symbol: (known_bars(one, "15m", now_ms), known_bars(one, "1d", now_ms))
        for one in chosen
    }
    if not all(is_current(bars, now_ms) for bars, _ in known.values()):
        return []
    legs = []
    for history, side, leverage in zip(chosen, sides, leverages.tolist(), strict=True):
        price = float(known[history.symbol][0].close[-1])
        quantity = leverage * WALLET / price
        legs.append(
            Leg(history.symbol, side, quantity, price, price, brackets_of(history.symbol, ())[0])
        )
    account = pool(CROSS, WALLET, legs)
    forecast = _forecast(account, chosen, known, now_ms, seed)
    if forecast is None:
        return []
    day, week, alone = forecast
    signed = sum(leg.exposure * leg.mark for leg in account.legs)
    notional = sum(leg.notional for leg in account.legs)
    net = abs(signed) / notional
    parameter = f"{name} {len(legs)} legs net {net:.2f} {notional / WALLET:.0f}x"
    rows = []
    for horizon, chance in (("24h", day), ("7d", week)):
        after = _after(account, chosen, now_ms, HORIZONS[horizon])
        if after is not None:
            rows.append(
                PortfolioRow(
                    now_ms, horizon, parameter, notional / WALLET, net, chance,
                    alone if horizon == "24h" else float("nan"), *after,
                )
            )  # fmt: skip
    return rows


def _forecast(
    account: MarginPool,
    chosen: Sequence[SymbolHistory],
    known: Mapping[str, tuple[Bars, Bars]],
    now_ms: int,
    seed: int,
) -> tuple[float, float, float] | None:
    """P(liquidation) of the account within 24 h and 7 d, and by independent legs within 24 h."""
    daily = {}
    for name, (bars_15m, bars_1d) in known.items():
        forecast = volatility_forecast(bars_15m, bars_1d)
        if isinstance(forecast.sigma_24h, Missing):
            return None
        extremes = daily_extremes(bars_1d, forecast)
        daily[name] = DailyRisk(
            forecast.sigma_24h, forecast.model, UNUSED, UNUSED, UNUSED, extremes=extremes
        )
    bitcoin = next((name for name in BITCOIN if name in known), "")
    funding = {one.symbol: FundingTerms(*funding_ahead(one.funding, now_ms)) for one in chosen}
    inputs = AccountInputs(
        now_ms,
        seed,
        OpenPositions("config", WALLET, WALLET, False, ()),
        (account,),
        {name: BarHistory(*bars) for name, bars in known.items()},
        bitcoin,
        funding,
    )
    drawn = account_paths(inputs, PATHS)
    if drawn is None:
        return None
    market = AccountMarket({n: bars for n, (_, bars) in known.items()}, {}, daily, bitcoin)
    movement = co_movement(sorted(known), market, None, exposures_of((account,)))
    extremes_of = {name: one.extremes for name, one in daily.items()}
    knowledge = Knowledge(movement, extremes_of)
    chances = account_chances((account,), knowledge, outcomes([inputs], drawn)[0])
    if isinstance(chances.day, Missing) or isinstance(chances.week, Missing):
        return None
    return chances.day, chances.week, _independent(account, knowledge, drawn, funding)


def _independent(
    account: MarginPool,
    knowledge: Knowledge,
    drawn: AccountPaths,
    funding: Mapping[str, FundingTerms],
) -> float:
    """1 − Π(1 − P) over the legs, each alone behind the whole wallet."""
    clear = 1.0
    for leg in account.legs:
        alone = pool(CROSS, account.wallet, [leg])
        by_days, _ = knowledge.closed(alone)
        clear *= 1.0 - (by_days + day_chance(drawn, (alone,), funding)) / 2.0
    return 1.0 - clear


def _after(
    account: MarginPool, chosen: Sequence[SymbolHistory], now_ms: int, horizon_ms: int
) -> tuple[float, float] | None:
    """Whether the account was liquidated within the horizon: by closes, by the worst prices."""
    sides = {leg.symbol: leg.sign for leg in account.legs}
    closes, worst = [], []
    for history in chosen:
        bars = history.bars["15m"]
        first, last = np.searchsorted(bars.open_time, (now_ms, now_ms + horizon_ms)).tolist()
        if last - first != horizon_ms // bars.interval_ms:
            return None
        closes.append(bars.close[first:last])
        side = bars.low if sides[history.symbol] > 0 else bars.high
        worst.append(side[first:last])
    rows = {history.symbol: row for row, history in enumerate(chosen)}
    excess = PoolExcess(account, rows, np.inf)
    found = [float((excess(np.array(prices)) <= 0.0).any()) for prices in (closes, worst)]
    return found[0], max(found)
