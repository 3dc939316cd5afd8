"""The recommendation: the first rule that holds (docs/metrics.md).

Texts are English; the screen translates by code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tuirisk.analytics.score.rules import RuleInputs, evaluate
from tuirisk.config.model import Thresholds
from tuirisk.state import (
    SEVERITIES,
    DataFamily,
    Freshness,
    Funding,
    Liquidations,
    Liquidity,
    Recommendation,
    RuleState,
    Severity,
    Timeframes,
    Volatility,
)

UNDER_CONTROL = "under_control"
INSUFFICIENT_DATA = "insufficient_data"
SENTENCES: dict[str, str] = {
    "liquidated": "Liquidation: act now",
    "liquidation_due": "Liquidation: act now",
    "add_margin_or_reduce": "Add margin or reduce now",
    "reduce_or_hedge": "Reduce or hedge now",
    "watch_margin": "Liquidation is near: watch the margin",
    "no_new_positions": "No new positions, tighten stops",
    "fast_move": "Fast move: check the stops",
    "account_over_budget": "Account risk over budget",
    "funding_extreme": "Funding extreme, beware of a reversal",
    "reduce_size": "Reduce size, enter and exit in parts",
    UNDER_CONTROL: "Risk under control",
    INSUFFICIENT_DATA: "Not enough data to judge",
}
"""Code of a rule → what it says, in the order in which the rules decide."""
BY_SCORE = ("reduce_or_hedge", "no_new_positions")
"""Rules about the score as a whole."""
COMPONENT_OF = {"funding_extreme": "funding", "reduce_size": "liquidity"}
"""Rule → the component of the score that it reads."""


def recommendation(
    inputs: RuleInputs,
    thresholds: Thresholds,
    notes: tuple[str, ...],
    past: tuple[RuleState, ...] = (),
    confirmed: Severity | None = None,
) -> Recommendation:
    """The decision for one symbol.

    ``past`` are the rules of the assessment before, ``confirmed`` is the severity that stands.
    Where no rule holds, the risk is under control only if all that the rules read is known; else
    the severity that stands is held, ``unknown`` at least.
    """
    rules = evaluate(inputs, thresholds, past)
    first = next((rule for rule in rules if rule.holds), None)
    severity: Severity
    if first is not None:
        code, severity = first.code, first.severity
    elif all(rule.known for rule in rules):
        code, severity = UNDER_CONTROL, "ok"
    else:
        code, severity = INSUFFICIENT_DATA, max(confirmed or "ok", "unknown", key=SEVERITIES.index)
    rules = tuple(
        replace(rule, state="decides") if rule is first and rule.state != "held" else rule
        for rule in rules
    )
    return Recommendation(code, severity, SENTENCES[code], notes, rules)


def deciding(advice: Recommendation, severity: Severity) -> str:
    """The code of the rule that makes ``severity``, as far as one that holds does; else of what
    decides now, for a severity is confirmed later than assessed."""
    makes = (rule.code for rule in advice.rules if rule.holds and rule.severity == severity)
    return next(makes, advice.code)


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
    if contract_type == "TRADIFI_PERPETUAL":
        said.append("tradifi_perpetual")
    return tuple(said)
