"""The state of one symbol, part by part, each recomputed only when its data changed."""

from __future__ import annotations

from collections.abc import Mapping

from tuirisk.analytics.derivatives import funding as funding_
from tuirisk.analytics.derivatives import liquidations as liquidations_
from tuirisk.analytics.derivatives import open_interest as open_interest_
from tuirisk.analytics.derivatives.liquidation_clusters import clusters
from tuirisk.analytics.leverage import position as position_
from tuirisk.analytics.leverage.brackets import tiers
from tuirisk.analytics.leverage.open_positions import exit_order, net_sign, only_side
from tuirisk.analytics.leverage.portfolio import Portfolio
from tuirisk.analytics.leverage.position_limits import position_limits
from tuirisk.analytics.leverage.position_notes import position_notes
from tuirisk.analytics.leverage.stress_result import stress_of
from tuirisk.analytics.liquidity import depth as liquidity_
from tuirisk.analytics.liquidity import flow as flow_
from tuirisk.analytics.liquidity.book_session import book_context
from tuirisk.analytics.market_risk import price as price_
from tuirisk.analytics.market_risk.daily_risk import daily_risk
from tuirisk.analytics.market_risk.drawdown import drawdown
from tuirisk.analytics.market_risk.performance import performance
from tuirisk.analytics.market_risk.timeframes import timeframes
from tuirisk.analytics.market_risk.value_at_risk import value_at_risk
from tuirisk.analytics.market_risk.volatility import volatility
from tuirisk.analytics.part_cache import PartCache, versions
from tuirisk.analytics.score import composite as score_
from tuirisk.analytics.score import freshness as freshness_
from tuirisk.analytics.score import recommendation as recommendation_
from tuirisk.config.model import Config
from tuirisk.market.candles import Bars
from tuirisk.market.market import SymbolMarket
from tuirisk.state import (
    Cluster,
    Flow,
    Funding,
    Liquidations,
    Liquidity,
    Missing,
    OpenInterest,
    Position,
    Recommendation,
    Score,
    SymbolState,
    Volatility,
)

BARS = ("15m", "1h", "1d")
HISTORY = ("open_interest_points", "open_interest_newest")


def symbol_state(
    name: str,
    symbol: SymbolMarket,
    config: Config,
    now: int,
    exchange_ms: float,
    previous: SymbolState | None,
    desk: Portfolio,
) -> SymbolState:
    """The state of ``symbol`` at local time ``now`` (ns), all but its standing in the log."""
    parts = _Parts(name, symbol, config, now, exchange_ms, previous, desk)
    status, message = freshness_.status(symbol, parts.fresh)
    return SymbolState(
        status=status,
        age_ms=freshness_.age(parts.fresh),
        price=parts.price,
        score=parts.score,
        recommendation=parts.recommendation,
        volatility=parts.volatility,
        drawdown=parts.drawdown,
        timeframes=parts.timeframes,
        performance=parts.performance,
        value_at_risk=parts.value_at_risk,
        liquidity=parts.liquidity,
        funding=parts.funding,
        open_interest=parts.open_interest,
        flow=parts.flow,
        liquidations=parts.liquidations,
        position=position_.nearest(parts.positions),
        stress=stress_of(desk.stress, desk.holdings, name),
        freshness=parts.fresh,
        message=message,
        tick_size=symbol.listed.tick_size,
        positions=parts.positions,
        brackets=tiers(name, symbol.derivatives.brackets),
        daily=parts.daily,
        versions=parts.versions,
    )


