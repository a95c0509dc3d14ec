"""The meeting inside the LMS's page, in Chromium with a camera and microphone that are not real."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Frame, FrameLocator, Page, ViewportSize, expect

from tests.journeys.conftest import REFRESH_S, Demo, Person

HERE, OPEN, JOIN, WAIT = "Usar nesta página", "Abrir sala", "Entrar na sala", "Aguardar abertura"
MOVE, LEAVE, CLOSE = "Abrir em nova aba", "Sair", "Fechar"
NO_SCREEN = "Aqui não é possível compartilhar a tela."
FAKE_DEVICES = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]

Come = Callable[..., Person]


@pytest.fixture(scope="session")
def chromium_with_devices(launch_chromium: Callable[..., Browser]) -> Browser:
    return launch_chromium(*FAKE_DEVICES)


@pytest.fixture
def come(chromium_with_devices: Browser) -> Iterator[Come]:
    """A person at a browser with camera and microphone, who allows everything."""
    contexts = []

    def somebody(**more: Any) -> Person:
        size: ViewportSize = {"width": more.pop("width", 1280), "height": more.pop("height", 900)}
        context = chromium_with_devices.new_context(viewport=size, locale="pt-BR", **more)
        context.set_default_timeout(15_000)
        contexts.append(context)
        return Person(context)

    yield somebody
    for context in contexts:
        context.close()


def inside(person: Person) -> FrameLocator:
    """What is in the page that holds the meeting."""
    return person.frame.frame_locator("#meeting")


def frame_at(page: Page, address: str) -> Frame:
    [found] = [frame for frame in page.frames if re.search(address, frame.url)]
    return found


def use_it_here(person: Person, demo: Demo, who: str, lms: str) -> None:
    person.page.goto(demo.course(who, lms=lms))
    person.frame.get_by_role("button", name=HERE).click()
    expect(inside(person).get_by_test_id("person-role")).to_be_visible()


def somebody_opens(demo: Demo, come: Come, lms: str) -> None:
    teacher = come()
    teacher.page.goto(demo.course("teacher-1", lms=lms))
    expect(teacher.press_for_a_tab(OPEN).get_by_test_id("person-role")).to_be_visible()


def in_the_meeting(person: Person) -> Frame:
    return frame_at(person.page, "/html5client/join")


ALLOWS = "name => (document.permissionsPolicy ?? document.featurePolicy).allowsFeature(name)"
GET_MEDIA = """async () => {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  const kinds = stream.getTracks().map((track) => track.kind).sort();
  stream.getTracks().forEach((track) => track.stop());
  return kinds;
}"""
GET_SCREEN = """async () => {
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: true });
    stream.getTracks().forEach((track) => track.stop());
    return "shared";
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
}"""


@pytest.mark.parametrize(
    ("lms", "shares"),
    [("moodle", False), ("canvas", True), ("brightspace", True), ("openedx", False), ("blackboard", True)],
)
def test_camera_and_microphone_reach_the_meeting_and_the_screen_where_the_lms_lets_it(
    demo: Demo, come: Come, lms: str, shares: bool
) -> None:
    teacher = come()
    teacher.depth = 2 if lms == "openedx" else 1  # a unit's frame around the block's
    teacher.page.goto(demo.course("teacher-1", lms=lms))
    hint = teacher.frame.get_by_text(NO_SCREEN)
    expect(teacher.frame.get_by_role("button", name=HERE)).to_be_visible()
    expect(hint).to_be_visible(visible=not shares)

    use_it_here(teacher, demo, "teacher-1", lms)

    meeting = in_the_meeting(teacher)
    assert meeting.evaluate(GET_MEDIA) == ["audio", "video"]
    for feature in ("camera", "microphone"):
        assert meeting.evaluate(ALLOWS, feature) is True, feature
    assert meeting.evaluate(ALLOWS, "autoplay") is (lms not in ("openedx", "blackboard"))
    assert meeting.evaluate(ALLOWS, "display-capture") is shares
    said = meeting.evaluate(GET_SCREEN)
    assert ("permissions policy" in said) is not shares, said
    expect(hint).to_be_visible(visible=not shares)
    if not shares:
        teacher.frame.get_by_role("button", name=CLOSE).click()
        expect(hint).to_be_hidden()
        assert focused_in(teacher) == "meeting"


def focused_in(person: Person) -> str:
    found: str = frame_at(person.page, r"/embed(\?|$)").evaluate("document.activeElement.id")
    return found


@pytest.mark.parametrize(("lms", "height"), [("moodle", 600), ("canvas", 720), ("brightspace", 720)])
def test_the_meeting_fills_the_frame_and_nothing_of_ours_scrolls(demo: Demo, come: Come, lms: str, height: int) -> None:
    student = come()
    somebody_opens(demo, come, lms)
    use_it_here(student, demo, "student-1", lms)

    expect(student.page.get_by_test_id("activity")).to_have_js_property("clientHeight", height)
    student.page.wait_for_timeout(1000)  # a loop of growing would show by now
    expect(student.page.get_by_test_id("activity")).to_have_js_property("clientHeight", height)
    page = frame_at(student.page, r"/embed(\?|$)")
    assert page.evaluate("innerHeight") == height
    assert page.evaluate("document.documentElement.scrollHeight <= document.documentElement.clientHeight")
    assert page.evaluate("document.getElementById('meeting').clientHeight") == height - 44
    assert focused_in(student) == "meeting"
    expect(student.frame.get_by_role("status")).to_be_hidden()
    assert page.evaluate("document.title") == "Aberta · Cálculo Diferencial e Integral I"


@pytest.mark.parametrize("width", [390, 320])
def test_on_a_narrow_page_nothing_is_cut_off(demo: Demo, come: Come, width: int) -> None:
    teacher = come(width=width, height=844)
    use_it_here(teacher, demo, "teacher-1", "moodle")
    page = frame_at(teacher.page, r"/embed(\?|$)")

    expect(teacher.frame.get_by_text(NO_SCREEN)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.documentElement.scrollHeight <= document.documentElement.clientHeight")
    for control in (
        teacher.frame.get_by_role("button", name=MOVE),
        teacher.frame.get_by_role("link", name=LEAVE),
        teacher.frame.get_by_role("button", name=CLOSE),
    ):
        expect(control).to_be_in_viewport(ratio=1)


def test_a_student_waits_in_the_frame_and_is_let_in_there(demo: Demo, come: Come, people: Any) -> None:
    student = come()
    student.page.goto(demo.course("student-2"))
    student.frame.get_by_role("button", name=HERE).click()
    expect(student.frame.get_by_role("heading", name="Aguardando a abertura da sala")).to_be_visible()
    assert demo.calls("create") == []

    teacher: Person = people()
    teacher.page.goto(demo.course("teacher-1"))
    teacher.press_for_a_tab(OPEN).get_by_test_id("person-role").wait_for()

    expect(inside(student).get_by_test_id("person-role")).to_have_text("Participante")
    assert focused_in(student) == "meeting"
    expect(student.frame.get_by_text(NO_SCREEN)).to_have_count(0)
    assert len(student.context.pages) == 1


def test_being_let_in_does_not_tear_anybody_away_from_the_course(demo: Demo, come: Come) -> None:
    student = come()
    student.page.goto(demo.course("student-2"))
    student.frame.get_by_role("button", name=HERE).click()
    expect(student.frame.get_by_role("heading", name="Aguardando a abertura da sala")).to_be_visible()
    elsewhere = student.page.get_by_role("link", name="Plantão de dúvidas", exact=True)
    elsewhere.focus()

    somebody_opens(demo, come, "moodle")

    expect(inside(student).get_by_test_id("person-role")).to_be_visible()
    expect(elsewhere).to_be_focused()


@pytest.mark.parametrize("way", ["the bar", "the meeting"])
def test_leaving_comes_back_to_the_room_page(demo: Demo, come: Come, way: str) -> None:
    student = come()
    somebody_opens(demo, come, "moodle")
    use_it_here(student, demo, "student-1", "moodle")

    if way == "the bar":
        student.frame.get_by_role("link", name=LEAVE).click()
    else:
        inside(student).get_by_test_id("leave").click()

    expect(student.frame.get_by_role("button", name=JOIN)).to_be_visible()
    expect(student.page.locator("iframe")).to_have_count(1)
    assert [frame.url for frame in student.page.frames if "html5client" in frame.url] == []


def test_opening_a_new_tab_moves(demo: Demo, come: Come) -> None:
    student = come()
    somebody_opens(demo, come, "moodle")
    use_it_here(student, demo, "student-2", "moodle")

    tab = student.press_for_a_tab(MOVE)

    expect(tab.get_by_test_id("person-name")).to_have_text("طالبة نموذجية")
    note = student.frame.get_by_text("Você saiu desta página e entrou na nova aba.")
    expect(note).to_be_visible()
    expect(student.frame.get_by_role("button", name=JOIN)).to_be_visible()
    assert [frame.url for frame in student.page.frames if "html5client" in frame.url] == []


def test_being_in_a_long_class_counts_as_using_the_access(demo: Demo, come: Come) -> None:
    student = come()
    somebody_opens(demo, come, "moodle")
    student.context.clock.install()
    use_it_here(student, demo, "student-1", "moodle")

    with student.page.expect_response(re.compile("/status$")) as answered:
        student.context.clock.fast_forward(80_000)

    assert answered.value.status == 200


def test_what_went_wrong_stays_to_be_read_and_its_way_on_works_inside(demo: Demo, come: Come) -> None:
    student = come()
    somebody_opens(demo, come, "moodle")
    use_it_here(student, demo, "student-1", "moodle")
    room = frame_at(student.page, r"/embed(\?|$)").url.removesuffix("/embed")

    # As Elos sends a browser back that it does not let in.
    refused = room + '/left?errors=[{"key":"guestDeniedAccess","message":"x"}]'
    send_inside = "address => { document.getElementById('meeting').src = address; }"
    frame_at(student.page, r"/embed(\?|$)").evaluate(send_inside, refused)

    again = inside(student).get_by_role("button", name="Entrar de novo")
    expect(again).to_be_visible()
    expect(inside(student).get_by_text("ELOS-DENIED")).to_be_visible()
    again.click()
    expect(inside(student).get_by_test_id("person-role")).to_be_visible()
    frame_at(student.page, r"/embed(\?|$)").evaluate(send_inside, refused)
    inside(student).get_by_role("link", name="Voltar para a página da sala").click()
    expect(student.frame.get_by_role("button", name=JOIN)).to_be_visible()
    expect(student.frame.locator("iframe")).to_have_count(0)


def test_the_end_for_everybody_leads_back_to_the_room_page(demo: Demo, come: Come) -> None:
    teacher = come()
    use_it_here(teacher, demo, "teacher-1", "canvas")
    teacher.page.wait_for_timeout(REFRESH_S * 1000)
    ask = "async () => (await (await fetch(location.pathname.replace('/embed', '/status'))).json()).running"
    assert frame_at(teacher.page, r"/embed(\?|$)").evaluate(ask) is True, "the tool knows that somebody is in"

    inside(teacher).get_by_test_id("end").click()

    expect(teacher.frame.get_by_role("heading", name=re.compile("A sessão terminou"))).to_be_visible(timeout=15_000)
    expect(teacher.frame.locator("iframe")).to_have_count(0)


@pytest.fixture
def preferring(demo: Demo) -> Iterator[Callable[[str], None]]:
    """Let an LMS prefer its own page, until the test is over."""
    changed: list[str] = []

    def prefer(lms: str) -> None:
        changed.append(lms)
        demo.decide(lms, "embedding=preferred")

    yield prefer
    for lms in changed:
        demo.decide(lms, "embedding=allowed")


@pytest.mark.parametrize(
    ("lms", "who", "first", "label"),
    [
        ("moodle", "student-1", True, JOIN),
        ("moodle", "teacher-1", False, JOIN),
        ("canvas", "teacher-1", True, JOIN),
    ],
)
def test_where_the_lms_prefers_it_the_page_comes_first_unless_a_moderator_could_not_share(
    demo: Demo, come: Come, preferring: Callable[[str], None], lms: str, who: str, first: bool, label: str
) -> None:
    preferring(lms)
    somebody_opens(demo, come, lms)
    person = come()
    person.page.goto(demo.course(who, lms=lms))

    here, tab = (person.frame.get_by_role("button", name=name) for name in (HERE, label))
    expect(here).to_have_class(re.compile("btn-primary" if first else "btn-quiet"))
    expect(tab).to_have_class(re.compile("btn-quiet" if first else "btn-primary"))
    expect(person.frame.locator("main .btn-primary:visible")).to_have_count(1)
    tops = [box["y"] for one in (here, tab) if (box := one.bounding_box())]
    assert (tops[0] < tops[1]) is first


def test_a_panel_drawn_anew_offers_it_again(demo: Demo, come: Come, preferring: Callable[[str], None]) -> None:
    preferring("canvas")
    student = come()
    student.page.goto(demo.course("student-1", lms="canvas"))
    expect(student.frame.get_by_role("button", name=WAIT)).to_be_visible()
    expect(student.frame.get_by_role("button", name=HERE)).to_be_visible()

    somebody_opens(demo, come, "canvas")

    expect(student.frame.get_by_role("button", name=JOIN)).to_be_visible()
    expect(student.frame.get_by_role("button", name=HERE)).to_have_class(re.compile("btn-primary"))


def test_at_top_level_and_where_the_browser_does_not_tell_nothing_is_offered(demo: Demo, come: Come) -> None:
    alone = come()
    alone.page.goto(demo.course("teacher-1", lms="canvas", opening="same"))
    alone.page.get_by_test_id("open-activity").click()
    expect(alone.page.get_by_role("button", name=OPEN)).to_be_visible()
    expect(alone.page.get_by_role("button", name=HERE)).to_have_count(0)

    untold = come()
    untold.context.add_init_script(
        "Object.defineProperty(document, 'featurePolicy', { value: undefined });"
        "Object.defineProperty(document, 'permissionsPolicy', { value: undefined });"
    )
    untold.page.goto(demo.course("teacher-1"))
    expect(untold.frame.get_by_role("button", name=OPEN)).to_be_visible()
    untold.page.wait_for_timeout(500)
    expect(untold.frame.get_by_role("button", name=HERE)).to_have_count(0)


@pytest.mark.parametrize(
    ("left_over", "sentence"),
    [
        ("camera", "não liberou o microfone nesta página."),
        ("microphone", "não liberou a câmera nesta página."),
    ],
)
def test_camera_and_microphone_missing_at_last_are_said_with_the_tab_as_the_way_on(
    demo: Demo, come: Come, left_over: str, sentence: str
) -> None:
    student = come()
    somebody_opens(demo, come, "moodle")
    use_it_here(student, demo, "student-1", "moodle")
    room_page = frame_at(student.page, r"/embed(\?|$)").url
    student.page.evaluate(
        """([address, feature]) => {
          const frame = document.querySelector("iframe");
          frame.allow = `${feature} *`;
          frame.src = address;
        }""",
        [room_page, left_over],
    )

    note = student.frame.locator(".note:visible")
    expect(note).to_have_count(1)
    expect(note).to_contain_text(sentence)
    with student.context.expect_page() as opened:
        note.get_by_role("button", name=MOVE).click()
    expect(opened.value.get_by_test_id("person-role")).to_be_visible()
