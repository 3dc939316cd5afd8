"""Why a provider gives no number, and the one line that says so and what to do."""

from __future__ import annotations

from enum import StrEnum

from tuirisk.events.external import ProviderEvent
from tuirisk.foreign.text import printable
from tuirisk.language.reason import Reason


class Trouble(StrEnum):
    """The kinds of failure of a provider, the one to tell first before the others."""

    NO_KEY = "no_key"
    BAD_KEY = "bad_key"
    PLAN_ENDED = "plan_ended"
    PLAN_TOO_LOW = "plan_too_low"
    REFUSED = "refused"
    RATE_LIMITED = "rate_limited"
    UNKNOWN_SYMBOL = "unknown_symbol"
    UNAVAILABLE = "unavailable"
    BAD_ANSWER = "bad_answer"
    IMPLAUSIBLE = "implausible"
    SILENT = "silent"


KEY_TROUBLES = (Trouble.NO_KEY, Trouble.BAD_KEY, Trouble.PLAN_ENDED)
"""Asking again soon changes nothing: a person must act."""
LONGEST_DETAIL = 80


class ProviderError(Exception):
    """A failure of a provider. ``detail`` says what it said, ``needs`` the plan that would do.

    ``retry_after``: seconds that it asked to be left alone. ``events``: those of the rows of the
    same answer that are sound.
    """

    def __init__(
        self,
        trouble: Trouble,
        detail: str = "",
        *,
        needs: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{trouble}: {detail}")
        self.trouble = trouble
        self.detail = printable(detail, LONGEST_DETAIL)
        self.needs = needs
        self.retry_after = retry_after
        self.events: tuple[ProviderEvent, ...] = ()
        self.recorded = False
        """Whether the answer that says it has been recorded."""

    def reason(self, provider: str) -> Reason:
        """The line of this failure: the provider, the cause, what to do."""
        name, detail = provider, self.detail
        match self.trouble:
            case Trouble.NO_KEY:
                return Reason("provider_no_key", name=name, variable=key_variable(name))
            case Trouble.BAD_KEY:
                return Reason(
                    "provider_bad_key", name=name, variable=key_variable(name), detail=detail
                )
            case Trouble.PLAN_TOO_LOW:
                if not self.needs:
                    return Reason("provider_plan_low", name=name, detail=detail)
                return Reason("provider_plan_too_low", name=name, detail=detail, needs=self.needs)
            case Trouble.PLAN_ENDED:
                return Reason("provider_plan_ended", name=name, detail=detail)
            case Trouble.REFUSED:
                return Reason("provider_refused", name=name, detail=detail)
            case Trouble.RATE_LIMITED:
                return Reason("provider_rate_limited", name=name)
            case Trouble.UNKNOWN_SYMBOL:
                return Reason("provider_unknown_symbol", name=name, detail=detail)
            case Trouble.UNAVAILABLE:
                return Reason("provider_unavailable", name=name, detail=detail)
            case Trouble.IMPLAUSIBLE:
                return Reason("provider_implausible", name=name, detail=detail)
            case Trouble.SILENT:
                return Reason("provider_silent", name=name)
            case _:
                return Reason("provider_bad_answer", name=name, detail=detail)


def key_variable(provider: str) -> str:
    """The environment variable of a provider's key."""
    return f"TUIRISK_{provider.upper()}_KEY"


def http_error(status: int, detail: str = "") -> ProviderError | None:
    """What an HTTP status alone says, where the body says nothing; None for a good one."""
    if status in (418, 429):
        return ProviderError(Trouble.RATE_LIMITED, detail)
    if status == 401:
        return ProviderError(Trouble.BAD_KEY, detail or "HTTP 401")
    if status in (402, 403, 451):
        return ProviderError(Trouble.PLAN_TOO_LOW, detail or f"what is asked for (HTTP {status})")
    if status >= 500:
        return ProviderError(Trouble.UNAVAILABLE, f"HTTP {status}")
    if status >= 300:
        return ProviderError(Trouble.BAD_ANSWER, detail or f"HTTP {status}")
    return None
