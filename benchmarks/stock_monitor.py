"""The peer: the same numbers in a monitor of Textual's ready-made widgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import DataTable, Footer, Header, Sparkline

from tuirisk.state import Missing, Number, RiskState, SymbolState
from tuirisk.ui.render import format as fmt

COLUMNS = ("symbol", "last", "24h", "risk", "market", "liquidity", "funding", "correl.",
           "rate", "spread", "sell", "buy")  # fmt: skip


class Arrived(Message):
    def __init__(self, state: RiskState) -> None:
        super().__init__()
        self.state = state

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, Arrived)


class StockMonitor(App[int]):
    """A DataTable of every symbol, a Sparkline for the first eight."""

    CSS = "DataTable { height: 1fr; } Horizontal { height: 3; } Sparkline { width: 1fr; }"

    def __init__(self, symbols: Sequence[str], start: Callable[[StockMonitor], None]) -> None:
        super().__init__()
        self._symbols = symbols
        self._start = start

    def compose(self) -> ComposeResult:
        yield Header(show_clock=True)
        with Horizontal():
            for _ in self._symbols[:8]:
                yield Sparkline([0.0])
        yield DataTable(id="table")
        yield Footer()

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        for column in COLUMNS:
            table.add_column(column, key=column, width=9)
        for name in self._symbols:
            table.add_row(name, *[""] * (len(COLUMNS) - 1), key=name)
        self.call_after_refresh(self._start, self)

    def on_arrived(self, message: Arrived) -> None:
        table = self.query_one(DataTable)
        with self.batch_update():
            for name, symbol in message.state.symbols.items():
                for column, text in zip(COLUMNS[1:], _texts(symbol), strict=True):
                    table.update_cell(name, column, text)
            for spark, symbol in zip(
                self.query(Sparkline), message.state.symbols.values(), strict=False
            ):
                shape = [v for v in symbol.volatility.spark[-28:] if not isinstance(v, Missing)]
                spark.data = [*shape[1:], shape[-1] * (1 + _number(symbol.price.change_24h))]


def _texts(symbol: SymbolState) -> tuple[str, ...]:
    parts, book = symbol.score.components, symbol.liquidity
    return (
        fmt.price(symbol.price.last, symbol.tick_size),
        fmt.percent(symbol.price.change_24h, signed=True),
        fmt.score(symbol.score.total),
        fmt.score(parts.market),
        fmt.score(parts.liquidity),
        fmt.score(parts.funding),
        fmt.score(parts.correlation),
        fmt.percent(symbol.funding.rate, 4, signed=True),
        fmt.basis_points(book.spread_bps),
        fmt.slippage_bps(book.impact.sell.slippage),
        fmt.slippage_bps(book.impact.buy.slippage),
    )


def _number(value: Number) -> float:
    return 0.0 if isinstance(value, Missing) else value
