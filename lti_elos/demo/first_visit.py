"""The demo's first visits: each course's teacher opens the room once, so that its shelf of recordings can be filled.

They are real launches over HTTP, by a small browser that only knows how to submit the form of a page: the demo does
not print its address before one launch on every platform has worked. The meetingIDs are learnt from what the tool
asks Elos.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, HTTPSHandler, ProxyHandler, build_opener

from lxml import html

from lti_elos.demo.elos import Simulator
from lti_elos.demo.lms.platforms import Lms
from lti_elos.demo.lms.school import Course, Role
from lti_elos.errors import Misconfigured

_MOST_STEPS = 8

_NOTES = "Exercícios 1 a 12 do capítulo 4, e o que cai na prova"


@dataclass(frozen=True, slots=True)
class _Sample:
    """A recording of the past, one of each sort that people meet. Days and minutes count from the demo's start."""

    days_ago: int
    minutes: int
    people: int
    title: str
    is_published: bool = True
    has_video: bool = True
    expires_in_days: int | None = None
    ready_in_min: int | None = None
    description: str = ""


_SHELF = (
    _Sample(0, 50, 28, "Aula 13 · Integrais", ready_in_min=240),  # still in the making
    _Sample(2, 98, 31, "Aula 12 · Perguntas da turma"),
    _Sample(9, 101, 29, "Aula 11 · Revisão", description=_NOTES),
    _Sample(16, 64, 12, "Plantão de dúvidas antes da prova", is_published=False),
    _Sample(23, 95, 33, "Aula 10 · Apresentação dos trabalhos em grupo, com comentários e indicações de leitura"),
    _Sample(30, 47, 26, "Aula 9 · Laboratório", has_video=False),
    _Sample(175, 112, 30, "Aula 1 · Apresentação da disciplina", expires_in_days=5),
    _Sample(177, 6, 3, "Teste de som", expires_in_days=3),
)


def fill_shelves(lms: Lms, simulator: Simulator, context: ssl.SSLContext | None = None) -> None:
    """Give every course of every platform a few recordings of the past. Raises Misconfigured if a launch fails.

    :param context: whom to trust, where the demo is served over https
    """
    simulator.before_listing = lambda meeting_id: _fill(simulator, meeting_id)
    for slug in lms.platforms:
        for course in lms.school.courses:
            _open(f"{lms.public_url}/{slug}/launch", course, context)
    simulator.before_listing = None


def _fill(simulator: Simulator, meeting_id: str) -> None:
    now = simulator.now
    for one in _SHELF:
        began = (now - timedelta(days=one.days_ago)).replace(hour=22, minute=2, second=0, microsecond=0)  # 19h02 there
        if not one.days_ago:
            began = now - timedelta(minutes=one.minutes + 20)
        simulator.seed_recording(
            meeting_id,
            one.title,
            began,
            one.minutes,
            one.people,
            published=one.is_published,
            formats=("presentation", "video") if one.has_video else ("presentation",),
            metadata={"description": one.description} if one.description else None,
            expires_at=None if one.expires_in_days is None else now + timedelta(days=one.expires_in_days),
            ready_at=None if one.ready_in_min is None else now + timedelta(minutes=one.ready_in_min),
        )


def _open(launch_url: str, course: Course, context: ssl.SSLContext | None) -> None:
    teacher = next(person for person, role in course.roles.items() if role is Role.TEACHER)
    asked = {"course": course.id, "as": teacher, "resource": course.links[0].id, "open": "window"}
    # Browsers send Secure cookies to loopback over http too.
    policy = DefaultCookiePolicy(secure_protocols=("http", "https"))
    browser = build_opener(ProxyHandler({}), HTTPSHandler(context=context), HTTPCookieProcessor(CookieJar(policy)))
    browser.addheaders = [("Accept", "text/html"), ("Accept-Language", "pt-BR"), ("Sec-Fetch-Dest", "document")]
    address, sent = f"{launch_url}?{urlencode(asked)}", None
    try:
        for _ in range(_MOST_STEPS):
            with browser.open(address, sent, timeout=10) as page:
                if "/rooms/" in page.url:
                    return
                form = next(form for form in html.fromstring(page.read()).forms if form.action)
                address, sent = urljoin(page.url, form.action), urlencode(form.form_values()).encode()
    except HTTPError as refused:
        raise Misconfigured(f"the demo's first launch was refused: {refused.code} at {refused.url}") from None
    raise Misconfigured("the demo's first launch did not reach a room")
