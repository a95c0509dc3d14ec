"""What people are told of an error, by its code: message, suggestion, explanation.

English is the source; ``lti_elos/translations`` holds the others. A student is never told of the platform's own words
({reason}), of servers or of limits in numbers; where that makes a difference, ``_FOR_TEACHERS`` has the other text.
What ``FOR_ADMINS`` names is read by LMS administrators with an invite alone.
Slots are filled by :func:`fill`, late, because what fills them comes from outside.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from flask_babel import gettext

from lti_elos.domain.sentences import marked as _l
from lti_elos.web.words import lms_word, role_word, upfirst

Audience = Literal["student", "teacher"]


@dataclass(frozen=True, slots=True)
class ErrorText:
    """Three of a page's four parts; the fourth is the code. Each may hold named slots."""

    message: str
    suggestion: str
    explanation: str


_AGAIN = _l("Go back to the course and open the link again.")
_FROM_COURSE = _l("Open the room from the link in your course.")
_IN_A_MINUTE = _l("Try again in a minute.")
_TELL_ADMINS = _l("Tell the team that runs it.")
_BY_YOURSELF = _l("Keep this tab open; you get in by yourself.")
_UNCHECKED = _l("{lms}'s signature could not be checked")
_ANOTHER_INVITE = _l("Ask the sender for a new one.")
_ONLY_THE_PLATFORM = _l("This address only works when the learning platform calls it.")

