"""A number in a line of text."""

from __future__ import annotations

from tuirisk.state import Missing, Number


def number_text(value: Number, form: str, unit: str = "") -> str:
    """A number by its format specification, with its unit; a hyphen where it is missing."""
    return "-" if isinstance(value, Missing) else f"{value:{form}}{unit}"
