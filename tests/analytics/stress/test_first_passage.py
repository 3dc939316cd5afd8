"""Simulated paths against the closed forms of a Brownian motion, within their own error."""

from __future__ import annotations

from math import exp, sqrt

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import norm

from tuirisk.analytics.leverage.open_positions import OpenPosition, Side
from tuirisk.analytics.stress.paths import SimulatedAsset, simulate_paths
from tuirisk.analytics.stress.return_models import gaussian
from tuirisk.events import Bracket

Floats = np.typing.NDArray[np.float64]
FREE = (Bracket(0.0, 1e18, 0.0, 0.0, 1000.0),)
"""No maintenance margin: liquidated when nothing is left."""


def position(side: Side, wallet: float) -> SimulatedAsset:
    """One coin at 100, isolated."""
    held = OpenPosition("A", side, 1.0, 100.0, 10.0, True, wallet)
    return SimulatedAsset("A", 100.0, FREE, (held,), (0.0,))


def first_passage(barrier: float, mean: float, sigma: float, steps: int) -> float:
    """P that a Brownian motion with drift, looked at once a step, falls to ``barrier`` < 0.

    The continuous law (Karatzas & Shreve 3.5.C) with the barrier moved by 0.5826 σ, the
    correction for discrete monitoring (Broadie, Glasserman & Kou, Mathematical Finance 7, 1997).
    """
    far = barrier - 0.5826 * sigma
    root = sigma * sqrt(steps)
    drift = mean * steps
    return float(
        ndtr((far - drift) / root) + exp(2 * mean * far / sigma**2) * ndtr((far + drift) / root)
    )


def two_points(mean: float, sigma: float, n: int = 1_000) -> Floats:
    """Returns whose mean and standard deviation (ddof 1) are exactly these."""
    signs = np.resize([1.0, -1.0], n)
    found: Floats = (mean + sigma * signs / signs.std(ddof=1))[np.newaxis]
    return found


@pytest.mark.parametrize(
    ("side", "wallet", "trend"),
    [
        ("long", 3.0, 0.0),
        ("long", 6.0, -3e-5),
        ("long", 10.0, 5e-5),
        ("short", 3.0, 5e-5),
        ("short", 6.0, 0.0),
        ("short", 10.0, -3e-5),
    ],
)
def test_the_first_touch_of_a_brownian_motion(trend: float, wallet: float, side: Side) -> None:
    sigma, paths = 0.0025, 40_000
    one = position(side, wallet)
    found = simulate_paths(
        gaussian(two_points(trend, sigma)),
        [one],
        0.0,
        (5,),
        paths=paths,
        horizons={"d": 96, "w": 400},
    )
    sign = 1 if side == "long" else -1
    mean = -(sigma**2) / 2  # The trend of the returns is not one of the prices.
    barrier = sign * float(np.log(1.0 - sign * wallet / 100.0))
    for name, steps in (("d", 96), ("w", 400)):
        exact = first_passage(barrier, sign * mean, sigma, steps)
        share = float(found[name].liquidated.mean())
        error = sqrt(max(exact * (1 - exact), 1.0 / paths) / paths)
        # The correction is itself good to o(1/√steps).
        assert share == pytest.approx(exact, abs=4 * error + 0.002)


def test_pnl_quantiles_of_a_brownian_motion() -> None:
    sigma, paths, steps = 0.002, 100_000, 96
    one = position("long", 1_000.0)
    found = simulate_paths(
        gaussian(two_points(1e-5, sigma)), [one], 0.0, (6,), paths=paths, horizons={"d": steps}
    )["d"]
    assert not found.liquidated.any()
    for probability in (0.01, 0.05, 0.5, 0.95):
        exact = 100 * exp(norm(-(sigma**2) / 2 * steps, sigma * sqrt(steps)).ppf(probability)) - 100
        below = float((found.total <= exact).mean())
        assert below == pytest.approx(
            probability, abs=4 * sqrt(probability * (1 - probability) / paths)
        )
