from __future__ import annotations

from typing import Any, Literal
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_elos.elos.options import CreateOptions, JoinOptions, meeting_locale
from lti_elos.elos.signing import clean
from tests.elos.support import ATTENDEE_PASSWORD, MODERATOR_PASSWORD, create_options

any_text = st.text(st.characters(exclude_categories=()), max_size=700)


def pairs(**changes: Any) -> dict[str, str]:
    return dict(create_options(**changes).pairs())


def size(query: list[tuple[str, str]]) -> int:
    return len(urlencode([(name, clean(value)) for name, value in query]))


def join_options(**changes: Any) -> JoinOptions:
    given: dict[str, Any] = {
        "meeting_id": "sala-1",
        "full_name": "Ana Souza",
        "password": MODERATOR_PASSWORD,
        "role": "MODERATOR",
        "user_id": "5f1d",
    }
    return JoinOptions(**(given | changes))


# --- create ---


def test_create_says_what_was_decided_and_nothing_else() -> None:
    options = create_options(name="Cálculo", metadata={"bbb-origin": "LTI", "bbb-context-label": ""})

    assert options.pairs() == [
        ("name", "Cálculo"),
        ("meetingID", "sala-1"),
        ("attendeePW", ATTENDEE_PASSWORD),
        ("moderatorPW", MODERATOR_PASSWORD),
        ("record", "true"),
        ("autoStartRecording", "false"),
        ("logoutURL", "https://tool.example/rooms/1/left"),
        ("meta_bbb-origin", "LTI"),
    ]


def test_a_report_is_asked_for_with_the_events_that_it_is_made_of_and_its_address_is_shown_nowhere() -> None:
    url = "https://tool.example/elos/analytics/k3y"
    options = create_options(name="Cálculo " + "é" * 250, metadata={"bbb-context-title": "x" * 5000}, analytics_url=url)

    query = dict(options.pairs())
    assert (query["meta_analytics-callback-url"], query["meetingKeepEvents"]) == (url, "true")
    assert "k3y" not in repr(options)
    assert "meetingKeepEvents" not in pairs()


def test_welcome_and_further_parameters_are_added() -> None:
    query = pairs(welcome="<b>Olá</b>", extra={"muteOnStart": "true"}, record=False, auto_start_recording=True)

    assert (query["welcome"], query["muteOnStart"]) == ("<b>Olá</b>", "true")
    assert (query["record"], query["autoStartRecording"]) == ("false", "true")


def test_a_meeting_that_may_be_framed_does_not_ask_for_its_cookie() -> None:
    assert pairs(may_be_framed=True)["allowRequestsWithoutSession"] == "true"
    assert "allowRequestsWithoutSession" not in pairs()


def test_passwords_are_not_shown() -> None:
    shown = repr(create_options()) + repr(join_options(full_name="Ana Souza"))

    for hidden in (ATTENDEE_PASSWORD, MODERATOR_PASSWORD, "Ana Souza"):
        assert hidden not in shown


@pytest.mark.parametrize(
    ("name", "fallback", "sent"),
    [
        ("Física", "", "Física"),
        ("  Aula\r\n\t1\x00 ", "", "Aula 1"),
        ("AB", "Sala", "AB"),
        ("A", "Sala", "Sala"),
        ("", "Sala", "Sala"),
        ("\x00\x01", "Sala", "Sala"),
        ("🎓", "Sala", "Sala"),  # one character, though Java would count two
        ("A", "", "A –"),
        ("", "", "––"),
        ("", "S", "––"),
        ("x\ud83dy", "", "xy"),
    ],
)
def test_a_name_is_made_valid(name: str, fallback: str, sent: str) -> None:
    assert pairs(name=name, fallback_name=fallback)["name"] == sent


@pytest.mark.parametrize(
    ("name", "length"),
    [("a" * 256, 256), ("a" * 257, 256), ("🎓" * 128, 128), ("🎓" * 129, 128), ("a" + "🎓" * 128, 128)],
)
def test_a_long_name_is_cut_at_256_as_java_counts(name: str, length: int) -> None:
    sent = pairs(name=name)["name"]

    assert name.startswith(sent)
    assert len(sent) == length


@pytest.mark.parametrize("name", ["bbb_origin", "1st", "-x", "", "título", "a b", "origin\n", "a&b"])
def test_metadata_that_elos_would_drop_is_our_mistake(name: str) -> None:
    with pytest.raises(ValueError, match="metadata"):
        pairs(metadata={name: "x"})


