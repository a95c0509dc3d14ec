from __future__ import annotations

import pytest

from lti_elos.domain.recordings import ways_to_watch


@pytest.mark.parametrize(
    ("kinds", "ways"),
    [
        (["video", "presentation"], ("presentation", "video")),
        (["presentation"], ("presentation", "media")),
        (["podcast", "presentation"], ("presentation", "media", "podcast")),
        (["video", "presentation_video"], ("video",)),
        (["presentation_video", "statistics"], ()),
        ([], ()),
    ],
)
def test_what_people_watch_comes_in_one_order(kinds: list[str], ways: tuple[str, ...]) -> None:
    assert ways_to_watch(kinds) == ways
