"""What an account holds, as the exchange tells it: positions, assets, portfolio margin."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from tuirisk.language.reason import Reason

AccountMode: TypeAlias = Literal["single_asset", "multi_assets", "portfolio_margin"]
"""What stands behind cross positions: the margin asset of each; all assets, each with a haircut; or
the whole account at the exchange, margin loans and coin-margined contracts with it."""


STOP_TYPES = frozenset({"stop", "stop_market", "trailing_stop_market"})
"""Types of orders that limit a loss."""


class ExitOrder(msgspec.Struct, frozen=True):
    """An open order that makes a position smaller: a stop, a take-profit, a limit order.

    ``type`` is the exchange's, in lower case. ``trigger`` is the price at which it acts, None of a
    trailing stop; ``quantity`` is in the base asset, None where it closes the whole position.
    """

    type: str
    side: Literal["buy", "sell"]
    trigger: float | None
    quantity: float | None

    @property
    def limits_loss(self) -> bool:
        """Whether it is a stop rather than a take-profit."""
        return self.type in STOP_TYPES


class PositionIncome(msgspec.Struct, frozen=True):
    """What a position cost and brought since it was opened, in its margin asset.

    ``opened`` is in UTC milliseconds. ``funding_paid`` is below 0 where more was received,
    ``realised_pnl`` is without fees; a :class:`Reason` stands where a number is not known.
    ``paid_by_both`` is, of one of two legs of a symbol, what both paid since the older was opened.
    """

    opened: int
    funding_paid: float | Reason
    realised_pnl: float | Reason
    paid_by_both: float | None = None


class AccountPosition(msgspec.Struct, frozen=True):
    """A position the account holds; ``isolated_wallet`` is 0 for cross margin.

    What the exchange itself tells of it at the account's last reading is None where it tells
    nothing: ``mark_price`` and ``liquidation_price`` in the quote asset, ``unrealised_pnl`` and
    ``maintenance_margin`` in the margin asset, ``adl`` the rank in the queue of automatic
    deleveraging, 0 to 4, the highest first. ``exits`` are its open stops and take-profits.
    """

    symbol: str
    side: Literal["long", "short"]
    quantity: float
    entry_price: float
    leverage: float
    margin_mode: Literal["isolated", "cross"]
    isolated_wallet: float
    margin_asset: str = "USDT"
    mark_price: float | None = None
    unrealised_pnl: float | None = None
    maintenance_margin: float | None = None
    liquidation_price: float | None = None
    adl: int | None = None
    exits: tuple[ExitOrder, ...] | None = None
    income: PositionIncome | None = None


class DayIncome(msgspec.Struct, frozen=True):
    """The sum of one kind of income of a day, in ``asset``: below 0 it was paid."""

    kind: Literal["realised", "funding", "fees"]
    asset: str
    amount: float


class DayOfSymbol(msgspec.Struct, frozen=True):
    """A symbol of which something was held in a day, at the account's reading.

    Quantities are of all legs together, base asset, below 0 where they are short: ``quantity`` is
    held, ``bought`` was bought this day less what was sold. ``spent`` is Σ bought · price and
    ``realised`` the PnL of these trades, margin asset. ``first_mark`` is the mark price at the
    day's begin, quote asset; None where it is not known, or was not asked for as nothing was held
    then. ``trades_missing``: the exchange tells more trades than are read.
    """

    symbol: str
    margin_asset: str
    quantity: float
    bought: float
    spent: float
    realised: float
    first_mark: float | None
    trades_missing: bool = False


class AccountDay(msgspec.Struct, frozen=True):
    """The account's UTC day from ``begin_ms`` on, as of its reading.

    ``incomes`` are None where the exchange does not tell them all.
    """

    begin_ms: int
    incomes: tuple[DayIncome, ...] | None
    symbols: tuple[DayOfSymbol, ...]


class MarginAsset(msgspec.Struct, frozen=True):
    """An asset of the account. ``cross_wallet`` is in the asset, without unrealised PnL.

    One of it is worth ``price`` USDT by the exchange's index prices, and counts as margin at
    ``bid_rate`` where there is some, at ``ask_rate`` where it is owed (USDT, the haircut in it).
    ``available`` is what the exchange says may be margin of new positions, in the asset.
    """

    asset: str
    cross_wallet: float
    price: float = 1.0
    bid_rate: float = 1.0
    ask_rate: float = 1.0
    available: float | None = None


class PortfolioMargin(msgspec.Struct, frozen=True):
    """A portfolio-margin account as the exchange tells it, in USDT.

    ``uni_mmr`` is the equity over the maintenance margin, None where it is not told; ``equity`` has
    the haircuts applied.
    ``unrealised_pnl`` is that of the positions at the moment of the reading.
    """

    uni_mmr: float | None
    equity: float
    initial_margin: float
    maintenance_margin: float
    status: str
    unrealised_pnl: float
