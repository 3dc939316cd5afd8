"""The rules for values of ``config.toml`` beyond type and range.

Each rule gives ``""`` for a right value, else what is wrong and what would be right. No rule
repeats an address: proxies and webhooks carry passwords and tokens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import isclose
from urllib.parse import urlsplit

from tuirisk.config.model import (
    KNOWN_PROVIDERS,
    Config,
    PositionConfig,
    ProviderConfig,
    RiskConfig,
    ScenarioConfig,
    Thresholds,
    Weights,
)

Mistake = tuple[str, str]
"""(key, what is wrong and what would be right)"""

PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")
LONGEST_QUOTED = 32
"""Longer text is not repeated in an error: a key pasted in the wrong place is a secret still."""

MOST_LISTED = 1_000
"""Symbols, positions, scenarios, conditions of one file."""


def broken_rules(config: Config) -> Iterator[Mistake]:
    """A mistake for every rule that ``config`` breaks."""
    too_many = [*_lengths(config)]
    if too_many:
        return iter(too_many)
    mistakes = [
        *((f"symbols[{i}]", symbol_error(name)) for i, name in enumerate(config.symbols)),
        ("symbols", symbols_error(config.symbols)),
        *_exchange_errors(config),
        *_position_errors(config.positions),
        *_scenario_errors(config.scenarios),
        *_risk_errors(config.risk),
        ("alerts.on_escalation", _command_error(config.alerts.on_escalation)),
        ("alerts.webhook", _http_error(config.alerts.webhook, "https://example.com/hook")),
        ("alerts.heartbeat", _http_error(config.alerts.heartbeat, "https://example.com/beat")),
        ("ui.theme", theme_error(config.ui.theme)),
        *_provider_errors(config.providers),
    ]
    return ((key, text) for key, text in mistakes if text)


def _lengths(config: Config) -> Iterator[Mistake]:
    """The lists that are longer than :data:`MOST_LISTED`."""
    lists: dict[str, Sequence[object]] = {
        "symbols": config.symbols,
        "positions": config.positions,
        "scenarios": config.scenarios,
        "alerts.when": config.alerts.when,
    }
    for key, values in lists.items():
        if len(values) > MOST_LISTED:
            yield key, f"there are {len(values)}; list at most {MOST_LISTED}"


def quoted(value: object) -> str:
    """``value`` for an error message: on one line, and never long enough to be a secret."""
    if isinstance(value, str):
        if len(value) > LONGEST_QUOTED:
            return "this long text"
        return '"' + repr(value)[1:-1] + '"'
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def symbol_error(value: str) -> str:
    """Binance's symbols: upper case, letters (of any script), digits and ``_``."""
    letters = all(c.isalnum() or c == "_" for c in value)
    if not value or len(value) > LONGEST_QUOTED or not letters:
        return f"{quoted(value)} is not a symbol; write one such as BTCUSDT"
    if value != value.upper():
        return f"{quoted(value)} is not in upper case; write {quoted(value.upper())}"
    return ""


def symbols_error(values: Sequence[str]) -> str:
    """What is wrong with a list of symbols; empty when nothing is."""
    if not values:
        return "there is no symbol; name at least one, such as BTCUSDT"
    twice = _first_repeated(values)
    return f"{quoted(twice)} is listed twice; list it once" if twice else ""


def theme_error(value: str) -> str:
    """What is wrong with the name of a theme; empty when nothing is."""
    return "" if value.strip() else "there is no name; name a theme, such as nord"


def _exchange_errors(config: Config) -> Iterator[Mistake]:
    exchange = config.exchange
    stream = "ws://127.0.0.1:9000"
    proxy = "socks5://127.0.0.1:1080"
    yield "exchange.rest_url", _http_error(exchange.rest_url, "http://127.0.0.1:9000")
    yield "exchange.stream_url", _address_error(exchange.stream_url, ("ws", "wss"), stream)
    if not _is_address(exchange.proxy, PROXY_SCHEMES):
        yield "exchange.proxy", _address_error(exchange.proxy, ("http", "socks5"), proxy)


def _http_error(value: str, example: str) -> str:
    return _address_error(value, ("http", "https"), example)


def _address_error(value: str, schemes: tuple[str, ...], example: str) -> str:
    """An address is an empty text, or a URL with one of ``schemes`` and a host."""
    if not value or _is_address(value, schemes):
        return ""
    starts = " or ".join(f"{scheme}://" for scheme in schemes)
    return f"not a valid {starts} address; write one such as {example}"


def _is_address(value: str, schemes: tuple[str, ...]) -> bool:
    if not value.isprintable() or " " in value:
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _position_errors(values: Sequence[PositionConfig]) -> Iterator[Mistake]:
    for i, one in enumerate(values):
        yield f"positions[{i}].symbol", symbol_error(one.symbol)
        if any((one.symbol, one.side) == (other.symbol, other.side) for other in values[:i]):
            name = quoted(one.symbol)
            yield "positions", f"{name} has two {one.side} positions; write them as one"
    wallets = {p.wallet_balance for p in values if p.margin_mode == "cross" and p.wallet_balance}
    if len(wallets) > 1:
        low, high = quoted(min(wallets)), quoted(max(wallets))
        yield (
            "positions",
            f"cross positions share one wallet, but wallet_balance is {low} at one and {high} "
            "at another; write the same at each",
        )


