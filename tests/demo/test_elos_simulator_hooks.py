"""hooks/* in both manners, and how deliveries are made, retried and given up."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from lti_elos.demo.certificate import kept_certificate
from lti_elos.demo.elos import create_simulator, outbox
from lti_elos.demo.elos.checksum import delivery_checksum
from lti_elos.demo.elos.outbox import RETRY_WAITS_S
from lti_elos.demo.elos.post import Letter, Outcome, Post
from lti_elos.demo.serving import ThreadedServer
from tests.demo.elos_support import NOON, SECRET, Elos, flat, items, running_elos
from tests.demo.receiver import Receiver, receiving
from tests.support.rooms import until


@pytest.fixture(scope="module")
def server() -> Iterator[Elos]:
    with running_elos() as elos:
        yield elos


@pytest.fixture
def elos(server: Elos) -> Elos:
    server.control("DELETE", "all")
    return server


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def threads() -> set[threading.Thread]:
    return {one for one in threading.enumerate() if one.name.startswith("elos-")}


def states(elos: Elos) -> list[str]:
    return [one["state"] for one in elos.control("GET", "deliveries")]


# --- Elos's calls ---


def test_a_hook_has_a_token_of_its_own_and_is_off_unless_asked_otherwise(elos: Elos) -> None:
    made = elos.ask("hooks/create", {"callbackURL": "http://127.0.0.1:1/a"})
    other = elos.ask("hooks/create", {"callbackURL": "http://127.0.0.1:1/b", "enabled": "true", "meetingID": "sala-1"})

    assert re.fullmatch("[0-9a-f]{40}", made["authToken"])
    assert made["authToken"] != other["authToken"]
    assert made["sharedSecretGUID"] == other["sharedSecretGUID"]
    assert uuid.UUID(made["hookGUID"]) != uuid.UUID(made["sharedSecretGUID"])
    assert (made["hookID"], other["hookID"]) == ("1", "2")
    first, second = items(elos.signed("hooks/list"), "hooks/hook")
    assert first == {
        "hookID": "1",
        "hookGUID": made["hookGUID"],
        "authToken": made["authToken"],
        "callbackURL": "http://127.0.0.1:1/a",
        "sharedSecretGUID": made["sharedSecretGUID"],
        "enabled": "false",
    }
    assert (second["externalMeetingID"], second["enabled"]) == ("sala-1", "true")


def test_a_hook_is_enabled_and_destroyed(elos: Elos) -> None:
    hook_id = elos.ask("hooks/create", {"callbackURL": "http://127.0.0.1:1/"})["hookID"]

    assert elos.ask("hooks/enable", {"hookID": hook_id})["enabled"] == "true"
    assert items(elos.signed("hooks/list"), "hooks/hook")[0]["enabled"] == "true"
    assert elos.ask("hooks/destroy", {"hookID": hook_id})["removed"] == "true"
    assert items(elos.signed("hooks/list"), "hooks/hook") == []


@pytest.mark.parametrize(
    ("params", "status", "key"),
    [
        ({}, 400, "missingParamHookID"),
        ({"hookID": "9"}, 404, "enableMissingHook"),
        ({"hookID": "x9"}, 422, "invalidParamHookID"),
    ],
)
def test_enabling_answers_real_statuses(elos: Elos, params: dict[str, object], status: int, key: str) -> None:
    refused = elos.signed("hooks/enable", params)

    assert (refused.status_code, flat(refused)["messageKey"]) == (status, key)


@pytest.mark.parametrize(
    ("call", "params", "key"),
    [
        ("hooks/create", {}, "missingParamCallbackURL"),
        ("hooks/create", {"callbackURL": "http://x/", "enabled": "True"}, "validationError"),
        ("hooks/destroy", {}, "missingParamHookID"),
        ("hooks/destroy", {"hookID": "9"}, "destroyMissingHook"),
        ("hooks/ping", {}, "unsupportedRequest"),
    ],
)
def test_what_is_wrong_has_a_key(elos: Elos, call: str, params: dict[str, object], key: str) -> None:
    assert elos.ask(call, params)["messageKey"] == key


def test_hook_calls_are_signed_under_their_two_part_names(elos: Elos) -> None:
    digest = hashlib.sha256(f"list{SECRET}".encode()).hexdigest()

    assert flat(elos.raw(f"hooks/list?checksum={digest}"))["messageKey"] == "checksumError"


@pytest.mark.parametrize(("switch", "hooks"), [("warned", 1), ("refused", 1), ("another", 2)])
def test_a_second_hook_for_one_address_is_what_the_switch_says(elos: Elos, switch: str, hooks: int) -> None:
    elos.switch(same_callback=switch)
    first = elos.ask("hooks/create", {"callbackURL": "http://127.0.0.1:1/"})

    second = elos.ask("hooks/create", {"callbackURL": "http://127.0.0.1:1/"})

    assert len(items(elos.signed("hooks/list"), "hooks/hook")) == hooks
    if switch == "warned":
        assert (second["messageKey"], second["authToken"]) == ("duplicateWarning", first["authToken"])
    if switch == "refused":
        assert (second["returncode"], second["messageKey"]) == ("FAILED", "createHookError")


def test_there_are_at_most_a_hundred_hooks(elos: Elos) -> None:
    for n in range(100):
        elos.hook(f"http://127.0.0.1:1/{n}")

    assert elos.ask("hooks/create", {"callbackURL": "http://127.0.0.1:1/more"})["messageKey"] == "createHookError"


# --- BigBlueButton's calls ---


def test_bigbluebutton_has_uuids_and_one_hook_per_address(elos: Elos) -> None:
    elos.switch(mode="bbb")

    made = elos.ask("hooks/create", {"callbackURL": "notaurl", "eventID": "User-Left,meeting-ended", "getRaw": "true"})
    again = elos.ask("hooks/create", {"callbackURL": "notaurl", "meetingID": "sala-1"})

    assert uuid.UUID(made["hookID"]).version == 4
    assert (made["permanentHook"], made["rawData"]) == ("false", "true")
    assert "authToken" not in made
    assert (again["returncode"], again["messageKey"], again["hookID"]) == (
        "SUCCESS",
        "duplicateWarning",
        made["hookID"],
    )
    assert again["message"] == "There is already a hook for this callback URL."
    assert items(elos.signed("hooks/list"), "hooks/hook") == [
        {
            "hookID": made["hookID"],
            "callbackURL": "notaurl",
            "eventID": "meeting-ended,user-left",
            "permanentHook": "false",
            "rawData": "true",
        }
    ]
    assert b"<![CDATA[notaurl]]>" in elos.signed("hooks/list").content


def test_bigbluebutton_refuses_in_its_own_way(elos: Elos) -> None:
    elos.switch(mode="bbb")

    assert elos.ask("hooks/list", {"meetingID": "sala-1"})["messageKey"] == "listHookError"
    unknown = elos.signed("hooks/destroy", {"hookID": "9"})
    assert (unknown.status_code, flat(unknown)["message"]) == (200, "The hook informed was not found.")
    assert elos.ask("hooks/destroy")["messageKey"] == "missingParamHookID"
    assert flat(elos.raw("hooks/list?checksum=" + "0" * 40))["messageKey"] == "checksumError"
    assert flat(elos.raw("hooks/list"))["messageKey"] == "checksumError"
    assert elos.raw("hooks/ping").text == "bbb-webhooks API up!"
    for reply, status in [
        (elos.raw("hooks/list?checksum=abc"), 500),
        (elos.signed("hooks/enable", {"hookID": "9"}), 404),
        (elos.signed("hooks/list", method="POST"), 404),
    ]:
        assert (reply.status_code, reply.headers["Content-Type"].split(";")[0]) == (status, "text/html")


def test_a_hook_for_one_meeting_goes_with_what_bigbluebutton_knows_of_it(elos: Elos) -> None:
    elos.switch(mode="bbb", mapping_s=600)
    elos.hook("http://127.0.0.1:1/all")
    elos.hook("http://127.0.0.1:1/one", meetingID="sala-1")
    elos.create()
    elos.control("DELETE", "meetings")

    elos.wait(minutes=9)
    assert len(elos.control("GET", "hooks")) == 2
    elos.wait(minutes=1)

    assert [one["callbackURL"] for one in elos.control("GET", "hooks")] == ["http://127.0.0.1:1/all"]


# --- deliveries ---


def test_a_delivery_is_a_form_of_three_fields_with_the_hooks_token(elos: Elos, receiver: Receiver) -> None:
    made = elos.ask("hooks/create", {"callbackURL": f"{receiver.url}/webhooks?k=1", "enabled": "true"})
    elos.create(name="Física & d'Água")
    elos.settle()

    [one] = receiver.received
    assert (one.method, one.path, one.query) == ("POST", "/webhooks", "k=1")
    assert one.headers["Content-Type"] == "application/x-www-form-urlencoded;charset=UTF-8"
    assert one.headers["User-Agent"] == "node-fetch"
    assert one.headers["Authorization"] == f"Bearer {made['authToken']}"
    [(domain, where), (event, told), (timestamp, at)] = one.fields
    assert (domain, event, timestamp) == ("domain", "event", "timestamp")
    assert (where, at) == ("127.0.0.1", str(int(NOON.timestamp() * 1000)))
    [created] = json.loads(told)
    assert created["data"]["attributes"]["meeting"]["name"] == "Física & d'Água"


def test_without_tokens_the_secret_is_sent_in_their_place(elos: Elos, receiver: Receiver) -> None:
    elos.switch(auth_tokens=False)
    made = elos.ask("hooks/create", {"callbackURL": receiver.url, "enabled": "true"})
    elos.create()
    elos.settle()

    assert "authToken" not in made
    assert "authToken" not in items(elos.signed("hooks/list"), "hooks/hook")[0]
    assert receiver.received[0].headers["Authorization"] == f"Bearer {SECRET}"


@pytest.mark.parametrize(("algorithm", "path"), [("sha1", "/a"), ("sha256", "/a?k=1")])
def test_bigbluebutton_signs_address_and_body(elos: Elos, receiver: Receiver, algorithm: str, path: str) -> None:
    elos.switch(mode="bbb", hook_checksum=algorithm)
    elos.hook(receiver.url + path)
    elos.create()
    elos.settle()

    [one] = receiver.received
    signed = f"{receiver.url}{path}".encode() + one.body + SECRET.encode()
    digest = hashlib.new(algorithm, signed).hexdigest()
    assert one.query == ("k=1&" if "?" in path else "") + f"checksum={digest}"
    assert "Authorization" not in one.headers


def test_bigbluebutton_may_be_set_to_send_its_secret(elos: Elos, receiver: Receiver) -> None:
    elos.switch(mode="bbb", bbb_auth="bearer")
    elos.hook(receiver.url)
    elos.create()
    elos.settle()

    [one] = receiver.received
    assert (one.query, one.headers["Authorization"]) == ("", f"Bearer {SECRET}")


def test_the_checksum_is_that_of_a_known_delivery() -> None:
    body = (
        b"domain=elos.test&event=%5B%7B%22data%22%3A%7B%22type%22%3A%22event%22%2C%22id%22%3A%22meeting-ended%22%2C"
        b"%22attributes%22%3A%7B%22meeting%22%3A%7B%22internal-meeting-id%22%3A%22i-1%22%2C%22external-meeting-id%22"
        b"%3A%22e-1%22%7D%7D%2C%22event%22%3A%7B%22ts%22%3A1700000000000%7D%7D%7D%5D&timestamp=1700000000123"
    )
    url = "http://127.0.0.1:5000/webhooks/elos?k=1"

    assert delivery_checksum(url, body, secret="s3cretA", algorithm="sha256") == (
        "b4ef349238ab169135aef5a28200265bca8559fe62465ffbb8f303b523040a61"
    )
    assert (
        delivery_checksum(url, body, secret="s3cretA", algorithm="sha1") == "912bb7066cea22724586bd88e8b3d7eb9802ec36"
    )


def test_only_enabled_hooks_hear_and_only_of_their_own_room(elos: Elos, receiver: Receiver) -> None:
    elos.ask("hooks/create", {"callbackURL": f"{receiver.url}/off"})
    elos.hook(f"{receiver.url}/all")
    elos.hook(f"{receiver.url}/one", meetingID="sala-2")
    elos.create("sala-1")
    elos.create("sala-2")
    elos.settle()

    assert sorted(one.path for one in receiver.received) == ["/all", "/all", "/one"]
    [told] = [one for one in receiver.received if one.path == "/one"]
    assert told.events[0]["data"]["attributes"]["meeting"]["external-meeting-id"] == "sala-2"


def test_bigbluebutton_filters_events(elos: Elos, receiver: Receiver) -> None:
    elos.switch(mode="bbb")
    elos.hook(receiver.url, eventID="Meeting-Ended")
    elos.create()
    elos.control("DELETE", "meetings")
    elos.settle()

    assert receiver.ids == ["meeting-ended"]


def test_silent_hooks_are_listed_and_say_nothing(elos: Elos, receiver: Receiver) -> None:
    elos.switch(silent_hooks=True)
    elos.hook(receiver.url)
    elos.create()
    elos.settle()

    assert receiver.received == []
    assert items(elos.signed("hooks/list"), "hooks/hook")[0]["enabled"] == "true"


def test_a_destroyed_hook_hears_nothing_more(elos: Elos, receiver: Receiver) -> None:
    elos.switch(event_delay_s=10)
    hook_id = elos.hook(receiver.url)
    elos.create()

    elos.ask("hooks/destroy", {"hookID": hook_id})
    elos.wait(seconds=20)
    elos.settle()

    assert receiver.received == []
    assert states(elos) == ["dropped"]


@pytest.mark.parametrize("status", ["204 No Content", "201 Created", "401 Unauthorized"])
def test_any_success_and_a_refusal_of_the_token_count_as_delivered(elos: Elos, receiver: Receiver, status: str) -> None:
    receiver.answer(status)
    elos.hook(receiver.url)
    elos.create()
    elos.settle()
    elos.wait(minutes=4)
    elos.settle()

    assert len(receiver.received) == 1
    [told] = elos.control("GET", "deliveries")
    assert (told["state"], told["what"], told["tries"][0]["status"]) == (
        "delivered",
        ["meeting-created"],
        int(status[:3]),
    )


@pytest.mark.parametrize("status", ["500 Oh", "404 Not Found", "410 Gone", "403 Forbidden"])
def test_what_was_not_delivered_is_sent_again_unchanged(elos: Elos, receiver: Receiver, status: str) -> None:
    receiver.answer(status, status)
    elos.hook(receiver.url)
    elos.create()
    elos.settle()
    assert len(receiver.received) == 1

    elos.wait(seconds=0.09)
    elos.settle()
    assert len(receiver.received) == 1
    elos.wait(seconds=0.02)
    elos.settle()
    assert len(receiver.received) == 2
    elos.wait(seconds=0.5)
    elos.settle()

    assert len({one.body for one in receiver.received}) == 1
    assert len(receiver.received) == 3
    assert states(elos) == ["delivered"]


def test_elos_disables_a_hook_that_failed_too_often(elos: Elos, receiver: Receiver) -> None:
    receiver.answer(*["503 Not now"] * 13)
    hook_id = elos.hook(receiver.url)
    elos.create()
    elos.settle()
    elos.wait(seconds=298)
    elos.settle()

    assert len(receiver.received) == 1 + len(RETRY_WAITS_S) == 13
    tries = elos.control("GET", "deliveries")[0]["tries"]
    assert [one["status"] for one in tries] == [503] * 13
    assert elos.control("GET", "hooks")[0]["enabled"] is False
    elos.control("DELETE", "meetings")
    elos.settle()
    assert len(receiver.received) == 13

    elos.ask("hooks/enable", {"hookID": hook_id})
    elos.create()
    elos.settle()
    assert receiver.ids[13:] == ["meeting-created"]


def test_a_dead_hook_of_bigbluebutton_stays_listed_until_the_emitter_starts_anew(
    elos: Elos, receiver: Receiver
) -> None:
    elos.switch(mode="bbb", retry_factor=0)
    receiver.answer(*["503 Not now"] * 13)
    hook_id = elos.hook(receiver.url)
    elos.create()
    elos.settle()

    assert elos.control("GET", "hooks")[0]["dead"] is True
    assert items(elos.signed("hooks/list"), "hooks/hook")[0]["hookID"] == hook_id
    assert elos.ask("hooks/create", {"callbackURL": receiver.url})["messageKey"] == "duplicateWarning"
    elos.control("DELETE", "meetings")
    elos.settle()
    assert receiver.ids[13:] == ["meeting-ended"]

    assert elos.control("POST", "hooks/restart") == []
    assert elos.hook(receiver.url) != hook_id


def test_a_receiver_that_does_not_answer_is_given_up_after_a_while(elos: Elos, receiver: Receiver) -> None:
    elos.switch(hook_timeout_s=0.2)
    release = threading.Event()
    receiver.before = lambda: release.wait(60)
    elos.hook(receiver.url)
    elos.create()
    elos.settle()
    release.set()

    [told] = elos.control("GET", "deliveries")
    assert (told["state"], told["tries"][0]["error"]) == ("waiting", "timeout")


def test_a_hook_that_hangs_holds_up_no_other(elos: Elos, receiver: Receiver) -> None:
    elos.switch(hook_timeout_s=60)
    release = threading.Event()
    elos.hook(receiver.url)
    with receiving() as slow:
        slow.before = lambda: release.wait(60)
        elos.hook(slow.url)
        for n in range(3):
            elos.create(f"sala-{n}")
        until(lambda: len(receiver.received) == 3 and bool(slow.received))
        assert len(slow.received) == 1  # one at a time
        release.set()
        elos.settle()
        assert len(slow.received) == 3


@pytest.mark.parametrize(("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")])
def test_a_redirect_may_lose_the_body(elos: Elos, receiver: Receiver, status: int, method: str) -> None:
    receiver.answer(f"{status} Elsewhere", location="/elsewhere")
    elos.hook(receiver.url)
    elos.create()
    elos.settle()

    first, second = receiver.received
    assert (first.method, second.method, second.path) == ("POST", method, "/elsewhere")
    assert second.body == (first.body if method == "POST" else b"")
    assert second.headers["Authorization"] == first.headers["Authorization"]
    assert states(elos) == ["delivered"]


def test_ten_redirects_are_followed_and_no_more(elos: Elos, receiver: Receiver) -> None:
    receiver.answer(*["302 Elsewhere"] * 20, location="/")
    elos.hook(receiver.url)
    elos.create()
    elos.settle()

    assert len(receiver.received) == 11
    assert elos.control("GET", "deliveries")[0]["tries"][0]["error"] == "too many redirects"


def test_a_redirect_to_another_host_does_not_get_the_token(elos: Elos, receiver: Receiver) -> None:
    receiver.answer("307 Elsewhere", location=receiver.url.replace("127.0.0.1", "localhost"))
    elos.hook(receiver.url)
    elos.create()
    elos.settle()

    assert ["Authorization" in one.headers for one in receiver.received] == [True, False]


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("https://lms.example/hook", "not on this machine"),
        ("http://192.0.2.7/", "not on this machine"),
        ("http://[2001:db8::1]/", "not on this machine"),
        ("http://127.0.0.1.example/", "not on this machine"),
        ("ftp://127.0.0.1/", "no web address"),
        ("notaurl", "no web address"),
        ("http://127.0.0.1:1/", "ConnectionRefusedError"),
        ("http://127.0.0.1:99999/", "ValueError"),
    ],
)
def test_nothing_goes_beyond_this_machine(elos: Elos, url: str, error: str) -> None:
    elos.hook(url)
    elos.create()
    elos.settle()

    [told] = elos.control("GET", "deliveries")
    assert [(one["status"], one["error"]) for one in told["tries"]] == [(0, error)]


def test_a_redirect_does_not_lead_beyond_this_machine_either(elos: Elos, receiver: Receiver) -> None:
    receiver.answer("307 Elsewhere", location="http://192.0.2.7/")
    elos.hook(receiver.url)
    elos.create()
    elos.settle()

    assert elos.control("GET", "deliveries")[0]["tries"][0]["error"] == "not on this machine"


def test_whoever_makes_it_may_let_it_call_out(receiver: Receiver) -> None:
    """To a receiver on this machine, by an address that is not loopback's."""
    address = receiver.url.replace("127.0.0.1", "0.0.0.0")  # noqa: S104 - asked, not bound
    letter = Letter(address, {}, b"x")

    assert Post().send(letter, timeout_s=5) == Outcome(error="not on this machine")
    assert Post(loopback_only=False).send(letter, timeout_s=5) == Outcome(status=200)


