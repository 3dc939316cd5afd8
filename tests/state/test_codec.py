"""The published JSON: schema 2 to the letter, and the way back."""

from __future__ import annotations

import dataclasses
import json
import math
import random
import types
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from tuirisk.language.reason import Reason
from tuirisk.state import Missing, RiskState, from_json, to_json
from tuirisk.state.codec import iso, milliseconds

# The key tree of "snapshot --json" (schema 2). None is a leaf, [tree] a list of objects.


def tree(names: str, **inner: Any) -> dict[str, Any]:
    return dict.fromkeys(names.split()) | inner


def each(labels: str, inner: Any) -> dict[str, Any]:
    return dict.fromkeys(labels.split(), inner)


FRAMES = "15m 1h 1d"
WINDOWS = tree("7 14 30 60")
LEVEL = tree("level rule threshold")
"""How a number was judged: beside it, under its name."""
FILL = tree(
    "vwap slippage slippage_touch worst filled unfilled exhausted level",
    levels=each("slippage", LEVEL),
)
POSITION = tree(
    "side quantity entry_price notional unrealised_pnl leverage margin_mode"
    " liquidation_price distance distance_sigmas distance_atr margin_ratio"
    " maintenance_margin bracket_source p_liquidation_24h p_liquidation_7d max_size"
    " max_size_limit p_liquidation_model p_liquidation_time liquidation_range age_ms stale"
    " margin_to_add notional_to_cut valued_by_exchange adl opened funding_paid realised_pnl",
    stops=[tree("type side trigger quantity")],
    levels=each("distance p_liquidation_24h p_liquidation_7d margin_ratio", LEVEL),
)
SYMBOL = tree(
    "status age_ms",
    price=tree("last mark index change_24h"),
    contract=tree("type base_asset quote_asset margin_asset expiry"),
    forecast=tree("volatility_24h volatility_rank_1y model move_5m_sigmas"),
    score=tree(
        "total raw coverage carried candles_only",
        levels=each("total coverage", LEVEL),
        components=tree(
            "market liquidity funding correlation",
            levels=each("market liquidity funding correlation", LEVEL),
        ),
        weights=tree("market liquidity funding correlation"),
    ),
    recommendation=tree("code severity text notes"),
    volatility=tree(
        "",
        cone=each(
            FRAMES,
            each(
                "7 14 30 60",
                tree(
                    "current percentile min p10 p25 p50 p75 p90 max level n",
                    levels=each("percentile", LEVEL),
                ),
            ),
        ),
        estimators=each(FRAMES, each("parkinson garman_klass rogers_satchell yang_zhang", WINDOWS)),
        regime=tree("state percentile_30d since divergence"),
    ),
    drawdown=each("1h 1d", tree("current max bars_under_water")),
    timeframes=tree(
        "labels correlation random_walk",
        trend=tree(FRAMES),
        divergence=[tree("pair strength")],
    ),
    performance=tree(
        "sharpe sortino calmar cagr max_drawdown volatility n",
        grades=tree("sharpe sortino calmar"),
    ),
    value_at_risk=tree(
        "historical_95 historical_99 normal_95 normal_99 cornish_fisher_95 filtered_95"
        " es_historical_95 es_historical_99 blended_95",
        backtest_95=tree(
            "exceptions observations kupiec_p independence_p light",
            levels=each("exceptions", LEVEL),
        ),
    ),
    liquidity=tree(
        "bid ask mid spread_bps imbalance microprice",
        levels=each("spread_bps depth", LEVEL),
        depth=each("0.001 0.005 0.01", tree("bid ask")),
        impact=tree("notional", sell=FILL, buy=FILL),
    ),
    funding=tree(
        "rate interval_hours rate_8h annualised next_time percentile zscore cumulative_3d"
        " cumulative_3d_annualised cap floor basis signal",
        carry=tree("annualised_net annualised_expected opportunity side"),
        levels=each("rate rate_8h cumulative_3d_annualised", LEVEL),
    ),
    open_interest=tree(
        "contracts value change_1h change_24h zscore quadrant crowding long_short_ratio"
    ),
    flow=tree("taker_buy taker_sell cvd large_trades", imbalance=tree("1m 5m 15m")),
    liquidations=tree(
        "sampled long_5m short_5m long_1h short_1h cascade", clusters=[tree("price long short")]
    ),
    severity=tree("level rule since held text"),
    position=POSITION,
    positions=[POSITION],
    stress=tree(
        "paths",
        horizons=each("24h 7d", tree("var_95 es_95", quantiles=tree("0.05 0.5 0.95"))),
        scenarios=[tree("name pnl liquidated")],
    ),
)
SCHEMA = tree(
    "schema time source",
    connection=tree(
        "status latency_ms used_weight_1m reconnects resyncs dropped_frames",
        streams=[tree("name status age_ms")],
    ),
    watchlist=tree("symbols correlation mean_correlation effective_bets"),
    account=tree(
        "equity var_1d_95 var_budget within_budget age_ms stale mode not_counted"
        " wallet_balance unrealised_pnl margin_balance available_balance initial_margin"
        " maintenance_margin margin_ratio uni_mmr funding_next_24h funding_paid realised_pnl"
        " p_liquidation_24h p_liquidation_7d p_any_liquidation_24h es_1d_95",
        levels=each(
            "var_1d_95 margin_ratio p_liquidation_24h p_liquidation_7d p_any_liquidation_24h"
            " reverse_stress",
            LEVEL,
        ),
        pnl_today=tree("total realised unrealised funding fees"),
        contributions=[
            tree("symbol side notional var_share es_share var_without p_liquidation_24h_without")
        ],
        reverse_stress=tree("sigmas chance btc_down btc_up", moves=tree("BTCUSDT")),
        ladder=[tree("btc equity margin_ratio liquidated")],
    ),
    symbols={"BTCUSDT": SYMBOL},
    alerts=[tree("time symbol kind before after cause text acknowledged")],
    messages=[tree("code text symbol level")],
    external=tree(
        "",
        implied_volatility={"BTC": tree("value rank_1y premium time age_ms source")},
        exchange_flow={"BTC": tree("net_1d net_7d time age_ms source")},
        liquidations={"BTC": tree("long_1h short_1h complete time age_ms source since")},
        sentiment=tree("value label time source age_ms"),
        indices={"my_index": tree("value time age_ms source")},
    ),
)
ABSENT = {
    "account",
    "position",
    "stress",
    "symbol",
    "liquidation_range",
    "margin_to_add",
    "notional_to_cut",
}
"""Whole parts that are null where there is nothing to speak of; no number is missing there."""


