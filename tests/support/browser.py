"""A browser for tests: keeps cookies (Secure ones too: loopback counts as safe in browsers), follows no redirects."""

from __future__ import annotations

import re
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from lxml import html
from requests.cookies import get_cookie_header

from tests.support.platform import Platform

SAFARI = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 "
    "Safari/605.1.15"
)
STORAGE = {"lti_storage_target": "_parent"}
"""What a login says whose platform keeps secrets for tools."""


class Browser(requests.Session):
    """One browser profile at top level. ``framed=True`` sends what Chromium sends from an LMS's frame."""

    def __init__(self, tool_url: str, *, framed: bool = False, language: str = "pt-BR") -> None:
        super().__init__()
        self.tool_url = tool_url
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(secure_protocols=("http", "https")))
        self.headers["Accept"] = "text/html,application/xhtml+xml"
        self.headers["Accept-Language"] = language
        self.headers["Sec-Fetch-Dest"] = "iframe" if framed else "document"
        self.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36"

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """The library copies the jar without its policy, which would leave Secure cookies at home over http."""
        prepared = super().prepare_request(request)
        prepared.headers.pop("Cookie", None)
        if cookies := get_cookie_header(self.cookies, prepared):  # type: ignore[no-untyped-call]
            prepared.headers["Cookie"] = cookies
        return prepared

    def open(self, path: str, **more: Any) -> requests.Response:
        """GET one of our pages, following redirects within the tool."""
        return self.get(self.tool_url + path, allow_redirects=more.pop("allow_redirects", False), **more)

    def submit(
        self, path: str, data: dict[str, str] | list[tuple[str, str]] | None = None, **more: Any
    ) -> requests.Response:
        """POST a form of our own pages."""
        headers = {"Sec-Fetch-Site": "same-origin", "Origin": self.tool_url} | more.pop("headers", {})
        return self.post(self.tool_url + path, data=data or {}, headers=headers, allow_redirects=False, **more)

    # --- launching ---

    def login(self, platform: Platform, **changes: str | None) -> requests.Response:
        """The platform's login initiation, as a form post."""
        fields: dict[str, str | None] = {
            "iss": platform.issuer,
            "login_hint": "hint-1",
            "target_link_uri": f"{self.tool_url}/lti/launch",
            "lti_message_hint": "message-1",
            "client_id": platform.client_id,
            "lti_deployment_id": platform.deployment_id,
        }
        fields |= changes
        sent = {name: value for name, value in fields.items() if value is not None}
        response = self.post(f"{self.tool_url}/lti/login", data=sent, allow_redirects=False)
        return self.go_on(response) if page_does(response) == "probe" else response

    def go_on(self, response: requests.Response, **answers: str) -> requests.Response:
        """What the script of a small page does at its end: sends its form, with what it found out."""
        [form] = html.fromstring(response.text).xpath("//form[@id='checking']")
        return self.submit(form.get("action"), dict(form.form_values()) | answers)

    def begin(self, platform: Platform, **changes: str | None) -> tuple[str, str]:
        """Log in; gives state and nonce."""
        response = self.login(platform, **changes)
        assert response.status_code == 302, response.text
        query = parse_qs(urlsplit(response.headers["Location"]).query)
        return query["state"][0], query["nonce"][0]

    def post_token(self, state: str, token: str, **fields: str) -> requests.Response:
        """The authentication response."""
        return self.post(
            f"{self.tool_url}/lti/launch",
            data={"state": state, "id_token": token} | fields,
            headers={"Origin": "http://127.0.0.1:9", "Sec-Fetch-Site": "cross-site"},
            allow_redirects=False,
        )

    def launch(self, platform: Platform, **changes: Any) -> requests.Response:
        """Login and launch; ``changes`` are to the claims."""
        state, nonce = self.begin(platform)
        claims = platform.claims(nonce=nonce, target=f"{self.tool_url}/lti/launch", **changes)
        return self.post_token(state, platform.sign(claims))

    def enter_room(self, platform: Platform, **changes: Any) -> str:
        """Launch and be let in; gives the room's id."""
        response = self.launch(platform, **changes)
        assert response.status_code == 303, (response.status_code, code_of(response))
        return response.headers["Location"].rsplit("/", 1)[1]


class ClosedFrame(Browser):
    """An LMS's frame in Safari, which keeps no cookie there."""

    def __init__(self, tool_url: str, **more: Any) -> None:
        super().__init__(tool_url, framed=True, **more)
        self.headers["User-Agent"] = SAFARI

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        response = super().send(request, **kwargs)
        self.cookies.clear()
        return response

    def reach_verify(self, platform: Platform, **claims: Any) -> tuple[requests.Response, str]:
        """Log in and launch by storage: the page that asks for the secret, and the secret."""
        put = self.login(platform, **STORAGE)
        assert page_does(put) == "put", put.text
        [form] = html.fromstring(put.text).xpath("//form[@id='checking']")
        sent = parse_qs(urlsplit(form.get("data-onward")).query)
        token = platform.sign(platform.claims(nonce=sent["nonce"][0], target=f"{self.tool_url}/lti/launch", **claims))
        return self.post_token(sent["state"][0], token), form.get("data-secret")


def page_does(response: requests.Response) -> str:
    """What a small page between login and room is there for: "probe", "put", "get"; "" for any other answer."""
    found = re.search(r'<form id="checking"[^>]*data-does="(\w+)"', response.text)
    return found[1] if found else ""


def code_of(response: requests.Response) -> str:
    """The error code that a page shows."""
    found = re.search(r"\b(LTI|ELOS|WEB)-[A-Z-]+[A-Z]\b", response.text)
    return found.group(0) if found else ""


def hidden(response: requests.Response, name: str) -> str:
    """The value of a hidden field in a page."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', response.text)
    assert found, f"no hidden field {name}"
    return found.group(1)
