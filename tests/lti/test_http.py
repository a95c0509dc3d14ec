"""The one door out to platforms: where it goes, what it takes, and that it tells no query."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from lti_elos.lti.http import AddressRefused, FetchFailed, PlatformHttp, is_public
from lti_elos.wire import USER_AGENT
from tests.elos.support import Answer, Wire, drip, hang, http, reset

QUERY = "token=s3cret"
OK = http(b'{"keys": []}')


def open_to_all(**limits: float) -> PlatformHttp:
    return PlatformHttp(allow_private=True, **limits)


def url_of(wire: Wire) -> str:
    return f"http://127.0.0.1:{wire.port}/jwks?{QUERY}"


# --- which addresses are out on the internet ---


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",  # noqa: S104 - to be refused
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",  # the clouds' metadata
        "100.64.0.1",
        "100.127.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "fc00::1",
        "fd12:3456::1",
        "ff02::1",
        "ff0e::1",
        "2001:db8::1",
        "3fff::1",
        "100::1",
        "2001::1",  # Teredo
        # an IPv4 address inside
        "::127.0.0.1",
        "::10.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:100.64.0.1",
        "::ffff:224.0.0.1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::192.168.0.1",
        "64:ff9b:1::10.0.0.1",
    ],
)
def test_an_address_that_is_not_on_the_internet_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "172.32.0.1",
        "100.128.0.1",
        "2606:4700:4700::1111",
        "2001:4860:4860::8888",
        "::ffff:8.8.8.8",
        "2002:808:808::1",
        "64:ff9b::8.8.8.8",
    ],
)
def test_an_address_on_the_internet_is_public(address: str) -> None:
    assert is_public(address)


# --- where it does not go ---


@pytest.mark.parametrize(
    "url",
    [
        "http://lms.example.org/jwks",
        "ftp://lms.example.org/jwks",
        "file:///etc/passwd",
        "lms.example.org/jwks",
        "",
        "https://",
        "https:///jwks",
        "https://[bad/jwks",
        "https://lms.example.org:port/jwks",
        "https://lms.example.org:99999/jwks",
        "https://user@lms.example.org/jwks",
        "https://user:pass@lms.example.org/jwks",
        "https://:pass@lms.example.org/jwks",
        "https://127.0.0.1/jwks",
        "https://127.1/jwks",
        "https://2130706433/jwks",
        "https://0x7f.1/jwks",
        "https://[::1]/jwks",
        "https://[::ffff:127.0.0.1]/jwks",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/jwks",
    ],
)
def test_what_is_not_https_or_not_public_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        PlatformHttp(allow_private=False).get(url)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What the name service says: not ours, and no test may depend on a real one."""
    known: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, *args: Any, **more: Any) -> list[Any]:
        if host[0].isdigit():
            return real(host, port, *args, **more)
        if host not in known:
            raise socket.gaierror(-2, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in known[host]]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return known


def test_a_host_with_one_private_address_among_public_ones_is_refused(names: dict[str, list[str]]) -> None:
    names["lms.example"] = ["8.8.8.8", "10.0.0.1"]

    with pytest.raises(AddressRefused, match=r"lms\.example has the address 10\.0\.0\.1, which is not public"):
        PlatformHttp(allow_private=False).get("https://lms.example/jwks")


def test_a_name_that_is_not_there_is_told(names: dict[str, list[str]]) -> None:
    with pytest.raises(FetchFailed, match=r"lms\.example: name not found"):
        open_to_all().get("https://lms.example/jwks")


def test_the_next_address_of_a_name_is_tried_when_the_first_refuses(wire: Wire, names: dict[str, list[str]]) -> None:
    names["lms.example"] = ["127.0.0.2", "127.0.0.1"]  # nobody listens on the first
    wire.always(OK)

    assert open_to_all().get(f"http://lms.example:{wire.port}/jwks") == b'{"keys": []}'
    assert wire.asked[0].headers["host"] == f"lms.example:{wire.port}"


# --- what it asks ---


def test_it_asks_for_path_and_query_with_a_user_agent_and_nothing_packed(wire: Wire) -> None:
    wire.always(OK)

    body = open_to_all().get(url_of(wire))

    assert body == b'{"keys": []}'
    (asked,) = wire.asked
    assert asked.target == f"/jwks?{QUERY}"
    assert asked.headers["user-agent"] == USER_AGENT
    assert asked.headers["accept"] == "application/json"
    assert asked.headers["accept-encoding"] == "identity"
    assert "cookie" not in asked.headers


