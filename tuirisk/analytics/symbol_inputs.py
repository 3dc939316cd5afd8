"""What a symbol's parts are computed from: the market, the settings, and the parts before them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tuirisk import state as st
from tuirisk.analytics.asset_prices import in_quote_asset
from tuirisk.analytics.derivatives.funding_interval import Settlements
from tuirisk.analytics.leverage.open_positions import larger_position
from tuirisk.analytics.leverage.portfolio import Portfolio
from tuirisk.analytics.part_cache import PartCache, versions
from tuirisk.analytics.score import freshness as freshness_
from tuirisk.analytics.score import levels
from tuirisk.analytics.score.components import Component
from tuirisk.config.model import Config
from tuirisk.events.contract_names import base_and_quote
from tuirisk.events.intervals import INTERVALS
from tuirisk.market.market import SymbolMarket
from tuirisk.state import Missing


class SymbolParts:
    """The inputs of one symbol's assessment, and its parts once they are computed."""

    volatility: st.Volatility
    drawdown: Mapping[str, st.DrawdownWindow]
    timeframes: st.Timeframes
    performance: st.Performance
    value_at_risk: st.ValueAtRisk
    daily: st.DailyRisk
    price: st.Price
    forecast: st.Forecast
    positions: tuple[st.Position, ...]
    metaorder_costs: tuple[st.Number, ...]
    sample_percentiles: tuple[st.Number, st.Number]
    book_session: st.BookSession
    liquidity: st.Liquidity
    settlements: Settlements
    settled_8h: Sequence[float]
    funding_holes: tuple[int, ...]
    rate_8h: st.Number
    rate_rank: tuple[st.Number, st.Number]
    funding: st.Funding
    open_interest_zscore: st.Number
    open_interest: st.OpenInterest
    flow: st.Flow
    leverage_mix: st.LeverageMix
    clusters: tuple[st.Cluster, ...] | st.Missing
    liquidations: st.Liquidations
    market_points: Component
    funding_points: Component
    correlation_points: Component
    score: st.Score
    score_memory: st.ScoreMemory
    recommendation: st.Recommendation

    def __init__(
        self,
        name: str,
        symbol: SymbolMarket,
        config: Config,
        now: int,
        exchange_ms: float,
        previous: st.SymbolState | None,
        portfolio: Portfolio,
        confirmed: st.Severity | None,
        rules: levels.Rules,
        latest_ms: float,
    ) -> None:
        self.name = name
        self.symbol = symbol
        quote = symbol.listed.quote_asset or base_and_quote(name)[1]
        price = portfolio.open_positions.price_of(quote) if quote else 1.0
        self.unpriced = None if price is not None else Missing("asset_without_price", name=quote)
        """Why the settings' amounts of money cannot be told in the quote asset; None: they can."""
        self.risk = config.risk if price is None else in_quote_asset(config.risk, price)
        self.rules = rules
        self.now_ms = now // 1_000_000
        self.exchange_ms = exchange_ms
        self.confirmed = confirmed
        self.portfolio = portfolio
        self.own = portfolio.open_positions.of(name)
        self.exit = larger_position(self.own)
        self.fresh = freshness_.freshness(symbol, now, exchange_ms, latest_ms)
        if self.own and portfolio.reading is not None:
            self.fresh["account"] = portfolio.reading
        self.versions = versions(symbol, self.fresh, exchange_ms)
        self.versions["liquidation_prices"] = symbol.liquidation_prices.version_before(
            self.end_of_bars
        )
        self.versions["quote_price"] = hash(price)
        self.versions["brackets"] = hash(symbol.derivatives.brackets)
        self.versions["open_positions"] = portfolio.version(name)
        self.cache = PartCache(previous, self.versions)
        self.bars = {interval: symbol.candles[interval].bars() for interval in INTERVALS}

    @property
    def end_of_bars(self) -> int:
        """End of the newest closed 15m bar, UTC ms; 0 where there is none."""
        bars = self.symbol.candles["15m"].bars()
        return int(bars.open_time[-1]) + bars.interval_ms if len(bars) else 0
