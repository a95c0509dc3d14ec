"""What we take from a platform's configuration, what we ask to be registered, and what we read in answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lti_elos.errors import PlatformAddress, RegistrationDocument
from lti_elos.lti.platform_configuration import Configuration, read_configuration
from lti_elos.lti.registration import (
    TOOL_CONFIGURATION,
    Tool,
    read_answer,
    registration_of,
    said_in,
)
from tests.support.registrar import PLATFORM, captured

MOODLE = "https://moodle.example"
AT = f"{MOODLE}/mod/lti/openid-configuration.php"
TOOL = Tool("https://rooms.example:8443", "Sala ao vivo", (("pt-BR", "Sala ao vivo"), ("en", "Live room")), "A sala")
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
CANVAS = "https://canvas.instructure.com/lti/"


def moodle(**changes: Any) -> dict[str, Any]:
    found = captured("openid-configuration", url=MOODLE) | changes
    return {name: value for name, value in found.items() if value is not None}


def at(host: str, issuer: str, **changes: Any) -> dict[str, Any]:
    """A small document: everything is at ``host``."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"https://{host}/auth",
        "registration_endpoint": f"https://{host}/register",
        "jwks_uri": f"https://{host}/jwks",
        "token_endpoint": f"https://{host}/token",
    } | changes


def read(document: Any, url: str = AT, *, allow_http: bool = False) -> Configuration:
    return read_configuration(json.dumps(document).encode(), url, allow_http=allow_http)


def registered(document: Any, url: str = AT) -> tuple[dict[str, Any], dict[str, Any]]:
    """Our registration, and the tool configuration within."""
    found = registration_of(TOOL, read(document, url))
    return found, found[TOOL_CONFIGURATION]


# --- a platform's configuration ---


def test_what_a_moodle_published_is_taken() -> None:
    found = read(moodle())

    assert found.issuer == MOODLE
    assert found.auth_login_url == f"{MOODLE}/mod/lti/auth.php"
    assert found.auth_token_url == f"{MOODLE}/mod/lti/token.php"
    assert found.jwks_url == f"{MOODLE}/mod/lti/certs.php"
    assert found.registration_url == f"{MOODLE}/mod/lti/openid-registration.php"
    assert (found.family, found.version) == ("moodle", "4.5.6 (Build: 20250811)")
    assert found.audience == ""


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "not JSON"),
        (b"<html>", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"{}", "issuer, authorization_endpoint, registration_endpoint, jwks_uri, token_endpoint"),
    ],
)
def test_what_is_no_configuration_is_refused(body: bytes, told: str) -> None:
    with pytest.raises(RegistrationDocument, match=told):
        read_configuration(body, AT, allow_http=False)


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": 7},
        {"issuer": ""},
        {"jwks_uri": None},
        {"registration_endpoint": None},
        {"token_endpoint": ["https://moodle.example/token"]},
        {"authorization_endpoint": "https://moodle.example/\0"},
        {"jwks_uri": f"{MOODLE}/{'x' * 2000}"},
        {PLATFORM: "moodle"},
        {"id_token_signing_alg_values_supported": ["HS256"]},
        {"token_endpoint_auth_methods_supported": ["client_secret_basic"]},
        {PLATFORM: {"messages_supported": [{"type": "LtiDeepLinkingRequest"}]}},
    ],
)
def test_a_configuration_that_cannot_serve_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(RegistrationDocument):
        read(moodle(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"scopes_supported": "openid"},
        {"claims_supported": {"sub": True}},
        {"id_token_signing_alg_values_supported": None},
        {PLATFORM: None},
        {PLATFORM: {"product_family_code": 7, "version": ["x"], "messages_supported": "all", "variables": "all"}},
        {PLATFORM: {"messages_supported": [7, {"type": "LtiResourceLinkRequest", "placements": "ContentArea"}]}},
        {PLATFORM: {"messages_supported": []}},
        {"future": {"a": 1}},
    ],
)
def test_what_is_odd_beside_the_point_counts_as_absent(changes: dict[str, Any]) -> None:
    assert read(moodle(**changes)).issuer == MOODLE


# --- whose it is ---


