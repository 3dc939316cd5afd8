"""The numbers of the dashboard's panels."""

from __future__ import annotations

from tuirisk.state import Missing, present
from tuirisk.ui.dialogs.outside_values import elsewhere, implied
from tuirisk.ui.dialogs.terms import (
    Find,
    Shown,
    Subject,
    Term,
    age,
    basis_points,
    bps,
    chance,
    change,
    leverage,
    money,
    of_account,
    percent,
    points,
    price,
    rate,
    ratio,
    signed,
    since,
    term,
    terms,
    until,
    word,
)
from tuirisk.ui.render import format as fmt
from tuirisk.ui.view.order_parser import chosen_impact
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets import positions
from tuirisk.ui.widgets.cells import spark_limits
from tuirisk.ui.widgets.drivers import driver_value
from tuirisk.ui.widgets.facts import contract_facts
from tuirisk.ui.widgets.table_columns import advice
from tuirisk.ui.widgets.track_record import chance_record, live_chance_record, score_record


def severity(subject: Subject) -> Shown:
    """The badge's word, as the panel shows it."""
    return None if subject.symbol is None else subject.view.badge(subject.symbol)[1]


def advised(subject: Subject) -> Shown:
    """The sentence of the rule that decided."""
    return None if subject.symbol is None else advice(subject.view, subject.symbol)


def notes(subject: Subject) -> Shown:
    """What is to be kept in mind beside the advice."""
    found = () if subject.symbol is None else subject.symbol.recommendation.notes
    return ", ".join(subject.view.words.code("note", note) for note in found) or None


def contract(subject: Subject) -> Shown:
    """What sets the contract apart from a perpetual in USDT, as the panel says it."""
    if subject.symbol is None:
        return None
    cells = [
        cell.text for row in contract_facts(subject.view, subject.symbol) for cell in row.cells
    ]
    return " ".join(cells) or None


def exit_cost(subject: Subject) -> Shown:
    """The worse side of the reference order, or of the position's exit."""
    if subject.symbol is None:
        return None
    impact, held = subject.symbol.liquidity.impact, subject.symbol.position
    sides = [impact.sell, impact.buy]
    if held is not None:
        sides = [impact.sell if held.side == "long" else impact.buy]
    costs = present(side.slippage for side in sides)
    return f"{fmt.slippage_bps(max(costs))} bp" if costs else None


def other_legs(subject: Subject) -> Shown:
    """The legs beside the nearest one."""
    symbol = subject.symbol
    if symbol is None or len(symbol.legs) < 2:
        return None
    return "".join(span.text for span in positions.other_legs(subject.view, symbol, 40))


def pnl(subject: Subject) -> Shown:
    """The P&L of all legs of the symbol."""
    symbol = subject.symbol
    if symbol is None or not symbol.legs:
        return None
    total = symbol.unrealised_pnl
    return total if isinstance(total, Missing) else fmt.compact(total, signed=True)


def volatility_line(subject: Subject) -> Shown:
    """The range that the line is drawn in."""
    if subject.symbol is None or not subject.symbol.volatility.spark:
        return None
    low, high = spark_limits(subject.symbol)
    return f"{fmt.percent(low, 0)} – {fmt.percent(high, 0)}"


def driver(component: str, name: str) -> Find:
    """An input of a component of the score, where it is there."""

    def find(subject: Subject) -> Shown:
        if subject.symbol is None:
            return None
        inputs = subject.symbol.score.terms.get(component, ())
        one = next((one for one in inputs if one.name == name), None)
        if one is None:
            return None
        return one.value if isinstance(one.value, Missing) else driver_value(one)

    return find


def data_ages(subject: Subject) -> Shown:
    """The age of each family of data."""
    if subject.symbol is None:
        return None
    words, late = subject.view.words, subject.view.lost
    return ", ".join(
        f"{words(f'family.{name}')} {fmt.age(one.age_ms)}{'?' if late or one.stale else ''}"
        for name, one in subject.symbol.freshness.items()
    )


