"""Where settings come from, and what is said about bad ones."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from farthing.settings import Settings, SettingsError, load_settings


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("FARTHING_"):
            monkeypatch.delenv(name)


def test_flags_win_over_the_environment_and_that_over_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "farthing.toml"
    file.write_text('host = "file"\nport = 1\nlog_level = "debug"\n')
    monkeypatch.setenv("FARTHING_CONFIG", str(file))
    monkeypatch.setenv("FARTHING_HOST", "environment")
    monkeypatch.setenv("FARTHING_PORT", "2")
    settings = load_settings(port=3, data=None)
    assert (settings.port, settings.host, settings.log_level) == (3, "environment", "debug")
    assert settings.data == Path("data")


def test_every_setting_can_be_set_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "host": "0.0.0.0",  # noqa: S104 - only read back
        "port": 1,
        "data": Path("elsewhere"),
        "database_url": "postgresql://host/name",
        "trusted_proxies": "10.0.0.1",
        "queue_events_max": 5,
        "body_bytes_max": 2_048,
        "batch_bytes_max": 4_096,
        "batch_items_max": 7,
        "access_token_minutes": 8,
        "refresh_days": 9,
        "log_level": "error",
        "log_format": "json",
    }
    assert set(values) == set(Settings.model_fields)
    for name, value in values.items():
        monkeypatch.setenv(f"FARTHING_{name.upper()}", str(value))
    assert load_settings().model_dump() == values


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("port", "70000", "port (FARTHING_PORT): Input should be less than or equal to 65535"),
        ("port", "x", "port (FARTHING_PORT): Input should be a valid integer"),
        ("queue_events_max", "0", "queue_events_max (FARTHING_QUEUE_EVENTS_MAX): Input should be greater"),
        ("log_level", "loud", "log_level (FARTHING_LOG_LEVEL): Input should be 'debug', 'info'"),
        (
            "database_url",
            "sqlite:///x",
            "database_url (FARTHING_DATABASE_URL): must begin with postgresql://",
        ),
    ],
)
def test_a_bad_value_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(f"FARTHING_{name.upper()}", value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert told in str(refused.value)


def test_a_password_in_a_bad_database_url_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FARTHING_DATABASE_URL", "mysql://ada:s3cret@host/name")
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("prot = 1\n", "prot is not a setting"),
        ("port = \n", "farthing.toml: "),
        (None, "which is not a file"),
    ],
)
def test_a_bad_file_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None, told: str
) -> None:
    file = tmp_path / "farthing.toml"
    if content is not None:
        file.write_text(content)
    monkeypatch.setenv("FARTHING_CONFIG", str(file))
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert told in str(refused.value)


def test_levels_are_read_in_any_case() -> None:
    assert load_settings(log_level="WARNING", log_format="JSON").log_level == "warning"
