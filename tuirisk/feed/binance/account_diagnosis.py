"""The checks of ``tuirisk doctor`` on the API key and its account. Secrets appear nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping

from tuirisk.config.model import ExchangeConfig
from tuirisk.events import AccountMode
from tuirisk.feed.binance.account.credentials import (
    KeysError,
    peek_credentials,
    resolve_credentials,
)
from tuirisk.feed.binance.account.reader import AccountReader
from tuirisk.feed.binance.account.signed import CLOCK_OFF, SignedClient
from tuirisk.feed.binance.account.signing import UnusableKeyError
from tuirisk.feed.binance.account.snapshot import AccountAnswers, AccountSnapshot
from tuirisk.feed.binance.account.status import AccountStatus
from tuirisk.feed.binance.finding import Finding, failed
from tuirisk.feed.binance.rest.errors import ExchangeError
from tuirisk.feed.binance.rest.rate_limiter import RateLimiter
from tuirisk.feed.clock import Clock
from tuirisk.foreign.text import printable

CREDITS = "BNFCR"
"""What the positions of accounts in the European Union settle in."""
_MODES: dict[AccountMode, str] = {
    "single_asset": "single-asset mode",
    "multi_assets": "multi-assets mode",
    "portfolio_margin": "portfolio margin",
}


async def key_findings(
    exchange: ExchangeConfig, environ: Mapping[str, str], clock: Clock, offset_ms: float
) -> list[Finding]:
    try:
        keys = await asyncio.to_thread(resolve_credentials, peek_credentials(environ))
    except KeysError as error:
        return [Finding("API key", "error", str(error), "set it right; the market needs none")]
    if keys is None:
        return [Finding("API key", "ok", "none set; none is needed to watch the market")]
    try:
        kind = keys.signer.kind
    except UnusableKeyError:
        return [Finding("API key", "error", "not a private key", "set it right")]
    signed = SignedClient(exchange, keys, RateLimiter(clock), clock, lambda: offset_ms)
    try:
        findings = [Finding("API key type", "ok", kind), *await _rights(signed, exchange)]
        if not any(finding.status == "error" for finding in findings):
            findings += await account_findings(signed)
    finally:
        await signed.close()
    return findings


async def _rights(signed: SignedClient, exchange: ExchangeConfig) -> list[Finding]:
    """Judge a key by what it may do, as the account does before it is used."""
    if not signed.has_permissions_host:
        detail = f"its rights cannot be requested on {exchange.environment}"
        return [Finding("API key", "warning", detail)]
    try:
        rights = await signed.permissions()
    except ExchangeError as error:
        return [_key_failed("API key", error)]
    if rights.refusal:
        remedy = "make a read-only key in Binance's API management"
        return [Finding("API key", "error", f"not used: {rights.refusal}", remedy)]
    remedy = "change it in Binance's API management"
    return [Finding("API key", "warning", str(each), remedy) for each in rights.warnings] or [
        Finding("API key", "ok", "read-only and restricted to known addresses")
    ]


async def account_findings(signed: SignedClient) -> list[Finding]:
    """What kind of account it is: its margin mode, its position mode, what is held how."""
    reader = AccountReader(signed)
    try:
        answers = await reader.read()
    except ExchangeError as error:
        return [_key_failed("account", error)]
    isolated = {s for s, config in answers.config.items() if config.is_isolated}
    held = [row for row in answers.risks if row.positionAmt]
    alone = sum(1 for row in held if row.symbol in isolated)
    assets = [row.asset for row in answers.account.assets if row.crossWalletBalance]
    mode = _MODES[answers.mode] if answers.mode is not None else "mode not told"
    if CREDITS in {*assets, *(row.margin_asset for row in held)}:
        mode += f", EU credits ({CREDITS})"
    findings = [
        Finding("account", "ok", f"readable; positions: {len(held)}"),
        Finding("margin mode", "ok" if answers.mode is not None else "warning", mode),
        Finding("margin types", "ok", f"{len(held) - alone} cross, {alone} isolated"),
        Finding("position mode", "ok", "hedge" if answers.hedge_mode else "one-way"),
        Finding("assets", "ok", ", ".join(map(printable, assets)) or "none"),
    ]
    whole = answers.portfolio_margin
    if whole is not None:
        well = whole.status in ("", "NORMAL")
        ratio = "not told" if whole.uni_mmr is None else f"{whole.uni_mmr:.2f}"
        detail = f"uniMMR {ratio}, {whole.status or 'status not told'}"
        findings.append(Finding("portfolio margin", "ok" if well else "warning", detail))
    return [*findings, *_account_messages(signed, answers, reader)]


def _account_messages(
    signed: SignedClient, answers: AccountAnswers, reader: AccountReader
) -> Iterator[Finding]:
    """What the monitor would say of this account in its messages, beside what stands above."""
    snapshot, status = AccountSnapshot(), AccountStatus()
    snapshot.replace(answers)
    status.has_keys = True
    status.take_snapshot(snapshot)
    status.set_error("rates", reader.rates_error)
    refused = [row.reason for rows in signed.left_out.values() for row in rows]
    status.left_out = tuple(dict.fromkeys(refused))
    reading = status.reading(0)
    for message in reading.messages if reading is not None else ():
        if message.code not in ("account_mode_unknown", "portfolio_margin_status"):
            yield Finding("account", "warning", str(message).removeprefix("account: "))


def _key_failed(what: str, error: ExchangeError) -> Finding:
    if error.code == CLOCK_OFF:
        return Finding(what, "error", str(error), "synchronise the clock (NTP)")
    if error.code is not None:
        remedy = "make a new read-only key, allowed for this address, and set it"
        return Finding(what, "error", str(error), remedy)
    return failed(what, error)
