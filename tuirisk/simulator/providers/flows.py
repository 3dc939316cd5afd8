"""Coins into and out of exchanges: Coin Metrics, Glassnode, CryptoQuant."""

from __future__ import annotations

from datetime import UTC, datetime

from .draws import DAY_MS, day_start, net_flow
from .request import Asked, Told

_MOST_DAYS = 400


def coinmetrics(asked: Asked) -> Told:
    """`/v4/timeseries/asset-metrics`: numbers as text, ISO times with nanoseconds."""
    wanted = asked.params.get("metrics", "")
    if any(name.startswith(("FlowNet", "CapReal")) for name in wanted.split(",")):
        message = f"Requested metric '{wanted}' with frequency '1d' is not available"
        return Told({"error": {"type": "forbidden", "message": message}}, 403)
    newest = day_start(asked.now_ms) // DAY_MS - 2
    rows = []
    for asset in asked.params.get("assets", "").split(","):
        if asset not in ("btc", "eth"):
            message = f"Bad parameter 'assets'. All requested assets aren't supported: {asset}"
            return Told({"error": {"type": "bad_parameter", "message": message}}, 400)
        for day in range(newest - _MOST_DAYS + 1, newest + 1):
            net = net_flow(asked.seed, asset.upper(), day)
            rows.append(
                {
                    "asset": asset,
                    "time": f"{_date(day)}T00:00:00.000000000Z",
                    "FlowInExNtv": f"{50_000 + net / 2:.8f}",
                    "FlowOutExNtv": f"{50_000 - net / 2:.8f}",
                }
            )
    return Told({"data": rows})


def glassnode_metadata(asked: Asked) -> Told:
    """`/v1/metadata/metric`: what the plan may ask for, and how late points come."""
    if refused := _glassnode_refused(asked):
        return refused
    newest = day_start(asked.now_ms) // 1_000 - 86_400
    return Told(
        {
            "path": asked.params.get("path", ""),
            "tier": 3,
            "parameters": {"a": ["BTC", "ETH"], "i": ["24h"]},
            "timerange": {"min": 1_300_000_000, "max": newest},
            "modified": newest + 88_400,
        }
    )


def glassnode_flow(asked: Asked) -> Told:
    """`/v1/metrics/…`: ascending, seconds; a day has the stamp of its start."""
    if refused := _glassnode_refused(asked):
        return refused
    asset = asked.params.get("a", "")
    if asset not in ("BTC", "ETH"):
        return Told({"error": f"asset {asset} is not supported"}, 400)
    newest = day_start(asked.now_ms) // DAY_MS - 1
    first = max(newest - _MOST_DAYS, asked.number("s", 0) // 86_400)
    days = range(first, newest + 1)
    return Told([{"t": day * 86_400, "v": net_flow(asked.seed, asset, day)} for day in days])


def _glassnode_refused(asked: Asked) -> Told | None:
    plan = asked.plan(asked.headers.get("x-api-key", ""))
    if plan is None:
        return Told({"message": "invalid or missing API key"}, 401)
    if plan != "professional":
        return Told({"message": "your plan does not include the API"}, 403)
    return None


def cryptoquant_plan(asked: Asked) -> Told:
    """`/v1/my/discovery/endpoints`: the plan and its history."""
    plan = asked.plan(asked.headers.get("authorization", "").removeprefix("Bearer "))
    if plan is None:
        return Told({"status": {"code": 401, "message": "unauthorized"}}, 401)
    if plan == "hobbyist":
        return Told({"status": {"code": 403, "message": "forbidden"}}, 403)
    flows = {"exchange-flows": {"netflow": {"day": "P3Y"}}}
    return Told(
        {
            "plan": {"name": plan.upper()},
            "apiEndpoint": {"btc": flows, "eth": flows},
            "apiRateLimit": {"token": 20, "window": "MINUTE"},
        }
    )


def cryptoquant_flow(asked: Asked) -> Told:
    """`/v1/btc/exchange-flows/netflow`: newest first, the newest not known yet."""
    plan = asked.plan(asked.headers.get("authorization", "").removeprefix("Bearer "))
    if plan is None:
        return Told({"status": {"code": 401, "message": "unauthorized"}}, 401)
    if plan == "hobbyist":
        return Told({"status": {"code": 403, "message": "upgrade your plan"}}, 403)
    asset = asked.path.split("/")[2].upper()
    today = day_start(asked.now_ms) // DAY_MS
    rows: list[dict[str, str | float | None]] = [{"date": _date(today), "netflow_total": None}]
    for day in range(today - 1, today - 1 - min(asked.number("limit", 100), _MOST_DAYS), -1):
        rows.append({"date": _date(day), "netflow_total": net_flow(asked.seed, asset, day)})
    return Told(
        {
            "status": {"code": 200, "message": "success"},
            "result": {"window": "day", "data": rows},
        }
    )


def _date(day: int) -> str:
    return datetime.fromtimestamp(day * 86_400, UTC).strftime("%Y-%m-%d")
