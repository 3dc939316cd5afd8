"""Positions in a CSV file, its columns named as the keys of ``[[positions]]``."""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path

from tuirisk.config.convert import convert
from tuirisk.config.model import ConfigError, PositionConfig
from tuirisk.config.rules import MOST_LISTED, quoted
from tuirisk.foreign.files import open_given

MOST_BYTES = 1 << 20
KEYS = tuple(field.name for field in dataclasses.fields(PositionConfig))
NEEDED = ("symbol", "side", "quantity", "entry_price")
TEXTS = ("symbol", "side", "margin_mode")


def read_positions(path: Path) -> tuple[tuple[PositionConfig, ...], str]:
    """The positions of the file, and one line on what of it was left out, "" when nothing was.

    Raises:
        ConfigError: nothing of the file can be used; one line says why.
    """
    try:
        with open_given(path.expanduser()) as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise ConfigError(f"{path}: cannot be read ({reason})") from None
    if len(data) > MOST_BYTES:
        raise ConfigError(f"{path}: has more than {MOST_BYTES >> 20} MiB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not UTF-8; save the file as UTF-8") from None
    return parse_positions(text, path.name)


def parse_positions(text: str, name: str) -> tuple[tuple[PositionConfig, ...], str]:
    """As :func:`read_positions`, of the content; ``name`` is that of the file in messages."""
    rows = csv.reader(text.splitlines())
    try:
        lines = [(rows.line_num, row) for row in rows if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise ConfigError(f"{name}: not CSV ({error})") from None
    header = [cell.strip().lower() for cell in lines[0][1]] if lines else []
    for separator, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if len(header) == 1 and separator in header[0]:
            raise ConfigError(f"{name}: separated by {word}; separate the columns by commas")
    if len(lines) > MOST_LISTED + 1:
        raise ConfigError(f"{name}: has more than {MOST_LISTED} positions")
    missing = [key for key in NEEDED if key not in header]
    if missing:
        raise ConfigError(f"{name}: no column {missing[0]}; the first line names the columns")
    unknown = [key for key in header if key not in KEYS]
    wrong = [f"unknown column {quoted(unknown[0])}"] if unknown else []
    found: dict[tuple[str, str], PositionConfig] = {}
    for number, row in lines[1:]:
        try:
            position = _position(header, row)
        except ConfigError as error:
            wrong.append(f"line {number}: {error}")
        else:
            found[position.symbol, position.side] = position
    more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
    problem = f"{name}: {wrong[0]}{more}" if wrong else ""
    if not found:
        raise ConfigError(problem or f"{name}: no position below the header")
    return tuple(found.values()), problem


def _position(header: list[str], row: list[str]) -> PositionConfig:
    """A row's position.

    Raises:
        ConfigError: it has a mistake; the text names the column.
    """
    if len(row) > len(header):
        raise ConfigError("more values than columns; write 1000.5 for 1,000.5")
    table: dict[str, object] = {}
    for key, cell in zip(header, row, strict=False):
        text = cell.strip()
        if key in KEYS and text:
            table[key] = _value(key, text)
    return position_of(table)


def _value(key: str, text: str) -> object:
    if key in TEXTS:
        return text if key == "symbol" else text.lower()
    if "," in text:
        raise ConfigError(f"{key}: {quoted(text)} has a comma; write 1000.5 for 1,000.5")
    try:
        return float(text)
    except ValueError:
        raise ConfigError(f"{key}: {quoted(text)} is not a number") from None


def position_of(table: dict[str, object]) -> PositionConfig:
    """The position of a table with the keys of ``[[positions]]``.

    Raises:
        ConfigError: it has a mistake; the text names the key.
    """
    try:
        return convert({"positions": [table]}, "").positions[0]
    except ConfigError as error:
        text = str(error).replace("positions[0].", "").replace("positions[0]: ", "")
        raise ConfigError(text.replace("; write it in [[positions]]", "")) from None