def came_true(subject: Subject) -> Shown:
    """The record of forecasts like that of the position."""
    symbol = subject.symbol
    if symbol is None or symbol.position is None:
        return None
    cells = chance_record(subject.view, "24h", symbol.position.p_liquidation_24h)
    return " ".join(cell.text for cell in cells) or None


def came_true_live(subject: Subject) -> Shown:
    """The record of one's own live forecasts."""
    symbol = subject.symbol
    if symbol is None or symbol.position is None:
        return None
    cells = live_chance_record(subject.view, "24h", symbol.position.p_liquidation_24h)
    return " ".join(cell.text for cell in cells) or None


def score_came_true(subject: Subject) -> Shown:
    """What followed scores like this one."""
    if subject.symbol is None:
        return None
    cells = score_record(subject.view, subject.symbol.score.total)
    return " ".join(cell.text for cell in cells) or None


def walked(side: str, field: str) -> Find:
    """A figure of the order that is walked, or of the one that was chosen."""

    def find(subject: Subject) -> Shown:
        if subject.symbol is None:
            return None
        own = chosen_impact(subject.view, subject.symbol)
        if isinstance(own, Missing):
            own = subject.symbol.liquidity.impact
        value = getattr(getattr(own, side), field)
        if isinstance(value, Missing):
            return value
        if field in ("vwap", "worst"):
            return price(value, subject)
        return money(value, subject) if field == "unfilled" else bps(value, subject)

    return find


def own_exit(subject: Subject) -> Shown:
    """The price that closing the position would walk to; None without one."""
    position = None if subject.symbol is None else subject.symbol.position
    if position is None:
        return None
    return walked("sell" if position.side == "long" else "buy", "worst")(subject)


def thin(subject: Subject) -> Shown:
    """Whether the book ends before an order of the ladder is filled."""
    if subject.symbol is None:
        return None
    ladder = subject.symbol.liquidity.curve
    ended = any(fill.exhausted is True for one in ladder for fill in (one.sell, one.buy))
    return subject.view.words("explain.yes" if ended else "explain.no")


def imbalance(subject: Subject) -> Shown:
    """The shares of bids and asks."""
    if subject.symbol is None:
        return None
    value = subject.symbol.liquidity.imbalance
    if isinstance(value, Missing):
        return value
    bids = (1 + value) / 2
    return f"{fmt.percent(bids, 0)} / {fmt.percent(1 - bids, 0)}"


def newest(field: str) -> Find:
    """A field of the newest log entry, score and severity as the log writes them."""

    def find(subject: Subject) -> Shown:
        log = () if subject.view.state is None else subject.view.state.log
        if not log:
            return None
        entry, view = log[-1], subject.view
        if field == "time":
            return fmt.clock(entry.time_ms, view.config.ui.utc)
        if field == "severity":
            return " > ".join(_word(view, one) for one in (entry.before, entry.after) if one)
        if field == "cause":
            return view.words.code("code", entry.cause) if entry.cause else None
        if field == "count":
            return f"×{entry.count}" if entry.count > 1 else None
        if isinstance(entry.score, Missing):
            return None
        return fmt.score(entry.score)

    return find


def _word(view: View, code: str) -> str:
    return view.words.code("severity", code)


def effective_bets(subject: Subject) -> Shown:
    """Of the watchlist."""
    state = subject.view.state
    if state is None:
        return None
    bets = state.watchlist.effective_bets
    return bets if isinstance(bets, Missing) else fmt.decimal(bets, 1)


def depth_bands(subject: Subject) -> Shown:
    """Bids and asks within each distance of mid."""
    if subject.symbol is None:
        return None
    bands = sorted(subject.symbol.liquidity.depth.items(), key=lambda item: float(item[0]))
    texts = [
        f"±{float(within) * 100:g}% {fmt.compact(band.bid)} / {fmt.compact(band.ask)}"
        for within, band in bands
        if not isinstance(band.bid, Missing)
    ]
    first = bands[0][1].bid if bands else None
    return ", ".join(texts) or (first if isinstance(first, Missing) else None)


