"""The closed sets of codes that the state carries; ``docs/metrics.md`` says what each means."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from tuirisk.events import FillReason

RuleCode: TypeAlias = Literal[
    "liquidated",
    "liquidation_due",
    "add_margin_or_reduce",
    "reduce_or_hedge",
    "watch_margin",
    "no_new_positions",
    "fast_move",
    "account_over_budget",
    "funding_extreme",
    "reduce_size",
]
"""Rules of the recommendation, in the order in which they decide."""
AdviceCode: TypeAlias = RuleCode | Literal["under_control", "insufficient_data"]
"""What a recommendation says: a rule, or that none holds."""
NoteCode: TypeAlias = Literal[
    "mark_price_is_close",
    "mark_price_substituted",
    "account_late",
    "regime_compression",
    "regime_expansion",
    "trend_exhaustion",
    "timeframe_divergence",
    "funding_overheated_longs",
    "funding_overheated_shorts",
    "carry_opportunity",
    "liquidation_cascade",
    "book_exhausted",
    "tradifi_perpetual",
    "account_var_over_budget",
    "liquidation_due",
    "liquidation_within_1_sigma",
    "leverage_beyond_bracket",
]
"""Notes beside a recommendation."""
LevelCode: TypeAlias = Literal[
    "score",
    "coverage",
    "minimum_coverage",
    "neutral_rate",
    "distance_sigmas",
    "p_liquidation_24h",
    "p_liquidation_7d",
    "margin_ratio",
    "slippage",
    "spread_percentile",
    "depth_percentile",
    "rate_8h",
    "funding_3d",
    "limit_used",
    "cone_high",
    "cone_low",
    "shortfall",
    "correlation",
    "radar_move",
    "radar_basis",
    "radar_volume",
]
"""Rules that judge single numbers."""
JudgedBy: TypeAlias = (
    LevelCode | Literal["liquidation_due", "var_budget", "traffic_light", "exhausted"]
)
"""What decided the level of a number."""
AlertCause: TypeAlias = AdviceCode | FillReason | Literal["balance", "account_late", "no_data", ""]
"""What caused a log entry: of a severity the rule that decided, of a position's event the reason of
its orders (``balance``: a liquidation by what the wallet lost), of data that stop ``no_data`` or
``account_late``; empty where none is known."""
LimitCode: TypeAlias = Literal[
    "var_budget",
    "exit_slippage",
    "book_depth",
    "leverage_bracket",
    "margin",
    "liquidation_distance",
    "p_liquidation_24h",
    "p_liquidation_7d",
]
"""Limits of a position's size."""
RegimeName: TypeAlias = Literal["compression", "normal", "expansion"]
SlippageLevel: TypeAlias = Literal["low", "medium", "high"]
TrafficLight: TypeAlias = Literal["green", "yellow", "red"]
Quadrant: TypeAlias = Literal["new_longs", "short_covering", "new_shorts", "long_liquidation"]
ConeLevel: TypeAlias = Literal["low", "normal", "high"]
Grade: TypeAlias = Literal["poor", "fair", "excellent"]
FundingSignal: TypeAlias = Literal["neutral", "overheated_longs", "overheated_shorts"]
CarrySide: TypeAlias = Literal["short_perp_long_spot", "long_perp_short_spot"]
OPEN = frozenset(
    kind
    for code in (
        AdviceCode,
        NoteCode,
        JudgedBy,
        AlertCause,
        LimitCode,
        RegimeName,
        SlippageLevel,
        TrafficLight,
        Quadrant,
        ConeLevel,
        Grade,
        FundingSignal,
        CarrySide,
    )
    for kind in (code, *get_args(code))
)
"""Sets that another version may have more of: a snapshot is read whatever text it has there."""