def test_over_https_it_trusts_whom_it_was_told_to(tmp_path: Path) -> None:
    certificate = kept_certificate(tmp_path)
    with ThreadedServer(ssl_context=certificate.server_context()) as server:
        receiver = Receiver(server.url)
        server.app = receiver.take
        letter = Letter(f"{server.url}/hook", {}, b"x")

        assert Post().send(letter, timeout_s=5) == Outcome(error="SSLCertVerificationError")
        assert Post(context=certificate.client_context()).send(letter, timeout_s=5) == Outcome(status=200)
    assert [one.body for one in receiver.received] == [b"x"]


def test_no_more_than_so_many_deliveries_wait(elos: Elos, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "_MOST_WAITING", 2)
    elos.switch(event_delay_s=10)
    elos.hook(receiver.url)
    for n in range(3):
        elos.create(f"sala-{n}")
    elos.wait(seconds=10)
    elos.settle()

    assert states(elos) == ["delivered", "delivered", "dropped"]


# --- the order of things, and their shape ---


def test_events_come_twice_if_asked(elos: Elos, receiver: Receiver) -> None:
    elos.switch(duplicate_events=True)
    elos.hook(receiver.url)
    elos.create()
    elos.settle()

    first, second = receiver.events
    assert first == second


def test_events_may_overtake_one_another(elos: Elos, receiver: Receiver) -> None:
    elos.switch(reorder_events=True)
    elos.hook(receiver.url)
    elos.create()
    elos.control("POST", "meetings/sala-1/people", json={"name": "Bia"})
    elos.control("DELETE", "meetings")
    elos.wait(seconds=3)
    elos.settle()

    assert receiver.ids == ["user-joined", "meeting-created", "meeting-ended", "user-left"]


