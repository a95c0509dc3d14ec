"""lti-elos server."""

from __future__ import annotations

import argparse
from pathlib import Path

from lti_elos.cli.common import Nouns, command, deps_of_settings, noun, print_rows

_TOKENS = ["off", "preferred", "required"]
_TOKEN_HELP = "whether recordings are opened with a token for each person; preferred: without it where there is none"  # noqa: S105


def add_to(nouns: Nouns) -> None:
    actions = noun(nouns, "server", "Elos (or BigBlueButton) servers.")
    add = command(actions, "add", _add, "Add a server. The first one becomes the default.")
    add.add_argument("--name", required=True)
    add.add_argument("--url", required=True, help="where browsers reach it: host, or .../bigbluebutton/api")
    add.add_argument("--secret-file", required=True, type=Path, help="a file that holds the shared secret alone")
    add.add_argument("--kind", choices=["elos", "bbb"], default="elos")
    add.add_argument("--digest", choices=["sha1", "sha256", "sha384", "sha512"], default="sha256")
    add.add_argument("--internal-url", default="", help="where our own calls go, if elsewhere")
    add.add_argument("--playback-token", choices=_TOKENS, default="off", help=_TOKEN_HELP)
    add.add_argument("--default", action="store_true", help="serve platforms that name no server")
    listing = command(actions, "list", _list, "All servers; never their secrets.")
    listing.add_argument("--json", action="store_true")
    change = command(actions, "set", _set, "Change how a server's recordings are opened. Acts at the next click.")
    change.add_argument("name")
    change.add_argument("--playback-token", choices=_TOKENS, required=True, help=_TOKEN_HELP)
    check = command(actions, "check", _check, "Make a signed call: does it answer, is the secret right?")
    check.add_argument("name", nargs="?", default="", help="one server; else all")
    command(actions, "remove", _remove, "Remove a server that no platform uses.").add_argument("name")


def _add(arguments: argparse.Namespace) -> None:
    from lti_elos.errors import Misconfigured
    from lti_elos.services import servers

    try:
        secret = arguments.secret_file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise Misconfigured(f"{arguments.secret_file} is not a text file that holds the shared secret alone") from None
    with deps_of_settings() as deps:
        servers.add(
            deps,
            name=arguments.name,
            url=arguments.url,
            secret=secret,
            kind=arguments.kind,
            digest=arguments.digest,
            internal_url=arguments.internal_url,
            playback_token=arguments.playback_token,
            default=arguments.default,
        )
    print(f"added; try it: lti-elos server check {arguments.name}")


def _list(arguments: argparse.Namespace) -> None:
    from lti_elos.services import servers

    with deps_of_settings() as deps:
        rows = servers.listing(deps)
    columns = ["name", "url", "internal_url", "kind", "digest", "playback_token", "default"]
    print_rows(rows, as_json=arguments.json, columns=columns)


def _set(arguments: argparse.Namespace) -> None:
    from lti_elos.services import servers

    with deps_of_settings() as deps:
        servers.set_playback_token(deps, arguments.name, arguments.playback_token)


def _check(arguments: argparse.Namespace) -> None:
    from lti_elos.errors import Misconfigured
    from lti_elos.services import servers

    with deps_of_settings() as deps:
        servers.keep_default(deps)
        names = [arguments.name] if arguments.name else [row["name"] for row in servers.listing(deps)]
        if not names:
            raise Misconfigured("no server yet: `server add`, or ELOS_URL and ELOS_SECRET")
        for name in names:
            print(servers.check(deps, name))


def _remove(arguments: argparse.Namespace) -> None:
    from lti_elos.services import servers

    with deps_of_settings() as deps:
        servers.remove(deps, arguments.name)
