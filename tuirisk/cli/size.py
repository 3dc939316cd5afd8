"""``tuirisk size``: the largest position within every limit, and its liquidation risk."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from tuirisk.analytics.asset_prices import asset_prices
from tuirisk.analytics.leverage.brackets import largest_notional
from tuirisk.analytics.leverage.late_marks import with_substituted_marks
from tuirisk.analytics.leverage.open_positions import Side, open_positions
from tuirisk.analytics.leverage.order_sizing import NewOrder, order_sizing
from tuirisk.analytics.leverage.portfolio import contract_of, in_usdt, portfolio_of
from tuirisk.analytics.leverage.sizing import whole_lots
from tuirisk.analytics.portfolio.account_inputs import account_inputs
from tuirisk.analytics.portfolio.account_judge import AccountJudge
from tuirisk.analytics.portfolio.simulation import account_paths, path_count
from tuirisk.analytics.portfolio.what_if import hypothetical
from tuirisk.analytics.score.freshness import MARK_BUDGET
from tuirisk.analytics.score.recommendation import SENTENCES
from tuirisk.analytics.stress.simulate import simulate
from tuirisk.cli.account import account_settled, print_account
from tuirisk.cli.account_change import account_lines
from tuirisk.cli.errors import print_error
from tuirisk.cli.exit_codes import ExitCode
from tuirisk.cli.size_texts import chance, limit_texts, number_text, position_text
from tuirisk.cli.wait import wait_for_state
from tuirisk.config.model import Config
from tuirisk.market.book import unusable
from tuirisk.market.market import Market, SymbolMarket
from tuirisk.monitor.monitor import Monitor
from tuirisk.monitor.sources import MakeSource
from tuirisk.state import AccountState, Missing, Position, RiskState, SymbolState
from tuirisk.state.codes import LimitCode

LEAST = 1e-9
"""The size that is looked at where none is allowed and no lot is known, base asset."""
MARKET_RULES = ("reduce_or_hedge", "no_new_positions", "fast_move", "funding_extreme")
"""Rules that no size changes; they are printed beside the answer."""
ATTEMPTS = 4
"""Sizes that are simulated before none is recommended."""


@dataclass(frozen=True, slots=True)
class SizeRequest:
    """The arguments of ``tuirisk size``."""

    symbol: str
    side: Side
    leverage: float


def print_size(
    make_source: MakeSource, config: Config, request: SizeRequest, timeout: float
) -> int:
    """Print the largest position of ``request`` that every limit allows; the exit code."""

    def settled(state: RiskState) -> bool:
        symbol = state.symbols.get(request.symbol)
        ready = symbol is not None and symbol.status in ("ready", "error")
        return ready and account_settled(state)

    monitor = wait_for_state(make_source, config, timeout, settled)
    assert isinstance(monitor, Monitor)
    state = monitor.state
    if state is None or request.symbol not in state.symbols:
        why = state.connection.message if state is not None else ""
        return _refuse(
            ExitCode.UNREACHABLE, f"no data received{why and f' ({why})'}; run `tuirisk doctor`"
        )
    try:
        lines, sized = size_lines(monitor, request)
    except SizeRefusedError as refused:
        return _refuse(refused.code, str(refused))
    print("\n".join(lines))
    return print_account(state) or (ExitCode.OK if sized else ExitCode.NOT_READY)


class SizeRefusedError(Exception):
    """No size can be given; one line that says why."""

    def __init__(self, code: ExitCode, line: str) -> None:
        super().__init__(line)
        self.code = code


class Sized(Protocol):
    """What a size is computed from: a monitor, or a copy of it."""

    @property
    def market(self) -> Market: ...
    @property
    def config(self) -> Config: ...
    @property
    def state(self) -> RiskState | None: ...


def size_lines(monitor: Sized, request: SizeRequest) -> tuple[list[str], bool]:
    """The answer in lines, and whether there is a size.

    Raises:
        SizeRefusedError: the symbol is not watched or not ready, or allows no such leverage.
    """
    state = monitor.state
    symbol = state.symbols.get(request.symbol) if state is not None else None
    if state is None or symbol is None:
        raise SizeRefusedError(ExitCode.USAGE, f"{request.symbol} is not watched")
    if symbol.status == "error":
        raise SizeRefusedError(ExitCode.USAGE, f"{request.symbol}: {symbol.message}")
    if symbol.status == "warming":
        raise SizeRefusedError(ExitCode.NOT_READY, f"{request.symbol}: {symbol.message}")
    market = monitor.market.symbols[request.symbol]
    answer = _Answer(monitor, market, symbol, state.time_ms * 1_000_000, request)
    contract = answer.contract
    most = max(bracket.max_leverage for bracket in contract.brackets)
    if contract.brackets_known and largest_notional(contract.brackets, request.leverage) <= 0:
        what = f"{request.symbol} allows at most {most:g}x leverage ({contract.source} brackets)"
        raise SizeRefusedError(ExitCode.USAGE, what)
    lines = answer.lines()
    return lines, isinstance(answer.size.quantity, float)


class _Answer:
    """The largest order as if it were made now at the mark price, and the position after it."""

    def __init__(
        self,
        monitor: Sized,
        market: SymbolMarket,
        symbol: SymbolState,
        now: int,
        request: SizeRequest,
    ) -> None:
        self._monitor, self._market, self._symbol = monitor, market, symbol
        state = monitor.state
        self._symbols = {} if state is None else state.symbols
        self._now, self._request = now, request
        self.contract = contract_of(monitor.market, request.symbol)
        prices = asset_prices(monitor.market)
        positions = open_positions(monitor.market.account, monitor.config, prices)
        self.contract = in_usdt(self.contract, request.symbol, positions)
        portfolio = with_substituted_marks(
            portfolio_of(monitor.market, positions),
            monitor.market,
            monitor.market.clock.exchange_ms(now),
            MARK_BUDGET,
        )
        self._order = order_sizing(
            NewOrder(request.symbol, request.side, request.leverage),
            portfolio,
            portfolio.contracts.get(request.symbol, self.contract),
            market.candles["1d"].bars(),
            market.listed.step_size,
            symbol.daily,
            monitor.config.risk,
        )
        stale = symbol.freshness["depth"].stale
        self.size = self._order.largest(market.book, unusable(market.book, stale))

    def lines(self) -> list[str]:
        request, size = self._request, self.size
        mark = self._order.inputs.price
        head = [
            f"{request.symbol} {request.side} {request.leverage:g}x at mark {number_text(mark)}",
            *self._open_position_lines(),
        ]
        if isinstance(size.quantity, Missing):
            return [*head, f"largest size   unknown  ({size.quantity.reason})", *self._limits()]
        position = self._confirmed(size.quantity)
        size = self.size
        notional = mark * (size.quantity or 0.0)
        limit = limit_texts(self._monitor.config.risk)[size.limit] if size.limit else ""
        return [
            *head,
            f"largest size   {number_text(size.quantity)}  (notional {number_text(notional)}, "
            f"margin {number_text(notional / request.leverage)})",
            f"bound by       {size.limit}: {limit}",
            *self._limits(),
            *self._after(position),
            *account_lines(*self._accounts(size.quantity or 0.0)),
            *self._market_rules(),
        ]

    def _accounts(self, quantity: float) -> tuple[AccountState | None, AccountState]:
        """The account as it is, None where nothing is held, and as the order leaves it: along the
        same paths.
        """
        market, config = self._monitor.market, self._monitor.config
        held = open_positions(market.account, config, asset_prices(market))
        after = self._order.after(quantity) if quantity > 0.0 else held
        inputs = account_inputs(market, after, config, self._now, held.symbols)
        legs = sum(len(pool.legs) for pool in inputs.pools)
        daily = {name: symbol.daily for name, symbol in self._symbols.items()}
        paths = account_paths(inputs, path_count(legs))
        judge = AccountJudge(market, config, daily, self._now, paths)
        now, then = judge.along_paths([held, after])
        return (now if held.positions else None), then

    def _open_position_lines(self) -> list[str]:
        """What the order changes: the position that it adds to, or that it closes first."""
        held, closed = self._order.inputs.held, self._order.closed
        if closed is not None:
            return [f"held           {position_text(closed)}; the order closes it first"]
        return (
            [] if held is None else [f"held           {position_text(held)}; the order adds to it"]
        )

    def _after(self, position: Position | None) -> list[str]:
        """The position that the order leaves."""
        if position is None:
            return ["liquidation    none  (no position is left)"]
        lines = []
        if self._order.inputs.held is not None or self._order.closed is not None:
            lines = [
                f"then held      {position.side} {number_text(position.quantity)} at "
                f"{number_text(position.entry_price)}  (notional {number_text(position.notional)})"
            ]
        price = position.liquidation_price
        known = f"{position.margin_mode} margin; brackets: {self.contract.source}"
        if isinstance(price, Missing):
            liquidation = f"{number_text(price)}  ({known})"
        else:
            liquidation = (
                f"{number_text(price)}  ({number_text(position.distance, '+.2%')}; {known})"
            )
        return [
            *lines,
            f"liquidation    {liquidation}",
            f"P(liquidation) {chance(position.p_liquidation_24h)} in 24 h, "
            f"{chance(position.p_liquidation_7d)} in 7 d",
        ]

    def _market_rules(self) -> list[str]:
        """What holds of the market whatever the position."""
        rules = self._symbol.recommendation.rules
        codes = [r.code for r in rules if r.holds and r.code in MARKET_RULES]
        rows = [f"market         {code}: {SENTENCES[code]}" for code in codes]
        return [*rows, *(f"contract       {notice}" for notice in self._symbol.notices)]

    def _confirmed(self, quantity: float) -> Position | None:
        """The position at the size at which the simulation, too, leaves every rule clear.

        What the order opens or adds is halved until it does, and :attr:`size` changed to it.
        """
        closed = self._order.closed
        least = min(quantity, closed.quantity) if closed is not None else 0.0
        for attempt in range(ATTEMPTS):
            position, failing = self._judged(quantity)
            if failing is None or quantity <= least:
                break
            last = attempt == ATTEMPTS - 1
            half = whole_lots((quantity - least) / 2, self._market.listed.step_size)
            quantity = least if last else least + half
            others = {k: v for k, v in self.size.limits.items() if k != failing}
            self.size = replace(
                self.size, quantity=quantity, limit=failing, limits={failing: quantity, **others}
            )
        else:
            position, _ = self._judged(quantity)
        return position

    def _judged(self, quantity: float) -> tuple[Position | None, LimitCode | None]:
        """The position after an order of ``quantity``, and the limit that it exceeds, if any.

        A size of 0 where nothing is held is looked at as one of the least lot.
        """
        closed, side = self._order.closed, self._request.side
        if closed is not None and quantity == closed.quantity:
            return None, None
        if closed is not None and quantity < closed.quantity:
            side = closed.side
        elif quantity <= 0.0 and self._order.inputs.held is None:
            quantity = self._market.listed.step_size or LEAST
        request = hypothetical(
            self._monitor.market,
            self._monitor.config,
            self._order.after(quantity),
            (self._request.symbol, side),
            self._symbols,
            self._now,
            whole=True,
        )
        position = request.position(simulate(request.inputs))
        return position, request.exceeded(position)

    def _limits(self) -> list[str]:
        return [
            f"  {code:<21}{number_text(limit)}{self._used() if code == 'var_budget' else ''}"
            for code, limit in self.size.limits.items()
        ]

    def _used(self) -> str:
        used = self.size.budget_used
        return f"  (budget already used {used:.0%})" if used else ""


def _refuse(code: int, line: str) -> int:
    print_error(line)
    return code
