"""Sentences for people as codes with arguments, so that every language can say them.

The sentence of each code is a template in ``locale/*.toml`` under ``[reason]``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Literal, Self, TypeAlias, cast

from tuirisk.foreign.text import printable
from tuirisk.language.tables import table

ReasonCode: TypeAlias = Literal[
    "text",
    "lines",
    "reasons",
    "empty_order_book",
    "order_of_zero",
    "unreadable_answer",
    "undecodable_answer",
    "api_key_refused",
    "api_secret_wrong",
    "clock_off",
    "waiting_for",
    "stale",
    "no_bids",
    "no_asks",
    "price_outside_known_book",
    "order_book_gap",
    "connection_lost",
    "few_common_15m_returns",
    "no_funding_rate",
    "no_timeframes",
    "not_watched",
    "no_cap",
    "not_computed_yet",
    "being_simulated",
    "being_computed",
    "not_received_yet",
    "few_bars",
    "few_returns",
    "few_rolling_values",
    "few_samples",
    "few_changes",
    "few_settlements",
    "few_liquidation_buckets",
    "few_bars_of_a_day",
    "few_15m_returns",
    "no_bar_before",
    "no_price_before",
    "one_open_interest",
    "low_coverage",
    "source_never_has_it",
    "stale_family",
    "hole_in_last_bars",
    "hole_in_last_day",
    "hole_in_bars",
    "few_bars_between_holes",
    "zero_variance",
    "not_finite",
    "zero_weights",
    "no_percentile_in_cone",
    "few_trends",
    "no_volatility",
    "no_daily_volatility",
    "few_days_of_variance",
    "no_volatility_in_cone",
    "no_earlier_high",
    "no_volume",
    "no_trades_in_window",
    "no_trades",
    "no_trade_or_bar",
    "no_candles",
    "no_15m_bars",
    "no_symbols",
    "one_symbol",
    "no_correlated_pair",
    "no_open_interest_before",
    "no_open_interest_hour_before",
    "zero_open_interest",
    "unchanged_in_hour",
    "funding_interval_unknown",
    "funding_limits_unknown",
    "funding_limit_not_listed",
    "no_index_price",
    "no_funding_time",
    "no_settlement_known",
    "settlements_too_short",
    "outside_known_book",
    "order_book_late",
    "mark_price_late",
    "order_book_lags",
    "mark_price_lags",
    "streams_lag",
    "liquidations_not_watched",
    "no_drawdown",
    "no_drawdown_in_history",
    "no_loss",
    "no_day_after_exception",
    "no_day_without_exception",
    "not_monotone",
    "no_frame",
    "not_measured",
    "no_liquidation_price",
    "brackets_unknown",
    "brackets_outdated",
    "margin_gone_everywhere",
    "margin_used",
    "no_position",
    "no_positions",
    "no_entry_price",
    "order_book_too_short",
    "not_listed",
    "not_trading",
    "not_recorded",
    "order_book_crossed",
    "order_book_disagrees",
    "recording_ended",
    "of_cross_margin",
    "connection_to_exchange_lost",
    "stream_silent",
    "streams_silent",
    "and_more",
    "of_symbol",
    "not_json",
    "answer_too_large",
    "answer_unreadable_encoding",
    "task_failed",
    "recording_stopped",
    "country_not_served",
    "request_refused",
    "firewall_refused",
    "proxy_wants_password",
    "redirected",
    "server_error",
    "not_found",
    "unreachable",
    "bad_certificate",
    "no_secure_connection",
    "name_not_resolved",
    "proxy_silent",
    "no_answer",
    "no_connection",
    "connection_broke_off",
    "connection_refused",
    "network_unreachable",
    "no_route_to_host",
    "connection_reset",
    "banned",
    "too_many_requests",
    "no_symbol_to_watch",
    "lines_unreadable",
    "frame_dropped",
    "frames_dropped",
    "unreadable_frame",
    "impossible_time",
    "off_its_grid",
    "of_the_future",
    "contradicts_itself",
    "out_of_order",
    "out_of_range",
    "far_from_prices",
    "ids_leap",
    "leaps",
    "order_book_missed_diffs",
    "order_book_diffs_old",
    "order_book_far",
    "no_funding",
    "account_not_used",
    "of_account",
    "margin_call",
    "position_not_trading",
    "positions_left_out",
    "key_warnings",
    "account_as_of",
    "account_stream_lost",
    "account_stream_closed",
    "account_awaited",
    "in_keyring",
    "key_half_missing",
    "key_in_pem",
    "key_of_wrong_length",
    "key_malformed",
    "keyring_unreadable",
    "key_may_withdraw",
    "key_may_not_read",
    "key_may_trade",
    "key_may_transfer",
    "key_may_trade_and_transfer",
    "key_from_any_address",
    "few_common_returns",
    "no_book_sample",
    "trades_too_short",
    "no_other_liquidation_price",
    "price_does_not_move",
    "not_given",
    "liquidated",
    "nothing_to_simulate",
    "no_variance_beyond",
    "no_drawdown_severity",
    "unconfirmed",
    "simulation_failed",
    "no_symbol",
    "no_settlement",
    "not_on_ladder",
    "no_cost_at_size",
    "no_window",
    "history_unusable",
    "history_rows_lost",
    "history_begun_anew",
    "bars_set_aside",
    "history_rows_damaged",
    "hook_too_slow",
    "hook_failed",
    "times_by_now",
    "not_applicable",
    "position_long",
    "position_short",
    "position_price",
    "position_pnl",
    "position_opened",
    "position_increased",
    "position_reduced",
    "position_closed",
    "position_flipped",
    "position_liquidated",
    "position_liquidated_in_part",
    "position_deleveraged",
    "position_deleveraged_in_part",
    "position_settled",
    "position_settled_in_part",
    "position_while_absent",
    "symbols_blind",
    "symbols_sighted",
    "account_blind",
    "account_sighted",
]
"""Every code that has a sentence. ``text`` is for what came as text: an error's, a snapshot's."""

Argument: TypeAlias = "str | int | float | Reason | tuple[str | Reason, ...]"
"""A placeholder's value. Text under the names ``thing``, ``things`` and ``family`` is a code."""

