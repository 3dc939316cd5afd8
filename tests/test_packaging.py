"""What is installed is whole: the wheel carries what the program reads, and runs off the tree."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel built from this tree, unpacked in a folder of its own."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_the_wheel_carries_code_themes_texts_styles_and_the_type_marker(installed: Path) -> None:
    for folder, place in (("themes", "tuirisk/themes"), ("tuirisk", "tuirisk")):
        source = ROOT / folder
        carried = [p for p in source.rglob("*") if p.suffix in (".toml", ".tcss", ".py", ".typed")]
        assert carried
        for path in carried:
            assert (installed / place / path.relative_to(source)).is_file(), path
    assert not (installed / "tests").exists()


def test_it_runs_away_from_the_tree(installed: Path, tmp_path: Path) -> None:
    code = (
        "import tuirisk, sys; assert tuirisk.__file__.startswith(sys.argv[1]), tuirisk.__file__;"
        "from tuirisk.ui.themes.themes import theme_names; assert 'nord' in theme_names();"
        "from tuirisk.language.words import table; assert table('zh');"
        "from tuirisk.cli.main import main;"
        "sys.exit(main(['snapshot', '--json', '--demo', '--symbols', 'BTCUSDT']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(installed)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(installed), "XDG_CONFIG_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_ci_runs_the_readmes_own_command() -> None:
    (command,) = [
        line.strip()
        for line in (ROOT / "README.md").read_text().splitlines()
        if "-m pytest" in line and line.startswith("    ")
    ]
    assert command in (ROOT / ".ci/run").read_text().splitlines()
