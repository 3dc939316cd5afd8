"""The tools of the Model Context Protocol, by the official SDK."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations

from tuirisk import __version__
from tuirisk.mcp import answers
from tuirisk.mcp.answers import Answer, NoAnswerError, Seen, without_addresses
from tuirisk.mcp.desk import Desk
from tuirisk.state.track_record import TrackRecord

INSTRUCTIONS = (
    "Risk of leveraged positions on Binance USD-M perpetuals, as a tuirisk monitor sees it now. "
    "Read-only: nothing can be traded or changed. Every answer has the time and age of its data; "
    "a null number has its reason under `reasons`; where there is a `warning`, say it. Levels are "
    "ok, unknown, caution, warning, critical: unknown is not calm. Money is in the quote asset, "
    "rates and distances are fractions."
)
Ask = Callable[[str, Any], Awaitable[dict[str, Any]]]
"""(``size`` or ``hedge``, its arguments) → ``value``, or ``error`` in a line."""
READ_ONLY = ToolAnnotations(read_only_hint=True, destructive_hint=False, open_world_hint=False)


def make_server(desk: Desk, record: TrackRecord | None, ask: Ask | None = None) -> MCPServer[Any]:
    """A server whose tools answer from ``desk``; ``record`` is what backtest_record tells of.

    ``ask`` answers ``size`` and ``hedge``; without it there are no such tools.
    """
    server: MCPServer[Any] = MCPServer(
        "tuirisk", instructions=INSTRUCTIONS, version=__version__, log_level="ERROR"
    )

    async def answered(make: Callable[[Seen], Answer]) -> Answer:
        try:
            return make(await desk.seen())
        except NoAnswerError as error:
            raise ToolError(without_addresses(str(error))) from None

    @server.tool(annotations=READ_ONLY)
    async def state() -> Answer:
        """Every watched symbol in short, the most dangerous first, with the account, messages and
        the newest alerts."""
        return await answered(answers.overview)

    @server.tool(annotations=READ_ONLY)
    async def symbol(symbol: str) -> Answer:
        """Everything of one symbol, such as BTCUSDT: price, score, volatility, drawdown, VaR,
        liquidity, funding, open interest, liquidations, positions, stress, forecasts."""
        return await answered(lambda seen: answers.symbol(seen, _name(symbol)))

    @server.tool(annotations=READ_ONLY)
    async def explain(symbol: str) -> Answer:
        """Where the score, the severity and the recommendation of one symbol come from."""
        return await answered(lambda seen: answers.explanation(seen, _name(symbol)))

    @server.tool(annotations=READ_ONLY)
    async def account() -> Answer:
        """Equity, margin, value at risk and every position with its liquidation price and
        probability of liquidation."""
        return await answered(answers.account)

    @server.tool(annotations=READ_ONLY)
    async def log(symbol: str = "", limit: int = 50) -> Answer:
        """What happened: changes of severity, positions opened, closed and liquidated, data that
        stopped; newest last, of one symbol where one is named."""
        name = _name(symbol) or None
        return await answered(lambda seen: answers.log(seen, name, limit))

    @server.tool(annotations=READ_ONLY)
    async def backtest_record(symbol: str = "") -> Answer:
        """How such forecasts and scores have done on past data: what was said, what followed."""
        name = _name(symbol) or None
        return await answered(lambda seen: answers.record(seen, record, name))

    if ask is not None:
        _add_questions(server, desk, ask)
    return server


def _add_questions(server: MCPServer[Any], desk: Desk, ask: Ask) -> None:
    async def asked(what: str, value: dict[str, Any]) -> Answer:
        try:
            seen = await desk.seen()
        except NoAnswerError as error:
            raise ToolError(without_addresses(str(error))) from None
        answer = await ask(what, value)
        if "error" in answer:
            raise ToolError(without_addresses(str(answer["error"])))
        return answers.computed(seen, answer["value"])

    @server.tool(annotations=READ_ONLY)
    async def size(symbol: str, side: Literal["long", "short"], leverage: float) -> Answer:
        """The largest order within every limit, what bounds it, and the position after it."""
        return await asked("size", {"symbol": _name(symbol), "side": side, "leverage": leverage})

    @server.tool(annotations=READ_ONLY)
    async def hedge() -> Answer:
        """The cheapest ways to bring the account within its limits: hedge, cut, add margin, each
        with its cost and the account before and after it."""
        return await asked("hedge", {})


def _name(text: str) -> str:
    return text.strip().upper()[:40]