_SEPARATORS = {"things": ", ", "lines": " · "}
"""Between the parts of an argument that is a tuple, by its name; ``; `` between others."""


class Reason:
    """Why something is as it is: a code and what fills the placeholders of its sentence.

    Immutable. Two reasons are equal when their codes and arguments are. ``str()`` is the English
    sentence: one line, for texts among the arguments are made printable.
    """

    __slots__ = ("args", "code")
    code: ReasonCode
    args: tuple[tuple[str, Argument], ...]
    """(placeholder, what fills it), sorted by placeholder."""

    def __init__(self, code: ReasonCode, /, **args: Argument) -> None:
        object.__setattr__(self, "code", code)
        object.__setattr__(self, "args", tuple(sorted(_printable_items(args))))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """A reason that is known as text alone: a snapshot's, the system's, an exchange's."""
        return cls("text", text=text)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Reason):
            return NotImplemented
        return self.code == other.code and self.args == other.args

    def __hash__(self) -> int:
        return hash((self.code, self.args))

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (type(self), self.code, self.args)

    def __repr__(self) -> str:
        args = "".join(f", {name}={value!r}" for name, value in self.args)
        return f"{type(self).__name__}({self.code!r}{args})"

    def __str__(self) -> str:
        return sentence(self, "en")


@lru_cache(maxsize=4096)
def sentence(reason: Reason, language: str) -> str:
    """The sentence of ``reason`` in ``language``.

    Raises:
        KeyError: an argument that the template of its code names is missing.
    """
    values = {name: _filling(name, value, language) for name, value in reason.args}
    return table(language)[f"reason.{reason.code}"].format(**values)


def joined(*reasons: Reason | None, by: Literal["lines", "reasons"]) -> Reason | None:
    """All that are not None as one reason, `` · `` (lines) or ``; `` (reasons) between them."""
    there = tuple(reason for reason in reasons if reason is not None)
    if len(there) < 2:
        return there[0] if there else None
    return Reason("lines", lines=there) if by == "lines" else Reason("reasons", reasons=there)


def item_text(code: str, language: str) -> str:
    """The word for something that can be awaited or missing, e.g. ``order_book``."""
    return table(language).get(f"thing.{code}", code)


def _filling(name: str, value: Argument, language: str) -> object:
    if isinstance(value, tuple):
        parts = (_filling(name, part, language) for part in value)
        return _SEPARATORS.get(name, "; ").join(map(str, parts))
    if isinstance(value, Reason):
        return sentence(value, language)
    if name == "family":
        # The published English names a family as the keys of the JSON do.
        return value if language == "en" else table(language)[f"family.{value}"]
    return item_text(str(value), language) if name in ("thing", "things") else value


def _printable_items(args: dict[str, Argument]) -> Iterator[tuple[str, Argument]]:
    for name, value in args.items():
        yield name, printable(value, most=None) if isinstance(value, str) else value


def _rebuilt(kind: type[Reason], code: str, args: tuple[tuple[str, Argument], ...]) -> Reason:
    return kind(cast(ReasonCode, code), **dict(args))
