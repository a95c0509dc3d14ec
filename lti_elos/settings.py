"""Settings: declared once, typed, sourced, silent about secrets.

Defaults < the TOML file named by LTI_ELOS_CONFIG < environment variables with prefix LTI_ELOS_. Unknown names and wrong
types stop the start with one line that names the key and its source. ``configs/default.toml`` is generated from here.
"""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any, ClassVar, Literal
from urllib.parse import parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from lti_elos.errors import Misconfigured

PREFIX = "LTI_ELOS_"
LOCALES = ("pt_BR", "en", "es")


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """The operator's mail server, as ``smtp_url`` names it."""

    host: str
    port: int
    security: Literal["tls", "starttls", "none"]
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


_MAIL_FROM = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,190}")


class Settings(BaseSettings):
    """Every key, with its unit. Names are lower case in TOML, upper case with the prefix in the environment."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True, validate_default=True
    )
    toml_file: ClassVar[Path | None] = None

    base_url: str = Field("http://localhost:8000", description="Public URL of the tool, without a trailing slash.")
    data_dir: Path = Field(Path("data"), description="Folder of the SQLite file.")
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Seals tokens and secrets: 32 characters or more. Comma-separated to rotate: the first seals, "
        "all open. `demo` makes its own; `serve` requires it.",
    )
    database_url: SecretStr = Field(
        SecretStr(""),
        description="SQLAlchemy URL. Empty: a SQLite file in data_dir. PostgreSQL: postgresql://…",
    )
    redis_url: SecretStr = Field(
        SecretStr(""),
        description="Rate limits shared between machines (redis://…). Empty: counted per process.",
    )
    elos_url: str = Field("", description='Address of the Elos server that becomes the server row named "default".')
    elos_secret: SecretStr = Field(SecretStr(""), description="Shared secret of that server.")
    elos_digest: Literal["sha1", "sha256", "sha384", "sha512"] = Field(
        "sha256", description="Checksum algorithm of that server."
    )
    allow_private_networks: bool = Field(
        False,
        description="Whether platform URLs (JWKS) may be http, or reach loopback and private addresses. Demo only.",
    )
    proxy_hops: int = Field(0, ge=0, le=10, description="Trusted reverse proxies in front of the tool.")
    default_locale: Literal["pt_BR", "en", "es"] = Field(
        "pt_BR", description="Language when neither launch nor browser names one of pt_BR, en, es."
    )
    default_time_zone: str = Field("America/Sao_Paulo", description="Time zone of pages when the LMS names none.")
    log_format: Literal["console", "json"] = Field("console", description="Shape of the log lines on stderr.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")
    metrics_token: SecretStr = Field(
        SecretStr(""),
        description="Bearer token for /metrics. Empty: only this machine may ask, and not through a proxy.",
    )
    smtp_url: SecretStr = Field(
        SecretStr(""),
        description="Mail server for notices that people ask for: smtp://user:password@host:587 (STARTTLS), "
        "smtps://host:465; smtp://host:25?tls=none without user for a relay on this machine. Empty: no mail is sent.",
    )
    mail_from: str = Field("", description="Address that those mails come from. Required with smtp_url.")
    live_refresh_s: float = Field(5.0, gt=0, le=60, description="How often a watched room is asked about, in seconds.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library passes it; we read no .env files
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments (tests) over environment over file."""
        files = [TomlConfigSettingsSource(settings_cls, toml_file=cls.toml_file)] if cls.toml_file else []
        return (init_settings, env_settings, *files)

    @field_validator("base_url")
    @classmethod
    def _base_url(cls, value: str) -> str:
        """As browsers write an origin (lower case, without the scheme's own port): it is compared with theirs."""
        try:
            parts = urlsplit(value)
            port = parts.port
        except ValueError:
            raise ValueError("an http(s) URL is needed, with a number as port if any") from None
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("an http(s) URL without query is needed")
        if parts.path not in ("", "/"):
            raise ValueError("the tool lives at the root of its host: no path here")
        if "@" in parts.netloc:
            raise ValueError("no user name or password here")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        own = {"http": 80, "https": 443}[parts.scheme]
        return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, own) else "")

    @field_validator("default_time_zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
            raise ValueError("not a time zone name such as America/Sao_Paulo") from None
        return value

    @field_validator("smtp_url")
    @classmethod
    def _smtp_url(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value():
            _smtp_server(value.get_secret_value())
        return value

    @field_validator("mail_from")
    @classmethod
    def _mail_from(cls, value: str) -> str:
        if value and not _MAIL_FROM.fullmatch(value):
            raise ValueError("a plain address is needed, such as rooms@example.org")
        return value

    @property
    def smtp_server(self) -> SmtpServer | None:
        """None: no mail is sent."""
        url = self.smtp_url.get_secret_value()
        return _smtp_server(url) if url and self.mail_from else None

    @property
    def secret_keys(self) -> list[str]:
        """The parts of secret_key, in order; empty when none was given."""
        return [part for raw in self.secret_key.get_secret_value().split(",") if (part := raw.strip())]

    @property
    def sqlalchemy_url(self) -> str:
        """The database's URL; the SQLite file of data_dir when none was given."""
        return self.database_url.get_secret_value() or f"sqlite:///{self.data_dir.resolve() / 'lti-elos.sqlite3'}"

    @property
    def sqlite_file(self) -> Path | None:
        """The database's file; None for another database, or for one that cannot be told."""
        kind, _, rest = self.sqlalchemy_url.partition("://")
        path = rest.partition("?")[0].removeprefix("/")
        return Path(path) if kind.partition("+")[0] == "sqlite" and path and path != ":memory:" else None

    @property
    def is_https(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def is_loopback(self) -> bool:
        """Whether base_url is this machine alone: there browsers keep Secure cookies over http too."""
        host = urlsplit(self.base_url).hostname or ""
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"


def _smtp_server(url: str) -> SmtpServer:
    """Raises ValueError, which does not repeat the value."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("smtp://host:587 is needed, with a number as port if any") from None
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError("smtp://user:password@host:587 or smtps://… is needed")
    if options not in ({}, {"tls": "none"}) or (options and parts.scheme == "smtps"):
        raise ValueError("after the address only ?tls=none is known, and not with smtps")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if options and user:
        raise ValueError("a password does not go without TLS: leave out ?tls=none, or the user")
    if parts.scheme == "smtps":
        return SmtpServer(parts.hostname, port or 465, "tls", user, password)
    return SmtpServer(parts.hostname, port or 587, "none" if options else "starttls", user, password)


def load_settings(**overrides: Any) -> Settings:
    """The settings of this process. Raises Misconfigured with one line that names the key and its source."""
    named = os.environ.get(f"{PREFIX}CONFIG", "")
    path = Path(named) if named else None
    in_file: dict[str, Any] = {}
    if path is not None:
        try:
            in_file = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as cause:
            raise Misconfigured(f"{PREFIX}CONFIG names {path}, which cannot be read: {cause.strerror}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
            raise Misconfigured(f"{path} is not TOML: {cause}") from None
    _refuse_unknown_environment()
    sourced = type("SourcedSettings", (Settings,), {"toml_file": path, "__module__": __name__})
    try:
        settings: Settings = sourced(**overrides)
    except ValidationError as wrong:
        raise Misconfigured(
            "; ".join(_line(error, in_file, path) for error in wrong.errors(include_input=False, include_url=False))
        ) from None  # the cause may carry the value
    for number, key in enumerate(settings.secret_keys, start=1):
        if len(key) < 32:
            raise Misconfigured(
                f"SECRET_KEY: part {number} has fewer than 32 characters. "
                'Make one: python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
            )
    if settings.smtp_url.get_secret_value() and not settings.mail_from:
        raise Misconfigured("MAIL_FROM is missing: SMTP_URL is set, and mails need an address that they come from")
    return settings


def _refuse_unknown_environment() -> None:
    """pydantic ignores environment names that it does not know, and takes lower case: both hide typing mistakes."""
    known = {PREFIX + name.upper() for name in Settings.model_fields} | {f"{PREFIX}CONFIG"}
    for name in sorted(os.environ):
        if name.upper().startswith(PREFIX) and name not in known:
            raise Misconfigured(f"{name} (environment) is not a setting; known are {', '.join(sorted(known))}")


def _line(error: Any, in_file: dict[str, Any], path: Path | None) -> str:
    key = ".".join(str(part) for part in error["loc"])
    if f"{PREFIX}{key.upper()}" in os.environ:
        source = f"environment {PREFIX}{key.upper()}"
    elif key.split(".")[0] in in_file:
        source = str(path)
    else:
        source = "default"
    return f"{key} ({source}): {error['msg']}"


def default_toml() -> str:
    """The text of configs/default.toml: every key with its meaning and its default, commented out."""
    lines = [
        "# lti-elos: every setting with its default. Copy, change, and name the copy in LTI_ELOS_CONFIG.",
        "# An environment variable LTI_ELOS_<KEY> wins over this file. Unknown keys stop the start.",
        "# Generated from lti_elos/settings.py: `make docs`.",
    ]
    for name, declared in Settings.model_fields.items():
        default = declared.default
        if isinstance(default, SecretStr):
            default = ""
        shown = str(default).lower() if isinstance(default, bool) else default
        shown = f'"{shown}"' if isinstance(default, str | Path) else shown
        lines += ["", f"# {declared.description}", f"# {name} = {shown}"]
    return "\n".join(lines) + "\n"
