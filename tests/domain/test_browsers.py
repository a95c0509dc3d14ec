"""How a login goes on, browser by browser (reference/browsers.md, measured)."""

from __future__ import annotations

import pytest

from lti_elos.domain.browsers import Checked, Client, Way

CHROMIUM = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
EDGE = f"{CHROMIUM} Edg/156.0.0.0"
ANDROID = (
    "Mozilla/5.0 (Linux; Android 14; Pixel) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Mobile Safari/537.36"
)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"
SAFARI = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 "
    "Safari/605.1.15"
)
OLD_IPAD = (
    "Mozilla/5.0 (iPad; CPU OS 15_8 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.6 Safari/604.1"
)
CHROME_ON_IOS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/156.0 "
    "Mobile/15E148 Safari/604.1"
)
PROGRAM = "python-requests/2.34.2"

OTHERS, WEBKITS = [CHROMIUM, EDGE, ANDROID, FIREFOX], [SAFARI, OLD_IPAD, CHROME_ON_IOS]


def way(agent: str, dest: str, **known: object) -> Way:
    said = {"has_session": False, "has_probe": False, "checked": Checked.NO, "has_storage": False} | known
    return Client(dest, agent).way(**said)  # type: ignore[arg-type]


@pytest.mark.parametrize("agent", WEBKITS)
def test_every_browser_of_ios_and_safari_are_webkit(agent: str) -> None:
    assert Client("iframe", agent).is_webkit


@pytest.mark.parametrize("agent", [*OTHERS, PROGRAM, ""])
def test_the_others_are_not(agent: str) -> None:
    assert not Client("iframe", agent).is_webkit


@pytest.mark.parametrize("agent", [*OTHERS, *WEBKITS, ""])
@pytest.mark.parametrize("storage", [True, False])
def test_at_top_level_cookies_stick(agent: str, storage: bool) -> None:
    assert way(agent, "document", has_storage=storage) is Way.GO


@pytest.mark.parametrize("agent", [*OTHERS, PROGRAM, ""])
def test_who_does_not_tell_and_is_no_webkit_goes_on(agent: str) -> None:
    assert way(agent, "") is Way.GO


@pytest.mark.parametrize("dest", ["iframe", "frame", "embed", "object", "fencedframe", "empty"])
@pytest.mark.parametrize("agent", [*OTHERS, *WEBKITS])
def test_in_a_frame_it_is_tried_first(agent: str, dest: str) -> None:
    assert way(agent, dest) is Way.CHECK
    assert way(agent, dest, has_storage=True) is Way.CHECK


def test_an_old_ipad_is_looked_at_by_script() -> None:
    assert way(OLD_IPAD, "") is Way.CHECK
    assert way(OLD_IPAD, "", checked=Checked.TOP) is Way.GO
    assert way(OLD_IPAD, "", checked=Checked.FRAMED) is Way.WINDOW


@pytest.mark.parametrize("agent", OTHERS)
def test_a_cookie_that_came_back_is_believed(agent: str) -> None:
    assert way(agent, "iframe", checked=Checked.FRAMED, has_probe=True) is Way.GO
    assert way(agent, "iframe", has_session=True) is Way.GO, "without another look"


@pytest.mark.parametrize("agent", WEBKITS)
def test_webkits_yes_is_not_believed(agent: str) -> None:
    known = {"has_probe": True, "has_session": True}
    assert way(agent, "iframe", **known) is Way.CHECK
    assert way(agent, "iframe", checked=Checked.FRAMED, **known) is Way.WINDOW
    assert way(agent, "iframe", checked=Checked.FRAMED, has_storage=True, **known) is Way.STORE


@pytest.mark.parametrize("agent", [*OTHERS, *WEBKITS])
def test_without_cookies_the_platforms_storage_is_used_and_else_a_window(agent: str) -> None:
    assert way(agent, "iframe", checked=Checked.FRAMED, has_storage=True) is Way.STORE
    assert way(agent, "iframe", checked=Checked.FRAMED) is Way.WINDOW
    assert way(agent, "iframe", checked=Checked.SILENT, has_storage=True) is Way.WINDOW


@pytest.mark.parametrize("agent", [*OTHERS, *WEBKITS, ""])
@pytest.mark.parametrize("dest", ["iframe", ""])
@pytest.mark.parametrize("text", ["1", "top", "silent", "0", "no", "x" * 100, "\0"])
@pytest.mark.parametrize("storage", [True, False])
def test_nothing_is_checked_twice(agent: str, dest: str, text: str, storage: bool) -> None:
    assert way(agent, dest, checked=Checked.of(text), has_storage=storage) is not Way.CHECK


@pytest.mark.parametrize(
    ("user_agent", "family"),
    [
        ("Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36", "Chrome"),
        ("Mozilla/5.0 (Windows) AppleWebKit/537.36 Chrome/156.0 Safari/537.36 Edg/156.0", "Edge"),
        ("Mozilla/5.0 (Windows; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox"),
        ("Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 CriOS/156.0 Mobile Safari/604.1", "Chrome"),
        ("Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/26.0 Safari/605.1.15", "Safari"),
        ("curl/8", ""),
    ],
)
def test_a_browser_is_called_as_people_call_it(user_agent: str, family: str) -> None:
    assert Client("", user_agent).family == family


@pytest.mark.parametrize(("fetch_dest", "way"), [("iframe", "partitioned"), ("document", "window"), ("", "")])
def test_a_cookie_in_a_frame_is_a_partitioned_one(fetch_dest: str, way: str) -> None:
    assert Client(fetch_dest, "").cookie_way == way
