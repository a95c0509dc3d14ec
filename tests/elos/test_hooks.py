"""Deliveries of hooks: authentic or not, readable or not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from lti_elos.elos.hooks import hook_of, is_authentic, read_delivery

URL, SECRET = "http://127.0.0.1:5000/webhooks/elos?k=1", "s3cretA"
BODY = (
    b"domain=elos.test&event=%5B%7B%22data%22%3A%7B%22type%22%3A%22event%22%2C%22id%22%3A%22meeting-ended%22%2C%22attributes"
    b"%22%3A%7B%22meeting%22%3A%7B%22internal-meeting-id%22%3A%22i-1%22%2C%22external-meeting-id%22%3A%22e-1%22%7D%7D%2C%22"
    b"event%22%3A%7B%22ts%22%3A1700000000000%7D%7D%7D%5D&timestamp=1700000000123"
)
SUMS = ["b4ef349238ab169135aef5a28200265bca8559fe62465ffbb8f303b523040a61", "912bb7066cea22724586bd88e8b3d7eb9802ec36"]


def authentic(**changes: Any) -> bool:
    asked: dict[str, Any] = {
        "authorization": "",
        "checksum": "",
        "url": URL,
        "body": BODY,
        "tokens": ["t" * 40],
        "secret": SECRET,
        "takes_checksums": True,
    }
    return is_authentic(**asked | changes)


@pytest.mark.parametrize("checksum", [*SUMS, SUMS[0].upper()])
def test_the_checksums_of_the_reference_are_right(checksum: str) -> None:
    assert authentic(checksum=checksum)
    assert not authentic(checksum=checksum, takes_checksums=False)
    assert not authentic(checksum=checksum, body=BODY + b" ")
    assert not authentic(checksum=checksum, url=URL + "1")
    assert not authentic(checksum=checksum, secret="other")


def test_a_wrong_token_is_not_mended_by_a_checksum() -> None:
    assert not authentic(checksum=SUMS[0], authorization="Bearer wrong")


@pytest.mark.parametrize("tokens", [[], [""]])
def test_without_a_token_of_ours_no_token_is_right(tokens: list[str]) -> None:
    for authorization in ("Bearer", "Bearer ", "Bearer x"):
        assert not authentic(authorization=authorization, tokens=tokens, takes_checksums=False)


def test_the_reference_delivery_is_read() -> None:
    [event] = read_delivery("application/x-www-form-urlencoded", BODY)
    assert (event.name, event.internal_id, event.external_id) == ("meeting-ended", "i-1", "e-1")
    assert event.at.isoformat() == "2023-11-14T22:13:20+00:00"


@pytest.mark.parametrize("ts", [1700000000, 1700000000000, 1700000000000.0])
def test_seconds_and_milliseconds_are_told_by_size(ts: float) -> None:
    [event] = read_delivery("application/json", told(ts=ts))
    assert event.at.isoformat() == "2023-11-14T22:13:20+00:00"


def told(*, ts: Any = 1700000000000, **attributes: Any) -> bytes:
    meeting = {"internal-meeting-id": "i-1"}
    data = {"id": "rap-published", "attributes": {"meeting": meeting} | attributes, "event": {"ts": ts}}
    return json.dumps({"data": data}).encode()


@pytest.mark.parametrize("spelling", ["record-id", "record_id"])
def test_both_spellings_of_the_record_id_are_read(spelling: str) -> None:
    [event] = read_delivery("application/json", told(**{spelling: "r-1"}))
    assert event.record_id == "r-1"


@pytest.mark.parametrize("ts", [None, True, "1700000000", -1, 0, 1e30, [], {}])
def test_an_event_at_no_time_is_none(ts: Any) -> None:
    assert read_delivery("application/json", told(ts=ts)) == []


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=20), inner, max_size=3),
    max_leaves=10,
)


@given(attributes=anything, ts=anything, name=anything)
def test_nothing_that_is_sent_breaks_the_reading(attributes: Any, ts: Any, name: Any) -> None:
    body = json.dumps({"data": {"id": name, "attributes": attributes, "event": {"ts": ts}}}).encode()
    read_delivery("application/json", body)


@given(body=st.binary(max_size=200), kind=st.sampled_from(["application/json", "application/x-www-form-urlencoded"]))
def test_nor_do_bytes(body: bytes, kind: str) -> None:
    read_delivery(kind, body)
    read_delivery(kind, b"event=" + body)


@pytest.mark.parametrize(
    ("xml", "enabled", "token"),
    [
        ("<hookID>1</hookID><enabled>true</enabled><authToken>t</authToken>", True, "t"),
        ("<hookID>1</hookID><enabled>false</enabled>", False, ""),
        ("<hookID>1</hookID><permanentHook>false</permanentHook>", True, ""),
    ],
)
def test_a_hook_is_read(xml: str, enabled: bool, token: str) -> None:
    hook = hook_of(etree.fromstring(f"<response>{xml}</response>"), url="u")
    assert hook is not None
    assert (hook.id, hook.url, hook.is_enabled, hook.token) == ("1", "u", enabled, token)
    assert "t'" not in repr(hook)
