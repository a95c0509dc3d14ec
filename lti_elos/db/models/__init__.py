"""All tables; importing this package fills Base.metadata."""

from lti_elos.db.models.operators import OperatorRow, OperatorSessionRow, SignInFailureRow
from lti_elos.db.models.people import CourseRow, UserRow
from lti_elos.db.models.platforms import DeploymentRow, InviteRow, PlatformRow, ServerRow, ToolKeyRow
from lti_elos.db.models.rooms import LiveRow, LiveServerRow, RecordingRow, RoomRow
from lti_elos.db.models.sessions import FailedLaunchRow, FailureRow, GrantRow, LaunchRow, SessionRow, SpentRow

__all__ = [
    "CourseRow",
    "DeploymentRow",
    "FailedLaunchRow",
    "FailureRow",
    "GrantRow",
    "InviteRow",
    "LaunchRow",
    "LiveRow",
    "LiveServerRow",
    "OperatorRow",
    "OperatorSessionRow",
    "PlatformRow",
    "RecordingRow",
    "RoomRow",
    "ServerRow",
    "SessionRow",
    "SignInFailureRow",
    "SpentRow",
    "ToolKeyRow",
    "UserRow",
]
