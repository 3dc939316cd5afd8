"""The recommendation: the first rule that holds (docs/metrics.md).

Texts are English; the screen translates by code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tuirisk.analytics.score.rules import LEVERAGE, WATCH, evaluate
from tuirisk.config.model import Thresholds
from tuirisk.state import (
    SEVERITIES,
    DataFamily,
    Freshness,
    Funding,
    Liquidations,
    Liquidity,
    Missing,
    Position,
    Recommendation,
    RuleState,
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
    rules = evaluate(score, positions, thresholds, held)
    holding = tuple(rule.code for rule in rules if rule.holds)
    deciding = next((rule.code for rule in rules if _decides(rule)), "")
    if isinstance(score.total, Missing) and deciding != LEVERAGE:
        code, severity, text = INSUFFICIENT_DATA, CAUTION, INSUFFICIENT_TEXT
    else:
        code = deciding or "under_control"
        severity, text = RULES[code]
    if WATCH in holding:
        severity = max(severity, WATCH_SEVERITY, key=SEVERITIES.index)
        notes = (*notes, WATCH)
    rules = tuple(replace(r, state="decides") if r.code == code else r for r in rules)
    return Recommendation(code, severity, text, notes, rules)


def deciding(advice: Recommendation, severity: Severity) -> str:
    """The code of what makes ``severity``, as far as it holds: of a rule, or of the likelihood of
    a liquidation. Else of what decides now, for a severity is confirmed later than assessed."""
    for code in (advice.code, *advice.held):
        if code in RULES and RULES[code][0] == severity:
            return code
    if severity == WATCH_SEVERITY and WATCH in advice.held:
        return WATCH
    return advice.code


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


def _decides(rule: RuleState) -> bool:
    """Whether the rule holds by what was measured, and is one that decides."""
    return rule.holds and rule.state != "unknown" and rule.code != WATCH
