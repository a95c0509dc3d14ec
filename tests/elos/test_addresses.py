from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_elos.elos.addresses import is_within_reach, normalise_base, with_parameter

API = "https://elos.example/bigbluebutton/api"


@pytest.mark.parametrize(
    "pasted",
    [
        "elos.example",
        "  elos.example\n",
        "elos.example/",
        "ELOS.Example",
        "https://elos.example",
        "HTTPS://elos.example/",
        "https://elos.example/bigbluebutton",
        "https://elos.example/bigbluebutton/",
        "https://elos.example/bigbluebutton/api",
        "https://elos.example/bigbluebutton/api/",
        "https://elos.example/bigbluebutton/api//",
        "https://elos.example/api/",
        "elos.example/bigbluebutton/api",
    ],
)
def test_every_spelling_gives_the_same_address(pasted: str) -> None:
    assert normalise_base(pasted) == API


@pytest.mark.parametrize(
    ("pasted", "address"),
    [
        ("http://elos.example", "http://elos.example/bigbluebutton/api"),
        ("http://127.0.0.1:8090", "http://127.0.0.1:8090/bigbluebutton/api"),
        ("elos.example:8443", "https://elos.example:8443/bigbluebutton/api"),
        ("https://[2001:DB8::1]:8443/", "https://[2001:db8::1]:8443/bigbluebutton/api"),
        ("https://uni.example/elos/bigbluebutton/api", "https://uni.example/elos/bigbluebutton/api"),
        ("https://uni.example/Elos/", "https://uni.example/Elos/bigbluebutton/api"),
        ("https://uni.example/api/bigbluebutton/api", "https://uni.example/api/bigbluebutton/api"),
        ("https://reunião.example", "https://xn--reunio-7ta.example/bigbluebutton/api"),
    ],
)
def test_scheme_port_and_prefix_are_kept(pasted: str, address: str) -> None:
    assert normalise_base(pasted) == address


@pytest.mark.parametrize(
    ("pasted", "told"),
    [
        ("", "no host"),
        ("https://", "no host"),
        ("https:///bigbluebutton", "no host"),
        ("ftp://elos.example", "'ftp' is not http or https"),
        ("javascript://elos.example", "'javascript' is not http or https"),
        ("https://user:pass@elos.example", "user or password"),
        ("user@elos.example", "user or password"),
        ("https://@elos.example", "user or password"),
        ("https://elos.example/?a=b", "query or fragment"),
        ("https://elos.example?", "query or fragment"),
        ("https://elos.example/#x", "query or fragment"),
        ("https://elos.example:port", "is not a port"),
        ("https://elos.example:99999", "is not a port"),
        ("https://elos.example:", "is not a port"),
        ("https:/elos.example", "is not a port"),
        ("https://elos..example", "is not a host name"),
        ("https://´", "is not a host name"),
        ("https://elos<b>", "is not a host name"),
        ("https://elos.example/a b", "a space"),
        ("https://elos.example\\@evil.example", "a backslash"),
        ("https://elos.example/salão", "percent-encoded"),
        ("https://[::1", "IPv6"),
    ],
)
def test_what_is_no_address_is_refused_with_a_reason(pasted: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        normalise_base(pasted)


def test_a_refusal_does_not_repeat_a_password() -> None:
    with pytest.raises(ValueError, match="password") as refused:
        normalise_base("https://admin:s3cret@elos.example")

    assert "s3cret" not in str(refused.value)


@given(
    st.text() | st.builds("{}://{}:{}{}".format, st.sampled_from(["http", "https"]), st.text(), st.text(), st.text())
)
def test_any_text_is_an_address_or_a_value_error_and_addresses_stay_as_they_are(pasted: str) -> None:
    try:
        address = normalise_base(pasted)
    except ValueError:
        return

    assert normalise_base(address) == address
    assert address.endswith("/bigbluebutton/api")
    assert address.isascii()


@pytest.mark.parametrize(
    ("url", "server", "reaches"),
    [
        ("https://rooms.example.org/x", "https://elos.example.org/bigbluebutton/api", True),
        ("https://rooms.example.org/x", "http://127.0.0.1:8462/bigbluebutton/api", True),
        ("http://localhost:8460/x", "http://127.0.0.1:8462/bigbluebutton/api", True),
        ("http://[::1]:8460/x", "http://localhost/bigbluebutton/api", True),
        ("http://localhost:8460/x", "https://elos.example.org/bigbluebutton/api", False),
        ("http://127.0.0.1:8460/x", "https://localhost.example.org/bigbluebutton/api", False),
    ],
)
def test_a_server_elsewhere_does_not_reach_this_machines_loopback(url: str, server: str, reaches: bool) -> None:
    assert is_within_reach(url, of=server) is reaches


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://r.example/playback/2.3/id", "https://r.example/playback/2.3/id?l=me%26dia"),
        ("https://r.example/p?meetingId=a%20b&t=1", "https://r.example/p?meetingId=a%20b&t=1&l=me%26dia"),
        ("https://r.example/p?l=x&once=k#t=4", "https://r.example/p?once=k&l=me%26dia#t=4"),
        ("https://r.example/p/?", "https://r.example/p/?l=me%26dia"),
    ],
)
def test_a_parameter_is_added_and_the_rest_stays(url: str, expected: str) -> None:
    assert with_parameter(url, "l", "me&dia") == expected
