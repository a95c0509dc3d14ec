"""Pages of failed launches and of connections in every state, for tests/web/pages_app.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from lti_elos.causes import AT_LOGIN, Cause, LaunchCheck
from lti_elos.services.doctor.findings import Check, said
from lti_elos.services.failures import Checked, Course, FailedLaunch, Failure, Other
from lti_elos.web.admin.doctor import DoctorPage
from lti_elos.web.failure_pages import FailuresPage, detail_page, failure_row
from lti_elos.web.findings import Finding, as_text, finding
from lti_elos.web.lms import ConnectionPage
from lti_elos.web.pages import Tab
from tests.web.desk_pages import at_the_desk
from tests.web.pages_app import LONG_NAME, NOW, RTL_NAME, Page
from tests.web.pages_app import head as room_head

ID = UUID(int=11)
BASE = "https://rooms.example.test"
CODES = ("LTI-KEY-UNKNOWN", "LTI-TOKEN-TIME", "LTI-UNPROVEN")


def failure(cause: Cause, code: str, **changes: Any) -> Failure:
    made = Failure(
        id=ID,
        latest_id=ID,
        platform_id=ID,
        platform="Moodle, Universidade Exemplo",
        lms="Moodle",
        issuer="https://moodle.example.test",
        code=code,
        cause=cause.value,
        deployment_id="1",
        off_by_s=None,
        first_at=NOW - timedelta(minutes=95),
        last_at=NOW - timedelta(minutes=3),
        times=31,
        by_hour=(0,) * 22 + (12, 19),
        people=24,
        people_are_more=False,
        course=Course.STILL,
    )
    return replace(made, **changes)


CLOCK = failure(Cause.CLOCK_AHEAD, "LTI-TOKEN-TIME", off_by_s=242)
UNKNOWN = failure(
    Cause.ISSUER_UNKNOWN,
    "LTI-PLATFORM-UNKNOWN",
    platform_id=None,
    platform="",
    lms="",
    issuer="https://" + "a-very-long-name." * 12 + "example.test",
    deployment_id="",
    people=0,
    times=1,
    by_hour=(0,) * 23 + (1,),
)
STOPPED = failure(
    Cause.KEY_UNKNOWN,
    "LTI-KEY-UNKNOWN",
    platform=LONG_NAME,
    course=Course.STOPPED,
    last_at=NOW - timedelta(days=9),
    first_at=NOW - timedelta(days=12),
    times=0,
    by_hour=(0,) * 24,
    people=500,
    people_are_more=True,
)
QUIET = replace(STOPPED, cause="deployment-pending", course=Course.QUIET, platform=RTL_NAME, people=1)
BLOCKED = failure(Cause.COOKIE_BLOCKED, "LTI-UNPROVEN", people=3)


def checks(failed: LaunchCheck, *, door: str = "launch") -> tuple[Checked, ...]:
    made = AT_LOGIN if door == "login" else tuple(LaunchCheck)
    return tuple(
        Checked(
            one,
            "failed" if one is failed else "ok" if one in made and one.number < failed.number else "skipped",
        )
        for one in LaunchCheck
    )


LAUNCH = FailedLaunch(
    failure=CLOCK,
    id=ID,
    occurrence="7Q4M-2XKD",
    at=NOW - timedelta(minutes=38),
    door="launch",
    is_verified=True,
    detail="iat is in the future",
    expected="iat ≤ 21:59:12Z (now + 60 s)",
    received="iat 22:02:14Z, 242 s ahead",
    after_s=3,
    issuer="https://moodle.example.test",
    client_id="q8ZxNfNyWAr7OW3DCAGf2",
    deployment_id="1",
    deployment="active",
    message_type="LtiResourceLinkRequest",
    course="Cálculo Diferencial e Integral I",
    roles="membership#Learner",
    subject="c41a09be",
    browser="Chrome",
    is_framed=True,
    cookie_way="partitioned",
    claims={
        "iss": "https://moodle.example.test",
        "aud": "q8ZxNfNyWAr7OW3DCAGf2",
        "iat": 1795125734,
        "sub": "[hidden: text]",
        "name": "[hidden: text]",
        "https://purl.imsglobal.org/spec/lti/claim/roles": [
            "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
        ],
    },
    checks=checks(LaunchCheck.TIMES),
    others=(Other(ID, "AAAA-2222", NOW - timedelta(hours=1), 0), Other(ID, "BBBB-3333", NOW - timedelta(hours=2), 7)),
)
AT_THE_DOOR = replace(
    LAUNCH,
    failure=UNKNOWN,
    door="login",
    is_verified=False,
    detail="no such issuer and client_id",
    expected="",
    received=UNKNOWN.issuer,
    issuer=UNKNOWN.issuer,
    client_id="",
    deployment_id="",
    deployment="",
    message_type="",
    course="",
    roles="",
    subject="",
    after_s=None,
    cookie_way="",
    claims={},
    checks=checks(LaunchCheck.PLATFORM, door="login"),
    others=(),
)
LAST_CHECK = replace(
    LAUNCH,
    failure=BLOCKED,
    detail="no binding cookie came with the launch",
    expected="",
    received="",
    course=LONG_NAME,
    cookie_way="none",
    is_framed=None,
    browser="",
    checks=checks(LaunchCheck.ROOM),
)

FOUND = (
    said("platform", "ok", "%(name)s: issuer %(issuer)s, client id %(client_id)s", name="Moodle",
         issuer="https://moodle.example.test", client_id="q8ZxNfNyWAr7OW3DCAGf2"),
    said("platform keys", "ok", "%(fit)s fit to sign (%(names)s)", fit="1", names="key-1"),
    said("clock", "fail", "this machine is %(seconds)s s behind %(source)s",
         "timedatectl set-ntp true, here or there: launches are refused when clocks differ",
         seconds="242", source="the platform"),
    said("token url", "ok", "%(url)s answers", url="https://moodle.example.test/mod/lti/token.php"),
    said("grades", "warn", "not granted: %(error)s",
         "in the tool's settings at the LMS, allow this service; launches do without", error="invalid_scope"),
)  # fmt: skip


def _list(*items: Failure, **more: Any) -> Page:
    def values() -> dict[str, Any]:
        rows = tuple(
            failure_row(one, url="/one", platform_url="/all" if one.platform else "", base_url=BASE, now=NOW)
            for one in items
        )
        page = FailuresPage(
            items=rows,
            code="",
            codes=CODES,
            platform_id="",
            platform="",
            list_url="/admin/failed-launches",
            everywhere_url="",
            next_url="",
            first_url="",
            occurrence="",
            now=NOW,
        )
        return {"page": replace(page, **more)}

    return at_the_desk("failures", values, "failures")


def _one(found: FailedLaunch) -> Page:
    def values() -> dict[str, Any]:
        doctor_url = "/doctor" if found.failure.platform_id else ""
        return {"page": detail_page(found, base_url=BASE, now=NOW, back_url="/back", doctor_url=doctor_url,
                                    other_url=["/a", "/b"])}  # fmt: skip

    return at_the_desk("failure", values, "failures")


def _findings(found: tuple[Check, ...]) -> tuple[Finding, ...]:
    return tuple(finding(check) for check in found)


def _doctor(found: tuple[Check, ...] | None, platform: str = "Moodle, Universidade Exemplo") -> Page:
    def values() -> dict[str, Any]:
        findings = _findings(found or ())
        checked_at = None if found is None else NOW
        return {"page": DoctorPage(platform, findings, checked_at, as_text(findings), "/check", "/list", "/back")}

    return at_the_desk("doctor", values, "platforms", method="GET" if found is None else "POST")


def _connection(*items: Failure, found: tuple[Check, ...] | None = None, framed: bool = True, **more: Any) -> Page:
    def values() -> dict[str, Any]:
        rows = tuple(failure_row(one, url="/one", platform_url="", base_url=BASE, now=NOW) for one in items)
        findings = _findings(found or ())
        page = ConnectionPage(
            last_launch=NOW - timedelta(minutes=7),
            failures=rows,
            still=sum(one.course is Course.STILL for one in items),
            findings=findings,
            checked_at=None if found is None else NOW,
            as_text=as_text(findings),
            check_url="/check",
            next_url="",
            now=NOW,
        )
        return {"head": _head(), "page": replace(page, **more)}

    return Page("lms/connection.html", values, framed, "GET" if found is None else "POST")


def _of_lms(found: FailedLaunch) -> Page:
    def values() -> dict[str, Any]:
        page = detail_page(found, base_url=BASE, now=NOW, back_url="/back", is_for_operator=False)
        return {"head": _head(), "page": page}

    return Page("lms/failure.html", values, framed=True)


def _head() -> Any:
    head = room_head()
    return replace(head, tabs=(*(replace(tab, is_current=False) for tab in head.tabs), Tab("lms", "/lms", True)))


def failure_pages() -> dict[str, Page]:
    """By name."""
    return {
        "desk-failures": _list(CLOCK, UNKNOWN, BLOCKED, STOPPED, QUIET, next_url="/next", first_url="/first"),
        "desk-failures-none": _list(),
        "desk-failures-filtered": _list(
            CLOCK, code="LTI-TOKEN-TIME", platform_id=str(ID), platform=LONG_NAME, everywhere_url="/all"
        ),
        "desk-failures-nothing-fits": _list(code="LTI-UNPROVEN", occurrence="ZZZZ-ZZZZ"),
        "desk-failure": _one(LAUNCH),
        "desk-failure-at-login": _one(AT_THE_DOOR),
        "desk-failure-last-check": _one(LAST_CHECK),
        "desk-doctor-before": _doctor(None, LONG_NAME),
        "desk-doctor": _doctor(FOUND),
        "desk-doctor-warns": _doctor(FOUND[3:]),
        "desk-doctor-sound": _doctor(FOUND[:2]),
        "lms-connection": _connection(CLOCK, STOPPED),
        "lms-connection-fine": _connection(),
        "lms-connection-new": _connection(last_launch=None, framed=False),
        "lms-connection-checked": _connection(CLOCK, found=FOUND),
        "lms-failure": _of_lms(LAUNCH),
        "lms-failure-ours": _of_lms(replace(LAUNCH, failure=QUIET)),
    }
