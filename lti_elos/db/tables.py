"""The tables as Core knows them: the paths that run on every click use these (the ORM costs more)."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import Row, Table

from lti_elos.db import models
from lti_elos.db.base import Base

AnyRow = Row[*tuple[Any, ...]]
"""A row of Core: its columns are checked by tests, not by types."""


def _table(row: type[Base]) -> Table:
    return cast(Table, row.__table__)


servers = _table(models.ServerRow)
platforms = _table(models.PlatformRow)
deployments = _table(models.DeploymentRow)
invites = _table(models.InviteRow)
tool_keys = _table(models.ToolKeyRow)
users = _table(models.UserRow)
courses = _table(models.CourseRow)
rooms = _table(models.RoomRow)
live_rooms = _table(models.LiveRow)
live_servers = _table(models.LiveServerRow)
recordings = _table(models.RecordingRow)
launches = _table(models.LaunchRow)
browser_sessions = _table(models.SessionRow)
grants = _table(models.GrantRow)
selections = _table(models.SelectionRow)
spent = _table(models.SpentRow)
failed_launches = _table(models.FailedLaunchRow)
failures = _table(models.FailureRow)
operators = _table(models.OperatorRow)
operator_sessions = _table(models.OperatorSessionRow)
sign_in_failures = _table(models.SignInFailureRow)
jobs = _table(models.JobRow)
hooks = _table(models.HookRow)
events = _table(models.EventRow)
meetings = _table(models.MeetingRow)
meeting_metadata = _table(models.MeetingMetadataRow)
reports = _table(models.ReportRow)
presences = _table(models.PresenceRow)
recording_links = _table(models.RecordingLinkRow)
recording_shares = _table(models.RecordingShareRow)
recording_notices = _table(models.RecordingNoticeRow)
course_offers = _table(models.CourseOfferRow)
audit = _table(models.AuditRow)