@pytest.mark.parametrize("name", ["meetingID", "moderatorPW", "checksum", "name"])
def test_further_parameters_may_not_say_again_what_a_field_says(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        pairs(extra={name: "x"})


def test_descriptions_and_titles_are_cut_before_anything_else() -> None:
    url = "https://tool.example/" + "x" * 300
    query = create_options(
        metadata={
            "bbb-origin-server-name": "tool.example",
            "bbb-context-id": "c" * 250,
            "bbb-recording-description": "Descrição " * 100,
            "bbb-context-title": "Título " * 40,
            "analytics-callback-url": url,
        }
    ).pairs()

    sent = dict(query)
    assert size(query) < 2000 - len("&checksum=") - 128
    assert sent["meta_analytics-callback-url"] == url
    assert sent["meta_bbb-context-id"] == "c" * 250
    assert sent["meta_bbb-origin-server-name"] == "tool.example"
    assert sent["name"] == "Física & d'Água, (50%) *~!"
    assert ("Descrição " * 100).startswith(sent["meta_bbb-recording-description"])
    assert len(sent["meta_bbb-recording-description"]) >= 40


def test_short_texts_are_left_as_they_are() -> None:
    metadata = {"bbb-context-title": "Título " * 10, "bbb-recording-description": "Descrição"}

    query = pairs(metadata=metadata)

    assert query["meta_bbb-context-title"] == ("Título " * 10).strip()
    assert query["meta_bbb-recording-description"] == "Descrição"


def test_extra_metadata_that_has_no_room_is_left_out_from_its_end_and_never_cut() -> None:
    extra = {f"x{number}": str(number) * 255 for number in range(9)} | {"last": "1"}
    options = create_options(metadata={"bbb-context-title": "Título " * 40}, extra_metadata=extra)

    sent = options.extra_metadata_sent()
    query = dict(options.pairs())

    assert size(list(query.items())) < 2000 - len("&checksum=") - 128
    assert 3 <= len(sent) < 9
    assert list(sent) == list(extra)[: len(sent)]
    assert all(query[f"meta_{name}"] == value == extra[name] for name, value in sent.items())
    assert {name for name in query if name.startswith("meta_x")} == {f"meta_{name}" for name in sent}
    assert len(query["meta_bbb-context-title"]) == 40
    assert create_options().extra_metadata_sent() == {}


def test_extra_metadata_is_named_like_other_metadata_and_never_says_again_what_that_says() -> None:
    with pytest.raises(ValueError, match="extra metadata"):
        pairs(extra_metadata={"sis_id": "x"})
    with pytest.raises(ValueError, match="bbb-origin"):
        pairs(metadata={"bbb-origin": "LTI"}, extra_metadata={"bbb-origin": "x"})


def test_the_name_is_cut_last() -> None:
    query = create_options(name="終" * 256, metadata={"bbb-context-title": "終" * 256}).pairs()

    sent = dict(query)
    assert size(query) < 1900
    assert len(sent["meta_bbb-context-title"]) == 40
    assert 40 < len(sent["name"]) < 256


def test_what_cannot_be_cut_stays_too_long() -> None:
    query = create_options(metadata={"analytics-callback-url": "https://tool.example/" + "x" * 3000}).pairs()

    assert size(query) > 2000


@given(any_text, any_text, any_text)
def test_any_texts_make_a_valid_query(name: str, fallback: str, title: str) -> None:
    query = create_options(name=name, fallback_name=fallback, metadata={"bbb-context-title": title}).pairs()

    sent = dict(query)
    assert len(sent["name"]) >= 2
    assert len(sent["name"].encode("utf-16-le")) // 2 <= 256
    assert sent["name"] == clean(sent["name"]).strip()
    assert size(query) < 1900


# --- join ---


def test_join_says_who_comes_in_and_as_what() -> None:
    options = join_options(
        create_time_ms=1529954870092,
        locale="pt-br",
        avatar_url="https://lms.example/a.png",
        userdata={"bbb_skip_check_audio": "true"},
    )

    assert options.pairs() == [
        ("fullName", "Ana Souza"),
        ("meetingID", "sala-1"),
        ("password", MODERATOR_PASSWORD),
        ("role", "MODERATOR"),
        ("userID", "5f1d"),
        ("createTime", "1529954870092"),
        ("userdata-bbb_override_default_locale", "pt-br"),
        ("avatarURL", "https://lms.example/a.png"),
        ("userdata-bbb_skip_check_audio", "true"),
    ]


def test_what_is_not_known_is_not_sent() -> None:
    assert [name for name, _value in join_options(create_time_ms=None).pairs()] == [
        "fullName",
        "meetingID",
        "password",
        "role",
        "userID",
    ]


@pytest.mark.parametrize(
    ("name", "sent"), [("", "–"), (" \x00 ", "–"), (" João\nda Silva ", "João da Silva"), ("a" * 300, "a" * 256)]
)
def test_a_person_always_has_a_name(name: str, sent: str) -> None:
    assert dict(join_options(full_name=name).pairs())["fullName"] == sent


@pytest.mark.parametrize("name", ["bbb-skip-check-audio", "x y", "", "ação"])
def test_userdata_that_elos_would_drop_is_our_mistake(name: str) -> None:
    with pytest.raises(ValueError, match="userdata"):
        join_options(userdata={name: "true"}).pairs()


@pytest.mark.parametrize(
    ("lms", "meeting"),
    [
        ("pt-BR", "pt-br"),
        ("pt_PT", "pt-br"),
        ("pt", "pt-br"),
        ("PT", "pt-br"),
        ("en", "en-us"),
        ("en_GB", "en-us"),
        ("en-US", "en-us"),
        ("es-ES", None),
        ("", None),
        (None, None),
    ],
)
def test_the_meeting_speaks_the_lmss_language_where_it_can(
    lms: str | None, meeting: Literal["pt-br", "en-us"] | None
) -> None:
    assert meeting_locale(lms) == meeting


def test_options_do_not_change() -> None:
    options: Any = create_options()

    with pytest.raises(AttributeError):
        options.record = False
    assert isinstance(options, CreateOptions)
