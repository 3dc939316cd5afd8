"""What the help explains of each panel, and how a number is written there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rich.cells import cell_len

from tuirisk.language.glossary import glossary
from tuirisk.language.words import Words
from tuirisk.state import Missing
from tuirisk.ui.dialogs import account_terms, dashboard_terms, tab_terms
from tuirisk.ui.dialogs.terms import Subject, Term
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render import glyphs
from tuirisk.ui.render.rows import Line, Row, wrap
from tuirisk.ui.view.view import View

PLACEHOLDER = re.compile(r"\s*\{\w+\}")


class Topic(NamedTuple):
    """A panel: the key of its title, and its numbers in the order of the screen."""

    title: str
    terms: tuple[Term, ...]


TOPICS: dict[str, Topic] = {
    "watchlist": Topic("help.watchlist", dashboard_terms.WATCHLIST),
    "depth": Topic("depth.title", dashboard_terms.DEPTH),
    "impact": Topic("impact.title", dashboard_terms.IMPACT),
    "detail": Topic("detail.title", dashboard_terms.DETAIL),
    "log": Topic("log.title", dashboard_terms.LOG),
    "market": Topic("tab.market", tab_terms.MARKET),
    "liquidity": Topic("tab.liquidity", tab_terms.LIQUIDITY),
    "funding": Topic("tab.funding", tab_terms.FUNDING),
    "flow": Topic("tab.flow", tab_terms.FLOW),
    "leverage": Topic("tab.leverage", tab_terms.LEVERAGE),
    "stress": Topic("tab.stress", tab_terms.STRESS),
    "why": Topic("tab.why", tab_terms.WHY),
    "outside": Topic("tab.outside", tab_terms.OUTSIDE),
    "history": Topic("tab.history", tab_terms.HISTORY),
    "account": Topic("account.title", account_terms.ACCOUNT),
    "radar": Topic("radar.title", account_terms.RADAR),
}
"""By the ``help_topic`` of the panel that has the focus."""


def label_of(words: Words, keys: str) -> str:
    """The label of a term as its panel writes it."""
    labels = (
        " ".join(PLACEHOLDER.sub("", words(key)).strip() for key in one.split())
        for one in keys.split("|")
    )
    return " / ".join(dict.fromkeys(labels))


def explained(view: View, topic: str, own: Mapping[str, str], width: int) -> Iterator[Line]:
    """One paragraph a number that the panel shows: its label, its value now, what it means."""
    subject = _subject(view, topic, own)
    sentences = glossary(view.words.language)
    for term in TOPICS[topic].terms:
        value = term.find(subject)
        if value is None:
            continue
        label = label_of(view.words, term.label)
        if topic == "account" and term.meaning.partition(".")[0] in ("position", "price"):
            label = f"{_name(view, topic)} {label}"
        sentence = sentences[term.meaning]
        if isinstance(value, Missing):
            yield from _paragraph(label, fmt.DASH, sentence, view.words.reason(value), width)
            continue
        late = view.lost or _late(view, subject, term)
        yield from _paragraph(label, value + (glyphs.STALE if late else ""), sentence, "", width)


def _subject(view: View, topic: str, own: Mapping[str, str]) -> Subject:
    return Subject(view, view.symbol(_name(view, topic)), own)


def _name(view: View, topic: str) -> str:
    """The chosen symbol; of the account the most dangerous one that is held."""
    if topic == "account" and view.state is not None and not view.holds(view.chosen):
        return next((one for one in view.state.danger_order if view.holds(one)), view.chosen)
    return view.chosen


def _late(view: View, subject: Subject, term: Term) -> bool:
    account = None if view.state is None else view.state.account
    if term.meaning.startswith("account."):
        return account is not None and account.stale
    if subject.symbol is None or not term.families:
        return False
    return view.stale(subject.symbol, *term.families)


def _paragraph(label: str, value: str, sentence: str, reason: str, width: int) -> Iterator[Line]:
    """``micro 76,951.29: Mid price …``, broken between words."""
    head = f"{label} {value}: "
    text = f"{head}{sentence}" + (f" {fmt.DASH} {reason}" if reason else "")
    first, *rest = wrap(text, width - 3, len(text)) or [""]
    row = Row(width).add(" ")
    if cell_len(head.rstrip()) <= cell_len(first) and first.startswith(head.rstrip()):
        row.add(label, "key").add(" ").add(value, "strong" if value != fmt.DASH else "quiet")
        row.add(first[len(label) + 1 + len(value) :])
    else:
        row.add(first, "strong")
    yield row.line()
    for part in rest:
        yield Row(width).add("   ").add(part).line()
