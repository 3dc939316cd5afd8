"""What paths do to positions: against a reckoning path by path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import nan

import numpy as np
import pytest

from tuirisk.analytics.leverage.bracket_table import strictest_brackets
from tuirisk.analytics.leverage.brackets import brackets_of
from tuirisk.analytics.leverage.margin import maintenance_margin
from tuirisk.analytics.leverage.open_positions import OpenPosition, Side
from tuirisk.analytics.stress.paths import (
    PathOutcome,
    SimulatedAsset,
    SimulationStopped,
    margin_accounts,
    simulate_paths,
)
from tuirisk.analytics.stress.return_models import BarMoves, MakeWalk, blocks, gaussian
from tuirisk.analytics.stress.scenario_pnl import shock_outcomes
from tuirisk.analytics.stress.scenarios import Shock
from tuirisk.events import Bracket

Floats = np.typing.NDArray[np.float64]
BTC, _ = brackets_of("BTCUSDT", ())
CRUDE = strictest_brackets()
FREE = (Bracket(0.0, 1e18, 0.0, 0.0, 1000.0),)
"""No maintenance margin: liquidated when nothing is left."""
NO_CROSS = 0.0


def holding(
    symbol: str,
    side: Side = "long",
    quantity: float = 1.0,
    entry: float = 100.0,
    wallet: float | None = 10.0,
) -> OpenPosition:
    """Isolated with ``wallet``; cross where that is None."""
    return OpenPosition(symbol, side, quantity, entry, 10.0, wallet is not None, wallet or 0.0)


def asset(
    *held: OpenPosition, mark: float = 100.0, brackets: tuple[Bracket, ...] = FREE
) -> SimulatedAsset:
    return SimulatedAsset(held[0].symbol, mark, brackets, held, (0.001,) * len(held))


class Scripted:
    """A walk along given prices, shape (steps, symbols, paths)."""

    def __init__(self, prices: Floats) -> None:
        self._prices = iter(prices)

    def advance(self, prices: Floats) -> None:
        prices[:] = next(self._prices)

    def low(self, row: int, price: Floats) -> Floats:
        return price

    def high(self, row: int, price: Floats) -> Floats:
        return price


def scripted(prices: Floats) -> MakeWalk:
    return lambda rng, paths, steps: Scripted(prices)


def along(
    prices: Floats, assets: Sequence[SimulatedAsset], wallet: float = NO_CROSS
) -> PathOutcome:
    steps, _, paths = prices.shape
    return simulate_paths(
        scripted(prices), assets, wallet, (1,), paths=paths, horizons={"end": steps}
    )["end"]


def reckoned(
    prices: Floats, assets: Sequence[SimulatedAsset], wallet: float
) -> tuple[Floats, Floats]:
    """P&L by asset and in total, path by path in plain Python."""
    steps, symbols, paths = prices.shape
    profit, total = np.zeros((symbols, paths)), np.zeros(paths)
    groups = [
        ([(row, held)], held.wallet)
        for row, a in enumerate(assets)
        for held in a.positions
        if held.isolated
    ]
    cross = [(row, h) for row, a in enumerate(assets) for h in a.positions if not h.isolated]
    if cross:
        groups.append((cross, wallet))
    for path in range(paths):
        for members, money in groups:
            paid = {row: 0.0 for row, _ in members}
            alive = True

            def excess(members=members, money=money, paid=paid, at=None) -> float:  # type: ignore[no-untyped-def]
                value: float = money - sum(paid.values())
                for row, held in members:
                    value += held.profit(at[row])
                    value -= maintenance_margin(assets[row].brackets, held.quantity * at[row])
                return value

            for step in range(1, steps + 1):
                at = prices[step - 1, :, path]
                if excess(at=at) <= 0:
                    alive = False
                    break
                for row, held in members:
                    if step in assets[row].settlements:
                        quantity = held.sign * held.quantity
                        paid[row] += quantity * at[row] * assets[row].funding_rate
                if excess(at=at) <= 0:
                    alive = False
                    break
            balance = money + sum(h.profit(assets[row].mark) for row, h in members)
            if alive:
                for row, held in members:
                    gain = held.sign * held.quantity * (at[row] - assets[row].mark)
                    profit[row, path] += gain
                    total[path] += gain
                for row, cost in paid.items():
                    profit[row, path] -= cost
                    total[path] -= cost
                continue
            total[path] -= max(0.0, balance)
            if len(paid) == 1:
                profit[members[0][0], path] -= max(0.0, balance)
                continue
            lost = {row: -cost for row, cost in paid.items()}
            for row, held in members:
                lost[row] += held.sign * held.quantity * (at[row] - assets[row].mark)
                lost[row] -= maintenance_margin(assets[row].brackets, held.quantity * at[row])
            over = -max(0.0, balance) - sum(lost.values())
            losses = sum(min(value, 0.0) for value in lost.values())
            for row, value in lost.items():
                profit[row, path] += value + over * min(value, 0.0) / losses
    return profit, total


def wandering(symbols: int, steps: int = 40, paths: int = 300, sigma: float = 0.02) -> Floats:
    rng = np.random.default_rng(9)
    return 100.0 * np.exp(np.cumsum(rng.normal(0, sigma, (steps, symbols, paths)), axis=0))


def funded(one: SimulatedAsset, rate: float = 0.004) -> SimulatedAsset:
    return replace(one, funding_rate=rate, settlements=(1, 9, 17, 25, 40))


CASES: dict[str, tuple[list[SimulatedAsset], float]] = {
    "isolated long": ([asset(holding("A", wallet=12.0))], 0.0),
    "isolated short": ([asset(holding("A", "short", wallet=12.0))], 0.0),
    "with funding": ([funded(asset(holding("A", wallet=12.0)))], 0.0),
    "funding to a short": ([funded(asset(holding("A", "short", wallet=12.0)))], 0.0),
    "funding to a long": ([funded(asset(holding("A", wallet=12.0)), -0.004)], 0.0),
    "many brackets": (
        [funded(asset(holding("A", quantity=1_500.0, wallet=22_000.0), brackets=CRUDE))],
        0.0,
    ),
    "hedge, isolated": (
        [funded(asset(holding("A", wallet=12.0), holding("A", "short", 0.6, wallet=9.0)))],
        0.0,
    ),
    "hedge, cross": (
        [
            funded(
                asset(
                    holding("A", quantity=900.0, wallet=None),
                    holding("A", "short", 850.0, wallet=None),
                    brackets=CRUDE,
                )
            )
        ],
        14_500.0,
    ),
    "cross alone": ([funded(asset(holding("A", wallet=None), brackets=BTC))], 15.0),
    "cross of two": (
        [
            funded(asset(holding("A", quantity=600.0, wallet=None), brackets=CRUDE)),
            asset(holding("B", "short", 400.0, wallet=None), brackets=CRUDE),
        ],
        12_000.0,
    ),
    "cross of two and isolated": (
        [
            funded(
                asset(
                    holding("A", wallet=None, entry=104.0), holding("A", "short", 0.5, wallet=8.0)
                )
            ),
            funded(asset(holding("B", wallet=None), brackets=BTC), -0.002),
            asset(holding("C", quantity=3.0, wallet=30.0)),
        ],
        35.0,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_every_path_is_what_plain_reckoning_gives(name: str) -> None:
    assets, wallet = CASES[name]
    prices = wandering(len(assets))
    found = along(prices, assets, wallet)
    profit, total = reckoned(prices, assets, wallet)
    scale = max(held.quantity * 100.0 for a in assets for held in a.positions)
    np.testing.assert_allclose(found.profit, profit, atol=1e-9 * scale)
    np.testing.assert_allclose(found.total, total, atol=1e-9 * scale)
    np.testing.assert_allclose(found.profit.sum(axis=0), found.total, atol=1e-9 * scale)
    shares = found.liquidated.mean(axis=1)
    assert ((shares > 0.02) & (shares < 0.98)).all(), "a case that tests nothing"


def test_the_exit_costs_what_the_book_takes_of_what_is_left() -> None:
    prices = wandering(1)
    found = along(prices, [asset(holding("A", wallet=12.0))])
    alive = ~found.liquidated[0]
    np.testing.assert_allclose(found.exit_cost[0][alive], 0.001 * prices[-1, 0][alive])
    assert (found.exit_cost[0][~alive] == 0.0).all()
    refused = replace(asset(holding("A", wallet=12.0)), slippages=(nan,))
    assert np.isnan(along(prices, [refused]).exit_cost[0][alive]).all()


def test_a_position_that_is_due_is_lost_on_every_path() -> None:
    sunk = asset(holding("A", entry=120.0, wallet=10.0))
    found = along(wandering(1), [sunk])
    assert found.liquidated.all()
    assert (found.total == 0.0).all(), "there is nothing left to lose"


# Sameness, bounds, and ending early.


def test_the_same_seed_gives_the_same_bits() -> None:
    returns = np.random.default_rng(1).standard_t(4, (2, 900)) * 0.003
    assets, wallet = CASES["cross of two"]

    def run(seed: int) -> PathOutcome:
        return simulate_paths(
            blocks(BarMoves.of_closes(returns), 12.0), assets, wallet, (seed,), paths=500
        )["7d"]

    one, again, other = run(1), run(1), run(2)
    assert one.profit.tobytes() == again.profit.tobytes()
    assert one.liquidated.tobytes() == again.liquidated.tobytes()
    assert one.profit.tobytes() != other.profit.tobytes()


def test_with_many_symbols_fewer_paths_are_held_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The chunks put together are as many paths, and each symbol has all of them."""
    monkeypatch.setattr("tuirisk.analytics.stress.paths.CHUNK_CELLS", 2_400)
    assets = [asset(holding(f"S{i}", wallet=5.0)) for i in range(4)]
    returns = np.random.default_rng(1).normal(0, 0.01, (4, 800))
    sizes: list[int] = []
    make = blocks(BarMoves.of_closes(returns), 5.0)

    def noted(rng: np.random.Generator, paths: int, steps: int):  # type: ignore[no-untyped-def]
        sizes.append(paths)
        return make(rng, paths, steps)

    found = simulate_paths(noted, assets, 0.0, (1,), paths=1_500, horizons={"end": 30})["end"]
    assert sizes == [600, 600, 300]
    assert found.profit.shape == (4, 1_500)
    assert found.liquidated.shape == (4, 1_500)
    assert len(np.unique(found.profit[0])) > 100


def test_nobody_waits_for_it_any_more() -> None:
    looks: list[int] = []

    def stopped() -> bool:
        looks.append(1)
        return len(looks) > 5

    with pytest.raises(SimulationStopped):
        simulate_paths(
            gaussian(np.full((1, 9), 0.01)),
            [asset(holding("A"))],
            0.0,
            (1,),
            paths=10,
            stopped=stopped,
        )
    assert len(looks) == 6


def test_each_margin_asset_has_an_account_of_its_own() -> None:
    usdt, usdc = holding("A", wallet=None), replace(holding("B", wallet=None), margin_asset="USDC")
    assets = [asset(usdt), asset(usdc)]
    own = margin_accounts(assets, 1_000.0, 1, {"USDC": 1.0})
    assert [account.rows for account in own] == [(0,), (1,)]
    (shared,) = margin_accounts(assets, 1_000.0, 1)
    assert shared.rows == (0, 1)
    halved = Shock("half", -0.5)
    outcomes, total = shock_outcomes(assets, 1_000.0, halved, {"USDC": 1.0})
    assert [outcomes[each].liquidated for each in (usdt, usdc)] == [False, True]
    assert total == pytest.approx(-50.0 - 1.0)