class _Parts:
    """The parts of one symbol's state, made in order of need; each name is a part's."""

    def __init__(
        self,
        name: str,
        symbol: SymbolMarket,
        config: Config,
        now: int,
        exchange_ms: float,
        previous: SymbolState | None,
        desk: Portfolio,
    ) -> None:
        self._name = name
        self._symbol = symbol
        self._risk = config.risk
        self._exchange_ms = exchange_ms
        self._desk = desk
        self._held = desk.holdings.of(name)
        self._order = exit_order(self._held)
        self.fresh = freshness_.freshness(symbol, now, exchange_ms)
        self.versions = versions(symbol, self.fresh, exchange_ms)
        self.versions["holdings"] = desk.version(name)
        self._memory = PartCache(previous, self.versions)
        self._previous = self._memory.previous
        self._make_bar_parts()
        self.price = price_.price(
            symbol.candles["15m"], symbol.tape, symbol.derivatives, exchange_ms
        )
        if self._previous is not None:
            self.price = self._memory.intern(self._previous.price, self.price)
        self.positions = self._positions()
        self.liquidity = self._liquidity()
        self.funding = self._funding()
        self.open_interest = self._open_interest()
        self.flow = self._flow()
        self.liquidations = self._liquidations()
        self.score = self._score()
        self.recommendation = self._recommendation()

    def _make_bar_parts(self) -> None:
        """The parts that rest on closed bars alone."""
        keep, risk = self._memory.reuse, self._risk
        self.volatility = keep(lambda s: s.volatility, self._volatility, *BARS)
        self.drawdown = keep(lambda s: s.drawdown, lambda: drawdown(self._all_bars()), "1h", "1d")
        self.timeframes = keep(
            lambda s: s.timeframes,
            lambda: timeframes(self._bars("15m"), self._all_bars()),
            *BARS,
        )
        sign = net_sign(self._held)
        self.performance = keep(
            lambda s: s.performance,
            lambda: performance(self._bars("1d"), sign, risk.risk_free_rate),
            "1d",
            "holdings",
        )
        self.value_at_risk = keep(
            lambda s: s.value_at_risk, lambda: value_at_risk(self._bars("1d")), "1d"
        )
        self.daily = keep(
            lambda s: s.daily, lambda: daily_risk(self._bars("1d"), self.volatility), *BARS
        )

    def _volatility(self) -> Volatility:
        kept = self._previous.volatility if self._previous is not None else None
        changed = {i: self._bars(i) for i in BARS if kept is None or not self._memory.unchanged(i)}
        return volatility(changed, self._risk.windows, kept)

    def _bars(self, interval: str) -> Bars:
        return self._symbol.candles[interval].bars()

    def _all_bars(self) -> Mapping[str, Bars]:
        return {interval: self._bars(interval) for interval in BARS}

    def _positions(self) -> tuple[Position, ...]:
        sized = position_limits(
            self._name, self._symbol, self._desk, self.daily, self._risk, self.fresh
        )
        found = position_.positions(self._name, self._desk, self.daily, sized)
        old = self._previous
        return found if old is None else self._memory.intern(old.positions, found)

    def _liquidity(self) -> Liquidity:
        def compute() -> Liquidity:
            notional = liquidity_.order_notional(self._risk, self._order)
            volume = price_.quote_volume_24h(self._bars("15m"))
            sizes = (notional, *self._risk.impact_ladder)
            cost, *worked = (
                liquidity_.metaorder_cost(size, self.volatility, volume) for size in sizes
            )
            return liquidity_.liquidity(
                self._symbol.book,
                self.fresh["depth"].stale,
                self._risk,
                self._order,
                book_context(self._symbol.samples, self._memory, cost, tuple(worked)),
            )

        return self._memory.reuse(
            lambda s: s.liquidity, compute, "book", "book_usable", "samples", "holdings", *BARS
        )

    def _funding(self) -> Funding:
        def compute() -> Funding:
            derivatives = self._symbol.derivatives
            if self._previous is not None and self._memory.unchanged("funding"):
                history = self._previous.funding.history
            else:
                history = funding_.settlements(derivatives, self._exchange_ms)
            return funding_.funding(derivatives, history, self._risk, self._exchange_ms)

        return self._memory.reuse(lambda s: s.funding, compute, "mark", "funding")

    def _open_interest(self) -> OpenInterest:
        def compute() -> OpenInterest:
            bars = self._bars("15m")
            change = price_.change(bars, self.price.last, self._exchange_ms, price_.HOUR_MS)
            return open_interest_.valued(
                self._open_interest_alone(),
                self._symbol.derivatives,
                change,
                price_.quote_volume_24h(bars),
            )

        return self._memory.reuse(
            lambda s: s.open_interest, compute, "open_interest", *HISTORY, "15m", "second"
        )

    def _open_interest_alone(self) -> OpenInterest:
        derivatives, previous = self._symbol.derivatives, self._previous
        if previous is not None and self._memory.unchanged("open_interest", *HISTORY):
            return previous.open_interest
        if previous is not None and self._memory.unchanged(*HISTORY):
            zscore = previous.open_interest.zscore
        else:
            zscore = open_interest_.zscore(derivatives)
        return open_interest_.open_interest(derivatives, zscore)

    def _flow(self) -> Flow:
        def compute() -> Flow:
            large = self._risk.large_trade_notional
            return flow_.flow(self._symbol.tape, large, self._exchange_ms)

        return self._memory.reuse(lambda s: s.flow, compute, "second")

    def _liquidations(self) -> Liquidations:
        def compute() -> Liquidations:
            tape = self._symbol.liquidations
            return liquidations_.liquidations(tape, self._clusters(), self._exchange_ms)

        return self._memory.reuse(
            lambda s: s.liquidations, compute, "liquidations", "second", "15m", *HISTORY
        )

    def _clusters(self) -> tuple[Cluster, ...] | Missing:
        if self._previous is not None and self._memory.unchanged("15m", *HISTORY):
            return self._previous.liquidations.clusters
        history = self._symbol.derivatives.open_interest_history
        return clusters(history, self._bars("15m"), self._risk.leverage_mix)

    def _score(self) -> Score:
        old = self._previous
        if (
            old is not None
            and self._memory.unchanged("holdings")
            and self.volatility is old.volatility
            and self.drawdown is old.drawdown
            and self.timeframes is old.timeframes
            and self.liquidity is old.liquidity
            and self.funding is old.funding
            and all(now.stale == old.freshness[name].stale for name, now in self.fresh.items())
        ):
            return old.score
        inputs = score_.ScoreInputs(
            volatility=self.volatility,
            drawdown=self.drawdown,
            timeframes=self.timeframes,
            impact=self.liquidity.impact,
            funding=self.funding,
            side=only_side(self._held),
            fresh=self.fresh,
        )
        return score_.score(inputs, self._risk)

    def _recommendation(self) -> Recommendation:
        notes = self._notes()
        old = self._previous.recommendation if self._previous is not None else None
        held = old.held if old is not None else ()
        new = recommendation_.recommendation(
            self.score, self.positions, self._risk.thresholds, notes, held
        )
        return new if old is None else self._memory.intern(old, new)

    def _notes(self) -> tuple[str, ...]:
        market = recommendation_.notes(
            self.volatility,
            self.timeframes,
            self.funding,
            self.liquidations,
            self.liquidity,
            self._symbol.listed.contract_type,
            self.fresh,
        )
        own = position_notes(self.positions, self._desk.over_budget, self.fresh["mark"].stale)
        return market + own
