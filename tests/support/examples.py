"""How many examples an expensive property is tried with."""

from __future__ import annotations

from hypothesis import settings

EACH = 100
"""Examples of a property that says nothing of its own, in the profile of every run."""


def examples(count: int) -> settings:
    """``count`` examples; by as much more as the profile has more (``thorough``: twenty times)."""
    assert settings.default is not None
    return settings(max_examples=count * settings.default.max_examples // EACH)
