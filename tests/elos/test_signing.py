from __future__ import annotations

import hashlib
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from lti_elos.elos.signing import checksum, clean, signed_url

BASE = "https://elos.example/bigbluebutton/api"
FIRST = (
    "create",
    "name=Test+Meeting&meetingID=abc123&attendeePW=111222&moderatorPW=333444",
    "639259d4-9dd8-4b25-bf01-95f9567eaf4b",
)
SECOND_PAIRS = [
    ("name", "Física & d'Água, (50%) *~!"),
    ("meetingID", "0b7c2f6e-9c0e-4d1a-8f7a-2f3c4d5e6f70"),
    ("meta_bbb-context-title", "Cálculo I – 2026/2"),
]
SECOND = (
    "create",
    (
        "name=F%C3%ADsica+%26+d%27%C3%81gua%2C+%2850%25%29+%2A~%21&meetingID=0b7c2f6e-9c0e-4d1a-8f7a-2f3c4d5e6f70"
        "&meta_bbb-context-title=C%C3%A1lculo+I+%E2%80%93+2026%2F2"
    ),
    "s3cretA",
)

# elos-api 1.2; the first is the one printed in Elos's own document.
VECTORS = [
    (FIRST, "sha1", "1fcbb0c4fc1f039f73aa6d697d2db9ba7f803f17"),
    (FIRST, "sha256", "da9185f7f333cfdfcd6eeac32dca3777510c4c436020d8b887ba5515bd1d189e"),
    (
        FIRST,
        "sha384",
        "891ac633df39d0a1b4f8d597f3e190833216c4b29c4fb51ea3ca72757eeb958d6e7b49a845cf29f5c6019c7d29d029d1",
    ),
    (
        FIRST,
        "sha512",
        (
            "de73ad61d11a5c801b68d4bd6ec5248546085cefb0b25c85f3c46249ea93a3a4"
            "b120f92c0a8a58d7512cb77821884951a3b01245f3435dbbef49fff3cc3988b4"
        ),
    ),
    (SECOND, "sha256", "ed2e73379f8e7aa98ea1a40c0622550c3123d1ac96411f2a47fe9b30322bc73d"),
    (SECOND, "sha1", "1adc152417d535c1a4d8a3101d14247ed5ea4217"),
    (
        ("create", "name=F%C3%ADsica%20%26%20d%27%C3%81gua%2C%20%2850%25%29%20%2A~%21", "s3cretA"),
        "sha256",
        "e9dca3bae84c3b415adb44144ab322ca71aebabce34b22621ef39735b1f1f5a3",
    ),
    (
        ("getMeetings", "", "s3cretA"),
        "sha256",
        "981103a2c934b2c7796459693eea0154ab3efadd5e280bb7dc7ad6b4f1231746",
    ),
    (("hooks/list", "", "s3cretA"), "sha256", "194db636088bda5aa73465bbf5978e0e9204713c6166061a431e6aefe813a143"),
]

any_text = st.text(st.characters(exclude_categories=()), max_size=60)
"""Control characters and lone surrogates too."""


@pytest.mark.parametrize(("signed", "digest", "expected"), VECTORS)
def test_checksums_are_those_of_the_reference(signed: tuple[str, str, str], digest: str, expected: str) -> None:
    call, query, secret = signed

    assert checksum(call, query, secret=secret, digest=digest) == expected


def test_the_query_is_built_as_the_reference_builds_it() -> None:
    call, query, secret = SECOND

    url = signed_url(BASE, call, SECOND_PAIRS, secret=secret)

    assert url == f"{BASE}/create?{query}&checksum={VECTORS[4][2]}"


def test_a_call_without_parameters_has_a_checksum_alone() -> None:
    url = signed_url(BASE, "getMeetings", [], secret="s3cretA")

    assert url == f"{BASE}/getMeetings?checksum={VECTORS[7][2]}"


def test_an_unknown_digest_is_refused() -> None:
    with pytest.raises(ValueError, match="sha1, sha256, sha384, sha512"):
        checksum("create", "", secret="s", digest="md5")


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Física", "Física"),
        ("a\r\n\tb\x00c\x7f\x85", "abc"),
        ("x\ud83d", "x"),
        ("\udc00y", "y"),
        ("a\ufffeb\uffff", "ab"),
        ("aula 🎓 終", "aula 🎓 終"),
        ("👩\u200d🏫", "👩\u200d🏫"),  # the joiner inside an emoji is no control character
    ],
)
def test_control_characters_and_lone_surrogates_are_taken_out(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@settings(deadline=None)
@given(st.lists(any_text, max_size=4), st.sampled_from(["sha1", "sha256", "sha384", "sha512"]))
def test_requests_sends_the_very_bytes_that_were_signed(values: list[str], digest: str) -> None:
    url = signed_url(
        BASE, "create", [(f"meta_v{n}", value) for n, value in enumerate(values)], secret="s3cretA", digest=digest
    )

    prepared = requests.Request("GET", url).prepare()

    assert prepared.url == url
    # What a server does: cut the checksum out of the raw query, and hash what is left.
    query, _, given_sum = urlsplit(str(prepared.url)).query.rpartition("checksum=")
    query = query.removesuffix("&")
    assert given_sum == hashlib.new(digest, f"create{query}s3cretA".encode()).hexdigest()
    assert [value for _name, value in parse_qsl(query, keep_blank_values=True)] == [clean(value) for value in values]
