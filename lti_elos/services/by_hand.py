"""What is typed into an LMS that is connected by hand: the very values that a dynamic registration would give it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lti_elos.lti.registration import TOOL_CONFIGURATION, Tool, canvas_configuration, registration_by_hand


@dataclass(frozen=True, slots=True)
class Typed:
    """The tool as an LMS asks for it."""

    name: str
    description: str
    base_url: str
    domain: str
    """Host, and port if any."""
    login_url: str
    redirect_url: str
    launch_url: str
    """Target of links, and of requests to select content."""
    keys_url: str
    custom: tuple[tuple[str, str], ...]
    """Custom parameters."""


def typed(base_url: str, family: str, *, name: str, description: str) -> Typed:
    """:param family: product_family_code, "" for a product that nothing is known of"""
    document = registration_by_hand(Tool(base_url, name, (), description), family)
    ours = document[TOOL_CONFIGURATION]
    return Typed(
        name=document["client_name"],
        description=ours["description"],
        base_url=document["client_uri"],
        domain=ours["domain"],
        login_url=document["initiate_login_uri"],
        redirect_url=document["redirect_uris"][0],
        launch_url=ours["target_link_uri"],
        keys_url=document["jwks_uri"],
        custom=tuple(ours["custom_parameters"].items()),
    )


def canvas_key(base_url: str, *, name: str, description: str) -> dict[str, Any]:
    """The JSON that a Canvas reads when a developer key is made by its address."""
    return canvas_configuration(Tool(base_url, name, (), description))
