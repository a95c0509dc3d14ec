"""All tables; importing this package fills Base.metadata."""

from lti_elos.db.models.jobs import JobRow
from lti_elos.db.models.meetings import EventRow, HookRow, MeetingMetadataRow, MeetingRow
from lti_elos.db.models.operators import OperatorRow, OperatorSessionRow, SignInFailureRow
from lti_elos.db.models.people import CourseRow, UserRow
from lti_elos.db.models.platforms import DeploymentRow, InviteRow, PlatformRow, ServerRow, ToolKeyRow
from lti_elos.db.models.recordings import (
    AuditRow,
    CourseOfferRow,
    RecordingLinkRow,
    RecordingNoticeRow,
    RecordingRow,
    RecordingShareRow,
)
from lti_elos.db.models.reports import PresenceRow, ReportRow
from lti_elos.db.models.rooms import LiveRow, LiveServerRow, RoomRow
from lti_elos.db.models.sessions import (
    FailedLaunchRow,
    FailureRow,
    GrantRow,
    LaunchRow,
    SelectionRow,
    SessionRow,
    SpentRow,
)

__all__ = [
    "AuditRow",
    "CourseOfferRow",
    "CourseRow",
    "DeploymentRow",
    "EventRow",
    "FailedLaunchRow",
    "FailureRow",
    "GrantRow",
    "HookRow",
    "InviteRow",
    "JobRow",
    "LaunchRow",
    "LiveRow",
    "LiveServerRow",
    "MeetingMetadataRow",
    "MeetingRow",
    "OperatorRow",
    "OperatorSessionRow",
    "PlatformRow",
    "PresenceRow",
    "RecordingLinkRow",
    "RecordingNoticeRow",
    "RecordingRow",
    "RecordingShareRow",
    "ReportRow",
    "RoomRow",
    "SelectionRow",
    "ServerRow",
    "SessionRow",
    "SignInFailureRow",
    "SpentRow",
    "ToolKeyRow",
    "UserRow",
]