# States built by hand.


@dataclasses.dataclass
class Filler:
    """What stands in the leaves: numbers in turn, none of them twice."""

    turn: Iterator[int] = dataclasses.field(default_factory=count)

    def leaf(self, kind: Any) -> Any:
        turn = next(self.turn)
        if get_origin(kind) is Literal:
            return get_args(kind)[turn % len(get_args(kind))]
        return {float: turn + 0.5, int: turn, bool: bool(turn % 2), str: f"text {turn}"}[kind]

    def gap(self, path: str) -> Missing | None:
        return None

    def absent(self, path: str) -> bool:
        return False


class Gaps(Filler):
    """Missing wherever that is allowed."""

    def gap(self, path: str) -> Missing | None:
        return Missing.from_text(f"no {path}")


class Sparse(Filler):
    """Gaps, absent parts and numbers at random. The gaps of one field share their reason, as
    they do in the JSON."""

    def __init__(self, seed: int, share: float, numbers: Sequence[float], reason: str) -> None:
        super().__init__()
        self.random = random.Random(seed)
        self.share, self.numbers, self.reason = share, numbers, reason

    def leaf(self, kind: Any) -> Any:
        return self.random.choice(self.numbers) if kind is float else super().leaf(kind)

    def gap(self, path: str) -> Missing | None:
        return (
            Missing.from_text(f"{self.reason} {path}")
            if self.random.random() < self.share
            else None
        )

    def absent(self, path: str) -> bool:
        return self.random.random() < self.share


