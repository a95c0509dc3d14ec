"""``/playback``: where recordings are watched."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request

from lti_elos.demo.elos import proofs
from lti_elos.demo.elos.api import simulator
from lti_elos.demo.elos.recordings import PUBLISHED, Recording
from lti_elos.demo.elos.slides import slides_of
from lti_elos.demo.elos.words import ENGLISH, PORTUGUESE

bp = Blueprint("playback", __name__, url_prefix="/playback")


@bp.get("/presentation/2.3/<record_id>")
def presentation(record_id: str) -> Response:
    """``l=media`` shows the media area alone. Source: Elos guide, "Gravações"."""
    return _player(record_id, "presentation", is_bare=request.args.get("l") == "media")


@bp.get("/video/<record_id>/")
def video(record_id: str) -> Response:
    return _player(record_id, "video", is_bare=False)


@bp.get("/presentation_video/<record_id>.mp4")
def file(record_id: str) -> Response:
    """A file to take away; there is no film in it."""
    if _watchable(record_id, "presentation_video") is None:
        return Response(status=404)
    headers = {"Content-Disposition": f'attachment; filename="{record_id}.mp4"'}
    return Response(b"film", content_type="video/mp4", headers=headers)


@bp.get("/presentation/2.3/<record_id>/thumb-<int:n>.png")
def thumbnail(record_id: str, n: int) -> Response:
    """One of its first slides after the title. Drawn, whatever its address ends in."""
    recording = _watchable(record_id, "presentation")
    if recording is None:
        return Response(status=404)
    slides = slides_of(recording)
    picture = render_template("thumb.svg", slide=slides[min(n, len(slides) - 1)], recording=recording, t=ENGLISH)
    return Response(picture, content_type="image/svg+xml")


def _watchable(record_id: str, kind: str) -> Recording | None:
    """The recording, if it is published and has this format by now."""
    sim = simulator()
    with sim.lock:
        sim.tick()
        now = sim.now
        return next(
            (
                one
                for one in sim.recordings
                if one.record_id == record_id and one.state(now) == PUBLISHED and kind in one.formats(now)
            ),
            None,
        )


def _player(record_id: str, kind: str, *, is_bare: bool) -> Response:
    recording = _watchable(record_id, kind)
    if recording is None:
        page = render_template("plain.html", t=ENGLISH, what="playback", title=ENGLISH["playback_none"], text="")
        return make_response(page, 404)
    if not _is_let_in(recording):
        page = render_template("plain.html", t=ENGLISH, what="refused", title=ENGLISH["playback_refused"], text="")
        return make_response(page, 403)
    words = PORTUGUESE if request.accept_languages.best_match(("en", "pt-BR", "pt"), "en") != "en" else ENGLISH
    page = render_template(
        "playback.html", t=words, recording=recording, kind=kind, is_bare=is_bare, slides=slides_of(recording)
    )
    answer = make_response(page)
    answer.headers["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:"
    )
    return answer


def _is_let_in(recording: Recording) -> bool:
    sim = simulator()
    with sim.lock:
        protection = sim.switches.protection
        if not recording.is_protected or protection == "none":
            return True
        if protection == "once":
            return sim.proofs.take(request.args.get("once", ""), recording.record_id, sim.now)
        return proofs.opens(request.args.get("token", ""), recording.record_id, secret=sim.secret, now=sim.now)
