"""Lists decoded row by row: a row that cannot be read is named and left out, the others stay."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

import msgspec

from tuirisk.feed.binance.bad_frame import BadFrame
from tuirisk.foreign.decoding import UndecodableError, decode_json
from tuirisk.foreign.text import printable
from tuirisk.language.reason import Reason

LONGEST_NAME = 40
"""Characters of a symbol or field that is named."""

T = TypeVar("T")


class RefusedRow(NamedTuple):
    """A row that is left out: where it stood, whose it is, and why.

    ``path`` is the request's, or the stream's name without the symbol. ``symbol`` is empty where
    it is not known. No value of the row is in it, so it may be told of personal answers too.
    """

    path: str
    symbol: str
    why: Reason

    @property
    def reason(self) -> Reason:
        """The sentence for a person."""
        if self.symbol:
            return Reason("row_left_out", path=self.path, symbol=self.symbol, why=self.why)
        return Reason("row_left_out_unnamed", path=self.path, why=self.why)


OnRefused: TypeAlias = Callable[[RefusedRow], None]


def ignore(refusal: RefusedRow) -> None:
    """For those who need not know what is left out."""


class Origin(NamedTuple):
    """Where rows come from, and who counts those that are left out."""

    path: str
    symbol: str = ""
    on_refused: OnRefused = ignore

    def refuse(self, field: str, symbol: str = "") -> None:
        """Count a row whose ``field`` cannot be read."""
        self.refuse_because(_unreadable(field), symbol)

    def refuse_because(self, why: Reason, symbol: str = "") -> None:
        """Count a row that is left out for another cause."""
        self.on_refused(RefusedRow(self.path, symbol or self.symbol, why))


class RowDecoder(Generic[T]):
    """Decodes JSON arrays whose elements are of one struct type.

    ``names``: for rows that are arrays themselves, what their elements are called.
    """

    def __init__(self, kind: type[T]) -> None:
        untyped: Any = kind
        self._list = msgspec.json.Decoder(list[untyped], strict=False)
        self._row = msgspec.json.Decoder(untyped, strict=False)
        self._names: tuple[str, ...] = getattr(kind, "__struct_fields__", ())

    def rows(self, body: bytes | msgspec.Raw, origin: Origin) -> list[T]:
        """The rows of ``body`` that can be read.

        Raises:
            BadFrame: it is no array, or has rows and none of them can be read.
        """
        data = bytes(body)
        try:
            whole: list[T] = decode_json(self._list, data)
        except UndecodableError:
            return self._one_by_one(data, origin)
        return whole

    def _one_by_one(self, data: bytes, origin: Origin) -> list[T]:
        try:
            raws = decode_json(_RAWS, data)
        except UndecodableError as error:
            raise BadFrame(str(error)) from None
        rows: list[T] = []
        refused: list[tuple[str, str]] = []
        for raw in raws:
            try:
                rows.append(decode_json(self._row, bytes(raw)))
            except UndecodableError as error:
                refused.append((field_of(error, self._names), row_symbol(bytes(raw))))
        if not rows:
            field = refused[0][0]
            raise BadFrame(f"{origin.path}: {_unreadable(field)}")
        for field, symbol in refused:
            origin.refuse(field, symbol)
        return rows


def field_of(error: UndecodableError, names: tuple[str, ...] = ()) -> str:
    """The field at which decoding failed; empty where the error names none.

    ``names`` are those of the elements where the row is an array.
    """
    text = str(error)
    place = _PLACE.search(text)
    path = place[1] if place is not None else ""
    index = _INDEX.match(path)
    if index is not None and int(index[1]) < len(names):
        path = names[int(index[1])] + path[index.end() :]
    missing = _MISSING.search(text)
    parts = [part for part in (path.removeprefix("."), missing[1] if missing else "") if part]
    return printable(".".join(parts))[:LONGEST_NAME]


def without(rows: Iterable[T], bad: Callable[[T], bool], field: str, origin: Origin) -> list[T]:
    """``rows`` without those that are ``bad``, which are counted as unreadable in ``field``.

    Raises:
        BadFrame: there are rows and all of them are bad.
    """
    kept: list[T] = []
    refused = 0
    for row in rows:
        if bad(row):
            refused += 1
        else:
            kept.append(row)
    if refused and not kept:
        raise BadFrame(f"{origin.path}: {_unreadable(field)}")
    for _ in range(refused):
        origin.refuse(field)
    return kept


class _Named(msgspec.Struct):
    symbol: str | None = None
    s: str | None = None
    asset: str | None = None
    a: Any = None
    """The asset of a balance in the user-data stream; of other rows another thing."""


_PLACE = re.compile(r"at `\$([^`]*)`")
_INDEX = re.compile(r"\[(\d+)\]")
_MISSING = re.compile(r"missing required field `([^`]*)`")
_RAWS = msgspec.json.Decoder(list[msgspec.Raw])
_NAMED = msgspec.json.Decoder(_Named)


def _unreadable(field: str) -> Reason:
    return Reason("field_unreadable", field=field) if field else Reason("row_unreadable")


def row_symbol(row: bytes) -> str:
    """The symbol (or asset) that a row is about; empty where it does not tell."""
    try:
        named = decode_json(_NAMED, row)
    except UndecodableError:
        return ""
    asset = named.a if isinstance(named.a, str) else ""
    return printable(named.symbol or named.s or named.asset or asset)[:LONGEST_NAME]
