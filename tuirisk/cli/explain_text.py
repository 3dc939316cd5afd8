"""An explanation in plain English lines, for ``tuirisk explain``."""

from __future__ import annotations

from tuirisk.explain import Node, Rule, Unit
from tuirisk.state import Missing, Number

INDENT = "  "
INLINE = 7
"""Facts beyond which each has a line of its own."""
RULES: dict[Rule, str] = {
    "given": "",
    "weighted_mean": "weighted mean of",
    "mean": "mean of",
    "largest": "the largest of",
    "curve": "by the map",
    "limits": "by limits",
    "capped_share": "share, at most 1, of",
    "weaker_third": "a third of the weaker of",
    "shortfall": "how far the first falls short of the second",
}
LABELS = {
    "book": "spread, basis points",
    "cone_percentile": "volatility",
    "cumulative_3d": "sum of 3 days",
    "cumulative_3d_annualised": "funding of 3 days, annualised",
    "cumulative_points": "3-day funding points",
    "distance_sigmas": "distance to liquidation in daily sigmas",
    "drawdown_95th_percentile": "95th percentile of its history",
    "drawdown_now": "drawdown now",
    "drawdown_worst": "worst",
    "independence_p": "Christoffersen p",
    "interval_high": "random walk at most",
    "interval_low": "random walk at least",
    "kupiec_p": "Kupiec p",
    "liquidation_over_1_percent": "P(liquidation, 24 h) over 1 %",
    "limit_points": "cap points",
    "limit_used": "share of the cap used",
    "metaorder_cost": "worked over time (square-root law)",
    "p_liquidation_24h": "P(liquidation, 24 h)",
    "performance": "Sharpe ratio",
    "percentile_30d": "percentile in 30 days",
    "percentile_90d": "percentile in 90 days",
    "percentile_points": "unusual-rate points",
    "random_walk": "random walk",
    "rate_8h": "rate per 8 h",
    "sharpe_error": "standard error",
    "slippage": "slippage to",
    "value_at_risk": "one-day VaR, historical 95 %",
    "var_record": "record of the one-day VaR,",
    "vwap": "average price",
    "zscore_90d": "z-score",
}
"""Codes whose words are not the code's own with blanks."""
NOTES = {
    "clear": "does not hold",
    "decides": "DECIDES",
    "exhausted": "book thinner than the order",
    "held_by_hysteresis": "still holds (hysteresis)",
    "holds": "holds too",
    "lower_bound": "a lower bound",
    "stale": "STALE",
    "unknown": "cannot be judged",
}
HEADINGS = {"context": "beside the score", "symbol": ""}


def render(tree: Node) -> bytes:
    """The tree as indented lines, UTF-8, ending with a newline."""
    lines: list[str] = []
    _write(tree, 0, lines)
    return ("\n".join(lines) + "\n").encode()


def _write(node: Node, depth: int, lines: list[str]) -> None:
    """One line a node; leaves that are no part of the sum share their parent's line."""
    told = [child for child in node.children if not _repeats(child, node)]
    inline = [child for child in told if not child.part and not child.children]
    below = [child for child in told if child.part or child.children]
    if depth <= 1 or len(inline) > INLINE:
        inline, below = [], told
    words = [_phrase(node)]
    if inline:
        words.append("; " + ", ".join(_phrase(child) for child in inline))
    if below and RULES[node.rule]:
        words.append(f" = {RULES[node.rule]}{_knots(node)}")
    lines.append(INDENT * depth + "".join(words))
    for child in below:
        _write(child, depth + 1, lines)


def _repeats(child: Node, node: Node) -> bool:
    """Whether a missing leaf has nothing to add to the reason its parent gives."""
    return isinstance(child.value, Missing) and child.value == node.value and not child.children


def _phrase(node: Node) -> str:
    """Label, value, and what is to be said of it."""
    label = HEADINGS.get(node.code, LABELS.get(node.code, node.code.replace("_", " ")))
    if node.code in ("rule", "component"):
        label = LABELS.get(node.args[0], node.args[0].replace("_", " "))
    elif node.code == "cone_percentile":
        label = f"volatility {node.args[0]}, {node.args[1]} bars"
    elif node.args:
        label = f"{label} {' / '.join(node.args)}"
    text = f"{label} {_value(node.value, node.unit)}".strip()
    asides = [aside for aside in _asides(node) if aside]
    return f"{text} ({'; '.join(asides)})" if asides else text


def _asides(node: Node) -> tuple[str, ...]:
    weight = "" if node.weight is None else f"weight {node.weight:g}"
    threshold = ""
    if node.threshold is not None and node.rule != "limits":
        threshold = f"threshold {_value(node.threshold, node.unit)}"
        if node.release is not None:
            threshold += f", released at {_value(node.release, node.unit)}"
    levels = ""
    if node.limits and node.rule == "given":
        levels = "levels " + ", ".join(_value(limit, node.unit) for limit in node.limits)
    age = "" if node.age_ms is None else _age(node.age_ms, node.budget_ms)
    return weight, NOTES.get(node.note, node.note.replace("_", " ")), threshold, levels, age


def _knots(node: Node) -> str:
    """The knots of the map: ``0 > 0, 0.2% > 50``."""
    if node.rule == "limits":
        low, high = node.limits
        level = _value(node.threshold or 0.0, "fraction")
        points = f"{node.curve[-1][1]:g}"
        return f" {low:g} and {high:g}, rate beyond {level}: {points} points, else 0"
    if node.rule != "curve":
        return ""
    unit = node.children[0].unit
    knots = (f"{_value(x, unit)} > {y:g}" for x, y in node.curve)
    return f" {', '.join(knots)}"


def _age(age_ms: Number, budget_ms: Number | None) -> str:
    if isinstance(age_ms, Missing):
        return age_ms.reason
    budget = "" if budget_ms is None or isinstance(budget_ms, Missing) else _seconds(budget_ms)
    return f"age {_seconds(age_ms)}" + (f" of {budget}" if budget else "")


def _seconds(milliseconds: float) -> str:
    seconds = milliseconds / 1000
    if seconds < 120:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _value(value: object, unit: Unit) -> str:
    if isinstance(value, Missing):
        return f"- [{value.reason}]"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(value, unit)
    return str(value).replace("_", " ") if unit == "text" else str(value)


def _number(value: float, unit: Unit) -> str:
    if unit == "fraction":
        return f"{value * 100:.4g}%"
    if unit == "money":
        return f"{value:,.0f}"
    if unit == "price":
        return f"{value:.10g}"
    if unit in ("points", "percentile"):
        return f"{value:.2f}"
    return f"{value:g} h" if unit == "hours" else f"{value:.4g}"
