"""Each way to be refused, over HTTP: what the operator is told of it. Check, expected, received, mend, by cause.

Whoever adds a cause adds its case here: a test compares.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from lti_elos.causes import Cause, LaunchCheck
from lti_elos.demo.lms import jose
from lti_elos.errors import BadSignature as SignatureRefused
from lti_elos.errors import PlatformUnknown
from lti_elos.services import failed_launches, failures, platforms
from lti_elos.services.failures import Course, FailedLaunch
from lti_elos.web.failure_pages import detail_page
from tests.conftest import Tool, add_platform
from tests.support.browser import Browser, ClosedFrame, code_of
from tests.support.deep_linking import asks
from tests.support.platform import Platform
from tests.support.rooms import one_database
from tests.web.pages_app import make_app, speaking


@dataclass
class World:
    """What a case is made of."""

    tool: Tool
    platform: Platform
    browser: Browser
    other_key: Any

    def answer(self, make: Callable[[str], str], **login: str | None) -> None:
        """Log in and answer with a token of the case's own making, from its nonce."""
        state, nonce = self.browser.begin(self.platform, **login)
        self.browser.post_token(state, make(nonce))

    def token(self, nonce: str, /, *, header: dict[str, Any] | None = None, **changes: Any) -> str:
        claims = self.platform.claims(target=f"{self.tool.url}/lti/launch", **({"nonce": nonce} | changes))
        return self.platform.sign(claims, **(header or {}))

    def claims(self, **changes: Any) -> None:
        self.answer(lambda nonce: self.token(nonce, **changes))

    def header(self, **changes: Any) -> None:
        self.answer(lambda nonce: self.token(nonce, header=changes))

    def policies(self, *pairs: str) -> None:
        platforms.set_policies(self.tool.deps, str(self.platform.id), list(pairs))


def now() -> int:
    return int(time.time())


# --- the cases -------------------------------------------------------------------------------------------------------


def platform_said_no(world: World) -> None:
    refused(world, "unauthorized_client", "redirect_uri is not registered")


def not_signed_in(world: World) -> None:
    refused(world, "login_required", "")


def refused(world: World, error: str, words: str) -> None:
    state, _nonce = world.browser.begin(world.platform)
    form = {"state": state, "error": error, "error_description": words}
    world.browser.post(f"{world.tool.url}/lti/launch", data=form, allow_redirects=False)


def several_clients(world: World) -> None:
    make_another(world, client_id="client-2")
    world.browser.login(world.platform, client_id=None)


def make_another(world: World, **more: Any) -> Platform:
    return add_platform(world.tool, "http://127.0.0.1:9/jwks", world.platform.jwks, world.platform.key, **more)


def state_old(world: World) -> None:
    content = {"i": "0" * 32}
    past = world.tool.deps.clock() - timedelta(minutes=11)
    world.browser.post_token(
        world.tool.deps.vault.issue("state", content, ttl=timedelta(minutes=10), now=past), world.token("n")
    )


def removed(world: World) -> None:
    state, nonce = world.browser.begin(world.platform)
    platforms.remove(world.tool.deps, str(world.platform.id))
    world.browser.post_token(state, world.token(nonce))


def disabled(world: World) -> None:
    platforms.set_enabled(world.tool.deps, str(world.platform.id), enabled=False)
    world.browser.login(world.platform)


def key_unfit(world: World) -> None:
    world.platform.jwks.keys = [{"kty": "EC", "kid": "key-1"}]
    world.claims()


def keys_unreachable(world: World) -> None:
    world.platform.jwks.behaviour = "500"
    world.claims()


def signature_wrong(world: World) -> None:
    def forged(nonce: str) -> str:
        body = world.platform.claims(nonce=nonce, target=f"{world.tool.url}/lti/launch")
        return jose.sign({"typ": "JWT", "alg": "RS256", "kid": "key-1"}, body, world.other_key)

    world.answer(forged)


def clock_behind(world: World) -> None:
    """Each token lives for a minute, and was made two minutes before the login that it answers."""
    world.claims(iat=now() - 150, exp=now() - 90)


def token_expired(world: World) -> None:
    """A platform whose tokens live for no time at all."""
    world.claims(iat=now() - 5, exp=now() - 65)


def deployment_pending(world: World) -> None:
    world.policies("deployments=approve")
    world.claims()


def deployment_unlisted(world: World) -> None:
    world.policies("deployments=listed")
    world.claims()


