"""Where settings come from, what stops the start, and what is never said."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from lti_elos.errors import Misconfigured
from lti_elos.paths import shipped_dir
from lti_elos.settings import Settings, default_toml, load_settings

KEY = "k" * 32
VALUE = "a-value-that-nobody-may-read"


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("LTI_ELOS_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "elos.toml"
    monkeypatch.setenv("LTI_ELOS_CONFIG", str(path))
    return path


def refused() -> str:
    with pytest.raises(Misconfigured) as caught:
        load_settings()

    line = str(caught.value)
    assert "\n" not in line
    assert caught.value.__cause__ is None
    return line


# --- where values come from ---


def test_nothing_needs_to_be_set() -> None:
    settings = load_settings()

    assert settings.base_url == "http://localhost:8000"
    assert settings.secret_keys == []
    assert settings.sqlalchemy_url == f"sqlite:///{Path('data').resolve()}/lti-elos.sqlite3"


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text('proxy_hops = 1\nlog_level = "debug"\n')
    monkeypatch.setenv("LTI_ELOS_PROXY_HOPS", "2")

    settings = load_settings()

    assert (settings.proxy_hops, settings.log_level, settings.log_format) == (2, "debug", "console")


def test_a_database_url_replaces_the_file_of_the_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LTI_ELOS_DATABASE_URL", "postgresql://elos@db/elos")

    assert load_settings().sqlalchemy_url == "postgresql://elos@db/elos"


# --- what stops the start ---


def test_an_unknown_name_in_the_environment_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LTI_ELOS_SECRET_KEI", VALUE)

    line = refused()

    assert line.startswith("LTI_ELOS_SECRET_KEI (environment)")
    assert "LTI_ELOS_SECRET_KEY" in line
    assert VALUE not in line


def test_a_lower_case_name_in_the_environment_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("lti_elos_proxy_hops", "2")

    assert "lti_elos_proxy_hops (environment)" in refused()


def test_an_unknown_key_in_the_file_stops_the_start(file: Path) -> None:
    file.write_text(f'elos_secrett = "{VALUE}"\n')

    line = refused()

    assert f"elos_secrett ({file})" in line
    assert VALUE not in line


def test_an_unknown_table_in_the_file_stops_the_start(file: Path) -> None:
    file.write_text(f'[elos]\nsecret = "{VALUE}"\n')

    line = refused()

    assert f"elos ({file})" in line
    assert VALUE not in line


@pytest.mark.parametrize(
    ("key", "toml"),
    [
        ("proxy_hops", f'"{VALUE}"'),
        ("proxy_hops", "11"),
        ("allow_private_networks", f'"{VALUE}"'),
        ("elos_digest", f'"{VALUE}"'),
        ("default_locale", '"fr"'),
        ("live_refresh_s", "0"),
        ("secret_key", "5"),
        ("elos_secret", f'["{VALUE}"]'),
        ("default_time_zone", f'"{VALUE}"'),
        ("default_time_zone", '"../../etc/passwd"'),
        ("base_url", f'"{VALUE}"'),
        ("base_url", f'"ftp://{VALUE}"'),
        ("base_url", f'"https://tool.example/{VALUE}"'),
        ("base_url", f'"https://tool.example?{VALUE}"'),
        ("base_url", f'"https://tool.example:{VALUE}"'),
        ("base_url", f'"https://user:{VALUE}@tool.example"'),
        ("base_url", '"https://[bad"'),
    ],
)
def test_a_value_of_the_wrong_kind_stops_the_start_with_key_and_source_and_without_the_value(
    file: Path, key: str, toml: str
) -> None:
    file.write_text(f"{key} = {toml}\n")

    line = refused()

    assert line.startswith(f"{key} ({file}): ")
    assert VALUE not in line


@pytest.mark.parametrize("name", ["PROXY_HOPS", "ALLOW_PRIVATE_NETWORKS", "ELOS_DIGEST", "LIVE_REFRESH_S"])
@pytest.mark.parametrize("value", [VALUE, ""])
def test_a_wrong_value_in_the_environment_names_its_variable_and_not_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"LTI_ELOS_{name}", value)

    line = refused()

    assert line.startswith(f"{name.lower()} (environment LTI_ELOS_{name}): ")
    assert VALUE not in line


def test_all_wrong_values_are_told_at_once(file: Path) -> None:
    file.write_text('proxy_hops = "x"\nlog_level = "loud"\n')

    line = refused()

    assert "proxy_hops" in line
    assert "log_level" in line


def test_a_file_that_is_not_there_stops_the_start(file: Path) -> None:
    assert refused() == f"LTI_ELOS_CONFIG names {file}, which cannot be read: No such file or directory"


@pytest.mark.parametrize("content", [b"base_url = \n", b"\xff\xfe"])
def test_a_file_that_is_not_toml_stops_the_start(file: Path, content: bytes) -> None:
    file.write_bytes(content)

    assert refused().startswith(f"{file} is not TOML: ")


@pytest.mark.parametrize(("given", "part"), [("short", 1), (f"{KEY},short", 2), (f" {KEY} , {'x' * 31} ", 2)])
def test_a_short_secret_key_stops_the_start(monkeypatch: pytest.MonkeyPatch, given: str, part: int) -> None:
    monkeypatch.setenv("LTI_ELOS_SECRET_KEY", given)

    line = refused()

    assert line.startswith(f"SECRET_KEY: part {part} has fewer than 32 characters")
    assert "short" not in line


# --- what values become ---


def test_secret_keys_are_separated_by_commas_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LTI_ELOS_SECRET_KEY", f"{'b' * 40}, {'a' * 32},")

    assert load_settings().secret_keys == ["b" * 40, "a" * 32]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://tool.example/", "https://tool.example"),
        ("https://tool.example:8443", "https://tool.example:8443"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        # Browsers write an origin in lower case and without the scheme's own port: ours is compared with theirs.
        ("HTTPS://Tool.Example", "https://tool.example"),
        ("https://tool.example:443", "https://tool.example"),
        ("http://localhost:80/", "http://localhost"),
    ],
)
def test_the_base_url_is_written_as_browsers_write_an_origin(given: str, kept: str) -> None:
    assert load_settings(base_url=given).base_url == kept


def test_secrets_are_never_printed() -> None:
    settings = load_settings(secret_key=KEY, elos_secret=VALUE, database_url=f"postgresql://u:{VALUE}@h/d")

    for shown in (repr(settings), str(settings), str(settings.model_dump()), settings.model_dump_json()):
        assert KEY not in shown
        assert VALUE not in shown


def test_settings_do_not_change() -> None:
    settings = load_settings()

    with pytest.raises(ValueError, match="frozen"):
        settings.proxy_hops = 3  # type: ignore[misc]


# --- the file that we ship ---


def test_the_shipped_file_is_the_generated_one() -> None:
    assert (shipped_dir("configs") / "default.toml").read_text(encoding="utf-8") == default_toml()


def test_the_shipped_file_says_what_the_defaults_are(file: Path) -> None:
    lines = [line.removeprefix("# ") for line in default_toml().splitlines() if " = " in line]
    file.write_text("\n".join(lines))

    assert tomllib.loads(file.read_text()).keys() == Settings.model_fields.keys()
    assert load_settings().model_dump() == Settings().model_dump()
