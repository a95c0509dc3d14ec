"""The simulator believes only what was signed, byte for byte."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator

import pytest

from tests.demo.elos_support import SECRET, Elos, digest, flat, running_elos

# Printed in Elos's OpenAPI document, and the same query under the other algorithms.
PRINTED_QUERY = "name=Test+Meeting&meetingID=abc123&attendeePW=111222&moderatorPW=333444"
PRINTED_DIGESTS = {
    "sha1": "1fcbb0c4fc1f039f73aa6d697d2db9ba7f803f17",
    "sha256": "da9185f7f333cfdfcd6eeac32dca3777510c4c436020d8b887ba5515bd1d189e",
    "sha384": ("891ac633df39d0a1b4f8d597f3e190833216c4b29c4fb51ea3ca72757eeb958d6e7b49a845cf29f5c6019c7d29d029d1"),
    "sha512": (
        "de73ad61d11a5c801b68d4bd6ec5248546085cefb0b25c85f3c46249ea93a3a4"
        "b120f92c0a8a58d7512cb77821884951a3b01245f3435dbbef49fff3cc3988b4"
    ),
}
PORTUGUESE_QUERY = (
    "name=F%C3%ADsica+%26+d%27%C3%81gua%2C+%2850%25%29+%2A~%21&meetingID=0b7c2f6e-9c0e-4d1a-8f7a-2f3c4d5e6f70"
    "&meta_bbb-context-title=C%C3%A1lculo+I+%E2%80%93+2026%2F2"
)


@pytest.fixture(scope="module")
def server() -> Iterator[Elos]:
    with running_elos() as elos:
        yield elos


@pytest.fixture
def elos(server: Elos) -> Elos:
    server.control("DELETE", "all")
    return server


@pytest.mark.parametrize("algorithm", PRINTED_DIGESTS)
def test_the_printed_example_is_accepted_under_each_algorithm(elos: Elos, algorithm: str) -> None:
    reply = flat(elos.raw(f"create?{PRINTED_QUERY}&checksum={PRINTED_DIGESTS[algorithm]}"))

    assert reply["returncode"] == "SUCCESS"
    assert reply["meetingID"] == "abc123"


def test_accents_and_punctuation_arrive_as_they_were_meant() -> None:
    with running_elos(secret="s3cretA") as elos:
        created = elos.raw(
            f"create?{PORTUGUESE_QUERY}&checksum=ed2e73379f8e7aa98ea1a40c0622550c3123d1ac96411f2a47fe9b30322bc73d"
        )
        listed = elos.raw("getMeetings?checksum=981103a2c934b2c7796459693eea0154ab3efadd5e280bb7dc7ad6b4f1231746")

    assert flat(created)["returncode"] == "SUCCESS"
    assert flat(listed)["meetings/meeting/meetingName"] == "Física & d'Água, (50%) *~!"
    assert flat(listed)["meetings/meeting/metadata/bbb-context-title"] == "Cálculo I – 2026/2"


def test_the_checksum_may_stand_anywhere_and_in_any_letter_case(elos: Elos) -> None:
    signed = digest("create", PRINTED_QUERY)
    first, rest = PRINTED_QUERY.split("&", 1)

    for query in (
        f"checksum={signed}&{PRINTED_QUERY}",
        f"{first}&checksum={signed}&{rest}",
        f"{PRINTED_QUERY}&checksum={signed.upper()}",
    ):
        assert flat(elos.raw(f"create?{query}"))["returncode"] == "SUCCESS"


def test_the_order_of_parameters_is_free_as_long_as_it_is_what_was_signed(elos: Elos) -> None:
    turned = "&".join(reversed(PRINTED_QUERY.split("&")))

    right = flat(elos.raw(f"create?{turned}&checksum={digest('create', turned)}"))
    wrong = flat(elos.raw(f"create?{turned}&checksum={digest('create', PRINTED_QUERY)}"))

    assert right["returncode"] == "SUCCESS"
    assert wrong["messageKey"] == "checksumError"


@pytest.mark.parametrize(("hashed", "sent"), [("%2C", "%2c"), ("%2C", ","), ("+", "%20"), ("~", "%7E")])
def test_bytes_encoded_anew_after_hashing_are_refused(elos: Elos, hashed: str, sent: str) -> None:
    query = f"meetingID=abc123&name=Two{hashed}words"
    signed = digest("create", query)

    assert flat(elos.raw(f"create?{query}&checksum={signed}"))["returncode"] == "SUCCESS"

    # Straight to the socket: requests would tidy some of these escapes up itself.
    reply = _straight(elos, f"/bigbluebutton/api/create?{query.replace(hashed, sent)}&checksum={signed}")
    assert b"checksumError" in reply


@pytest.mark.parametrize("spelling", ["%2c", "%2C", ",", "%20", "+", "%7E", "~"])
def test_any_spelling_is_accepted_when_it_is_hashed_as_it_is_sent(elos: Elos, spelling: str) -> None:
    query = f"meetingID=abc123&name=Two{spelling}words"

    reply = _straight(elos, f"/bigbluebutton/api/create?{query}&checksum={digest('create', query)}")

    assert b"SUCCESS" in reply


def test_another_secret_another_call_or_no_checksum_is_refused(elos: Elos) -> None:
    for query in (
        f"{PRINTED_QUERY}&checksum={digest('create', PRINTED_QUERY, secret='other')}",
        f"{PRINTED_QUERY}&checksum={digest('join', PRINTED_QUERY)}",
        f"{PRINTED_QUERY}&checksum=abc",
        f"{PRINTED_QUERY}&checksum=",
        PRINTED_QUERY,
        "",
    ):
        reply = elos.raw(f"create?{query}")
        assert reply.status_code == 200
        assert flat(reply)["messageKey"] == "checksumError"
    assert elos.control("GET", "meetings") == []


def test_the_checksum_is_looked_at_before_the_parameters(elos: Elos) -> None:
    assert elos.ask("create")["messageKey"] == "missingParamMeetingID"
    assert flat(elos.raw("create?checksum=00"))["messageKey"] == "checksumError"


def test_algorithms_can_be_narrowed(elos: Elos) -> None:
    elos.switch(algorithms=["sha256"])

    assert elos.ask("getMeetings")["returncode"] == "SUCCESS"
    sha1 = hashlib.sha1(f"getMeetings{SECRET}".encode(), usedforsecurity=False).hexdigest()
    assert flat(elos.raw(f"getMeetings?checksum={sha1}"))["messageKey"] == "checksumError"


def test_the_first_of_two_equal_names_counts(elos: Elos) -> None:
    query = "meetingID=abc123&name=First&name=Second"

    elos.raw(f"create?{query}&checksum={digest('create', query)}")

    assert elos.ask("getMeetingInfo", {"meetingID": "abc123"})["meetingName"] == "First"


def test_the_probe_needs_no_checksum(elos: Elos) -> None:
    for method, path in (("GET", ""), ("POST", ""), ("HEAD", "")):
        assert elos.raw(path, method=method).status_code == 200
    assert flat(elos.raw("")) == {"returncode": "SUCCESS", "version": "1.0.0"}


def test_a_call_that_does_not_exist_is_refused_as_unsupported(elos: Elos) -> None:
    assert elos.ask("makeCoffee")["messageKey"] == "unsupportedRequest"
    assert elos.ask("getMeetings", method="POST")["messageKey"] == "unsupportedRequest"


def _straight(elos: Elos, target: str) -> bytes:
    """One GET with a request line nobody touches."""
    host, port = elos.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        return b"".join(iter(lambda: connection.recv(65_536), b""))