def used_already(world: World) -> None:
    state, nonce = world.browser.begin(world.platform)
    token = world.token(nonce)
    assert world.browser.post_token(state, token).status_code == 303
    world.browser.post_token(state, token)


def cookie_blocked(world: World) -> None:
    from_another_browser(world, framed=True)


def cookie_missing(world: World) -> None:
    from_another_browser(world, framed=False)


def from_another_browser(world: World, *, framed: bool) -> None:
    state, nonce = world.browser.begin(world.platform)
    with Browser(world.tool.url, framed=framed) as another:
        another.post_token(state, world.token(nonce))


def storage_silent(world: World) -> None:
    by_storage(world, "")


def storage_other(world: World) -> None:
    by_storage(world, "another-secret")


def by_storage(world: World, secret: str) -> None:
    with ClosedFrame(world.tool.url) as frame:
        page, _secret = frame.reach_verify(world.platform)
        frame.go_on(page, secret=secret)


def content_role(world: World) -> None:
    world.claims(**asks() | {"roles": [LEARNER]})


def no_group(world: World) -> None:
    world.policies("room_scope=group")
    world.claims(roles=[LEARNER], custom={"group_ids": ""})


def no_teacher(world: World) -> None:
    world.policies("room_scope=user")
    world.claims(roles=[LEARNER])


LEARNER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"


@dataclass(frozen=True)
class Case:
    """What happens, and what the operator reads. ``received`` and ``mend`` are parts of the texts."""

    happens: Callable[[World], object]
    code: str
    check: LaunchCheck
    expected: str
    received: str
    mend: str


C = LaunchCheck
URL = "http://localhost"

