"""Which kind of account a key has, and what stands in for an answer that cannot be had."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tuirisk.feed.binance.account import schema
from tuirisk.feed.binance.account.asset_rates import asset_rates
from tuirisk.feed.binance.account.portfolio_margin import PortfolioRequests
from tuirisk.feed.binance.account.reader import RATES_KEPT, AccountReader
from tuirisk.feed.binance.account.schema import AccountModes
from tuirisk.feed.binance.account.snapshot import AccountSnapshot
from tuirisk.feed.binance.rest.errors import ErrorKind, ExchangeError
from tuirisk.feed.binance.rows import Origin, RefusedRow
from tuirisk.language.reason import Reason

WHOLE = {"uniMMR": "", "accountEquity": "9000", "accountMaintMargin": "300"}
RATES = [{"symbol": "USDCUSD", "index": "1", "bidBuffer": "0.01", "askBuffer": "0.01"}]


def failure(kind: ErrorKind, code: int | None = None) -> ExchangeError:
    return ExchangeError(kind, Reason("api_secret_wrong"), code=code)


class Client:
    """The answers of a futures host and of a portfolio-margin host."""

    has_portfolio_host = True

    def __init__(self, assets: dict[str, str], *, multi: bool = False) -> None:
        self.left_out: dict[str, Any] = {}
        self.assets = assets
        self.multi = multi
        self.classic_error: ExchangeError | None = None
        self.portfolio_error: ExchangeError | None = None
        self.rates_error: ExchangeError | None = None

    async def account(self) -> Any:
        if self.classic_error is not None:
            raise self.classic_error
        rows = [{"asset": name, "crossWalletBalance": left} for name, left in self.assets.items()]
        total = str(sum(map(float, self.assets.values())))
        body = {"totalCrossWalletBalance": total, "assets": rows}
        return schema.account(json.dumps(body).encode())

    async def position_risk(self) -> Any:
        return ()

    async def symbol_config(self) -> Any:
        return {}

    async def account_config(self) -> AccountModes:
        return AccountModes(False, self.multi)

    async def asset_rates(self) -> Any:
        if self.rates_error is not None:
            raise self.rates_error
        return asset_rates(json.dumps(RATES).encode())

    def by_rows(self, kind: Any, decode: Any) -> Any:
        return decode

    async def get(self, kind: Any, path: str, decode: Any, query: Any) -> Any:
        if self.portfolio_error is not None:
            raise self.portfolio_error
        body: Any = {"account": WHOLE, "um/positionSide/dual": {"dualSidePosition": False}}
        answer = json.dumps(body.get(path, [])).encode()
        try:
            return decode(answer)
        except TypeError:
            return decode(answer, schema.NOWHERE)


def reader(client: Client) -> AccountReader:
    untyped: Any = client
    return AccountReader(untyped)


async def test_an_empty_account_is_not_believed_while_its_other_half_cannot_be_reached() -> None:
    client = Client({"USDT": "0"})
    client.portfolio_error = failure("unreachable")
    made = reader(client)
    for _ in range(2):
        with pytest.raises(ExchangeError):
            await made.read()
    client.portfolio_error = None
    answers = await made.read()
    assert answers.mode == "portfolio_margin"
    assert answers.portfolio_margin is not None
    assert answers.portfolio_margin.uni_mmr is None
    client.portfolio_error = failure("refused", -2015)
    assert (await reader(client).read()).mode == "single_asset"


async def test_an_account_that_leaves_portfolio_margin_is_read_as_what_it_is() -> None:
    client = Client({"USDT": "0"})
    made = reader(client)
    assert (await made.read()).mode == "portfolio_margin"
    client.assets, client.portfolio_error = {"USDT": "500"}, failure("refused", -2015)
    assert (await made.read()).mode == "single_asset"
    assert not isinstance(made.requests, PortfolioRequests)


async def test_index_prices_that_cannot_be_had_stop_nothing_that_does_without_them() -> None:
    client = Client({"USDT": "500", "BNB": "0.1"})
    client.rates_error = failure("server")
    made = reader(client)
    assert (await made.read()).account.assets[0].crossWalletBalance == 500.0
    assert made.rates_error is client.rates_error
    client.multi = True
    with pytest.raises(ExchangeError):
        await made.read()


async def test_index_prices_known_before_stand_in_for_a_while() -> None:
    client = Client({"USDC": "500"}, multi=True)
    made = reader(client)
    await made.read()
    client.rates_error = failure("server")
    for _ in range(RATES_KEPT):
        assert (await made.read()).rates["USDC"].bid == 0.99
    with pytest.raises(ExchangeError):
        await made.read()


async def test_an_account_of_eu_credits_counts_each_asset_once() -> None:
    client = Client({"USDC": "1000", "BNFCR": "-50"}, multi=True)
    made = AccountSnapshot()
    made.replace(await reader(client).read())
    assert made.state(0).wallet_balance == pytest.approx(990.0 - 50.0)


@pytest.mark.parametrize("kind", ["garbled", "refused"])
async def test_one_false_answer_does_not_hide_a_portfolio_margin_account(kind: ErrorKind) -> None:
    client = Client({"USDT": "0"})
    made = reader(client)
    client.portfolio_error = failure(kind)
    assert (await made.read()).mode == "single_asset"
    assert made.looks_again
    client.portfolio_error = None
    assert (await made.read()).mode == "portfolio_margin"
    assert not made.looks_again


async def test_an_account_that_is_none_of_portfolio_margin_is_looked_at_twice_then_seldom() -> None:
    client = Client({"USDT": "0"})
    made = reader(client)
    client.portfolio_error = failure("refused")
    looked = []
    for _ in range(4):
        await made.read()
        looked.append(made.looks_again)
    assert looked == [True, False, False, False]


async def test_an_exchange_without_symbol_config_still_tells_the_account() -> None:
    client = Client({"USDT": "9"})

    async def not_served() -> Any:
        raise ExchangeError("refused", Reason("api_secret_wrong"), status=404, code=-5000)

    vars(client)["symbol_config"] = not_served
    vars(client)["has_portfolio_host"] = False
    answers = await reader(client).read()
    assert (answers.account.totalCrossWalletBalance, answers.config) == (9.0, {})


@pytest.mark.parametrize("field", ["index", "bidBuffer", "askBuffer"])
def test_an_asset_without_its_haircut_is_named_and_not_counted_in_full(field: str) -> None:
    refused: list[RefusedRow] = []
    row = {"symbol": "BNBUSD", "index": "800", "bidBuffer": "0.1", "askBuffer": "0.1", field: ""}
    body = json.dumps([*RATES, row]).encode()
    rates = asset_rates(body, Origin("GET /fapi/v1/assetIndex", on_refused=refused.append))
    assert rates["USDC"].bid == 0.99
    assert "BNB" not in rates
    assert [row.symbol for row in refused] == ["BNBUSD"]
