"""lti-elos key, lti-elos secrets."""

from __future__ import annotations

import argparse

from lti_elos.cli.common import Nouns, command, deps_of_settings, noun, print_rows


def add_to(nouns: Nouns) -> None:
    actions = noun(nouns, "key", "The tool's own signing keys.")
    listing = command(actions, "list", _list, "All keys: which signs, which are still published.")
    listing.add_argument("--json", action="store_true")
    command(actions, "rotate", _rotate, "A new key signs; the old one stays published for 48 hours.")
    secrets = noun(nouns, "secrets", "Secrets at rest.")
    command(secrets, "reseal", _reseal, "After SECRET_KEY got a new first part: move every secret to it.")


def _list(arguments: argparse.Namespace) -> None:
    from lti_elos.services import keys

    with deps_of_settings() as deps:
        rows = keys.listing(deps)
    print_rows(rows, as_json=arguments.json, columns=["kid", "created_at", "published_until"])


def _rotate(_arguments: argparse.Namespace) -> None:
    from lti_elos.services import keys

    with deps_of_settings() as deps:
        print(keys.rotate(deps))


def _reseal(_arguments: argparse.Namespace) -> None:
    from lti_elos.services import secrets

    with deps_of_settings() as deps:
        moved = secrets.reseal(deps)
    print(f"{moved} secrets moved to the first key")
