"""config.toml: the corpora, any other content, its paths, and the command line."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuirisk.config.convert import convert, every_key
from tuirisk.config.file import load, with_overrides, with_positions
from tuirisk.config.model import Config, ConfigError, PositionConfig, ScenarioConfig, Weights

CORPUS = Path(__file__).parent / "configs"
VALID = sorted((CORPUS / "valid").glob("*.toml"))
INVALID = sorted((CORPUS / "invalid").glob("*.toml"))


def refusal(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load(path, environ={})
    return str(caught.value)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def test_the_corpora_are_complete() -> None:
    assert len(VALID) >= 10
    assert len(INVALID) >= 60


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_a_valid_file_is_read_and_not_written(path: Path) -> None:
    before = path.read_bytes()
    assert load(path, environ={}).path == path
    assert path.read_bytes() == before


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_an_invalid_file_is_refused_with_its_one_line(path: Path) -> None:
    first = path.read_bytes().split(b"\n")[0].decode()
    expected = first.removeprefix("# expect: ").replace("FILE", str(path))
    message = refusal(path)
    assert message == expected
    assert message.isprintable(), "one line, and nothing a terminal would obey"
    assert "hunter2" not in message
    assert "NOTAKEY" not in message


# The values of the corpus, for what a mere "it loads" would not show.


def test_positions_are_read_in_full() -> None:
    first, second = load(CORPUS / "valid" / "positions.toml", environ={}).positions
    assert first == PositionConfig("BTCUSDT", "long", 0.5, 61_250.5, 1.0, "isolated", 0.0)
    assert second == PositionConfig("ETHUSDT", "short", 12.0, 3_500.0, 20.0, "cross", 4_000.0)


def test_the_words_of_a_choice_may_be_written_in_capitals() -> None:
    row = {"symbol": "BTCUSDT", "side": "LONG", "margin_mode": "Isolated", "quantity": 1.0,
           "entry_price": 5.0}  # fmt: skip
    (position,) = convert({"positions": [row]}, "").positions
    assert (position.side, position.margin_mode) == ("long", "isolated")
    with pytest.raises(ConfigError, match='got "BUY"'):
        convert({"positions": [row | {"side": "BUY"}]}, "")


def test_both_sides_of_a_symbol_are_two_positions() -> None:
    sides = [p.side for p in load(CORPUS / "valid" / "hedged.toml", environ={}).positions]
    assert sides == ["long", "short"]


def test_scenarios_are_read_in_full() -> None:
    rain, other = load(CORPUS / "valid" / "scenarios.toml", environ={}).scenarios
    assert rain == ScenarioConfig("rain", -0.25, 3.0, 5.0, 4.0, -0.001)
    assert other == ScenarioConfig("2020-03-12", 0.5, 1.0, 1.0, 1.0, 0.0)


def test_symbols_of_positions_are_watched() -> None:
    config = load(CORPUS / "valid" / "positions.toml", environ={})
    assert with_positions(config).symbols == config.symbols, "they are watched already"
    few = dataclasses.replace(config, symbols=("XRPUSDT", "ETHUSDT"))
    assert with_positions(few).symbols == ("XRPUSDT", "ETHUSDT", "BTCUSDT")
    assert with_positions(Config()) == Config()


def test_whole_numbers_become_floats_and_lists_tuples() -> None:
    config = load(CORPUS / "valid" / "whole_numbers_for_decimals.toml", environ={})
    assert config.account.equity == 25_000.0
    assert type(config.account.equity) is float
    assert config.risk.impact_ladder == (1_000.0, 10_000.5)
    assert config.risk.weights == Weights(1.0, 2.0, 0.0, 0.0)


def test_a_missing_key_keeps_its_default() -> None:
    config = load(CORPUS / "valid" / "dotted_keys.toml", environ={})
    assert config.risk.weights == Weights(market=0.5)
    assert config.ui == dataclasses.replace(Config().ui, theme="gruvbox", refresh_hz=0.2)
    assert config.exchange == Config().exchange


def test_a_leverage_mix_replaces_the_default_one() -> None:
    config = load(CORPUS / "valid" / "leverage_mix.toml", environ={})
    assert config.risk.leverage_mix == {"3": 0.4, "125": 0.6}


def test_providers_are_read() -> None:
    providers = load(CORPUS / "valid" / "providers.toml", environ={}).providers
    assert providers["deribit"].every == 30
    assert not providers["fear_greed"].enabled
    assert providers["cvi"].path == "data.CVI.index"


# Any content.


numbers = st.floats() | st.integers() | st.booleans() | st.text(max_size=3)


@given(value=numbers)
def test_a_number_is_finite_and_in_range_or_refused(value: object) -> None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    body = {"ui": {"refresh_hz": value}}
    if is_number and 0.2 <= value <= 20:  # type: ignore[operator]
        assert convert(body, "F").ui.refresh_hz == value
    else:
        with pytest.raises(ConfigError, match=r"\AF: ui\.refresh_hz: (expected|the) [^\n]+\Z"):
            convert(body, "F")


known = sorted({part for key, _ in every_key() for part in key.replace("[]", "").split(".")})
words = st.sampled_from(known) | st.text(max_size=8)
bodies = st.recursive(
    numbers,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(body=st.dictionaries(words, bodies, max_size=5))
def test_any_toml_is_read_or_refused_in_one_line(body: dict[str, object]) -> None:
    try:
        convert(body, "F")
    except ConfigError as error:
        message = str(error)
        assert message.startswith("F: ")
        assert message.isprintable()


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=40) | st.text(max_size=40).map(str.encode))
def test_any_bytes_are_read_or_refused_in_one_line(
    data: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(data)
    try:
        load(path, environ={})
    except ConfigError as error:
        message = str(error)
        assert message.startswith(f"{path}: ")
        assert message.isprintable()


@pytest.mark.parametrize("text", ["a = " + "[" * 5_000, "a = " + "9" * 5_000])
def test_numbers_and_nesting_beyond_python_s_limits_are_refused(config: Path, text: str) -> None:
    config.write_text(text, encoding="utf-8")
    message = refusal(config)
    assert message.startswith(f"{config}: ")
    assert "valid TOML" in message


def test_a_long_hexadecimal_number_is_refused_without_being_shown(config: Path) -> None:
    config.write_text("[risk]\nseed = 0x" + "f" * 6_000, encoding="utf-8")
    assert len(refusal(config)) < 200


@pytest.mark.parametrize("key", ["api_key", "API_SECRET", "api-secret", "apiKey", "secret_key"])
@pytest.mark.parametrize("table", ["", "[account]", "[[positions]]", "[providers.other]"])
def test_no_secret_is_read_or_repeated(config: Path, table: str, key: str) -> None:
    config.write_text(f'{table}\n{key} = "hunter2"\n', encoding="utf-8")
    message = refusal(config)
    assert key in message
    assert "never read from this file" in message
    assert "hunter2" not in message
    if "providers" not in table:
        assert "TUIRISK_API_KEY and TUIRISK_API_SECRET" in message
        assert "keyring" in message


@pytest.mark.parametrize(
    "proxy",
    [
        "socks4://user:hunter2@host:1",
        "user:hunter2@host",
        "http://user:hunter2@host:99999",
        "http://user:hunter2@[::1",
        "http://user:hunter2@",
        "http://user:hunter2@ho st",
        "http://user:hunter2@host\n",
        "hunter2",
    ],
)
def test_no_proxy_is_repeated(config: Path, proxy: str) -> None:
    config.write_text(f"[exchange]\nproxy = {proxy!r}\n".replace("'", '"'), encoding="utf-8")
    message = refusal(config)
    assert message.startswith(f"{config}: exchange.proxy: ")
    assert "hunter2" not in message


# Paths.


def test_without_a_file_all_is_default(tmp_path: Path) -> None:
    assert load(None, environ={"XDG_CONFIG_HOME": str(tmp_path)}) == Config()


def test_a_default_path_below_a_file_counts_as_no_configuration(tmp_path: Path) -> None:
    """``XDG_CONFIG_HOME=/dev/null`` is a customary way to say "no configuration"."""
    (tmp_path / "null").touch()
    assert load(None, environ={"XDG_CONFIG_HOME": str(tmp_path / "null")}) == Config()


def test_the_default_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "tuirisk" / "config.toml"
    file.parent.mkdir()
    file.write_text('symbols = ["LTCUSDT"]\n', encoding="utf-8")
    config = load(None, environ={"XDG_CONFIG_HOME": str(tmp_path)})
    assert (config.symbols, config.path) == (("LTCUSDT",), file)


def test_the_platform_s_directory_is_used_where_the_environment_names_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.toml").write_text('symbols = ["LTCUSDT"]\n', encoding="utf-8")
    monkeypatch.setattr("platformdirs.user_config_path", lambda name: tmp_path)
    assert load(None, environ={}).symbols == ("LTCUSDT",)
    assert load(None, environ={"XDG_CONFIG_HOME": "not/absolute"}).symbols == ("LTCUSDT",)


def test_a_named_file_must_exist(config: Path) -> None:
    assert refusal(config) == f"{config}: there is no such file; see config.example.toml"


def test_a_broken_link_as_the_default_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tuirisk").mkdir()
    (tmp_path / "tuirisk" / "config.toml").symlink_to(tmp_path / "gone.toml")
    with pytest.raises(ConfigError, match="there is no such file"):
        load(None, environ={"XDG_CONFIG_HOME": str(tmp_path)})


def test_a_directory_is_refused(tmp_path: Path) -> None:
    message = refusal(tmp_path)
    assert message == f"{tmp_path}: cannot be read (is a directory); make it a readable file"


def test_reading_the_configuration_imports_no_heavy_package() -> None:
    check = (
        "import sys, tuirisk.config.file; heavy = {'platformdirs', 'numpy', 'textual', 'aiohttp'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


# The command line.


def overridden(
    symbols: str | None = None, theme: str | None = None, language: str | None = None
) -> Config:
    return with_overrides(Config(), symbols=symbols, theme=theme, language=language)


def test_no_option_changes_nothing() -> None:
    assert overridden() == Config()


def test_symbols_are_trimmed_and_upper_cased() -> None:
    assert overridden(symbols=" btcusdt, ETHUSDT ,").symbols == ("BTCUSDT", "ETHUSDT")


def test_theme_and_language_are_set_and_the_rest_stays() -> None:
    config = overridden(theme="dracula", language="zh")
    ui = dataclasses.replace(Config().ui, theme="dracula", language="zh")
    assert config == dataclasses.replace(Config(), ui=ui)


def test_options_leave_the_rest_of_the_file() -> None:
    path = CORPUS / "valid" / "positions.toml"
    config = with_overrides(load(path, environ={}), symbols="BTCUSDT", theme=None, language=None)
    assert config.path == path
    assert len(config.positions) == 2


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (
            {"symbols": "BTC/USDT"},
            '--symbols: "BTC/USDT" is not a symbol; write one such as BTCUSDT',
        ),
        ({"symbols": "A,b,a"}, '--symbols: "A" is listed twice; list it once'),
        ({"symbols": " , "}, "--symbols: there is no symbol; name at least one, such as BTCUSDT"),
        ({"theme": ""}, "--theme: there is no name; name a theme, such as nord"),
        (
            {"language": "fr"},
            '--lang: expected "auto", "en" or "zh", got "fr"',
        ),
    ],
)
def test_mistakes_name_the_option(said: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        overridden(**said)
    assert str(caught.value) == message