CASES: dict[Cause, Case] = {
    Cause.PARAMETER_MISSING: Case(
        lambda w: w.browser.login(w.platform, login_hint=None), "LTI-INCOMPLETE", C.REQUEST, "", "", "LTI 1.3 tool"
    ),
    Cause.PARAMETER_WRONG: Case(
        lambda w: w.browser.login(w.platform, lti_message_hint="x" * 9000),
        "LTI-INCOMPLETE", C.REQUEST, "", "", "a proxy on the way changes it",
    ),
    Cause.CLIENT_NOT_SENT: Case(several_clients, "LTI-INCOMPLETE", C.REQUEST, "", "", "send client_id"),
    Cause.TARGET_ELSEWHERE_AT_LOGIN: Case(
        lambda w: w.browser.login(w.platform, target_link_uri="https://evil.example.test/lti?user=7"),
        "LTI-INCOMPLETE", C.REQUEST, URL, "https://evil.example.test/lti", "must begin with http://localhost",
    ),
    Cause.TARGET_SCHEME_AT_LOGIN: Case(
        lambda w: w.browser.login(w.platform, target_link_uri=w.tool.url.replace("http:", "https:") + "/lti"),
        "LTI-INCOMPLETE", C.REQUEST, URL, "https://localhost", "must begin with http://localhost",
    ),
    Cause.PLATFORM_SAID_NO: Case(
        platform_said_no, "LTI-PLATFORM-ERROR", C.REQUEST, "", "redirect_uri is not registered",
        "/lti/launch is a redirect address",
    ),
    Cause.NOT_SIGNED_IN: Case(not_signed_in, "LTI-PLATFORM-ERROR", C.REQUEST, "", "", "sign in to"),
    Cause.STATE_NOT_OURS: Case(
        lambda w: w.browser.post_token("made-up", w.token("n")), "LTI-MISMATCH", C.STATE, "", "", "same SECRET_KEY"
    ),
    Cause.STATE_OLD: Case(state_old, "LTI-STATE-OLD", C.STATE, "", "", "opens the link in the course again"),
    Cause.ISSUER_UNKNOWN: Case(
        lambda w: w.browser.login(w.platform, iss="http://lms.example.test/"),
        "LTI-PLATFORM-UNKNOWN", C.PLATFORM, "", "http://lms.example.test/", "A slash at the end",
    ),
    Cause.CLIENT_UNKNOWN: Case(
        lambda w: w.browser.login(w.platform, client_id="client-2"),
        "LTI-PLATFORM-UNKNOWN", C.PLATFORM, "client-1", "client-2", "registered is client-1",
    ),
    Cause.PLATFORM_REMOVED: Case(removed, "LTI-PLATFORM-UNKNOWN", C.PLATFORM, "", "", "Register it again"),
    Cause.PLATFORM_DISABLED: Case(disabled, "LTI-PLATFORM-DISABLED", C.PLATFORM, "", "", "platform enable"),
    Cause.TOKEN_TOO_LARGE: Case(
        lambda w: w.answer(lambda _nonce: "x" * 270_000), "LTI-INCOMPLETE", C.TOKEN, "", "", "custom parameters"
    ),
    Cause.TOKEN_MALFORMED: Case(
        lambda w: w.answer(lambda _nonce: "$.%.&"), "LTI-SIGNATURE", C.TOKEN, "", "", "proxy or a browser extension"
    ),
    Cause.ALGORITHM: Case(
        lambda w: w.answer(lambda n: jose.sign({"alg": "HS256", "kid": "key-1"}, {"nonce": n}, b"x" * 32)),
        "LTI-SIGNATURE", C.HEADER, "RS256", "HS256", "signed with RS256",
    ),
    Cause.NO_KID: Case(lambda w: w.header(kid=None), "LTI-SIGNATURE", C.HEADER, "", "", "must name its key"),
    Cause.EXTENSIONS: Case(lambda w: w.header(crit=["exp"]), "LTI-SIGNATURE", C.HEADER, "", "", "crit or b64"),
    Cause.ISSUER_OTHER: Case(
        lambda w: w.claims(iss="http://nobody.example.test"),
        "LTI-MISMATCH", C.ISSUER, "http://lms.example.test", "http://nobody.example.test", "they must be equal",
    ),
    Cause.KEY_UNKNOWN: Case(
        lambda w: w.header(kid="key-2"), "LTI-KEY-UNKNOWN", C.KEY, "key-1", "key-2", "Key received: key-2"
    ),
    Cause.KEY_UNFIT: Case(key_unfit, "LTI-KEY-UNKNOWN", C.KEY, "", "key-1", "RSA key of 2048 bits"),
    Cause.KEYS_UNREACHABLE: Case(keys_unreachable, "LTI-KEYS-UNREACHABLE", C.KEY, "", "", "firewall, certificate"),
    Cause.SIGNATURE_WRONG: Case(signature_wrong, "LTI-SIGNATURE", C.SIGNATURE, "", "", "fetched again within an hour"),
    Cause.AUDIENCE_OTHER: Case(
        lambda w: w.claims(aud="client-2"),
        "LTI-MISMATCH", C.AUDIENCE, "client-1", "client-2", "registered is client-1; the token says client-2",
    ),
    Cause.AUDIENCE_SEVERAL: Case(
        lambda w: w.claims(aud=["client-1", "other"]),
        "LTI-MISMATCH", C.AUDIENCE, "client-1", "['client-1', 'other']", "issue it for client-1 alone",
    ),
    Cause.CLOCK_AHEAD: Case(
        lambda w: w.claims(iat=now() + 302, exp=now() + 362),
        "LTI-TOKEN-TIME", C.TIMES, "iat ≤ ", "s ahead", "set the server's clock (NTP)",
    ),
    Cause.CLOCK_BEHIND: Case(
        clock_behind, "LTI-TOKEN-TIME", C.TIMES, "exp ≥ ", "s ago", "set the server's clock (NTP)"
    ),
    Cause.TOKEN_EXPIRED: Case(
        token_expired, "LTI-TOKEN-TIME", C.TIMES, "exp ≥ ", "s ago", "opens the link in the course again"
    ),
    Cause.TIMES_MISSING: Case(lambda w: w.claims(exp=None), "LTI-TOKEN-TIME", C.TIMES, "", "", "LTI 1.3 tool"),
    Cause.NONCE_OTHER: Case(
        lambda w: w.answer(lambda _nonce: w.token("another")), "LTI-MISMATCH", C.NONCE, "", "", "forged launch"
    ),
    Cause.MESSAGE_MISSING: Case(
        lambda w: w.claims(message_type=None), "LTI-INCOMPLETE", C.MESSAGE, "", "", "LTI 1.3 tool"
    ),
    Cause.VERSION_OTHER: Case(
        lambda w: w.claims(version="1.2.0"), "LTI-MESSAGE-TYPE", C.MESSAGE, "1.3.0", "1.2.0", "as LTI 1.3"
    ),
    Cause.MESSAGE_UNKNOWN: Case(
        lambda w: w.claims(message_type="LtiFooRequest"),
        "LTI-MESSAGE-TYPE", C.MESSAGE, "LtiResourceLinkRequest", "LtiFooRequest", "received was LtiFooRequest",
    ),
    Cause.CLAIM_WRONG: Case(
        lambda w: w.claims(resource_link={"id": ""}), "LTI-INCOMPLETE", C.CLAIMS, "", "", "which claim it is"
    ),
    Cause.PERSON_MISSING: Case(lambda w: w.claims(sub=None), "LTI-INCOMPLETE", C.CLAIMS, "", "", "not a guest"),
    Cause.ROLES_MISSING: Case(lambda w: w.claims(roles=None), "LTI-INCOMPLETE", C.CLAIMS, "", "", "LTI 1.3 tool"),
    Cause.TARGET_ELSEWHERE: Case(
        lambda w: w.claims(target_link_uri="https://evil.example.test/x"),
        "LTI-INCOMPLETE", C.CLAIMS, URL, "https://evil.example.test/x", "must begin with http://localhost",
    ),
    Cause.TARGET_SCHEME: Case(
        lambda w: w.claims(target_link_uri=w.tool.url.replace("http:", "https:") + "/x"),
        "LTI-INCOMPLETE", C.CLAIMS, URL, "https://localhost", "must begin with http://localhost",
    ),
    Cause.DEPLOYMENT_OTHER: Case(
        lambda w: w.claims(deployment_id="deployment-2"),
        "LTI-MISMATCH", C.DEPLOYMENT, "deployment-1", "deployment-2", "said deployment-1, the token deployment-2",
    ),
    Cause.DEPLOYMENT_PENDING: Case(
        deployment_pending, "LTI-DEPLOYMENT-PENDING", C.DEPLOYMENT, "", "deployment-1", "Approve deployment-1"
    ),
    Cause.DEPLOYMENT_UNLISTED: Case(
        deployment_unlisted, "LTI-DEPLOYMENT-PENDING", C.DEPLOYMENT, "", "deployment-1", "in by themselves"
    ),
    Cause.USED_ALREADY: Case(used_already, "LTI-REPLAYED", C.ONCE, "", "", "opens the link in the course again"),
    Cause.COOKIE_BLOCKED: Case(cookie_blocked, "LTI-UNPROVEN", C.BROWSER, "", "", "open the tool in a new window"),
    Cause.COOKIE_MISSING: Case(cookie_missing, "LTI-UNPROVEN", C.BROWSER, "", "", "Cookies of this site"),
    Cause.STORAGE_SILENT: Case(storage_silent, "LTI-UNPROVEN", C.BROWSER, "", "", "open the tool in a new window"),
    Cause.STORAGE_OTHER: Case(storage_other, "LTI-UNPROVEN", C.BROWSER, "", "", "link in the course again"),
    Cause.CONTENT_ROLE: Case(content_role, "LTI-CONTENT-ROLE", C.ROOM, "", "", "should not have offered it"),
    Cause.NO_GROUP: Case(no_group, "LTI-NO-GROUP", C.ROOM, "", "", "into a group of the course"),
    Cause.NO_TEACHER: Case(no_teacher, "LTI-NO-TEACHER", C.ROOM, "", "", "for the first time"),
}  # fmt: skip


