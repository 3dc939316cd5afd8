"""The account as it is known: whole answers of REST, and the user-data stream's changes in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from msgspec.structs import replace

from tuirisk.events import AccountPosition, AccountReport
from tuirisk.events.intervals import SECOND_NS
from tuirisk.feed.binance.account.schema import AccountAnswer, RiskRow, Side, SymbolConfig
from tuirisk.feed.binance.account.user_events import (
    AccountUpdate,
    BalanceChange,
    ConfigUpdate,
    PositionChange,
)

QUOTE = "USDT"
MULTI_ASSETS = 0.01
"""USD by which the total must differ from USDT's part for other assets to count as margin."""
RECENT_NS = 5 * SECOND_NS
"""An answer asked for so long after a change of the stream is not behind it any more."""
_ISOLATED = "ISOLATED"

_Leg = tuple[str, Side]


class _Streamed(NamedTuple):
    """A change that the stream reported, with the engine's time (ms) and the receive time (ns)."""

    change: PositionChange
    time: int
    received: int


@dataclass(frozen=True, slots=True)
class AccountAnswers:
    """What REST told at (about) one moment."""

    account: AccountAnswer
    risks: tuple[RiskRow, ...]
    config: Mapping[str, SymbolConfig]


class AccountSnapshot:
    """Merges; absolute values throughout, so that the same change may be applied twice.

    REST answers from copies that may be some time behind the stream. What the stream changed
    just before an answer was asked for stands where the answer's own times are older; then the
    snapshot is ``contradicted`` until the next one.
    """

    def __init__(self) -> None:
        self.hedge_mode = False
        self.left_out: tuple[str, ...] = ()
        """Symbols of cross positions that another asset than USDT stands behind by itself: the
        one cross wallet of :class:`AccountState` says nothing about them."""
        self.contradicted = False
        """Whether the last answers of REST were behind the stream: they are to be read again."""
        self._wallet = 0.0
        self._quote_wallet = 0.0
        self._available: float | None = None
        """The available balance as REST told it; None once the stream changed anything since."""
        self._positions: dict[_Leg, AccountPosition] = {}
        self._row_times: dict[_Leg, int] = {}
        """Leg → when it last changed as REST has it, ms."""
        self._streamed: dict[_Leg, _Streamed] = {}
        self._streamed_wallet: tuple[BalanceChange, int, int] | None = None
        """The quote asset's last change, the engine's time (ms) and the receive time (ns)."""
        self._config: Mapping[str, SymbolConfig] = {}
        self._other_assets: set[str] = set()

    @property
    def positions(self) -> dict[_Leg, AccountPosition]:
        """The positions known, by symbol and side."""
        return dict(self._positions)

    def replace(self, answers: AccountAnswers, requested: int = 0) -> None:
        """Take a complete account, asked for at ``requested`` (ns), in the place of the known."""
        assets = {row.asset: row.crossWalletBalance for row in answers.account.assets}
        self._wallet = answers.account.totalCrossWalletBalance
        self._quote_wallet = assets.get(QUOTE, self._wallet)
        self._available = answers.account.availableBalance
        multi_assets = abs(self._wallet - self._quote_wallet) > MULTI_ASSETS
        self._config = dict(answers.config)
        self._positions = {}
        self._row_times = {}
        self._other_assets = set()
        left_out = []
        for row in answers.risks:
            self._row_times[row.symbol, row.positionSide] = row.updateTime
            if row.positionAmt == 0:
                continue
            isolated = self._is_isolated(row)
            if row.marginAsset != QUOTE and not multi_assets:
                self._other_assets.add(row.symbol)
            if row.symbol in self._other_assets and not isolated:
                left_out.append(row.symbol)
                continue
            self._put(
                row.symbol,
                row.positionSide,
                row.positionAmt,
                row.entryPrice,
                "isolated" if isolated else "cross",
                row.isolatedWallet,
                row.implied_leverage,
            )
        self.left_out = tuple(dict.fromkeys(left_out))
        times = {row.asset: row.updateTime for row in answers.account.assets}
        self._reapply_recent_changes(requested, times.get(QUOTE, 0))

    def update(self, event: AccountUpdate, received: int = 0) -> bool:
        """Take changes in; False when only a new snapshot can tell what they come to.

        What REST has as changed later is not changed back.
        """
        complete = True
        self._available = None
        for balance in event.a.B:
            if balance.a == QUOTE:
                self._set_quote_wallet(balance)
                self._streamed_wallet = balance, event.T, received
            else:
                complete = False
        for change in event.a.P:
            leg = change.s, change.ps
            if 0 < event.T < self._row_times.get(leg, 0):
                continue
            self._streamed[leg] = _Streamed(change, event.T, received)
            complete = self._change(change) and complete
        return complete

    def configure(self, event: ConfigUpdate) -> bool:
        """Take a changed leverage in; False when only a new snapshot can tell what it means."""
        if event.ac is None or event.ac.s not in self._config:
            return False
        symbol, leverage = event.ac.s, event.ac.l
        self._config = {
            **self._config,
            symbol: replace(self._config[symbol], leverage=leverage),
        }
        for key, position in self._positions.items():
            if position.symbol == symbol:
                self._positions[key] = replace(position, leverage=leverage)
        return True

    def state(self, received: int, read_at: int = 0, account: str = "") -> AccountReport:
        """The complete account, positions by symbol and side; REST was last asked for it at
        ``read_at`` (ns), ``account`` tells it from others."""
        positions = sorted(self._positions.values(), key=lambda p: (p.symbol, p.side))
        return AccountReport(
            "",
            received,
            self._wallet,
            self._hedged,
            tuple(positions),
            self._available,
            read_at or received,
            account,
        )

    @property
    def _hedged(self) -> bool:
        # The mode cannot be changed while there are positions, and those of hedge mode have a side.
        sides = {side for _, side in self._positions}
        return self.hedge_mode if not sides else "BOTH" not in sides

    def _reapply_recent_changes(self, requested: int, wallet_time: int) -> None:
        """Repeat the recent changes that the answers just taken do not have yet."""
        self.contradicted = False
        self._streamed = {
            leg: streamed
            for leg, streamed in self._streamed.items()
            if requested - streamed.received < RECENT_NS
        }
        for leg, streamed in self._streamed.items():
            row_time = self._row_times.get(leg)
            # A closed position has no row, and neither has one that REST has not seen opened.
            behind = streamed.change.pa != 0 if row_time is None else 0 < row_time < streamed.time
            if behind:
                self._change(streamed.change)
                self.contradicted = True
        if self._streamed_wallet is None:
            return
        balance, time, received = self._streamed_wallet
        if 0 < wallet_time < time and requested - received < RECENT_NS:
            self._set_quote_wallet(balance)
            self.contradicted = True

    def _set_quote_wallet(self, balance: BalanceChange) -> None:
        self._wallet += balance.cw - self._quote_wallet
        self._quote_wallet = balance.cw

    def _change(self, change: PositionChange) -> bool:
        known = change.s in self._config
        if change.pa == 0:
            self._positions.pop((change.s, change.ps), None)
        elif known and not (change.s in self._other_assets and change.mt == "cross"):
            self._put(change.s, change.ps, change.pa, change.ep, change.mt, change.iw)
        return known and change.s.partition("_")[0].endswith(QUOTE)

    def _is_isolated(self, row: RiskRow) -> bool:
        config = self._config.get(row.symbol)
        return row.isolatedWallet != 0 if config is None else config.marginType == _ISOLATED

    def _put(
        self,
        symbol: str,
        side: Side,
        amount: float,
        entry_price: float,
        mode: Literal["isolated", "cross"],
        isolated_wallet: float,
        leverage: float = 0.0,
    ) -> None:
        config = self._config.get(symbol)
        is_short = side == "SHORT" or (side == "BOTH" and amount < 0)
        self._positions[symbol, side] = AccountPosition(
            symbol,
            "short" if is_short else "long",
            abs(amount),
            entry_price,
            config.leverage if config is not None else leverage,
            mode,
            isolated_wallet if mode == "isolated" else 0.0,
        )
