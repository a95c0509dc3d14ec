"""Where real servers differ, and limits that tests shorten: one switch each."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Switches(BaseModel):
    """Set over ``/_sim/switches``. An unknown name or a value of the wrong type is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    algorithms: tuple[Literal["sha1", "sha256", "sha384", "sha512"], ...] = (
        "sha1",
        "sha256",
        "sha384",
        "sha512",
    )
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
