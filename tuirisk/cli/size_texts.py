"""The words of an answer of ``tuirisk size``: its limits, positions and chances."""

from __future__ import annotations

from collections.abc import Mapping

from tuirisk.analytics.leverage.open_positions import OpenPosition
from tuirisk.analytics.score.levels import level_rules
from tuirisk.cli.summary import chance_text
from tuirisk.config.model import RiskConfig
from tuirisk.state import Missing, Number


def limit_texts(risk: RiskConfig) -> Mapping[str, str]:
    """What each limit asks for, with the thresholds of the rules that it keeps."""
    rules = level_rules(risk)
    sigmas = rules["distance_sigmas"].threshold("warning")
    day = min(limit for _, limit in rules["p_liquidation_24h"].steps)
    week = rules["p_liquidation_7d"].threshold("warning")
    return {
        "var_budget": "one-day VaR (95 %) within the budget",
        "exit_slippage": "exit at no more than the slippage limit",
        "book_depth": "exit within the known order book",
        "leverage_bracket": "notional that the bracket allows at this leverage",
        "margin": "margin within the available balance",
        "liquidation_distance": f"liquidation at least {sigmas:g} daily sigmas away",
        "p_liquidation_24h": f"P(liquidation) within 24 h at most {day * 100:g} %",
        "p_liquidation_7d": f"P(liquidation) within 7 d at most {week * 100:g} %",
    }


def position_text(position: OpenPosition) -> str:
    """A position in a few words."""
    leverage = f" {position.leverage:g}x" if position.leverage > 0 else ""
    return (
        f"{position.side} {number_text(position.quantity)} at {number_text(position.entry_price)}"
        f"{leverage} {position.margin_mode}"
    )


def number_text(value: Number, form: str = ",.8g") -> str:
    return f"-  ({value.reason})" if isinstance(value, Missing) else f"{value:{form}}"


def chance(value: Number) -> str:
    """A probability, with the reason where it is missing."""
    return number_text(value) if isinstance(value, Missing) else chance_text(value, ".2%")