@pytest.mark.parametrize(
    ("issuer", "config_host", "host"),
    [
        ("https://lms.example", "lms.example", "lms.example"),
        ("https://lms.example/", "LMS.example", "lms.example"),
        ("https://lms.example:8443", "lms.example:8443", "lms.example:8443"),
        ("https://lms.example", "lms.example:443", "lms.example"),
        ("https://lms.example", "lms.example", "sso.lms.example"),
        ("https://canvas.instructure.com", "escola.instructure.com", "sso.canvaslms.com"),
        ("https://canvas.instructure.com", "sso.canvaslms.com", "sso.canvaslms.com"),
        ("https://canvas.beta.instructure.com", "escola.beta.instructure.com", "sso.beta.canvaslms.com"),
        ("https://canvas.test.instructure.com", "escola.test.instructure.com", "sso.test.canvaslms.com"),
        ("https://blackboard.com", "developer.blackboard.com", "developer.blackboard.com"),
    ],
)
def test_issuer_and_hosts_that_belong_together_are_taken(issuer: str, config_host: str, host: str) -> None:
    assert read(at(host, issuer), f"https://{config_host}/config").issuer == issuer


def test_a_brightspace_has_its_tokens_elsewhere() -> None:
    document = at(
        "escola.brightspace.com",
        "https://escola.brightspace.com",
        token_endpoint="https://auth.brightspace.com/core/connect/token",
        authorization_server="https://api.brightspace.com/auth/token",
    )

    found = read(document, "https://escola.brightspace.com/d2l/.well-known/openid-configuration")

    assert found.auth_token_url == "https://auth.brightspace.com/core/connect/token"
    assert found.audience == "https://api.brightspace.com/auth/token"


@pytest.mark.parametrize(
    ("issuer", "url", "host"),
    [
        ("https://lms.example", "https://evil.example/config", "lms.example"),
        ("https://lms.example", "https://evil.lms.example/config", "lms.example"),
        ("https://lms.example", "https://lms.example:8443/config", "lms.example"),
        ("https://lms.example", "https://lms.example.evil.example/config", "lms.example"),
        ("https://lms.example", "https://lms.example/config", "evil.example"),
        ("https://lms.example", "https://lms.example/config", "evil-lms.example"),
        ("https://lms.example", "https://lms.example/config", "lms.example:8443"),
        ("https://lms.example", "https://auth.brightspace.com/config", "lms.example"),
        ("https://canvas.instructure.com", "https://evil.example/config", "sso.canvaslms.com"),
        ("https://canvas.instructure.com", "https://escola.instructure.com/config", "evil.example"),
        ("https://canvas.instructure.com", "https://evilinstructure.com/config", "sso.canvaslms.com"),
        ("https://canvas.instructure.com", "https://escola.instructure.com.evil.example/config", "sso.canvaslms.com"),
        ("https://canvas.instructure.com", "https://evil.canvaslms.com/config", "sso.canvaslms.com"),
        ("https://canvas.instructure.com", "https://escola.instructure.com:8443/config", "sso.canvaslms.com"),
        ("https://blackboard.com", "https://escola.blackboard.com/config", "developer.blackboard.com"),
        ("http://lms.example", "https://lms.example/config", "lms.example"),
        ("https://lms.example?a=1", "https://lms.example/config", "lms.example"),
        ("https://lms.example#a", "https://lms.example/config", "lms.example"),
        ("https://user@lms.example", "https://lms.example/config", "lms.example"),
        ("https://[lms", "https://lms.example/config", "lms.example"),
        ("lms.example", "https://lms.example/config", "lms.example"),
    ],
)
def test_issuer_and_hosts_that_do_not_belong_together_are_refused(issuer: str, url: str, host: str) -> None:
    with pytest.raises(PlatformAddress):
        read(at(host, issuer), url)


@pytest.mark.parametrize("name", ["authorization_endpoint", "registration_endpoint", "jwks_uri", "token_endpoint"])
@pytest.mark.parametrize("url", ["http://lms.example/x", "https://evil.example/x", "https://u:p@lms.example/x", "x"])
def test_one_endpoint_that_is_elsewhere_is_enough(name: str, url: str) -> None:
    with pytest.raises(PlatformAddress):
        read(at("lms.example", "https://lms.example", **{name: url}), "https://lms.example/config")


def test_http_is_for_the_demo_alone() -> None:
    document = captured("openid-configuration", url="http://localhost:8001")
    url = "http://localhost:8001/config"

    assert read(document, url, allow_http=True).issuer == "http://localhost:8001"
    with pytest.raises(PlatformAddress):
        read(document, url)