def built(kind: Any, fill: Filler, labels: Any, path: str = "") -> Any:
    """An instance of ``kind``, published fields alone; ``labels`` has the keys of its tables."""
    if dataclasses.is_dataclass(kind):
        names = [f.name for f in dataclasses.fields(kind) if f.metadata.get("published", True)]
        hints = get_type_hints(kind)
        parts = {
            name: built(hints[name], fill, labels and labels.get(name), f"{path}.{name}")
            for name in names
        }
        return kind(**parts)  # type: ignore[operator]
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        gap = fill.gap(path) if Missing in get_args(kind) else None
        if gap is not None or (types.NoneType in get_args(kind) and fill.absent(path)):
            return gap
        only = next(k for k in get_args(kind) if k not in (Missing, types.NoneType))
        return built(only, fill, labels, path)
    if origin is tuple:
        inner = labels[0] if isinstance(labels, list) else None
        return tuple(built(get_args(kind)[0], fill, inner, path) for _ in range(2))
    if origin is Mapping:
        return {k: built(get_args(kind)[1], fill, v, f"{path}.{k}") for k, v in labels.items()}
    return fill.leaf(kind)


def state(fill: Filler) -> RiskState:
    made = built(RiskState, fill, SCHEMA)
    assert isinstance(made, RiskState)
    return made


# What is compared.


def keys_of(value: Any, expected: Any, path: str = "") -> list[str]:
    """Where the keys of ``value`` differ from ``expected``; ``reasons`` may stand anywhere."""
    if isinstance(expected, list):
        if value is None:
            return []
        return [d for item in value for d in keys_of(item, expected[0], f"{path}[]")]
    if expected is None:
        return [f"{path} is a table"] if isinstance(value, dict) else []
    if not isinstance(value, dict):
        return [f"{path} is no table"]
    found = set(value) - {"reasons"}
    wrong = [f"{path}.{name} is missing" for name in set(expected) - found]
    wrong += [f"{path}.{name} is too many" for name in found - set(expected)]
    for name in found & set(expected):
        wrong += keys_of(value[name], expected[name], f"{path}.{name}")
    return wrong


def has_gap(value: Any) -> bool:
    return value is None or (isinstance(value, list) and any(has_gap(item) for item in value))


def unexplained(value: Any, path: str = "") -> list[str]:
    """Nulls without a reason, and reasons without a null."""
    if isinstance(value, list):
        return [name for item in value for name in unexplained(item, f"{path}[]")]
    if not isinstance(value, dict):
        return []
    reasons = value.get("reasons", {})
    assert all(isinstance(reason, str) for reason in reasons.values())
    gaps = {k for k, v in value.items() if has_gap(v)}
    gaps -= {name for name in ABSENT - set(reasons) if value.get(name, 0) is None}
    wrong = [f"{path}.{name}" for name in gaps ^ set(reasons)]
    for name, inner in value.items():
        if name != "reasons":
            wrong += unexplained(inner, f"{path}.{name}")
    return wrong


def refuse_constant(word: str) -> float:
    raise AssertionError(f"{word} in the JSON")


def parsed(data: bytes) -> Any:
    return json.loads(data, parse_constant=refuse_constant)


# The schema.


@pytest.mark.parametrize("fill", [Filler, Gaps])
def test_the_keys_are_those_of_the_schema(fill: type[Filler]) -> None:
    body = parsed(to_json(state(fill())))
    assert keys_of(body, SCHEMA) == []
    assert body["schema"] == 2


def without_levels(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_levels(one) for name, one in value.items() if name != "levels"}
    return [without_levels(one) for one in value] if isinstance(value, list) else value


def test_the_json_of_a_version_without_levels_can_be_read() -> None:
    made = state(Filler())
    earlier = without_levels(parsed(to_json(made)))
    back = from_json(json.dumps(earlier))
    assert back.symbols["BTCUSDT"].funding.levels == {}
    assert without_levels(parsed(to_json(back))) == earlier


