"""A position's log entry as a sentence that every language can say."""

from __future__ import annotations

from typing import Final

from tuirisk.language.reason import Reason
from tuirisk.language.reason_codes import ReasonCode
from tuirisk.state.alert import AlertKind, LogEntry
from tuirisk.state.codec import iso
from tuirisk.state.number import Missing, Number

POSITION_KINDS: Final[tuple[AlertKind, ...]] = (
    "opened",
    "increased",
    "reduced",
    "closed",
    "flipped",
    "liquidated",
)
FORCED: Final = ("liquidation", "balance", "adl", "settlement")
"""Causes of position events that the exchange is behind."""
_BY_CAUSE: Final[dict[str, tuple[ReasonCode, ReasonCode]]] = {
    "liquidation": ("position_liquidated", "position_liquidated_in_part"),
    "balance": ("position_liquidated", "position_liquidated_in_part"),
    "adl": ("position_deleveraged", "position_deleveraged_in_part"),
    "settlement": ("position_settled", "position_settled_in_part"),
}
"""Cause → the sentences of a whole and of a partial close."""
_BY_KIND: Final[dict[str, ReasonCode]] = {
    "opened": "position_opened",
    "increased": "position_increased",
    "reduced": "position_reduced",
    "closed": "position_closed",
    "flipped": "position_flipped",
    "liquidated": "position_liquidated",
}


def quantity_text(quantity: float) -> str:
    """``long 0.52``; empty for no position. ``quantity`` is below 0 when short."""
    if quantity == 0.0:
        return ""
    return f"{'long' if quantity > 0 else 'short'} {_amount(abs(quantity))}"


def position_sentence(entry: LogEntry) -> Reason:
    """What happened to the position, without its symbol.

    ``long 0.52 liquidated, P&L -1,500.00 at 74,436.12``
    """
    whole, in_part = _BY_CAUSE.get(entry.cause, (_BY_KIND[entry.kind], _BY_KIND[entry.kind]))
    if entry.kind in ("opened", "increased", "flipped"):
        whole = in_part = _BY_KIND[entry.kind]
    code = in_part if entry.after else whole
    sentence = Reason(
        code,
        before=_position(entry.before),
        after=_position(entry.after),
        quantity=entry.after.partition(" ")[2],
        at=_number_text("position_price", entry.price, "{:,.7g}"),
        pnl=_number_text("position_pnl", entry.pnl, "{:+,.2f}"),
    )
    if entry.count > 1 or not entry.since_ms:
        return sentence
    return Reason(
        "position_while_absent",
        event=sentence,
        since=_minute(entry.since_ms),
        until=_minute(entry.time_ms),
    )


def _minute(time_ms: int) -> str:
    """``2026-11-22 12:07``, UTC."""
    return iso(time_ms)[:16].replace("T", " ")


def forced_by_exchange(entry: LogEntry) -> bool:
    """Whether it is a liquidation, ADL or settlement: the news that nobody may miss."""
    return entry.kind in POSITION_KINDS and entry.cause in FORCED


def _position(words: str) -> Reason | str:
    side, _, quantity = words.partition(" ")
    if not quantity:
        return ""
    code: ReasonCode = "position_long" if side == "long" else "position_short"
    return Reason(code, quantity=quantity)


def _number_text(code: ReasonCode, number: Number, form: str) -> Reason | str:
    return "" if isinstance(number, Missing) else Reason(code, number=form.format(number))


def _amount(quantity: float) -> str:
    return f"{quantity:.8f}".rstrip("0").rstrip(".")
