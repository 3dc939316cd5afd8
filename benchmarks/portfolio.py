"""The account as one portfolio against the numpy version one would write first: same draws.

    python -m benchmarks.portfolio

10 000 joint paths of 24 h with the bridge between closes, of one leg and of ten. The peer holds all
legs × steps × paths at once: it gathers the growth factors of the very bars that our walk draws,
multiplies them up, and looks at the whole matrix. Both must give the same chance (1e-9) or the run
ends with an error. Then the whole simulation (24 h, 7 d, each leg's share, the account without each
leg), the table of `tuirisk hedge` as a multiple of it, the peak memory, and how late a timer of the
event loop is while the simulation runs in its thread.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import quantiles

import numpy as np

from benchmarks.stress import best, peak
from tuirisk.analytics.assess import assess
from tuirisk.analytics.leverage.brackets import bracket_at
from tuirisk.analytics.leverage.open_positions import open_positions
from tuirisk.analytics.portfolio.account_inputs import AccountInputs, account_inputs
from tuirisk.analytics.portfolio.hedge import Hedges, hedge_candidates
from tuirisk.analytics.portfolio.path_outcomes import bar_variance, walk
from tuirisk.analytics.portfolio.simulation import AccountPaths, account_paths, simulate_account
from tuirisk.config.model import AccountConfig, Config, PositionConfig, RiskConfig
from tuirisk.events import ConnectionReport
from tuirisk.feed.clock import WallClock
from tuirisk.feed.replay import ReplaySource
from tuirisk.market.candles import Column
from tuirisk.market.market import Market
from tuirisk.simulator.recording import recorded_session
from tuirisk.state import RiskState

SYMBOLS = (
    "BTCUSDT", "ETHUSDT", "SOLUSDT", "BNBUSDT", "XRPUSDT",
    "DOGEUSDT", "ADAUSDT", "AVAXUSDT", "LINKUSDT", "LTCUSDT",
)  # fmt: skip
NOTIONAL = 60_000.0
WALLET = 1_200.0
PAUSE_S = 0.002


async def _market(path: Path) -> tuple[Market, int]:
    market, now = Market(), 0
    async for batch in ReplaySource(path, SYMBOLS, clock=WallClock()).batches():
        for event in batch.events:
            market.apply(event)
        market.sample(batch.now)
        now = batch.now
    return market, now


def market_of_ten() -> tuple[Market, int]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "session.rec"
        path.write_bytes(b"".join(recorded_session(SYMBOLS, seconds=3.0)))
        return asyncio.run(_market(path))


def holding(market: Market, count: int) -> Config:
    """``count`` cross positions of one notional together, every third one short."""
    held = []
    for number, name in enumerate(SYMBOLS[:count]):
        mark = market.symbols[name].derivatives.mark
        assert mark is not None
        side = "short" if number % 3 == 2 else "long"
        quantity = NOTIONAL / count / mark.mark
        held.append(PositionConfig(name, side, quantity, mark.mark, 20.0, "cross", WALLET))  # type: ignore[arg-type]
    account, risk = AccountConfig(equity=WALLET), RiskConfig(var_budget=0.5)
    return Config(symbols=SYMBOLS, account=account, positions=tuple(held), risk=risk)


def ours(inputs: AccountInputs, drawn: AccountPaths) -> float:
    """P(liquidation, 24 h) along the paths."""
    found = walk(
        drawn.day, drawn.bars.symbols, inputs.pools, drawn.bars.correlation, inputs.funding
    )
    return 1.0 - float(found.survival[0].mean())


def whole_matrix(inputs: AccountInputs, drawn: AccountPaths) -> float:
    """The same from the whole matrix of prices, in the brackets at each price."""
    (pool,), day, bars = inputs.pools, drawn.day, drawn.bars
    names = sorted({leg.symbol for leg in pool.legs})
    places = [bars.symbols.index(name) for name in names]
    marks = np.array([next(x.mark for x in pool.legs if x.symbol == name) for name in names])
    prices = marks[:, None, None] * np.cumprod(day.growth[places][:, day.drawn], axis=1)
    excess: Column = np.full(prices.shape[1:], pool.wallet)
    start, weights = pool.wallet, np.zeros(len(names))
    for leg in pool.legs:
        row = names.index(leg.symbol)
        notional = leg.quantity * prices[row]
        caps = [bracket.notional_cap for bracket in leg.brackets[:-1]]
        place = np.searchsorted(caps, notional)
        rates = np.array([bracket.maintenance_rate for bracket in leg.brackets])[place]
        deducted = np.array([bracket.cumulative for bracket in leg.brackets])[place]
        excess += leg.exposure * (prices[row] - leg.entry_price) - rates * notional + deducted
        now = bracket_at(leg.brackets, leg.notional)
        start += leg.profit - now.maintenance_rate * leg.notional + now.cumulative
        weights[row] += leg.exposure * leg.mark - now.maintenance_rate * leg.notional
        terms = inputs.funding[leg.symbol]
        for step in terms.steps if terms.rate else ():
            if step <= len(day.drawn):
                excess[step - 1 :] -= leg.exposure * terms.rate * prices[row, step - 1]
    before = np.concatenate([np.full((1, excess.shape[1]), start), excess[:-1]])
    correlation = bars.correlation[np.ix_(places, places)]
    variance = bar_variance(weights, day.spread[places], correlation)[day.drawn]
    alive = -np.expm1(-np.maximum(2.0 * before * excess / variance, 0.0))
    alive[excess <= 0.0] = 0.0
    return 1.0 - float(alive.prod(axis=0).mean())


def hedges(market: Market, config: Config, state: RiskState, now: int) -> Hedges:
    positions = open_positions(None, config)
    return hedge_candidates(market, positions, config, state.symbols, now, lambda *order: 0.0003)


async def lateness(work: Callable[[], object], runs: int) -> list[float]:
    """How late a timer was while ``work`` ran in a thread, seconds."""
    late, running = [], [True]

    async def timer() -> None:
        while running[0]:
            due = time.perf_counter() + PAUSE_S
            await asyncio.sleep(PAUSE_S)
            late.append(time.perf_counter() - due)

    task = asyncio.create_task(timer())
    for _ in range(runs):
        await asyncio.to_thread(work)
    running[0] = False
    await task
    return late


def main() -> None:
    market, now = market_of_ten()
    times: dict[int, tuple[float, float]] = {}
    print(f"{'10 000 paths of 24 h, given the draws':<40}{'tuirisk':>12}{'peer':>12}{'ratio':>9}")
    for count in (1, 10):
        config = holding(market, count)
        inputs = account_inputs(market, open_positions(None, config), config, now)
        drawn = account_paths(inputs)
        assert drawn is not None
        np.testing.assert_allclose(ours(inputs, drawn), whole_matrix(inputs, drawn), atol=1e-9)
        mine, peer = best(partial(ours, inputs, drawn)), best(partial(whole_matrix, inputs, drawn))
        whole = best(partial(simulate_account, inputs))
        times[count] = mine, whole
        print(f"{f'{count} legs':<40}{mine * 1e3:9.1f} ms{peer * 1e3:9.1f} ms{peer / mine:7.1f} ×")
        print(f"{'  whole simulation (24 h, 7 d, each leg)':<40}{whole * 1e3:9.1f} ms")
        print(
            f"{'  peak memory, walk and peer':<40}{peak(partial(ours, inputs, drawn)):8.1f} MiB"
            f"{peak(partial(whole_matrix, inputs, drawn)):8.1f} MiB; whole simulation "
            f"{peak(partial(simulate_account, inputs)):.1f} MiB"
        )
    for name, place in (("24 h", 0), ("whole simulation", 1)):
        ratio = times[10][place] / times[1][place]
        print(f"ten legs over one leg, {name:<17}{ratio:8.1f} ×")
    state = assess(market, config, now, None, connection=ConnectionReport("live"), source="files")
    found = hedges(market, config, state, now)
    spent = best(partial(hedges, market, config, state, now))
    print(
        f"table of {len(found.candidates)} candidates for ten legs {spent * 1e3:9.0f} ms, "
        f"{spent / times[10][1]:.1f} × a simulation"
    )
    nothing = partial(time.sleep, times[10][1])
    for name, work in (("alone", nothing), ("meanwhile", partial(simulate_account, inputs))):
        late = asyncio.run(lateness(work, 10))
        print(
            f"lateness of a timer, {name:<12} median {np.median(late) * 1e3:.2f} ms, "
            f"99 % below {quantiles(late, n=100)[-1] * 1e3:.1f} ms, worst {max(late) * 1e3:.1f} ms"
        )


if __name__ == "__main__":
    main()
