"""Every setting, with its default. Flags win over the environment (FARTHING_…), that over a TOML file.

docs/settings.md describes them for operators; a test keeps the two alike.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

_PREFIX = "FARTHING_"
_FILE_VARIABLE = "FARTHING_CONFIG"


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
    trusted_proxies: str = Field(
        default="",
        description="Addresses of the proxies whose X-Forwarded-For is believed, with commas.",
    )
    queue_events_max: int = Field(
        default=20_000, ge=1, description="Events that may wait to be written; beyond it, ingest answers 429."
    )
    body_bytes_max: int = Field(default=65_536, ge=1_024, description="Largest body, batches excepted.")
    batch_bytes_max: int = Field(default=4 * 1024 * 1024, ge=1_024, description="Largest body of a batch.")
    batch_items_max: int = Field(default=1_000, ge=1, description="Most items in a batch.")
    access_token_minutes: int = Field(default=15, ge=1, le=1_440, description="Life of an access token.")
    refresh_days: int = Field(
        default=30, ge=1, le=365, description="Days after which a refresh token or a browser's sign-in ends."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least important lines that are logged, to standard error."
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="text for people, json for machines."
    )

    @field_validator("database_url")
    @classmethod
    def _is_postgres(cls, url: str | None) -> str | None:
        if url is None or urlsplit(url).scheme in ("postgresql", "postgres"):
            return url
        raise ValueError("must begin with postgresql:// (leave it out for SQLite in the data folder)")

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
    except ValueError as error:  # the TOML file does not parse
        raise SettingsError(f"{file}: {error}") from error


def _explain(error: ValidationError) -> str:
    """One line for each wrong setting, without its value: a database URL holds a password."""
    lines = []
    for problem in error.errors(include_url=False, include_input=False):
        name = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            lines.append(f"{name} is not a setting (docs/settings.md lists them)")
        else:
            lines.append(f"{name} ({_PREFIX}{name.upper()}): {problem['msg'].removeprefix('Value error, ')}")
    return "\n".join(lines)
