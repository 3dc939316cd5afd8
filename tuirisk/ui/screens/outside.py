"""The tab Outside: other people's data, each number with its source, age, unit and plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tuirisk.state import External, Missing, Number, OutsideValue, ProviderState
from tuirisk.state.number import ratio
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Line, Span, blank
from tuirisk.ui.screens.implied import implied_block
from tuirisk.ui.screens.layout import (
    Page,
    fact_rows,
    heading,
    in_columns,
    missing_reason,
    paragraph,
    table,
)
from tuirisk.ui.screens.outside_map import outside_map
from tuirisk.ui.widgets import cells
from tuirisk.ui.widgets.cells import ValueCell

PERCENT = ("implied_volatility",)
RATES = ("funding_rate_8h",)
MONEY = ("open_interest", "liquidated_long_1d", "liquidated_short_1d")
PRICES = ("max_pain_longs", "max_pain_shorts")
COINS = ("net_flow", "net_flow_7d", "exchange_balance")


def draw(page: Page, height: int) -> list[Line]:
    """The whole tab; what is below ``height`` rows is reached by scrolling."""
    external = page.view.state.external if page.view.state is not None else None
    if external is None or not external.providers:
        return [
            heading(page, page.words("outside")),
            *paragraph(page, page.words("no_providers"), limit=4),
        ]
    space = [blank(page.width)]
    return [
        *in_columns(
            page,
            44,
            implied_block,
            _flow_and_sentiment,
            _liquidations,
            _elsewhere,
            *([outside_map] if external.map_of(page.view.chosen) is not None else []),
        ),
        *space,
        *_values(page, external),
        *space,
        *_providers(page, external),
    ]


def _external(page: Page) -> External:
    assert page.view.state is not None
    return page.view.state.external


def _flow_and_sentiment(page: Page) -> list[Line]:
    external = _external(page)
    flow, mood = external.flow_of(page.view.chosen), external.sentiment
    lines = [heading(page, page.words("outside_flow"))]
    if flow is not None:
        rows = [
            (page.words("net_1d"), [_cell(flow.net_1d, _compact(flow.net_1d), flow.stale)]),
            (page.words("net_7d"), [_cell(flow.net_7d, _compact(flow.net_7d), flow.stale)]),
            (page.words("rank_1y"), [_cell(flow.rank_1y, fmt.score(flow.rank_1y), flow.stale)]),
            (page.words("source"), [_source(page, flow.source, flow.age_ms)]),
        ]
        lines += fact_rows(page, rows)
        lines += missing_reason(page, flow.net_1d, limit=2)
    if not isinstance(mood.value, Missing):
        label = "" if isinstance(mood.label, Missing) else f" {mood.label}"
        shown = _cell(mood.value, fmt.score(mood.value) + label, mood.stale)
        rows = [
            (page.words("sentiment"), [shown]),
            (page.words("source"), [_source(page, mood.source, mood.age_ms)]),
        ]
        lines += fact_rows(page, rows)
    if len(lines) == 1:
        lines += paragraph(page, page.words("nothing_given"))
    return lines


def _liquidations(page: Page) -> list[Line]:
    """Of the last hour: Binance's sample beside what the others say, and how much that is."""
    outside, own = _external(page).liquidations_of(page.view.chosen), page.symbol.liquidations
    kind = ""
    if outside is not None:
        kind = page.words("complete" if outside.complete else "not_complete")
    lines = [heading(page, page.words("outside_liquidations"), Span(kind, "quiet"))]
    rows = [(page.words("binance_sample"), _sides(own.short_1h, own.long_1h))]
    if outside is not None:
        rows.append((page.words("outside_sum"), _sides(outside.short_1h, outside.long_1h)))
    words = page.view.words
    lines += table(page, ("1h", words("side.short"), words("side.long")), rows)
    if outside is None:
        return [*lines, *paragraph(page, page.words("nothing_given"))]
    facts = [(page.words("source"), [_source(page, outside.source, outside.age_ms)])]
    if not isinstance(outside.day, Missing):
        rank = page.words("day_rank", value=fmt.score(outside.day_rank_1y))
        cell = cells.value_cell(outside.day, f"{fmt.compact(outside.day)} {rank}", False, "text")
        facts.append((page.words("last_day"), [cell]))
    return [*lines, *fact_rows(page, facts), *missing_reason(page, outside.long_1h)]


def _sides(short: Number, long: Number) -> list[ValueCell]:
    return [
        cells.value_cell(short, fmt.compact(short), False, "up" if short else "quiet"),
        cells.value_cell(long, fmt.compact(long), False, "down" if long else "quiet"),
    ]


