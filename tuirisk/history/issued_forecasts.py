"""What a live run forecasts: read from its states at the beginning of quarter hours.

At each full hour the volatility of 24 h, that of options where a provider has it, the one-day VaR,
the score and the chance of liquidation of what is held; at each full quarter hour the latter again
where the positions of a symbol have changed; every six hours the chance of liquidation at standard
leverages, by the closed form alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tuirisk.analytics.leverage.hypothetical import hypothetical_positions
from tuirisk.analytics.leverage.liquidation_chance import NO_OTHER, Barriers, closed_form
from tuirisk.analytics.score.scale import scale_version
from tuirisk.events.intervals import DAY_MS, HOUR_MS, MINUTE_MS
from tuirisk.state import Missing, Number, Position, RiskState, SymbolState

QUARTER_MS = 15 * MINUTE_MS
PROMPT_MS = MINUTE_MS
"""A forecast counts as made at the beginning of a quarter hour for so long after it."""
STANDARD_MS = 6 * HOUR_MS
HORIZONS_MS = {"24h": DAY_MS, "7d": 7 * DAY_MS}


class IssuedForecast(NamedTuple):
    """One forecast; ``what`` and ``parameter`` are those of ``tuirisk backtest --csv``."""

    symbol: str
    time_ms: int
    """A full quarter hour, UTC."""
    what: str
    parameter: str
    end_ms: int
    """When it can be judged."""
    forecast: float
    price: float | None = None
    """The mark price that ``level`` is seen from (quote asset)."""
    level: float | None = None
    """The liquidation price (quote asset), of a chance of liquidation."""
    scale: int = 0
    """The scale of the score, of a score."""


_Held = tuple[tuple[str, float, float, str], ...]
"""Side, quantity, entry price and margin mode of each position of a symbol."""


class IssuedForecasts:
    """The forecasts of one run, of states in the order of their times."""

    def __init__(self) -> None:
        self._done: dict[str, int] = {}
        """Symbol → the quarter hour whose forecasts were made."""
        self._held: dict[str, _Held] = {}
        """Symbol → the positions that were forecast last."""

    def add(self, state: RiskState) -> list[IssuedForecast]:
        """The forecasts that begin with ``state``: most of the time none."""
        begins = state.time_ms // QUARTER_MS * QUARTER_MS
        if state.time_ms - begins > PROMPT_MS:
            return []
        issued: list[IssuedForecast] = []
        for name, symbol in state.symbols.items():
            if symbol.status != "ready" or self._done.get(name) == begins:
                continue
            self._done[name] = begins
            held, full_hour = _held(symbol), begins % HOUR_MS == 0
            if full_hour or held != self._held.get(name, ()):
                issued += _of_positions(name, symbol, begins)
                self._held[name] = held
            if full_hour:
                issued += _of_symbol(name, symbol, begins)
                issued += _of_options(name, state, begins)
            if begins % STANDARD_MS == 0:
                issued += _of_standard_leverages(name, symbol, begins)
        return issued


def _held(symbol: SymbolState) -> _Held:
    legs = ((p.side, p.quantity, p.entry_price, p.margin_mode) for p in symbol.legs)
    return tuple(sorted(legs))


def _of_symbol(name: str, symbol: SymbolState, time_ms: int) -> Iterator[IssuedForecast]:
    total = symbol.score.total
    numbers: dict[str, tuple[str, Number, int]] = {
        "volatility_24h": ("", symbol.forecast.volatility_24h, 0),
        "var_95": ("blended", symbol.value_at_risk.blended_95, 0),
    }
    if not symbol.score.carried:
        # Of what is carried the score says how it was, not how it is.
        for followed in ("volatility", "fall"):
            numbers[f"score_total_{followed}_24h"] = "", total, scale_version()
    for what, (parameter, value, scale) in numbers.items():
        if not isinstance(value, Missing):
            end_ms = time_ms + DAY_MS
            yield IssuedForecast(name, time_ms, what, parameter, end_ms, float(value), scale=scale)


def _of_options(name: str, state: RiskState, time_ms: int) -> Iterator[IssuedForecast]:
    """The volatility of 24 h that options imply, where a provider gives it."""
    implied = state.external.implied_of(name)
    if implied is None or implied.stale or isinstance(implied.source, Missing):
        return
    value = implied.next_24h
    if not isinstance(value, Missing):
        what, end_ms = "implied_volatility_24h", time_ms + DAY_MS
        yield IssuedForecast(name, time_ms, what, implied.source, end_ms, float(value))


def _of_positions(name: str, symbol: SymbolState, time_ms: int) -> Iterator[IssuedForecast]:
    for leg in symbol.legs:
        chances = {"24h": leg.p_liquidation_24h, "7d": leg.p_liquidation_7d}
        yield from _chances(name, symbol, time_ms, f"held {leg.side}", leg, chances)


def _chances(
    name: str,
    symbol: SymbolState,
    time_ms: int,
    parameter: str,
    leg: Position,
    chances: dict[str, Number],
) -> Iterator[IssuedForecast]:
    mark, level = symbol.price.mark, leg.liquidation_price
    if isinstance(mark, Missing) or isinstance(level, Missing) or _mark_is_stale(symbol):
        return
    for horizon, chance in chances.items():
        if not isinstance(chance, Missing):
            yield IssuedForecast(
                name,
                time_ms,
                f"p_liquidation_{horizon}",
                parameter,
                time_ms + HORIZONS_MS[horizon],
                float(chance),
                float(mark),
                float(level),
            )


def _of_standard_leverages(
    name: str, symbol: SymbolState, time_ms: int
) -> Iterator[IssuedForecast]:
    mark = symbol.price.mark
    if isinstance(mark, Missing) or not mark > 0.0 or _mark_is_stale(symbol):
        return
    for held in hypothetical_positions(name, float(mark)):
        day, week, model = closed_form(mark, symbol.daily, Barriers(held.level, NO_OTHER, False))
        if model != "daily_extremes":
            return
        for horizon, chance in (("24h", day), ("7d", week)):
            assert not isinstance(chance, Missing)
            yield IssuedForecast(
                name,
                time_ms,
                f"p_liquidation_{horizon}",
                f"{held.position.side} {held.leverage}",
                time_ms + HORIZONS_MS[horizon],
                float(chance),
                float(mark),
                held.level,
            )


def _mark_is_stale(symbol: SymbolState) -> bool:
    fresh = symbol.freshness.get("mark")
    return fresh is None or fresh.stale
