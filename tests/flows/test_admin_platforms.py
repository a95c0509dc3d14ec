"""Platforms at the desk: found, read, decided about; what is decided acts in the running tool at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests
from lxml import html
from sqlalchemy import select

from lti_elos.db.tables import deployments, invites, platforms
from lti_elos.domain.policies import Policies
from lti_elos.services import invites as invitations
from lti_elos.services import platform_lists
from lti_elos.services import platforms as service
from lti_elos.web.admin.platforms import POLICIES
from tests.conftest import Tool
from tests.support.browser import Browser, code_of
from tests.support.operators import Desk, at_the_desk
from tests.support.platform import Platform
from tests.support.rooms import STUDENT, one_database
from tests.support.rows import changes, everything

NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def desk(tool: Tool) -> Iterator[Desk]:
    with at_the_desk(tool, language="en") as one:
        yield one


def at(platform: Platform, more: str = "") -> str:
    return f"/admin/platforms/{platform.id}{more}"


def shown(page: requests.Response) -> str:
    return " ".join(html.fromstring(page.text).get_element_by_id("main").text_content().split())


def add(tool: Tool, name: str, *, number: int = 0, **more: Any) -> str:
    return str(
        service.add(
            tool.deps,
            name=name,
            issuer=f"https://lms-{number}.example.test",
            client_id=f"client-{name}-{number}",
            auth_login_url="https://lms.example.test/auth",
            auth_token_url="https://lms.example.test/token",
            jwks_url="https://lms.example.test/jwks",
            **more,
        )
    )


def policies(desk: Desk, platform: Platform, **changed: str) -> requests.Response:
    """The form as it is, with some fields changed; None for a switch that is off."""
    document = html.fromstring(desk.open(at(platform)).text)
    [form] = [one for one in document.forms if "room_scope" in one.fields]
    return desk.submit(str(form.action), dict(form.form_values()) | changed)


# --- the list ---


def test_the_list_says_how_each_platform_is(tool: Tool, desk: Desk, platform: Platform, browser: Browser) -> None:
    new, off, waiting = add(tool, "Campus Novo"), add(tool, "Desligada"), add(tool, "Em espera", number=1)
    service.set_enabled(tool.deps, off, enabled=False)
    with tool.deps.database.transaction() as db:
        service.keep_deployment(db, UUID(waiting), "77", is_active=False, now=tool.deps.clock())
    browser.enter_room(platform)
    browser.launch(platform, message_type="Unknown")

    rows = {row.name: row for row in platform_lists.page(tool.deps)[0]}
    page = desk.open("/admin/platforms")

    assert {name: row.state for name, row in rows.items()} == {
        "LMS Exemplo": "active",
        "Campus Novo": "new",
        "Desligada": "disabled",
        "Em espera": "pending",
    }
    assert rows["LMS Exemplo"].last_launch is not None
    assert rows["LMS Exemplo"].failures_today == 1
    assert rows["LMS Exemplo"].lms == "Canvas"
    for text in ("Not used yet", "Disabled", "Awaiting approval", "Active", "lms.example.test"):
        assert text in shown(page)
    assert f"/admin/platforms/{new}" in page.text


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("q=ÁLGEBRA", {"Álgebra 1"}),
        ("q=lms-1.", {"Outra"}),
        ("q=%25", set()),
        ("q=_", set()),
        ("state=disabled", {"Outra"}),
        ("state=new", {"Álgebra 1"}),
        ("state=nonsense", {"Álgebra 1", "Outra"}),
        ("q=outra&state=new", set()),
        ("q=%00", {"Álgebra 1", "Outra"}),
    ],
)
def test_what_is_looked_for_is_in_the_address(tool: Tool, desk: Desk, asked: str, found: set[str]) -> None:
    add(tool, "Álgebra 1")
    service.set_enabled(tool.deps, add(tool, "Outra", number=1), enabled=False)

    page = desk.open(f"/admin/platforms?{asked}")

    assert page.status_code == 200
    assert set(html.fromstring(page.text).xpath("//tbody//th//bdi/text()")) == found
    assert f"{asked.split('&')[0].split('=')[0]}=" in html.fromstring(page.text).xpath("//footer//a/@href")[-1]


def test_pages_hold_fifty_and_lead_on(tool: Tool, desk: Desk) -> None:
    names = [f"LMS {number:03}" for number in range(60)] + ["LMS 059"] * 2
    for number, name in enumerate(names):
        add(tool, name, number=number)

    seen, address = [], "/admin/platforms?q=LMS"
    while address:
        document = html.fromstring(desk.open(address).text)
        seen.append(document.xpath("//tbody//th//bdi/text()"))
        address = next(iter(document.xpath("//nav[@aria-label='Pages']/a[contains(., 'Next')]/@href")), "")

    assert [len(one) for one in seen] == [50, 12]
    assert sorted(names) == [name for one in seen for name in one]
    assert len(desk.open(f"/admin/platforms?after={NOBODY}").text) > 0
    assert desk.open("/admin/platforms?after=nonsense").status_code == 200


def test_without_platforms_the_list_says_what_to_do(desk: Desk) -> None:
    page = desk.open("/admin/platforms")

    assert "No LMS is connected yet" in shown(page)
    assert "<table" not in page.text


# --- one ---


def test_ids_of_nothing_are_not_found(desk: Desk) -> None:
    for path in (f"/admin/platforms/{NOBODY}", "/admin/platforms/1", f"/admin/platforms/invites?update={NOBODY}"):
        assert code_of(desk.open(path)) == "WEB-NOT-FOUND"
    for action in ("", "/approve", "/disable", "/enable", "/remove"):
        assert code_of(desk.act(f"/admin/platforms/{NOBODY}{action}")) == "WEB-NOT-FOUND"
    assert code_of(desk.act(f"/admin/platforms/invites/{NOBODY}/withdraw")) == "WEB-NOT-FOUND"


@one_database
def test_every_policy_can_be_set_at_the_desk(desk: Desk, platform: Platform) -> None:
    document = html.fromstring(desk.open(at(platform)).text)
    [form] = [one for one in document.forms if "room_scope" in one.fields]

    assert set(POLICIES) <= set(form.fields.keys())
    assert set(POLICIES) == set(Policies.__dataclass_fields__)


def test_saving_what_is_there_changes_nothing_that_counts(tool: Tool, desk: Desk, platform: Platform) -> None:
    before = service.details(tool.deps, str(platform.id))

    assert policies(desk, platform).headers["Location"] == at(platform, "?done=saved")

    assert service.details(tool.deps, str(platform.id)) == before


def test_policies_are_kept_and_shown(tool: Tool, desk: Desk, platform: Platform) -> None:
    changed = {
        "name": "Moodle da Escola",
        "server": "sim",
        "deployments": "approve",
        "room_scope": "group",
        "embedding": "off",
        "typed_names": "session",
        "attendance_days": "730",
        "frame_ancestors": "https://a.example.test https://b.example.test",
        "recording_notice": "Esta aula é gravada; <b>desligue</b> a câmera = se quiser.",
        "managers_moderate": "true",
    }
    assert policies(desk, platform, **changed).status_code == 303
    saved = service.details(tool.deps, str(platform.id))

    assert saved["name"] == "Moodle da Escola"
    assert (saved["server"], saved["deployment_policy"]) == ("sim", "approve")
    for key in set(changed) - {"name", "server", "deployments", "managers_moderate"}:
        assert saved["policies"][key] == changed[key]
    assert saved["policies"]["managers_moderate"] is True
    assert saved["policies"]["admins_manage"] is True
    page = desk.open(at(platform, "?done=saved"))
    assert "Saved" in shown(page)
    assert "&lt;b&gt;desligue" in page.text


def test_a_switch_is_turned_off(tool: Tool, desk: Desk, platform: Platform) -> None:
    sent = {"name": "x", "server": "", "deployments": "auto", "room_scope": "course", "embedding": "off"}

    sent |= {"typed_names": "keep", "attendance_days": "365"}
    desk.act(at(platform), at(platform), **sent, recording_audience="teachers", recording_download="off")

    saved = service.details(tool.deps, str(platform.id))["policies"]
    assert saved["assistants_moderate"] is False
    assert saved["admins_manage"] is False
    assert (saved["recording_links"], saved["recording_audience"]) == (False, "teachers")


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""),
        ("name", "x" * 201),
        ("name", "a\x00b"),
        ("server", "nowhere"),
        ("deployments", "sometimes"),
        ("room_scope", "galaxy"),
        ("frame_ancestors", "https://a.example; script-src *"),
        ("frame_ancestors", "lms.example"),
        ("recording_notice", "x" * 501),
        ("recording_notice", "two\nlines"),
    ],
)
def test_bad_input_is_marked_and_keeps_all_that_was_typed(
    tool: Tool, desk: Desk, platform: Platform, field: str, typed: str
) -> None:
    before = everything(tool)

    refused = policies(desk, platform, **({"recording_notice": "Minhas palavras"} | {field: typed}))

    assert refused.status_code == 400
    document = html.fromstring(refused.text)
    [form] = [one for one in document.forms if "room_scope" in one.fields]
    assert document.get_element_by_id(field).get("aria-invalid") == "true"
    if field in ("frame_ancestors", "name") and "\x00" not in typed:
        assert form.fields[field] == typed
    if field != "recording_notice":
        assert form.fields["recording_notice"] == "Minhas palavras"
    assert changes(before, everything(tool)) == set()


def test_a_policy_holds_for_the_next_launch(desk: Desk, platform: Platform, browser: Browser) -> None:
    course = browser.enter_room(platform)
    policies(desk, platform, room_scope="resource")

    assert browser.enter_room(platform) != course


def test_disabling_ends_what_is_open_and_refuses_what_comes(
    tool: Tool, desk: Desk, platform: Platform, browser: Browser
) -> None:
    room = browser.enter_room(platform)
    assert "Disable LMS Exemplo?" in shown(desk.open(at(platform, "?ask=disable")))

    assert desk.act(at(platform, "/disable"), at(platform)).headers["Location"] == at(platform, "?done=disabled")

    assert code_of(browser.open(f"/rooms/{room}")) == "WEB-SESSION-ENDED"
    assert code_of(browser.login(platform)) == "LTI-PLATFORM-DISABLED"
    assert "Enable again" in shown(desk.open(at(platform)))
    desk.act(at(platform, "/enable"), at(platform))
    assert browser.enter_room(platform) == room


def test_a_waiting_deployment_is_let_in(tool: Tool, desk: Desk, platform: Platform, browser: Browser) -> None:
    policies(desk, platform, deployments="approve")
    assert code_of(browser.launch(platform)) == "LTI-DEPLOYMENT-PENDING"
    assert "Waits since" in shown(desk.open(at(platform)))

    approved = desk.act(at(platform, "/approve"), at(platform), deployment=platform.deployment_id)

    assert approved.headers["Location"] == at(platform, "?done=approved")
    assert browser.launch(platform).status_code == 303


@pytest.mark.parametrize("typed", ["", "x" * 256, "a\x01b"])
def test_a_deployment_needs_an_id(tool: Tool, desk: Desk, platform: Platform, typed: str) -> None:
    refused = desk.act(at(platform, "/approve"), at(platform), deployment=typed)

    assert refused.status_code == 400
    assert "It has 1 to 255 characters" in shown(refused)
    with tool.deps.database.reading() as db:
        assert db.execute(select(deployments)).all() == []


def test_a_platform_goes_when_its_name_is_typed(tool: Tool, desk: Desk, platform: Platform, browser: Browser) -> None:
    browser.enter_room(platform, **STUDENT)

    refused = desk.act(at(platform, "/remove"), at(platform), name="LMS exemplo")
    assert (refused.status_code, "That is not its name" in shown(refused)) == (400, True)
    assert "LMS exemplo" in refused.text
    gone = desk.act(at(platform, "/remove"), at(platform), name=" LMS Exemplo ")

    assert gone.headers["Location"] == "/admin/platforms?done=removed"
    assert "was removed" in shown(desk.open("/admin/platforms?done=removed"))
    assert (tool.rows()["platforms"], tool.rows()["rooms"]) == (0, 0)


# --- invites ---


def test_an_invites_address_is_shown_once(tool: Tool, desk: Desk) -> None:
    made = desk.act("/admin/platforms/invites", "/admin/platforms/invites", name="Moodle", days="7")

    url = str(html.fromstring(made.text).get_element_by_id("invite-url").text)
    assert url.startswith(f"{tool.url}/lti/register/")
    with Browser(tool.url) as admin:
        assert admin.get(url).status_code == 200
    again = desk.open("/admin/platforms/invites")
    assert url.rpartition("/")[2] not in again.text
    assert "Moodle" in shown(again)
    with tool.deps.database.reading() as db:
        row = db.execute(select(invites)).one()
    assert row.expires_at - row.created_at == timedelta(days=7)
    assert url.rpartition("/")[2] not in str(row)


def test_an_invite_is_withdrawn(tool: Tool, desk: Desk) -> None:
    made = invitations.make(tool.deps, name="Moodle", lasts=timedelta(days=1))
    [listed] = invitations.listing(tool.deps)

    answer = desk.act(f"/admin/platforms/invites/{listed.id}/withdraw", "/admin/platforms/invites")

    assert answer.headers["Location"] == "/admin/platforms/invites?done=withdrawn"
    with Browser(tool.url) as admin:
        assert code_of(admin.get(made.url)) == "LTI-INVITE"
    assert invitations.listing(tool.deps) == []


@pytest.mark.parametrize(
    ("field", "typed"), [("name", ""), ("days", "366"), ("days", "x"), ("server", "no"), ("deployments", "listed")]
)
def test_a_bad_invite_is_not_made(tool: Tool, desk: Desk, field: str, typed: str) -> None:
    sent = {"name": "Moodle", "days": "7", "server": "sim", "deployments": "approve"} | {field: typed}

    refused = desk.act("/admin/platforms/invites", "/admin/platforms/invites", **sent)

    assert refused.status_code == 400
    document = html.fromstring(refused.text)
    assert document.get_element_by_id(field).get("aria-invalid") == "true"
    if field != "name":
        assert document.get_element_by_id("name").get("value") == "Moodle"
    assert invitations.listing(tool.deps) == []


def test_an_invite_may_be_for_a_platform_that_is_there(tool: Tool, desk: Desk, platform: Platform) -> None:
    page = f"/admin/platforms/invites?update={platform.id}"
    assert "Register LMS Exemplo anew" in shown(desk.open(page))

    sent = {"name": "Novo nome", "days": "1", "server": "", "deployments": "", "update": str(platform.id)}
    assert desk.act("/admin/platforms/invites", page, **sent).status_code == 200

    with tool.deps.database.reading() as db:
        row = db.execute(select(invites)).one()
    assert (row.platform_id, row.name, row.deployment_policy) == (platform.id, "Novo nome", "")
    for unknown in (str(uuid4()), "nonsense"):
        bad = desk.act("/admin/platforms/invites", "/admin/platforms/invites", **(sent | {"update": unknown}))
        assert code_of(bad) == "WEB-NOT-FOUND"


def test_names_are_shown_as_they_are_written(tool: Tool, desk: Desk) -> None:
    one = add(tool, "<script>alert(1)</script>")

    for path in ("/admin/platforms", f"/admin/platforms/{one}", "/admin"):
        assert "<script>alert(1)" not in desk.open(path).text
    with tool.deps.database.reading() as db:
        assert db.execute(select(platforms.c.name)).scalars().all() == ["<script>alert(1)</script>"]