def _elsewhere(page: Page) -> list[Line]:
    """Funding and open interest of other exchanges beside Binance's."""
    external, symbol = _external(page), page.symbol
    rates = _by_venue(external.venues_of(page.view.chosen, "funding_rate_8h"))
    interests = _by_venue(external.venues_of(page.view.chosen, "open_interest"))
    lines = [heading(page, page.words("outside_venues"))]
    if not rates and not interests:
        return [*lines, *paragraph(page, page.words("nothing_given"))]
    own_rate, own = symbol.funding.rate_8h, symbol.open_interest.value
    every = interests.get("All")
    whole: Number = Missing("no_provider") if every is None else every.value
    rows = [
        (
            page.words("here"),
            [
                cells.value_cell(own_rate, fmt.percent(own_rate, 4), False, "text"),
                ValueCell("", "quiet"),
                cells.value_cell(own, fmt.compact(own), False, "text"),
                _share(own, whole, every is not None and every.stale),
            ],
        )
    ]
    for venue in dict.fromkeys((*rates, *interests)):
        if venue == "Binance":
            continue
        rate: Number = rates[venue].value if venue in rates else Missing("no_provider")
        interest: Number = interests[venue].value if venue in interests else Missing("no_provider")
        stale = any(v.stale for v in (rates.get(venue), interests.get(venue)) if v is not None)
        spread = rate - own_rate
        rows.append(
            (
                venue,
                [
                    _cell(rate, fmt.percent(rate, 4), stale),
                    _cell(spread, fmt.percent(spread, 4, signed=True), stale),
                    _cell(interest, fmt.compact(interest), stale),
                    _share(interest, whole, stale or (every is not None and every.stale)),
                ],
            )
        )
    keys = ("rate_8h", "spread_to_here", "outside_interest", "share")
    head = ("", *map(page.words, keys))
    return [*lines, *table(page, head, rows)]


def _by_venue(values: Iterable[OutsideValue]) -> dict[str, OutsideValue]:
    """One value an exchange: a fresh one, of the exchange itself where it gives it."""
    best: dict[str, OutsideValue] = {}
    for value in values:
        known = best.get(value.venue)
        if known is None or _preference(value) < _preference(known):
            best[value.venue] = value
    return best


def _preference(value: OutsideValue) -> tuple[bool, bool]:
    return value.stale, value.provider != value.venue.lower()


def _share(interest: Number, whole: Number, stale: bool) -> ValueCell:
    """Of the open interest of all exchanges."""
    share = ratio(interest, whole, Missing("no_provider"))
    return _cell(share, fmt.percent(share, 0), stale)


def _values(page: Page, external: External) -> list[Line]:
    """Every number as its provider gives it."""
    plans = {provider.name: provider.plan for provider in external.providers}
    head = (
        page.words("value_of"),
        *(page.words(key) for key in ("value", "unit", "value_age", "source", "plan")),
    )
    rows = [
        (
            _name(page, value),
            [
                _cell(value.value, _shown(value), value.stale),
                ValueCell(page.words(f"unit_{_unit(value.measure)}"), "quiet"),
                cells.value_cell(value.age_ms, fmt.age(value.age_ms), value.stale, "quiet"),
                ValueCell(value.provider, "quiet"),
                ValueCell(_plan(page, value, plans.get(value.provider, "")), "quiet"),
            ],
        )
        for value in external.values
    ]
    title = heading(page, page.words("outside_values"))
    return [title, *table(page, head, rows)] if rows else [title]


def _providers(page: Page, external: External) -> list[Line]:
    lines = [heading(page, page.words("outside_providers"))]
    for provider in external.providers:
        lines += fact_rows(page, [(provider.name, list(_fares(page, provider)))])
        if provider.problem is not None:
            lines += paragraph(page, page.view.words.reason(provider.problem), "caution")
    return lines


def _fares(page: Page, provider: ProviderState) -> Iterator[ValueCell]:
    role = {"live": "ok", "failing": "caution"}.get(provider.phase, "unknown")
    yield ValueCell(page.words(f"phase_{provider.phase}"), role)
    yield ValueCell(provider.plan or page.words("plan_unknown"), "quiet")
    if not isinstance(provider.answer_age_ms, Missing):
        yield ValueCell(page.words("answered", age=fmt.age(provider.answer_age_ms)), "quiet")
    if provider.refused:
        yield ValueCell(page.words("values_refused", count=provider.refused), "caution")


def _plan(page: Page, value: OutsideValue, plan: str) -> str:
    """The plan, and where that does not have the number the one that does."""
    missing = value.value
    if isinstance(missing, Missing) and missing.code == "provider_plan_too_low":
        return page.words("plan_needed", plan=plan, needs=dict(missing.args)["needs"])
    return plan or fmt.DASH


def _name(page: Page, value: OutsideValue) -> str:
    parts = [value.asset, page.words(f"measure_{value.measure}"), value.venue]
    if value.tenor_days:
        parts.append(page.words("tenor", days=value.tenor_days))
    return " ".join(part for part in parts if part)


def _unit(measure: str) -> str:
    if measure in PERCENT:
        return "a_year"
    if measure in RATES:
        return "per_8h"
    if measure in (*MONEY, *PRICES):
        return "usd"
    if measure in COINS:
        return "coins"
    return "points" if measure == "sentiment" else "none"


def _shown(value: OutsideValue) -> str:
    unit = _unit(value.measure)
    if unit in ("a_year", "per_8h"):
        return fmt.percent(value.value, 1 if unit == "a_year" else 4)
    if unit == "points":
        return fmt.score(value.value)
    if value.measure in PRICES:
        return fmt.price(value.value)
    return fmt.compact(value.value, signed=value.measure.startswith("net_flow"))


def _compact(value: Number) -> str:
    return fmt.compact(value, signed=True)


def _cell(value: object, text: str, stale: bool) -> ValueCell:
    return cells.value_cell(value, text, stale, "text")


def _source(page: Page, source: object, age_ms: Number) -> ValueCell:
    name = fmt.DASH if isinstance(source, Missing) else str(source)
    age = "" if isinstance(age_ms, Missing) else " " + page.words("age", value=fmt.age(age_ms))
    return ValueCell(name + age, "quiet")
