"""``config.toml`` and the command line into a :class:`~tuirisk.config.model.Config`.

Every error is one line, ``FILE: key.path: what is wrong; what would be right``. The file is read
and never written.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import tomli

from tuirisk.config.convert import convert, refuse, type_mistakes
from tuirisk.config.model import Config, ConfigError, Language
from tuirisk.config.paths import config_file
from tuirisk.config.rules import symbol_error, symbols_error, theme_error
from tuirisk.config.symbol_names import exchange_symbol
from tuirisk.foreign.files import open_given

MOST_BYTES = 1 << 20


def load(path: Path | None, *, environ: Mapping[str, str]) -> Config:
    """The configuration in ``path``; with None, in the default file, which need not exist.

    Raises:
        ConfigError: a named file does not exist, or a file cannot be read or has a mistake.
    """
    file = config_file(environ) if path is None else path
    try:
        with open_given(file) as opened:
            data = opened.read(MOST_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        # A broken link is a configuration someone made: defaults in its place would hide that.
        if path is None and not file.is_symlink():
            return Config()
        raise ConfigError(f"{file}: there is no such file; see config.example.toml") from None
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise ConfigError(f"{file}: cannot be read ({reason}); make it a readable file") from None
    if len(data) > MOST_BYTES:
        raise ConfigError(f"{file}: has more than {MOST_BYTES >> 20} MiB; name a configuration")
    return dataclasses.replace(convert(_parsed(data, file), str(file)), path=file)


def with_overrides(
    config: Config, *, symbols: str | None, theme: str | None, language: str | None
) -> Config:
    """``config`` with the values of ``--symbols A,B``, ``--theme`` and ``--lang``; None: not given.

    Raises:
        ConfigError: as of the file, with the option in place of the key.
    """
    if symbols is not None:
        names = tuple(n for part in symbols.split(",") if (n := exchange_symbol(part.strip())))
        wrong = [*map(symbol_error, names), symbols_error(names)]
        refuse("--symbols", (("", text) for text in wrong if text))
        config = dataclasses.replace(config, symbols=names)
    ui = config.ui
    if theme is not None:
        if wrong_theme := theme_error(theme):
            raise ConfigError(f"--theme: {wrong_theme}")
        ui = dataclasses.replace(ui, theme=theme)
    if language is not None:
        refuse("--lang", type_mistakes(Language, language))
        ui = dataclasses.replace(ui, language=cast(Language, language))
    return dataclasses.replace(config, ui=ui)


def with_positions(config: Config) -> Config:
    """``config`` with the symbols of its positions at the end of the watchlist, where missing."""
    symbols = (*config.symbols, *(position.symbol for position in config.positions))
    return dataclasses.replace(config, symbols=tuple(dict.fromkeys(symbols)))


def _parsed(data: bytes, file: Path) -> dict[str, object]:
    try:
        return tomli.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{file}: line {line}: not UTF-8; save the file as UTF-8") from None
    except tomli.TOMLDecodeError as error:
        raise ConfigError(
            f"{file}: line {error.lineno}, column {error.colno}: {_lower(error.msg)}; "
            "write valid TOML, as in config.example.toml"
        ) from None
    except (ValueError, RecursionError):
        # tomli lets Python's own limits through: thousands of digits, or of brackets.
        raise ConfigError(
            f"{file}: a number is too long or nested too deep; write valid TOML"
        ) from None


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