def test_the_json_of_schema_1_can_be_read() -> None:
    made = parsed(to_json(state(Filler())))
    symbol = made["symbols"]["BTCUSDT"]
    del made["alerts"], made["messages"], symbol["severity"], symbol["positions"]
    back = from_json(json.dumps(made | {"schema": 1}))
    assert (back.alerts, back.messages) == ((), ())
    assert back.symbols["BTCUSDT"].severity.level == "unknown"
    assert back.symbols["BTCUSDT"].positions == ()


def test_a_full_state_gives_no_reasons_and_no_null() -> None:
    text = to_json(state(Filler())).decode()
    assert "reasons" not in text
    assert "null" not in text


def test_every_gap_has_its_reason() -> None:
    made = state(Gaps())
    body = parsed(to_json(made))
    assert unexplained(body) == []
    performance = body["symbols"]["BTCUSDT"]["performance"]
    assert performance["sharpe"] is None
    assert performance["reasons"]["sharpe"] == "no .symbols.BTCUSDT.performance.sharpe"
    assert body["watchlist"]["reasons"]["correlation"] == "no .watchlist.correlation"


def test_absent_parts_are_null_without_a_reason() -> None:
    whole = state(Filler())
    alone = dataclasses.replace(whole.symbols["BTCUSDT"], position=None, stress=None)
    body = parsed(to_json(dataclasses.replace(whole, account=None, symbols={"BTCUSDT": alone})))
    assert body["account"] is None
    assert body["symbols"]["BTCUSDT"]["position"] is None
    assert body["symbols"]["BTCUSDT"]["stress"] is None
    assert "reasons" not in body
    assert "reasons" not in body["symbols"]["BTCUSDT"]


def test_what_is_for_the_screen_alone_is_left_out() -> None:
    whole = dataclasses.replace(state(Filler()), generation=7)
    symbol = dataclasses.replace(
        whole.symbols["BTCUSDT"], message=Reason.from_text("warming up"), tick_size=0.1
    )
    shown = dataclasses.replace(whole, symbols={"BTCUSDT": symbol})
    assert to_json(shown) == to_json(whole)
    assert from_json(to_json(shown)) == dataclasses.replace(whole, generation=0)


def test_people_get_the_same_with_line_ends() -> None:
    made = state(Filler())
    pretty = to_json(made, indent=2)
    assert pretty.count(b"\n") > 100
    assert parsed(pretty) == parsed(to_json(made))


# The way back.


@examples(20)
@given(
    seed=st.integers(0, 2**32),
    share=st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]),
    numbers=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20),
    reason=st.text(max_size=8),
)
def test_what_is_published_comes_back(
    seed: int, share: float, numbers: list[float], reason: str
) -> None:
    made = state(Sparse(seed, share, numbers, reason))
    data = to_json(made)
    assert unexplained(parsed(data)) == []
    back = from_json(data)
    assert back == made
    assert to_json(back) == data


def test_cells_of_a_matrix_may_be_missing() -> None:
    gap = Missing.from_text("insufficient history: 12 of 60 bars")
    made = state(Filler())
    watchlist = dataclasses.replace(made.watchlist, correlation=((1.0, gap), (gap, 1.0)))
    made = dataclasses.replace(made, watchlist=watchlist)
    body = parsed(to_json(made))["watchlist"]
    assert body["correlation"] == [[1.0, None], [None, 1.0]]
    assert body["reasons"] == {"correlation": gap.reason}
    assert from_json(to_json(made)) == made


def test_a_matrix_of_several_reasons_publishes_the_first() -> None:
    made = state(Filler())
    cells = ((1.0, Missing.from_text("first")), (Missing.from_text("second"), 1.0))
    made = dataclasses.replace(
        made, watchlist=dataclasses.replace(made.watchlist, correlation=cells)
    )
    assert parsed(to_json(made))["watchlist"]["reasons"] == {"correlation": "first"}


