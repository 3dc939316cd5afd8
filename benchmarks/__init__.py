"""Measurements behind the speed claims; each prints its peer's figure from the same run."""
