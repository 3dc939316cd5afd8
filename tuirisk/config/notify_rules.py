"""The rules for ``[[notify]]``. None repeats an address: it is a secret as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from string import Formatter

from tuirisk.config.alert_model import NotifyConfig
from tuirisk.config.quiet_hours import quiet_hours
from tuirisk.config.rules import Mistake, quoted

TEMPLATE_FIELDS = (
    "text",
    "level",
    "symbol",
    "symbols",
    "event",
    "kind",
    "before",
    "after",
    "cause",
    "rule",
    "component",
    "recommendation",
    "score",
    "mark",
    "price",
    "quantity",
    "pnl",
    "count",
    "repeat",
    "time",
    "source",
)
"""What a template can name between braces."""
_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^\s/?#]\S*")


def notify_errors(values: Sequence[NotifyConfig]) -> Iterator[Mistake]:
    """A mistake for every rule that a way of notification breaks."""
    for place, one in enumerate(values):
        at = f"notify[{place}]"
        if not (one.url.isprintable() and _ADDRESS.fullmatch(one.url)):
            yield f"{at}.url", "not an address of apprise; write one such as ntfy://my-topic"
        try:
            quiet_hours(one.quiet_hours)
        except ValueError as error:
            example = 'write e.g. "23:00-07:00" or "23:00-07:00 Europe/Berlin"'
            yield f"{at}.quiet_hours", f"{quoted(one.quiet_hours)}: {error}; {example}"
        if wrong := template_error(one.template):
            yield f"{at}.template", wrong


def template_error(text: str) -> str:
    """What is wrong with a template; empty when nothing is."""
    if not text.replace("\n", "").isprintable():
        return f"{quoted(text)} has a character that is not shown; leave it out"
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        return "a brace stands alone; write {text}, or {{ for the brace itself"
    for _, name, form, conversion in parts:
        if name is not None and (name not in TEMPLATE_FIELDS or form or conversion):
            fields = ", ".join(f"{{{field}}}" for field in TEMPLATE_FIELDS)
            return f"{quoted('{' + name + '}')} is no field; the fields are {fields}"
    return ""
