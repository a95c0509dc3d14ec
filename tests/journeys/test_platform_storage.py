"""The demo LMS's platform storage, as a tool in its frame meets it: by LTI's messages, in a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from flask import Flask, render_template_string
from playwright.sync_api import Browser, Frame

from lti_elos.demo.lms.app import create_lms
from lti_elos.demo.serving import ThreadedServer

ASK = """([frame, message, origin]) => new Promise((done) => {
  const to = frame ? top.frames[frame] : top;
  addEventListener("message", (event) => {
    if (event.data.message_id !== message.message_id) return;
    done({ ...event.data, from: event.origin, right: event.source === to });
  });
  setTimeout(() => done(null), 500);
  to.postMessage(message, origin);
})"""
"""null: no answer within half a second."""

NEW, OLD = "lti.", "org.imsglobal.lti."
FACES = [
    ("canvas", NEW, "post_message_forwarding"),
    ("brightspace", OLD, ""),
    ("blackboard", NEW, "lti_storage_frame"),
    ("sakai", NEW, ""),
    ("sakai", OLD, ""),
]
KEPT = [one for one in FACES if one != ("sakai", OLD, "")]


@dataclass
class Tool:
    """A page in the activity's frame, and one of another origin within it."""

    frame: Frame
    stranger: Frame
    lms: str

    def ask(self, subject: str, frame: str = "", *, by: Frame | None = None, **fields: Any) -> Any:
        message = {"subject": subject, "message_id": f"m{next(_numbers)}", **fields}
        answer = (by or self.frame).evaluate(ASK, [frame, message, self.lms])
        if answer is None:
            return None
        assert answer.pop("from") == self.lms
        assert answer.pop("right")
        assert (answer.pop("subject"), answer.pop("message_id")) == (f"{subject}.response", message["message_id"])
        return answer


_numbers = count()


@pytest.fixture(scope="module")
def sites() -> Iterator[tuple[str, str]]:
    """An LMS, and the tool it knows."""
    with ThreadedServer() as lms, ThreadedServer() as tool, ThreadedServer() as other:
        url, other_url = (one.url.replace("127.0.0.1", "localhost") for one in (tool, other))
        tool.app, other.app = _page(f'<iframe name="stranger" src="{other_url}/"></iframe>'), _page("another tool")
        lms.app = create_lms(public_url=lms.url, tool_url=url)
        yield lms.url, url


def _page(body: str) -> Flask:
    app = Flask(__name__)
    for number, path in enumerate(("/", "/lti/login")):
        app.add_url_rule(
            path, endpoint=str(number), methods=["GET", "POST"], view_func=lambda: render_template_string(body)
        )
    return app


Open = Callable[..., Tool]


@pytest.fixture
def opened(chromium: Browser, sites: tuple[str, str]) -> Iterator[Open]:
    """Open an LMS's course with the tool in its frame. Again in the same browser."""
    lms, _ = sites
    context = chromium.new_context()
    page = context.new_page()

    def open_course(slug: str, storage: str = "on") -> Tool:
        page.goto(f"{lms}/{slug}/courses/mat101?storage={storage}")
        # The page has loaded, and with it what answers; the tool's frame still goes its way through the login.
        for _ in range(500):
            for one in page.frames:
                if one.name == "stranger" and one.url.startswith("http:") and one.parent_frame:
                    return Tool(one.parent_frame, one, lms)
            page.wait_for_timeout(20)
        raise AssertionError("the tool did not come into its frame")

    yield open_course
    context.close()


@pytest.mark.parametrize(("slug", "prefix", "frame"), FACES)
def test_the_page_says_what_is_understood_and_which_frame_keeps_it(
    opened: Open, slug: str, prefix: str, frame: str
) -> None:
    tool = opened(slug)

    supported = tool.ask(f"{prefix}capabilities")["supported_messages"]

    found = {one["subject"]: one.get("frame", "") for one in supported}
    assert {f"{prefix}put_data": frame, f"{prefix}get_data": frame}.items() <= found.items()
    if slug != "sakai":
        assert all(one.startswith(prefix) for one in found)
        assert tool.ask(f"{OLD if prefix == NEW else NEW}capabilities") is None


