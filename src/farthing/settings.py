"""Every setting, with its default. Flags win over the environment (FARTHING_…), that over a TOML file.

docs/settings.md describes them for operators; a test keeps the two alike.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import (
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import SettingsError as UnreadableSettingError

from farthing.notify.mail import url_problem
from farthing.plan_settings import PlanSettings
from farthing.rules.destinations import Network, networks
from farthing.rules.plans import Plan
from farthing.rules.roles import Role

_PREFIX = "FARTHING_"
_DRAIN_SECONDS = 5.0
"""Longer than most balancers take to notice."""
_FILE_VARIABLE = "FARTHING_CONFIG"
_TIER: Final = re.compile("[a-z0-9][a-z0-9_-]{0,39}")
_TAKEN_TIERS: Final = ("none", "self_hosted")
"""Words for having no plan."""
_OF_PROVIDER: Final = (
    "oidc_client_id",
    "oidc_client_secret",
    "oidc_client_secret_file",
    "oidc_workspace",
    "oidc_domains",
    "oidc_link_by_email",
)
"""Settings that say nothing without a provider."""


class SettingsError(Exception):
    """A setting can't be used; the message names it and says why."""


class Settings(BaseSettings):
    """How one server runs. Immutable; made by `load_settings`."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="forbid", frozen=True)

    host: str = Field(default="127.0.0.1", description="Address to listen on; 0.0.0.0 is every interface.")
    port: int = Field(default=8787, ge=0, le=65_535, description="Port to listen on. 0 takes any free one.")
    data: Path = Field(
        default=Path("./data"),
        description="Folder of the installation; made when missing. The default database is in it.",
    )
    database_url: str | None = Field(
        default=None,
        description="postgresql://user:password@host/name. Without it, SQLite in the data folder.",
    )
    database_connections: int = Field(
        default=10,
        ge=7,
        le=100,
        description="Connections to PostgreSQL that a server opens at most: five for what changes something, "
        "the others for reports.",
    )
    drain_seconds: float | None = Field(
        default=None,
        ge=0,
        le=300,
        description="How long a server that was asked to end goes on answering, while /readyz says 503 so "
        "that balancers turn to others. 5 on PostgreSQL and 0 on SQLite without it; Ctrl-C does not wait.",
    )
    analytics_url: str | None = Field(
        default=None,
        description="A copy of all calls in ClickHouse, for questions that no sums answer: "
        "clickhouse://user:password@host:8123/database, clickhouses:// over TLS, or chdb:///folder for one "
        "in this process ([how](clickhouse.md)). Without it, the database answers them.",
    )
    analytics_cluster: str | None = Field(
        default=None,
        min_length=1,
        description="The cluster that the copy's tables are made on, replicated and in shards by workspace. "
        "Needs a clickhouse:// address in analytics_url.",
    )
    analytics_seconds_max: float = Field(
        default=10,
        gt=0,
        le=300,
        description="How long a question may take in the copy before the database is asked instead.",
    )
    trusted_proxies: str = Field(
        default="",
        description="Addresses of the proxies whose X-Forwarded-For is believed, with commas.",
    )
    public_url: str | None = Field(
        default=None,
        description="Where people reach the pages, such as https://farthing.example.com: what links that are "
        "handed out begin with. Without it, the address that a request came in on.",
    )
    mail_from: str | None = Field(
        default=None, description="Whom mails come from, such as Farthing <farthing@example.com>."
    )
    smtp_url: str | None = Field(
        default=None,
        description="Mail server: smtp://user:password@host:port (encrypted if the server offers it), "
        "smtp+starttls:// (always) or smtps:// (from the first byte). Needs mail_from and public_url. "
        "Without it, links are shown to be copied instead of being mailed.",
    )
    oidc_client_id: str | None = Field(
        default=None,
        min_length=1,
        description="What this server is called at the OpenID provider ([how](oidc.md)).",
    )
    oidc_client_secret: str | None = Field(
        default=None,
        min_length=1,
        description="Its secret there. A public client has none, and PKCE alone.",
    )
    oidc_client_secret_file: Path | None = Field(
        default=None, description="A file with that secret, instead of the secret itself."
    )
    oidc_scopes: str = Field(
        default="openid email profile", description="What the provider is asked for; openid among it."
    )
    oidc_name: str = Field(
        default="single sign-on",
        min_length=1,
        max_length=60,
        description="Words on the button: Sign in with …",
    )
    oidc_groups_claim: str = Field(
        default="groups", min_length=1, description="The claim that lists a person's groups."
    )
    oidc_workspace: str | None = Field(
        default=None,
        min_length=1,
        description="Name or id of the workspace that newcomers join, and that roles are given in. "
        "Without it, only people who are linked already may sign in with the provider.",
    )
    oidc_roles: dict[str, Role] = Field(
        default_factory=dict,
        description="Roles by group, a table `[oidc_roles]`: of several the highest, at each sign-in. Who "
        "has neither a mapped group nor oidc_role is refused. Needs oidc_workspace.",
    )
    oidc_role: Literal["admin", "member", "viewer"] | None = Field(
        default=None,
        description="Role of people without a mapped group; without it they are refused. "
        "Needs oidc_workspace.",
    )
    oidc_domains: str = Field(
        default="", description="Domains of e-mail addresses that are let in, with commas. Empty for any."
    )
    oidc_link_by_email: bool = Field(
        default=False,
        description="Let whoever has an address, verified by the provider, into the account that has it. "
        "Only for a provider that verifies every address and never gives one to somebody else.",
    )
    oidc_issuer: str | None = Field(
        default=None,
        validate_default=True,
        description="An OpenID provider that people may sign in with: what its addresses begin with, before "
        "/.well-known/openid-configuration. Needs oidc_client_id and public_url.",
    )
    webhook_private_networks: str = Field(
        default="",
        description="Networks that are not public and that alerts may be sent to all the same, such as "
        "10.1.0.0/16, with commas. Empty for none: a channel then can't reach what only this server can.",
    )
    webhook_plain_http: bool = Field(
        default=False, description="Let alerts go out to http:// addresses too, where anybody can read them."
    )
    queue_events_max: int = Field(
        default=20_000, ge=1, description="Events that may wait to be written; beyond it, ingest answers 429."
    )
    body_bytes_max: int = Field(default=65_536, ge=1_024, description="Largest body, batches excepted.")
    batch_bytes_max: int = Field(default=4 * 1024 * 1024, ge=1_024, description="Largest body of a batch.")
    batch_items_max: int = Field(default=1_000, ge=1, description="Most items in a batch.")
    otlp_bytes_max: int = Field(
        default=16 * 1024 * 1024,
        ge=1_024,
        description="Largest body of an export of spans, as it is sent and when it is unpacked.",
    )
    otlp_spans_max: int = Field(default=50_000, ge=1, description="Most spans in an export.")
    otlp_grace_seconds: int = Field(
        default=120,
        ge=1,
        le=3_600,
        description="Time that the calls of an agent have to arrive before its own sum is counted instead.",
    )
    address_bytes_max: int = Field(
        default=16_384,
        ge=1_024,
        description="Longest address of a request, with its parameters; beyond it, 414.",
    )
    head_bytes_max: int = Field(
        default=32_768,
        ge=2_048,
        description="Largest head of a request, which is its address and headers; beyond it, 431.",
    )
    head_seconds_max: float = Field(
        default=15, gt=0, description="Time that the head of a request may take to arrive; beyond it, 408."
    )
    body_seconds_max: float = Field(
        default=60, gt=0, description="Time that the body of a request may take to arrive; beyond it, 408."
    )
    access_token_minutes: int = Field(default=15, ge=1, le=1_440, description="Life of an access token.")
    signing_key_days: int = Field(
        default=90, ge=1, le=3_650, description="Days after which access tokens are signed with a new key."
    )
    session_idle_days: int = Field(
        default=30, ge=1, le=365, description="Days without use after which a sign-in ends."
    )
    session_days: int = Field(
        default=90, ge=1, le=365, description="Days after which a sign-in ends in any case."
    )
    exports: Path | None = Field(
        default=None,
        description="Folder of exported files; exports in the data folder without it. Servers that share a "
        "database share it, too.",
    )
    export_root: Path | None = Field(
        default=None,
        description="Folder below which scheduled exports may be put into folders that people name; none may "
        "without it. It has to be there.",
    )
    export_days: int = Field(
        default=7, ge=1, le=60, description="Days after which the file of an export is removed."
    )
    export_bytes_max: int = Field(
        default=20 * 1024**3,
        ge=1_024,
        description="Largest file of an export; one that grows beyond it fails.",
    )
    exports_bytes_max: int = Field(
        default=60 * 1024**3,
        ge=1_024,
        description="What the files of all exports may take together. A new one takes the place of its "
        "workspace's oldest; where that does not make room enough, it fails.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least important lines that are logged, to standard error."
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="text for people, json for machines."
    )

    plans: dict[str, PlanSettings] = Field(
        default_factory=dict,
        description="Plans that workspaces may be given, a table `[plans.NAME]` each (docs/plans.md).",
    )

    @field_validator("webhook_private_networks")
    @classmethod
    def _are_networks(cls, texts: str) -> str:
        try:
            networks(split_list(texts))
        except ValueError:
            raise ValueError("must be networks such as 10.1.0.0/16, with commas") from None
        return texts

    @field_validator("plans")
    @classmethod
    def _are_tiers(cls, plans: dict[str, PlanSettings]) -> dict[str, PlanSettings]:
        for tier in plans:
            if not _TIER.fullmatch(tier) or tier in _TAKEN_TIERS:
                raise ValueError(
                    f"{tier!r} can't be the name of a plan: up to 40 lower case letters, digits, _ and -, "
                    f"neither {' nor '.join(_TAKEN_TIERS)}"
                )
        return plans

    def plans_by_tier(self) -> dict[str, Plan]:
        """The plans as rules take them."""
        return {tier: made.plan(tier) for tier, made in self.plans.items()}

    @field_validator("database_url")
    @classmethod
    def _is_postgres(cls, url: str | None) -> str | None:
        if url is None or urlsplit(url).scheme in ("postgresql", "postgres"):
            return url
        raise ValueError("must begin with postgresql:// (leave it out for SQLite in the data folder)")

    @field_validator("analytics_url")
    @classmethod
    def _is_clickhouse(cls, url: str | None) -> str | None:
        parts = urlsplit(url or "")
        is_server = parts.scheme in ("clickhouse", "clickhouses") and parts.hostname
        is_folder = parts.scheme == "chdb" and not parts.netloc and parts.path.strip("/")
        if url is None or is_server or is_folder:
            return url
        raise ValueError("must be such as clickhouse://user:password@host/database or chdb:///var/lib/copy")

    @field_validator("analytics_cluster")
    @classmethod
    def _is_of_servers(cls, cluster: str | None, info: ValidationInfo) -> str | None:
        if cluster is not None and not (info.data.get("analytics_url") or "").startswith("clickhouse"):
            raise ValueError("needs analytics_url to be a clickhouse:// address")
        return cluster

    @field_validator("public_url")
    @classmethod
    def _is_web_address(cls, url: str | None) -> str | None:
        parts = urlsplit(url or "")
        if url is None or (parts.scheme in ("http", "https") and parts.hostname and not parts.query):
            return url
        raise ValueError("must be an address such as https://farthing.example.com")

    @field_validator("smtp_url")
    @classmethod
    def _is_mail_server(cls, url: str | None, info: ValidationInfo) -> str | None:
        problem = None if url is None else url_problem(url)
        if problem is not None:
            raise ValueError(problem)
        # A mailed link must not begin with what some request said this server is called.
        missing = [name for name in ("mail_from", "public_url") if info.data.get(name) is None]
        if url is not None and missing:
            raise ValueError(f"needs {' and '.join(missing)} to be set as well")
        return url

    @field_validator("oidc_client_secret_file")
    @classmethod
    def _holds_a_secret(cls, file: Path | None, info: ValidationInfo) -> Path | None:
        if file is not None and info.data.get("oidc_client_secret") is not None:
            raise ValueError("can't be set together with oidc_client_secret")
        if file is not None and not file.is_file():
            raise ValueError("is not a file")
        return file

    @field_validator("oidc_scopes")
    @classmethod
    def _asks_who_it_is(cls, scopes: str) -> str:
        if "openid" not in scopes.split():
            raise ValueError("must have openid among them, with spaces between")
        return scopes

    @field_validator("oidc_roles", "oidc_role")
    @classmethod
    def _has_a_workspace(cls, given: object, info: ValidationInfo) -> object:
        if given and info.data.get("oidc_workspace") is None:
            raise ValueError("needs oidc_workspace to be set as well")
        return given

    @field_validator("oidc_issuer")
    @classmethod
    def _is_provider(cls, url: str | None, info: ValidationInfo) -> str | None:
        if url is None:
            given = [name for name in _OF_PROVIDER if info.data.get(name)]
            if given:
                raise ValueError(f"must be set for {', '.join(given)}")
            return None
        parts = urlsplit(url)
        is_here = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")
        if not (parts.hostname and (parts.scheme == "https" or is_here)) or parts.query or parts.fragment:
            raise ValueError("must be such as https://login.example.com (http on this machine only)")
        # Where the provider sends people back to must not be what some request said this server is called.
        missing = [name for name in ("oidc_client_id", "public_url") if info.data.get(name) is None]
        if missing:
            raise ValueError(f"needs {' and '.join(missing)} to be set as well")
        return url

    def drain_s(self) -> float:
        """`drain_seconds`, or what it is without being set."""
        if self.drain_seconds is not None:
            return self.drain_seconds
        return 0 if self.database_url is None else _DRAIN_SECONDS

    def allowed_networks(self) -> tuple[Network, ...]:
        """Networks that alerts may be sent to though they are not public."""
        return networks(split_list(self.webhook_private_networks))

    def oidc_secret(self) -> str | None:
        """The secret at the provider, read from its file if that is where it is. Raises SettingsError."""
        file = self.oidc_client_secret_file
        if file is None:
            return self.oidc_client_secret
        try:
            secret = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"oidc_client_secret_file: {file} can't be read") from error
        if not secret:
            raise SettingsError(f"oidc_client_secret_file: {file} is empty")
        return secret

    @field_validator("log_level", "log_format", mode="before")
    @classmethod
    def _in_lower_case(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = os.environ.get(_FILE_VARIABLE)
        toml = (TomlConfigSettingsSource(settings_cls, Path(file)),) if file else ()
        return (init_settings, env_settings, *toml)


def split_list(texts: str) -> list[str]:
    """The parts of a list with commas."""
    return [each.strip() for each in texts.split(",") if each.strip()]


def load_settings(**flags: Any) -> Settings:
    """The settings of this run. `flags` are those given on the command line; None means not given.

    Raises SettingsError.
    """
    file = os.environ.get(_FILE_VARIABLE)
    if file and not Path(file).is_file():
        raise SettingsError(f"{_FILE_VARIABLE} names {file}, which is not a file")
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        raise SettingsError(_explain(error)) from None
    except UnreadableSettingError as error:  # of a structure, which the environment gives as JSON
        name = str(error).split('"')[1]
        raise SettingsError(f"{name} ({_PREFIX}{name.upper()}): must be JSON in the environment") from None
    except ValueError as error:  # the TOML file does not parse
        raise SettingsError(f"{file}: {error}") from error


def _explain(error: ValidationError) -> str:
    """One line for each wrong setting, without its value: a database URL holds a password."""
    lines = []
    for problem in error.errors(include_url=False, include_input=False):
        name = ".".join(str(part) for part in problem["loc"])
        top = str(problem["loc"][0])
        if problem["type"] == "extra_forbidden":
            lines.append(f"{name} is not a setting (docs/settings.md lists them)")
        else:
            lines.append(f"{name} ({_PREFIX}{top.upper()}): {problem['msg'].removeprefix('Value error, ')}")
    return "\n".join(lines)