def test_an_event_that_nothing_overtakes_comes_a_little_later(elos: Elos, receiver: Receiver) -> None:
    elos.switch(reorder_events=True)
    elos.hook(receiver.url)
    elos.create()
    elos.settle()
    assert receiver.ids == []

    elos.wait(seconds=3)
    elos.settle()

    assert receiver.ids == ["meeting-created"]


def test_two_events_may_come_in_one_delivery(elos: Elos, receiver: Receiver) -> None:
    elos.switch(batch_events=True)
    elos.hook(receiver.url)
    elos.create()
    elos.control("POST", "meetings/sala-1/people", json={"name": "Bia"})
    elos.control("DELETE", "meetings/sala-1/people")
    elos.wait(seconds=3)
    elos.settle()

    assert [one.ids for one in receiver.received] == [["meeting-created", "user-joined"], ["user-left"]]
    assert elos.control("GET", "deliveries?what=user-joined")[0]["what"] == ["meeting-created", "user-joined"]


def test_an_event_may_come_bare(elos: Elos, receiver: Receiver) -> None:
    elos.switch(bare_events=True)
    elos.hook(receiver.url)
    elos.create()
    elos.settle()

    told = json.loads(dict(receiver.received[0].fields)["event"])
    assert told["data"]["id"] == "meeting-created"


