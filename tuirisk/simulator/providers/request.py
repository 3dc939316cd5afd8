"""A request to a provider and its answer, without a socket."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

PLANS = ("hobbyist", "startup", "standard", "professional")
"""Plans of the invented keys, the lowest first: `demo-professional` is one of the highest."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: its path, its parameters, its headers (names in lower case) and its time."""

    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    now_ms: int
    seed: int
    prices: Mapping[str, float]
    """Symbol → price."""

    def number(self, name: str, otherwise: int) -> int:
        """A whole number among the parameters."""
        text = self.params.get(name, "")
        return int(text) if text.isdigit() else otherwise

    def plan(self, key: str) -> str | None:
        """The plan of `key`; None for a key that is none."""
        plan = key.removeprefix("demo-")
        return plan if key.startswith("demo-") and plan in (*PLANS, "ended") else None


@dataclass(frozen=True, slots=True)
class Told:
    """One answer."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] | None = None


Handler = Callable[[Asked], Told]
