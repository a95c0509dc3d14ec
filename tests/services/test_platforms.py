"""Platforms, as operators keep them."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from lti_elos.db.base import Base
from lti_elos.db.tables import browser_sessions, courses, deployments, grants, launches, users
from lti_elos.domain.browsers import Client
from lti_elos.domain.rooms import RoomKey
from lti_elos.errors import Incomplete, Misconfigured, PlatformDisabled, PlatformUnknown
from lti_elos.services import platforms, rooms, servers
from lti_elos.services.deps import Deps
from lti_elos.services.logins import start_login
from lti_elos.services.sessions import LIFE
from tests.services.conftest import Clock, MakeDeps

NOBODY = "00000000-0000-0000-0000-000000000000"


def add(deps: Deps, **changes: Any) -> UUID:
    given = {
        "name": "LMS Exemplo",
        "issuer": "https://lms.example",
        "client_id": "client-1",
        "auth_login_url": "https://lms.example/auth",
        "auth_token_url": "https://lms.example/token",
        "jwks_url": "https://lms.example/jwks",
    }
    return platforms.add(deps, **given | changes)


def policy_of(deps: Deps, platform_id: UUID) -> str:
    return str(platforms.details(deps, str(platform_id))["deployment_policy"])


def count_rows(deps: Deps) -> dict[str, int]:
    with deps.database.reading() as db:
        counted = {
            table.name: db.execute(select(func.count()).select_from(table)).scalar_one()
            for table in Base.metadata.sorted_tables
        }
    return {name: number for name, number in counted.items() if number}


# --- adding ---


def test_a_platform_is_known_by_issuer_and_client(deps: Deps) -> None:
    platform_id = add(deps)

    with deps.database.reading() as db:
        assert platforms.for_login(db, "https://lms.example", "client-1").id == platform_id
        assert platforms.for_login(db, "https://lms.example", "").id == platform_id
        with pytest.raises(PlatformUnknown):
            platforms.for_login(db, "https://LMS.example", "client-1")


@pytest.mark.parametrize("field", ["iss", "client_id"])
def test_a_login_that_names_what_no_database_can_hold_is_refused_as_any_other(deps: Deps, field: str) -> None:
    sent = {"iss": "https://lms.example", "client_id": "client-1", "login_hint": "h", "target_link_uri": "x"}

    with pytest.raises(Incomplete, match=field):
        start_login(deps, sent | {field: "a\0b"}, Client("document", ""), has_session=False, has_probe=False)


def test_the_same_issuer_and_client_cannot_be_registered_twice(deps: Deps) -> None:
    add(deps)

    with pytest.raises(Misconfigured, match="registered already"):
        add(deps, name="Another", deployment_ids=["1"])
    add(deps, client_id="client-2")
    add(deps, issuer="https://other.example")

    assert count_rows(deps) == {"platforms": 3}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://lms.example/", "https://lms.example"),
        (" https://lms.example ", "https://lms.example"),
        ("https://lms.example/moodle", "https://lms.example/moodle"),
        ("https://lms.example/moodle/", "https://lms.example/moodle/"),
    ],
)
def test_an_issuer_pasted_from_an_address_bar_loses_its_slash_unless_it_has_a_path(
    sqlite_deps: Deps, given: str, kept: str
) -> None:
    add(sqlite_deps, issuer=given)

    assert platforms.listing(sqlite_deps)[0]["issuer"] == kept


BAD_URLS = [
    "",
    "lms.example",
    "http://lms.example",
    "ftp://lms.example",
    "https://",
    "https:///auth",
    "https://[bad",
    "https://lms.example:port",
    "https://user@lms.example",
    "https://:pw@lms.example",
    "https://lms.example#part",
    "https://lms.example/a b",
    "https://lms.example/a\nb",
    "https://lms.example/" + "x" * 2000,
]


@pytest.mark.parametrize("field", ["issuer", "auth_login_url", "auth_token_url", "jwks_url"])
def test_a_url_must_be_https_and_nothing_else(sqlite_deps_with: MakeDeps, field: str) -> None:
    deps = sqlite_deps_with()
    option = "--" + field.replace("_", "-")

    for url in BAD_URLS:
        with pytest.raises(Misconfigured, match=option):
            add(deps, **{field: url})

    assert count_rows(deps) == {}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "--name"),
        ({"name": "x" * 201}, "--name"),
        ({"client_id": ""}, "--client-id"),
        ({"client_id": "x" * 256}, "--client-id"),
        ({"client_id": "a\0b"}, "--client-id"),
        ({"issuer": "https://lms.example/" + "x" * 1000}, "--issuer"),
        ({"audience": "x" * 2001}, "--audience"),
        ({"deployment_ids": [""]}, "deployment id"),
        ({"deployment_ids": ["1", "x" * 256]}, "deployment id"),
        ({"deployment_ids": ["a\0b"]}, "deployment id"),
        ({"deployment_policy": "none"}, "--deployments"),
        ({"server": "nobody"}, "no server is named 'nobody'"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_platform_that_cannot_be_is_refused_with_what_is_wrong(
    sqlite_deps: Deps, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(Misconfigured, match=said):
        add(sqlite_deps, **changes)

    assert count_rows(sqlite_deps) == {}


def test_what_is_just_short_enough_is_kept_whole(deps: Deps) -> None:
    tail = "x" * 2000
    long = {
        "name": "ñ" * 200,
        "issuer": f"https://lms.example/{tail}"[:1000],
        "client_id": "ç" * 255,
        "auth_login_url": f"https://lms.example/a{tail}"[:2000],
        "auth_token_url": f"https://lms.example/t{tail}"[:2000],
        "jwks_url": f"https://lms.example/j{tail}"[:2000],
        "audience": "🎓" * 2000,
    }

    platform_id = add(deps, deployment_ids=["é" * 255], **long)

    shown = platforms.details(deps, str(platform_id))
    assert {name: shown[name] for name in long} == long
    assert shown["deployments"] == [{"deployment_id": "é" * 255, "is_active": True}]


def test_http_is_taken_where_private_networks_are_allowed(deps_with: MakeDeps) -> None:
    deps = deps_with(allow_private_networks=True)

    add(deps, issuer="http://localhost:8001", jwks_url="http://localhost:8001/jwks")

    assert count_rows(deps) == {"platforms": 1}


@pytest.mark.parametrize(
    ("changes", "policy"),
    [
        ({}, "auto"),
        ({"deployment_policy": "auto"}, "auto"),
        ({"deployment_policy": "approve"}, "approve"),
        ({"deployment_ids": ["1"]}, "listed"),
        ({"deployment_ids": ["1"], "deployment_policy": "auto"}, "listed"),
        ({"deployment_ids": ["1"], "deployment_policy": "approve"}, "approve"),
        ({"issuer": "https://blackboard.com"}, "approve"),
        ({"issuer": "https://blackboard.com/"}, "approve"),
        ({"issuer": "https://blackboard.com", "deployment_policy": "auto"}, "auto"),
        ({"issuer": "https://blackboard.com", "deployment_ids": ["1"]}, "listed"),
    ],
    ids=str,
)
def test_who_may_install_the_tool_is_decided_by_policy_issuer_and_list(
    sqlite_deps: Deps, changes: dict[str, Any], policy: str
) -> None:
    assert policy_of(sqlite_deps, add(sqlite_deps, **changes)) == policy


# --- showing ---


def test_platforms_are_listed_with_their_deployments(deps: Deps) -> None:
    second = add(deps, name="Z")
    first = add(deps, name="A", client_id="client-2", deployment_ids=["2", "1", "3", "1"])

    listed = platforms.listing(deps)

    assert [entry["id"] for entry in listed] == [str(first), str(second)]
    assert listed[0].keys() == {"id", "name", "issuer", "client_id", "enabled", "deployments"}
    assert listed[0]["deployments"] == [{"deployment_id": one, "is_active": True} for one in ("1", "2", "3")]
    assert listed[1]["deployments"] == []


@pytest.mark.parametrize("platform_id", ["", "nonsense", NOBODY])
def test_what_names_no_platform_is_told(sqlite_deps: Deps, platform_id: str) -> None:
    for act in (
        lambda: platforms.details(sqlite_deps, platform_id),
        lambda: platforms.set_policies(sqlite_deps, platform_id, ["name=x"]),
        lambda: platforms.set_enabled(sqlite_deps, platform_id, enabled=False),
        lambda: platforms.remove(sqlite_deps, platform_id),
    ):
        with pytest.raises(Misconfigured, match="platform list"):
            act()


# --- setting ---


def test_policies_are_set_one_by_one_and_shown_with_the_defaults(deps: Deps) -> None:
    platform_id = str(add(deps))

    platforms.set_policies(deps, platform_id, ["room_scope=resource", "admins_moderate=true"])
    platforms.set_policies(deps, platform_id, ["frame_ancestors=https://lms.example https://b.example"])

    assert platforms.details(deps, platform_id)["policies"] == {
        "room_scope": "resource",
        "assistants_moderate": True,
        "content_developers_moderate": False,
        "managers_moderate": False,
        "admins_manage": True,
        "admins_moderate": True,
        "frame_ancestors": "https://lms.example https://b.example",
        "embedding": "allowed",
        "typed_names": "keep",
        "recording_notice": "",
        "attendance_days": "365",
        "recording_audience": "course",
        "recording_download": "off",
        "recording_links": True,
        "extra_metadata": "",
    }


def test_lines_of_extra_metadata_are_set_one_by_one_and_taken_away(deps: Deps) -> None:
    platform_id = str(add(deps))

    platforms.set_policies(deps, platform_id, ["meta_SIS-id=$context.id", "meta_campus=Sul", "room_scope=resource"])
    platforms.set_policies(deps, platform_id, ["meta_sis-id=$context.label", "meta_campus=", "meta_never=", "meta_z=1"])

    policies = platforms.details(deps, platform_id)["policies"]
    assert policies["extra_metadata"] == "sis-id=$context.label\nz=1"
    assert policies["room_scope"] == "resource"


def test_name_server_and_deployments_are_set_by_the_same_command(deps: Deps) -> None:
    servers.add(deps, name="one", url="https://elos.example", secret="s")
    platform_id = str(add(deps))

    platforms.set_policies(deps, platform_id, ["name=Campus = Sul", "server=one", "deployments=approve"])

    shown = platforms.details(deps, platform_id)
    assert (shown["name"], shown["server"], shown["deployment_policy"]) == ("Campus = Sul", "one", "approve")
    platforms.set_policies(deps, platform_id, ["server="])
    assert platforms.details(deps, platform_id)["server"] == "(the default one)"


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        ("room_scope", "'room_scope' is not key=value"),
        ("room_scope=school", "room_scope is one of course, resource"),
        ("rom_scope=course", "no policy 'rom_scope'"),
        ("=x", "no policy ''"),
        ("admins_manage=1", "admins_manage is true or false"),
        ("server=nobody", "no server is named 'nobody'"),
        ("deployments=all", "deployments is one of"),
        ("name=", "name has 1 to 200 characters"),
        ("name=" + "x" * 201, "name has 1 to 200 characters"),
    ],
)
def test_of_several_pairs_one_wrong_one_changes_nothing(sqlite_deps: Deps, pair: str, said: str) -> None:
    platform_id = str(add(sqlite_deps))
    before = platforms.details(sqlite_deps, platform_id)

    with pytest.raises(Misconfigured, match=said):
        platforms.set_policies(sqlite_deps, platform_id, ["admins_moderate=true", pair])

    assert platforms.details(sqlite_deps, platform_id) == before


def test_a_deployment_is_approved_whether_it_waits_or_is_still_to_come(deps: Deps) -> None:
    platform_id = str(add(deps, deployment_ids=["1"], deployment_policy="approve"))
    with deps.database.transaction() as db:
        db.execute(deployments.update().values(is_active=False))

    for deployment_id in ("1", "2", "2"):
        platforms.approve(deps, platform_id, deployment_id)

    assert platforms.listing(deps)[0]["deployments"] == [
        {"deployment_id": "1", "is_active": True},
        {"deployment_id": "2", "is_active": True},
    ]


def test_a_deployment_is_approved_on_its_own_platform_alone(deps: Deps) -> None:
    other = add(deps, name="A", deployment_ids=["1"])
    with deps.database.transaction() as db:
        db.execute(deployments.update().values(is_active=False))

    platforms.approve(deps, str(add(deps, name="B", client_id="client-2")), "1")

    assert [entry["deployments"][0]["is_active"] for entry in platforms.listing(deps)] == [False, True]
    assert platforms.listing(deps)[0]["id"] == str(other)


# --- disabling, removing ---


def test_a_disabled_platform_lets_nobody_in_until_it_is_enabled(deps: Deps, clock: Clock) -> None:
    platform_id = add(deps)
    platforms.set_enabled(deps, str(platform_id), enabled=False)

    with deps.database.reading() as db:
        with pytest.raises(PlatformDisabled):
            platforms.for_login(db, "https://lms.example", "client-1")
        with pytest.raises(PlatformDisabled) as caught:
            platforms.by_id(db, platform_id)
    assert caught.value.values["lms"] == "LMS Exemplo"
    assert platforms.listing(deps)[0]["enabled"] is False

    platforms.set_enabled(deps, str(platform_id), enabled=True)
    with deps.database.reading() as db:
        assert platforms.by_id(db, platform_id).enabled


def fill(deps: Deps, platform_id: UUID) -> UUID:
    """A person of the platform in a room, by launch and grant; gives the browser session."""
    now = deps.clock()
    course, user, launch, session = uuid4(), uuid4(), uuid4(), uuid4()
    with deps.database.transaction() as db:
        deployment = db.scalars(select(deployments.c.id).where(deployments.c.platform_id == platform_id)).one()
        db.execute(
            courses.insert().values(
                id=course, deployment_id=deployment, context_id="c", title="", label="", created_at=now
            )
        )
        key = RoomKey("course", "c", "")
        room = rooms.find_or_make(
            db, deps.vault, deployment_id=deployment, course_id=course, key=key, name="Sala", now=now
        )
        db.execute(
            users.insert().values(
                id=user, platform_id=platform_id, sub="u", name="", given_name="", last_seen_at=now, created_at=now
            )
        )
        db.execute(
            launches.insert().values(
                id=launch,
                deployment_id=deployment,
                user_id=user,
                room_id=room,
                moderates=True,
                manages=True,
                role="teacher",
                is_test=False,
                locale="",
                time_zone="",
                return_url="",
                lms_name="",
                created_at=now,
            )
        )
        db.execute(browser_sessions.insert().values(id=session, token_hash=session.hex, created_at=now))
        db.execute(
            grants.insert().values(
                id=uuid4(),
                session_id=session,
                room_id=room,
                user_id=user,
                launch_id=launch,
                ends_at=now + LIFE,
                used_at=now,
                ended_at=None,
                created_at=now,
            )
        )
    return session


def test_disabling_a_platform_ends_its_peoples_grants_and_no_others(deps: Deps, clock: Clock) -> None:
    disabled, kept = add(deps, deployment_ids=["1"]), add(deps, client_id="client-2", deployment_ids=["1"])
    fill(deps, disabled)
    fill(deps, kept)
    clock.forward(minutes=5)

    platforms.set_enabled(deps, str(disabled), enabled=False)
    platforms.set_enabled(deps, str(disabled), enabled=True)  # which does not bring them back

    with deps.database.reading() as db:
        found = db.execute(select(users.c.platform_id, grants.c.ended_at).join_from(grants, users)).all()
    assert {row.platform_id: row.ended_at for row in found} == {disabled: clock.now, kept: None}


def test_a_platform_goes_with_all_that_is_its_own_and_nothing_of_others(deps: Deps) -> None:
    servers.add(deps, name="one", url="https://elos.example", secret="s")
    kept = add(deps, deployment_ids=["1"], server="one")
    fill(deps, kept)
    before = count_rows(deps)
    removed = add(deps, client_id="client-2", deployment_ids=["1"], server="one")
    fill(deps, removed)

    platforms.remove(deps, str(removed))

    assert count_rows(deps) == before | {"browser_sessions": 2}  # a browser may hold grants of several platforms
    assert [entry["id"] for entry in platforms.listing(deps)] == [str(kept)]


# --- deployments that wait ---


def test_a_waiting_deployment_is_let_in_and_may_be_named_beforehand(deps: Deps) -> None:
    platform_id = str(add(deps, deployment_policy="approve"))

    platforms.approve(deps, platform_id, "deployment-1")
    platforms.approve(deps, platform_id, "deployment-1")

    assert platforms.details(deps, platform_id)["deployments"] == [{"deployment_id": "deployment-1", "is_active": True}]
    with pytest.raises(Misconfigured):
        platforms.approve(deps, NOBODY, "deployment-1")
    with pytest.raises(Misconfigured):
        platforms.approve(deps, platform_id, "")
