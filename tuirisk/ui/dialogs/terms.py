"""The numbers of a panel as the help explains them: label, current value, meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from tuirisk.state import DataFamily, Missing, SymbolState
from tuirisk.ui.render import format as fmt
from tuirisk.ui.view.view import View


class Subject(NamedTuple):
    """What the panel shows: the view, the chosen symbol, and texts that only the panel knows."""

    view: View
    symbol: SymbolState | None
    own: Mapping[str, str]


Shown = str | Missing | None
"""A value as text; why there is none; None where the panel does not show the number at all."""
Find = Callable[[Subject], Shown]
Write = Callable[[Any, Subject], str]


class Term(NamedTuple):
    """One number of a panel."""

    label: str
    """Keys of its label in the locale: those of one label after a blank, of others after ``|``."""
    meaning: str
    """Its key in the glossary."""
    find: Find
    families: tuple[DataFamily, ...] = ()
    """What it is made from; past its age limit the value is marked."""


FAMILIES: dict[str, tuple[DataFamily, ...]] = {
    "liquidity": ("depth",),
    "funding": ("mark", "funding"),
    "open_interest": ("open_interest",),
    "flow": ("flow",),
    "volatility": ("candles",),
    "forecast": ("candles",),
    "drawdown": ("candles",),
    "timeframes": ("candles",),
    "performance": ("candles",),
    "value_at_risk": ("candles",),
    "position": ("mark", "account"),
    "stress": ("mark", "account"),
    "price": ("candles",),
}
"""Part of the symbol's state → the families of data that it rests on."""


def term(label: str, path: str, write: Write, meaning: str = "") -> Term:
    """The number at ``path`` of the symbol; ``meaning`` where that is not its key."""
    root = path.partition(".")[0]
    families = ("mark",) if path in ("price.mark", "price.index") else FAMILIES.get(root, ())
    return Term(label, meaning or path, at(path, write), families)


def terms(label: str, meaning: str, write: Write, **paths: str) -> Term:
    """Several numbers of the symbol in one row, each after its name."""
    found = [(name.strip("_"), at(path, write)) for name, path in paths.items()]
    root = next(iter(paths.values())).partition(".")[0]
    return Term(label, meaning, _joined(found), FAMILIES.get(root, ()))


def of_account(label: str, path: str, write: Write, meaning: str = "") -> Term:
    """The number at ``path`` of the account."""
    return Term(label, meaning or f"account.{path}", at(f"@account.{path}", write))


def own(label: str, meaning: str, name: str) -> Term:
    """A text that the panel itself tells under ``name``."""
    return Term(label, meaning, lambda subject: subject.own.get(name))


def at(path: str, write: Write) -> Find:
    """The number at a dotted path of the symbol, of the state where it begins with ``@``."""

    def find(subject: Subject) -> Shown:
        from_state = path.startswith("@")
        value = _walked(subject.view.state if from_state else subject.symbol, path.lstrip("@"))
        return value if value is None or isinstance(value, Missing) else write(value, subject)

    return find


def _walked(value: Any, path: str) -> Any:
    """What is at a dotted path of attributes and keys; None where a step is not there."""
    for name in path.split("."):
        if value is None or isinstance(value, Missing):
            return value
        value = value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)
    return value


def _joined(found: list[tuple[str, Find]]) -> Find:
    def find(subject: Subject) -> Shown:
        values = [(name, one(subject)) for name, one in found]
        texts = [f"{name} {text}" for name, text in values if isinstance(text, str)]
        if texts:
            return ", ".join(texts)
        return next((value for _, value in values if value is not None), None)

    return find


# How values are written.


def price(value: float, subject: Subject) -> str:
    """To the symbol's tick."""
    return fmt.price(value, 0.0 if subject.symbol is None else subject.symbol.tick_size)


def cents(value: float, subject: Subject) -> str:
    """Money to the cent."""
    return fmt.price(value, 0.01)


def money(value: float, subject: Subject) -> str:
    """In three significant digits."""
    return fmt.compact(value)


def gain(value: float, subject: Subject) -> str:
    """Money with its sign."""
    return fmt.compact(value, signed=True)


def received(value: float, subject: Subject) -> str:
    """What the state counts as paid, with the sign of who receives it."""
    return fmt.compact(-value, signed=True)


def percent(value: float, subject: Subject) -> str:
    """A fraction."""
    return fmt.percent(value, 1)


def change(value: float, subject: Subject) -> str:
    """A fraction with its sign."""
    return fmt.percent(value, 2, signed=True)


def rate(value: float, subject: Subject) -> str:
    """A funding rate."""
    return fmt.percent(value, 4, signed=True)


def chance(value: float, subject: Subject) -> str:
    """A probability."""
    return fmt.chance(value)


def bps(value: float, subject: Subject) -> str:
    """A fraction in basis points."""
    return f"{fmt.slippage_bps(value)} bp"


def basis_points(value: float, subject: Subject) -> str:
    """A number that is in basis points."""
    return f"{fmt.basis_points(value)} bp"


def points(value: float, subject: Subject) -> str:
    """A score or a rank."""
    return fmt.score(value)


def ratio(value: float, subject: Subject) -> str:
    """A plain number."""
    return fmt.decimal(value)


def signed(value: float, subject: Subject) -> str:
    """A plain number with its sign."""
    return fmt.decimal(value, signed=True)


def sigmas(value: float, subject: Subject) -> str:
    """In standard deviations."""
    return f"{fmt.decimal(value, 1)}σ"


def leverage(value: float, subject: Subject) -> str:
    """A leverage."""
    return fmt.leverage(value)


def age(value: float, subject: Subject) -> str:
    """Milliseconds as an age."""
    return fmt.age(value)


def since(value: str, subject: Subject) -> str:
    """How long ago a moment was."""
    return fmt.since(value, subject.view.time_ms)


def until(value: str, subject: Subject) -> str:
    """How long it is to a moment."""
    return fmt.countdown(value, subject.view.time_ms)


def count(value: int, subject: Subject) -> str:
    """A whole number."""
    return f"{value:,}"


def plain(value: object, subject: Subject) -> str:
    """Text as it is."""
    return str(value)


def word(family: str) -> Write:
    """The word of a code."""

    def write(value: object, subject: Subject) -> str:
        key = f"{family}.{value}" if "." not in family else f"{family}_{value}"
        words = subject.view.words
        return words(key) if words.has(key) else str(value).replace("_", " ")

    return write


def yes_or_no(value: bool, subject: Subject) -> str:
    """Whether it is so."""
    return subject.view.words("explain.yes" if value else "explain.no")