_TEXTS: dict[str, ErrorText] = {
    "LTI-UNPROVEN": ErrorText(
        _l("One more step: open in a new window"),
        _l("Use the button below."),
        _l(
            "Inside this page, your browser doesn't let the room confirm your access. "
            "It protects your privacy; your account is fine."
        ),
    ),
    "LTI-STATE-OLD": ErrorText(
        _l("This took too long"),
        _AGAIN,
        _l("More than 10 minutes passed between the click and the entry."),
    ),
    "LTI-REPLAYED": ErrorText(
        _l("This access was already used"),
        _AGAIN,
        _l("Each access works once. Reloading or going back repeats a used one."),
    ),
    "LTI-INCOMPLETE": ErrorText(_l("The access request was incomplete"), _FROM_COURSE, _ONLY_THE_PLATFORM),
    "LTI-PLATFORM-ERROR": ErrorText(
        _l("{lms} did not authorise this access"),
        _l("Sign in to {lms} again and open the link."),
        _l("Your session in {lms} may have ended."),
    ),
    "LTI-PLATFORM-UNKNOWN": ErrorText(
        _l("This learning platform isn't connected yet"),
        _TELL_ADMINS,
        _l("Elos doesn't know the address you came from."),
    ),
    "LTI-PLATFORM-DISABLED": ErrorText(
        _l("Access from this learning platform is suspended"),
        _TELL_ADMINS,
        _l("The connection was disabled by the Elos administrators."),
    ),
    "LTI-DEPLOYMENT-PENDING": ErrorText(
        _l("The connection awaits approval"),
        _l("Try later; the administrators can see the request."),
        _l("This learning platform is registered but not yet released."),
    ),
    "LTI-KEY-UNKNOWN": ErrorText(_UNCHECKED, _IN_A_MINUTE, _l("The key it used is not among those it publishes.")),
    "LTI-KEYS-UNREACHABLE": ErrorText(_UNCHECKED, _IN_A_MINUTE, _l("{lms} did not answer.")),
    "LTI-SIGNATURE": ErrorText(
        _l("This access is not valid"),
        _AGAIN,
        _l("The signature doesn't match the content."),
    ),
    "LTI-TOKEN-TIME": ErrorText(
        _l("This access has expired"),
        _AGAIN,
        _l("Each access lasts a short time. It also happens when {lms}'s clock is wrong."),
    ),
    "LTI-MISMATCH": ErrorText(
        _l("This access belongs elsewhere"),
        _FROM_COURSE,
        _l("It was issued for another tool or another sign-in."),
    ),
    "LTI-MESSAGE-TYPE": ErrorText(
        _l("This kind of link doesn't work here"),
        _l("Ask whoever made the activity to add it again as an Elos room."),
        _l("{lms} asked for something this tool doesn't offer: {type}."),
    ),
    "LTI-NO-GROUP": ErrorText(
        _l("You aren't in a group of this course yet"),
        _l("Ask your teacher to add you to one."),
        _l("Here each group has its own room."),
    ),
    "LTI-NO-TEACHER": ErrorText(
        _l("No teacher has opened a room here yet"),
        _l("Come again later."),
        _l("Here each teacher has a room of their own."),
    ),
    "LTI-CONTENT-ROLE": ErrorText(
        _l("Only those who moderate choose rooms for the course"),
        _l("Go back to the course."),
        _l("{lms} says your role in this course is {role}."),
    ),
    "LTI-INVITE": ErrorText(
        _l("This invitation is no longer good"), _ANOTHER_INVITE, _l("Each invitation works once and has an end date.")
    ),
    "LTI-INVITE-USED": ErrorText(
        _l("This invitation was already used"),
        _l("If the LMS was not connected by you, tell the sender."),
        _l("Each invitation works once."),
    ),
    "LTI-INVITE-EXPIRED": ErrorText(
        _l("This invitation has expired"), _ANOTHER_INVITE, _l("Each invitation works once and has an end date.")
    ),
    "LTI-REGISTRATION-RUNNING": ErrorText(
        _l("The registration is under way"),
        _l("Wait a moment and try again."),
        _l("It was started by another click, or in another tab."),
    ),
    "LTI-PLATFORM-ADDRESS": ErrorText(
        _l("The LMS address could not be used"),
        _l("Check the site URL in the LMS settings."),
        _l("It must be public, https, and the same in all fields. Found: {found}."),
    ),
    "LTI-REGISTRATION-UNREACHABLE": ErrorText(
        _l("The LMS isn't answering"),
        _IN_A_MINUTE,
        _l("It must be reachable from this site. Found: {found}. The invitation still holds."),
    ),
    "LTI-REGISTRATION-DOCUMENT": ErrorText(
        _l("The LMS doesn't offer what the connection needs"),
        _l("Check the version of the LMS, or connect it by hand."),
        _l("Its own description is not what LTI 1.3 asks for. Found: {found}. The invitation still holds."),
    ),
    "LTI-REGISTRATION-REFUSED": ErrorText(
        _l("{lms} refused the registration"),
        _l("Check with your team and try again: the invitation still holds."),
        _l("{lms} answered: {reason}."),
    ),
    "LTI-REGISTRATION-KNOWN": ErrorText(
        _l("This LMS is already connected"),
        _l("Ask the sender for an invitation that updates the connection."),
        _l("Another connection has the same issuer and client ID. Nothing was changed here."),
    ),
    "LTI-REGISTRATION-OTHER": ErrorText(
        _l("This invitation is for another connection"),
        _l("In the LMS, update the existing tool instead of adding a new one."),
        _l("It updates one connection and keeps its client ID. Nothing was changed here."),
    ),
    "WEB-SESSION-ENDED": ErrorText(
        _l("Your time on this page has run out"),
        _AGAIN,
        _l("For safety, access lasts 8 hours, or 2 unused. Nothing you saved was lost."),
    ),
    "WEB-NOT-ALLOWED": ErrorText(
        _l("This part is for the room's moderators"),
        _l("Go back to the room."),
        _l("{lms} says your role in this course is {role}."),
    ),
    "WEB-NOT-FOUND": ErrorText(
        _l("We can't find this page"),
        _l("Go back to the course and open the room from its link."),
        _l("It may have been removed, or belong to another course."),
    ),
    "WEB-OTHER-PERSON": ErrorText(
        _l("This tab holds someone else's access"),
        _l("Continue as the person signed in to {lms} now."),
        _l("The earlier access in this browser will end."),
    ),
    "WEB-FORM-STALE": ErrorText(
        _l("We didn't get what you sent"),
        _l("Go back, check it and send it again."),
        _l("The page was open for too long, or in another tab."),
    ),
    "WEB-ANSWERED": ErrorText(
        _l("This choice was already sent"),
        _l("Go back to the course. If the link isn't there, choose again."),
        _l("{lms} takes one answer each time it asks."),
    ),
    "WEB-REQUEST": ErrorText(_l("The access request was incomplete"), _FROM_COURSE, _ONLY_THE_PLATFORM),
    "WEB-TOO-MANY": ErrorText(
        _l("Too many attempts in a short time"),
        _l("Wait {n} seconds and try again."),
        _l("A safety limit for this network."),
    ),
    "WEB-NOT-READY": ErrorText(
        _l("Under maintenance"),
        _l("Back in a few minutes."),
        _l("Running sessions are not affected."),
    ),
    "WEB-FAULT": ErrorText(
        _l("This one is on us"),
        _l("Try again; if it goes on, send the code to support."),
        _l("Something broke on our side and has been recorded."),
    ),
    "ELOS-UNREACHABLE": ErrorText(_l("Elos isn't answering"), _IN_A_MINUTE, _l("It isn't your connection.")),
    "ELOS-SECRET": ErrorText(
        _l("Elos did not accept our request"),
        _l("Send the code below to your institution's support."),
        _l("The link between this site and Elos needs mending; it isn't up to you."),
    ),
    "ELOS-REPLY": ErrorText(
        _l("Elos gave an unexpected answer"),
        _IN_A_MINUTE,
        _l("It usually passes by itself; it has been recorded."),
    ),
    "ELOS-NO-SERVER": ErrorText(
        _l("The room can't be opened yet"),
        _l("Tell whoever runs the learning platform."),
        _l("A part of the setup is still missing; it isn't up to you."),
    ),
    "ELOS-SESSIONS-LIMIT": ErrorText(
        _l("The room could not be opened yet"), _BY_YOURSELF, _l("Many sessions are running right now.")
    ),
    "ELOS-ROOM-FULL": ErrorText(
        _l("The room is full"),
        _l("Keep this tab open; you get in when there is a place."),
        _l("If the session is recorded, you can watch it later."),
    ),
    "ELOS-ENDED": ErrorText(
        _l("The session has just been ended"),
        _l("You can wait for the room to open again."),
        _l("A moderator ended it for everyone."),
    ),
    "ELOS-NEW-SESSION": ErrorText(
        _l("A new session has begun"),
        _l("Join again."),
        _l("Your way in was for the session before it."),
    ),
    "ELOS-DENIED": ErrorText(
        _l("You weren't let in"),
        _l("Talk to whoever invited you."),
        _l("The moderators decide who enters this room."),
    ),
    "ELOS-NOT-OPEN": ErrorText(_l("The room isn't open yet"), _BY_YOURSELF, _l("A moderator opens the room.")),
    "ELOS-RECORDING-GONE": ErrorText(
        _l("This recording isn't available"),
        _l("See the course's other recordings."),
        _l("It was taken down, has expired, or is still being processed."),
    ),
    "ELOS-CHANGE-REFUSED": ErrorText(
        _l("Elos did not accept the change"),
        _l("The recording is as it was. Try again in a few minutes."),
        _l("The change was made neither there nor here."),
    ),
}