def test_events_may_come_as_json(elos: Elos, receiver: Receiver) -> None:
    elos.switch(json_events=True)
    elos.hook(receiver.url)
    elos.create()
    elos.settle()

    [one] = receiver.received
    told = json.loads(one.body)
    assert one.headers["Content-Type"].startswith("application/json")
    assert list(told) == ["domain", "event", "timestamp"]
    assert told["event"][0]["data"]["id"] == "meeting-created"


def test_events_may_come_late_with_the_moment_they_were_of(elos: Elos, receiver: Receiver) -> None:
    elos.switch(event_delay_s=60)
    elos.hook(receiver.url)
    elos.create()
    elos.settle()
    assert receiver.received == []

    elos.wait(seconds=60)
    elos.settle()

    assert receiver.events[0]["data"]["event"]["ts"] == int(NOON.timestamp() * 1000)
    assert dict(receiver.received[0].fields)["timestamp"] == str(int(NOON.timestamp() + 60) * 1000)


def test_any_event_can_be_told(elos: Elos, receiver: Receiver) -> None:
    elos.hook(receiver.url)

    elos.control("POST", "events", json={"id": "pad-content", "attributes": {"pad": {"text": "x"}}})
    elos.settle()

    [told] = receiver.events
    assert told["data"]["id"] == "pad-content"
    assert told["data"]["attributes"] == {"pad": {"text": "x"}}


