"""Which columns of a file are what: by their names, by their number, by the file's name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from tuirisk.feed.files.model import FileKind
from tuirisk.feed.files.names import FileName

Label = str | int
Columns = Sequence[Label] | None

_NAMES: dict[str, tuple[str, ...]] = {
    "time": (
        "opentimems", "opentime", "kopentime", "candlebegintime", "begintime", "starttime",
        "timestampms", "timestamp", "datetime", "dateutc", "date", "time", "unix", "ts", "tsevent",
        "start", "t", "calctime", "createtime", "fundingtimems", "fundingtime", "fundingtimestamp",
        "indexlevel0",
    ),
    "open": ("open", "o", "openprice", "priceopen"),
    "high": ("high", "h", "highprice", "pricehigh", "max"),
    "low": ("low", "l", "lowprice", "pricelow", "min"),
    "close": ("close", "c", "closeprice", "priceclose"),
    "volume": ("volume", "vol", "v", "basevolume", "volumebase", "baseassetvolume"),
    "quote_volume": (
        "quotevolume", "quoteassetvolume", "quoteav", "qav", "quotevol", "volumequote", "turnover",
        "q",
    ),
    "close_time": ("closetime", "closetimems", "kclosetime", "closetimestamp"),
    "closed": ("closed", "isclosed", "isfinal", "x", "confirm"),
    "rate": ("fundingrate", "lastfundingrate", "rate"),
    "contracts": ("sumopeninterest", "openinterestamount", "openinterest", "oi"),
    "value": ("sumopeninterestvalue", "openinterestvalue", "oivalue"),
    "ratio": ("countlongshortratio", "longshortratio", "globallongshortaccountratio"),
    "top_ratio": ("sumtoptraderlongshortratio",),
    "symbol": ("symbol", "pair", "ticker", "instrument"),
    "exchange": ("exchange", "venue"),
}  # fmt: skip
_TWELVE = ("time", "open", "high", "low", "close", "volume", "close_time", "quote_volume")
_PRICES = ("open", "high", "low", "close")
_PRICE_KINDS = ("mark_klines", "index_klines", "premium_klines")


@dataclass(frozen=True, slots=True)
class Layout:
    """What the columns of a file are: role → label.

    ``dump``: it is as an answer of the exchange's API, whose last bar is still forming.
    ``problem``: why it cannot be used; nothing else counts then.
    """

    kind: FileKind
    columns: dict[str, Label] = field(default_factory=dict)
    dump: bool = False
    problem: str = ""


def layout_of(labels: Sequence[Label], header: bool, name: FileName) -> Layout:
    """The layout of a file with the columns ``labels``, which ``header`` says it names itself."""
    positional = _positions(labels, header)
    if positional is not None:
        return _by_position(positional, name)
    columns = _by_name([str(label) for label in labels])
    if all(role in columns for role in _PRICES):
        return _with_prices(columns, labels, name)
    if "rate" in columns and "time" in columns:
        return Layout("funding", columns)
    if "time" in columns and not columns.keys().isdisjoint(("contracts", "value", "ratio")):
        return Layout("metrics", columns)
    return Layout("unknown", problem=_unknown(labels))


def _positions(labels: Sequence[Label], header: bool) -> list[Label] | None:
    """The columns in order where they have no names, the unnamed index left out."""
    if not header:
        return list(labels)
    named = [label for label in labels if str(label) not in ("", "Unnamed: 0")]
    if [str(label) for label in named] == [str(i) for i in range(len(named))]:
        return named
    return None


def _by_position(labels: list[Label], name: FileName) -> Layout:
    count = len(labels)
    if name.kind == "funding" and count in (2, 3):
        return Layout("funding", {"time": labels[0], "rate": labels[-1]})
    if count in (9, 10, 11, 12):
        columns = dict(zip(_TWELVE, labels, strict=False))
    elif count in (5, 6):
        columns = dict(zip(_TWELVE, labels[:6], strict=False))
    else:
        return Layout("unknown", problem=f"{count} columns without names: no layout of Binance's")
    return _with_prices(columns, labels, name)


def _with_prices(columns: dict[str, Label], labels: Sequence[Label], name: FileName) -> Layout:
    if "time" not in columns and "close_time" not in columns:
        unnamed = next((label for label in labels if str(label) in ("", "Unnamed: 0")), None)
        if unnamed is None:
            return Layout("unknown", problem=f"prices without a time: {_listed(labels)}")
        columns = {**columns, "time": unnamed}
    if name.kind == "funding":
        return Layout("funding", {"time": columns["time"], "rate": columns["open"]})
    kind: FileKind = "klines"
    if name.kind in _PRICE_KINDS:
        kind = name.kind
    api = "close_time" in columns or not all(isinstance(label, str) for label in labels)
    return Layout(kind, columns, dump=api and not (name.archive or name.freqtrade))


def _by_name(labels: list[str]) -> dict[str, Label]:
    plain = {re.sub(r"[^a-z0-9]", "", label.lower()): label for label in reversed(labels)}
    found: dict[str, Label] = {}
    for role, names in _NAMES.items():
        label = next((plain[name] for name in names if name in plain), None)
        if label is not None:
            found[role] = label
    return found


def _unknown(labels: Sequence[Label]) -> str:
    return f"neither candles, funding nor open interest: {_listed(labels)}"


def _listed(labels: Sequence[Label]) -> str:
    shown = ", ".join(str(label) for label in labels[:8])
    return f"its columns are {shown}{', …' if len(labels) > 8 else ''}"
