"""The recommendation: the first rule that holds (METRICS, "Composite score").

Texts are English; the screen translates by code. A rule that held stays held until its measure is
``hysteresis`` points below its threshold (for the measures of a position: that many hundredths).
"""

from __future__ import annotations

from collections.abc import Mapping

from tuirisk.config import Thresholds
from tuirisk.state import (
    Family,
    Freshness,
    Funding,
    Liquidations,
    Liquidity,
    Missing,
    Number,
    Position,
    Recommendation,
    Score,
    Severity,
    Timeframes,
    Volatility,
)

RULES: dict[str, tuple[Severity, str]] = {
    "add_margin_or_reduce": ("critical", "Add margin or reduce now"),
    "reduce_or_hedge": ("critical", "Reduce or hedge now"),
    "no_new_positions": ("warning", "No new positions, tighten stops"),
    "funding_extreme": ("caution", "Funding extreme, beware of a reversal"),
    "reduce_size": ("caution", "Reduce size, enter and exit in parts"),
    "under_control": ("ok", "Risk under control"),
}
INSUFFICIENT_DATA = "insufficient_data"
INSUFFICIENT_TEXT = "Insufficient data"


def recommendation(
    score: Score,
    position: Position | None,
    thresholds: Thresholds,
    notes: tuple[str, ...],
    held: tuple[str, ...],
) -> Recommendation:
    """The decision for one symbol; ``held`` are the rules that held a moment ago.

    Without a total the code is ``insufficient_data``, of severity ``caution``: not knowing is no
    reason for calm. A position near its liquidation is said all the same. Rules whose measure is
    missing keep their place in ``held``, so that a moment without data does not undo hysteresis.
    """
    holding = rules_held(score, position, thresholds, held)
    deciding = next((code for code in holding if not _unmeasured(code, score, position)), "")
    if isinstance(score.total, Missing) and deciding != "add_margin_or_reduce":
        return Recommendation(INSUFFICIENT_DATA, "caution", INSUFFICIENT_TEXT, notes, holding)
    code = deciding or "under_control"
    severity, text = RULES[code]
    return Recommendation(code, severity, text, notes, holding)


def rules_held(
    score: Score, position: Position | None, thresholds: Thresholds, held: tuple[str, ...]
) -> tuple[str, ...]:
    """Codes of the rules that hold, in their order."""
    points: tuple[tuple[str, Number, float], ...] = (
        ("reduce_or_hedge", score.total, thresholds.reduce_or_hedge),
        ("no_new_positions", score.total, thresholds.no_new_positions),
        ("funding_extreme", score.components.funding, thresholds.funding_extreme),
        ("reduce_size", score.components.liquidity, thresholds.reduce_size),
    )
    codes = []
    if near_liquidation(position, thresholds, "add_margin_or_reduce" in held):
        codes.append("add_margin_or_reduce")
    for code, value, threshold in points:
        if isinstance(value, Missing):
            holds = code in held
        else:
            holds = value > threshold - (thresholds.hysteresis if code in held else 0.0)
        if holds:
            codes.append(code)
    return tuple(codes)


def near_liquidation(position: Position | None, thresholds: Thresholds, held: bool) -> bool:
    """Liquidation nearer than one daily σ, or likelier than 5 % in 24 hours."""
    if position is None:
        return False
    slack = thresholds.hysteresis / 100 if held else 0.0
    sigmas, probability = position.distance_sigmas, position.p_liquidation_24h
    near = not isinstance(sigmas, Missing) and (
        abs(sigmas) < thresholds.liquidation_sigmas * (1 + slack)
    )
    likely = not isinstance(probability, Missing) and (
        probability > thresholds.liquidation_probability * (1 - slack)
    )
    return near or likely


def notes(
    volatility: Volatility,
    timeframes: Timeframes,
    funding: Funding,
    liquidations: Liquidations,
    liquidity: Liquidity,
    contract_type: str,
    fresh: Mapping[Family, Freshness],
) -> tuple[str, ...]:
    """Codes of what else deserves a word; nothing is said from stale data."""
    said: list[str] = []
    if not fresh["candles"].stale:
        if volatility.regime.state in ("compression", "expansion"):
            said.append(f"regime_{volatility.regime.state}")
        if volatility.regime.divergence:
            said.append("trend_exhaustion")
        if timeframes.divergence:
            said.append("timeframe_divergence")
    if not fresh["mark"].stale and not fresh["funding"].stale:
        if funding.signal in ("overheated_longs", "overheated_shorts"):
            said.append(f"funding_{funding.signal}")
        if funding.carry.opportunity:
            said.append("carry_opportunity")
    if liquidations.cascade:
        said.append("liquidation_cascade")
    if liquidity.impact.sell.exhausted or liquidity.impact.buy.exhausted:
        said.append("book_exhausted")
    if contract_type != "PERPETUAL":
        said.append("tradifi_perpetual")
    return tuple(said)


def _unmeasured(code: str, score: Score, position: Position | None) -> bool:
    """Whether the rule is held by memory alone."""
    if code == "funding_extreme":
        return isinstance(score.components.funding, Missing)
    if code == "reduce_size":
        return isinstance(score.components.liquidity, Missing)
    return code != "add_margin_or_reduce" and isinstance(score.total, Missing)
