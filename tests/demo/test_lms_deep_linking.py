"""Teachers select content in a tool: what each product asks, what it takes, and what it refuses."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.demo.fake_tool import DL, LTI, FakeTool, deep_link_response, fake_tool
from tests.demo.lms_support import Platforms, running
from tests.demo.test_lms_registration import REGISTER, _tree, change, launch, register

CAPTURED = Path(__file__).parents[1] / "fixtures" / "moodle-4.5"
ITEM = {"type": "ltiResourceLink", "title": "Sala escolhida", "custom": {"room": "r-1"}}


@pytest.fixture(scope="module")
def tool() -> Iterator[FakeTool]:
    with fake_tool() as tool:
        yield tool


@pytest.fixture(scope="module")
def lms() -> Iterator[Platforms]:
    with running(time.time()) as platforms:
        yield platforms


@pytest.fixture(scope="module")
def client_ids(lms: Platforms, tool: FakeTool) -> dict[str, str]:
    found = {slug: register(lms, slug, tool).json()["client_id"] for slug in REGISTER}
    for slug, client_id in found.items():
        change(lms, slug, client_id, "active")
    return found


def asked(lms: Platforms, tool: FakeTool, slug: str, client_id: str, **more: str) -> dict[str, Any]:
    """The claims of a request to select content."""
    launch(lms, slug, client_id, message="deep-linking", **more)
    return tool.launches[-1]


def answer(lms: Platforms, claims: dict[str, Any], token: str) -> requests.Response:
    address = claims[f"{DL}deep_linking_settings"]["deep_link_return_url"]
    return lms.session.post(address, data={"JWT": token}, timeout=5)


def titles(lms: Platforms, slug: str) -> list[str]:
    links = _tree(lms.get(f"/{slug}/courses/mat101")).xpath("//nav[@class='index']//a[not(@data-testid)]/text()")
    return [str(one) for one in links]


@pytest.mark.parametrize("slug", REGISTER)
def test_what_was_selected_becomes_an_activity_that_opens(
    lms: Platforms, tool: FakeTool, client_ids: dict[str, str], slug: str
) -> None:
    tool.items = [ITEM | {"url": f"{tool.url}/target?room=1"}]
    claims = asked(lms, tool, slug, client_ids[slug])

    taken = answer(lms, claims, deep_link_response(tool, claims))

    assert claims[f"{LTI}message_type"] == "LtiDeepLinkingRequest"
    assert claims[f"{LTI}target_link_uri"] == f"{tool.url}/select"
    assert f"{LTI}resource_link" not in claims
    assert taken.status_code == 200
    (after,) = _tree(taken).xpath("//@data-after")
    assert "Sala escolhida" in titles(lms, slug)
    (frame,) = _tree(lms.session.get(after, timeout=5)).xpath("//iframe[@data-testid='activity']")
    start = frame.get("src") or frame.get("data-src")
    assert "message=" not in start
    resource = start.partition("resource=")[2].partition("&")[0]
    launch(lms, slug, "", resource=resource, **{"as": "student-2"})
    opened = tool.launches[-1]
    assert opened["aud"] == client_ids[slug]
    assert opened[f"{LTI}target_link_uri"] == f"{tool.url}/target?room=1"
    assert opened[f"{LTI}custom"] == {"username": "student-2", "mine": "yes", "room": "r-1"}
    assert opened[f"{LTI}resource_link"].get("title") == "Sala escolhida"
    assert answer(lms, claims, deep_link_response(tool, claims)).status_code == 400  # once


def test_moodle_asks_as_captured(lms: Platforms, tool: FakeTool, client_ids: dict[str, str]) -> None:
    captured = json.loads((CAPTURED / "deep-link-teacher.claims.json").read_text())
    claims = asked(lms, tool, "moodle", client_ids["moodle"])

    services = {name for name in captured if "-ags/" in name or "-nrps/" in name} | {"email"}  # nobody asked for it
    assert set(claims) == set(captured) - services
    settings, seen = (one[f"{DL}deep_linking_settings"] for one in (claims, captured))
    own = {"deep_link_return_url"}
    assert {k: v for k, v in settings.items() if k not in own} == {k: v for k, v in seen.items() if k not in own}
    assert set(claims[f"{LTI}launch_presentation"]) == {"locale"}


@pytest.mark.parametrize("slug", REGISTER)
def test_an_empty_list_is_a_cancel(lms: Platforms, tool: FakeTool, client_ids: dict[str, str], slug: str) -> None:
    tool.items = []
    before = titles(lms, slug)
    claims = asked(lms, tool, slug, client_ids[slug])

    taken = answer(lms, claims, deep_link_response(tool, claims, **{f"{DL}msg": "Até logo"}))

    assert taken.status_code == 200
    assert titles(lms, slug) == before
    assert "Até logo" in lms.session.get(_tree(taken).xpath("//@data-after")[0], timeout=5).text


BAD: list[tuple[dict[str, Any], str]] = [
    ({"iss": "somebody-else"}, "iss"),
    ({"aud": "https://elsewhere.test"}, "aud"),
    ({"exp": 1}, "exp"),
    ({"exp": None}, "exp"),
    ({"iat": 2**33}, "iat"),
    ({"nonce": None}, "nonce"),
    ({f"{LTI}deployment_id": "another"}, "deployment_id"),
    ({f"{LTI}message_type": "LtiResourceLinkRequest"}, "message_type"),
    ({f"{LTI}version": "1.1"}, "version"),
    ({f"{DL}data": None}, "data"),
    ({f"{DL}data": "changed"}, "data"),
    ({f"{DL}content_items": {}}, "content_items"),
    ({f"{DL}content_items": ["text"]}, "type"),
    ({f"{DL}content_items": [{"type": "unheard-of"}]}, "type"),
    ({f"{DL}content_items": [ITEM | {"url": "https://elsewhere.test/"}]}, "url"),
    ({f"{DL}content_items": [ITEM | {"custom": {"room": 1}}]}, "custom"),
    ({f"{DL}content_items": [ITEM | {"lineItem": {"scoreMaximum": 0}}]}, "lineItem"),
]


@pytest.mark.parametrize(("changes", "detail"), BAD)
def test_an_answer_that_is_not_right_changes_nothing(
    lms: Platforms, tool: FakeTool, client_ids: dict[str, str], changes: dict[str, Any], detail: str
) -> None:
    tool.items = [ITEM]
    before = titles(lms, "brightspace")
    claims = asked(lms, tool, "brightspace", client_ids["brightspace"])

    refused = answer(lms, claims, deep_link_response(tool, claims, **changes))

    assert refused.status_code == 400
    assert _tree(refused).xpath("//@data-what | //@data-detail") == ["selection", detail]
    assert titles(lms, "brightspace") == before
    assert answer(lms, claims, deep_link_response(tool, claims)).status_code == 200  # it may try again


def test_an_answer_needs_the_tools_own_signature(lms: Platforms, tool: FakeTool, client_ids: dict[str, str]) -> None:
    claims = asked(lms, tool, "moodle", client_ids["moodle"])
    good = deep_link_response(tool, claims)
    payload = jwt.decode(good, options={"verify_signature": False})
    other = rsa.generate_private_key(65537, 2048)
    forged = [
        jwt.encode(payload, other, algorithm="RS256", headers={"kid": "k1"}),
        jwt.encode(payload, tool.key, algorithm="RS256", headers={"kid": "k2"}),
        jwt.encode(payload, "x" * 32, algorithm="HS256", headers={"kid": "k1"}),
        jwt.encode(payload, "", algorithm="none", headers={"kid": "k1"}),
        good[:-8] + "AAAAAAAA",
        "",
        "a.b.c",
    ]

    for token in forged:
        refused = answer(lms, claims, token)
        assert _tree(refused).xpath("//@data-detail") == ["signature"]


def test_variables_of_the_activity_are_null_while_there_is_none(
    lms: Platforms, tool: FakeTool, client_ids: dict[str, str]
) -> None:
    custom = {"rl": "$ResourceLink.id", "course": "$Context.title", "none": "$Made.up"}
    client_id = register(lms, "moodle", tool, configuration={"custom_parameters": custom}).json()["client_id"]
    change(lms, "moodle", client_id, "active")

    selecting = asked(lms, tool, "moodle", client_id)[f"{LTI}custom"]
    launch(lms, "moodle", client_id)
    opened = tool.launches[-1][f"{LTI}custom"]

    course = {"course": "Cálculo Diferencial e Integral I", "none": "$Made.up"}
    assert (selecting, opened) == ({"rl": None, **course}, {"rl": "11", **course})


def test_a_nonce_counts_once(lms: Platforms, tool: FakeTool, client_ids: dict[str, str]) -> None:
    first, second = (asked(lms, tool, "canvas", client_ids["canvas"]) for _ in range(2))
    assert answer(lms, first, deep_link_response(tool, first, nonce="same")).status_code == 200

    assert _tree(answer(lms, second, deep_link_response(tool, second, nonce="same"))).xpath("//@data-detail") == [
        "nonce"
    ]


def test_several_items_come_where_several_are_taken(lms: Platforms, tool: FakeTool, client_ids: dict[str, str]) -> None:
    tool.items = [ITEM | {"title": "Primeira"}, ITEM | {"title": "Segunda"}]
    moodle = asked(lms, tool, "moodle", client_ids["moodle"])
    sakai = asked(lms, tool, "sakai", client_ids["sakai"])

    assert answer(lms, moodle, deep_link_response(tool, moodle)).status_code == 200
    assert titles(lms, "moodle")[-2:] == ["Primeira", "Segunda"]
    assert _tree(answer(lms, sakai, deep_link_response(tool, sakai))).xpath("//@data-detail") == ["accept_multiple"]


def test_only_who_teaches_is_offered_a_selection(lms: Platforms, client_ids: dict[str, str]) -> None:
    def offers(person: str, slug: str = "canvas", **more: str) -> bool:
        page = lms.get(f"/{slug}/courses/mat101", **{"as": person}, **more)
        return bool(_tree(page).xpath("//*[@data-testid='select-content']"))

    tool = client_ids["canvas"]
    assert [offers(one, tool=tool) for one in ("teacher-1", "assistant", "admin")] == [True] * 3
    assert [offers(one, tool=tool) for one in ("student-2", "observer")] == [False] * 2
    assert offers("teacher-1")  # in the tool of the start
    assert not offers("teacher-1", "openedx")
    assert lms.get("/openedx/launch", course="mat101", message="deep-linking").status_code == 404
    assert lms.get("/canvas/launch", course="mat101", message="unheard-of").status_code == 404
