"""The recommendation: the first rule that holds (METRICS, "Composite score").

Texts are English; the screen translates by code. A rule that held stays held until its measure is
``hysteresis`` points below its threshold (for the measures of a position: that many hundredths).
"""

from __future__ import annotations

from collections.abc import Mapping

from tuirisk.config.model import Thresholds
from tuirisk.state import (
    SEVERITIES,
    SIMULATING,
    DataFamily,
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
LEVERAGE = "add_margin_or_reduce"
WATCH = "liquidation_over_1_percent"
WATCH_PROBABILITY = 0.01
"""P(liquidation, 24 h) above which the severity is at least :data:`WATCH_SEVERITY`."""
WATCH_SEVERITY: Severity = "warning"
CAUTION: Severity = "caution"
BY_SCORE = ("reduce_or_hedge", "no_new_positions")
"""Rules about the score as a whole."""
INSUFFICIENT_DATA = "insufficient_data"
INSUFFICIENT_TEXT = "Insufficient data"


def recommendation(
    score: Score,
    positions: tuple[Position, ...],
    thresholds: Thresholds,
    notes: tuple[str, ...],
    held: tuple[str, ...],
) -> Recommendation:
    """The decision for one symbol; ``held`` are the rules that held a moment ago.

    Without a total the code is ``insufficient_data``, of severity ``caution``: not knowing is no
    reason for calm. A position near its liquidation is said all the same. Rules whose measure is
    missing keep their place in ``held``, so that a moment without data does not undo hysteresis.
    While the liquidation of a position is likelier than 1 % in 24 hours the severity is at least
    ``warning``, whatever rule decides, so that crossing 1 % escalates as crossing 5 % does.
    """
    holding = rules_held(score, positions, thresholds, held)
    deciding = next((code for code in holding if not _unmeasured(code, score)), "")
    if isinstance(score.total, Missing) and deciding != LEVERAGE:
        code, severity, text = INSUFFICIENT_DATA, CAUTION, INSUFFICIENT_TEXT
    else:
        code = deciding or "under_control"
        severity, text = RULES[code]
    if WATCH in holding:
        severity = max(severity, WATCH_SEVERITY, key=SEVERITIES.index)
        notes = (*notes, WATCH)
    return Recommendation(code, severity, text, notes, holding)


def deciding(advice: Recommendation, severity: Severity) -> str:
    """The code of what makes ``severity``, as far as it holds: of a rule, or of the likelihood of
    a liquidation. Else of what decides now, for a severity is confirmed later than assessed."""
    for code in (advice.code, *advice.held):
        if code in RULES and RULES[code][0] == severity:
            return code
    if severity == WATCH_SEVERITY and WATCH in advice.held:
        return WATCH
    return advice.code


def rules_held(
    score: Score,
    positions: tuple[Position, ...],
    thresholds: Thresholds,
    held: tuple[str, ...],
) -> tuple[str, ...]:
    """Codes of the rules that hold, in their order; :data:`WATCH`, which decides nothing, last."""
    points: tuple[tuple[str, Number, float], ...] = (
        ("reduce_or_hedge", score.total, thresholds.reduce_or_hedge),
        ("no_new_positions", score.total, thresholds.no_new_positions),
        ("funding_extreme", score.components.funding, thresholds.funding_extreme),
        ("reduce_size", score.components.liquidity, thresholds.reduce_size),
    )
    codes = []
    if any(near_liquidation(p, thresholds, LEVERAGE in held) for p in positions):
        codes.append(LEVERAGE)
    for code, value, threshold in points:
        if isinstance(value, Missing):
            holds = code in held
        else:
            holds = value > threshold - (thresholds.hysteresis if code in held else 0.0)
        if holds:
            codes.append(code)
    watched = WATCH in held
    watch = WATCH_PROBABILITY * (1 - (thresholds.hysteresis / 100 if watched else 0.0))
    if any(_likely(p, watch, watched) for p in positions):
        codes.append(WATCH)
    return tuple(codes)


def near_liquidation(position: Position, thresholds: Thresholds, held: bool) -> bool:
    """Liquidation nearer than one daily σ, likelier than 5 % in 24 hours, or due already."""
    slack = thresholds.hysteresis / 100 if held else 0.0
    sigmas = position.distance_sigmas
    near = not isinstance(sigmas, Missing) and (
        abs(sigmas) < thresholds.liquidation_sigmas * (1 + slack)
    )
    likely = _likely(position, thresholds.liquidation_probability * (1 - slack), held)
    return near or likely or position.liquidation_due


def _likely(position: Position, threshold: float, held: bool) -> bool:
    """Whether liquidation within 24 h is likelier; while it is being simulated, as before."""
    probability = position.p_liquidation_24h
    if isinstance(probability, Missing):
        return held and probability == SIMULATING
    return probability > threshold


def notes(
    volatility: Volatility,
    timeframes: Timeframes,
    funding: Funding,
    liquidations: Liquidations,
    liquidity: Liquidity,
    contract_type: str,
    fresh: Mapping[DataFamily, Freshness],
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


def _unmeasured(code: str, score: Score) -> bool:
    """Whether the rule is held by memory alone, or is none that decides."""
    if code == "funding_extreme":
        return isinstance(score.components.funding, Missing)
    if code == "reduce_size":
        return isinstance(score.components.liquidity, Missing)
    return code == WATCH or (code != LEVERAGE and isinstance(score.total, Missing))