@pytest.fixture
def world(tool: Tool, platform: Platform, browser: Browser, other_key: Any) -> World:
    return World(tool, platform, browser, other_key)


@pytest.fixture(scope="module")
def pages() -> Flask:
    return make_app()


def the_one(tool: Tool) -> FailedLaunch:
    (failure,), _more = failures.page(tool.deps)
    return failures.one(tool.deps, failure.latest_id)


def test_every_cause_has_its_case() -> None:
    assert set(CASES) == set(Cause)


@pytest.mark.parametrize("cause", CASES, ids=str)
def test_the_operator_is_told_what_failed_and_what_mends_it(world: World, pages: Flask, cause: Cause) -> None:
    case = CASES[cause]

    case.happens(world)

    found = the_one(world.tool)
    assert (found.failure.code, found.failure.cause) == (case.code, cause)
    assert [one.check for one in found.checks if one.outcome == "failed"] == [case.check]
    assert (case.expected in found.expected, case.received in found.received) == (True, True)
    assert bool(found.expected) == bool(case.expected) or cause in (Cause.TOKEN_EXPIRED, Cause.KEY_UNFIT)
    with speaking(pages, "en"):
        page = detail_page(found, base_url=world.tool.url, now=world.tool.deps.clock())
    assert case.mend in " ".join(page.text.mends)
    assert page.text.title
    assert "{" not in page.text.title + page.text.asks + page.message + "".join(page.text.mends)


