"""The contracts the embedded exchange lists: prices, steps, volumes, volatilities."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from tuirisk.events.contract_names import base_and_quote

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Instrument:
    """One listed contract.

    `tick` and `step` are decimal strings as the exchange writes them: their decimals are those of
    every price and quantity. `volatility` is annual; `volume` the quote volume of 24 h, `depth`
    the notional within 1 % of mid on one side, `open_interest` in contracts. `listed_days` counts
    back from the simulation's start; None means older than all the history kept.
    """

    symbol: str
    price: float
    tick: str
    step: str
    volatility: float
    volume: float
    depth: float
    open_interest: float
    correlation: float = 0.75
    beta: float = 1.0
    funding_hours: int = 8
    funding_adjusted: bool = False
    funding_cap: float = 0.02
    contract_type: str = "PERPETUAL"
    status: str = "TRADING"
    listed_days: int | None = None
    special_funding: bool = False
    ends_ms: int = 0
    """When it is delivered or delisted, UTC milliseconds; 0 where nothing is planned."""

    @property
    def trading(self) -> bool:
        """Whether the contract trades: others answer history but have no live market."""
        return self.status == "TRADING"

    @property
    def tick_size(self) -> float:
        """The smallest price step."""
        return float(self.tick)

    @property
    def step_size(self) -> float:
        """The smallest quantity step."""
        return float(self.step)

    @property
    def price_decimals(self) -> int:
        """Decimals of a price string."""
        return _decimals(self.tick)

    @property
    def quantity_decimals(self) -> int:
        """Decimals of a quantity string."""
        return _decimals(self.step)

    @property
    def margin_asset(self) -> str:
        """What positions are margined and settled in."""
        return base_and_quote(self.symbol)[1] or "USDT"

    @property
    def base_asset(self) -> str:
        """The asset the contract is on."""
        return base_and_quote(self.symbol)[0]


def _decimals(step: str) -> int:
    return len(step.partition(".")[2])


def _coin(
    symbol: str,
    price: float,
    tick: str,
    step: str,
    volatility: float,
    volume_millions: float,
    **rest: float | int | bool | str | None,
) -> Instrument:
    """An instrument whose depth and open interest follow from its volume."""
    volume = volume_millions * 1e6
    depth = 0.9 * volume**0.78
    open_interest = 0.5 * volume / price
    overrides = {"depth": depth, "open_interest": open_interest, **rest}
    return Instrument(symbol, price, tick, step, volatility, volume, **overrides)


_LISTED = (
    _coin("BTCUSDT", 76_920.0, "0.10", "0.001", 0.45, 13_250, correlation=0.92, beta=0.8,
          funding_adjusted=True, funding_cap=0.003, open_interest=106_312.0),
    _coin("ETHUSDT", 2_311.4, "0.01", "0.001", 0.62, 11_400, correlation=0.9, beta=1.0),
    _coin("SOLUSDT", 118.52, "0.01", "0.01", 0.80, 4_300, correlation=0.85, beta=1.2),
    _coin("BNBUSDT", 791.3, "0.01", "0.01", 0.52, 900, correlation=0.8, beta=0.8),
    _coin("XRPUSDT", 1.6512, "0.0001", "0.1", 0.78, 1_900, correlation=0.78, beta=1.1),
    _coin("DOGEUSDT", 0.14213, "0.00001", "1", 0.90, 1_250, correlation=0.8, beta=1.3),
    _coin("ADAUSDT", 0.4512, "0.0001", "1", 0.85, 520, correlation=0.78, beta=1.2,
          special_funding=True),
    _coin("AVAXUSDT", 17.654, "0.001", "1", 0.92, 310, beta=1.3, funding_hours=4,
          funding_adjusted=True),
    _coin("LINKUSDT", 14.321, "0.001", "0.01", 0.85, 420, beta=1.2),
    _coin("1000PEPEUSDT", 0.0061234, "0.0000001", "1", 1.15, 780, beta=1.5, funding_hours=4,
          funding_adjusted=True),
    _coin("1000000MOGUSDT", 0.2913, "0.0001", "1", 1.45, 28, beta=1.6, funding_hours=1,
          funding_adjusted=True, funding_cap=0.03, correlation=0.55),
    _coin("SUIUSDT", 1.8841, "0.0001", "0.1", 0.98, 760, beta=1.3),
    _coin("TRXUSDT", 0.31842, "0.00001", "1", 0.42, 180, correlation=0.5, beta=0.5),
    _coin("TONUSDT", 2.4131, "0.0001", "0.1", 0.82, 120),
    _coin("DOTUSDT", 2.913, "0.001", "0.1", 0.84, 170, beta=1.2),
    _coin("LTCUSDT", 88.41, "0.01", "0.001", 0.72, 330),
    _coin("BCHUSDT", 512.63, "0.01", "0.001", 0.78, 260),
    _coin("NEARUSDT", 2.137, "0.001", "1", 0.98, 190, beta=1.3, funding_hours=4,
          funding_adjusted=True),
    _coin("APTUSDT", 3.0412, "0.0001", "0.1", 0.95, 130, beta=1.3),
    _coin("ARBUSDT", 0.2841, "0.0001", "0.1", 1.0, 140, beta=1.3, funding_hours=4,
          funding_adjusted=True),
    _coin("UNIUSDT", 6.213, "0.001", "1", 0.98, 160, beta=1.2),
    _coin("AAVEUSDT", 188.31, "0.01", "0.1", 0.96, 210, beta=1.2),
    _coin("WLDUSDT", 0.8142, "0.0001", "1", 1.12, 240, beta=1.4),
    _coin("HYPEUSDT", 41.253, "0.001", "0.01", 1.02, 980, beta=1.2),
    _coin("XAUUSDT", 4_213.5, "0.01", "0.001", 0.17, 410, correlation=0.1, beta=0.1,
          contract_type="TRADIFI_PERPETUAL", special_funding=True),
    _coin("TSLAUSDT", 431.2, "0.01", "0.01", 0.48, 95, correlation=0.3, beta=0.3,
          contract_type="TRADIFI_PERPETUAL", listed_days=180),
    _coin("AGIXUSDT", 0.3021, "0.0001", "1", 1.0, 0.4, status="SETTLING"),
    _coin("NEWUSDT", 0.08213, "0.00001", "1", 1.9, 65, correlation=0.4, beta=1.2, listed_days=3,
          funding_hours=4, funding_adjusted=True),
    _coin("FLATUSDT", 1.0, "0.0001", "0.1", 0.0, 0.6, correlation=0.0, beta=0.0),
    _coin("BTCUSDT_261225", 77_840.0, "0.1", "0.001", 0.45, 240, correlation=0.92, beta=0.8,
          contract_type="CURRENT_QUARTER", listed_days=150),
)  # fmt: skip

BY_NAME = {
    instrument.symbol: instrument
    for instrument in (
        _coin("ETHBTC", 0.03005, "0.00001", "0.01", 0.42, 0.4, correlation=0.5, beta=0.4,
              open_interest=9_000.0, depth=40.0),
        _coin("BTCUSDC", 76_900.0, "0.1", "0.001", 0.45, 2_100, correlation=0.92, beta=0.8),
        _coin("ETHUSDC", 2_311.0, "0.01", "0.001", 0.62, 1_500, correlation=0.9),
    )
}  # fmt: skip
"""Contracts in other quote assets, listed where they are named."""

CATALOGUE: dict[str, Instrument] = {instrument.symbol: instrument for instrument in _LISTED}

DEFAULT_SYMBOLS: tuple[str, ...] = tuple(CATALOGUE)
"""Every contract listed unless the caller names his own."""


def listed(symbols: Iterable[str] | None) -> dict[str, Instrument]:
    """The instruments of `symbols` (all of the catalogue for None), by name, in that order.

    A symbol the catalogue does not know becomes a mid-sized coin whose price follows from its
    name. An empty name raises ValueError.
    """
    if symbols is None:
        return dict(CATALOGUE)
    known = CATALOGUE | BY_NAME
    return {symbol: known.get(symbol) or _unknown(symbol) for symbol in symbols}


def _unknown(symbol: str) -> Instrument:
    if not symbol:
        raise ValueError("a symbol must not be empty")
    price = round(0.5 + zlib.crc32(symbol.encode()) % 99_000 / 10_000, 4)
    return _coin(symbol, price, "0.0001", "0.1", 0.9, 150)