COMPONENTS = tuple(
    term(f"initial.{name} component.{name}", f"score.components.{name}", points)
    for name in ("market", "liquidity", "funding", "correlation")
)
POSITION = (
    term("table.position|tile.liquidation", "position.distance", change),
    term("table.leverage|detail.leverage", "position.leverage", leverage),
    Term("table.pnl", "position.unrealised_pnl", pnl, ("mark", "account")),
    term("table.chance|detail.chance", "position.p_liquidation_24h", chance),
    term("detail.chance symbol.value_age", "position.p_liquidation_time", since),
    Term("table.legs", "screen.other_legs", other_legs),
)
WATCHLIST = (
    term("table.risk", "score.total", points),
    Term("table.severity", "severity.level", severity),
    *COMPONENTS,
    term("explain.coverage", "score.coverage", percent),
    term("table.last", "price.last", price),
    term("table.change", "price.change_24h", change),
    *POSITION,
    term("table.regime", "volatility.regime.state", word("regime")),
    term("detail.percentile", "volatility.regime.percentile_30d", points),
    Term("table.spark|tile.week", "screen.volatility_line", volatility_line),
    term("table.funding|tile.funding", "funding.rate", rate),
    term("table.next", "funding.next_time", until),
    term("table.spread", "liquidity.spread_bps", basis_points),
    Term("table.slippage", "screen.exit_cost", exit_cost, ("depth",)),
    term("table.open_interest", "open_interest.change_24h", change, "open_interest.change_1h"),
    term("table.fresh", "age_ms", age, "symbols.*.age_ms"),
    Term("tile.implied", "external.implied_volatility.*.value", implied("value")),
    Term("tile.outside", "external.liquidations.*.long_1h", elsewhere),
    Term("table.advice", "recommendation.text", advised),
    of_account("account.var", "var_1d_95", money),
    of_account("account.p_any_liquidation_24h", "p_any_liquidation_24h", chance),
    Term("symbol.bets", "watchlist.effective_bets", effective_bets),
)
DEPTH = (
    term("depth.mid", "liquidity.mid", price),
    term("depth.micro", "liquidity.microprice", price),
    term("depth.spread", "liquidity.spread_bps", basis_points),
    Term("depth.bids|depth.asks", "liquidity.imbalance", imbalance, ("depth",)),
    terms("depth.price|depth.quantity|depth.cumulative", "screen.levels", price,
          bid="liquidity.bid", ask="liquidity.ask"),
    Term("impact.exit", "liquidity.impact.sell.worst", own_exit, ("depth",)),
)  # fmt: skip
IMPACT = (
    term("impact.size", "liquidity.impact.notional", money),
    Term("impact.sell", "liquidity.impact.sell.slippage", walked("sell", "slippage"), ("depth",)),
    Term("impact.buy", "liquidity.impact.sell.slippage", walked("buy", "slippage"), ("depth",)),
    Term("impact.worst", "liquidity.impact.sell.worst", walked("sell", "worst"), ("depth",)),
    Term("impact.vwap", "liquidity.impact.sell.vwap", walked("sell", "vwap"), ("depth",)),
    Term("impact.touch", "liquidity.impact.sell.slippage_touch",
         walked("sell", "slippage_touch"), ("depth",)),
    Term("impact.unfilled", "liquidity.impact.sell.unfilled",
         walked("sell", "unfilled"), ("depth",)),
    Term("impact.thin", "liquidity.impact.sell.exhausted", thin, ("depth",)),
    Term("impact.depth", "liquidity.depth.*.bid", depth_bands, ("depth",)),
    term("symbol.worked", "liquidity.metaorder_cost", bps, "screen.metaorder_cost"),
)  # fmt: skip
DRIVERS = (
    Term("driver.forecast_rank", "forecast.volatility_rank_1y",
         driver("market", "forecast_rank")),
    Term("driver.volatility_percentile", "volatility.cone.*.*.percentile",
         driver("market", "volatility_percentile")),
    Term("driver.drawdown_1h", "drawdown.*.current", driver("market", "drawdown_1h")),
    Term("driver.drawdown_1d", "drawdown.*.current", driver("market", "drawdown_1d")),
    Term("driver.sell_slippage", "liquidity.impact.sell.slippage",
         driver("liquidity", "sell_slippage")),
    Term("driver.buy_slippage", "liquidity.impact.sell.slippage",
         driver("liquidity", "buy_slippage")),
    Term("driver.spread_percentile", "screen.spread_percentile",
         driver("liquidity", "spread_percentile")),
    Term("driver.depth_percentile", "screen.depth_percentile",
         driver("liquidity", "depth_percentile")),
    Term("driver.rate_8h", "funding.rate_8h", driver("funding", "rate_8h")),
    Term("driver.cumulative_3d_annualised", "funding.cumulative_3d_annualised",
         driver("funding", "cumulative_3d_annualised")),
    Term("driver.limit_used", "screen.limit_used", driver("funding", "limit_used")),
    Term("driver.percentile", "funding.percentile", driver("funding", "percentile")),
    Term("driver.divergence", "screen.divergence", driver("correlation", "divergence")),
    Term("driver.breakdown", "screen.breakdown", driver("correlation", "breakdown")),
)  # fmt: skip
DETAIL = (
    Term("table.advice", "recommendation.text", advised),
    Term("explain.note", "recommendation.notes", notes),
    *(term(f"component.{name}", f"score.components.{name}", points)
      for name in ("market", "liquidity", "funding", "correlation")),
    *DRIVERS,
    Term("detail.contract", "contract.type", contract),
    term("detail.position", "position.notional", money),
    term("detail.leverage", "position.leverage", leverage),
    Term("detail.other_leg", "screen.other_legs", other_legs),
    Term("detail.pnl", "position.unrealised_pnl", pnl, ("mark", "account")),
    term("detail.liquidation", "position.liquidation_price", price),
    term("account.distance", "position.distance", change),
    term("detail.chance", "position.p_liquidation_24h", chance),
    Term("record.chance_label", "screen.came_true", came_true),
    Term("record.live_label", "screen.came_true", came_true_live),
    term("detail.add_margin", "position.margin_to_add", money),
    term("detail.regime", "volatility.regime.state", word("regime")),
    term("detail.percentile", "volatility.regime.percentile_30d", points),
    term("detail.funding", "funding.rate", rate),
    term("detail.yearly", "funding.annualised", percent),
    term("detail.next", "funding.next_time", until),
    term("detail.three_days", "funding.cumulative_3d", rate),
    term("detail.basis", "funding.basis", bps),
    term("detail.carry", "funding.carry.annualised_net", change),
    term("detail.interest", "open_interest.change_24h", change, "open_interest.change_1h"),
    term("detail.flow", "flow.imbalance.5m", signed, "flow.imbalance"),
    terms("detail.liquidations", "liquidations.long_5m", money,
          long="liquidations.long_1h", short="liquidations.short_1h"),
    Term("explain.score record.title", "screen.came_true", score_came_true),
    terms("detail.drawdown", "drawdown.*.current", percent,
          _1h="drawdown.1h.current", _1d="drawdown.1d.current"),
    term("detail.risk", "value_at_risk.historical_95", percent),
    term("detail.performance", "performance.sharpe", ratio),
    Term("detail.fresh", "screen.data_age", data_ages),
    Term("table.spark", "screen.volatility_line", volatility_line),
)  # fmt: skip
LOG = (
    Term("table.severity", "alerts.*.before", newest("severity")),
    Term("help.time", "alerts.*.time", newest("time")),
    Term("help.cause", "alerts.*.cause", newest("cause")),
    Term("explain.score", "score.total", newest("score")),
    Term("log.repeated", "screen.log_count", newest("count")),
)