def _provider_errors(values: Mapping[str, ProviderConfig]) -> Iterator[Mistake]:
    for name, table in values.items():
        at = f"providers.{quoted_key(name)}"
        if not (name and len(name) <= LONGEST_QUOTED and re.fullmatch(r"[A-Za-z0-9_-]+", name)):
            yield at, "not a name for a provider; write letters, digits, _ and -"
        elif name in KNOWN_PROVIDERS:
            yield f"{at}.url", _origin_error(table.url, ("http", "https"))
            yield f"{at}.stream_url", _origin_error(table.stream_url, ("ws", "wss"))
            for key in ("path", "unit"):
                if getattr(table, key):
                    yield f"{at}.{key}", f"only a JSON document has one; {name} needs none"
        else:
            if table.enabled:
                yield f"{at}.url", _document_error(name, table.url)
            if table.stream_url:
                yield f"{at}.stream_url", "a JSON document has none; remove it"
        if 0 < table.every < 1:
            yield f"{at}.every", "less than a second; write at least 1, or 0 for its own"


def quoted_key(name: str) -> str:
    """A key in an address; never long enough to be a secret."""
    return name if len(name) <= LONGEST_QUOTED else "(a long key)"


def _origin_error(value: str, schemes: tuple[str, ...]) -> str:
    example = f"{schemes[-1]}://example.com"
    if wrong := _address_error(value, schemes, example):
        return wrong
    parts = urlsplit(value)
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        return f"more than scheme, host and port; write one such as {example}"
    return ""


def _document_error(name: str, value: str) -> str:
    if not value:
        # Imported where it is needed: no right file pays for it.
        from difflib import get_close_matches

        near = next(iter(get_close_matches(name.lower(), KNOWN_PROVIDERS, 1)), "")
        hint = f', or did you mean "{near}"?' if near else ""
        return f"missing; write the whole address of a JSON document{hint}"
    return _http_error(value, "https://example.com/index.json")


def _scenario_errors(values: Sequence[ScenarioConfig]) -> Iterator[Mistake]:
    for i, name in enumerate(scenario.name for scenario in values):
        if not (name.strip() and name.isprintable() and len(name) <= LONGEST_QUOTED):
            text = f"not a name for a scenario; write one of at most {LONGEST_QUOTED} characters"
            yield f"scenarios[{i}].name", text
    if twice := _first_repeated([scenario.name for scenario in values]):
        yield "scenarios", f"two are named {quoted(twice)}; give each a name of its own"


def _risk_errors(risk: RiskConfig) -> Iterator[Mistake]:
    thresholds = risk.thresholds
    yield "risk.weights", _weights_error(risk.weights)
    yield "risk.thresholds", _crossed(thresholds, "no_new_positions", "reduce_or_hedge")
    yield "risk.thresholds", _crossed(thresholds, "slippage_medium", "slippage_high")
    yield "risk.windows", _ascending_error(risk.windows)
    yield "risk.impact_ladder", _ascending_error(risk.impact_ladder)
    yield "risk", _crossed(risk, "neutral_rate_8h", "extreme_rate_8h")
    yield "risk.leverage_mix", _leverage_mix_error(risk.leverage_mix)


def _weights_error(value: Weights) -> str:
    if value.market + value.liquidity + value.funding + value.correlation > 0:
        return ""
    return "every weight is 0; give at least one component a weight above 0"


def _crossed(table: Thresholds | RiskConfig, lower: str, upper: str) -> str:
    low, high = getattr(table, lower), getattr(table, upper)
    if low <= high:
        return ""
    return (
        f"{lower} ({quoted(low)}) is above {upper} ({quoted(high)}); "
        "lower the one or raise the other"
    )


def _ascending_error(values: Sequence[float]) -> str:
    if not values:
        return "the list is empty; give at least one number"
    for before, after in pairwise(values):
        if after <= before:
            return (
                f"{quoted(after)} comes after {quoted(before)}; "
                "write each number once, smallest first"
            )
    return ""


def _leverage_mix_error(value: Mapping[str, float]) -> str:
    for leverage in value:
        if not (leverage.isascii() and leverage.isdigit() and not leverage.startswith("0")):
            return f"{quoted(leverage)} is not a leverage; write a whole number, such as 20 = 0.25"
    total = sum(value.values())
    if not isclose(total, 1.0, abs_tol=0.001):
        return f"the shares add up to {total:g}; make them add up to 1"
    return ""


def _command_error(values: Sequence[str]) -> str:
    if values and not values[0].strip():
        return 'the command is empty; write [] for none, or e.g. ["notify-send", "tuirisk"]'
    return ""


def _first_repeated(values: Sequence[str]) -> str:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            return value
        seen.add(value)
    return ""
