"""A configuration saved while ``watch`` or ``serve`` runs is taken in; a mistake in it is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tuirisk.cli.config_following import ConfigFollowing
from tuirisk.config.file import load, with_positions
from tuirisk.config.model import Config
from tuirisk.config.reload import ConfigFileWatch

POSITION = '[[positions]]\nsymbol = "SOLUSDT"\nside = "long"\nquantity = 1\nentry_price = 9\n'


class Source:
    """Remembers what was added and removed."""

    def __init__(self) -> None:
        self.changes: list[str] = []

    def add(self, symbol: str) -> None:
        self.changes.append(f"+{symbol}")

    def remove(self, symbol: str) -> None:
        self.changes.append(f"-{symbol}")


class FakeMonitor:
    """Remembers the configurations it was given."""

    def __init__(self) -> None:
        self.source = Source()
        self.configs: list[Config] = []

    def configure(self, config: Config) -> None:
        self.configs.append(config)


async def test_a_saved_configuration_is_taken_in_and_a_mistake_keeps_the_old_one(
    tmp_path: Path,
) -> None:
    path, said, monitor = tmp_path / "config.toml", list[str](), FakeMonitor()
    path.write_text('symbols = ["BTCUSDT", "ETHUSDT"]\n')
    following = ConfigFollowing(
        ConfigFileWatch(path, lambda: load(path, environ={})),
        load(path, environ={}),
        lambda config: with_positions(replace(config)),
        said.append,
    )

    async def saved(text: str) -> None:
        path.write_text(text)
        for _ in range(2):
            await following.look(monitor)

    await saved('symbols = ["BTCUSDT"]\n' + POSITION)
    assert monitor.source.changes == ["+SOLUSDT", "-ETHUSDT"]
    assert [one.symbol for one in monitor.configs[-1].positions] == ["SOLUSDT"]
    assert said == ["Configuration read again: symbols, positions"]
    await saved('symbols = ["BTCUSDT"]\n[alerts]\nbll = true\n')
    await saved('symbols = ["BTCUSDT"]\n' + POSITION[:20])
    assert len(monitor.configs) == 1
    assert 'unknown key; did you mean "bell"?; the configuration of before counts on' in said[1]
    assert said[2].endswith("the configuration of before counts on")
    await saved('symbols = ["BTCUSDT"]\n' + POSITION + '[ui]\ntheme = "light"\n')
    assert said[3:] == ["The configuration is in order again", "At the next start: ui"]