def test_no_proxy_is_asked(wire: Wire, monkeypatch: pytest.MonkeyPatch, closed_port: int) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port}")
    wire.always(OK)

    assert open_to_all().get(url_of(wire)) == b'{"keys": []}'


# --- what it does not take ---


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (http(b"", "302 Found", "Location: http://127.0.0.1:1/?" + QUERY), "302"),
        (http(b"", "301 Moved", "Location: /other"), "301"),
        (http(b"{}", "404 Not Found"), "404"),
        (http(b"{}", "500 Internal Server Error"), "500"),
        (http(b"{}", "201 Created"), "201"),
        (http(b"x" * 2000), "more than 1000 bytes"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nshort", "IncompleteRead|ProtocolError"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "InvalidChunkLength|ProtocolError"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "ProtocolError"),
        (reset, "ProtocolError"),
    ],
    ids=["redirect", "moved", "404", "500", "201", "oversize", "cut short", "bad chunk", "not HTTP", "reset"],
)
def test_what_is_no_bounded_200_is_refused_without_telling_the_query(wire: Wire, answer: Answer, told: str) -> None:
    wire.always(answer)

    with pytest.raises(FetchFailed, match=told) as caught:
        open_to_all(total_s=30).get(url_of(wire), max_bytes=1000)

    assert QUERY not in str(caught.value)
    assert len(wire.asked) == 1


def test_a_body_of_just_the_limit_is_taken(wire: Wire) -> None:
    wire.always(http(b"x" * 1000))

    assert open_to_all().get(url_of(wire), max_bytes=1000) == b"x" * 1000


@pytest.mark.parametrize(
    "answer",
    [
        hang,
        drip(b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n"),
        drip(b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
        drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),
        drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ],
    ids=["silence", "headers", "one header", "body", "chunks"],
)
def test_no_server_holds_us_longer_than_the_limit_however_it_drips(wire: Wire, answer: Answer) -> None:
    wire.always(answer)

    # The drip would go on for 30 s and then close, which is told as another failure.
    with pytest.raises(FetchFailed, match="ReadTimeoutError") as caught:
        open_to_all(total_s=0.3).get(url_of(wire))

    assert QUERY not in str(caught.value)


def test_a_port_that_refuses_is_told(closed_port: int) -> None:
    with pytest.raises(FetchFailed, match=r"127\.0\.0\.1: NewConnectionError") as caught:
        open_to_all().get(f"http://127.0.0.1:{closed_port}/jwks?{QUERY}")

    assert QUERY not in str(caught.value)


@pytest.mark.parametrize("path", ["/ação", "/a b", "/a\r\nX-Injected: 1"])
def test_a_path_that_no_request_can_hold_is_refused(wire: Wire, path: str) -> None:
    wire.always(OK)

    with pytest.raises(AddressRefused):
        open_to_all().get(f"http://127.0.0.1:{wire.port}{path}")

    assert wire.asked == []


def test_https_is_not_given_up_for_a_server_that_does_not_speak_it(wire: Wire) -> None:
    wire.always(OK)

    with pytest.raises(FetchFailed, match=r"127\.0\.0\.1: \w+Error"):
        open_to_all(total_s=0.3, connect_s=0.3).get(f"https://127.0.0.1:{wire.port}/jwks")

    assert wire.asked == []


# --- fetching whatever comes ---


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        (["Date: Mon, 02 Mar 2026 12:00:00 GMT"], "2026-03-02T12:00:00+00:00"),
        (["Date: Mon, 02 Mar 2026 12:00:00 GMT", "Age: 90"], "2026-03-02T12:01:30+00:00"),
        (["Date: Mon, 02 Mar 2026 12:00:00 GMT", f"Age: {'9' * 30}"], None),
        (["Date: yesterday"], None),
        ([], None),
    ],
)
def test_an_answer_tells_what_time_it_was_there(wire: Wire, headers: list[str], told: str | None) -> None:
    wire.always(http(b"{}", "200 OK", *headers))

    told_at = open_to_all().fetch(url_of(wire)).told_at

    assert (told_at.isoformat() if told_at else None) == told


def test_a_refusal_is_an_answer_too(wire: Wire) -> None:
    wire.always(http(b"no", "401 Unauthorized"))

    answer = open_to_all().fetch(url_of(wire))

    assert (answer.status, answer.body) == (401, b"")
