"""What an entry's details come to in words, whatever its action put there."""

from __future__ import annotations

from typing import Any

import pytest

from lti_elos.web.admin.recording_pages import changed_text


@pytest.mark.parametrize(
    ("details", "text"),
    [
        ({}, ""),
        ({"from": "course", "to": "link"}, "course → link"),
        ({"old": "", "new": "Aula 1"}, "– → Aula 1"),
        ({"kind": "video"}, "kind: video"),
        ({"from": True, "to": False, "link": None}, "true → false; link: –"),
        ({"formats": ["video", "notes"], "name": {"from": "a", "to": "b"}}, "formats: video, notes; name: a → b"),
    ],
)
def test_old_and_new_are_told_first(details: dict[str, Any], text: str) -> None:
    assert changed_text(details) == text