# --- its own ends ---


def test_the_control_tells_no_token(elos: Elos, receiver: Receiver) -> None:
    made = elos.ask("hooks/create", {"callbackURL": receiver.url, "enabled": "true"})
    elos.create()
    elos.settle()

    told = f"{elos.control('GET', 'hooks')}{elos.control('GET', 'deliveries')}{elos.control('GET', 'calls')}"

    assert made["authToken"] not in told
    assert SECRET not in told


def test_everything_can_be_forgotten_while_something_waits(elos: Elos, receiver: Receiver) -> None:
    receiver.answer("500 Oh")
    elos.hook(receiver.url)
    elos.create()
    elos.settle()

    elos.control("DELETE", "all")
    elos.wait(minutes=10)
    elos.settle()

    assert elos.control("GET", "hooks") == elos.control("GET", "deliveries") == []
    assert len(receiver.received) == 1


def test_its_threads_end_with_it_though_a_receiver_hangs() -> None:
    before = threads()
    release = threading.Event()
    with receiving() as slow:
        slow.before = lambda: release.wait(30)
        with running_elos() as elos:
            elos.hook(slow.url)
            elos.create()
            until(lambda: bool(slow.received))
            ours = threads() - before
            simulator = elos.simulator
        simulator.close()  # a second time does no harm
        release.set()
    assert {one.name for one in ours} >= {"elos-ticker", "elos-courier-0"}
    assert not any(one.is_alive() for one in ours)


def test_without_hooks_there_are_no_threads() -> None:
    before = threads()
    with running_elos() as elos:
        elos.create(record="true", autoStartRecording="true")
        elos.join()
        elos.control("DELETE", "meetings")

        assert threads() == before


def test_strangers_do_not_steer_hooks_either(elos: Elos) -> None:
    client = create_simulator(secret=SECRET, public_url="http://elos.test").test_client()

    assert client.get("/_sim/hooks", environ_overrides={"REMOTE_ADDR": "10.0.0.7"}).status_code == 403
    assert requests.post(f"{elos.url}/_sim/events", json={"id": 3}, timeout=5).status_code == 400