# --- our registration ---


def test_a_moodle_is_asked_for_what_this_version_handles_and_no_more() -> None:
    found, tool = registered(moodle())

    assert found["application_type"] == "web"
    assert found["response_types"] == ["id_token"]
    assert found["initiate_login_uri"] == "https://rooms.example:8443/lti/login"
    assert found["redirect_uris"] == ["https://rooms.example:8443/lti/launch"]
    assert found["jwks_uri"] == "https://rooms.example:8443/lti/jwks.json"
    assert found["policy_uri"] == "https://rooms.example:8443/privacy"
    assert found["token_endpoint_auth_method"] == "private_key_jwt"
    assert (found["client_name"], found["client_name#en"]) == ("Sala ao vivo", "Live room")
    assert set(found["scope"].split()) == {
        NRPS,
        *(
            f"https://purl.imsglobal.org/spec/lti-ags/scope/{one}"
            for one in ("lineitem", "lineitem.readonly", "result.readonly", "score")
        ),
    }
    assert "tos_uri" not in found
    assert tool["domain"] == "rooms.example:8443"  # Moodle compares it with the target's, port and all
    assert tool["target_link_uri"] == "https://rooms.example:8443/lti/launch"
    assert tool["claims"] == ["iss", "sub", "name", "given_name", "family_name"]  # neither e-mail nor an unknown one
    assert tool["custom_parameters"] == {
        "user_tz": "$Person.address.timezone",
        "context_history": "$Context.id.history",
        "group_ids": "$Moodle.Person.userGroupIds",
    }
    assert tool["messages"] == [
        {"type": kind, "target_link_uri": "https://rooms.example:8443/lti/launch", "label": "Sala ao vivo"}
        for kind in ("LtiResourceLinkRequest", "LtiDeepLinkingRequest")
    ]
    assert f"{CANVAS}privacy_level" not in tool


def test_it_has_the_fields_of_a_registration_that_a_moodle_took() -> None:
    """The captured request had more of some, and these of all."""
    taken = captured("registration-request")
    found, tool = registered(moodle())

    assert taken.keys() <= found.keys()
    assert taken[TOOL_CONFIGURATION].keys() <= tool.keys()


def test_only_what_the_platform_offers_is_asked_for() -> None:
    offers = moodle(
        scopes_supported=["openid", NRPS],
        claims_supported=["sub", "locale"],
        **{PLATFORM: {"product_family_code": "moodle", "variables": ["$Context.id.history", "User.id"]}},
    )

    found, tool = registered(offers)

    assert found["scope"] == NRPS
    assert tool["claims"] == ["sub", "locale"]
    assert tool["custom_parameters"] == {"context_history": "$Context.id.history"}


def test_where_the_platform_lists_nothing_services_are_left_out_and_the_rest_is_asked_for() -> None:
    found, tool = registered(at("lms.example", "https://lms.example"), "https://lms.example/config")

    assert found["scope"] == ""
    assert "locale" in tool["claims"]
    assert tool["custom_parameters"].keys() == {"user_tz", "context_history"}


def test_a_canvas_gets_its_own_keys() -> None:
    places = [f"{CANVAS}assignment_selection", f"{CANVAS}course_navigation", "link_selection"]
    document = at(
        "sso.canvaslms.com",
        "https://canvas.instructure.com",
        **{
            PLATFORM: {
                "product_family_code": "canvas",
                "messages_supported": [
                    {"type": "LtiResourceLinkRequest", "placements": places},
                    {"type": "LtiDeepLinkingRequest", "placements": ["editor_button"]},
                ],
                "variables": ["Canvas.group.contextIds", "Person.address.timezone"],
            }
        },
    )

    _, tool = registered(document, "https://escola.instructure.com/api/lti/security/openid-configuration?x=1")

    assert tool[f"{CANVAS}privacy_level"] == "name_only"
    [message] = tool["messages"]  # a button in every editor is not asked for
    assert message["placements"] == [f"{CANVAS}course_navigation", "link_selection"]
    assert message[f"{CANVAS}display_type"] == "new_window"
    assert message[f"{CANVAS}visibility"] == "members"
    assert tool["custom_parameters"] == {
        "user_tz": "$Person.address.timezone",
        "group_ids": "$Canvas.group.contextIds",
    }


