"""A position as it is typed: ``long 0.5 @ 70000 20x isolated 500``."""

from __future__ import annotations

import re
import unicodedata

from tuirisk.config.model import ConfigError, PositionConfig
from tuirisk.config.positions_csv import position_of
from tuirisk.config.rules import quoted
from tuirisk.state import WhatIfPosition

_LEVERAGE = re.compile(r"([0-9.]+)x", re.IGNORECASE)


def position_text(position: PositionConfig) -> str:
    """``position`` as it is typed."""
    text = (
        f"{position.symbol} {position.side} {position.quantity:.15g} @ {position.entry_price:.15g} "
        f"{position.leverage:.15g}x {position.margin_mode}"
    )
    return f"{text} {position.wallet_balance:.15g}" if position.wallet_balance else text


def parse_position(text: str, chosen: str) -> PositionConfig:
    """The position that ``text`` says, in ``chosen`` where it names no symbol.

    Its parts are the symbol, long or short, the quantity, ``@`` and the entry price, the leverage
    (``20x``), isolated or cross, and the wallet; from the leverage on each may be left out.

    Raises:
        ConfigError: a part is missing or wrong; the text names it.
    """
    words = unicodedata.normalize("NFKC", text).replace("@", " @ ").split()
    table: dict[str, object] = {"symbol": chosen}
    numbers = ["quantity", "entry_price"]
    for place, word in enumerate(words):
        low = word.lower()
        leverage = _LEVERAGE.fullmatch(word)
        if low in ("long", "short"):
            table["side"] = low
        elif low in ("isolated", "cross"):
            table["margin_mode"] = low
        elif low == "@":
            if numbers[:1] == ["quantity"]:
                numbers.reverse()
        elif leverage is not None:
            table["leverage"] = _number(leverage[1])
        elif place == 0 and not word[0].isdigit():
            table["symbol"] = word
        else:
            key = numbers.pop(0) if numbers else "wallet_balance"
            if key in table:
                raise ConfigError(f"{quoted(word)}: one number too many")
            table[key] = _number(word)
    return position_of(table)


def what_if_text(position: WhatIfPosition) -> str:
    """``position`` as it is typed."""
    return position_text(
        PositionConfig(
            position.symbol, position.side, position.quantity, position.entry_price,
            position.leverage, position.margin_mode,
        )
    )  # fmt: skip


def parse_what_if(text: str, chosen: str) -> WhatIfPosition:
    """The hypothetical position that ``text`` says, in ``chosen``.

    Raises:
        ConfigError: as :func:`parse_position`; or it is of another symbol.
    """
    position = parse_position(text, chosen)
    if position.symbol != chosen:
        raise ConfigError(f"{position.symbol}: the position is asked of {chosen}")
    return WhatIfPosition(
        chosen, position.side, position.quantity, position.entry_price, position.leverage,
        position.margin_mode,
    )  # fmt: skip


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise ConfigError(f"{quoted(word)} is not a number") from None
