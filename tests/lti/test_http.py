"""The one door out to platforms: where it goes, what it takes, and that it tells no query."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lti_elos import wire as wires
from lti_elos.lti.http import AddressRefused, FetchFailed, PlatformHttp, TlsRefused, is_public
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


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For lms.example alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Campus")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("lms.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "campus.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


@pytest.fixture
def secure(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Wire, list[str | None]]]:
    """A host whose certificate we believe, and the names that clients asked it by."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    wires.tls.cache_clear()
    named: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _socket, name, _context: named.append(name)
    with Wire(tls=context) as listening:
        listening.always(OK)
        yield listening, named
    wires.tls.cache_clear()


@pytest.mark.parametrize("send", [True, False], ids=["post", "get"])
def test_the_checked_address_is_asked_by_the_hosts_own_name(
    secure: tuple[Wire, list[str | None]], names: dict[str, list[str]], *, send: bool
) -> None:
    listening, named = secure
    names["lms.example"] = ["127.0.0.1"]
    url = f"https://lms.example:{listening.port}/jwks"

    body = open_to_all().post(url, b"{}").body if send else open_to_all().get(url)

    assert body == b'{"keys": []}'
    assert named == ["lms.example"]
    assert listening.asked[0].headers["host"] == f"lms.example:{listening.port}"


def test_a_certificate_for_another_host_at_that_address_is_not_believed(
    secure: tuple[Wire, list[str | None]], names: dict[str, list[str]]
) -> None:
    listening, _named = secure
    names["other.example"] = ["127.0.0.1"]

    with pytest.raises(TlsRefused, match=r"other\.example: SSLError"):
        open_to_all().post(f"https://other.example:{listening.port}/", b"{}", bearer="token-1")

    assert listening.asked == []


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


# --- sending ---


def test_a_document_is_sent_once_with_its_token_and_any_answer_is_read(wire: Wire) -> None:
    wire.always(http(b"missing_registration_token", "401 Unauthorized"))

    answer = open_to_all().post(url_of(wire), b'{"a": 1}', bearer="token-1")

    assert (answer.status, answer.body) == (401, b"missing_registration_token")
    (asked,) = wire.asked
    assert (asked.method, asked.target, asked.body) == ("POST", f"/jwks?{QUERY}", b'{"a": 1}')
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["accept"] == "application/json"
    assert asked.headers["authorization"] == "Bearer token-1"
    assert asked.headers["user-agent"] == USER_AGENT


def test_a_document_is_fetched_with_a_token_only_where_there_is_one(wire: Wire) -> None:
    wire.always(OK)

    open_to_all().get(url_of(wire), bearer="token-1")
    open_to_all().get(url_of(wire))

    assert [asked.headers.get("authorization") for asked in wire.asked] == ["Bearer token-1", None]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (http(b"x" * 2000), "more than 1000 bytes"),
        (http(b"x" * 2000, "422 Unprocessable Entity"), "more than 1000 bytes"),
        (reset, "ProtocolError"),
        (hang, "ReadTimeoutError"),
        (drip(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 100000\r\n\r\n", b"x"), "ReadTimeoutError"),
    ],
    ids=["oversize", "oversize error", "reset", "silence", "drip"],
)
def test_an_answer_to_a_document_is_bounded_too(wire: Wire, answer: Answer, told: str) -> None:
    wire.always(answer)

    with pytest.raises(FetchFailed, match=told) as caught:
        open_to_all(total_s=0.3).post(url_of(wire), b"{}", bearer="token-1", max_bytes=1000)

    assert QUERY not in str(caught.value)
    assert "token-1" not in str(caught.value)
    assert len(wire.asked) == 1


def test_a_document_does_not_follow_a_redirect(wire: Wire) -> None:
    wire.always(http(b"", "307 Temporary Redirect", f"Location: http://127.0.0.1:{wire.port}/other"))

    assert open_to_all().post(url_of(wire), b"{}", bearer="token-1").status == 307
    assert len(wire.asked) == 1


@pytest.mark.parametrize("token", ["a\r\nX-Injected: 1", "a b", "ação"])
def test_a_token_that_no_header_can_hold_is_not_sent(wire: Wire, token: str) -> None:
    with pytest.raises(AddressRefused):
        open_to_all().post(url_of(wire), b"{}", bearer=token)

    assert wire.asked == []


@pytest.mark.parametrize("send", [True, False], ids=["post", "get"])
@pytest.mark.parametrize("private", ["10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "64:ff9b::10.0.0.1", "ff02::1"])
def test_nothing_is_sent_to_a_private_address_behind_a_name(
    names: dict[str, list[str]], private: str, *, send: bool
) -> None:
    names["lms.example"] = [private]
    out = PlatformHttp(allow_private=False)

    with pytest.raises(AddressRefused, match="not public"):
        out.post("https://lms.example/", b"{}") if send else out.get("https://lms.example/")


@pytest.mark.parametrize("send", [True, False], ids=["post", "get"])
def test_a_name_is_looked_up_once_so_that_a_second_answer_changes_nothing(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, *, send: bool
) -> None:
    """Rebinding: public when it is checked, private when it is connected to."""
    answers = ["8.8.8.8", "127.0.0.1"]
    connected: list[str] = []
    real = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, *args: Any, **more: Any) -> list[Any]:
        if host != "lms.example":
            return real(host, port, *args, **more)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers.pop(0), port))]

    def connect(_self: socket.socket, address: tuple[str, int]) -> None:
        connected.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(socket.socket, "connect", connect)
    out = PlatformHttp(allow_private=False)

    with pytest.raises(FetchFailed, match="NewConnectionError"):
        out.post(f"https://lms.example:{wire.port}/", b"{}") if send else out.get(f"https://lms.example:{wire.port}/")

    assert connected == ["8.8.8.8"]
    assert answers == ["127.0.0.1"]
    assert wire.asked == []
