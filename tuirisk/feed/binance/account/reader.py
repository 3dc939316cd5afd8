"""Reads the whole account, of whatever kind it is: the mode is asked, never guessed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeAlias, TypeVar

from msgspec.structs import replace

from tuirisk.feed.binance.account.asset_rates import MAIN, AssetRate
from tuirisk.feed.binance.account.portfolio_margin import (
    PortfolioRequests,
    portfolio_answers,
)
from tuirisk.feed.binance.account.schema import (
    AccountModes,
    BadAnswer,
    RiskRow,
    SymbolConfig,
    told,
)
from tuirisk.feed.binance.account.signed import CLOCK_OFF, SignedClient
from tuirisk.feed.binance.account.snapshot import AccountAnswers
from tuirisk.feed.binance.rest.errors import ErrorKind, ExchangeError
from tuirisk.language.reason import Reason

T = TypeVar("T")
AGAIN_AFTER = 60
"""Readings of an empty account after which portfolio margin is looked for again."""
RATES_KEPT = 15
"""Readings for which index prices stand in for later ones that cannot be had."""
NO_SUCH_ACCOUNT: frozenset[ErrorKind] = frozenset({"refused", "garbled"})
"""How a host answers that keeps no portfolio-margin account for the key."""
NOT_SERVED = -5000
AccountRequests: TypeAlias = SignedClient | PortfolioRequests


class AccountReader:
    """``requests`` are those of the kind of account that was found last.

    A portfolio-margin account is told by the answers of the futures host, which are empty or
    refused, while its own host knows it.
    """

    def __init__(self, client: SignedClient) -> None:
        self.requests: AccountRequests = client
        self._client = client
        self.rates_error: ExchangeError | None = None
        """Why the index prices of the last reading are older ones."""
        self.looks_again = False
        """Whether portfolio margin was not found once and is looked for at the next reading."""
        self._looked = 0
        """Readings until portfolio margin is looked for again."""
        self._known_rates: dict[str, AssetRate] = {}
        self._readings_without_rates = 0

    async def read(self) -> AccountAnswers:
        """The whole account.

        Raises:
            ExchangeError: it cannot be read.
        """
        if isinstance(self.requests, PortfolioRequests):
            try:
                return await self._portfolio(self.requests)
            except ExchangeError as error:
                if error.kind != "refused" or error.code == CLOCK_OFF:
                    raise
            # It may have become an account of another kind.
            self.requests, self._looked = self._client, 0
        failure: ExchangeError | None = None
        try:
            answers = await self._classic()
        except ExchangeError as error:
            if error.kind != "refused" or error.code == CLOCK_OFF:
                raise
            failure = error
        else:
            if not _empty(answers):
                return answers
        found = await self._look_for_portfolio(needed=failure is not None)
        if found is not None:
            return found
        if failure is not None:
            raise failure
        return answers

    async def _look_for_portfolio(self, needed: bool) -> AccountAnswers | None:
        """The portfolio-margin account, if the key has one."""
        if not self._client.has_portfolio_host:
            return None
        self._looked -= 1
        if self._looked > 0 and not needed:
            return None
        # One false answer does not hide the account: what was not found is looked for once more.
        self.looks_again = not self.looks_again
        self._looked = 0 if self.looks_again else AGAIN_AFTER
        requests = PortfolioRequests(self._client)
        try:
            answers = await self._portfolio(requests)
        except ExchangeError as error:
            if error.code != CLOCK_OFF and (needed or error.kind in NO_SUCH_ACCOUNT):
                return None
            # What is empty may be the other half of an account that is not.
            self._looked = 0
            raise
        if not needed and _empty(answers):
            return None
        self.looks_again = False
        self.requests = requests
        return answers

    async def _classic(self) -> AccountAnswers:
        client = self._client
        modes, account, risks, config = await asyncio.gather(
            self._modes(),
            client.account(),
            client.position_risk(),
            or_none(client.symbol_config()),
        )
        foreign = any(row.asset != MAIN and row.crossWalletBalance for row in account.assets)
        settled = any(row.margin_asset != MAIN and row.positionAmt for row in risks)
        rates: dict[str, AssetRate] = {}
        if foreign or settled or modes.multiAssetsMargin:
            rates = await self._rates(needed=bool(modes.multiAssetsMargin))
        mode = modes.multiAssetsMargin
        return AccountAnswers(
            account,
            risks,
            # Without it margin mode and leverage are those that the positions show.
            config or {},
            None if mode is None else "multi_assets" if mode else "single_asset",
            modes.dualSidePosition,
            rates,
            unreadable=self._unreadable(),
        )

    async def _portfolio(self, requests: PortfolioRequests) -> AccountAnswers:
        answer, balances, risks, hedge_mode, rates, ranks = await asyncio.gather(
            requests.account(),
            requests.balances(),
            requests.position_risk(),
            requests.hedge_mode(),
            self._rates(needed=True),
            or_none(requests.adl_ranks()),
        )
        risks = tuple(
            replace(row, adl=(ranks or {}).get((row.symbol, row.positionSide), row.adl))
            for row in risks
        )
        garbled = False
        try:
            told_by_exchange = portfolio_answers(answer, balances, risks, rates)
        except BadAnswer:
            garbled = True
        if garbled:
            what = "GET /papi/v1/account"
            raise ExchangeError("garbled", Reason("unreadable_answer", what=what))
        return AccountAnswers(
            told_by_exchange.account,
            risks,
            {row.symbol: _config_of(row) for row in risks},
            "portfolio_margin",
            hedge_mode,
            rates,
            told_by_exchange.whole,
            self._unreadable(),
        )

    def _unreadable(self) -> frozenset[str]:
        """Symbols of positions whose row could not be read."""
        rows = (
            row
            for name, left_out in self._client.left_out.items()
            if name.endswith("/positionRisk")
            for row in left_out
        )
        return frozenset(row.symbol for row in rows)

    async def _modes(self) -> AccountModes:
        """Both modes, asked one by one where the one request for them is not served."""
        config = await or_none(self._client.account_config()) or AccountModes()
        multi, hedge = config.multiAssetsMargin, config.dualSidePosition
        if multi is None:
            multi = await or_none(self._client.multi_assets())
        if hedge is None:
            hedge = await or_none(self._client.hedge_mode())
        return AccountModes(hedge, multi)

    async def _rates(self, *, needed: bool) -> dict[str, AssetRate]:
        """The index prices; for a while those known last, where they cannot be had.

        Raises:
            ExchangeError: none are known, and they are ``needed`` to tell the margin.
        """
        try:
            rates = await or_none(self._client.asset_rates()) or {}
        except ExchangeError as error:
            self._readings_without_rates += 1
            if needed and (not self._known_rates or self._readings_without_rates > RATES_KEPT):
                raise
            self.rates_error = error
            return self._known_rates
        self.rates_error, self._readings_without_rates = None, 0
        self._known_rates = rates
        return rates


async def or_none(answer: Awaitable[T]) -> T | None:
    """The answer; None where the exchange does not serve that path.

    Raises:
        ExchangeError: anything else is wrong.
    """
    try:
        return await answer
    except ExchangeError as error:
        if error.status in (404, 405) or error.code == NOT_SERVED:
            return None
        raise


def _empty(answers: AccountAnswers) -> bool:
    """Whether there is neither a balance nor a position."""
    if any(row.positionAmt for row in answers.risks):
        return False
    account = answers.account
    return not account.totalCrossWalletBalance and not any(
        row.crossWalletBalance for row in account.assets
    )


def _config_of(row: RiskRow) -> SymbolConfig:
    """Every position of portfolio margin is cross; its row tells the leverage."""
    return SymbolConfig(row.symbol, "CROSSED", told(row.leverage) or 1.0)
