"""Where settings come from, and what is said about bad ones."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from farthing.rules.plans import Plan
from farthing.rules.rate_limit import RateLimit
from farthing.settings import Settings, SettingsError, load_settings
from tools.files import ROOT


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
        "database_connections": 15,
        "drain_seconds": 3.5,
        "analytics_url": "clickhouse://host/name",
        "analytics_cluster": "{cluster}",
        "analytics_seconds_max": 2.5,
        "export_root": Path("given"),
        "trusted_proxies": "10.0.0.1",
        "public_url": "https://costs.example.com",
        "mail_from": "costs@example.com",
        "smtp_url": "smtps://mail.example.com",
        "oidc_client_id": "farthing",
        "oidc_client_secret": None,
        "oidc_client_secret_file": ROOT / "LICENSE",
        "oidc_scopes": "openid email",
        "oidc_name": "Example",
        "oidc_groups_claim": "roles",
        "oidc_workspace": "Analytical",
        "oidc_roles": {},
        "oidc_role": "viewer",
        "oidc_domains": "example.com",
        "oidc_link_by_email": True,
        "oidc_issuer": "https://login.example.com",
        "webhook_private_networks": "10.1.0.0/16, fd00:1::/32",
        "webhook_plain_http": True,
        "queue_events_max": 5,
        "body_bytes_max": 2_048,
        "batch_bytes_max": 4_096,
        "batch_items_max": 7,
        "otlp_bytes_max": 2_048,
        "otlp_spans_max": 13,
        "otlp_grace_seconds": 14,
        "address_bytes_max": 2_048,
        "head_bytes_max": 4_096,
        "head_seconds_max": 1.5,
        "body_seconds_max": 2.5,
        "access_token_minutes": 8,
        "signing_key_days": 11,
        "session_idle_days": 9,
        "session_days": 10,
        "exports": Path("files"),
        "export_days": 12,
        "export_bytes_max": 4_096,
        "exports_bytes_max": 8_192,
        "plans": {},
        "log_level": "error",
        "log_format": "json",
    }
    assert set(values) == set(Settings.model_fields)
    for name, value in values.items():
        if value is None:  # can't be set together with another
            continue
        monkeypatch.setenv(f"FARTHING_{name.upper()}", str(value))
    assert load_settings().model_dump() == values


def test_servers_that_may_be_several_leave_slowly_unless_told_otherwise() -> None:
    assert load_settings().drain_s() == 0
    assert load_settings(database_url="postgresql://host/name").drain_s() == 5
    assert load_settings(database_url="postgresql://host/name", drain_seconds=0).drain_s() == 0


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
        *(
            ("analytics_url", url, "analytics_url (FARTHING_ANALYTICS_URL): must be such as clickhouse://")
            for url in ("https://host", "clickhouse://", "chdb://host/folder", "chdb:///", "")
        ),
        ("analytics_cluster", "c", "analytics_cluster (FARTHING_ANALYTICS_CLUSTER): needs analytics_url"),
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


def with_file(monkeypatch: pytest.MonkeyPatch, folder: Path, content: str) -> None:
    """Let a file with this content be the settings file."""
    file = folder / "farthing.toml"
    file.write_text(content)
    monkeypatch.setenv("FARTHING_CONFIG", str(file))


def test_plans_are_tables_of_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    starter = "[plans.starter]\nrequest_limit_per_month = 100_000\nrate_per_second = 2.5\n"
    with_file(monkeypatch, tmp_path, f"{starter}[plans.free]\nraw_days = 14\n")
    plans = load_settings().plans_by_tier()
    assert plans == {
        "starter": Plan(
            tier="starter", name="Starter", request_limit_per_month=100_000, rate=RateLimit(2.5, 3)
        ),
        "free": Plan(tier="free", name="Free", raw_days=14),
    }


def test_plans_can_be_given_as_json_in_their_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FARTHING_PLANS", '{"pro": {"name": "Pro!", "rate_per_second": 10, "burst": 70}}')
    assert load_settings().plans_by_tier() == {"pro": Plan(tier="pro", name="Pro!", rate=RateLimit(10, 70))}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            "[plans.starter]\nrequest_limit_per_month = 0",
            "plans.starter.request_limit_per_month (FARTHING_PLANS): Input should be greater",
        ),
        ("[plans.starter]\nlimit = 5", "plans.starter.limit is not a setting"),
        (
            "[plans.starter]\nrate_per_second = 0",
            "plans.starter.rate_per_second (FARTHING_PLANS): Input should",
        ),
        ("[plans.starter]\nburst = 5", "plans.starter (FARTHING_PLANS): burst (5) needs a rate_per_second"),
        (
            "[plans.starter]\nrate_per_second = 0.001\nburst = 2_593",
            "at a rate_per_second of 0.001 it takes more than 30 days until a burst (2593) is there again",
        ),
        (
            "[plans.starter]\nraw_days = 30\nsummary_days = 7",
            "plans.starter (FARTHING_PLANS): raw_days (30) exceeds summary_days (7)",
        ),
        ("[plans.Starter]\n", "plans (FARTHING_PLANS): 'Starter' can't be the name of a plan"),
        ("[plans.none]\n", "'none' can't be the name of a plan"),
        ("plans = 5\n", "plans (FARTHING_PLANS): Input should be"),
    ],
)
def test_a_bad_plan_is_refused_by_its_name_and_field(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str, told: str
) -> None:
    with_file(monkeypatch, tmp_path, content)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert told in str(refused.value)


def test_the_example_of_plans_can_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FARTHING_CONFIG", str(ROOT / "examples" / "plans.toml"))
    plans = load_settings().plans_by_tier()
    assert list(plans) == ["free", "starter", "pro", "team", "enterprise"]
    assert plans["starter"].request_limit_per_month == 100_000
    assert [(each.raw_days, each.summary_days) for each in plans.values()] == [
        (14, 90),
        (30, 180),
        (90, 365),
        (180, 730),
        (None, None),
    ]


PROVIDER = 'oidc_issuer = "https://login.example.com"\noidc_client_id = "f"\npublic_url = "https://costs.example.com"\n'


def test_an_openid_provider_is_set_up_with_its_secret_in_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text(" s3cret\n")
    roles = '[oidc_roles]\nfinance = "admin"\n'
    given = f'{PROVIDER}oidc_workspace = "W"\noidc_client_secret_file = "{secret}"\n{roles}'
    with_file(monkeypatch, tmp_path, given)
    settings = load_settings()
    assert (settings.oidc_secret(), settings.oidc_roles) == ("s3cret", {"finance": "admin"})
    secret.write_text("\n")
    with pytest.raises(SettingsError, match="is empty"):
        settings.oidc_secret()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('oidc_issuer = "https://x.example"', "needs oidc_client_id and public_url to be set as well"),
        ('oidc_client_id = "f"', "oidc_issuer (FARTHING_OIDC_ISSUER): must be set for oidc_client_id"),
        (PROVIDER.replace("https://login", "http://login"), "http on this machine only"),
        (PROVIDER + 'oidc_scopes = "email"', "must have openid among them"),
        (PROVIDER + 'oidc_role = "viewer"', "oidc_role (FARTHING_OIDC_ROLE): needs oidc_workspace"),
        (PROVIDER + 'oidc_workspace = "W"\noidc_role = "owner"', "Input should be 'admin', 'member' or"),
        (PROVIDER + '[oidc_roles]\na = "owner"', "oidc_roles (FARTHING_OIDC_ROLES): needs oidc_workspace"),
        (PROVIDER + 'oidc_workspace = "W"\n[oidc_roles]\na = "king"', "oidc_roles.a (FARTHING_OIDC_ROLES)"),
        (PROVIDER + 'oidc_client_secret_file = "nowhere"', "is not a file"),
        (
            PROVIDER + 'oidc_client_secret = "s"\noidc_client_secret_file = "x"',
            "can't be set together with oidc_client_secret",
        ),
    ],
)
def test_half_a_provider_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str, told: str
) -> None:
    with_file(monkeypatch, tmp_path, content)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert told in str(refused.value)


def test_levels_are_read_in_any_case() -> None:
    assert load_settings(log_level="WARNING", log_format="JSON").log_level == "warning"


def test_plans_that_are_no_json_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FARTHING_PLANS", "{bad")
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert str(refused.value) == "plans (FARTHING_PLANS): must be JSON in the environment"


@pytest.mark.parametrize("given", ["10.0.0.1/8", "local", "10.0.0.0/33", "10.0.0.0/8;fd00::/8"])
def test_networks_that_are_none_are_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("FARTHING_WEBHOOK_PRIVATE_NETWORKS", given)
    with pytest.raises(SettingsError, match=r"must be networks such as 10\.1\.0\.0/16"):
        load_settings()
