"""Requests to select content that wait for the tool's answer, and the activities that came of others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import RLock
from typing import Any

from lti_elos.demo.lms.launches import Launch
from lti_elos.demo.lms.school import ResourceLink, School

_KEPT = 1_000


@dataclass(frozen=True, slots=True)
class Selection:
    key: str
    """Stands in the return address: who has it may answer, once."""
    slug: str
    launch: Launch
    settings: Mapping[str, Any]


class Selections:
    def __init__(self, lock: RLock) -> None:
        self._lock = lock
        self._awaited: dict[str, Selection] = {}
        self._nonces: dict[tuple[str, str], None] = {}
        self._links: dict[tuple[str, str], tuple[ResourceLink, ...]] = {}

    def begin(self, selection: Selection) -> None:
        with self._lock:
            self._awaited[selection.key] = selection
            while len(self._awaited) > _KEPT:
                self._awaited.pop(next(iter(self._awaited)))

    def get(self, slug: str, key: str) -> Selection | None:
        with self._lock:
            found = self._awaited.get(key)
            return found if found and found.slug == slug else None

    def end(self, selection: Selection) -> bool:
        """False where another answer was quicker."""
        with self._lock:
            return self._awaited.pop(selection.key, None) is not None

    def is_new(self, client_id: str, nonce: str) -> bool:
        with self._lock:
            if (client_id, nonce) in self._nonces:
                return False
            self._nonces[client_id, nonce] = None
            while len(self._nonces) > _KEPT:
                self._nonces.pop(next(iter(self._nonces)))
            return True

    def add(self, slug: str, course_id: str, links: tuple[ResourceLink, ...]) -> None:
        with self._lock:
            self._links[slug, course_id] = (*self._links.get((slug, course_id), ()), *links)

    def with_links(self, slug: str, school: School) -> School:
        """The school as this platform has it: courses with what was selected there, after what was there before."""
        with self._lock:
            courses = [replace(one, links=(*one.links, *self._links.get((slug, one.id), ()))) for one in school.courses]
        return replace(school, courses=tuple(courses))
