"""Elos servers, as operators keep them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from lti_elos.db.tables import servers as table
from lti_elos.errors import Misconfigured
from lti_elos.services import platforms, servers
from lti_elos.services.deps import Deps
from lti_elos.services.elos_doors import SECRET
from tests.conftest import ELOS_SECRET, Elos
from tests.services.conftest import MakeDeps
from tests.services.test_platforms import add as add_platform

URL = "https://elos.example"


def add(deps: Deps, name: str = "one", **changes: Any) -> None:
    servers.add(deps, **{"name": name, "url": URL, "secret": "shared-secret"} | changes)


def defaults(deps: Deps) -> list[str]:
    return [row["name"] for row in servers.listing(deps) if row["default"]]


def secret_of(deps: Deps, name: str) -> str:
    with deps.database.reading() as db:
        sealed = db.execute(select(table.c.secret_sealed).where(table.c.name == name)).scalar_one()
    assert "secret" not in sealed
    return deps.vault.open(SECRET, sealed)


def test_the_first_server_is_the_default_until_another_is_said_to_be(deps: Deps) -> None:
    add(deps, "one")
    add(deps, "two")
    assert defaults(deps) == ["one"]

    add(deps, "three", default=True)

    assert defaults(deps) == ["three"]


def test_of_two_first_servers_added_at_once_one_is_the_default(deps: Deps) -> None:
    together = threading.Barrier(2, timeout=60)

    def add_one(name: str) -> None:
        together.wait()
        add(deps, name)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(add_one, ["one", "two"]))

    assert len(servers.listing(deps)) == 2
    assert len(defaults(deps)) == 1


def test_a_server_is_listed_without_its_secret(deps: Deps) -> None:
    add(deps, "um", url="https://Elos.example/bigbluebutton/", secret=" shared-secret\n", digest="sha512")

    assert servers.listing(deps) == [
        {
            "name": "um",
            "url": "https://elos.example/bigbluebutton/api",
            "internal_url": "",
            "kind": "elos",
            "digest": "sha512",
            "playback_token": "off",
            "default": True,
        }
    ]
    assert secret_of(deps, "um") == "shared-secret"


def test_two_servers_cannot_have_one_name_and_a_refused_one_changes_nothing(deps: Deps) -> None:
    add(deps, "one")
    add(deps, "two")

    with pytest.raises(Misconfigured, match="named 'two' already"):
        add(deps, "two", default=True, secret="another")

    assert defaults(deps) == ["one"]
    assert secret_of(deps, "two") == "shared-secret"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"secret": " \n"}, "secret"),
        ({"url": ""}, "--url"),
        ({"url": "ftp://elos.example"}, "--url"),
        ({"internal_url": "https://"}, "--internal-url"),
        ({"name": ""}, "--name"),
        ({"name": "x" * 101}, "--name"),
        ({"name": "a\nb"}, "--name"),
    ],
)
def test_a_server_that_cannot_be_is_refused_with_what_is_wrong(
    sqlite_deps: Deps, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(Misconfigured, match=said):
        add(sqlite_deps, **changes)

    assert servers.listing(sqlite_deps) == []


# --- ELOS_URL ---


def test_without_elos_url_no_server_is_made(sqlite_deps: Deps) -> None:
    servers.keep_default(sqlite_deps)

    assert servers.listing(sqlite_deps) == []


def test_elos_url_makes_the_server_named_default(deps_with: MakeDeps) -> None:
    deps = deps_with(elos_url=URL, elos_secret="shared-secret\n", elos_digest="sha1")

    servers.keep_default(deps)
    servers.keep_default(deps)

    (row,) = servers.listing(deps)
    assert (row["name"], row["digest"], row["default"]) == ("default", "sha1", True)
    assert secret_of(deps, "default") == "shared-secret"


def test_a_changed_elos_url_secret_or_digest_changes_that_row_alone(deps_with: MakeDeps) -> None:
    add(deps_with(), "one")
    servers.keep_default(deps_with(elos_url=URL, elos_secret="shared-secret"))

    deps = deps_with(elos_url="https://other.example", elos_secret="new-secret", elos_digest="sha512")
    servers.keep_default(deps)

    one, default = sorted(servers.listing(deps), key=lambda row: str(row["name"]), reverse=True)
    assert (default["url"], default["digest"]) == ("https://other.example/bigbluebutton/api", "sha512")
    assert secret_of(deps, "default") == "new-secret"
    assert (one["url"], one["default"], default["default"]) == ("https://elos.example/bigbluebutton/api", True, False)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"elos_url": URL}, "ELOS_SECRET is not"),
        ({"elos_url": URL, "elos_secret": " \n"}, "ELOS_SECRET is not"),
        ({"elos_url": "ftp://elos.example", "elos_secret": "s"}, "ELOS_URL"),
    ],
)
def test_half_a_default_server_is_a_matter_of_configuration(
    sqlite_deps_with: MakeDeps, settings: dict[str, str], said: str
) -> None:
    with pytest.raises(Misconfigured, match=said):
        servers.keep_default(sqlite_deps_with(**settings))


# --- checking ---


def test_a_good_server_answers_and_takes_our_signature(sqlite_deps: Deps, elos: Elos) -> None:
    add(sqlite_deps, url=elos.url, secret=ELOS_SECRET)

    line = servers.check(sqlite_deps, "one")

    assert line.startswith(f"one: {elos.url}")
    assert line.endswith("takes our signature")


def test_a_wrong_secret_is_told_with_the_mend_and_without_the_secret(sqlite_deps: Deps, elos: Elos) -> None:
    add(sqlite_deps, url=elos.url, secret="wrong-secret")

    with pytest.raises(Misconfigured, match=r"ELOS-SECRET: .*wrong secret or digest") as caught:
        servers.check(sqlite_deps, "one")

    assert "wrong-secret" not in str(caught.value)


def test_there_is_nothing_to_check_under_another_name(sqlite_deps: Deps) -> None:
    with pytest.raises(Misconfigured, match="no server is named 'nobody'"):
        servers.check(sqlite_deps, "nobody")


# --- removing ---


def test_a_server_is_not_removed_while_a_platform_uses_it(deps: Deps) -> None:
    add(deps, "one")
    platform_id = str(add_platform(deps, server="one"))

    with pytest.raises(Misconfigured, match="one serves LMS Exemplo"):
        servers.remove(deps, "one")
    assert len(servers.listing(deps)) == 1

    platforms.set_policies(deps, platform_id, ["server="])
    servers.remove(deps, "one")
    assert servers.listing(deps) == []


def test_origins_of_servers_without_tls_are_known_to_the_pages_policy(deps: Deps) -> None:
    add(deps, "one", url="http://elos.example:8090/bigbluebutton/api")
    add(deps, "two", url="http://elos.example:8090/other")
    add(deps, "three")

    assert servers.http_origins(deps.database) == ("http://elos.example:8090",)
