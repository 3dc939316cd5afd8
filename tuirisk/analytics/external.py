"""Other people's data as numbers of the state: the best source of each, its age, its rank."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tuirisk.analytics.external_liquidations import outside_liquidations
from tuirisk.analytics.external_rank import rank_of
from tuirisk.events.external import (
    ProviderLevels,
    ProviderSeries,
    ProviderStatus,
    ProviderValue,
    asset_of,
)
from tuirisk.market.external import ExternalData
from tuirisk.state import Missing, Number, SymbolState
from tuirisk.state.codec import iso
from tuirisk.state.external import (
    NO_EXTERNAL,
    NO_PROVIDER,
    NO_SENTIMENT,
    ExchangeFlow,
    External,
    ExternalIndex,
    ImpliedVolatility,
    OutsideMap,
    OutsideValue,
    ProviderState,
    Sentiment,
)

VOLATILITY_SOURCES = ("deribit", "volmex", "binance_options")
FLOW_SOURCES = ("glassnode", "cryptoquant", "coinmetrics", "coinglass")
SENTIMENT_SOURCES = ("fear_greed", "coinglass")
DAY_MS = 86_400_000
MAP_REACH = 0.12
"""How far from the mark price a map of others is kept."""
IMPLIED_DAYS = 30
REALISED_WINDOW = "30"


def external_state(
    data: ExternalData, symbols: Mapping[str, SymbolState], exchange_ms: float
) -> External:
    """What the providers say at ``exchange_ms`` (UTC, ms).

    Premium is implied less realised volatility (close to close, 30 daily bars, annualised with
    365). A value past its budget stays, marked stale, and nothing is derived from it.
    """
    if not data.statuses:
        return NO_EXTERNAL
    now = int(exchange_ms)
    return External(
        implied_volatility=_implied(data, symbols, now),
        exchange_flow=_flows(data, now),
        liquidations=outside_liquidations(data, symbols, now),
        sentiment=_sentiment(data, now),
        indices=_indices(data, now),
        providers=tuple(_provider(status, now) for status in data.statuses.values()),
        values=tuple(_outside_values(data, now)),
        maps={
            asset: _map(levels, _mark(symbols, asset), now)
            for (asset, _), levels in sorted(data.levels.items())
        },
    )


def _map(levels: ProviderLevels, mark: Number, now: int) -> OutsideMap:
    """The levels within :data:`MAP_REACH` of the mark price; none without one."""
    near: tuple[tuple[float, float], ...] = ()
    if not isinstance(mark, Missing):
        low, high = mark * (1 - MAP_REACH), mark * (1 + MAP_REACH)
        near = tuple(level for level in levels.levels if low <= level[0] <= high)
    age = now - levels.time
    stale = age > levels.stale_after_ms
    return OutsideMap(near, float(max(0, age)), levels.provider, stale)


def _mark(symbols: Mapping[str, SymbolState], asset: str) -> Number:
    of_asset = (symbol.price.mark for name, symbol in symbols.items() if asset_of(name) == asset)
    return next(of_asset, NO_PROVIDER)


def why_missing(data: ExternalData, measure: str, asset: str) -> Missing:
    """Why no provider gives ``measure`` of ``asset``: what is wrong with the first that should."""
    statuses = [s for s in data.statuses.values() if (measure, asset) in s.gives]
    for status in statuses:
        needs = dict(status.beyond_plan).get(measure)
        if needs is not None:
            detail = measure.replace("_", " ")
            name = status.provider
            return Missing("provider_plan_too_low", name=name, detail=detail, needs=needs)
        if status.problem is not None:
            return Missing.because(status.problem)
    if statuses:
        return Missing("provider_waiting", name=statuses[0].provider)
    return NO_PROVIDER


def _assets(data: ExternalData, *measures: str) -> list[str]:
    """Assets of which ``measures`` are there or should be, by name."""
    given = {asset for s in data.statuses.values() for m, asset in s.gives if m in measures}
    given |= {key[1] for key in data.values if key[0] in measures}
    return sorted(given | {key[1] for key in data.series if key[0] in measures})


def _best(
    values: Iterable[ProviderValue], order: tuple[str, ...], now: int
) -> ProviderValue | None:
    """The first by freshness, then by the order of its source."""
    ranks = {name: rank for rank, name in enumerate(order)}
    return min(
        values,
        key=lambda v: (_stale(v, now), ranks.get(v.provider, len(ranks))),
        default=None,
    )


def _stale(value: ProviderValue, now: int) -> bool:
    return now - value.time > value.stale_after_ms


def _implied(
    data: ExternalData, symbols: Mapping[str, SymbolState], now: int
) -> dict[str, ImpliedVolatility]:
    return {a: _implied_of(data, symbols, a, now) for a in _assets(data, "implied_volatility")}


def _implied_of(
    data: ExternalData, symbols: Mapping[str, SymbolState], asset: str, now: int
) -> ImpliedVolatility:
    there = [v for k, v in data.values.items() if k[:2] == ("implied_volatility", asset)]
    best = _best((v for v in there if v.tenor_days == IMPLIED_DAYS), VOLATILITY_SOURCES, now)
    realised = _realised(symbols, asset)
    if best is None:
        why = why_missing(data, "implied_volatility", asset)
        return ImpliedVolatility(why, why, why, why, why, why, realised=realised)
    series = data.series.get(("implied_volatility", asset, best.provider))
    term_source, term = _term(there, best.provider, now)
    stale = _stale(best, now)
    late = Missing("provider_stale", name=best.provider)
    return ImpliedVolatility(
        value=best.value,
        rank_1y=late if stale else rank_of(best.value, _year(series)),
        premium=late if stale else best.value - realised,
        time=iso(best.time),
        age_ms=float(max(0, now - best.time)),
        source=best.provider,
        term=term,
        term_source=term_source,
        realised=realised,
        stale=stale,
    )


def _term(
    there: Iterable[ProviderValue], first: str, now: int
) -> tuple[str, tuple[tuple[int, float], ...]]:
    """The horizons of ``first`` where it has several, else of the first provider that has."""
    terms: dict[str, list[tuple[int, float]]] = {}
    for value in there:
        if not _stale(value, now):
            terms.setdefault(value.provider, []).append((value.tenor_days, value.value))
    for name in (first, *VOLATILITY_SOURCES):
        if len(terms.get(name, ())) > 1:
            return name, tuple(sorted(terms[name]))
    return "", ()


def _realised(symbols: Mapping[str, SymbolState], asset: str) -> Number:
    for name, symbol in symbols.items():
        cells = symbol.volatility.cone.get("1d", {})
        if asset_of(name) == asset and REALISED_WINDOW in cells:
            return cells[REALISED_WINDOW].current
    return Missing("no_realised_volatility", name=asset)


def _year(series: ProviderSeries | None) -> list[float]:
    return [] if series is None else [value for _, value in series.rows]


def _flows(data: ExternalData, now: int) -> dict[str, ExchangeFlow]:
    return {asset: _flow_of(data, asset, now) for asset in _assets(data, "net_flow", "net_flow_7d")}


def _flow_of(data: ExternalData, asset: str, now: int) -> ExchangeFlow:
    for name in FLOW_SOURCES:
        series = data.series.get(("net_flow", asset, name))
        # Beside a value of now the days are for its rank alone.
        now_too = any(v.provider == name for v in _values(data, "net_flow", asset))
        if series is not None and series.rows and not now_too:
            return _flow_of_days(series, now)
    one = _best(_values(data, "net_flow", asset), FLOW_SOURCES, now)
    if one is None:
        why = why_missing(data, "net_flow", asset)
        return ExchangeFlow(why, why, why, why, why)
    week = data.values.get(("net_flow_7d", asset, one.venue, 0, one.provider))
    return ExchangeFlow(
        net_1d=one.value,
        net_7d=week.value if week is not None else why_missing(data, "net_flow_7d", asset),
        time=iso(one.time),
        age_ms=float(max(0, now - one.time)),
        source=one.provider,
        rank_1y=rank_of(one.value, _year(data.series.get(("net_flow", asset, one.provider)))),
        stale=_stale(one, now),
    )


def _flow_of_days(series: ProviderSeries, now: int) -> ExchangeFlow:
    """Of complete days, all of one publication: the newest may be revised, and so may they all."""
    rows = series.rows
    start, value = rows[-1]
    week = rows[-7:]
    whole = len(week) == 7 and week[-1][0] - week[0][0] == 6 * DAY_MS
    age = now - start - DAY_MS
    return ExchangeFlow(
        net_1d=value,
        net_7d=sum(v for _, v in week) if whole else Missing("hole_in_provider_days"),
        time=iso(start),
        age_ms=float(max(0, age)),
        source=series.provider,
        rank_1y=rank_of(value, (v for _, v in rows)),
        stale=age > series.stale_after_ms,
    )


def _values(data: ExternalData, measure: str, asset: str) -> list[ProviderValue]:
    return [value for key, value in data.values.items() if key[:2] == (measure, asset)]


def _sentiment(data: ExternalData, now: int) -> Sentiment:
    best = _best(_values(data, "sentiment", ""), SENTIMENT_SOURCES, now)
    if best is None:
        why = why_missing(data, "sentiment", "")
        return NO_SENTIMENT if why is NO_PROVIDER else Sentiment(why, why, why, why, why)
    return Sentiment(
        value=best.value,
        label=best.label or Missing("provider_gives_none", name=best.provider),
        time=iso(best.time),
        source=best.provider,
        age_ms=float(max(0, now - best.time)),
        stale=_stale(best, now),
    )


def _indices(data: ExternalData, now: int) -> dict[str, ExternalIndex]:
    indices = {}
    for asset in _assets(data, "index"):
        best = _best(_values(data, "index", asset), (), now)
        if best is None:
            why = why_missing(data, "index", asset)
            indices[asset] = ExternalIndex(why, why, why, why)
        else:
            age = float(max(0, now - best.time))
            indices[asset] = ExternalIndex(
                best.value, iso(best.time), age, best.provider, _stale(best, now)
            )
    return indices


def _provider(status: ProviderStatus, now: int) -> ProviderState:
    unknown = Missing("provider_waiting", name=status.provider)
    answered = status.answered
    return ProviderState(
        name=status.provider,
        phase=status.phase,
        plan=status.plan,
        resolution_s=unknown if status.resolution_s is None else status.resolution_s,
        lag_s=unknown if status.lag_s is None else status.lag_s,
        answer_age_ms=unknown if answered is None else max(0.0, now - answered / 1e6),
        refused=status.refused,
        problem=status.problem,
    )


def _outside_values(data: ExternalData, now: int) -> Iterable[OutsideValue]:
    for (measure, asset, venue, tenor, provider), value in sorted(data.values.items()):
        yield OutsideValue(
            provider,
            measure,
            asset,
            venue,
            tenor,
            value.value,
            float(max(0, now - value.time)),
            _stale(value, now),
        )
    for (measure, asset, provider), series in sorted(data.series.items()):
        if series.rows and not any(
            k[:2] == (measure, asset) and k[4] == provider for k in data.values
        ):
            start, last = series.rows[-1]
            age = now - start - DAY_MS
            yield OutsideValue(
                provider,
                measure,
                asset,
                "",
                0,
                last,
                float(max(0, age)),
                age > series.stale_after_ms,
            )
    for status in data.statuses.values():
        for measure, asset in status.gives:
            there = (
                any(k[:2] == (measure, asset) and k[4] == status.provider for k in data.values)
                or (measure, asset, status.provider) in data.series
                or measure == "liquidations"
                or (measure == "liquidation_map" and (asset, status.provider) in data.levels)
            )
            if not there:
                why = why_missing(data, measure, asset)
                yield OutsideValue(status.provider, measure, asset, "", 0, why, why, False)