@pytest.mark.parametrize(("slug", "prefix", "frame"), FACES)
def test_a_tool_gets_back_what_it_put_and_nobody_else_does(opened: Open, slug: str, prefix: str, frame: str) -> None:
    tool = opened(slug)

    put = tool.ask(f"{prefix}put_data", frame, key="state", value="secret")
    assert put == {"key": "state", "value": "secret"}
    assert tool.ask(f"{prefix}get_data", frame, key="state") == {"key": "state", "value": "secret"}
    assert tool.ask(f"{prefix}get_data", frame, key="state", by=tool.stranger).get("value") is None

    tool.ask(f"{prefix}put_data", frame, key="state", value=None)
    assert tool.ask(f"{prefix}get_data", frame, key="state").get("value") is None


@pytest.mark.parametrize(
    ("slug", "prefix", "frame", "answer"),
    [
        ("canvas", NEW, "post_message_forwarding", {"key": "k", "value": None}),
        ("brightspace", OLD, "", {"error": {"code": "key_not_found", "message": "Key not found: k"}}),
        ("blackboard", NEW, "lti_storage_frame", {"key": "k", "value": None}),
        ("sakai", NEW, "", {"key": "k", "error": "Could not find key"}),
    ],
)
def test_each_says_in_its_own_way_that_there_is_no_such_key(
    opened: Open, slug: str, prefix: str, frame: str, answer: dict[str, Any]
) -> None:
    assert opened(slug).ask(f"{prefix}get_data", frame, key="k") == answer


@pytest.mark.parametrize(("slug", "prefix", "frame"), FACES)
def test_more_than_the_limit_is_refused(opened: Open, slug: str, prefix: str, frame: str) -> None:
    tool, size = opened(slug), 300_000 if slug == "sakai" else 4096

    assert "error" not in tool.ask(f"{prefix}put_data", frame, key="k", value="v" * (size - 1))
    assert tool.ask(f"{prefix}put_data", frame, key="k", value="v" * size)["error"]["code"] == "storage_exhaustion"
    assert tool.ask(f"{prefix}put_data", frame, key="l", value="v")["error"]["code"] == "storage_exhaustion"
    assert tool.ask(f"{prefix}put_data", frame, value="v")["error"]["code"] == "bad_request"
    assert "error" not in tool.ask(f"{prefix}put_data", frame, key="k", value="v")


@pytest.mark.parametrize(("slug", "prefix", "frame"), FACES)
def test_only_in_canvas_it_outlives_the_page(opened: Open, slug: str, prefix: str, frame: str) -> None:
    opened(slug).ask(f"{prefix}put_data", frame, key="state", value="secret")

    assert opened(slug).ask(f"{prefix}get_data", frame, key="state").get("value") == (
        "secret" if slug == "canvas" else None
    )


@pytest.mark.parametrize(("slug", "prefix"), [("canvas", NEW), ("blackboard", NEW)])
def test_where_a_frame_keeps_things_the_page_itself_does_not(opened: Open, slug: str, prefix: str) -> None:
    assert opened(slug).ask(f"{prefix}put_data", key="state", value="secret") is None


@pytest.mark.parametrize(
    ("slug", "storage"), [("moodle", "on"), ("openedx", "on"), ("sakai", "off"), ("sakai", "silent")]
)
def test_some_answer_nothing_at_all(opened: Open, slug: str, storage: str) -> None:
    tool = opened(slug, storage)

    assert tool.ask("lti.capabilities") is None
    assert tool.ask("org.imsglobal.lti.put_data", key="state", value="secret") is None


def test_a_silent_frame_is_there_all_the_same(opened: Open) -> None:
    tool = opened("canvas", "silent")

    assert tool.ask("lti.capabilities") is None
    assert tool.ask("lti.put_data", "post_message_forwarding", key="state", value="secret") is None


@pytest.mark.parametrize(("slug", "prefix", "frame"), KEPT)
def test_troubles_of_each_kind_can_be_had(opened: Open, slug: str, prefix: str, frame: str) -> None:
    def after_putting(storage: str) -> tuple[Any, Any]:
        tool = opened(slug, storage)
        put = tool.ask(f"{prefix}put_data", frame, key="state", value="secret")
        return put, tool.ask(f"{prefix}get_data", frame, key="state")

    refused, _ = after_putting("refuses")
    _, forgotten = after_putting("forgets")
    _, wrong = after_putting("wrong")

    assert refused["error"]["code"] == "generic"
    assert forgotten == {"key": "state", "value": None}
    assert wrong["value"] not in ("secret", None)