def test_even_an_empty_reason_is_named() -> None:
    made = state(Filler())
    watchlist = dataclasses.replace(
        made.watchlist,
        correlation=((Missing.from_text(""),),),
        effective_bets=Missing.from_text(""),
    )
    data = to_json(dataclasses.replace(made, watchlist=watchlist))
    assert parsed(data)["watchlist"]["reasons"] == {"correlation": "", "effective_bets": ""}


def test_a_whole_number_comes_back_as_a_float() -> None:
    last = from_json(changed("symbols/BTCUSDT/price/last", 7)).symbols["BTCUSDT"].price.last
    assert (last, type(last)) == (7.0, float)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_no_number_that_is_none_is_ever_written(number: float) -> None:
    made = state(Sparse(1, 0.0, [number], ""))
    body = parsed(to_json(made))
    assert unexplained(body) == []
    assert body["symbols"]["BTCUSDT"]["price"]["last"] is None
    assert body["symbols"]["BTCUSDT"]["price"]["reasons"]["last"] == "not a finite number"
    assert body["watchlist"]["correlation"] == [[None, None], [None, None]]


def test_a_float_of_another_class_is_written() -> None:
    """As numpy.float64 is."""

    class Other(float):
        pass

    assert to_json(state(Sparse(1, 0.0, [Other(1.25)], ""))) == to_json(
        state(Sparse(1, 0.0, [1.25], ""))
    )


def changed(path: str, value: Any) -> bytes:
    """The JSON of a full state with the value at ``path`` replaced."""
    body = parsed(to_json(state(Filler())))
    *parents, last = path.split("/")
    inner = body
    for name in parents:
        inner = inner[name]
    if value is Ellipsis:
        del inner[last]
    else:
        inner[last] = value
    return json.dumps(body).encode()


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"7", b"{}", b'{"schema": 1}', b"\xff"])
def test_what_is_no_snapshot_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_json(data)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("schema", 3),
        ("schema", ...),
        ("time", "yesterday"),
        ("time", 7),
        ("source", "kraken"),
        ("connection", 7),
        ("connection", []),
        ("connection/reconnects", 1.5),
        ("connection/streams", {}),
        ("watchlist/symbols", "BTCUSDT"),
        ("symbols", []),
        ("symbols/BTCUSDT/price/last", "1.5"),
        ("symbols/BTCUSDT/price/last", "nan"),
        ("symbols/BTCUSDT/price/last", True),
        ("symbols/BTCUSDT/price/last", 10**400),
        ("symbols/BTCUSDT/price/last", ...),
        ("symbols/BTCUSDT/status", "fine"),
        ("symbols/BTCUSDT/score/coverage", None),
        ("symbols/BTCUSDT/price/reasons", ["last"]),
        ("symbols/BTCUSDT/price/reasons", {"last": 7}),
        ("symbols/BTCUSDT/timeframes/divergence", [{"pair": ["1h"], "strength": 0.1}]),
    ],
)
def test_a_snapshot_of_another_shape_is_refused(path: str, value: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_json(changed(path, value))


# Times.


def test_times_are_written_as_the_schema_shows() -> None:
    assert iso(1_795_348_800_000) == "2026-11-22T12:00:00.000Z"
    body = parsed(to_json(dataclasses.replace(state(Filler()), time_ms=1_795_348_800_007)))
    assert body["time"] == "2026-11-22T12:00:00.007Z"


@given(time_ms=st.integers(0, 253_402_300_799_999))
def test_times_come_back(time_ms: int) -> None:
    assert milliseconds(iso(time_ms)) == time_ms


@pytest.mark.parametrize(
    "data",
    [b"[" * 200_000, b"\xff", b'{"schema":' + b"9" * 5_000, "\ud800"],
    ids=["nested", "no UTF-8", "digits", "surrogate"],
)
def test_hostile_bytes_are_a_value_error(data: bytes | str) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_json(data)
