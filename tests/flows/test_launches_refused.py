"""Every row of the negative launch table (reference/lti.md 1.7), over HTTP: status, code, and nothing left behind."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from sqlalchemy import select

from lti_elos.db.tables import failed_launches
from lti_elos.demo.lms import jose
from lti_elos.demo.serving import ThreadedServer
from lti_elos.services import platforms
from tests.conftest import Elos, Tool, add_platform
from tests.support.browser import Browser, code_of
from tests.support.platform import LTI, Jwks, Platform

HOUR = 3600


@dataclass
class World:
    """What a case is made of."""

    tool: Tool
    platform: Platform
    browser: Browser
    other_key: Any

    def token(self, nonce: str, /, *, header: dict[str, Any] | None = None, **changes: Any) -> str:
        claims = self.platform.claims(target=f"{self.tool.url}/lti/launch", **({"nonce": nonce} | changes))
        return self.platform.sign(claims, **(header or {}))


Case = Callable[[World, str], str]
"""Makes the id_token to post, given the nonce of the login."""


def claims(**changes: Any) -> Case:
    return lambda world, nonce: world.token(nonce, **changes)


def header(**changes: Any) -> Case:
    return lambda world, nonce: world.token(nonce, header=changes)


def _now() -> int:
    return int(time.time())


def _signed_by_another(world: World, nonce: str) -> str:
    body = world.platform.claims(nonce=nonce, target=f"{world.tool.url}/lti/launch")
    return jose.sign({"typ": "JWT", "alg": "RS256", "kid": "key-1"}, body, world.other_key)


def _unsigned(world: World, nonce: str) -> str:
    body = world.platform.claims(nonce=nonce, target=f"{world.tool.url}/lti/launch")
    return f"{_part({'alg': 'none', 'kid': 'key-1'})}.{_part(body)}."


def _hs256_with_the_public_key(world: World, nonce: str) -> str:
    body = world.platform.claims(nonce=nonce, target=f"{world.tool.url}/lti/launch")
    secret = jose.public_pem(world.platform.key)
    return jose.sign({"typ": "JWT", "alg": "HS256", "kid": "key-1"}, body, secret)


def _with_the_attackers_key_in_the_header(world: World, nonce: str) -> str:
    body = world.platform.claims(nonce=nonce, target=f"{world.tool.url}/lti/launch")
    members = {"alg": "RS256", "kid": "key-1", "jwk": jose.public_jwk(world.other_key, kid="key-1")}
    return jose.sign(members | {"jku": "http://127.0.0.1:9/jwks"}, body, world.other_key)


def _part(document: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def _payload_of_another_kind(payload: Any) -> Case:
    return lambda world, _nonce: world.platform.sign(payload)


MISMATCH, INCOMPLETE, TIME, SIGNATURE = (
    (401, "LTI-MISMATCH"),
    (400, "LTI-INCOMPLETE"),
    (401, "LTI-TOKEN-TIME"),
    (
        401,
        "LTI-SIGNATURE",
    ),
)
TYPE = (400, "LTI-MESSAGE-TYPE")
LONG = "x" * 256

TOKENS: list[tuple[str, Case, tuple[int, str]]] = [
    ("N1 no kid", header(kid=None), SIGNATURE),
    ("N1 kid not text", header(kid=7), SIGNATURE),
    ("N1 kid empty", header(kid=""), SIGNATURE),
    ("N2 kid not in JWKS", header(kid="unknown"), (401, "LTI-KEY-UNKNOWN")),
    ("N3 version 1.2.0", claims(version="1.2.0"), TYPE),
    ("N3 version 11.3", claims(version="11.3"), TYPE),
    ("N4 no version", claims(version=None), INCOMPLETE),
    ("N5 not a launch", _payload_of_another_kind({"name": "badltilaunch"}), MISMATCH),
    ("N6 no aud", claims(aud=None), MISMATCH),
    ("N6 no iss", claims(iss=None), MISMATCH),
    ("N6 several missing", claims(sub=None, roles=None, deployment_id=None), INCOMPLETE),
    ("N7 iat 11111 exp 22222", claims(iat=11111, exp=22222), TIME),
    ("N8 no message_type", claims(message_type=None), INCOMPLETE),
    ("N9 no roles", claims(roles=None), INCOMPLETE),
    ("N10 no deployment_id", claims(deployment_id=None), INCOMPLETE),
    ("N10 deployment_id a number", claims(deployment_id=1), INCOMPLETE),
    ("N10 deployment_id empty", claims(deployment_id=""), INCOMPLETE),
    ("N11 no resource_link id", claims(resource_link={"title": "x"}), INCOMPLETE),
    ("N11 no resource_link", claims(resource_link=None), INCOMPLETE),
    ("N12 no sub", claims(sub=None), INCOMPLETE),
    ("N12 sub empty", claims(sub=""), INCOMPLETE),
    ("N12 sub a number", claims(sub=5), INCOMPLETE),
    ("N13 right kid, wrong key", _signed_by_another, SIGNATURE),
    ("N14 alg none", _unsigned, SIGNATURE),
    ("N15 HS256 with the public key", _hs256_with_the_public_key, SIGNATURE),
    ("N16 two parts", lambda *_: "a.b", SIGNATURE),
    ("N16 not base64", lambda *_: "$.%.&", SIGNATURE),
    ("N16 not JSON", lambda *_: "YWJj.YWJj.YWJj", SIGNATURE),
    ("N16 deeply nested", lambda *_: f"{_part({'alg': 'RS256'})}.{'W1tb' * 20000}.x", SIGNATURE),
    ("N17 payload a list", _payload_of_another_kind(["iss"]), SIGNATURE),
    ("N17 payload text", _payload_of_another_kind("iss"), SIGNATURE),
    ("N18 no exp", claims(exp=None), TIME),
    ("N19 no iat", claims(iat=None), TIME),
    ("N20 exp past beyond leeway", lambda w, n: w.token(n, iat=_now() - 300, exp=_now() - 65), TIME),
    ("N21 iat an hour ahead", lambda w, n: w.token(n, iat=_now() + HOUR, exp=_now() + 2 * HOUR), TIME),
    ("N22 iat a day old", lambda w, n: w.token(n, iat=_now() - 24 * HOUR, exp=_now() + HOUR), TIME),
    ("N23 exp as text", lambda w, n: w.token(n, exp=str(_now() + 60)), TIME),
    ("N23 iat as text", lambda w, n: w.token(n, iat=str(_now())), TIME),
    ("N23 exp true", claims(exp=True), TIME),
    ("N23 nbf ahead", lambda w, n: w.token(n, nbf=_now() + HOUR), TIME),
    ("N24 unknown message_type", claims(message_type="LtiFooRequest"), TYPE),
    ("N24 submission review, not yet", claims(message_type="LtiSubmissionReviewRequest"), TYPE),
    ("N24 deep linking without its settings", claims(message_type="LtiDeepLinkingRequest"), INCOMPLETE),
    ("N24 message_type a list", claims(message_type=["LtiResourceLinkRequest"]), INCOMPLETE),
    ("N26 roles text", claims(roles="Instructor"), INCOMPLETE),
    ("N26 roles null", lambda w, n: w.token(n, **{f"{LTI}roles": None}), INCOMPLETE),
    ("N26 roles with numbers", claims(roles=[1]), INCOMPLETE),
    ("N28 resource_link null", claims(resource_link=[]), INCOMPLETE),
    ("N28 resource_link text", claims(resource_link="link"), INCOMPLETE),
    ("N29 resource_link.id empty", claims(resource_link={"id": ""}), INCOMPLETE),
    ("N30 no target_link_uri", claims(target_link_uri=None), INCOMPLETE),
    ("N31 target on foreign host", claims(target_link_uri="https://evil.example.test/lti/launch"), INCOMPLETE),
    ("N31 target on another port", claims(target_link_uri="http://localhost:1/lti/launch"), INCOMPLETE),
    ("N31 target with our host as user", claims(target_link_uri="http://localhost@evil.example.test/"), INCOMPLETE),
    ("N32 aud wrong", claims(aud="client-2"), MISMATCH),
    ("N33 aud with another", claims(aud=["client-1", "other"]), MISMATCH),
    ("N33 aud twice", claims(aud=["client-1", "client-1"]), MISMATCH),
    ("N34 aud other first", claims(aud=["other", "client-1"]), MISMATCH),
    ("N34 aud empty", claims(aud=[]), MISMATCH),
    ("N35 azp wrong", claims(azp="client-2"), MISMATCH),
    ("N36 iss unknown", claims(iss="http://nobody.example.test"), MISMATCH),
    ("N39 no nonce", claims(nonce=None), MISMATCH),
    ("N39 another nonce", claims(nonce="another"), MISMATCH),
    ("N39 nonce a list", lambda w, n: w.token(n, nonce=[n]), MISMATCH),
    ("N46 deployment other than the login's", claims(deployment_id="deployment-2"), MISMATCH),
    ("N51 sub of 256", claims(sub=LONG), INCOMPLETE),
    ("N51 deployment_id of 256", claims(deployment_id=LONG), INCOMPLETE),
    ("N51 resource_link.id of 256", claims(resource_link={"id": LONG}), INCOMPLETE),
    ("N51 sub with NUL", claims(sub="a\0b"), INCOMPLETE),
    ("N52 the attacker's key in the header", _with_the_attackers_key_in_the_header, SIGNATURE),
    ("N52 critical extension", header(crit=["exp"]), SIGNATURE),
]


@pytest.fixture
def world(tool: Tool, platform: Platform, browser: Browser, other_key: Any) -> World:
    return World(tool, platform, browser, other_key)


def assert_refused(
    world: World, elos: Elos, before: dict[str, int], response: requests.Response, status: int, code: str
) -> None:
    """The status and code, no row but one in failed_launches (and what counts them), and Elos not called."""
    assert (response.status_code, code_of(response)) == (status, code), response.text[:2000]
    after = world.tool.rows()
    assert after.pop("failed_launches") == before["failed_launches"] + 1
    assert 0 <= after.pop("failures") - before["failures"] <= 1
    assert after == {name: count for name, count in before.items() if name not in ("failed_launches", "failures")}
    assert elos.calls() == []
    with world.tool.deps.database.reading() as db:
        kept = db.execute(select(failed_launches).order_by(failed_launches.c.created_at.desc())).first()
    assert kept is not None
    assert kept.code == code
    assert kept.occurrence in response.text


@pytest.mark.parametrize(("case", "expected"), [row[1:] for row in TOKENS], ids=[row[0] for row in TOKENS])
def test_a_bad_token_is_refused(world: World, elos: Elos, case: Case, expected: tuple[int, str]) -> None:
    state, nonce = world.browser.begin(world.platform)
    before = world.tool.rows()

    response = world.browser.post_token(state, case(world, nonce))

    assert_refused(world, elos, before, response, *expected)


def test_a_refused_launch_does_not_spend_its_state(world: World) -> None:
    state, nonce = world.browser.begin(world.platform)
    world.browser.post_token(state, world.token(nonce, roles=None))

    response = world.browser.post_token(state, world.token(nonce))

    assert response.status_code == 303


def test_n27_an_unlisted_deployment_is_refused(
    world: World, elos: Elos, jwks_server: tuple[Jwks, ThreadedServer], platform_key: Any
) -> None:
    jwks, server = jwks_server
    listed = add_platform(
        world.tool, server.url, jwks, platform_key, client_id="client-listed", deployment_ids=["deployment-9"]
    )
    state, nonce = world.browser.begin(listed)
    token = listed.sign(listed.claims(nonce=nonce, target=f"{world.tool.url}/lti/launch"))
    before = world.tool.rows()

    response = world.browser.post_token(state, token)

    assert_refused(world, elos, before, response, 403, "LTI-DEPLOYMENT-PENDING")


@pytest.mark.parametrize("field", ["iss", "aud"])
def test_n37_n38_a_token_for_another_registration_than_the_logins_is_refused(
    world: World, elos: Elos, jwks_server: tuple[Jwks, ThreadedServer], platform_key: Any, field: str
) -> None:
    jwks, server = jwks_server
    other = add_platform(world.tool, server.url, jwks, platform_key, issuer="http://b.example.test", client_id="c-2")
    state, nonce = world.browser.begin(world.platform)
    changes: dict[str, Any] = {"iss": other.issuer} if field == "iss" else {"aud": other.client_id}
    before = world.tool.rows()

    response = world.browser.post_token(state, world.token(nonce, **changes))

    assert_refused(world, elos, before, response, *MISMATCH)


def test_n40_the_same_post_again_is_a_replay(world: World, elos: Elos) -> None:
    state, nonce = world.browser.begin(world.platform)
    token = world.token(nonce)
    assert world.browser.post_token(state, token).status_code == 303
    before = world.tool.rows()

    response = world.browser.post_token(state, token)

    assert_refused(world, elos, before, response, 401, "LTI-REPLAYED")


def test_n41_an_old_token_with_a_fresh_state_is_refused(world: World, elos: Elos) -> None:
    old_state, old_nonce = world.browser.begin(world.platform)
    token = world.token(old_nonce)
    assert world.browser.post_token(old_state, token).status_code == 303
    state, _nonce = world.browser.begin(world.platform)
    before = world.tool.rows()

    response = world.browser.post_token(state, token)

    assert_refused(world, elos, before, response, *MISMATCH)


def test_n42_the_nonce_of_another_login_is_refused(world: World, elos: Elos) -> None:
    _state_a, nonce_a = world.browser.begin(world.platform)
    state_b, _nonce_b = world.browser.begin(world.platform)
    before = world.tool.rows()

    response = world.browser.post_token(state_b, world.token(nonce_a))

    assert_refused(world, elos, before, response, *MISMATCH)


@pytest.mark.parametrize(("state", "expected"), [("", INCOMPLETE), ("made-up", MISMATCH), ("é" * 30, MISMATCH)])
def test_n43_a_state_that_is_missing_or_not_ours_is_refused(
    world: World, elos: Elos, state: str, expected: tuple[int, str]
) -> None:
    before = world.tool.rows()

    response = world.browser.post_token(state, world.token("any"))

    assert_refused(world, elos, before, response, *expected)


def test_n43_an_expired_state_is_refused(world: World, elos: Elos) -> None:
    from datetime import UTC, datetime, timedelta

    vault, now = world.tool.deps.vault, datetime.now(UTC) - timedelta(minutes=11)
    state = vault.issue("state", {"i": "0" * 32}, ttl=timedelta(minutes=10), now=now)
    before = world.tool.rows()

    response = world.browser.post_token(state, world.token("any"))

    assert_refused(world, elos, before, response, 401, "LTI-STATE-OLD")


def test_n44_a_post_from_another_browser_is_unproven_and_offers_the_platforms_own_login(
    world: World, elos: Elos
) -> None:
    state, nonce = world.browser.begin(world.platform)
    before = world.tool.rows()

    with Browser(world.tool.url, framed=True) as another:
        response = another.post_token(state, world.token(nonce))

    assert_refused(world, elos, before, response, 401, "LTI-UNPROVEN")
    assert 'action="/lti/login"' in response.text
    assert 'name="lti_message_hint" value="message-1"' in response.text
    assert "Docente Exemplo" not in response.text
    assert "Set-Cookie" not in response.headers


def test_n44_moodles_one_use_login_is_not_offered_again(world: World, elos: Elos) -> None:
    state, nonce = world.browser.begin(world.platform)
    platform_says = {"product_family_code": "moodle", "guid": "g"}
    before = world.tool.rows()

    with Browser(world.tool.url, framed=True) as another:
        response = another.post_token(state, world.token(nonce, tool_platform=platform_says))

    assert_refused(world, elos, before, response, 401, "LTI-UNPROVEN")
    assert 'action="/lti/login"' not in response.text
    assert f'href="{world.platform.issuer}/course/1"' in response.text
    assert 'target="_top"' in response.text


def test_n44_another_launchs_cookie_does_not_prove_this_one(world: World) -> None:
    with Browser(world.tool.url) as attacker:
        state, nonce = attacker.begin(world.platform)
    world.browser.begin(world.platform)

    response = world.browser.post_token(state, world.token(nonce))

    assert (response.status_code, code_of(response)) == (401, "LTI-UNPROVEN")


@pytest.mark.parametrize(
    ("error", "status"), [("access_denied", 400), ("login_required", 401), ("unauthorized_client", 400)]
)
def test_n45_the_platforms_refusal_is_told(world: World, elos: Elos, error: str, status: int) -> None:
    state, _nonce = world.browser.begin(world.platform)
    before = world.tool.rows()

    response = world.browser.post(
        f"{world.tool.url}/lti/launch",
        data={"state": state, "error": error, "error_description": "<b>not you</b>"},
        allow_redirects=False,
    )

    assert_refused(world, elos, before, response, status, "LTI-PLATFORM-ERROR")
    assert "<b>not you" not in response.text


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"iss": None}, INCOMPLETE),
        ({"iss": "http://nobody.example.test"}, (404, "LTI-PLATFORM-UNKNOWN")),
        ({"iss": "http://lms.example.test/"}, (404, "LTI-PLATFORM-UNKNOWN")),
        ({"login_hint": None}, INCOMPLETE),
        ({"client_id": "client-2"}, (404, "LTI-PLATFORM-UNKNOWN")),
        ({"target_link_uri": None}, INCOMPLETE),
        ({"target_link_uri": "https://evil.example.test/lti/launch"}, INCOMPLETE),  # N48
        ({"lti_message_hint": "x" * 9000}, INCOMPLETE),
    ],
    ids=["no iss", "unknown iss", "iss with slash", "no hint", "unknown client", "no target", "foreign target", "long"],
)
def test_n47_n48_a_bad_login_is_refused(
    world: World, elos: Elos, changes: dict[str, str | None], expected: tuple[int, str]
) -> None:
    before = world.tool.rows()

    response = world.browser.login(world.platform, **changes)

    assert_refused(world, elos, before, response, *expected)


def test_n47_a_login_without_client_id_is_refused_when_two_registrations_share_the_issuer(
    world: World, elos: Elos, jwks_server: tuple[Jwks, ThreadedServer], platform_key: Any
) -> None:
    jwks, server = jwks_server
    add_platform(world.tool, server.url, jwks, platform_key, client_id="client-2")
    before = world.tool.rows()

    response = world.browser.login(world.platform, client_id=None)

    assert_refused(world, elos, before, response, *INCOMPLETE)


def test_n49_a_disabled_platform_is_refused_at_login_and_at_launch(world: World, elos: Elos) -> None:
    state, nonce = world.browser.begin(world.platform)
    platforms.set_enabled(world.tool.deps, str(world.platform.id), enabled=False)
    before = world.tool.rows()

    at_login = world.browser.login(world.platform)
    assert_refused(world, elos, before, at_login, 403, "LTI-PLATFORM-DISABLED")
    before = world.tool.rows()
    at_launch = world.browser.post_token(state, world.token(nonce))

    assert_refused(world, elos, before, at_launch, 403, "LTI-PLATFORM-DISABLED")


@pytest.mark.parametrize("behaviour", ["500", "html", "redirect", "huge"])
def test_n50_keys_out_of_reach_are_told_and_may_be_tried_again(world: World, elos: Elos, behaviour: str) -> None:
    world.platform.jwks.behaviour = behaviour
    state, nonce = world.browser.begin(world.platform)
    before = world.tool.rows()

    response = world.browser.post_token(state, world.token(nonce))

    assert_refused(world, elos, before, response, 503, "LTI-KEYS-UNREACHABLE")
    assert int(response.headers["Retry-After"]) > 0


def test_the_launch_takes_only_posts_and_only_small_ones(world: World, elos: Elos) -> None:
    got = world.browser.get(f"{world.tool.url}/lti/launch")
    large = world.browser.post(f"{world.tool.url}/lti/launch", data={"id_token": "x" * 600_000, "state": "s"})

    assert (got.status_code, code_of(got)) == (405, "WEB-REQUEST")
    assert (large.status_code, code_of(large)) == (413, "WEB-REQUEST")
    assert elos.calls() == []


@pytest.mark.parametrize("path", ["/lti/login", "/lti/launch"])
def test_a_post_that_is_no_form_is_refused(world: World, elos: Elos, path: str) -> None:
    response = world.browser.post(world.tool.url + path, json={"iss": world.platform.issuer})

    assert (response.status_code, code_of(response)) == (415, "WEB-REQUEST")
    assert elos.calls() == []


def test_n49_a_waiting_deployment_gets_in_once_it_is_approved(
    world: World, elos: Elos, jwks_server: tuple[Jwks, ThreadedServer], platform_key: Any
) -> None:
    jwks, server = jwks_server
    waiting = add_platform(
        world.tool, server.url, jwks, platform_key, client_id="client-waits", deployment_policy="approve"
    )
    refused = world.browser.launch(waiting)
    assert (refused.status_code, code_of(refused)) == (403, "LTI-DEPLOYMENT-PENDING")

    platforms.approve(world.tool.deps, str(waiting.id), waiting.deployment_id)

    assert world.browser.launch(waiting).status_code == 303
    assert elos.calls("create") == []


def test_programs_get_problem_documents(world: World) -> None:
    response = requests.post(
        f"{world.tool.url}/lti/launch", data={"state": "x"}, headers={"Accept": "application/json"}, timeout=10
    )

    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "LTI-MISMATCH"
    assert response.json()["status"] == response.status_code == 401
