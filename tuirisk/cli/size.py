"""``tuirisk size``: the largest position within every limit, and its liquidation risk."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tuirisk.analytics.leverage.brackets import largest_notional
from tuirisk.analytics.leverage.open_positions import OpenPosition, Side, open_positions
from tuirisk.analytics.leverage.portfolio import Portfolio, contract_of, portfolio_of
from tuirisk.analytics.leverage.position import position_states
from tuirisk.analytics.leverage.position_limits import sizing_inputs
from tuirisk.analytics.leverage.sizing import (
    SizeLimit,
    exceeded_chance,
    largest_size,
    whole_lots,
)
from tuirisk.analytics.score.recommendation import SENTENCES
from tuirisk.analytics.stress.inputs import stress_inputs
from tuirisk.analytics.stress.simulate import simulate
from tuirisk.cli.errors import print_error
from tuirisk.cli.exit_codes import ExitCode
from tuirisk.cli.summary import chance_text
from tuirisk.cli.wait import wait_for_state
from tuirisk.config.model import Config
from tuirisk.market.book import unusable
from tuirisk.market.market import SymbolMarket
from tuirisk.monitor.monitor import Monitor
from tuirisk.monitor.sources import MakeSource
from tuirisk.state import Missing, Number, Position, RiskState, SymbolState

WORDS = {
    "var_budget": "one-day VaR (95 %) within the budget",
    "exit_slippage": "exit at no more than the slippage limit",
    "book_depth": "exit within the known order book",
    "leverage_bracket": "notional that the bracket allows at this leverage",
    "margin": "margin within the available balance",
    "liquidation_distance": "liquidation at least 2 daily sigmas away",
    "p_liquidation_24h": "P(liquidation) within 24 h at most 1 %",
    "p_liquidation_7d": "P(liquidation) within 7 d at most 20 %",
}

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
        return symbol is not None and symbol.status in ("ready", "error")

    monitor = wait_for_state(make_source, config, timeout, settled)
    state = monitor.state
    symbol = state.symbols.get(request.symbol) if state is not None else None
    if state is None or symbol is None:
        why = state.connection.message if state is not None else ""
        return _refuse(
            ExitCode.UNREACHABLE, f"no data received{why and f' ({why})'}; run `tuirisk doctor`"
        )
    if symbol.status == "error":
        return _refuse(ExitCode.USAGE, f"{request.symbol}: {symbol.message}")
    if symbol.status == "warming":
        return _refuse(ExitCode.NOT_READY, f"{request.symbol}: {symbol.message}")
    market = monitor.market.symbols[request.symbol]
    answer = _Answer(monitor, market, symbol, state.time_ms * 1_000_000, request)
    contract = answer.contract
    most = max(bracket.max_leverage for bracket in contract.brackets)
    if contract.known and largest_notional(contract.brackets, request.leverage) <= 0:
        what = f"{request.symbol} allows at most {most:g}x leverage ({contract.source} brackets)"
        return _refuse(ExitCode.USAGE, what)
    print("\n".join(answer.lines()))
    return ExitCode.OK if isinstance(answer.size.quantity, float) else ExitCode.NOT_READY


class _Answer:
    """A position of the largest size, as if it were opened now at the mark price."""

    def __init__(
        self,
        monitor: Monitor,
        market: SymbolMarket,
        symbol: SymbolState,
        now: int,
        request: SizeRequest,
    ) -> None:
        self._monitor, self._market, self._symbol = monitor, market, symbol
        self._now, self._request = now, request
        self.contract = contract_of(monitor.market, request.symbol)
        self._portfolio: Portfolio = portfolio_of(
            monitor.market, open_positions(monitor.market.account, monitor.config)
        )
        self.size = self._largest()

    def lines(self) -> list[str]:
        request, size = self._request, self.size
        head = f"{request.symbol} {request.side} {request.leverage:g}x at mark {_text(self._mark)}"
        if isinstance(size.quantity, Missing):
            return [head, f"largest size   unknown  ({size.quantity.reason})", *self._limits()]
        size, position = self._confirmed(size, size.quantity)
        self.size = size
        limit = WORDS[size.limit] if size.limit else ""
        return [
            head,
            f"largest size   {_text(size.quantity)}  (notional {_text(position.notional)}, "
            f"margin {_text(position.initial_margin)})",
            f"bound by       {size.limit}: {limit}",
            *self._limits(),
            f"liquidation    {_text(position.liquidation_price)}  "
            f"({_text(position.distance, '+.2%')}; isolated margin; brackets: "
            f"{self.contract.source})",
            f"P(liquidation) {_chance(position.p_liquidation_24h)} in 24 h, "
            f"{_chance(position.p_liquidation_7d)} in 7 d",
            *self._market_rules(),
        ]

    def _market_rules(self) -> list[str]:
        """What holds of the market whatever the position."""
        rules = self._symbol.recommendation.rules
        codes = [r.code for r in rules if r.holds and r.code in MARKET_RULES]
        return [f"market         {code}: {SENTENCES[code]}" for code in codes]

    def _confirmed(self, found: SizeLimit, quantity: float) -> tuple[SizeLimit, Position]:
        """The size at which the simulation, too, leaves every rule clear; halved until it does."""
        position = self._opened(quantity)
        for attempt in range(ATTEMPTS):
            failing = exceeded_chance(position)
            if not failing or quantity <= 0.0:
                break
            last = attempt == ATTEMPTS - 1
            quantity = 0.0 if last else whole_lots(quantity / 2, self._market.listed.step_size)
            found = replace(
                found,
                quantity=quantity,
                limit=failing,
                limits={
                    failing: quantity,
                    **{k: v for k, v in found.limits.items() if k != failing},
                },
            )
            position = self._opened(quantity)
        return found, position

    @property
    def _mark(self) -> Number:
        return self.contract.mark

    def _limits(self) -> list[str]:
        return [
            f"  {code:<21}{_text(limit)}{self._used() if code == 'var_budget' else ''}"
            for code, limit in self.size.limits.items()
        ]

    def _used(self) -> str:
        used = self.size.budget_used
        return f"  (budget already used {used:.0%})" if used else ""

    def _position(self, quantity: float) -> OpenPosition:
        price = self._mark or 1.0
        leverage = self._request.leverage
        wallet = quantity * price / leverage
        return OpenPosition(
            self._request.symbol, self._request.side, quantity, price, leverage, True, wallet
        )

    def _largest(self) -> SizeLimit:
        inputs = sizing_inputs(
            self._position(1.0),
            self.contract,
            self._market,
            self._portfolio,
            self._symbol.daily,
            self._monitor.config.risk,
        )
        stale = self._symbol.freshness["depth"].stale
        return largest_size(inputs, self._market.book, unusable(self._market.book, stale))

    def _opened(self, quantity: float) -> Position:
        """The position alone, simulated; a size of 0 is looked at as one of the least lot."""
        least = self._market.listed.step_size or 1e-9
        alone = replace(
            self._portfolio.open_positions, positions=(self._position(max(quantity, least)),)
        )
        inputs = stress_inputs(self._monitor.market, alone, self._monitor.config, self._now)
        portfolio = portfolio_of(self._monitor.market, alone, simulate(inputs))
        (state,) = position_states(
            self._request.symbol, portfolio, self._symbol.daily, (self.size,)
        )
        return state


def _text(value: Number, form: str = ",.8g") -> str:
    return f"-  ({value.reason})" if isinstance(value, Missing) else f"{value:{form}}"


def _chance(value: Number) -> str:
    """A probability, with the reason where it is missing."""
    return _text(value) if isinstance(value, Missing) else chance_text(value, ".2%")


def _refuse(code: int, line: str) -> int:
    print_error(line)
    return code
