"""A position that is not held: what the person sets of it, and the newest answer."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tuirisk.state import (
    SIMULATING,
    AccountRisk,
    Missing,
    Position,
    ScenarioResult,
    SymbolState,
    WhatIfAnswer,
    WhatIfPosition,
)
from tuirisk.ui.render import format as fmt

FIELDS = ("quantity", "leverage", "entry_price", "side", "margin_mode")
DEFAULT_LEVERAGE = 10.0
STEP = 0.1
"""Share by which a key changes the quantity."""
PRICE_STEP = 0.005
COARSE = 20.0
"""Leverage from which on a key changes it by five."""


@dataclass(frozen=True, slots=True)
class WhatIfForm:
    """What is set, which part of it the keys change, and the newest answer."""

    hypothetical: WhatIfPosition
    field: str = FIELDS[0]
    answer: Position | None = None
    account: AccountRisk | None = None
    """The account with the position."""
    scenarios: tuple[ScenarioResult, ...] = ()
    """The position under each shock."""
    answered: WhatIfPosition | None = None
    """What the answer is about."""

    def with_answer(self, hypothetical: WhatIfPosition, answer: WhatIfAnswer | None) -> WhatIfForm:
        """Simulated chances stay while they are simulated again."""
        if answer is None:
            return replace(self, answer=None, account=None, scenarios=(), answered=hypothetical)
        position, account = answer.position, answer.account
        if self.answer is not None and hypothetical == self.answered:
            position = _with_simulated_chances(position, self.answer)
            if account is not None and self.account is not None and not account.simulated:
                account = self.account if self.account.simulated else account
        return replace(
            self,
            answer=position,
            account=account,
            scenarios=answer.scenarios,
            answered=hypothetical,
        )

    def next_field(self) -> WhatIfForm:
        return replace(self, field=FIELDS[(FIELDS.index(self.field) + 1) % len(FIELDS)])

    def with_step(self, step: int, tick_size: float) -> WhatIfForm:
        """One key press more (``step`` 1) or less (−1) of the field."""
        position = self.hypothetical
        if self.field == "side":
            position = replace(position, side="short" if position.side == "long" else "long")
        elif self.field == "margin_mode":
            isolated = position.margin_mode == "isolated"
            position = replace(position, margin_mode="cross" if isolated else "isolated")
        elif self.field == "leverage":
            position = replace(position, leverage=_leverage(position.leverage, step))
        elif self.field == "quantity":
            position = replace(position, quantity=_rounded(position.quantity * (1 + STEP) ** step))
        else:
            price = position.entry_price * (1 + PRICE_STEP) ** step
            position = replace(position, entry_price=_on_tick(price, tick_size))
        return replace(self, hypothetical=position)


def _with_simulated_chances(answer: Position, old: Position) -> Position:
    """``answer``; where it was not simulated and ``old`` was, with the latter's chances."""
    if answer.p_liquidation_time != SIMULATING or isinstance(old.p_liquidation_time, Missing):
        return answer
    return replace(
        answer,
        p_liquidation_24h=old.p_liquidation_24h,
        p_liquidation_7d=old.p_liquidation_7d,
        p_liquidation_model=old.p_liquidation_model,
        p_liquidation_time=old.p_liquidation_time,
    )


def initial_form(name: str, symbol: SymbolState, reference: float) -> WhatIfForm | None:
    """What is held now, or ``reference`` (quote asset) bought at the mark; None without a mark."""
    position = symbol.position
    if position is not None:
        chosen = position.leverage_setting
        leverage = max(1.0, chosen or DEFAULT_LEVERAGE)
        return WhatIfForm(
            WhatIfPosition(
                name,
                position.side,
                position.quantity,
                position.entry_price,
                leverage,
                position.margin_mode,
            )
        )
    mark = symbol.price.mark
    if not mark or mark < 0:
        return None
    quantity, price = _rounded(reference / mark), _on_tick(mark, symbol.tick_size)
    return WhatIfForm(WhatIfPosition(name, "long", quantity, price, DEFAULT_LEVERAGE, "isolated"))


def _leverage(now: float, step: int) -> float:
    size = 5 if now > COARSE or (now == COARSE and step > 0) else 1
    return float(min(125, max(1, round(now) + step * size)))


def _rounded(quantity: float) -> float:
    """Three significant digits."""
    return float(f"{quantity:.3g}")


def _on_tick(price: float, tick_size: float) -> float:
    return float(fmt.price(price, tick_size).replace(",", ""))
