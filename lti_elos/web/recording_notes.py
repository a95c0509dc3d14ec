"""What the list of recordings shows to those who change them: what became of a change, and the way back to the list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import g, request, url_for

from lti_elos.domain.viewer import Viewer
from lti_elos.services import recording_changes
from lti_elos.services.recording_changes import Outcome, Row
from lti_elos.web.error_texts import fill, text_for
from lti_elos.web.guards import current_deps
from lti_elos.web.recording_pages import ChangeNote, NamedRecording

DONE = (
    *("published", "unpublished", "protected", "unprotected", "renamed"),
    *("teachers", "course", "trashed", "restored"),
)
_OURS = ("note", "select", "delete", "lang")
"""Of the list's query: not of the place in it."""


def here(**more: str) -> str:
    """The query of the list as it is asked for, with more; "" for none."""
    kept = [(key, value) for key, value in request.args.items(multi=True) if key not in _OURS]
    return urlencode([*kept, *more.items()])


def list_url(room_id: UUID, **more: str) -> str:
    """Back to the same stretch of the list."""
    query = here(**more)
    return url_for("recordings.index", room_id=room_id) + (f"?{query}" if query else "")


def changing(viewer: Viewer) -> dict[str, Any]:
    """The part of RecordingsPage that is for managers."""
    if not viewer.standing.manages:
        return {}
    return {
        "note": _note(viewer),
        "here": here(),
        "selects": request.args.get("select") == "1",
        "asks_to_delete": _id(request.args.get("delete", "")),
    }


# --- notes -----------------------------------------------------------------------------------------------------------


def written(done: str, rows: Iterable[Row]) -> str:
    """A note as an address has it: names no recording and no person."""
    return "~".join([done, *(row.id.hex for row in rows)])


def note_of(done: str, outcome: Outcome) -> ChangeNote:
    """What became of a change that was not made everywhere. ``done`` as for those where it was."""
    trouble = outcome.trouble
    text = text_for(trouble.code if trouble else "ELOS-CHANGE-REFUSED", audience="teacher")
    values = trouble.values if trouble else {}
    return ChangeNote(
        done,
        items=_named(outcome.done),
        unfit=_named(outcome.unfit),
        failed=_named(outcome.failed),
        code=trouble.code if trouble else "",
        message=fill(text.message, values),
        suggestion=fill(text.suggestion, values),
        explanation=fill(text.explanation, values),
    )


def _note(viewer: Viewer) -> ChangeNote | None:
    known: ChangeNote | None = g.get("change_note")
    if known is not None:
        return known
    done, *ids = request.args.get("note", "").split("~")
    if done == "none":
        return ChangeNote(done)
    found = [one for text in ids if (one := _id(text)) is not None]
    if done not in DONE or not found:
        return None
    rows = recording_changes.named(current_deps(), viewer, found)
    return ChangeNote(done, items=_named(rows)) if rows else None


def _named(rows: Sequence[Row]) -> tuple[NamedRecording, ...]:
    return tuple(named(row) for row in sorted(rows, key=lambda row: row.started_at, reverse=True))


def named(row: Row) -> NamedRecording:
    """As messages tell of it."""
    return NamedRecording(row.id, row.name, row.started_at, row.delete_at)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
