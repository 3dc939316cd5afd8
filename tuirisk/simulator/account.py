"""One account of the embedded exchange: wallet, positions, API key, liquidation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import margin_engine
from .account_orders import AccountOrders, OrderReason
from .account_update import account_update, position_row
from .api_key import ApiKeyPermissions, ListenKey
from .collateral import ASSET_TERMS, AccountMode, AssetTerms
from .frames import Payload
from .margin_engine import ExchangePosition, MarginTier, Standing
from .rest_market import Markets

ASSET = "USDT"
_DEFAULT_LEVERAGE = 20


@dataclass(frozen=True, slots=True)
class ForcedClose:
    """A whole liquidation: the position as it stood, and the mark prices around it."""

    time: int
    position: ExchangePosition
    mark: float
    previous_mark: float


class ExchangeAccount:
    """One account and its key. Everything is to be called in the server's loop.

    Every change puts its events (as the user-data stream sends them) into `events`.
    `notional_coefficient` widens the brackets of a symbol for this account alone. Orders are
    filled at the mark price, without fees; a liquidation at the price that leaves nothing.
    """

    def __init__(self, exchange: Markets, key: str, secret: str, wallet: float) -> None:
        self.key = key
        self.secret = secret
        self.rights = ApiKeyPermissions()
        self.public_key: Any = None
        """The public half of an Ed25519 or RSA key; None of an HMAC key."""
        self.cross_wallet = wallet
        self.mode: AccountMode = "single_asset"
        self.other_wallets: dict[str, float] = {}
        """The cross wallets of assets other than USDT."""
        self.settles = ""
        """The asset that every position settles in: `BNFCR` of an account of EU credits."""
        self.loans = 0.0
        """Of portfolio margin: maintenance margin of margin loans, USD."""
        self.open_orders: list[Payload] = []
        """Rows of `openOrders` …"""
        self.algo_orders: list[Payload] = []
        """… and of `openAlgoOrders`."""
        self.incomes: list[Payload] = []
        """Rows of `income`, oldest first."""
        self.hedge_mode = False
        self.positions: dict[tuple[str, str], ExchangePosition] = {}
        self.leverage: dict[str, int] = {}
        self.notional_coefficient: dict[str, float] = {}
        self.events: list[Payload] = []
        self.listen_key = ListenKey(key, exchange)
        self._exchange = exchange
        self.orders = AccountOrders()
        self._isolated: dict[str, bool] = {}
        self._marks: dict[str, float] = {}

    @property
    def wallet_balance(self) -> float:
        """All there is without unrealised profit: the cross wallet and the isolated ones."""
        isolated = (position.isolated_wallet or 0.0 for position in self.positions.values())
        return self.cross_wallet + sum(isolated)

    def set_position(
        self,
        symbol: str,
        quantity: float,
        *,
        entry_price: float | None = None,
        isolated_wallet: float | None = None,
        leverage: int | None = None,
        side: str = "BOTH",
    ) -> ExchangePosition:
        """Have a position of that signed quantity (0 closes it), entered at the mark price
        unless `entry_price` is given; cross margin without an `isolated_wallet`. What the isolated
        wallet needs is not taken from the cross wallet, and no profit is paid: see `reduce`.
        KeyError for an unlisted symbol."""
        mark = self.mark(symbol)
        before = self.positions.get((symbol, side))
        if leverage is not None and leverage != self.leverage.get(symbol):
            self.set_leverage(symbol, leverage)
        position = ExchangePosition(
            symbol, side, quantity, entry_price or mark, isolated_wallet, self._exchange.now_ms
        )
        self._isolated[symbol] = isolated_wallet is not None
        if quantity:
            self.positions[symbol, side] = position
        else:
            self.positions.pop((symbol, side), None)
            position.entry_price = 0.0
        opened = before is None and quantity
        self._report_order(before, position, position.entry_price if opened else mark)
        self._report_account("ORDER", [position])
        return position

    def reduce(
        self,
        symbol: str,
        quantity: float,
        *,
        side: str = "BOTH",
        reason: OrderReason = "user",
    ) -> ExchangePosition:
        """Close `quantity` > 0 of a position and settle it with its wallet; what is left of it.

        With `reason` "liquidation" an isolated position loses that share of its own wallet.
        KeyError without such a position, ValueError where it is smaller."""
        before = self.positions[symbol, side]
        share = quantity / abs(before.quantity)
        if not 0 < share <= 1:
            raise ValueError(f"cannot close {quantity} of {before.quantity}")
        left = round(before.quantity * (1 - share), 8)
        price = self.mark(symbol)
        released = None if before.isolated_wallet is None else before.isolated_wallet * share
        if released is not None and reason == "liquidation":
            price = before.bankruptcy_price(before.isolated_wallet or 0.0)
        position = ExchangePosition(
            symbol,
            side,
            left,
            before.entry_price if left else 0.0,
            None if released is None else (before.isolated_wallet or 0.0) - released,
            self._exchange.now_ms,
        )
        self._pay(symbol, before.profit(price) * share + (released or 0.0))
        self._note_income("REALIZED_PNL", symbol, before.profit(price) * share)
        if left:
            self.positions[symbol, side] = position
        else:
            del self.positions[symbol, side]
        self._report_order(before, position, price, reason)
        self._report_account("ORDER", [position])
        return position

    def add_margin(self, symbol: str, amount: float, *, side: str = "BOTH") -> None:
        """Move `amount` from the cross wallet to that of an isolated position.

        KeyError without such a position, ValueError where its margin is cross."""
        position = self.positions[symbol, side]
        if position.isolated_wallet is None:
            raise ValueError(f"{symbol} has cross margin")
        position.isolated_wallet += amount
        position.updated = self._exchange.now_ms
        self._pay(symbol, -amount)
        self._report_account("MARGIN_TRANSFER", [position])

    def set_mode(self, mode: AccountMode) -> None:
        """Change what stands behind cross positions."""
        self.mode = mode
        now = self._exchange.now_ms
        chosen = {"j": mode == "multi_assets"}
        self.events.append({"e": "ACCOUNT_CONFIG_UPDATE", "E": now, "T": now, "ai": chosen})

    def use_credits(self, **wallets: float) -> None:
        """Be an account of EU credits: all assets are margin, positions settle in `BNFCR`."""
        self.settles, self.cross_wallet, self.other_wallets = "BNFCR", 0.0, dict(wallets)
        self.set_mode("multi_assets")

    def margin_asset(self, symbol: str) -> str:
        """What positions in `symbol` are margined and settled in."""
        return self.settles or self._exchange.instruments[symbol].margin_asset

    @property
    def standing(self) -> Standing:
        """What is behind the positions."""
        main = {} if self.settles and not self.cross_wallet else {ASSET: self.cross_wallet}
        wallets = {**main, **self.other_wallets}
        return Standing(self.mode, wallets, self.margin_asset, self.loans)

    def _pay(self, symbol: str, amount: float) -> None:
        """Add to the cross wallet that a position of `symbol` settles with."""
        asset = self.margin_asset(symbol)
        if asset == ASSET:
            self.cross_wallet += amount
        else:
            self.other_wallets[asset] = self.other_wallets.get(asset, 0.0) + amount

    def receive(self, kind: str, symbol: str, amount: float, time: int | None = None) -> None:
        """Have an income of that kind (`FUNDING_FEE`, `REALIZED_PNL`, …); below 0 it is paid."""
        self._pay(symbol, amount)
        self._note_income(kind, symbol, amount, time)

    def _note_income(self, kind: str, symbol: str, amount: float, time: int | None = None) -> None:
        row = {
            "symbol": symbol, "incomeType": kind, "income": f"{amount:.8f}",
            "asset": self.margin_asset(symbol), "info": kind,
            "time": self._exchange.now_ms if time is None else time,
            "tranId": len(self.incomes) + 1, "tradeId": "",
        }  # fmt: skip
        self.incomes.append(row)
        self.incomes.sort(key=lambda row: row["time"])

    def liquidation_price(self, position: ExchangePosition) -> float:
        """Where the exchange would liquidate `position` if its price alone moved; 0: nowhere."""
        mark = self.mark(position.symbol)
        step = 0.5**8

        def short(price: float) -> bool:
            marks = {symbol: self.mark(symbol) for symbol, _ in self.positions}
            marks |= {terms.symbol: self.mark(terms.symbol) for terms in self._collateral()}
            marks[position.symbol] = price
            return position in margin_engine.positions_to_liquidate(
                self.positions.values(), self.standing, marks.__getitem__, self.tiers
            )

        toward = -1.0 if position.quantity > 0 else 1.0
        share = step
        while share < 1.0 and not short(mark * (1 + toward * share)):
            share += step
        if share >= 1.0:
            return 0.0
        low, high = share - step, share
        for _ in range(50):
            middle = (low + high) / 2
            low, high = (low, middle) if short(mark * (1 + toward * middle)) else (middle, high)
        return mark * (1 + toward * low)

    def _collateral(self) -> list[AssetTerms]:
        owned = (ASSET_TERMS.get(asset) for asset, amount in self.other_wallets.items() if amount)
        return [terms for terms in owned if terms is not None and terms.symbol]

    def set_wallet(self, cross_wallet: float) -> None:
        """Deposit or withdraw, so that the cross wallet holds that much."""
        self.cross_wallet = cross_wallet
        self._report_account("DEPOSIT", [])

    def set_leverage(self, symbol: str, leverage: int) -> None:
        """Change the initial leverage of a symbol."""
        self.leverage[symbol] = leverage
        now = self._exchange.now_ms
        configuration = {"s": symbol, "l": leverage}
        self.events.append({"e": "ACCOUNT_CONFIG_UPDATE", "E": now, "T": now, "ac": configuration})

    def leverage_of(self, symbol: str) -> int:
        """The initial leverage of a symbol."""
        return self.leverage.get(symbol, _DEFAULT_LEVERAGE)

    def isolated(self, symbol: str) -> bool:
        """Whether a symbol is set to isolated margin."""
        return self._isolated.get(symbol, False)

    def mark(self, symbol: str) -> float:
        """The mark price as it is published."""
        return round(self._exchange.market(symbol).price.mark_price, 8)

    def tiers(self, symbol: str) -> tuple[MarginTier, ...]:
        """The brackets that hold for this account."""
        rows = margin_engine.brackets_of(self._exchange.instruments[symbol])
        coefficient = self.notional_coefficient.get(symbol)
        return rows if coefficient is None else margin_engine.scaled_brackets(rows, coefficient)

    def liquidate(self) -> list[ForcedClose]:
        """Close what has fallen below its maintenance margin; whatever was left of it is lost."""
        marks = {symbol: self.mark(symbol) for symbol, _ in self.positions}
        marks |= {terms.symbol: self.mark(terms.symbol) for terms in self._collateral()}
        positions = list(self.positions.values())
        closed = margin_engine.positions_to_liquidate(
            positions, self.standing, marks.__getitem__, self.tiers
        )
        before, self._marks = self._marks, marks
        now, out, empty = self._exchange.now_ms, [], []
        lost = margin_engine.wallets_lost(closed, self.cross_wallet, marks.__getitem__)
        for position, wallet in zip(closed, lost, strict=True):
            del self.positions[position.symbol, position.side]
            mark = marks[position.symbol]
            out.append(ForcedClose(now, position, mark, before.get(position.symbol, mark)))
            isolated_wallet = None if position.isolated_wallet is None else 0.0
            if isolated_wallet is None:
                self._empty_wallet(position.symbol)
            nothing = ExchangePosition(
                position.symbol, position.side, 0.0, 0.0, isolated_wallet, now
            )
            empty.append(nothing)
            price = position.bankruptcy_price(wallet)
            self._note_income("REALIZED_PNL", position.symbol, position.profit(price))
            self._report_order(position, nothing, price, "liquidation")
        if closed:
            self._report_account("ORDER", empty)
        return out

    def _empty_wallet(self, symbol: str) -> None:
        """Take what a liquidation of cross positions in `symbol` leaves: nothing."""
        asset = self.margin_asset(symbol)
        if self.mode != "single_asset":
            self.cross_wallet, self.other_wallets = 0.0, {}
        elif asset == ASSET:
            self.cross_wallet = 0.0
        else:
            self.other_wallets[asset] = 0.0

    def _report_order(
        self,
        before: ExchangePosition | None,
        after: ExchangePosition,
        price: float,
        reason: OrderReason = "user",
    ) -> None:
        """The order that made the position `after` of `before`, filled at once at `price`."""
        event = self.orders.filled(before, after, price, reason, self._exchange.now_ms)
        if event is not None:
            self.events.append(event)

    def _report_account(self, reason: str, positions: list[ExchangePosition]) -> None:
        wallets = {ASSET: (self.wallet_balance, self.cross_wallet)}
        wallets |= {asset: (amount, amount) for asset, amount in self.other_wallets.items()}
        rows = [position_row(each, self.mark(each.symbol)) for each in positions]
        unified = self.mode == "portfolio_margin"
        now = self._exchange.now_ms
        self.events.append(account_update(reason, wallets, rows, now, unified=unified))
