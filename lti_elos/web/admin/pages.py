"""What the desk's templates are given, as ``web/pages.py`` does for all others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from lti_elos.domain.metadata import VARIABLES, Problem
from lti_elos.services.invites import OpenInvite
from lti_elos.services.jobs import Health
from lti_elos.services.overview import Attention, Figures
from lti_elos.services.platform_lists import Details, Listed
from lti_elos.services.platform_runs import PlatformRun
from lti_elos.services.servers import Server


@dataclass(frozen=True, slots=True)
class SignInPage:
    """Where operators sign in."""

    onward: str
    """Where it leads: a page of the desk."""
    email: str = ""
    problem: str = ""
    """"wrong", "locked" or ""."""


@dataclass(frozen=True, slots=True)
class OverviewPage:
    """The desk's first page."""

    attention: Attention
    figures: Figures
    items: tuple[Server, ...]
    queue: Health
    now: datetime


@dataclass(frozen=True, slots=True)
class PlatformsPage:
    """Fifty platforms."""

    items: tuple[Listed, ...]
    query: str
    state: str
    """"" for all."""
    next_url: str
    first_url: str
    """"" on the first page."""
    now: datetime
    done: str = ""
    """What was just done: "removed" or ""."""


@dataclass(frozen=True, slots=True)
class PlatformPage:
    """One platform, with its forms as they were typed."""

    platform: Details
    values: Mapping[str, str]
    """Of the form of policies, by field."""
    problems: Mapping[str, str]
    """{field: what is wrong}, of whichever form was sent."""
    now: datetime
    addresses: tuple[tuple[str, str], ...]
    """(which, URL) of the tool, for the LMS's form."""
    done: str = ""
    asks: str = ""
    """"disable" or "remove" where the page was asked for with that question open (no script)."""
    typed: str = ""
    """In the field of the refused form that is not of policies."""
    metadata_problems: tuple[Problem, ...] = ()
    """Lines of extra metadata that were refused."""
    variables: tuple[str, ...] = tuple(f"${one}" for one in VARIABLES)
    """What a value of extra metadata may be, besides text and custom parameters."""


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that a meeting told Elos, and the list of all that told the same."""

    name: str
    value: str
    url: str


@dataclass(frozen=True, slots=True)
class RunItem:
    """A row of a platform's sessions."""

    run: PlatformRun
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class PlatformRunsPage:
    """Fifty sessions of a platform."""

    platform_id: UUID
    platform: str
    names: tuple[str, ...]
    """Of extra metadata, by the policy."""
    items: tuple[RunItem, ...]
    asked: str
    """``name=value``, as it was typed; "" for all."""
    is_understood: bool
    """False: what was typed is no ``name=value``, and all are shown."""
    list_url: str
    next_url: str
    first_url: str
    """"" on the first page."""
    now: datetime


@dataclass(frozen=True, slots=True)
class InvitesPage:
    """The form for an invite, and those that are open; after making one, its address."""

    open: tuple[OpenInvite, ...]
    servers: tuple[str, ...]
    values: Mapping[str, str]
    problems: Mapping[str, str]
    now: datetime
    update_name: str = ""
    """The platform that shall be registered anew."""
    url: str = ""
    """Of the invite just made: shown now and never again."""
    expires_at: datetime | None = None
    done: str = ""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a signed call found out, just now."""

    took_ms: int
    version: str
    code: str
    """"" for a good answer."""
    detail: str
    mend: str


@dataclass(frozen=True, slots=True)
class ServersPage:
    """All servers, and the work that is done in the background."""

    items: tuple[Server, ...]
    queue: Health
    now: datetime
    done: str = ""


@dataclass(frozen=True, slots=True)
class ServerPage:
    """One server's form, or that of a new one. The secret is never in it."""

    values: Mapping[str, str]
    problems: Mapping[str, str]
    now: datetime
    server: Server | None = None
    """None: a new one."""
    used_by: tuple[str, ...] = ()
    """The first platforms that name it."""
    checked: CheckResult | None = None
    done: str = ""
    problem: str = ""
    """"used": it could not be removed."""
    kinds: tuple[str, ...] = field(default=("elos", "bbb"))
    digests: tuple[str, ...] = field(default=("sha256", "sha512", "sha384", "sha1"))
