"""Where real servers differ, and limits that tests shorten: one switch each."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Algorithm = Literal["sha1", "sha256", "sha384", "sha512"]


class Switches(BaseModel):
    """Set over ``/_sim/switches``. An unknown name or a value of the wrong type is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    algorithms: tuple[Algorithm, ...] = ("sha1", "sha256", "sha384", "sha512")
    real_statuses: bool = False
    """FAILED with 4xx and 5xx, as Elos documents on some calls; else 200, as BigBlueButton does."""
    error_form: Literal["flat", "list", "attributes"] = "flat"

    requires_session: bool = True
    """Meeting pages open in the browser that joined alone, unless the meeting was created with
    allowRequestsWithoutSession. False is for programs that keep no cookies."""

    max_meetings: int | None = Field(default=None, ge=0)
    """Plan limit: how many meetings may exist at once. None is no limit."""
    limit_of: Literal["secret", "institution"] = "secret"

    end_delay_s: float = Field(default=0, ge=0)
    """How long after an ``end`` call the meeting really ends."""
    never_joined_s: float = Field(default=300, gt=0)
    empty_s: float = Field(default=300, gt=0)
    idle_s: float = Field(default=3600, gt=0)
    forcibly_ended_s: float = Field(default=300, ge=0)
    """How long a join still answers meetingForciblyEnded; later nobody remembers the meeting."""

    empty_lists_fail: bool = False
    """noMeetings and noRecordings as FAILED, as older Elos did."""
    paging: Literal["nextPage", "nextpage", "totalElements"] = "nextPage"
    playback_hosts: tuple[str, ...] = ()
    """Base URLs that recordings are spread over; empty is the simulator's own."""
    broken_recording: bool = False
    """A first item in each list of recordings that has nothing but an error in it."""
    presentation_delay_s: float = Field(default=20, ge=0)
    video_delay_s: float = Field(default=60, ge=0)
    workflows: tuple[Literal["presentation", "video"], ...] = ("presentation", "video")

    protection: Literal["none", "token", "once"] = "none"
    """What protected recordings want at playback: nothing is known of protection; a token of getRecordingToken, as on
    Elos; or getRecordings gives links that are good for an hour and for one use, as behind Scalelite."""

    mode: Literal["elos", "bbb"] = "elos"
    """Whose hooks: Elos's with a token each, or those of a plain BigBlueButton."""
    auth_tokens: bool = True
    """False: Elos tells no authToken, and sends the secret in its place."""
    same_callback: Literal["warned", "refused", "another"] = "warned"
    """A second Elos hook for one address: the first with duplicateWarning (as BigBlueButton always does), or
    createHookError, or one more."""
    bbb_auth: Literal["checksum", "bearer"] = "checksum"
    hook_checksum: Algorithm = "sha1"
    mapping_s: float = Field(default=604_800, ge=0)
    """How long after its end BigBlueButton knows a meeting, and with it the hooks for that meeting alone."""

    silent_hooks: bool = False
    """Hooks are listed, and nothing is sent."""
    event_delay_s: float = Field(default=0, ge=0)
    retry_factor: float = Field(default=1, ge=0)
    """Of the waits between tries."""
    hook_timeout_s: float = Field(default=5, gt=0)
    chatter: bool = False
    """Also events beyond the guide's, of what people do: servers send them all the time."""
    duplicate_events: bool = False
    reorder_events: bool = False
    """Each second event overtakes the one before it."""
    batch_events: bool = False
    """Two events in one delivery, where a second comes soon."""
    bare_events: bool = False
    """One event as an object, not as a list of one."""
    json_events: bool = False
    """JSON in place of a form."""
    drop_external_id: bool = False
    """rap-published, -unpublished and -deleted lack external-meeting-id, as for meetings that are long over."""
    record_id_name: Literal["record-id", "record_id"] = "record-id"
    """Its spelling in these three."""

    analytics_delay_s: float = Field(default=24, ge=0)
    analytics_from: Literal["elos", "bbblb"] = "elos"
    """bbblb between signs anew with HS256, writes ``bearer``, and sends everything three times."""
    foreign_analytics: bool = False
    """The document tells of another meeting than the address it goes to."""

    plays_classes: bool = False
    """A class plays itself in each meeting that somebody enters."""
