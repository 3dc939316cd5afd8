"""Values of the numbers of the symbol view's tabs, where one field of the state is not all."""

from __future__ import annotations

from tuirisk.state import Missing, Number
from tuirisk.ui.dialogs.terms import Find, Shown, Subject, change, gain, yes_or_no
from tuirisk.ui.render import format as fmt


def exceptions(record: str) -> Find:
    """Days beyond the forecast and days judged."""

    def find(subject: Subject) -> Shown:
        if subject.symbol is None:
            return None
        part = getattr(subject.symbol.value_at_risk, record)
        if isinstance(part.exceptions, Missing):
            return part.exceptions
        return f"{part.exceptions}/{part.observations}"

    return find


def pair(field: str) -> Find:
    """A figure of the pairs of timeframes, as the table has them."""

    def find(subject: Subject) -> Shown:
        if subject.symbol is None:
            return None
        part = subject.symbol.timeframes
        matrix, texts = getattr(part, field), []
        if isinstance(matrix, Missing):
            return matrix
        for i, long in enumerate(part.labels):
            for j, short in enumerate(part.labels[:i]):
                value: Number = matrix[i][j]
                if not isinstance(value, Missing):
                    texts.append(f"{short}/{long} {fmt.decimal(value)}")
        return ", ".join(texts) or None

    return find


def with_others(subject: Subject) -> Shown:
    """The correlation of the symbol with the others of the watchlist."""
    state = subject.view.state
    if state is None or subject.view.chosen not in state.watchlist.symbols:
        return None
    matrix, names = state.watchlist.correlation, state.watchlist.symbols
    if isinstance(matrix, Missing):
        return matrix
    row = matrix[names.index(subject.view.chosen)]
    texts = [
        f"{name} {fmt.decimal(value)}"
        for name, value in zip(names, row, strict=True)
        if name != subject.view.chosen and not isinstance(value, Missing)
    ]
    return ", ".join(texts[:3]) or None


def cluster(subject: Subject) -> Shown:
    """The nearest modelled price on either side of the mark."""
    symbol = subject.symbol
    if symbol is None or isinstance(symbol.price.mark, Missing):
        return None
    clusters, mark = symbol.liquidations.clusters, symbol.price.mark
    if isinstance(clusters, Missing):
        return clusters
    if not clusters:
        return None
    nearest = min(clusters, key=lambda one: abs(one.price - mark))
    return fmt.price(nearest.price, symbol.tick_size)


def adl(subject: Subject) -> Shown:
    """The rank, where the exchange tells it."""
    position = None if subject.symbol is None else subject.symbol.position
    if position is None or isinstance(position.adl, Missing):
        return None
    return subject.view.words("symbol.adl_rank", rank=position.adl)


def stop(subject: Subject) -> Shown:
    """The nearest stop, where the exchange tells it."""
    position = None if subject.symbol is None else subject.symbol.position
    if subject.symbol is None or position is None or isinstance(position.stops, Missing):
        return None
    limits = [one.trigger for one in position.stops if one.limits_loss]
    prices = [one for one in limits if not isinstance(one, Missing)]
    if not prices:
        return subject.view.words("detail.no_stop")
    nearest = max(prices) if position.side == "long" else min(prices)
    return fmt.price(nearest, subject.symbol.tick_size)


def told(path: str) -> Find:
    """A figure that only the exchange knows, where it told it."""

    def find(subject: Subject) -> Shown:
        position = None if subject.symbol is None else subject.symbol.position
        value = Missing("not_applicable") if position is None else getattr(position, path)
        return None if isinstance(value, Missing) else fmt.compact(value, signed=True)

    return find


def tier(subject: Subject) -> Shown:
    """The lowest bracket."""
    tiers = () if subject.symbol is None else subject.symbol.brackets.tiers
    if not tiers:
        return None
    first = tiers[0]
    return f"{fmt.compact(first.cap)} {fmt.multiple(first.max_leverage)} {fmt.percent(first.rate)}"


def scenario(field: str) -> Find:
    """A figure of the worst scenario."""

    def find(subject: Subject) -> Shown:
        stress = None if subject.symbol is None else subject.symbol.stress
        if stress is None:
            return None
        known = {one.pnl: one for one in stress.scenarios if not isinstance(one.pnl, Missing)}
        if not known:
            return None
        worst = known[min(known)]
        value = getattr(worst, field)
        if isinstance(value, Missing):
            return value
        if field == "liquidated":
            return yes_or_no(value, subject)
        shown = change(value, subject) if field == "price" else gain(value, subject)
        return f"{worst.name} {shown}"

    return find


def horizon(field: str) -> Find:
    """A figure of both horizons."""

    def find(subject: Subject) -> Shown:
        stress = None if subject.symbol is None else subject.symbol.stress
        if stress is None:
            return None
        values = [(name, getattr(one, field)) for name, one in stress.horizons.items()]
        texts = [f"{n} {fmt.compact(v)}" for n, v in values if not isinstance(v, Missing)]
        return ", ".join(texts) or next((value for _, value in values), None)

    return find


def quantiles(subject: Subject) -> Shown:
    """The quantiles of 24 hours."""
    stress = None if subject.symbol is None else subject.symbol.stress
    if stress is None or not stress.horizons:
        return None
    first = next(iter(stress.horizons.values())).quantiles
    texts = [
        f"{float(name):.0%} {fmt.compact(value, signed=True)}"
        for name, value in first.items()
        if not isinstance(value, Missing)
    ]
    return ", ".join(texts) or None


def models(subject: Subject) -> Shown:
    """P(liquidation) within 24 h by model."""
    stress = None if subject.symbol is None else subject.symbol.stress
    if stress is None:
        return None
    words = subject.view.words
    return ", ".join(
        f"{words(f'symbol.model_{name}')} {fmt.chance(one.p_liquidation_24h)}"
        for name, one in stress.models.items()
        if words.has(f"symbol.model_{name}")
    ) or None  # fmt: skip


def raw_rank(subject: Subject) -> Shown:
    """The share of past hours with a lower score."""
    if subject.symbol is None:
        return None
    rank = subject.symbol.score.raw_rank
    return rank if isinstance(rank, Missing) else fmt.percent(rank / 100, 0)


def weights(subject: Subject) -> Shown:
    """The weights of the components."""
    if subject.symbol is None:
        return None
    words = subject.view.words
    shares = subject.symbol.score.weights.items()
    return ", ".join(f"{words(f'component.{name}')} {share:g}" for name, share in shares)


def diverging(subject: Subject) -> Shown:
    """The strongest divergence of timeframes."""
    if subject.symbol is None or not subject.symbol.timeframes.divergence:
        return None
    one = max(subject.symbol.timeframes.divergence, key=lambda each: each.strength)
    return f"{'/'.join(one.pair)} {fmt.percent(one.strength, 0)}"


def last_settled(subject: Subject) -> Shown:
    """The rate that was settled last."""
    history = () if subject.symbol is None else subject.symbol.funding.history
    return fmt.percent(history[-1][1], 4, signed=True) if history else None


def mean_correlation(subject: Subject) -> Shown:
    """Of the watchlist."""
    if subject.view.state is None:
        return None
    value = subject.view.state.watchlist.mean_correlation
    return value if isinstance(value, Missing) else fmt.decimal(value)
