"""Reading and refusing the parameters of a REST request, in Binance's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):
    """A request refused: HTTP status, Binance's code and message."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status

    @property
    def body(self) -> dict[str, Any]:
        """The answer's JSON body."""
        return {"code": self.code, "msg": self.message}


def missing_parameter(name: str) -> Refusal:
    """The refusal of a request without a mandatory parameter."""
    text = f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."
    return Refusal(-1102, text)


def invalid_parameter(name: str) -> Refusal:
    """The refusal of a parameter whose value is out of its range."""
    return Refusal(-1130, f"Data sent for parameter '{name}' is not valid.")


class Query:
    """The parameters of one request, by name; getters raise `Refusal`."""

    def __init__(self, params: Mapping[str, str]) -> None:
        self.parameters = params

    def text(self, name: str) -> str | None:
        """A parameter as it came, None when absent or empty."""
        return self.parameters.get(name) or None

    def required(self, name: str) -> str:
        """A mandatory parameter."""
        value = self.text(name)
        if value is None:
            raise missing_parameter(name)
        return value

    def integer(self, name: str) -> int | None:
        """A whole number, None when absent."""
        value = self.text(name)
        if value is None:
            return None
        try:
            return int(value)
        except ValueError:
            raise Refusal(
                -1100,
                f"Illegal characters found in parameter '{name}'; "
                "legal range is '^[0-9]{1,20}$'.",
            ) from None

    def limit(self, default: int, largest: int) -> int:
        """The `limit` parameter, between 1 and `largest`."""
        value = self.integer("limit")
        if value is None:
            return default
        if not 1 <= value <= largest:
            raise invalid_parameter("limit")
        return value

    def span(self) -> tuple[int | None, int | None]:
        """`startTime` and `endTime`, milliseconds."""
        start, end = self.integer("startTime"), self.integer("endTime")
        if start is not None and end is not None and start > end:
            raise Refusal(-1023, "Start time is greater than end time.")
        return start, end
