"""The first message of a launch: what each product posts to the tool's login address, in its order."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from urllib.parse import urlsplit

from lti_elos.demo.lms import ids, jose
from lti_elos.demo.lms.launches import Launch, Opening
from lti_elos.demo.lms.platforms import Lms, Platform, Product
from lti_elos.demo.lms.storage import announced


def login_parameters(lms: Lms, platform: Platform, launch: Launch) -> dict[str, str]:
    """Also remembers the launch behind the hint."""
    hint = _hint(lms, platform, launch)
    lms.hints.remember(hint, slug=platform.slug, launch=launch)
    hints = {"login_hint": ids.login_hint(platform, launch.person), platform.hint_name: hint}
    storage = announced(platform, launch)
    common = {
        "iss": platform.issuer,
        "target_link_uri": target_link_uri(platform, launch),
        **hints,
        "client_id": platform.client_id,
        "lti_deployment_id": platform.deployment_id,
        **({"lti_storage_target": storage.target} if storage else {}),
    }
    if platform.slug is not Product.CANVAS:
        return common
    return common | {
        "deployment_id": platform.deployment_id,
        "canvas_region": "not_configured",
        "canvas_environment": "prod",
    }


def target_link_uri(platform: Platform, launch: Launch) -> str:
    if launch.selects:
        return platform.tool.deep_link_url
    return launch.link.url or platform.tool.launch_url


def _hint(lms: Lms, platform: Platform, launch: Launch) -> str:
    match platform.slug:
        case Product.MOODLE:
            launch_id = f"ltilaunch{launch.link.number}_{secrets.randbelow(10**9)}"
            return json.dumps({"cmid": launch.link.number, "launchid": launch_id}, separators=(",", ":"))
        case Product.CANVAS:
            # Signed by a key nobody has: only this LMS reads it back, and it knows the text itself.
            return jose.sign(
                {"typ": "JWT", "alg": "HS256"}, _canvas_hint(lms, platform, launch), secrets.token_bytes(32)
            )
        case Product.BRIGHTSPACE:
            return jose.encode(secrets.token_bytes(48))
        case Product.OPEN_EDX:
            # The key of a cache: the same for each launch of this person and block, and the last one counts.
            block = ids.link_id(platform, launch.course, launch.link)
            key = f"{ids.user_id(platform, launch.person)}:{block}"
            return hashlib.sha256(key.encode()).hexdigest()[:32]
        case Product.BLACKBOARD:
            return base64.b64encode(json.dumps(_blackboard_hint(platform, launch)).encode()).decode()
        case Product.SAKAI:
            # Encoded twice over; what it holds is Sakai's own affair.
            return jose.encode(jose.encode(secrets.token_bytes(32)).encode())


def _canvas_hint(lms: Lms, platform: Platform, launch: Launch) -> dict[str, object]:
    return {
        "verifier": secrets.token_hex(64),
        "canvas_domain": urlsplit(lms.public_url).netloc,
        "context_type": "Course",
        "context_id": 10_000_000_000_000 + launch.course.number,
        "canvas_locale": launch.locale,
        "include_storage_target": announced(platform, launch) is not None,
        "exp": int(lms.clock()) + (platform.hint_age_s or 0),
    }


def _blackboard_hint(platform: Platform, launch: Launch) -> dict[str, object]:
    """Readable, as in a captured request. The real one says nothing of who is there: its own session knows."""
    return {
        "resourceLinkId": ids.link_id(platform, launch.course, launch.link),
        "placementId": "_9_1",
        "targetLinkUrl": target_link_uri(platform, launch),
        "courseId": f"_{launch.course.number}_1",
        "openNewWindow": launch.opening is Opening.WINDOW,
        "launchId": secrets.token_hex(16),
    }