_FOR_TEACHERS: dict[str, ErrorText] = {
    "LTI-PLATFORM-ERROR": ErrorText(
        _TEXTS["LTI-PLATFORM-ERROR"].message,
        _TEXTS["LTI-PLATFORM-ERROR"].suggestion,
        _l("{lms} answered: {reason}."),
    ),
    "ELOS-UNREACHABLE": ErrorText(
        _TEXTS["ELOS-UNREACHABLE"].message,
        _IN_A_MINUTE,
        _l("It isn't your connection. The recordings list still works."),
    ),
    "ELOS-NO-SERVER": ErrorText(
        _l("No Elos server is set up"),
        _l("Tell whoever runs the learning platform."),
        _l("The LMS connection is fine; the server is missing."),
    ),
    "ELOS-SESSIONS-LIMIT": ErrorText(
        _l("Your institution has reached its limit of simultaneous sessions"),
        _l("Keep this page open, or wait for another session to end."),
        _l("The limit comes from its plan. Nothing is lost."),
    ),
    "ELOS-ROOM-FULL": ErrorText(
        _l("The room is full"),
        _l("Keep this tab open; you get in when there is a place."),
        _l("The limit comes from the plan of your institution, or from the server."),
    ),
    "ELOS-NOT-OPEN": ErrorText(
        _l("The session is over"),
        _l("Open the room again."),
        _l("It ended before you were in."),
    ),
    "ELOS-ENDED": ErrorText(
        _TEXTS["ELOS-ENDED"].message,
        _l("Open the room again in a few seconds."),
        _TEXTS["ELOS-ENDED"].explanation,
    ),
    "ELOS-CHANGE-REFUSED": ErrorText(
        _TEXTS["ELOS-CHANGE-REFUSED"].message,
        _TEXTS["ELOS-CHANGE-REFUSED"].suggestion,
        _l("Elos answered: {reason}."),
    ),
}

CODES = tuple(_TEXTS)
WITH_TEACHERS_TEXT = tuple(_FOR_TEACHERS)
FOR_ADMINS = tuple(
    code for code in CODES if code.startswith(("LTI-INVITE", "LTI-PLATFORM-ADDRESS", "LTI-REGISTRATION"))
)

_SLOT = re.compile(r"\{(\w+)\}")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+")
_LIMIT = 200
"""What others wrote (a platform's error) does not get to fill our page."""


def text_for(code: str, *, audience: Audience, translate: Callable[[str], str] = gettext) -> ErrorText:
    """The text of an error in the page's language. A code without one gets our own fault's: a page must come."""
    text = _TEXTS.get(code, _TEXTS["WEB-FAULT"])
    if audience == "teacher":
        text = _FOR_TEACHERS.get(code, text)
    return ErrorText(translate(text.message), translate(text.suggestion), translate(text.explanation))


def fill(text: str, values: Mapping[str, str]) -> str:
    """``text`` with its slots filled. Not markup: templates escape it.

    An unknown LMS becomes "your course's platform". A sentence with any other slot that nothing fills is left out.
    """
    filled = (_fill_sentence(sentence, values) for sentence in _SENTENCE.split(text))
    return " ".join(upfirst(sentence) for sentence in filled if sentence)


def _fill_sentence(sentence: str, values: Mapping[str, str]) -> str:
    parts: list[str] = []
    end = 0
    for slot in _SLOT.finditer(sentence):
        value = _value(slot[1], values)
        if not value:
            return ""
        parts += [sentence[end : slot.start()], value]
        end = slot.end()
    return "".join(parts) + sentence[end:]


def _value(name: str, values: Mapping[str, str]) -> str:
    given = values.get(name, "")[:_LIMIT].strip()
    if name == "lms":
        return lms_word(given)
    if name == "role":
        return role_word(given)
    return given.rstrip(".") if name == "reason" else given
