"""What would bring the account within its limits, as it is shown and sent to viewers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tuirisk.state.leverage import AccountState
from tuirisk.state.number import Missing, Number, or_none

HEDGE_FIGURES = ("p_liquidation_24h", "p_liquidation_7d", "var_1d_95", "margin_ratio")


@dataclass(frozen=True, slots=True)
class HedgeFigures:
    """The account before or after an action."""

    p_liquidation_24h: Number
    """Of the cross positions, 0–1 …"""
    p_liquidation_7d: Number
    var_1d_95: Number
    """Quote asset."""
    margin_ratio: Number

    @classmethod
    def of(cls, account: AccountState) -> HedgeFigures:
        """Those of ``account``."""
        return cls(*(getattr(account, name) for name in HEDGE_FIGURES))


@dataclass(frozen=True, slots=True)
class HedgeRow:
    """One action: sizes in the base asset, of added margin the money; ``cost`` in the quote asset.

    ``symbol`` and ``side`` are empty of margin added to a cross wallet. ``ok``: every level of the
    account is ok after it.
    """

    action: Literal["hedge", "cut", "add_margin"]
    symbol: str
    side: str
    quantity: float
    notional: float
    cost: Number
    after: HedgeFigures
    ok: bool


@dataclass(frozen=True, slots=True)
class HedgeTable:
    """``before`` is None where nothing is held; the cheapest row comes first."""

    before: HedgeFigures | None
    rows: tuple[HedgeRow, ...]


def hedge_json(table: HedgeTable) -> dict[str, Any]:
    """The published form."""
    return {
        "before": None if table.before is None else _figures_json(table.before),
        "candidates": [
            _with_reasons(
                {
                    "action": row.action,
                    "symbol": row.symbol or None,
                    "side": row.side or None,
                    "quantity": row.quantity,
                    "notional": row.notional,
                    "cost": row.cost,
                }
            )
            | {"after": _figures_json(row.after), "ok": row.ok}
            for row in table.rows
        ],
    }


def hedge_table_of(body: Mapping[str, Any]) -> HedgeTable:
    """The table of its published form.

    Raises:
        KeyError, TypeError, ValueError: ``body`` is none.
    """
    before = body["before"]
    rows = []
    for one in body["candidates"]:
        action = one["action"]
        if action not in ("hedge", "cut", "add_margin"):
            raise ValueError("not an action")
        rows.append(
            HedgeRow(
                action, str(one["symbol"] or ""), str(one["side"] or ""), float(one["quantity"]),
                float(one["notional"]), _number(one, "cost"), _figures_of(one["after"]),
                one["ok"] is True,
            )
        )  # fmt: skip
    return HedgeTable(None if before is None else _figures_of(before), tuple(rows))


def _figures_json(figures: HedgeFigures) -> dict[str, Any]:
    return _with_reasons({name: getattr(figures, name) for name in HEDGE_FIGURES})


def _figures_of(body: Mapping[str, Any]) -> HedgeFigures:
    return HedgeFigures(*(_number(body, name) for name in HEDGE_FIGURES))


def _number(body: Mapping[str, Any], name: str) -> Number:
    value = body[name]
    if value is not None:
        return float(value)
    return Missing.from_text(str(body.get("reasons", {}).get(name, "")))


def _with_reasons(values: Mapping[str, Any]) -> dict[str, Any]:
    reasons = {name: v.reason for name, v in values.items() if isinstance(v, Missing)}
    body: dict[str, Any] = {name: or_none(value) for name, value in values.items()}
    return body | ({"reasons": reasons} if reasons else {})
