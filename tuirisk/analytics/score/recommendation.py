"""The recommendation: the first rule that holds (docs/metrics.md).

Texts are English; the screen translates by code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from tuirisk.analytics.score.rules import RuleInputs, evaluate
from tuirisk.config.model import Thresholds
from tuirisk.events.contract_names import TRADFI
from tuirisk.state import (
    SEVERITIES,
    DataFamily,
    Freshness,
    Funding,
    Liquidations,
    Liquidity,
    Missing,
    Recommendation,
    RuleState,
    Severity,
    Timeframes,
    Volatility,
)
from tuirisk.state.codes import AdviceCode, FundingSignal, NoteCode, RegimeName

UNDER_CONTROL: Final = "under_control"
INSUFFICIENT_DATA: Final = "insufficient_data"
SENTENCES: Mapping[str, str] = {
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
COMPONENT_OF = {
    "funding_extreme": "funding",
    "reduce_size": "liquidity",
}
"""Rule → the component of the score that it reads."""
NOTE_OF_REGIME: Mapping[RegimeName, NoteCode] = {
    "compression": "regime_compression",
    "expansion": "regime_expansion",
}
NOTE_OF_SIGNAL: Mapping[FundingSignal, NoteCode] = {
    "overheated_longs": "funding_overheated_longs",
    "overheated_shorts": "funding_overheated_shorts",
}


def recommendation(
    inputs: RuleInputs,
    thresholds: Thresholds,
    notes: tuple[NoteCode, ...],
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
    code: AdviceCode
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


def deciding(advice: Recommendation, severity: Severity) -> AdviceCode:
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
) -> tuple[NoteCode, ...]:
    """Codes of what else deserves attention; none from stale data."""
    codes: list[NoteCode] = []
    if not fresh["candles"].stale:
        regime = volatility.regime.state
        if not isinstance(regime, Missing) and regime in NOTE_OF_REGIME:
            codes.append(NOTE_OF_REGIME[regime])
        if volatility.regime.divergence:
            codes.append("trend_exhaustion")
        if timeframes.divergence:
            codes.append("timeframe_divergence")
    if not fresh["mark"].stale and not fresh["funding"].stale:
        signal = funding.signal
        if not isinstance(signal, Missing) and signal in NOTE_OF_SIGNAL:
            codes.append(NOTE_OF_SIGNAL[signal])
        if funding.carry.opportunity:
            codes.append("carry_opportunity")
    if liquidations.cascade:
        codes.append("liquidation_cascade")
    if liquidity.impact.sell.exhausted or liquidity.impact.buy.exhausted:
        codes.append("book_exhausted")
    if contract_type == TRADFI:
        codes.append("tradifi_perpetual")
    return tuple(codes)
