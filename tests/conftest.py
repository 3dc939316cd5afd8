"""Fixtures that every test may use."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]
# Without byte code every worker rewrites the assertions of every test, and every process that a
# test starts compiles the program: a tenth of the suite's time.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

settings.register_profile(
    "tuirisk",
    deadline=None,
    derandomize=True,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("thorough", settings.get_profile("tuirisk"), max_examples=2_000)
settings.load_profile("tuirisk")

SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real recordings beside the project; a test that needs them is skipped without them."""
    data = SHARED / "data"
    if not data.is_dir():
        pytest.skip("real recordings are not beside this checkout (../shared/data)")
    return data


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One worker more than cores: tests of the screen wait a fifth of their time."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_finish() -> None:
    """What the imports have made stays: the collector looks at what the tests make, and seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