@pytest.mark.parametrize("cause", CASES, ids=str)
@one_database
def test_no_failed_launch_keeps_who_it_was(world: World, cause: Cause) -> None:
    CASES[cause].happens(world)

    found = the_one(world.tool)
    kept = json.dumps([found.claims, found.detail, found.expected, found.received, found.roles, found.course])
    for secret in ("Docente", "user-1", "hint-1", "nonce-"):
        assert secret not in kept
    assert len(json.dumps(found.claims, ensure_ascii=False)) <= 4000


def test_what_an_unsigned_token_says_is_marked_so(world: World) -> None:
    signature_wrong(world)
    assert not the_one(world.tool).is_verified
    assert the_one(world.tool).failure.deployment_id == ""


def test_what_a_signed_token_says_is_the_platforms_word(world: World) -> None:
    world.claims(iat=now() + 302, exp=now() + 362)

    found = the_one(world.tool)
    assert found.is_verified
    assert (found.message_type, found.course) == ("LtiResourceLinkRequest", "Cálculo I")
    assert (found.roles, found.deployment_id, found.deployment) == ("membership#Instructor", "deployment-1", "unknown")
    assert (found.browser, found.is_framed, found.cookie_way) == ("Chrome", False, "window")
    assert found.failure.off_by_s in range(295, 303)
    assert found.after_s in range(60)
    assert [one.outcome for one in found.checks] == ["ok"] * 9 + ["failed"] + ["skipped"] * 7
    assert found.claims["sub"] == found.claims["nonce"] == "[hidden: text]"


def test_it_stopped_once_somebody_gets_in(world: World) -> None:
    world.claims(iat=now() + 302, exp=now() + 362)
    assert the_one(world.tool).failure.course is Course.STILL

    world.browser.enter_room(world.platform)

    assert the_one(world.tool).failure.course is Course.STOPPED


def test_a_wrong_client_id_stopped_once_the_right_one_gets_in(world: World) -> None:
    world.browser.login(world.platform, client_id="client-2")
    assert the_one(world.tool).failure.course is Course.STILL

    world.browser.enter_room(world.platform)

    assert the_one(world.tool).failure.course is Course.STOPPED


def test_a_blocked_cookie_has_not_stopped_because_another_browser_gets_in(world: World) -> None:
    cookie_blocked(world)

    world.browser.enter_room(world.platform)

    assert the_one(world.tool).failure.course is Course.STILL


def test_people_are_counted_once_and_times_each(world: World) -> None:
    for sub in ("a", "b", "a", "c", "a"):
        world.claims(sub=sub, iat=now() + 302, exp=now() + 362)

    failure = the_one(world.tool).failure
    assert (failure.people, failure.times, sum(failure.by_hour)) == (3, 5, 5)
    assert len(the_one(world.tool).others) == 4


def test_a_crowd_past_the_cap_is_counted_too(world: World) -> None:
    attempt = failed_launches.Attempt("login", {"iss": "http://nobody.example.test"})
    for number in range(failed_launches.PER_MINUTE + 5):
        failed_launches.note(world.tool.deps, PlatformUnknown("x"), attempt, occurrence=f"N-{number}")

    assert the_one(world.tool).failure.times == failed_launches.PER_MINUTE + 5


@one_database
def test_causes_are_listed_the_latest_first_page_by_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for issuer in "abcde":
        world.browser.login(world.platform, iss=f"http://{issuer}.example.test")
    monkeypatch.setattr(failures, "PAGE", 2)

    seen, after = [], ""
    while True:
        found, after = failures.page(world.tool.deps, after=after)
        seen += [one.issuer[7] for one in found]
        if not after:
            break

    assert seen == ["e", "d", "c", "b", "a"]


@one_database
def test_filters_by_platform_and_code(world: World) -> None:
    other = make_another(world, issuer="http://other.example.test")
    world.claims(roles=None)
    world.claims(version="1.2.0")
    world.browser.login(world.platform, client_id="mistyped")
    world.browser.login(other, login_hint=None)

    def codes(**filters: Any) -> set[str]:
        return {one.code for one in failures.page(world.tool.deps, **filters)[0]}

    assert codes(platform_id=world.platform.id) == {"LTI-INCOMPLETE", "LTI-MESSAGE-TYPE", "LTI-PLATFORM-UNKNOWN"}
    assert codes(platform_id=other.id) == {"LTI-INCOMPLETE"}  # as its login says
    assert codes(code="LTI-MESSAGE-TYPE") == {"LTI-MESSAGE-TYPE"}
    assert codes(platform_id=world.platform.id, code="LTI-KEY-UNKNOWN") == set()
    assert codes(after="no cursor") == codes()


