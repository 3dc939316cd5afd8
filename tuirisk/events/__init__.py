"""The events of a feed, as immutable records; import them from here.

Prices are in the quote asset, quantities in the base asset, times in UTC milliseconds (``*_time``)
or local receive time in UTC nanoseconds (``received``). Numbers are finite: the decoder drops a
frame that carries anything else.
"""

from tuirisk.events.account import AccountReport, FillReason, OrderFill
from tuirisk.events.asset_prices import AssetPrices
from tuirisk.events.batch import Batch
from tuirisk.events.book import BestQuote, DepthDiff, DepthLost, DepthSnapshot, Level
from tuirisk.events.candles import (
    Candle,
    CandleClosed,
    CandleForming,
    CandleHistory,
    closed_bars,
    closed_bars_of_columns,
)
from tuirisk.events.connection import (
    AccountReading,
    ConnectionReport,
    ServerTime,
    StreamReport,
    StreamStatus,
)
from tuirisk.events.derivatives import (
    Bracket,
    FundingHistory,
    FundingSchedule,
    LeverageBrackets,
    LongShortRatio,
    MarkPrice,
    OpenInterestHistory,
    OpenInterestReading,
)
from tuirisk.events.event import Event
from tuirisk.events.holdings import (
    AccountDay,
    AccountMode,
    AccountPosition,
    DayIncome,
    DayOfSymbol,
    ExitOrder,
    MarginAsset,
    PortfolioMargin,
    PositionIncome,
)
from tuirisk.events.listing import (
    ContractChanged,
    ContractStatus,
    SymbolListed,
    SymbolRefused,
    SymbolRemoved,
)
from tuirisk.events.market_sessions import MarketSession, MarketSessions
from tuirisk.events.trades import Liquidation, Trade, TradesLost

__all__ = [
    "AssetPrices",
    "MarketSession",
    "MarketSessions",
    "ContractChanged",
    "ContractStatus",
    "PositionIncome",
    "PortfolioMargin",
    "MarginAsset",
    "ExitOrder",
    "AccountDay",
    "DayIncome",
    "DayOfSymbol",
    "AccountMode",
    "AccountPosition",
    "AccountReading",
    "AccountReport",
    "Batch",
    "BestQuote",
    "Bracket",
    "Candle",
    "CandleClosed",
    "CandleForming",
    "CandleHistory",
    "ConnectionReport",
    "DepthDiff",
    "DepthLost",
    "DepthSnapshot",
    "Event",
    "FillReason",
    "FundingHistory",
    "FundingSchedule",
    "Level",
    "LeverageBrackets",
    "Liquidation",
    "LongShortRatio",
    "MarkPrice",
    "OpenInterestHistory",
    "OpenInterestReading",
    "OrderFill",
    "ServerTime",
    "StreamReport",
    "StreamStatus",
    "SymbolListed",
    "SymbolRefused",
    "SymbolRemoved",
    "Trade",
    "TradesLost",
    "closed_bars",
    "closed_bars_of_columns",
]