def test_in_a_canvas_modules_and_assignments_choose_what_they_link_to() -> None:
    places = [f"{CANVAS}assignment_selection", "course_navigation", f"{CANVAS}link_selection", "editor_button"]
    kinds = ("LtiResourceLinkRequest", "LtiDeepLinkingRequest")
    messages = [{"type": kind, "placements": places} for kind in kinds]
    document = at(
        "sso.canvaslms.com",
        "https://canvas.instructure.com",
        **{PLATFORM: {"product_family_code": "canvas", "messages_supported": messages}},
    )

    _, tool = registered(document, "https://escola.instructure.com/api/lti/security/openid-configuration?x=1")

    opens, chooses = tool["messages"]
    assert (opens["type"], opens["placements"]) == (kinds[0], ["course_navigation"])
    assert (chooses["type"], chooses["placements"]) == (
        kinds[1],
        [f"{CANVAS}assignment_selection", f"{CANVAS}link_selection"],
    )
    assert f"{CANVAS}display_type" not in chooses, "the dialog waits for the answer"
    assert chooses["target_link_uri"] == opens["target_link_uri"]


@pytest.mark.parametrize(
    ("offers", "kinds"),
    [
        ([{"type": "LtiResourceLinkRequest"}], ["LtiResourceLinkRequest"]),
        ([{"type": "LtiDeepLinkingRequest"}, {"type": "LtiResourceLinkRequest"}, {"type": "LtiUnheardOf"}], None),
        ("all", None),
    ],
)
def test_a_message_is_registered_where_it_is_offered(offers: Any, kinds: list[str] | None) -> None:
    _, tool = registered(moodle(**{PLATFORM: {"product_family_code": "moodle", "messages_supported": offers}}))

    expected = kinds or ["LtiResourceLinkRequest", "LtiDeepLinkingRequest"]
    assert [one["type"] for one in tool["messages"]] == expected


# --- answers ---


def test_what_a_moodle_answered_is_read() -> None:
    found = read_answer(json.dumps(captured("registration-response")).encode())

    assert (found.client_id, found.deployment_id) == ("NfNyWAr7OW3DCAG", "1")


@pytest.mark.parametrize(
    ("answer", "client_id", "deployment_id"),
    [
        ({"client_id": "10000000000001", "deployment_id": "1:abc"}, "10000000000001", "1:abc"),
        ({"client_id": 10000000000001}, "10000000000001", ""),
        ({"client_id": "c", TOOL_CONFIGURATION: {"deployment_id": 7}}, "c", "7"),
        ({"client_id": "c", TOOL_CONFIGURATION: "odd", "deployment_id": ["odd"]}, "c", ""),
        ({"client_id": "c", "deployment_id": "x" * 256}, "c", ""),
        ({"client_id": "c", "deployment_id": True}, "c", ""),
    ],
)
def test_ids_are_text_wherever_they_stand(answer: dict[str, Any], client_id: str, deployment_id: str) -> None:
    found = read_answer(json.dumps(answer).encode())

    assert (found.client_id, found.deployment_id) == (client_id, deployment_id)


@pytest.mark.parametrize(
    "body", [b"", b"ok", b"[]", b"{}", b'{"client_id": ""}', b'{"client_id": "a\\u0000"}', b'{"client_id": ["a"]}']
)
def test_an_answer_without_a_client_id_is_refused(body: bytes) -> None:
    with pytest.raises(RegistrationDocument):
        read_answer(body)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"token_already_used", "token_already_used"),
        (b"domain_targetlinkuri_mismatch\n", "domain_targetlinkuri_mismatch"),
        (
            b'{"errors": {"scope": ["not a scope", "nor this"], "x": {"y": 1}}}',
            "scope: not a scope; scope: nor this; x: y: 1",
        ),
        (b'{"errors": [{"field": "scope", "message": "unknown"}]}', "field: scope; message: unknown"),
        (b'{"error": "invalid_request", "error_description": "no domain"}', "no domain"),
        (b'"a text"', "a text"),
        (b"<html><body>502</body></html>", ""),
        (b"", ""),
        (b"x" * 5000, "x" * 200),
        (b"a\r\nb\x00\xff", "a b\ufffd"),
        (b"[" * 3000, ""),
    ],
)
def test_a_refusal_is_told_in_the_platforms_words_on_one_line(body: bytes, said: str) -> None:
    assert said_in(body)[:200] == said if said else len(said_in(body)) <= 200