@one_database
def test_a_tenant_sees_its_own_alone(world: World) -> None:
    world.browser.enter_room(world.platform)
    world.claims(roles=None)
    world.answer(
        lambda nonce: world.token(nonce, roles=None, deployment_id="deployment-2"), lti_deployment_id="deployment-2"
    )
    signature_wrong(world)
    theirs = failures.Tenant(world.platform.id, "deployment-1", is_alone=False)
    alone = failures.Tenant(world.platform.id, "deployment-1", is_alone=True)

    def codes(tenant: failures.Tenant) -> list[str]:
        return sorted(one.code for one in failures.page(world.tool.deps, tenant=tenant)[0])

    assert codes(theirs) == ["LTI-INCOMPLETE"]
    assert codes(alone) == ["LTI-INCOMPLETE", "LTI-SIGNATURE"]
    every = failures.page(world.tool.deps)[0]
    for failure in every:
        if failure.deployment_id == "deployment-2":
            with pytest.raises(Exception, match="no such failed launch"):
                failures.one(world.tool.deps, failure.latest_id, tenant=alone)


@one_database
def test_an_occurrence_leads_to_its_launch(world: World) -> None:
    response = world.browser.login(world.platform, login_hint=None)
    assert code_of(response) == "LTI-INCOMPLETE"
    found = the_one(world.tool)

    assert found.occurrence in response.text
    assert failures.of_occurrence(world.tool.deps, f" {found.occurrence.lower()} ") == found.id
    assert failures.of_occurrence(world.tool.deps, "AAAA-AAAA") is None


@one_database
def test_a_launch_says_how_its_browser_was_proven(world: World) -> None:
    from sqlalchemy import select

    from lti_elos.db.tables import launches

    world.browser.enter_room(world.platform)
    with Browser(world.tool.url, framed=True) as framed:
        framed.enter_room(world.platform, sub="user-2")
    with ClosedFrame(world.tool.url) as frame:
        page, secret = frame.reach_verify(world.platform, sub="user-3")
        frame.go_on(page, secret=secret)

    with world.tool.deps.database.reading() as db:
        ways = db.execute(select(launches.c.cookie_way).order_by(launches.c.created_at)).scalars().all()
    assert ways == ["window", "partitioned", "storage"]


def test_a_deployments_failure_stops_with_its_own_launches_alone(world: World) -> None:
    other = Platform(**(vars(world.platform) | {"deployment_id": "deployment-2"}))
    world.claims(iat=now() + 302, exp=now() + 362)

    world.browser.enter_room(other)
    assert the_one(world.tool).failure.course is Course.STILL

    world.browser.enter_room(world.platform)
    assert the_one(world.tool).failure.course is Course.STOPPED


def test_what_is_about_the_whole_platform_stops_with_any_of_its_launches(world: World) -> None:
    signature_wrong(world)

    world.browser.enter_room(Platform(**(vars(world.platform) | {"deployment_id": "deployment-2"})))

    assert the_one(world.tool).failure.course is Course.STOPPED


def test_a_deployment_that_waited_stopped_waiting(world: World) -> None:
    deployment_pending(world)
    platforms.approve(world.tool.deps, str(world.platform.id), "deployment-1")
    found = the_one(world.tool)
    assert (found.failure.course, found.deployment) == (Course.STILL, "active")

    world.browser.enter_room(world.platform)

    assert the_one(world.tool).failure.course is Course.STOPPED


def test_refusals_at_one_instant_are_all_counted(world: World) -> None:
    deps = world.tool.deps

    def refuse(number: int) -> None:
        refusal = SignatureRefused("x")
        refusal.platform_id = world.platform.id
        token = world.token("n", sub=f"user-{number}")
        failed_launches.note(deps, refusal, failed_launches.Attempt("launch", {"id_token": token}), occurrence="x")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(refuse, range(24)))

    failure = the_one(world.tool).failure
    assert failure.times == 24
    assert failure.people >= failed_launches.PER_MINUTE
