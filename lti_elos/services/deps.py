"""What use cases need: passed as their first argument, made once per process."""

from __future__ import annotations

from dataclasses import dataclass

from lti_elos.clock import Clock
from lti_elos.counts import Counts
from lti_elos.db.engine import Database
from lti_elos.lti.http import PlatformHttp
from lti_elos.lti.platform_keys import PlatformKeys
from lti_elos.services.bell import Bell
from lti_elos.services.board import Board
from lti_elos.services.elos_doors import ElosDoors
from lti_elos.services.watchers import Watchers
from lti_elos.settings import Settings
from lti_elos.vault import Vault


@dataclass(frozen=True, slots=True)
class Deps:
    """A use case that takes ``deps`` opens its own short transactions and may call out between them."""

    settings: Settings
    database: Database
    vault: Vault
    clock: Clock
    platform_http: PlatformHttp
    platform_keys: PlatformKeys
    elos: ElosDoors
    watchers: Watchers
    board: Board
    bell: Bell
    counts: Counts
